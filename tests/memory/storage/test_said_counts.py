"""Counts of what was said, which are kept for the next time: always the same as counted anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from loops import MemoryFactory

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage import said_counts
from memgpt_autogen.memory.storage.log import hide
from memgpt_autogen.memory.storage.said_counts import SaidCounts
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings


def say(memory: MemoryHierarchy, *speakers: str) -> None:
    memory.log.append(*(Message.said_by(name, f"I am {name}, and I like tea.") for name in speakers))


def anew(memory: MemoryHierarchy, seq: int) -> tuple[int, list[Any]]:
    """Count by reading each entry."""
    spoken = [
        entry for entry in memory.log.everything(through_seq=seq) if not entry.hidden and entry.message.spoken
    ]
    assert memory.log.count(through_seq=seq) == len(spoken)
    return len(spoken), memory.log.speakers(through_seq=seq)


def taken_back(memory: MemoryHierarchy) -> None:
    memory.pop(2)


def taken_back_and_shown_again(memory: MemoryHierarchy) -> None:
    memory.pop(2)
    memory.undo()


def a_speaker_forgotten(memory: MemoryHierarchy) -> None:
    memory.forget(speaker="ben")


def another_one_taken_back_instead(memory: MemoryHierarchy) -> None:
    """Hide what ada said first, and show again what ben said last."""
    said = [entry.seq for entry in memory.log.everything() if entry.message.spoken]
    with memory.log.database.writing() as connection:
        hide(connection, memory.log.agent_id, [(said[0], said[0])])
        hide(connection, memory.log.agent_id, [(said[3], said[3])], hidden=False)


def nothing(memory: MemoryHierarchy) -> None:
    assert memory


@pytest.mark.parametrize(
    "change",
    [
        nothing,
        taken_back,
        taken_back_and_shown_again,
        another_one_taken_back_instead,
        a_speaker_forgotten,
    ],
)
@pytest.mark.parametrize("elsewhere", [False, True])
def test_kept_counts_are_those_that_are_counted_anew(
    change: Callable[[MemoryHierarchy], None], elsewhere: bool, tmp_path: Path
) -> None:
    settings = Settings.load(home=tmp_path)
    memory, other = open_memory("sam", settings), open_memory("sam", settings)
    counts = SaidCounts(memory.log.database, memory.log.agent_id)
    say(memory, "ada", "ben", "Ada", "ben")
    if change is another_one_taken_back_instead:
        memory.pop()
    before = counts.through(memory.log.last_seq())

    change(other if elsewhere else memory)
    say(memory, "cleo", "ADA")
    last = memory.log.last_seq()

    assert before[0] == (3 if change is another_one_taken_back_instead else 4)
    assert counts.through(last) == anew(memory, last)
    assert counts.through(last - 1) == anew(memory, last - 1)
    assert counts.through(0) == (0, [])


def test_names_are_counted_from_where_the_last_count_ended(
    make_memory: MemoryFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = make_memory()
    counts, asked = SaidCounts(memory.log.database, memory.log.agent_id), []
    names_said = said_counts.names_said

    def noted(connection: Any, agent: str, after: int, through: int) -> list[Any]:
        asked.append((after, through))
        return names_said(connection, agent, after, through)

    monkeypatch.setattr(said_counts, "names_said", noted)
    say(memory, "ada", "ben")
    first = memory.log.last_seq()
    counts.through(first)
    say(memory, "ada")
    counts.through(first + 1)
    memory.pop()
    counts.through(memory.log.last_seq())

    assert asked == [(0, first), (first, first + 1), (0, memory.log.last_seq())]
