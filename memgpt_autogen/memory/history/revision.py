"""Revision: taking back what was said and edited, and putting other words in its place, without a word leaving the log.

Entries are hidden and revised copies appended; the `change` entry that says so is in the same transaction. Everything here is
refused, with nothing changed, where a summary already tells what is to be taken back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from memgpt_autogen.errors import HistoryError
from memgpt_autogen.memory.context.core import CoreMemory
from memgpt_autogen.memory.context.queue import newest_summary, units
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.log import (
    Entry,
    append_entries,
    changes_in,
    hide,
    hold_log,
    ranges_of,
    shown_since,
)
from memgpt_autogen.messages import Message, ToolCall, spoken_text
from memgpt_autogen.text.safe import clean_text


class Revision:
    """Changes one agent's past. Not to be used while a turn of the agent runs: `MemoryHierarchy` sees to that."""

    def __init__(self, database: Database, agent_id: str, core: CoreMemory) -> None:
        self._database = database
        self._agent_id = agent_id
        self._core = core

    def undo(self, steps: int) -> None:
        """Take back the newest edits of core memory, pops, rethinks and rewrites that stand; all of the steps, or none."""
        self._move(steps, lambda stacks: stacks.done, self._undo_one, "to undo")

    def redo(self, steps: int) -> None:
        """Make again what was undone last; nothing is left to redo once something else was changed."""
        self._move(steps, lambda stacks: stacks.undone, self._redo_one, "to redo: nothing was undone since")

    def pop(self, count: int) -> list[Message]:
        """Take back the newest `count` messages that anyone said, with all that followed the first of them.

        A call and its results go together. Gives what was said, oldest first.
        """
        if count < 1:
            raise HistoryError(f"cannot take back {count} messages; the count is 1 or more.")
        with self._revising() as work:
            said = [entry for entry in work.queue if entry.message.spoken is not None]
            if len(said) < count:
                raise HistoryError(
                    f"the queue holds {len(said)} messages that were said, so {count} cannot be taken back. "
                    "What was evicted is part of the summary and stays."
                )
            taken = _from(said[len(said) - count], work.queue)
            work.change("pop", hides=taken)
            return [entry.message for entry in taken if entry.message.spoken is not None]

    def rethink(self, text: str) -> str:
        """Put another thought in place of the newest one in the queue, and give that one."""
        text = _given(text)

        def revised(message: Message) -> Message | None:
            if message.kind != "step" or not message.text:
                return None
            return replace(message, text=text)

        return self._replace("rethink", revised, "a thought").text

    def rewrite(self, text: str) -> str:
        """Put other words in place of the newest ones of the agent in the queue, and give those."""
        text = _given(text)

        def revised(message: Message) -> Message | None:
            if message.kind == "spoken":
                return replace(message, text=text)
            if message.kind != "step" or not message.spoken:
                return None
            return replace(message, tool_calls=_saying(message.tool_calls, text))

        return self._replace("rewrite", revised, "words of the agent").spoken or ""

    def take_back_turn(self) -> None:
        """Take back all that came of the newest message that was heard: steps, results, events, and the model's own edits.

        What else was heard meanwhile stays, and so do blocks that others changed after the turn did. What was edited from
        code is not the turn's.
        """
        with self._revising() as work:
            started = _turn_in(work.queue)
            first = next((entry.seq for entry in started if entry.message.role == "assistant"), None)
            if first is None:
                return
            gone = [entry for entry in started if entry.seq >= first and entry.message.kind != "message"]
            stuck: set[str] = set()
            for edit in reversed(_standing(work.past).done):
                label, extra = edit.message.name or "", edit.message.extra
                if edit.seq < first or edit.message.kind != "edit" or extra.get("code") or label in stuck:
                    continue
                back = (label, extra["after"], extra["before"], {"takes_back": edit.seq})
                if not self._core.put_back(work.connection, *back):
                    stuck.add(label)
            work.change("retry", hides=gone)

    def _replace(self, what: str, revised: Callable[[Message], Message | None], wanted: str) -> Message:
        """Hide the newest entry that can be `revised` with all behind it, and append it revised and the rest as it was."""
        with self._revising() as work:
            target = next((entry for entry in reversed(work.queue) if revised(entry.message)), None)
            if target is None:
                raise HistoryError(f"the queue holds no {wanted}, so there is nothing to {what}.")
            old = _from(target, work.queue)
            new = work.append(
                *(
                    replace(
                        (revised(entry.message) if entry is target else None) or entry.message,
                        extra={**entry.message.extra, "copy_of": entry.seq},
                    )
                    for entry in old
                )
            )
            words = [target.seq, new[old.index(target)].seq]
            about = {"thought": True} if what == "rethink" else {}
            work.change(what, hides=old, shows=new, words=words, **about)
            return target.message

    def _move(
        self,
        steps: int,
        stack: Callable[[_Stacks], list[Entry]],
        move: Callable[[_Work, Entry], None],
        none_left: str,
    ) -> None:
        if steps < 1:
            raise HistoryError(f"cannot go {steps} steps; the number is 1 or more.")
        with self._revising() as work:
            there = stack(_standing(work.past))
            if len(there) < steps:
                have = f"only {len(there)} of {steps} changes" if there else "nothing"
                raise HistoryError(f"there is {have} {none_left}.")
            for entry in reversed(there[len(there) - steps :]):
                move(work, entry)

    def _undo_one(self, work: _Work, entry: Entry) -> None:
        extra = entry.message.extra
        if entry.message.kind == "edit":
            self._put_back(work, entry, extra["after"], extra["before"], {"undoes": entry.seq})
        else:
            self._swap(work, entry, "undo", "undoes", extra.get("shows", ()), extra.get("hides", ()), extra)

    def _redo_one(self, work: _Work, entry: Entry) -> None:
        extra = entry.message.extra
        if entry.message.kind == "edit":
            self._put_back(work, entry, extra["before"], extra["after"], {"redoes": entry.seq})
        else:
            self._swap(work, entry, "redo", "redoes", extra.get("hides", ()), extra.get("shows", ()), extra)

    def _put_back(
        self, work: _Work, edit: Entry, expected: str, value: str, mark: Mapping[str, object]
    ) -> None:
        label = edit.message.name or ""
        if self._core.put_back(work.connection, label, expected, value, mark):
            return
        since = [e for e in work.past if e.message.kind == "edit" and e.message.name == label]
        newest = since[-1]
        who = newest.message.extra.get("by") or "this agent"
        raise HistoryError(
            f"block '{label}' was changed since by {who} (entry {newest.seq}), so entry {edit.seq} cannot be taken back or "
            "made again without losing that. Edit the block instead."
        )

    def _swap(
        self,
        work: _Work,
        change: Entry,
        what: str,
        key: str,
        hides: Sequence[Sequence[int]],
        shows: Sequence[Sequence[int]],
        extra: Mapping[str, Any],
    ) -> None:
        """Hide what a change brought, show what it hid, or the other way round."""
        first = min(start for start, _ in (*hides, *shows))
        if first <= work.through:
            raise HistoryError(
                f"entry {change.seq} ({extra['what']}) cannot be taken back or made again: an eviction has passed entry "
                f"{first} since. fork(name, at=...) opens memory as it was."
            )
        words = list(reversed(extra.get("words", ()))) if what == "undo" else list(extra.get("words", ()))
        about = {name: extra[name] for name in ("thought",) if name in extra}
        if words:
            about["words"] = words
        work.note(what, {key: change.seq, "hides": _pairs(hides), "shows": _pairs(shows), **about})

    @contextmanager
    def _revising(self) -> Iterator[_Work]:
        """One transaction with the queue as it is now; nobody else appends to this log until it ends."""
        agent_id = self._agent_id
        with self._database.writing() as connection:
            self._core.hold(connection)
            hold_log(connection, agent_id)
            summary = newest_summary(connection, agent_id)
            through = summary.through_seq if summary else 0
            queue = shown_since(connection, agent_id, through)
            yield _Work(connection, agent_id, through, queue, changes_in(connection, agent_id))


@dataclass(frozen=True, slots=True)
class _Work:
    """An open transaction, and what it found."""

    connection: Connection
    agent_id: str
    through: int
    queue: list[Entry]
    past: list[Entry]
    """The edits and changes there were."""

    def append(self, *messages: Message) -> list[Entry]:
        return append_entries(self.connection, self.agent_id, messages)

    def change(
        self, what: str, *, hides: Sequence[Entry], shows: Sequence[Entry] = (), **about: object
    ) -> None:
        ranges = {"hides": hides, "shows": shows}
        told = {key: ranges_of(entry.seq for entry in value) for key, value in ranges.items() if value}
        self.note(what, {**told, **about})

    def note(self, what: str, extra: Mapping[str, Any]) -> None:
        """Append the change and do what it says."""
        hide(self.connection, self.agent_id, extra.get("hides", ()))
        hide(self.connection, self.agent_id, extra.get("shows", ()), hidden=False)
        self.append(Message("system", "", "change", extra={"what": what, **extra}))


@dataclass(slots=True)
class _Stacks:
    """What can be undone and redone, the next one last."""

    done: list[Entry] = field(default_factory=list)
    undone: list[Entry] = field(default_factory=list)


def _standing(past: Sequence[Entry]) -> _Stacks:
    """Replay the edits and changes of a log.

    The first text of a block, others' edits and a fork are nobody's to undo. A retry cannot be undone, since a turn came of
    it, and neither can what was done to the conversation before.
    """
    stacks = _Stacks()
    for entry in past:
        extra = entry.message.extra
        if "undoes" in extra:
            _shift(extra["undoes"], stacks.done, stacks.undone)
        elif "redoes" in extra:
            _shift(extra["redoes"], stacks.undone, stacks.done)
        elif "takes_back" in extra:
            _shift(extra["takes_back"], stacks.done, [])
            stacks.undone.clear()
        elif extra.get("what") == "retry":
            stacks.done = [known for known in stacks.done if known.message.kind == "edit"]
            stacks.undone.clear()
        elif "by" not in extra and extra.get("what") != "fork" and extra.get("before", "") is not None:
            stacks.done.append(entry)
            stacks.undone.clear()
    return stacks


def _shift(seq: int, from_: list[Entry], to: list[Entry]) -> None:
    for entry in [entry for entry in from_ if entry.seq == seq]:
        from_.remove(entry)
        to.append(entry)


def _from(first: Entry, queue: Sequence[Entry]) -> list[Entry]:
    """The unit that `first` stands in, and all behind it."""
    parts = units(queue)
    start = next(number for number, part in enumerate(parts) if first in part)
    return [entry for part in parts[start:] for entry in part]


def _turn_in(queue: Sequence[Entry]) -> list[Entry]:
    """The queue from the unit on in which the newest message was heard."""
    heard = [entry for entry in queue if entry.message.kind == "message"]
    if not heard:
        raise HistoryError(
            "the queue holds no message that was heard, so there is nothing to answer again. "
            "What was evicted is part of the summary and stays."
        )
    return _from(heard[-1], queue)


def _saying(calls: Sequence[ToolCall], text: str) -> tuple[ToolCall, ...]:
    """The calls, of which the last that says something says this."""
    last = max(number for number, call in enumerate(calls) if spoken_text(call))
    arguments = json.dumps({**json.loads(calls[last].arguments), "message": text}, ensure_ascii=False)
    return tuple(
        replace(call, arguments=arguments) if number == last else call for number, call in enumerate(calls)
    )


def _given(text: str) -> str:
    if not text.strip():
        raise HistoryError("the new text is empty. Give one, or take the message back with pop().")
    return clean_text(text)


def _pairs(ranges: Sequence[Sequence[int]]) -> list[list[int]]:
    return [list(each) for each in ranges]
