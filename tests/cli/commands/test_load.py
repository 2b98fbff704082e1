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


@pytest.mark.sqlite
def test_a_folder_is_loaded_without_what_is_no_document(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    (docs / "node_modules").mkdir(parents=True)
    for name in ("tea.md", "logo.svg", "site.css", "site.min.js", "photo.png", "node_modules/read.md"):
        (docs / name).write_text(f"Tea is grown in Assam, says {name}.")

    shown = run("load", str(docs))

    assert "loaded: tea.md" in shown
    assert "skipped 5 files (1 .svg" in shown
    assert "--all" in shown
    assert [row["source"] for row in run_json("list", "sources")] == ["tea.md"]
    assert "loaded: logo.svg" in run("load", str(docs / "logo.svg"))
    run("load", str(docs), "--all")
    assert len(run_json("list", "sources")) == 6
    (docs / "styles").mkdir()
    (docs / "styles" / "a.css").write_text("a {}")
    assert "only 1 file (1 .css). To load them: --all" in run("load", str(docs / "styles"), code=1)


@pytest.mark.sqlite
def test_an_agent_is_not_created_where_nothing_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 broken")

    assert "typo.md is not there" in run("load", "typo.md", code=1)
    assert "is empty" in run("load", "", code=1)
    assert "broken PDF" in run("load", str(tmp_path / "broken.pdf"), code=1)
    assert run_json("list", "agents") == []


@pytest.mark.sqlite
def test_the_only_agent_need_not_be_named(tmp_path: Path) -> None:
    (tmp_path / "tea.md").write_text("Tea is grown in Assam.")
    for name in ("tim", "ann"):
        run("load", str(tmp_path / "tea.md"), "--agent", name)

    assert "several agents: ann, tim" in run("load", str(tmp_path / "tea.md"), code=1)
    run("delete", "agent", "ann", "--yes")
    assert "already loaded: 1 document" in run("load", str(tmp_path / "tea.md"))
