"""Chats that are imported into recall: whole or not at all, once, with their own speakers and times."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import chat_exports
import pytest
from loops import LoopFactory, MemoryFactory
from sqlalchemy import text

from memgpt_autogen import import_memory
from memgpt_autogen.errors import ConfigurationError, DocumentError
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.log import shown_since
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import call, says

TRIP = (
    "31.12.23, 21:40 - Messages and calls are end-to-end encrypted. Only here.\n"
    "31.12.23, 21:41 - Ana: the kettle sings\nin the morning\n"
    "31.12.23, 21:42 - Bo: ok\n31.12.23, 21:42 - Bo: ok\n"
    "02.01.24, 08:00 - Bo: the harbour freezes\n"
)


@pytest.fixture
def trip(tmp_path: Path) -> Path:
    path = tmp_path / "WhatsApp Chat with Trip.txt"
    path.write_text(TRIP, "utf-8")
    return path


def log_of(memory: MemoryHierarchy) -> list[tuple[str, str | None, str]]:
    return [(entry.message.role, entry.message.name, entry.message.text) for entry in memory.log.imported()]


def found(memory: MemoryHierarchy, query: str | None = None, **only: Any) -> list[tuple[str, str, str]]:
    page = memory.recall.search(query, **only)
    return [(item.name, item.text, f"{item.time:%Y-%m-%d %H:%M}") for item in page.items]


def test_an_imported_chat_is_found_with_its_speakers_and_times(memory: MemoryHierarchy, trip: Path) -> None:
    done = memory.import_chat(trip, zone="Europe/Berlin")

    assert (done.system, done.chats, done.turns, done.remarks) == ("WhatsApp", 1, 4, 1)
    assert dict(done.speakers) == {"Ana": 1, "Bo": 3}
    assert found(memory, "kettle")[0] == ("Ana", "the kettle sings\nin the morning", "2023-12-31 20:41")
    assert len(found(memory, speaker="bo")) == 3
    january = datetime(2024, 1, 1, tzinfo=timezone.utc)
    assert found(memory, start=january) == [("Bo", "the harbour freezes", "2024-01-02 07:00")]
    assert len(found(memory, end=january)) == 3
    assert found(memory, "encrypted") == []
    assert log_of(memory)[:2] == [
        ("system", None, "WhatsApp chat: Trip"),
        ("system", None, "Messages and calls are end-to-end encrypted. Only here."),
    ]
    assert "Europe/Berlin" in str(done)


def test_it_is_in_no_prompt_and_changes_no_block_and_no_summary(
    make_memory: MemoryFactory, make_loop: LoopFactory, trip: Path
) -> None:
    loop = make_loop(
        says("", call("send_message", message="Hello.")), says("", call("send_message", message="Yes."))
    )
    memory = loop.memory
    list(loop.run([Message.said_by("Ada", "Hi.")]))
    before, changes = memory.prompt.compile(""), [change.what for change in memory.history()]

    memory.import_chat(trip)

    assert memory.prompt.compile("") == before
    assert memory.queue.summary is None
    assert [change.what for change in memory.history()] == changes
    list(loop.run([Message.said_by("Ada", "Still there?")]))
    assert "kettle" not in json.dumps(memory.prompt.compile(""))
    assert "kettle" not in str([entry.message.text for entry in memory.log.spoken_tail(9)])
    assert memory.pop()[0].spoken == "Yes."
    assert found(memory, "kettle")[0][0] == "Ana"


def test_importing_again_adds_only_what_is_new(memory: MemoryHierarchy, trip: Path) -> None:
    memory.import_chat(trip)

    again = memory.import_chat(trip, zone="Asia/Tokyo")
    assert (again.turns, again.known) == (0, 4)
    before = log_of(memory)

    newer = trip.with_name("WhatsApp Chat with Trip (2).txt")
    # an export begins with the newest messages that it has room for
    newer.write_text("".join(TRIP.splitlines(keepends=True)[3:]) + "02.01.24, 08:01 - Ana: ok\n", "utf-8")
    done = memory.import_chat(newer)

    assert (done.turns, done.known) == (1, 3)
    assert log_of(memory) == [*before, ("user", "Ana", "ok")]


@pytest.mark.parametrize("form", ["slack", "telegram", "discord", "chatgpt", "claude"])
def test_a_newer_export_of_each_system_adds_its_new_turns(
    memory: MemoryHierarchy, tmp_path: Path, form: str
) -> None:
    def write(count: int) -> Path:
        if form == "slack":
            return chat_exports.slack(tmp_path / "slack", count)
        path = tmp_path / "conversations.json"
        path.write_text(json.dumps(getattr(chat_exports, form)(count)), "utf-8")
        return path

    assert memory.import_chat(write(60)).turns == 60
    done = memory.import_chat(write(75))

    assert (done.turns, done.known) == (15, 60)
    said = [text for role, _, text in log_of(memory) if role != "system"]
    assert said == [chat_exports.said(number) for number in range(75)]


def test_words_that_changed_there_are_kept_and_told(memory: MemoryHierarchy, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    for words in ("the kettle", "the violin"):
        path.write_text(
            json.dumps(chat_exports.telegram_chat("A", 1, [chat_exports.telegram_message(0, words)])), "utf-8"
        )
        done = memory.import_chat(path)

    assert (done.turns, done.known) == (0, 1)
    assert "1 turn has other words in the export" in str(done)
    assert [text for *_, text in log_of(memory)][1:] == ["the kettle"]


def test_the_assistant_is_the_agent_and_the_person_gets_a_name(
    memory: MemoryHierarchy, tmp_path: Path
) -> None:
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps(chat_exports.chatgpt(2)), "utf-8")

    memory.import_chat(path, speaker_me="Ada")

    assert {name for name, *_ in found(memory, "number")} == {"Ada", memory.name}
    assert [name for name, *_ in found(memory, role="assistant")] == [memory.name]


def test_a_speaker_can_be_the_agent(memory: MemoryHierarchy, trip: Path) -> None:
    memory.import_chat(trip, speaker_agent="bo")

    assert len(found(memory, role="assistant")) == 3
    assert [entry.message.role for entry in memory.log.imported()].count("assistant") == 3


def test_a_wrong_name_and_a_broken_export_change_nothing(
    memory: MemoryHierarchy, trip: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=r"speaker_agent= names\. The speakers: Bo, Ana"):
        memory.import_chat(trip, speaker_agent="Cy")
    with pytest.raises(ConfigurationError, match="'Mars' is not an IANA time zone"):
        memory.import_chat(trip, zone="Mars")
    broken = tmp_path / "result.json"
    whole = json.dumps(chat_exports.telegram(1500))
    broken.write_text(whole[:-30], "utf-8")
    with pytest.raises(DocumentError, match="broken JSON"):
        memory.import_chat(broken)
    dry = memory.import_chat(trip, dry_run=True)

    assert (dry.turns, "would be imported" in str(dry)) == (4, True)
    assert log_of(memory) == []


def test_an_error_while_it_is_written_leaves_nothing(memory: MemoryHierarchy, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps(chat_exports.telegram(2500)), "utf-8")

    def stop(done: int, total: int | None) -> None:
        if total is not None and done >= 2000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        memory.import_chat(path, progress=stop)

    assert log_of(memory) == []
    assert memory.import_chat(path).turns == 2500


def test_progress_is_reported(memory: MemoryHierarchy, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps(chat_exports.telegram(1200)), "utf-8")
    steps: list[tuple[int, int | None]] = []

    memory.import_chat(path, progress=lambda done, total: steps.append((done, total)))

    assert (1000, None) in steps
    assert (1201, 1201) in steps  # with the name of the chat


def test_what_was_imported_is_forgotten_by_speaker_words_and_time(
    make_memory: MemoryFactory, make_loop: LoopFactory, trip: Path
) -> None:
    memory = make_memory()
    memory.import_chat(trip)
    last = memory.log.append(Message.said_by("Ada", "Hi."))[0].seq
    memory.queue.evict(last, "Ada said hi.", "model")

    assert memory.forget(query="mark", dry_run=True).entries == 0
    assert memory.forget(query="starts", dry_run=True).entries == 0
    assert memory.forget(speaker="ana").messages == 1
    assert memory.forget(end=datetime(2023, 12, 31, 21, 42, tzinfo=timezone.utc)).messages == 2
    memory.forget(query="harbour")

    assert found(memory, "kettle") == found(memory, speaker="Bo") == []
    assert memory.queue.summary is not None
    assert memory.queue.summary.text == "Ada said hi."


def test_an_export_and_a_fork_have_it_and_know_it_again(
    memory: MemoryHierarchy, trip: Path, tmp_path: Path
) -> None:
    memory.import_chat(trip)
    forked = memory.fork("forked")
    imported = import_memory(memory.export(tmp_path / "sam.zip"), "tim")

    for other in (forked, imported):
        assert found(other, "kettle") == found(memory, "kettle")
        assert log_of(other) == log_of(memory)
        assert other.import_chat(trip).turns == 0


def test_an_earlier_state_has_it_and_not_in_the_queue(memory: MemoryHierarchy, trip: Path) -> None:
    memory.import_chat(trip)
    seq = memory.log.append(Message.said_by("Ada", "Hi."))[0].seq

    state = memory.at(seq)

    assert [entry.message.text for entry in state.queue] == ["Hi."]
    assert len(state.said(seq)) == 5
    assert state.time is not None
    assert memory.at(seq - 1).time != datetime(2024, 1, 2, 8, tzinfo=timezone.utc)


def test_two_chats_are_not_neighbours(memory: MemoryHierarchy, tmp_path: Path) -> None:
    for name in ("A", "B"):
        (tmp_path / f"{name}.txt").write_text(f"31.12.23, 21:41 - {name}: hello from {name}\n", "utf-8")
        memory.import_chat(tmp_path / f"{name}.txt")

    with memory.log.database.reading() as connection:
        places = connection.scalars(
            text("SELECT place FROM entries WHERE place IS NOT NULL ORDER BY place")
        ).all()
    assert places[-1] - places[-2] > 1


@pytest.mark.sqlite
def test_a_prompt_reads_past_many_imported_turns_by_an_index(memory: MemoryHierarchy) -> None:
    with memory.log.database.reading() as connection:
        plan = connection.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT * FROM entries WHERE agent_id = 'a' AND seq > 3 "
                "AND kind <> 'imported' ORDER BY seq"
            )
        ).all()
        assert shown_since(connection, memory.log.agent_id, 0) is not None

    assert "entries_not_imported" in str(plan)
