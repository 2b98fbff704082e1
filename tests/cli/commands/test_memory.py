"""`memory`: show, search, edit, history and undo."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from command_line import remember, run, run_json

from memgpt_autogen.assembly import open_memory


def test_memory_is_shown_searched_edited_and_edits_are_taken_back() -> None:
    remember("sam", "Our release is on 14 May.", human="Ada.")

    assert run_json("memory", "show")["blocks"][1]["value"] == "Ada."
    assert [item["name"] for item in run_json("memory", "search", "release")["recall"]["items"]] == ["ada"]
    run("memory", "edit", "human", "--text", "Ada, in Lisbon.")
    assert "Ada, in Lisbon." in run("memory", "show")
    assert run_json("memory", "history", "-n", "1")[0]["after"] == "Ada, in Lisbon."
    run("memory", "undo")
    assert open_memory("sam").core["human"].value == "Ada."
    run("memory", "undo", "--redo")
    assert open_memory("sam").core["human"].value == "Ada, in Lisbon."
    assert "no block 'humna'" in run("memory", "edit", "humna", "--text", "x", code=1)


def test_a_block_is_edited_in_the_persons_editor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    remember("sam", "Hello.", human="Ada.")
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import pathlib, sys\nfile = pathlib.Path(sys.argv[1])\nfile.write_text(file.read_text() + ' Likes "
        "tea.')\n"
    )
    monkeypatch.setenv("VISUAL", f'"{sys.executable}" "{editor}"')

    run("memory", "edit", "human")

    assert open_memory("sam").core["human"].value == "Ada. Likes tea."


def test_where_there_are_several_agents_one_has_to_be_named() -> None:
    remember("sam", "Hello.")
    remember("tim", "Hello.")

    assert "several agents: sam, tim" in run("memory", "show", code=1)
    assert run_json("memory", "show", "--agent", "tim")["agent"] == "tim"
