"""The program that searches the same logs in two checkouts, question by question."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from places import ROOT

from benchmarks.recall_beside import main


@pytest.mark.slow
def test_two_checkouts_are_asked_the_same_and_what_differs_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--other", str(ROOT), "--homes", str(tmp_path), "--sizes", "40", "--questions", "5", "--json"]

    main(given)
    main(given)

    first, again = (json.loads(line) for line in capsys.readouterr().out.splitlines() if line[0] == "{")
    for result in (first, again):
        assert [(row["search"], row["questions"], row["differ"]) for row in result["rows"]] == [
            ("search", 5, 0),
            ("search by speaker", 5, 0),
        ]
        assert all(row["now_cpu_ms"]["p50"] > 0 for row in result["rows"])
    assert sorted(home.name for home in tmp_path.iterdir()) == ["before-generated-40", "now-generated-40"]
