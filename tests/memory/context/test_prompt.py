"""The prompt is read once for each state of the database: nothing twice, and nothing is missed."""

from __future__ import annotations

from typing import Any

import pytest
from loops import HELLO, LoopFactory, MemoryFactory, story
from sqlalchemy import event, text

from memgpt_autogen.errors import StorageError
from memgpt_autogen.events import Replied
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.context.core import CoreMemory
from memgpt_autogen.memory.context.queue import Queue
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import call, says

REPLY = says("", call("send_message", message="Hi!"))


def elsewhere(memory: MemoryHierarchy) -> Database:
    """The same database as another process has it: with connections of its own."""
    return Database(memory.log.database.url.render_as_string(hide_password=False))


def prompt_of(memory: MemoryHierarchy) -> str:
    return str(memory.prompt.compile())


@pytest.mark.sqlite
def test_a_prompt_is_not_read_again_while_nobody_writes(memory: MemoryHierarchy) -> None:
    memory.log.append(HELLO)
    first = memory.prompt.compile()
    begun: list[Any] = []
    event.listen(memory.log.database._engine, "begin", begun.append)

    again = memory.prompt.compile()
    assert (again, begun) == (first, [])

    memory.log.append(HELLO)
    memory.prompt.compile()
    assert len(begun) == 2


def test_what_another_process_writes_is_in_the_next_prompt(
    make_memory: MemoryFactory,
) -> None:
    memory = make_memory(blocks=[Block("team", "", shared=True)])
    agent_id = memory.log.agent_id
    other = elsewhere(memory)
    prompt_of(memory)

    Log(other, agent_id).append(Message.said_by("ada", "I moved to Lisbon."))
    assert "Lisbon" in prompt_of(memory)
    CoreMemory(other, agent_id).set("human", "Ada likes tea")
    assert "Ada likes tea" in prompt_of(memory)
    Queue(other, agent_id, Log(other, agent_id)).evict(
        memory.log.last_seq(), "They talked of Ada.", "extract"
    )
    assert "They talked of Ada." in prompt_of(memory)
    assert "Lisbon" not in prompt_of(memory)
    other.close()


def test_what_another_process_forgets_is_in_no_later_prompt(memory: MemoryHierarchy) -> None:
    memory.log.append(Message.said_by("ada", "My number is 12345."), Message.said_by("ben", "Fine."))
    assert "12345" in prompt_of(memory)
    other = elsewhere(memory)

    with other.writing() as connection:
        connection.execute(text("UPDATE entries SET text = '[removed]', payload = '{}' WHERE name = 'ada'"))
    assert "12345" not in prompt_of(memory)
    with other.writing() as connection:
        connection.execute(text("DELETE FROM entries"))
    Log(other, memory.log.agent_id).append(Message.said_by("eve", "Who is there?"))
    assert "Fine." not in prompt_of(memory)
    assert "Who is there?" in prompt_of(memory)
    other.close()


def test_a_prompt_that_is_changed_by_who_got_it_does_not_change_the_next(memory: MemoryHierarchy) -> None:
    memory.log.append(HELLO)
    got = memory.compile()
    before = str(got)

    for message in got:
        message["content"] = "changed"

    assert str(memory.compile()) == before


def test_the_lease_is_free_when_the_last_words_are_heard(make_loop: LoopFactory) -> None:
    loop = make_loop(REPLY)
    other = elsewhere(loop.memory)

    for happened in loop.run([HELLO]):
        with other.reading() as connection:
            leases = connection.scalar(text("SELECT count(*) FROM leases"))
        assert leases == (not isinstance(happened, Replied) and type(happened).__name__ == "Heard")
    other.close()


@pytest.mark.parametrize("events", [0, 1, 2, 3, 4])
def test_words_are_in_the_log_before_anything_is_told_of_them(make_loop: LoopFactory, events: int) -> None:
    loop = make_loop(REPLY)
    turn = iter(loop.run([HELLO]))

    told = [next(turn) for _ in range(events)]

    kinds = [entry.message.kind for entry in loop.memory.log.since(0)]
    assert kinds == ["message", "step", "result"][: 3 if len(told) > 1 else len(told)]


@pytest.mark.sqlite
def test_words_that_could_not_be_stored_are_not_told(make_loop: LoopFactory) -> None:
    loop = make_loop(REPLY, REPLY)
    _refuse(loop, "result")

    turn = iter(loop.run([HELLO]))
    assert type(next(turn)).__name__ == "Heard"
    with pytest.raises(StorageError):
        next(turn)

    assert [entry.message.kind for entry in loop.memory.log.since(0)] == ["message"]
    _refuse(loop, "nothing")
    assert "says Hi!" in story(loop.run())


def _refuse(loop: HeartbeatLoop, kind: str) -> None:
    with loop.memory.log.database.writing() as connection:
        connection.execute(text("DROP TRIGGER IF EXISTS refuse"))
        connection.execute(
            text(
                "CREATE TRIGGER refuse BEFORE INSERT ON entries "
                f"WHEN new.kind = '{kind}' BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )
        )
