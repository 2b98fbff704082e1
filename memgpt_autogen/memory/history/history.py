"""History: what happened to an agent's memory, and how it was at any point of its past, read from the log.

The log's edits and changes are the whole truth; the blocks' texts and the entries' `hidden` are what they come to in the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from memgpt_autogen.errors import HistoryError
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.context.core import CoreMemory
from memgpt_autogen.memory.context.queue import Queue, Summary
from memgpt_autogen.memory.storage.log import CHANGES, NEVER_SHOWN, Entry, Log, Range
from memgpt_autogen.messages import Message
from memgpt_autogen.rendering.diffs import diff
from memgpt_autogen.rendering.markup import Markup, Part, fold, heading, joined, shown, table, tag
from memgpt_autogen.rendering.plain_text import glance

SHOWN_CHARS = 60
"""The most characters of a text in a printed line."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to memory; print it."""

    seq: int
    """Its place in the log; an eviction, which the log need not tell, has that of the newest entry it found."""
    time: datetime
    what: str
    """`block`, `edit`, `set` (from code), `eviction`, `pop`, `rethink`, `rewrite`, `retry`, `fork`, `undo` or `redo`."""
    label: str | None = None
    """The block, for what concerns one."""
    before: str | None = None
    after: str | None = None
    by: str | None = None
    """The other agent that made it, for an edit of a shared block."""
    of: int | None = None
    """The `seq` of the change that this one takes back or makes again."""

    def __str__(self) -> str:
        what = self.what if self.of is None else f"{self.what} of {self.of}"
        who = f" by {glance(self.by, SHOWN_CHARS)}" if self.by else ""
        return f"{self.seq:>5}  {self.time:%Y-%m-%d %H:%M:%S}  {what:<12} {self.label or '':<12} {self._told()}{who}".rstrip()

    def _told(self) -> str:
        before, after = (self.before or "").strip(), (self.after or "").strip()
        same = _same_lines(before, after)
        before, after = _short(before[same:]), _short(after[same:])
        if before and after:
            return f"{before} → {after}"
        return f"- {before}" if before else f"+ {after}" if after else ""


class Changes(tuple[Change, ...]):
    """Changes, oldest first; shown as a table, one a line, and in a notebook with what each of them changed."""

    __slots__ = ()

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or "(nothing has changed)"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """The newest of them as a table of differences, with what `undo` would take back."""
        if not self:
            return shown("history", heading("history", str(self)))
        told = self[-MOST_SHOWN:]
        standing = self.standing()
        left_out = (
            f"the newest {len(told)} of {len(self):,}" if len(told) < len(self) else f"{len(self):,} changes"
        )
        undo = f"undo() takes back {standing[0]} next" if standing else "nothing to undo"
        rows = [_row(change, standing) for change in told]
        return shown(
            "history",
            heading("history", left_out, undo),
            table(("seq#", "time", "what", "block", "change", "undo"), rows),
        )

    def standing(self) -> tuple[int, ...]:
        """The `seq` of what `undo` can take back, as far as these changes tell: the one it takes back next comes first.

        What an eviction has passed since, or another agent's edit of a shared block, is refused all the same.
        """
        done: list[Change] = []
        undone: list[Change] = []
        for change in self:
            if change.what == "undo":
                _shift(change.of, done, undone)
            elif change.what == "redo":
                _shift(change.of, undone, done)
            elif change.what == "retry":
                _shift(change.of, done, [])
                done = done if change.label else [known for known in done if known.label]
                undone.clear()
            elif change.by is None and change.what in UNDOABLE:
                done.append(change)
                undone.clear()
        return tuple(change.seq for change in reversed(done))


UNDOABLE = ("edit", "set", "pop", "rethink", "rewrite")

MOST_SHOWN = 50
"""Changes that a notebook is shown, the newest ones."""


@dataclass(frozen=True, slots=True)
class MemoryState:
    """An agent's memory as it was when the entry `seq` was the newest of its log, and nothing had come after it."""

    seq: int
    time: datetime | None
    """When that entry came; None for the beginning."""
    blocks: tuple[Block, ...]
    summary: Summary | None
    entries: tuple[Entry, ...]
    """What was heard, thought, called and said up to then, and not taken back then."""
    hidden: frozenset[int] = frozenset()
    """The places of what had been taken back."""
    changed_seq: int = 0
    """The newest edit or change."""

    def __getitem__(self, label: str) -> Block:
        """The block of that label. Raises `KeyError` where there was none then."""
        for block in self.blocks:
            if block.label == label:
                return block
        raise KeyError(label)

    @property
    def queue(self) -> tuple[Entry, ...]:
        """The part of the entries that was in the prompt."""
        through = self.summary.through_seq if self.summary else 0
        return tuple(entry for entry in self.entries if entry.seq > through)

    def said(self, through_seq: int) -> list[Message]:
        """What anyone had said up to that entry and not taken back."""
        return [e.message for e in self.entries if e.seq <= through_seq and e.message.spoken is not None]


class History:
    """The past of one agent."""

    def __init__(self, log: Log, core: CoreMemory, queue: Queue, zone: tzinfo) -> None:
        self._log = log
        self._core = core
        self._queue = queue
        self._zone = zone

    def changes(self, newest: int | None = None) -> Changes:
        """What happened, oldest first; the `newest` few where a number is given."""
        told = [*self._edits_and_changes(), *self._evictions()]
        told.sort(key=lambda change: (change.seq, change.what == "eviction"))
        return Changes(told if newest is None else told[max(0, len(told) - newest) :])

    def state(self, seq: int) -> MemoryState:
        """Memory as it was when the entry `seq` was the newest; 0 is the beginning.

        Raises `HistoryError` for a place that the log has not got.
        """
        last = self._log.last_seq()
        if not 0 <= seq <= last:
            raise HistoryError(f"the log has the entries 1 to {last}, and none {seq}. Choose one of them.")
        log = [entry for entry in self._log.everything() if entry.seq <= seq]
        hidden = hidden_in(log)
        summaries = [summary for summary in self._queue.summaries() if summary.at_seq <= seq]
        return MemoryState(
            seq,
            # what was written anew bears the time of the old
            next(
                (entry.message.time for entry in reversed(log) if "copy_of" not in entry.message.extra), None
            ),
            tuple(self._blocks(log)),
            summaries[-1] if summaries else None,
            tuple(
                replace(entry, hidden=False)
                for entry in log
                if entry.seq not in hidden and entry.message.kind not in NEVER_SHOWN
            ),
            frozenset(hidden),
            max((entry.seq for entry in log if entry.message.kind in CHANGES), default=0),
        )

    def _blocks(self, log: Sequence[Entry]) -> Iterable[Block]:
        """The blocks that the edits come to. What an entry does not say of a block is as it is now."""
        blocks: dict[str, Block] = {}
        now: dict[str, Block] = {}
        for entry in log:
            message, extra = entry.message, entry.message.extra
            if message.kind == "edit" and message.name is not None:
                known = blocks.get(message.name)
                if extra["before"] is None or known is None:
                    now = now or {block.label: block for block in self._core}
                    known = now.get(message.name) or Block(message.name, limit=max(1, len(extra["after"])))
                    about = {
                        name: extra[name] for name in ("description", "read_only", "shared") if name in extra
                    }
                    known = replace(known, value="", limit=extra.get("limit", known.limit), **about)
                blocks[message.name] = replace(known, value=extra["after"])
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
        return replace(
            change, label=message.name, before=extra["before"], after=extra["after"], by=extra.get("by")
        )

    def _change(self, entry: Entry) -> Change:
        """What was taken back, and what came in its place, in the words of the entries: the change itself repeats none."""
        extra = entry.message.extra
        if "words" in extra:  # a rethink or a rewrite: of all that was written anew, one entry differs
            before, after = (self._log.among([(seq, seq)]) for seq in extra["words"])
            thought = extra.get("thought", False)
        else:
            before, after = (self._log.among(extra.get(key, ())) for key in ("hides", "shows"))
            thought = False
        change = self._named(entry, extra["what"])
        return replace(change, before=_words(before, thought=thought), after=_words(after, thought=thought))

    def _named(self, entry: Entry, what: str) -> Change:
        extra = entry.message.extra
        for key, name in (("undoes", "undo"), ("redoes", "redo"), ("takes_back", "retry")):
            if key in extra:
                return Change(entry.seq, self._local(entry.message.time), name, of=extra[key])
        return Change(entry.seq, self._local(entry.message.time), what)

    def _evictions(self) -> Iterable[Change]:
        told = None
        for summary in self._queue.summaries():
            yield Change(
                summary.at_seq, self._local(summary.time), "eviction", before=told, after=summary.text
            )
            told = summary.text

    def _local(self, time: datetime) -> datetime:
        return time.astimezone(self._zone)


def hidden_in(log: Iterable[Entry]) -> set[int]:
    """Which entries were out of sight at the end of this part of the log, from what its changes say.

    What was written anew counts from the change on that put it in place of the old.
    """
    hidden: set[int] = set()
    for entry in log:
        message = entry.message
        if "copy_of" in message.extra:
            hidden.add(entry.seq)
        if message.kind == "change":
            hidden |= _seqs(message.extra.get("hides", ()))
            hidden -= _seqs(message.extra.get("shows", ()))
    return hidden


def _seqs(ranges: Iterable[Range]) -> set[int]:
    return {seq for first, last in ranges for seq in range(first, last + 1)}


def _words(entries: Iterable[Entry], *, thought: bool) -> str:
    messages = [entry.message for entry in entries]
    return "\n".join(filter(None, (m.text if thought else m.spoken for m in messages)))


def _same_lines(one: str, other: str) -> int:
    """How many characters of whole lines two texts have in common at their start."""
    if not (one and other):
        return 0
    same = 0
    for mine, yours in zip(
        one.splitlines(keepends=True), (other + "\n").splitlines(keepends=True), strict=False
    ):
        if mine.rstrip("\n") != yours.rstrip("\n"):
            break
        same += len(mine)
    return same


def _short(text: str) -> str:
    line = " ⏎ ".join(part.strip() for part in text.splitlines() if part.strip())
    return glance(line, SHOWN_CHARS)


def _shift(seq: int | None, from_: list[Change], to: list[Change]) -> None:
    for change in [change for change in from_ if change.seq == seq]:
        from_.remove(change)
        to.append(change)


def _row(change: Change, standing: Sequence[int]) -> tuple[Part, ...]:
    what = change.what if change.of is None else f"{change.what} of {change.of}"
    who = (
        joined(change.label or "", tag("div", f"by {change.by}", class_="note"))
        if change.by
        else change.label
    )
    can = change.what in UNDOABLE and change.seq in standing
    undo = tag("span", "next" if change.seq == standing[0] else "yes", class_="note") if can else ""
    time = tag("span", f"{change.time:%Y-%m-%d %H:%M:%S}", class_="nowrap")
    return (
        str(change.seq),
        time,
        tag("span", what, class_="tagged nowrap"),
        who or "",
        _difference(change),
        undo,
    )


def _difference(change: Change) -> Markup:
    told = diff(change.before or "", change.after or "")
    if change.what != "eviction":
        return told
    if change.before == change.after:
        return Markup("the summary stayed as it was")
    return fold(f"the summary, now {len(change.after or ''):,} characters", told)
