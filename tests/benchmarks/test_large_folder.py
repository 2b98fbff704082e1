"""The benchmark of large folders: what it writes, and what it tells of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.large_folder import main, write

pytestmark = pytest.mark.sqlite


def test_a_folder_is_as_large_as_asked_and_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name, 1)

    (one,), (two,) = (list((tmp_path / name).iterdir()) for name in ("one", "two"))

    assert one.read_text() == two.read_text()
    assert 1_000_000 <= one.stat().st_size < 1_010_000


@pytest.mark.timeout(300)
def test_two_folders_are_loaded_opened_and_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--megabytes", "2,1", "--folder", str(tmp_path), "--json"])

    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    small, large = result["folders"]
    assert (small["megabytes"], large["megabytes"], result["ratios"]["megabytes"]) == (1, 2, 2.0)
    assert large["passages"] > 1.8 * small["passages"] > 1800
    assert all(each["load_anonymous_mb"] > 20 and each["search_ms"]["p50"] > 0 for each in result["folders"])
    assert list(tmp_path.iterdir()) == []
