"""Tools that come along: the time, files below a folder, and word for another agent."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from loops import HELLO, LoopFactory, MemoryFactory, requests_of

from memgpt_autogen.errors import ConfigurationError, ToolError
from memgpt_autogen.home import MESSAGE_CHARS, agent_names, message_agent
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import call, says
from memgpt_autogen.tools.clock import current_time
from memgpt_autogen.tools.files import LONGEST_LINE, MOST_LISTED, read_files
from memgpt_autogen.tools.tool import Tool

NOON = datetime(2026, 5, 14, 12, 0, tzinfo=timezone.utc)


def test_the_time_is_told_in_the_usual_zone_or_the_one_asked_for() -> None:
    tool = current_time("Europe/Lisbon", clock=lambda: NOON)

    assert tool.call({}) == "Thursday, 2026-05-14 13:00:00 +0100 (Europe/Lisbon)"
    assert tool.call({"zone": "Asia/Tokyo"}) == "Thursday, 2026-05-14 21:00:00 +0900 (Asia/Tokyo)"


def test_a_zone_that_is_none_is_told() -> None:
    with pytest.raises(ToolError, match="'Mars/Base' is not an IANA time zone"):
        current_time().call({"zone": "Mars/Base"})
    with pytest.raises(ConfigurationError, match=r"'\.\./etc' is not an IANA time zone"):
        current_time("../etc")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "shelf"
    (place / "sub").mkdir(parents=True)
    (place / "notes.txt").write_text(
        "\n".join(f"line {number}" for number in range(1, 251)), encoding="utf-8"
    )
    (place / "sub" / "long.txt").write_text("x" * 200_000 + "\nend\n", encoding="utf-8")
    (place / "picture.png").write_bytes(b"\x89PNG\0\0")
    (place / "empty.txt").touch()
    (place / ".hidden").write_text("no", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (place / "out.txt").symlink_to(tmp_path / "secret.txt")
    return place


def lister(folder: Path) -> Tool:
    return read_files(folder)[0]


def read(folder: Path, path: str, **more: Any) -> str:
    return read_files(folder)[1].call({"path": path, **more})


def test_files_are_listed_by_their_paths_below_the_folder(folder: Path) -> None:
    assert lister(folder).call({}).splitlines() == [
        "empty.txt", "notes.txt", "out.txt", "picture.png", "sub/long.txt",
    ]  # fmt: skip
    assert lister(folder).call({"below": "sub"}) == "sub/long.txt"


def test_a_long_listing_says_that_there_are_more(tmp_path: Path) -> None:
    for number in range(MOST_LISTED + 5):
        (tmp_path / f"{number}.txt").touch()

    assert "... and more" in lister(tmp_path).call({})


def test_a_file_is_read_page_by_page(folder: Path) -> None:
    first, last = read(folder, "notes.txt"), read(folder, "notes.txt", first_line=201)

    assert first.startswith("1: line 1\n2: line 2\n")
    assert first.endswith("100: line 100\n[more lines follow: read on with first_line=101]")
    assert last.startswith("201: line 201\n")
    assert last.endswith("250: line 250")


def test_a_line_without_an_end_is_cut_and_counts_once(folder: Path) -> None:
    lines = read(folder, "sub/long.txt").splitlines()

    assert lines == [f"1: {'x' * LONGEST_LINE} [cut]", "2: end"]


@pytest.mark.parametrize("path", ["../secret.txt", "/etc/passwd", "out.txt", "sub/../../secret.txt"])
def test_nothing_outside_the_folder_is_read(folder: Path, path: str) -> None:
    with pytest.raises(ToolError, match="is outside the folder"):
        read(folder, path)


@pytest.mark.parametrize(
    ("path", "more", "told"),
    [
        ("nothing.txt", {}, "there is no file 'nothing.txt'"),
        ("sub", {}, "there is no file 'sub'"),
        ("picture.png", {}, "is no text file"),
        ("empty.txt", {}, "'empty.txt' is empty"),
        ("notes.txt", {"first_line": 999}, "'notes.txt' has no line 999"),
        ("notes.txt", {"first_line": 0}, "lines are counted from 1"),
        ("a\0b", {}, "is no path"),
    ],
)
def test_what_cannot_be_read_is_told(folder: Path, path: str, more: dict[str, int], told: str) -> None:
    with pytest.raises(ToolError, match=told):
        read(folder, path, **more)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is no folder"):
        read_files(tmp_path / "nothing")


def test_another_agent_hears_in_its_next_turn_who_left_word(
    make_memory: MemoryFactory, make_loop: LoopFactory, tmp_path: Path
) -> None:
    ada = make_loop(says("", call("send_message", message="I see.")), memory=make_memory("ada"))
    tool = message_agent("sam", Settings.load(home=tmp_path / "home"))
    sam = make_loop(
        says("", call("message_agent", name="ada", message="The release is on 14 May."),
             call("send_message", message="Told her.")),
        tools=[tool],
    )  # fmt: skip

    list(sam.run([HELLO]))
    list(ada.run([HELLO]))

    heard = [str(message["content"]) for message in requests_of(ada)[-1].messages]
    assert any('"name": "sam"' in text and "14 May" in text for text in heard)
    assert not sam.memory.recall.search("I see").items


def test_an_agent_that_is_not_there_is_not_made(make_memory: MemoryFactory, tmp_path: Path) -> None:
    make_memory("sam")
    make_memory("adelaide")
    settings = Settings.load(home=tmp_path / "home")
    tool = message_agent("sam", settings)

    with pytest.raises(ToolError, match=r"no other agent 'adelaid' here\. Did you mean adelaide\?"):
        tool.call({"name": "adelaid", "message": "Hi"})
    with pytest.raises(ToolError, match="there is no other agent 'sam'"):
        tool.call({"name": "sam", "message": "Hi"})
    with pytest.raises(ToolError, match="is empty"):
        tool.call({"name": "adelaide", "message": " "})
    with pytest.raises(ToolError, match="Shorten it"):
        tool.call({"name": "adelaide", "message": "x" * (MESSAGE_CHARS + 1)})
    assert agent_names(settings) == ["adelaide", "sam"]
