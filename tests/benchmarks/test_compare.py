"""The program that runs a benchmark in two checkouts and compares its figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import compare


def checkout(folder: Path, figures: object) -> Path:
    """A folder with one benchmark, which prints these figures."""
    (folder / "benchmarks").mkdir(parents=True)
    (folder / "benchmarks" / "__init__.py").touch()
    program = f"import json\nprint('some progress')\nprint(json.dumps({figures!r}))\n"
    (folder / "benchmarks" / "little.py").write_text(program)
    return folder


def test_each_figure_of_both_checkouts_is_compared_by_its_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = checkout(tmp_path / "ours", {"rows": [{"p50": 3, "found": True}], "only": 1, "none": 0})
    other = checkout(tmp_path / "other", {"rows": [{"p50": 2}], "none": 0})
    monkeypatch.setattr(compare, "HERE", ours)

    compare.main(["--other", str(other), "--rounds", "2", "--json", "--", "little"])

    result = json.loads(capsys.readouterr().out)
    assert result["figures"] == {
        "rows.0.p50": {"ours": 3, "other": 2, "ratio": 1.5},
        "none": {"ours": 0, "other": 0, "ratio": None},
    }
    assert result["only_one_side"] == ["only"]


def test_a_folder_that_is_no_checkout_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        compare.main(["--other", str(tmp_path), "--", "little"])

    assert "has no folder benchmarks" in capsys.readouterr().err
