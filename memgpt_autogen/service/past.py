"""The past of an agent: its changes, its memory at any entry, what differs, and taking things back."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.events import Evicted
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.history.history import Change, Changes, MemoryState
from memgpt_autogen.memory.history.relatives import Relative, find_relatives
from memgpt_autogen.memory.storage.agents import AgentRecord, agents_of
from memgpt_autogen.memory.storage.tables import to_column
from memgpt_autogen.messages import Message
from memgpt_autogen.service.agents import BUSY_SECONDS, between_turns, open_agent, resolve_agent
from memgpt_autogen.service.equipment import Equipment
from memgpt_autogen.service.pages import Page, page_among
from memgpt_autogen.settings import Settings


@dataclass(frozen=True, slots=True)
class TextDifference:
    """What differs in one text; None where it was not there."""

    label: str | None
    """The block; None for the summary."""
    before: str | None
    after: str | None
    lines: tuple[str, ...]
    """The difference line by line: those that begin with `-` are gone, and those with `+` are new."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two states of one memory."""

    before: MemoryState
    after: MemoryState
    blocks: tuple[TextDifference, ...]
    """The blocks that differ."""
    summary: TextDifference | None
    """None if it is the same."""
    taken_back: int
    """How many entries of the first state are not in the second one."""


def changes(
    settings: Settings,
    agent: str,
    among: Collection[str] | None = None,
    *,
    what: Collection[str] = (),
    label: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> tuple[Page[Change], Changes]:
    """Return a page of the changes, the newest first, and all of them.

    The page is of these kinds, without any of all, and with `label` only of this block.
    """
    every = open_agent(settings, agent, among, embedder=NONE).history()
    numbered = [  # an eviction has the number of an entry that is another change's
        (number, change)
        for number, change in enumerate(every)
        if (not what or change.what in what) and label in (None, change.label)
    ]
    page = page_among(numbered, limit, cursor, lambda each: each[0], newest=True)
    return Page([change for _, change in page.items], page.next), every


def forks(
    settings: Settings,
    agent: str,
    among: Collection[str] | None = None,
    *,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[tuple[AgentRecord, Relative]]:
    """Return a page of the agents whose logs begin as this one's, the newest first."""
    agent_id, _ = resolve_agent(settings, agent, among)
    database = open_home_database(settings)
    relatives = {each.id: each for each in find_relatives(database, agent_id, among)}
    records = agents_of(database, relatives)
    found = [(each, relatives[each.id]) for each in records]
    return page_among(
        found, limit, cursor, lambda each: f"{to_column(each[0].made)} {each[0].id}", newest=True
    )


def state_at(settings: Settings, agent: str, seq: int, among: Collection[str] | None = None) -> MemoryState:
    """Return the memory when an entry was the newest one. Raises `HistoryError` if there is none."""
    return open_agent(settings, agent, among, embedder=NONE).at(seq)


def difference(
    settings: Settings, agent: str, first: int, second: int, among: Collection[str] | None = None
) -> Difference:
    """Return what differs between the memory at two entries."""
    memory = open_agent(settings, agent, among, embedder=NONE)
    before, after = memory.at_each(first, second)
    old = {block.label: block.value for block in before.blocks}
    new = {block.label: block.value for block in after.blocks}
    texts = [_difference(label, old.get(label), new.get(label)) for label in {**old, **new}]
    summaries = [None if state.summary is None else state.summary.text for state in (before, after)]
    kept = {entry.seq for entry in after.entries}
    return Difference(
        before,
        after,
        tuple(each for each in texts if each.before != each.after),
        None if summaries[0] == summaries[1] else _difference(None, *summaries),
        sum(entry.seq not in kept for entry in before.entries),
    )


@contextmanager
def _changing(settings: Settings, agent: str, among: Collection[str] | None) -> Iterator[MemoryHierarchy]:
    """Yield the memory of an agent, while no turn of it runs."""
    memory = open_agent(settings, agent, among, embedder=NONE)
    with between_turns(memory):
        yield memory


def undo(settings: Settings, agent: str, steps: int, among: Collection[str] | None = None) -> Changes:
    """Take back the newest changes; all of the steps, or none. Raises `HistoryError` if that cannot be."""
    with _changing(settings, agent, among) as memory:
        return memory.undo(steps)


def redo(settings: Settings, agent: str, steps: int, among: Collection[str] | None = None) -> Changes:
    """Do again what was undone last."""
    with _changing(settings, agent, among) as memory:
        return memory.redo(steps)


def pop(settings: Settings, agent: str, count: int, among: Collection[str] | None = None) -> list[Message]:
    """Take back the newest messages, with everything after the first of them; return the messages."""
    with _changing(settings, agent, among) as memory:
        return memory.pop(count)


def take_back_exchange(
    settings: Settings, agent: str, is_meant: Callable[[Message], bool], among: Collection[str] | None = None
) -> bool:
    """Take back the newest message that was heard, with its turn, if it `is_meant`; return whether it was.

    Only then it waits until no turn runs.
    """
    memory = open_agent(settings, agent, among, embedder=NONE)
    newest = memory.newest_heard()
    if newest is None or not is_meant(newest.message):
        return False
    with between_turns(memory):
        return memory.take_back_exchange(is_meant)


def rethink(settings: Settings, agent: str, text: str, among: Collection[str] | None = None) -> str:
    """Replace the newest thought, and return the old one."""
    with _changing(settings, agent, among) as memory:
        return memory.rethink(text)


def rewrite(settings: Settings, agent: str, text: str, among: Collection[str] | None = None) -> str:
    """Replace the newest words of the agent, and return the old ones."""
    with _changing(settings, agent, among) as memory:
        return memory.rewrite(text)


def compact(
    settings: Settings, agent: str, among: Collection[str] | None = None, *, equipment: Equipment
) -> Evicted | None:
    """Evict half of the queue now; return what was evicted, or None where there was nothing."""
    loop = equipment.open_agent(settings, agent, among, turn_wait=BUSY_SECONDS)
    with between_turns(loop.memory):  # a turn of this process that is running would be waited for
        pass
    return next((event for event in list(loop.compact()) if isinstance(event, Evicted)), None)


def checked_range(first: int, second: int) -> None:
    """Raise `ConfigurationError` for a range of entries that ends before it starts."""
    if first > second:
        raise ConfigurationError(f"from={first} is after to={second}. Swap them.")


def _difference(label: str | None, before: str | None, after: str | None) -> TextDifference:
    lines = difflib.unified_diff((before or "").split("\n"), (after or "").split("\n"), lineterm="", n=2)
    shown = [line for line in lines if not line.startswith(("---", "+++"))]
    return TextDifference(label, before, after, tuple(shown))
