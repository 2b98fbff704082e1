"""Which chat has a group's row: one that goes on keeps it, and each of a home's processes sees that."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.groups.groups import find_group, group_messages
from memgpt_autogen.memory.storage.groups.membership import QUIET_SECONDS, Chat, end_group, join_group
from memgpt_autogen.memory.storage.log import overwrite_entries
from memgpt_autogen.memory.storage.tables import groups
from memgpt_autogen.messages import GROUP, Message, now

pytestmark = pytest.mark.usefixtures("where")

NAMES = ("chair", "ben", "sam")


def join(memory: MemoryHierarchy, token: str, *, goes_on: bool = True, alive: bool = True) -> str:
    """Return the group of a chat; `alive` says whether the other chats of this process go on."""
    log = memory.log
    return join_group(log.database, log.agent_id, "sam", Chat(token, NAMES, goes_on), lambda _token: alive)


def hears(memory: MemoryHierarchy, group_id: str, *, ago: float = 0) -> None:
    time = now() - timedelta(seconds=ago)
    message = Message.said_by(
        "ben", "Hello.", chat=list(NAMES), **{GROUP: [group_id, number_of(time.timestamp())]}
    )
    memory.log.append(message)


def number_of(seconds: float) -> int:
    return int(seconds * 1_000_000)


def is_elsewhere(memory: MemoryHierarchy, group_id: str) -> None:
    """Let the row's chat be of a process on another machine."""
    with memory.log.database.writing() as connection:
        own = groups.c.id == group_id
        holder = json.loads(connection.scalar(select(groups.c.holder).where(own)) or "{}")
        other = json.dumps({**holder, "machine": "another"})
        connection.execute(update(groups).where(own).values(holder=other))


def state(memory: MemoryHierarchy, group_id: str) -> str:
    found = find_group(memory.log.database, group_id)
    assert found is not None
    return found.state


def test_a_row_is_kept_while_its_chat_goes_on_and_is_free_after_it() -> None:
    sam = open_memory("sam")
    first = join(sam, "a")

    assert join(sam, "a") == first
    second = join(sam, "b")
    assert second != first
    end_group(sam.log.database, first, "b")  # another chat's end
    assert join(sam, "c") not in (first, second)
    end_group(sam.log.database, first, "a")
    assert state(sam, first) == "ended"
    assert join(sam, "d") == first
    assert join(sam, "e", alive=False) == first
    assert join(sam, "f", goes_on=False, alive=False) == first
    assert state(sam, first) == "ended"


def test_a_process_on_another_machine_keeps_its_row_while_something_is_said() -> None:
    sam = open_memory("sam")
    group_id = join(sam, "a")
    hears(sam, group_id)
    is_elsewhere(sam, group_id)

    assert state(sam, group_id) == "going_on"
    assert join(sam, "b", alive=False) != group_id


def test_a_process_on_another_machine_is_lost_after_a_long_silence() -> None:
    sam = open_memory("sam")
    group_id = join(sam, "a")
    hears(sam, group_id, ago=QUIET_SECONDS + 60)
    assert state(sam, group_id) == "quiet"
    is_elsewhere(sam, group_id)

    assert state(sam, group_id) == "lost"
    assert join(sam, "b", alive=False) == group_id


def test_the_group_of_an_entry_stays_when_it_is_replaced_and_goes_from_sight_when_it_is_taken_back() -> None:
    sam = open_memory("sam")
    group_id = join(sam, "a")
    hears(sam, group_id)
    entry = sam.log.everything()[-1]
    with sam.log.database.writing() as connection:
        overwrite_entries(connection, sam.log.agent_id, [entry])

    (message,) = group_messages(sam.log.database, group_id)
    assert entry.message.extra[GROUP] == [group_id, message.number]
    assert (message.speaker, message.heard_by[0].seq) == ("ben", entry.seq)
    sam.pop(1)
    assert group_messages(sam.log.database, group_id) == []


def test_a_mark_that_is_none_is_stored_as_any_other_value() -> None:
    """An imported file may have anything there."""
    sam = open_memory("sam")
    for mark in ("x", ["x", 1], [None, None], ["x" * 36, -1], ["x" * 36, 2**63], {"a": 1}):
        (entry,) = sam.log.append(Message.said_by("ben", "Hello.", **{GROUP: mark}))

        assert sam.log.among([(entry.seq, entry.seq)])[0].message.extra == {GROUP: mark}
