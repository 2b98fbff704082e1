"""`load`, `attach` and `detach`."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import run, run_json, talk

from memgpt_autogen.assembly import open_memory


@pytest.mark.sqlite
def test_documents_are_loaded_listed_and_deleted_and_a_shared_archive_is_read(tmp_path: Path) -> None:
    (tmp_path / "tea.md").write_text("# Tea\n\nTea is grown in Assam.\n")
    (tmp_path / "rye.md").write_text("# Bread\n\nRye bread keeps for a week.\n")
    assert "loaded: tea.md" in run("load", str(tmp_path / "tea.md"), "--agent", "lib", "--archive", "library")
    shown = talk(f"/attach {tmp_path / 'rye.md'}", "/attach library", "/attach", options=("--agent", "sam"))

    assert "loaded: rye.md" in shown
    assert "tea.md in archive 'library'" in shown
    assert [(row["source"], row["archive"]) for row in run_json("list", "sources", "--agent", "sam")] == [
        ("rye.md", None),
        ("tea.md", "library"),
    ]
    run("detach", "library", "--agent", "sam")
    assert "1 document\n" in run("attach", "library", "--agent", "sam")
    run("delete", "source", "rye.md", "--agent", "sam", "--yes")
    assert [source.name for source in open_memory("sam").sources()] == ["tea.md"]
    assert "no shared archive 'nothing'" in run("attach", "nothing", "--agent", "sam", code=1)
