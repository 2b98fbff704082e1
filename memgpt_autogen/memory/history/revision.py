"""Revision: take back or replace what was said and edited. The log keeps every word.

Entries are hidden, and revised copies are appended; a `change` entry in the same transaction records that.
Nothing is changed, and an error is raised, where a summary already covers what is to be taken back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Connection

from memgpt_autogen.errors import HistoryError
from memgpt_autogen.memory.context.core import DETACH, CoreMemory
from memgpt_autogen.memory.context.queue import newest_summary, units
from memgpt_autogen.memory.history.undo_stacks import UndoStacks
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
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.messages import Message, ToolCall, spoken_text
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.text.safe import clean_text


class Revision:
    """Changes one agent's past. `MemoryHierarchy` ensures that no turn of the agent runs at the same time."""

    def __init__(self, database: Database, agent_id: str, core: CoreMemory) -> None:
        self._database = database
        self._agent_id = agent_id
        self._core = core

    def undo(self, steps: int) -> None:
        """Take back the newest edits, pops, rethinks and rewrites; all of the steps, or none of them."""
        self._move(steps, "undo", "undoes", "to undo")

    @repeatable
    def undo_block(self, label: str) -> None:
        """Take back the newest edit of one block that can be undone."""
        with self._revising() as work:
            done = reversed(_undo_stacks(work.past.values()).done)
            edits = (work.past[seq] for seq in done)
            mine = (edit for edit in edits if edit.message.kind == "edit" and edit.message.name == label)
            edit = next(mine, None)
            if edit is None:
                raise HistoryError(f"block '{label}' has no edit to undo.")
            self._move_edit(work, edit, "undo", "undoes")

    def redo(self, steps: int) -> None:
        """Do again what was undone last. After any other change there is nothing to redo."""
        self._move(steps, "redo", "redoes", "to redo: nothing was undone since")

    @repeatable
    def pop(self, count: int) -> list[Message]:
        """Take back the newest `count` messages of anyone, with everything after the first of them.

        A call and its results are taken back together. Returns the messages, oldest first.
        """
        if count < 1:
            raise HistoryError(f"cannot take back {count} messages; the count must be 1 or more.")
        with self._revising() as work:
            said = [entry for entry in work.queue if entry.message.spoken is not None]
            if len(said) < count:
                raise HistoryError(
                    f"the queue has only {counted(len(said), 'message')}, so {count} cannot be taken back. "
                    "Evicted messages are part of the summary and stay."
                )
            taken = _from(said[len(said) - count], work.queue)
            work.change("pop", hides=taken)
            return [entry.message for entry in taken if entry.message.spoken is not None]

    def rethink(self, text: str) -> str:
        """Replace the newest thought in the queue, and return the old one."""
        text = _checked(text)

        def revised(message: Message) -> Message | None:
            if message.kind != "step" or not message.text:
                return None
            return replace(message, text=text)

        return self._replace("rethink", revised, "a thought").text

    def rewrite(self, text: str) -> str:
        """Replace the newest words of the agent in the queue, and return the old ones."""
        text = _checked(text)

        def revised(message: Message) -> Message | None:
            if message.kind == "spoken":
                return replace(message, text=text)
            if message.kind != "step" or not message.spoken:
                return None
            return replace(message, tool_calls=_with_words(message.tool_calls, text))

        return self._replace("rewrite", revised, "words of the agent").spoken or ""

    @repeatable
    def take_back(self, seqs: Container[int]) -> None:
        """Take back these entries of the queue: a safeguard refuses every prompt that has them."""
        with self._revising() as work:
            work.change("pop", hides=[entry for entry in work.queue if entry.seq in seqs])

    @repeatable
    def take_back_turn(self) -> None:
        """Take back everything that followed the newest message that was heard.

        That is steps, results, events, and edits. Other messages that were heard since then stay. So do
        edits from code, and blocks that others have changed later.
        """
        with self._revising() as work:
            turn = _newest_turn(work.queue)
            first = next((entry.seq for entry in turn if entry.message.role == "assistant"), None)
            if first is None:
                return
            hidden = [entry for entry in turn if entry.seq >= first and entry.message.kind != "message"]
            changed_by_others: set[str] = set()
            for seq in reversed(_undo_stacks(work.past.values()).done):
                edit = work.past[seq].message
                label, extra = edit.name or "", edit.extra
                if seq < first or edit.kind != "edit" or extra.get("code") or label in changed_by_others:
                    continue
                mark = {"takes_back": seq}
                if not self._core.put_back(work.connection, label, extra["after"], extra["before"], mark):
                    changed_by_others.add(label)
            work.change("retry", hides=hidden)

    @repeatable
    def _replace(self, what: str, revised: Callable[[Message], Message | None], wanted: str) -> Message:
        """Hide the newest entry that `revised` accepts and all later ones; append copies, one revised."""
        with self._revising() as work:
            target = next((entry for entry in reversed(work.queue) if revised(entry.message)), None)
            if target is None:
                raise HistoryError(f"the queue does not contain {wanted}, so there is nothing to {what}.")

            def copy(entry: Entry) -> Message:
                message = (revised(entry.message) if entry is target else None) or entry.message
                return replace(message, extra={**message.extra, "copy_of": entry.seq})

            old = _from(target, work.queue)
            new = work.append(*map(copy, old))
            words = [target.seq, new[old.index(target)].seq]
            about = {"thought": True} if what == "rethink" else {}
            work.change(what, hides=old, shows=new, words=words, **about)
            return target.message

    @repeatable
    def _move(self, steps: int, what: Literal["undo", "redo"], key: str, none_left: str) -> None:
        if steps < 1:
            raise HistoryError(f"cannot {what} {steps} steps; the number must be 1 or more.")
        with self._revising() as work:
            stacks = _undo_stacks(work.past.values())
            stack = [*(stacks.done if what == "undo" else stacks.undone)]
            if len(stack) < steps:
                if stack:
                    raise HistoryError(f"only {counted(len(stack), 'change')} can be {what}ne, not {steps}.")
                raise HistoryError(f"there is nothing {none_left}.")
            for seq in reversed(stack[-steps:]):
                move = self._move_edit if work.past[seq].message.kind == "edit" else self._move_change
                move(work, work.past[seq], what, key)

    def _move_edit(self, work: _Work, edit: Entry, what: Literal["undo", "redo"], key: str) -> None:
        """Write the text before an edit, or the text after it again."""
        label, texts = edit.message.name or "", (edit.message.extra["before"], edit.message.extra["after"])
        new, expected = texts if what == "undo" else reversed(texts)
        if self._core.put_back(work.connection, label, expected, new, {key: edit.seq}):
            return
        later = [e for e in work.past.values() if e.message.kind == "edit" and e.message.name == label]
        who = later[-1].message.extra.get("by") or "this agent"
        raise HistoryError(
            f"block '{label}' was changed later by {who} (entry {later[-1].seq}); to {what} entry {edit.seq} "
            "would lose that change. Edit the block instead."
        )

    def _move_change(self, work: _Work, change: Entry, what: Literal["undo", "redo"], key: str) -> None:
        """Show what a change hid and hide what it showed, or the other way round."""
        extra = change.message.extra
        ranges = [[list(each) for each in extra.get(name, ())] for name in ("hides", "shows")]
        hides, shows = reversed(ranges) if what == "undo" else ranges
        first = min((start for start, _ in (*hides, *shows)), default=None)
        if first is not None and first <= work.through:
            raise HistoryError(
                f"cannot {what} entry {change.seq} ({extra['what']}): an eviction has passed entry {first} "
                "since then. fork(name, at=...) opens memory as it was."
            )
        about = {name: extra[name] for name in ("thought",) if name in extra}
        if words := extra.get("words"):
            about["words"] = list(reversed(words)) if what == "undo" else list(words)
        work.note(what, {key: change.seq, "hides": hides, "shows": shows, **about})

    @contextmanager
    def _revising(self) -> Iterator[_Work]:
        """A block for one transaction with the current queue; it locks this log."""
        agent_id = self._agent_id
        with self._database.writing() as connection:
            self._core.hold(connection)
            hold_log(connection, agent_id)
            summary = newest_summary(connection, agent_id)
            through = summary.through_seq if summary else 0
            queue = shown_since(connection, agent_id, through)
            past = {entry.seq: entry for entry in changes_in(connection, agent_id)}
            yield _Work(connection, agent_id, through, queue, past)


@dataclass(frozen=True, slots=True)
class _Work:
    """An open transaction, and what it has read."""

    connection: Connection
    agent_id: str
    through: int
    queue: list[Entry]
    past: dict[int, Entry]
    """The edits and changes of the log, by `seq`."""

    def append(self, *messages: Message) -> list[Entry]:
        return append_entries(self.connection, self.agent_id, messages)

    def change(
        self, what: str, *, hides: Sequence[Entry], shows: Sequence[Entry] = (), **about: object
    ) -> None:
        given = {"hides": hides, "shows": shows}
        ranges = {
            name: ranges_of(entry.seq for entry in entries) for name, entries in given.items() if entries
        }
        self.note(what, {**ranges, **about})

    def note(self, what: str, extra: Mapping[str, Any]) -> None:
        """Append the change, and hide and show entries as it says."""
        hide(self.connection, self.agent_id, extra.get("hides", ()))
        hide(self.connection, self.agent_id, extra.get("shows", ()), hidden=False)
        self.append(Message("system", "", "change", extra={"what": what, **extra}))


def _undo_stacks(past: Iterable[Entry]) -> UndoStacks:
    """Return what can be undone and redone after these edits and changes."""
    stacks = UndoStacks()
    edits: dict[str | None, list[int]] = {}
    for entry in past:
        extra = entry.message.extra
        if extra.get("what") == DETACH:
            stacks.forget(edits.get(entry.message.name, ()))
        elif "before" in extra and extra["before"] == extra["after"]:
            continue  # a block's limit, description or right
        elif "undoes" in extra:
            stacks.undo(extra["undoes"])
        elif "redoes" in extra:
            stacks.redo(extra["redoes"])
        elif "takes_back" in extra:
            stacks.take_back(extra["takes_back"])
        elif extra.get("what") == "retry":
            stacks.retry()
        elif "by" not in extra and extra.get("what") != "fork" and extra.get("before", "") is not None:
            edits.setdefault(entry.message.name, []).append(entry.seq)
            stacks.change(entry.seq, is_edit=entry.message.kind == "edit")
    return stacks


def _from(first: Entry, queue: Sequence[Entry]) -> list[Entry]:
    """Return the unit that contains `first`, and everything after it."""
    parts = units(queue)
    start = next(number for number, part in enumerate(parts) if first in part)
    return [entry for part in parts[start:] for entry in part]


def _newest_turn(queue: Sequence[Entry]) -> list[Entry]:
    """Return the queue from the newest message that was heard."""
    heard = [entry for entry in queue if entry.message.kind == "message"]
    if not heard:
        raise HistoryError(
            "the queue contains no message that was heard, so there is nothing to answer again. "
            "Evicted messages are part of the summary and stay."
        )
    return _from(heard[-1], queue)


def _with_words(calls: Sequence[ToolCall], text: str) -> tuple[ToolCall, ...]:
    """Return the calls, with this text in the last one that says something."""
    last = max(number for number, call in enumerate(calls) if spoken_text(call))
    arguments = json.dumps({**json.loads(calls[last].arguments), "message": text}, ensure_ascii=False)
    return tuple(
        replace(call, arguments=arguments) if number == last else call for number, call in enumerate(calls)
    )


def _checked(text: str) -> str:
    if not text.strip():
        raise HistoryError("the new text is empty. Give one, or take the message back with pop().")
    return clean_text(text)
