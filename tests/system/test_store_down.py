"""The database fails and works again: chats continue, nothing is lost, nothing unstored is said."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from autogen_support import agent, echo, group, heard, person, requests, sends
from legal import illegal
from sqlalchemy.engine.default import DefaultDialect
from storage_faults import FAULTS, Fault, full, locked

from memgpt_autogen.errors import StorageError
from memgpt_autogen.testing import call, says
from memgpt_autogen.testing.scripted import Request

pytestmark = pytest.mark.autogen

NOTICE = "[sam cannot answer now: its memory cannot be read or written at the moment]"


@pytest.fixture(params=[*FAULTS])
def fault(request: pytest.FixtureRequest) -> Fault:
    return FAULTS[request.param]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_a_chat_of_two_goes_on_and_all_of_it_is_kept_in_order(home: Path, fault: Fault) -> None:
    sam, boss = agent(otherwise=lambda request: sends("I am here.")), person("boss", ["b", "c"])
    boss.initiate_chat(sam, message="a", max_turns=1, silent=True)

    with fault(home):
        result = boss.initiate_chat(sam, message="A", max_turns=2, silent=True, clear_history=False)
        assert [line["content"] for line in result.chat_history][2:] == ["A", NOTICE, "b", NOTICE]
    boss.send("d", sam, request_reply=True, silent=True)

    assert heard(sam) == [
        ("boss", "a"), ("sam", "I am here."),
        ("boss", "A"), ("sam", NOTICE), ("boss", "b"), ("sam", NOTICE), ("boss", "d"), ("sam", "I am here."),
    ]  # fmt: skip
    assert "d" in requests(sam)[-1].messages[-1]["content"]


def test_a_group_never_stops(home: Path, fault: Fault) -> None:
    sam = agent(otherwise=lambda request: sends("I am here."))
    ann, ben = person("ann", ["a1", "a2", "a3"]), person("ben", ["b1", "b2", "b3"])
    chat = group(ann, sam, ben, rounds=7)

    with fault(home):
        ann.initiate_chat(chat, message="hello", silent=True)
    sam.receive("over?", ann, request_reply=False, silent=True)

    said = [(line["name"], line["content"]) for line in chat.groupchat.messages]
    assert len(said) == 7
    assert heard(sam) == [*said, ("ann", "over?")]


def test_a_member_that_only_listens_keeps_what_it_heard(home: Path, fault: Fault) -> None:
    sam, ann = agent(), person("ann")

    with fault(home):
        for number in range(5):
            sam.receive(f"line {number}", ann, request_reply=False, silent=True)
        with pytest.raises(StorageError):
            sam.memory.log.append()
    reply = sam.generate_reply(sender=ann)

    assert [text for name, text in heard(sam) if name == "ann"] == [f"line {number}" for number in range(5)]
    assert reply == "answer 6"


def test_an_async_chat_goes_on(home: Path, fault: Fault) -> None:
    sam, boss = agent(), person("boss", ["b"])

    with fault(home):
        asyncio.run(boss.a_initiate_chat(sam, message="a", max_turns=2, silent=True))
    boss.send("c", sam, request_reply=True, silent=True)

    assert heard(sam)[:-1] == [("boss", "a"), ("sam", NOTICE), ("boss", "b"), ("sam", NOTICE), ("boss", "c")]


def test_a_conversation_that_is_handed_over_again_and_again_is_kept_once(home: Path, fault: Fault) -> None:
    sam = agent()
    lines = [{"role": "user", "name": "ann", "content": text} for text in ("one", "two")]

    with fault(home):
        assert sam.generate_reply(messages=lines) == NOTICE
        assert sam.generate_reply(messages=lines) == NOTICE
    lines.append({"role": "user", "name": "ann", "content": "three"})
    sam.generate_reply(messages=lines)

    assert [text for name, text in heard(sam) if name == "ann"] == ["one", "two", "three"]


def test_own_words_from_other_hands_are_kept_too(home: Path, fault: Fault) -> None:
    sam, boss = agent(), person("boss")

    with fault(home):
        sam.initiate_chat(boss, message="I open this chat", max_turns=1, silent=True)
    sam.receive("well?", boss, request_reply=False, silent=True)

    assert heard(sam) == [("sam", "I open this chat"), ("boss", "(silence)"), ("boss", "well?")]


def test_who_wants_errors_raised_has_them_raised_and_loses_nothing(home: Path, fault: Fault) -> None:
    sam, boss = agent(model_error="raise"), person("boss")

    with fault(home), pytest.raises(StorageError):
        boss.initiate_chat(sam, message="a", max_turns=1, silent=True)
    boss.initiate_chat(sam, message="a", max_turns=1, silent=True)

    assert heard(sam) == [("boss", "a"), ("sam", "answer 2")]


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_turn_that_is_hit_in_the_middle_ends_and_the_next_goes_on(
    home: Path, fault: Fault, step: int
) -> None:
    broken: list[Any] = []

    def model(request: Request) -> Any:
        if len(requests(sam)) == step:
            broken.append(fault(home))
            broken[0].__enter__()
        if len(requests(sam)) == 3:
            return sends("Noted.")
        return says("", call("core_memory_append", label="human", content="x", request_heartbeat=True))

    sam, boss = agent(otherwise=model), person("boss")

    boss.initiate_chat(sam, message="a", max_turns=1, silent=True)
    assert sam.last_message(boss)["content"] == NOTICE
    broken[0].__exit__(None, None, None)
    assert illegal(sam.memory.compile()) is None
    sam.loop.llm.requests.extend([sam.loop.llm.requests[-1]] * (3 - step))  # type: ignore[union-attr]
    sam.loop.llm._otherwise = echo  # type: ignore[union-attr]
    boss.send("b", sam, request_reply=True, silent=True)

    assert heard(sam)[0] == ("boss", "a")
    assert [text for name, text in heard(sam)][-3:-1] == [NOTICE, "b"]
    assert sam.memory.core["human"].value == "\n".join(["x"] * (step - 1))
    assert illegal(requests(sam)[-1].messages) is None


def test_on_a_full_disk_what_is_too_long_waits_and_what_comes_after_it_waits_behind_it(home: Path) -> None:
    sam, boss = agent(), person("boss", ["short"])
    long = "long " * 10_000

    with full(home):
        result = boss.initiate_chat(sam, message=long, max_turns=2, silent=True)
    boss.send("over?", sam, request_reply=True, silent=True)

    assert [line["content"] for line in result.chat_history[:4]] == [long, NOTICE, "short", NOTICE]
    assert heard(sam)[:-1] == [
        ("boss", long), ("sam", NOTICE), ("boss", "short"), ("sam", NOTICE), ("boss", "over?"),
    ]  # fmt: skip


def test_a_write_that_failed_only_in_its_acknowledgement_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sqlite3

    sam, boss = agent(), person("boss")
    commit = DefaultDialect.do_commit

    def committed(self: Any, connection: Any) -> None:
        commit(self, connection)
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(DefaultDialect, "do_commit", committed)
        sam.receive("a", boss, request_reply=False, silent=True)
    sam.receive("b", boss, request_reply=False, silent=True)

    assert heard(sam) == [("boss", "a"), ("boss", "b")]


def test_the_operator_is_told_what_fails_and_how_much_waits(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sam, boss = agent(), person("boss")

    with locked(home), caplog.at_level(logging.WARNING):
        sam.receive("a", boss, request_reply=False, silent=True)
        sam.receive("b", boss, request_reply=False, silent=True)

    assert "database is locked" in caplog.text
    assert "Waiting in memory until the database works again: 2 messages" in caplog.text


def test_what_is_forgotten_is_not_stored_later(home: Path) -> None:
    sam, boss = agent(), person("boss")
    with locked(home):
        sam.receive("a", boss, request_reply=False, silent=True)

    sam.reset_memory()
    sam.receive("b", boss, request_reply=False, silent=True)

    assert heard(sam) == [("boss", "b")]


def test_a_heartbeat_while_the_database_fails_does_nothing(home: Path, fault: Fault) -> None:
    sam = agent()

    with fault(home):
        assert sam.heartbeat() is None
    assert sam.heartbeat() == "answer 2"
