"""History: the changes of an agent's memory, and its state at any point of the past, read from the log.

The edits and changes in the log are the source; the blocks' texts and the entries' `hidden` are their result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from memgpt_autogen.errors import HistoryError
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.context.core import DETACH, CoreMemory
from memgpt_autogen.memory.context.queue import Queue, Summary
from memgpt_autogen.memory.history.undo_stacks import UndoStacks
from memgpt_autogen.memory.storage.log import CHANGES, NEVER_SAID, NEVER_SHOWN, Entry, Log, Range
from memgpt_autogen.messages import Message
from memgpt_autogen.rendering.diffs import diff
from memgpt_autogen.rendering.markup import Markup, Part, fold, heading, joined, shown, table, tag
from memgpt_autogen.rendering.plain_text import counted, glance

SHOWN_CHARS = 60
"""The most characters of a text in a printed line."""

MOST_SHOWN = 50
"""How many changes a notebook shows; the newest ones."""

UNDOABLE = ("edit", "set", "pop", "rethink", "rewrite")

LOGGED_FIELDS = ("limit", "description", "read_only", "shared")
"""The fields of a block that its first edit logs."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of memory; print it."""

    seq: int
    """Its number in the log.

    An eviction, which is not in the log, has the number of the newest entry at its time.
    """
    time: datetime
    what: str
    """This names the kind of change.

    It is `block`, `edit`, `set` (from code), `shape` (a block's limit, description or right), `detach` (a
    block was taken away), `eviction`, `pop`, `rethink`, `rewrite`, `retry`, `fork`, `undo` or `redo`.
    """
    label: str | None = None
    """The label of the block, for changes of one block."""
    before: str | None = None
    after: str | None = None
    by: str | None = None
    """The other agent, for its edit of a shared block."""
    of: int | None = None
    """The `seq` of the change that this one takes back or does again."""

    def __str__(self) -> str:
        by = f" by {glance(self.by, SHOWN_CHARS)}" if self.by else ""
        about = f"{self.seq:>5}  {self._time()}  {self._kind():<12} {self.label or '':<12}"
        return f"{about} {self._difference()}{by}".rstrip()

    def row(self, standing: Sequence[int]) -> tuple[Part, ...]:
        """Return the cells of a table; `standing` are the changes that can be undone, the next one first."""
        by = tag("div", f"by {self.by}", class_="note") if self.by else ""
        undo = "" if self.seq not in standing else "next" if self.seq == standing[0] else "yes"
        return (
            str(self.seq),
            tag("span", self._time(), class_="nowrap"),
            tag("span", self._kind(), class_="tagged nowrap"),
            joined(self.label or "", by),
            self._markup(),
            tag("span", undo, class_="note") if undo else "",
        )

    def _time(self) -> str:
        return f"{self.time:%Y-%m-%d %H:%M:%S %Z}"

    def _kind(self) -> str:
        return self.what if self.of is None else f"{self.what} of {self.of}"

    def _difference(self) -> str:
        before, after = (self.before or "").strip(), (self.after or "").strip()
        same = _same_lines(before, after)
        before, after = _short(before[same:]), _short(after[same:])
        if before and after:
            return f"{before} → {after}"
        return f"- {before}" if before else f"+ {after}" if after else ""

    def _markup(self) -> Markup:
        difference = diff(self.before or "", self.after or "")
        if self.what != "eviction":
            return difference
        if self.before == self.after:
            return Markup("the summary did not change")
        return fold(f"the summary, now {counted(len(self.after or ''), 'character')}", difference)


class Changes(tuple[Change, ...]):
    """Changes, oldest first; printed as one line each, and shown in a notebook with their differences."""

    __slots__ = ()

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or "(nothing has changed)"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the newest changes as a table of differences, with what `undo` would take back."""
        if not self:
            return shown("history", heading("history", str(self)))
        newest = self[-MOST_SHOWN:]
        standing = self.standing()
        size = counted(len(self), "change")
        note = f"the newest {len(newest)} of {size}" if len(newest) < len(self) else size
        undo = f"undo() takes back {standing[0]} next" if standing else "nothing to undo"
        rows = [change.row(standing) for change in newest]
        heads = ("seq#", "time", "what", "block", "change", "undo")
        return shown("history", heading("history", note, undo), table(heads, rows))

    def standing(self) -> tuple[int, ...]:
        """Return the `seq` of the changes that `undo` can take back, the next one first.

        They can be taken back as far as these changes show. An eviction since then, or another agent's
        edit of a shared block, can still prevent it.
        """
        return tuple(reversed(self._stacks().done))

    def undone(self) -> tuple[int, ...]:
        """Return the `seq` of the changes that `redo` can do again, the next one first."""
        return tuple(reversed(self._stacks().undone))

    def _stacks(self) -> UndoStacks:
        stacks = UndoStacks()
        edits: dict[str | None, list[int]] = {}
        for change in self:
            if change.what == "undo":
                stacks.undo(change.of)
            elif change.what == "redo":
                stacks.redo(change.of)
            elif change.what == "retry" and change.label:
                stacks.take_back(change.of)
            elif change.what == "retry":
                stacks.retry()
            elif change.what == DETACH:
                stacks.forget(edits.get(change.label, ()))
            elif change.by is None and change.what in UNDOABLE:
                edits.setdefault(change.label, []).append(change.seq)
                stacks.change(change.seq, is_edit=change.label is not None)
        return stacks


@dataclass(frozen=True, slots=True)
class MemoryState:
    """An agent's memory as it was when the entry `seq` was the newest of its log."""

    seq: int
    time: datetime | None
    """The time of that entry; None for the start, before any entry."""
    blocks: tuple[Block, ...]
    summary: Summary | None
    entries: tuple[Entry, ...]
    """What was heard, thought, called and said until then, and was not taken back at that time."""
    hidden: frozenset[int] = frozenset()
    """The `seq` of the entries that were taken back."""
    changed_seq: int = 0
    """The `seq` of the newest edit or change."""

    def __getitem__(self, label: str) -> Block:
        """Return the block of that label. Raises `KeyError` where there was none at that time."""
        for block in self.blocks:
            if block.label == label:
                return block
        raise KeyError(label)

    @property
    def queue(self) -> tuple[Entry, ...]:
        """The entries that were in the prompt."""
        through = self.summary.through_seq if self.summary else 0
        return tuple(
            entry for entry in self.entries if entry.seq > through and entry.message.kind not in NEVER_SHOWN
        )

    def said(self, through_seq: int) -> list[Message]:
        """Return what anyone had said up to that entry, without what was taken back."""
        return [e.message for e in self.entries if e.seq <= through_seq and e.message.spoken is not None]


class History:
    """The past of one agent."""

    def __init__(self, log: Log, core: CoreMemory, queue: Queue, zone: tzinfo) -> None:
        self._log = log
        self._core = core
        self._queue = queue
        self._zone = zone

    def changes(self, newest: int | None = None) -> Changes:
        """Return the changes, oldest first; with a number, only the `newest` ones."""
        changes = [*self._edits_and_changes(), *self._evictions()]
        changes.sort(key=lambda change: (change.seq, change.what == "eviction"))
        return Changes(changes if newest is None else changes[max(0, len(changes) - newest) :])

    def state(self, seq: int) -> MemoryState:
        """Return memory as it was when the entry `seq` was the newest; 0 is the start.

        Raises `HistoryError` where the log has no such entry.
        """
        return self.states(seq)[0]

    def states(self, *seqs: int) -> list[MemoryState]:
        """Return what `state` returns for each of these entries. The log is read once."""
        last = self._log.last_seq()
        for seq in seqs:
            if not 0 <= seq <= last:
                raise HistoryError(
                    f"the log has the entries 1 to {last}, but no entry {seq}. Choose one of them."
                )
        log = self._log.everything(through_seq=max(seqs))
        return [self._state(seq, [entry for entry in log if entry.seq <= seq]) for seq in seqs]

    def _state(self, seq: int, log: Sequence[Entry]) -> MemoryState:
        hidden = hidden_in(log)
        summaries = [summary for summary in self._queue.summaries() if summary.at_seq <= seq]
        return MemoryState(
            seq,
            _time_of(log),
            tuple(self._blocks(log)),
            summaries[-1] if summaries else None,
            tuple(
                replace(entry, hidden=False)
                for entry in log
                if entry.seq not in hidden and entry.message.kind not in NEVER_SAID
            ),
            frozenset(hidden),
            max((entry.seq for entry in log if entry.message.kind in CHANGES), default=0),
        )

    def evictions(self, seq: int) -> int:
        """Return the number of evictions until the entry `seq`."""
        return sum(summary.at_seq <= seq for summary in self._queue.summaries())

    def time_of(self, seq: int) -> datetime | None:
        """Return the `time` of the state at this entry."""
        return _time_of(self._log.everything(through_seq=seq))

    def _blocks(self, log: Sequence[Entry]) -> Iterable[Block]:
        """Return the blocks after these edits. What the log does not say about a block is as it is now."""
        blocks: dict[str, Block] = {}
        current: dict[str, Block] = {}
        for entry in log:
            message, extra = entry.message, entry.message.extra
            if message.kind == "edit" and message.name is not None:
                block = blocks.get(message.name)
                if extra["before"] is None or block is None:
                    current = current or {block.label: block for block in self._core}
                    block = current.get(message.name) or Block(
                        message.name, limit=max(1, len(extra["after"]))
                    )
                    logged = {name: extra[name] for name in LOGGED_FIELDS if name in extra}
                    block = replace(block, value="", **logged)
                elif extra["before"] == extra["after"]:
                    block = replace(
                        block, value="", **{name: extra[name] for name in LOGGED_FIELDS if name in extra}
                    )
                after = extra["after"]
                blocks[message.name] = replace(block, value=after, limit=max(block.limit, len(after)))
            elif extra.get("what") == DETACH and message.kind == "change":
                blocks.pop(message.name or "", None)
            elif extra.get("what") == "fork" and message.kind == "change":
                blocks = {label: replace(block, shared=False) for label, block in blocks.items()}
        return blocks.values()

    def _edits_and_changes(self) -> Iterable[Change]:
        for entry in self._log.changes():
            yield self._edit(entry) if entry.message.kind == "edit" else self._change(entry)

    def _edit(self, entry: Entry) -> Change:
        message, extra = entry.message, entry.message.extra
        change = self._named(entry, "set" if extra.get("code") else "edit")
        if extra["before"] is None:
            change = replace(change, what="block")
        elif extra["before"] == extra["after"]:
            change = replace(change, what="shape")
        before, after, by = extra["before"], extra["after"], extra.get("by")
        return replace(change, label=message.name, before=before, after=after, by=by)

    def _change(self, entry: Entry) -> Change:
        """Return what was taken back and what replaced it; the words are those of the entries."""
        extra = entry.message.extra
        thought = extra.get("thought", False)
        if extra["what"] == DETACH:
            return replace(self._named(entry, DETACH), label=entry.message.name)
        if "words" in extra:  # a rethink or a rewrite: only one entry differs from its copy
            before, after = (self._log.among([(seq, seq)]) for seq in extra["words"])
        else:
            before, after = (self._log.among(extra.get(key, ())) for key in ("hides", "shows"))
        change = self._named(entry, extra["what"])
        return replace(change, before=_words(before, thought=thought), after=_words(after, thought=thought))

    def _named(self, entry: Entry, what: str) -> Change:
        extra = entry.message.extra
        time = entry.message.time.astimezone(self._zone)
        for key, name in (("undoes", "undo"), ("redoes", "redo"), ("takes_back", "retry")):
            if key in extra:
                return Change(entry.seq, time, name, of=extra[key])
        return Change(entry.seq, time, what)

    def _evictions(self) -> Iterable[Change]:
        before = None
        for summary in self._queue.summaries():
            time = summary.time.astimezone(self._zone)
            yield Change(summary.at_seq, time, "eviction", before=before, after=summary.text)
            before = summary.text


def _time_of(log: Sequence[Entry]) -> datetime | None:
    """Return the time of the newest entry. A revised copy has the time of its original.

    What was imported was said at its own time.
    """
    newest = (entry.message for entry in reversed(log) if "copy_of" not in entry.message.extra)
    times = (message.time for message in newest if message.kind != "imported")
    return next(times, None)


def hidden_in(log: Iterable[Entry]) -> set[int]:
    """Return the `seq` of the entries that are hidden at the end of this part of the log.

    A revised copy is hidden until the change that shows it.
    """
    entries = [*log]
    undecided = _Undecided(max((entry.seq for entry in entries), default=0))
    hidden: set[int] = set()
    for entry in reversed(entries):  # the newest change of an entry decides
        extra = entry.message.extra
        if entry.message.kind == "change":
            for _ in undecided.take(extra.get("shows", ())):
                pass
            hidden.update(undecided.take(extra.get("hides", ())))
        if "copy_of" in extra:
            hidden.update(undecided.take([(entry.seq, entry.seq)]))
    return hidden


class _Undecided:
    """The entries from 1 to `last` that were not taken yet. Each is taken once, however long the ranges."""

    def __init__(self, last: int) -> None:
        self._last = last
        self._next: dict[int, int] = {}
        """For an entry that was taken, a later one."""

    def take(self, ranges: Iterable[Range]) -> Iterator[int]:
        for first, last in ranges:
            seq = self._from(max(first, 1))
            while seq <= min(last, self._last):
                yield seq
                self._next[seq] = seq + 1
                seq = self._from(seq)

    def _from(self, seq: int) -> int:
        """Return the first entry from `seq` on that was not taken, and make the way to it short."""
        passed = []
        while seq in self._next:
            passed.append(seq)
            seq = self._next[seq]
        self._next.update(dict.fromkeys(passed, seq))
        return seq


def _words(entries: Iterable[Entry], *, thought: bool) -> str:
    messages = [entry.message for entry in entries]
    return "\n".join(filter(None, (m.text if thought else m.spoken for m in messages)))


def _same_lines(one: str, other: str) -> int:
    """Return how many characters of `one` are whole lines at its start that `other` starts with too."""
    same = 0
    for line, other_line in zip(one.splitlines(keepends=True), other.splitlines(keepends=True), strict=False):
        if line.rstrip("\n") != other_line.rstrip("\n"):
            break
        same += len(line)
    return same


def _short(text: str) -> str:
    line = " ⏎ ".join(part.strip() for part in text.splitlines() if part.strip())
    return glance(line, SHOWN_CHARS)
