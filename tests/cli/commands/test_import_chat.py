"""`import-chat`."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import run

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.home import agent_names
from memgpt_autogen.settings import Settings

CHAT = "3/4/24, 10:00 AM - Ana: the kettle sings\n3/5/24, 10:00 AM - Bo: ok\n"


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    path = tmp_path / "WhatsApp Chat with Trip.txt"
    path.write_text(CHAT, "utf-8")
    return path


@pytest.mark.sqlite
def test_a_chat_is_imported_once_and_found(chat: Path, home: Path) -> None:
    shown = run("import-chat", str(chat), "--agent", "sam", "--zone", "Europe/Berlin", "--date-order", "dmy")

    assert "WhatsApp: 2 turns imported of 1 chat" in shown
    assert "from 2024-04-03 10:00 to 2024-05-03 10:00 CEST" in shown
    assert "created sam" in shown
    assert "2 turns imported before" in run("import-chat", str(chat), "--agent", "sam", "--date-order", "dmy")
    found = run("memory", "search", "kettle", "--agent", "sam")
    assert "Ana" in found
    assert "the kettle sings" in found
    assert [item.name for item in open_memory("sam").recall.search("kettle").items] == ["Ana"]


@pytest.mark.sqlite
def test_notes_and_errors_name_options(chat: Path, tmp_path: Path) -> None:
    shown = run("import-chat", str(chat), "--dry-run")

    assert "--date-order dmy or --date-order mdy" in shown
    assert "For another: --zone ..." in shown
    assert "--speaker-agent names" in run("import-chat", str(chat), "--speaker-agent", "Cy", code=1)
    (tmp_path / "note.txt").write_text("nothing\n")
    assert "no export of chats that is known" in run("import-chat", str(tmp_path / "note.txt"), code=1)
    assert "is not there" in run("import-chat", str(tmp_path / "nowhere"), code=1)
    assert agent_names(Settings.load()) == []
