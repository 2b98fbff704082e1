"""`memory`: show, search, edit, history and undo."""

from __future__ import annotations

import re
import sys
from datetime import datetime, timezone
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


def test_what_was_replaced_is_marked_with_what_replaces_it() -> None:
    remember("sam", "Hello.")
    archive = open_memory("sam").archival
    (old,) = archive.insert("The tea costs 5 euros.", created_at=datetime(2026, 3, 1, tzinfo=timezone.utc))
    (new,) = archive.insert("The tea costs 6 euros.", replaces=old)

    found = run("memory", "search", "tea", "--archival")
    items = {
        item["id"]: item for item in run_json("memory", "search", "tea", "--archival")["archival"]["items"]
    }
    before = run_json("memory", "search", "tea", "--as-of", "2026-03-02")

    mark = r"replaced \d{4}-\d\d-\d\d \d\d:\d\d UTC by: The tea costs 6 euros\."
    assert re.search(rf"The tea costs 5 euros\..*\n  {mark}", found)
    assert items[old.id]["newest"] == [{"id": new.id, "text": "The tea costs 6 euros."}]
    assert (items[new.id]["superseded_by"], items[new.id]["newest"]) == (None, [])
    assert [item["id"] for item in before["archival"]["items"]] == [old.id]
    assert before["recall"]["items"] == []


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
