"""Deferred writes: several logs get what waits in one commit, before anybody reads or writes something."""

from __future__ import annotations

import gc
import os
import time
from pathlib import Path
from typing import Any

import pytest
from loops import MemoryFactory
from sqlalchemy import text

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message


def said(memory: MemoryHierarchy) -> list[str]:
    return [entry.message.text for entry in memory.log.everything() if entry.message.kind == "message"]


def defer(memory: MemoryHierarchy, *texts: str) -> None:
    for each in texts:
        memory.log.defer(Message.said_by("ben", each))


def stored(engine: Any) -> int:
    """Return how many messages another process would find."""
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM entries WHERE kind = 'message'")))


def test_what_waits_is_committed_before_anything_reads(memory: MemoryHierarchy) -> None:
    defer(memory, "hello")

    assert memory.log.database.deferred.waiting
    assert said(memory) == ["hello"]
    assert not memory.log.database.deferred.waiting


def test_each_log_gets_what_waited_in_order_and_before_what_is_written_later(
    make_memory: MemoryFactory,
) -> None:
    sam, zoe = make_memory("sam"), make_memory("zoe")
    defer(sam, "one")
    defer(zoe, "one")
    defer(sam, "two")

    sam.log.append(Message.said_by("ben", "three"))

    assert said(sam) == ["one", "two", "three"]
    assert said(zoe) == ["one"]


def test_what_waits_is_in_the_next_prompt(memory: MemoryHierarchy) -> None:
    memory.compile()
    defer(memory, "hello")

    assert "hello" in str(memory.compile()[-1]["content"])


@pytest.mark.sqlite
def test_nothing_is_deferred_after_what_failed(memory: MemoryHierarchy) -> None:
    log = memory.log
    newest = log.last_seq()
    file = Path(str(log.database.url.database))
    first = log.defer(Message.said_by("ben", "one"))
    assert first is not None
    file.rename(file.with_name("away.db"))
    log.database.deferred.settle()

    assert first.state == "failed"
    assert log.defer(Message.said_by("ben", "two"), after=[first]) is None
    with pytest.raises(StorageError):
        log.last_seq()
    file.with_name("away.db").rename(file)
    assert log.last_seq() == newest


def test_what_nobody_commits_is_committed_all_the_same(make_memory: MemoryFactory) -> None:
    sam = make_memory("sam")
    engine = sam.log.database._engine
    defer(sam, "hello")
    del sam
    gc.collect()

    give_up = time.monotonic() + 60
    while not stored(engine) and time.monotonic() < give_up:
        time.sleep(0.02)

    assert stored(engine) == 1


def test_memory_that_is_reset_forgets_what_waits(memory: MemoryHierarchy) -> None:
    defer(memory, "hello")

    memory.reset()

    assert not memory.log.database.deferred.waiting
    assert said(memory) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process can be forked")
def test_a_fork_leaves_what_waits_to_the_parent(memory: MemoryHierarchy) -> None:
    defer(memory, "hello")

    child = os.fork()
    if not child:
        waits = bool(memory.log.database.deferred.waiting)
        memory.log.append(Message.said_by("ben", "from the child"))
        os._exit(waits)
    _, status = os.waitpid(child, 0)

    assert status == 0
    assert sorted(said(memory)) == ["from the child", "hello"]
