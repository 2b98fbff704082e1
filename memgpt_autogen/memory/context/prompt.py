"""The prompt: system instructions, core memory, what lies outside, the summary and the queue, as the model reads them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from xml.sax.saxutils import quoteattr

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.context.block import Block, shown
from memgpt_autogen.memory.context.core import CoreMemory
from memgpt_autogen.memory.context.queue import Dialect, Queue, Summary, newest_summary, wire
from memgpt_autogen.memory.documents.readable import ReadableArchives
from memgpt_autogen.memory.history.history import History
from memgpt_autogen.memory.storage.log import Entry, Known, Log, Speaker, changed_since, shown_since
from memgpt_autogen.messages import AUTOMATED, Message, WireMessage, clipped, packed, to_wire
from memgpt_autogen.prompts import prompt
from memgpt_autogen.text.safe import clip, listed

logger = logging.getLogger(__name__)

MOST_PARTICIPANTS = 8
"""Participants named in the prompt, those who spoke last."""

MOST_LISTED = 20
"""Tags and sources named in the prompt; the model can find the others by searching."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How the texts of a queue are cut so that the prompt fits: the most characters of each, None for no cut."""

    result_chars: int | None = None
    text_chars: int | None = None
    through_seq: int = 0
    """Newer entries are left whole."""
    summary: bool = True
    """Whether there is room for the summary."""

    def of(self, entry: Entry) -> Entry:
        if entry.seq > self.through_seq:
            return entry
        chars = self.result_chars if entry.message.kind == "result" else self.text_chars
        if chars is None:
            return entry
        cut = clipped(entry.message, chars)
        return entry if cut is entry.message else Entry(entry.seq, cut)


WHOLE = Fit()


@dataclass(frozen=True, slots=True)
class Form:
    """How the head of a prompt is told: in full, or briefly where the window is small."""

    brief: bool = False
    block_chars: int | None = None
    """The most characters that are shown of each block, None for all."""


FULL = Form()


class Prompt:
    """How the memory of one agent is told to the model.

    What it has seen outside the prompt is remembered, so that the prompt's start stays the same for the endpoint's cache.
    """

    def __init__(
        self,
        name: str,
        *,
        core: CoreMemory,
        log: Log,
        queue: Queue,
        archival: Archive,
        readable: ReadableArchives,
        history: History,
        zone: tzinfo,
        dialect: Dialect,
        archive_shared: bool,
    ) -> None:
        self._name = name
        self._core = core
        self._log = log
        self._queue = queue
        self._archival = archival
        self._readable = readable
        self._history = history
        self._zone = zone
        self._dialect = dialect
        self._archive_shared = archive_shared
        self._seen: dict[bool, _Outside] = {}
        """What was last seen outside the prompt, for the brief form and the full one."""
        self._edited = (0, 0)
        """How far the log was searched for edits and changes, and the newest that was found."""
        self._looked: _Inside | None = None
        """What was last read of the memory itself."""
        self._known = Known()
        self._told: dict[int, tuple[Message, WireMessage]] = {}
        """The messages of the last prompt as they were told, by their identity."""
        self._hidden: tuple[int, int] | None = None
        """Where a summary ends, and how many messages it covers."""

    def look_again(self) -> None:
        """Forget what was seen outside the prompt: something was forgotten or repaired."""
        self._seen, self._edited, self._looked = {}, (0, 0), None
        self.recount()

    def recount(self) -> None:
        """Forget how many messages the summary covers: some were taken back."""
        self._hidden = self._looked = None

    def compile(
        self,
        instructions: str = "",
        *,
        fit: Fit = WHOLE,
        form: Form = FULL,
        coming: Sequence[Message] = (),
    ) -> list[WireMessage]:
        """The prompt: system message, summary, queue. Between edits and evictions each is an extension of the last one.

        `coming` are messages that the log is about to get. The dictionaries are kept for the next prompt: change none.
        """
        seen = self._look()
        last = seen.entries[-1].seq if seen.entries else 0
        expected = (Entry(last + number, message) for number, message in enumerate(coming, 1))
        return [
            *self._head(seen, instructions, form, fit),
            *self.tail((*seen.entries, *expected), fit=fit, kept=True),
        ]

    def head(self, instructions: str = "", form: Form = FULL, fit: Fit = WHOLE) -> list[WireMessage]:
        """What stands before the queue: the system message and, where something was evicted, the summary."""
        return self._head(self._look(), instructions, form, fit)

    def _head(self, seen: _Inside, instructions: str, form: Form, fit: Fit) -> list[WireMessage]:
        messages: list[WireMessage] = [
            {"role": "system", "content": self._head_text(seen, instructions, form)}
        ]
        summary = seen.summary if fit.summary else None
        if summary is not None:
            messages.append(
                {"role": "user", "content": self._summary_event(summary, self._out_of_view(summary))}
            )
        return messages

    def compile_at(self, seq: int, instructions: str = "") -> list[WireMessage]:
        """The prompt as it was when the entry `seq` was the newest, with nothing clipped.

        The archive has no history: of its passages, those count that bear an earlier time, and its tags and sources are left out.
        """
        state = self._history.state(seq)
        summary = state.summary
        as_of = max(state.changed_seq, summary.through_seq if summary else 0)
        heard = [m for m in state.said(as_of) if m.kind == "message" and m.name is not None]
        counts = Counter(message.name for message in heard)
        lasting = {message.name: number for number, message in enumerate(heard)}
        speakers = [
            Speaker(name or "", counts[name])
            for name in sorted(lasting, key=lasting.__getitem__, reverse=True)
        ]
        outside = self._outside_view(
            len(state.said(as_of)), speakers, self.archival_passages(self._history.state(as_of).time), {}, {}
        )
        messages: list[WireMessage] = [
            {"role": "system", "content": self._system(instructions, self._rendered(state.blocks), outside)}
        ]
        if summary is not None:
            hidden = len(state.said(summary.through_seq))
            messages.append({"role": "user", "content": self._summary_event(summary, hidden)})
        return [*messages, *self.tail(state.queue)]

    def tail(self, entries: Sequence[Entry], *, fit: Fit = WHOLE, kept: bool = False) -> list[WireMessage]:
        """The queue's entries as the chat API takes them."""
        if not kept:
            return wire([fit.of(entry) for entry in entries], self._zone, self._dialect)
        before, self._told = self._told, {}
        told = self._told

        def to_wire_once(message: Message, zone: tzinfo) -> WireMessage:
            known = before.get(id(message)) or (
                message,
                to_wire(message, zone),
            )  # held, so its id is no other's
            told[id(message)] = known
            return known[1]

        return wire([fit.of(entry) for entry in entries], self._zone, self._dialect, to_wire_once)

    def system(self, instructions: str = "", form: Form = FULL) -> str:
        """How to act, the developer's instructions, and what changes most, last: core memory and what is outside the prompt."""
        return self._head_text(self._look(), instructions, form)

    def _head_text(self, seen: _Inside, instructions: str, form: Form) -> str:
        if (instructions, form) not in seen.systems:
            core_memory = self._rendered(seen.blocks, form)
            outside = self._outside(seen, brief=form.brief)
            seen.systems[instructions, form] = self._system(instructions, core_memory, outside, form)
        return seen.systems[instructions, form]

    def core_memory(self, form: Form = FULL) -> str:
        """The blocks with how full they are, in characters."""
        return self._rendered(self._look().blocks, form)

    def _look(self) -> _Inside:
        """What the memory holds now; it is read once for each time that anyone writes."""
        database = self._log.database
        state = database.state()
        if state is None or self._looked is None or self._looked.state != state:
            with database.reading() as connection:
                summary = newest_summary(connection, self._log.agent_id)
                self._edited = changed_since(connection, self._log.agent_id, self._edited)
                through = summary.through_seq if summary else 0
                self._looked = _Inside(
                    state,
                    self._core.read(connection),
                    summary,
                    shown_since(connection, self._log.agent_id, through, self._known),
                    self._edited[1],
                )
        return self._looked

    def _system(self, instructions: str, core_memory: str, outside: str, form: Form = FULL) -> str:
        base = ("system" if self._dialect == "memgpt" else "system_native") + ("_brief" if form.brief else "")
        parts = [prompt(base).replace("AGENT_NAME", self._name)]
        if instructions.strip():
            parts.append(f"<instructions>\n{instructions.strip()}\n</instructions>")
        return "\n\n".join(part for part in (*parts, core_memory, outside) if part)

    def _rendered(self, blocks: Sequence[Block], form: Form = FULL) -> str:
        rendered = []
        labels = [block.label for block in blocks]
        for block in blocks:
            marks = ' shared="true"' if block.shared else ""
            marks += ' read_only="true"' if block.read_only else ""
            about = f" about={quoteattr(block.description)}" if block.description and not form.brief else ""
            value = block.value
            if form.block_chars is not None:
                value = clip(value, form.block_chars, "too long to be shown whole, shorten it")
            rendered.append(
                f'<{block.label}{about}{marks} chars="{len(block.value)}/{block.limit}">\n'
                f"{shown(value, labels)}\n</{block.label}>"
            )
        return "<core_memory>\n" + "\n".join(rendered) + "\n</core_memory>"

    def archival_passages(self, until: datetime | None = None) -> int | None:
        """How many passages archival storage holds; None while it cannot be reached, which must not stop a conversation."""
        try:
            return self._archival.count(end=until)
        except StorageError as error:
            logger.warning("archival storage cannot be reached: %s", error)
            return None

    def archival_pending(self) -> int:
        """How many of the passages wait for their vectors; none while archival storage cannot be reached."""
        try:
            return self._archival.pending()
        except StorageError:  # `archival_passages` has told
            return 0

    def _outside(self, inside: _Inside, *, brief: bool) -> str:
        """What lies outside the prompt, as of the last edit or eviction, so that the prompt's start stays the same.

        Only the first passages ever are told at once: a model that thinks its archive is empty does not search it.
        """
        as_of = max(inside.changed_seq, inside.summary.through_seq if inside.summary else 0)
        known = self._seen.get(brief)
        if known is None or known.as_of != as_of or (known.passages == 0 and self.archival_passages()):
            known = self._seen[brief] = self._look_outside(as_of, brief=brief)
        return known.text

    def _look_outside(self, as_of: int, *, brief: bool) -> _Outside:
        passages = self.archival_passages()
        tags, sources = self._archival_names() if passages else ({}, {})
        said, speakers = self._log.count(through_seq=as_of), self._log.speakers(through_seq=as_of)
        others = self._attached_archives(brief=brief)
        view = self._outside_view(said, speakers, passages, tags, sources, others, brief=brief)
        return _Outside(as_of, passages, view)

    def _outside_view(
        self,
        said: int,
        speakers: Sequence[Speaker],
        passages: int | None,
        tags: Mapping[str, int],
        sources: Mapping[str, int],
        others: Sequence[str] = (),
        *,
        brief: bool = False,
    ) -> str:
        shared = "shared " if self._archive_shared else ""
        most, chars = (2, 24) if brief else (MOST_LISTED, 120)
        lines = [
            "<outside_view>",
            *([] if brief else ["as of the last change of core memory or eviction:"]),
            f"recall: {said} messages",
            *self._participants(speakers, brief=brief),
            f"{shared}archival: not reachable now"
            if passages is None
            else f"{shared}archival: {passages} passages",
        ]
        for what, counts in (("tags", tags), ("sources", sources)):
            named = sorted(counts, key=lambda name: (-counts[name], name))[:most]
            if named:
                more = f" and {len(counts) - len(named)} more" if len(counts) > len(named) else ""
                sized = what == "sources" and not brief
                told = ", ".join(
                    f"{listed(name, chars)} ({counts[name]})" if sized else listed(name, chars)
                    for name in named
                )
                lines.append(f"archival {what}: {told}{more}")
        lines += others
        return "\n".join([*lines, "</outside_view>"])

    def _attached_archives(self, *, brief: bool) -> list[str]:
        """A line for each archive that is read beside the own one."""
        most, chars = (2, 24) if brief else (MOST_LISTED, 120)
        lines = []
        for name, other in list(self._readable.others().items())[:most]:
            told = f"archive {listed(name, chars)}, which you only read"
            try:
                counts = other.archive.sources()
                named = [f"{listed(each, chars)} ({counts[each]})" for each in list(counts)[:most]]
                more = f" and {len(counts) - len(named)} more" if len(counts) > len(named) else ""
                about = f": {', '.join(named)}{more}" if named else ""
                lines.append(f"{told}: {other.archive.count()} passages{about}")
            except StorageError as error:
                logger.warning("archive '%s' cannot be reached: %s", name, error)
                lines.append(f"{told}: not reachable now")
        return lines

    def _archival_names(self) -> tuple[dict[str, int], dict[str, int]]:
        """The archive's tags and sources with how often they occur; none while it cannot be reached."""
        try:
            return self._archival.tags(), self._archival.sources()
        except StorageError as error:
            logger.warning("archival storage cannot be reached: %s", error)
            return {}, {}

    def _participants(self, known: Sequence[Speaker], *, brief: bool) -> list[str]:
        """Who takes part and how much each said; who came or spoke since is named by the queue's own events."""
        most, chars = (2, 24) if brief else (MOST_PARTICIPANTS, 64)
        told = [f"{listed(speaker.name, chars)} ({speaker.messages})" for speaker in known[:most]]
        more = f" and {len(known) - len(told)} more" if len(known) > len(told) else ""
        return [f"participants, last speaker first: {', '.join(told)}{more}"] if told else []

    def _out_of_view(self, summary: Summary) -> int:
        """How many messages the summary covers; counting them takes longer the longer the log is."""
        if self._hidden is None or self._hidden[0] != summary.through_seq:
            self._hidden = (summary.through_seq, self._log.count(through_seq=summary.through_seq))
        return self._hidden[1]

    def _summary_event(self, summary: Summary, hidden: int) -> str:
        return packed(
            "alert",
            f"{AUTOMATED}{hidden} earlier messages are out of view; conversation_search finds them. "
            f"Summary of them: {summary.text}",
            summary.time,
            self._zone,
        )


@dataclass(frozen=True, slots=True)
class _Inside:
    """What was read of the memory in one state of the database, and the system messages made of it since."""

    state: object | None
    blocks: Sequence[Block]
    summary: Summary | None
    entries: Sequence[Entry]
    """The queue's."""
    changed_seq: int
    """The newest edit or change."""
    systems: dict[tuple[str, Form], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Outside:
    """What was seen of the external context, and the text that tells it."""

    as_of: int
    passages: int | None
    text: str
