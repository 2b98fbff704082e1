from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import chat_exports
import pytest

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.chats.open import open_chat
from memgpt_autogen.readers.open import open_bytes, open_file

COUNT = 1000


def matches(pattern: str) -> Callable[[Path], int]:
    return lambda path: len(re.findall(pattern, path.read_text("utf-8"), re.MULTILINE))


COUNTERS: dict[str, Callable[[Path], int]] = {
    "WhatsApp Chat with Trip.txt": matches(r"^\d\d/\d\d/\d{4}, \d\d:\d\d - [^:]+: "),
    "discord.json": lambda path: json.loads(path.read_text("utf-8"))["messageCount"],
    "discord.txt": matches(r"^\[\d+/\d+/\d{4} "),
    "discord.csv": matches(r'^"\d","'),
    "discord.html": matches("data-message-id="),
    "telegram/result.json": matches('"date_unixtime"'),
    "telegram.html": matches('class="message default'),
    "chatgpt/conversations.json": matches('"parts": '),
    "claude/conversations.json": matches('"sender": '),
    "slack": lambda path: sum(matches('"ts": ')(each) for each in path.glob("general/*.json")),
}
"""An independent count of the messages in each file."""


@pytest.mark.slow
def test_as_many_turns_are_read_as_an_independent_count_finds(tmp_path: Path) -> None:
    for name, path in chat_exports.write_all(tmp_path, COUNT).items():
        said = [turn for turn in open_chat(path).turns() if turn.speaker]

        assert len(said) == COUNTERS[name](path) == COUNT, name
        assert [turn.text for turn in said] == [chat_exports.said(number) for number in range(COUNT)], name
        if "conversations" not in name:  # they do not name people
            assert {turn.speaker for turn in said} == set(chat_exports.PEOPLE), name


def test_an_archive_and_a_folder_give_the_same(tmp_path: Path) -> None:
    chat_exports.slack(tmp_path / "slack", 30)
    (tmp_path / "slack/photo.png").write_bytes(b"\x89PNG")
    archive = chat_exports.packed(tmp_path / "slack", tmp_path / "slack.zip")

    folder, packed = open_chat(tmp_path / "slack"), open_chat(archive)

    assert list(folder.turns()) == list(packed.turns())
    assert folder.notes == packed.notes == ["left out: 1 other file of the export"]


def test_a_chat_of_an_iphone_is_named_by_its_archive(tmp_path: Path) -> None:
    archive = tmp_path / "WhatsApp Chat - Ana.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("_chat.txt", "[31.12.23, 21:41:05] Ana: the kettle\r\n")

    assert [turn.chat for turn in open_chat(archive).turns()] == ["Ana"]


def test_an_export_is_a_document_of_turns_by_chat_and_day(tmp_path: Path) -> None:
    path = tmp_path / "WhatsApp Chat with Trip.txt"
    path.write_text(
        "31.12.23, 23:59 - Ana: the kettle\nsings\n31.12.23, 23:59 - Ana added Bo\n"
        "01.01.24, 00:01 - Bo: hi\n",
        "utf-8",
    )

    document = open_file(path)

    assert document.kind == "chat"
    assert [(section.heading, section.text) for section in document.sections()] == [
        ("Trip > 2023-12-31", "23:59 Ana: the kettle\nsings\n23:59 [Ana added Bo]"),
        ("Trip > 2024-01-01", "00:01 Bo: hi"),
    ]


def test_every_form_is_recognised_by_its_content(tmp_path: Path) -> None:
    for path in chat_exports.write_all(tmp_path, 20).values():
        if path.is_file():
            other = path.rename(path.with_name(f"export{path.suffix}"))
            assert open_file(other).kind == "chat"
            assert open_bytes(other.read_bytes(), other.name).kind == "chat"
    archive = chat_exports.packed(tmp_path / "slack", tmp_path / "slack.zip")
    document = open_file(archive)
    (first, *_) = document.sections()
    assert (document.kind, first.heading) == ("chat", "#general > 2024-03-28 UTC")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notes.txt", "2023-12-31 was a long day\nAna: hi\n"),
        ("log.txt", "2023-12-31 21:41:05,123 - root - INFO - started: yes\n"),
        ("list.txt", "12:30 - 13:00: lunch\n"),
        ("data.json", '[{"type": "message", "text": "hi"}]'),
        ("data.json", '{"name": "x", "type": "person", "messages": [1]}'),
        ("table.csv", "Author,Date,Content\nAna,2024,hi\n"),
        ("page.html", "<html><body class='message'>hi</body></html>"),
    ],
)
def test_other_files_stay_what_they_are(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")

    assert open_file(path).kind != "chat"
    with pytest.raises(DocumentError, match="no export of chats"):
        open_chat(path)


def test_broken_exports_are_errors_with_a_way_out(tmp_path: Path) -> None:
    whole = json.dumps(chat_exports.telegram(50))
    path = tmp_path / "result.json"
    path.write_text(whole[: len(whole) // 2], "utf-8")
    with pytest.raises(DocumentError, match=r"broken JSON.*Export the chat again"):
        list(open_chat(path).turns())

    archive = tmp_path / "slack.zip"
    archive.write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(DocumentError, match="broken archive"):
        open_chat(archive)

    with pytest.raises(DocumentError, match="is not there"):
        open_chat(tmp_path / "nowhere")
