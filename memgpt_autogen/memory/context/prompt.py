"""The prompt: system instructions, core memory, the summary, the outside view and the queue.

An eviction changes the outside view and appends to the summary. So the view comes after the summary as soon
as there is one, and all before the new lines stays the same for the endpoint's cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from xml.sax.saxutils import quoteattr

from memgpt_autogen.memory.context.block import Block, shown
from memgpt_autogen.memory.context.core import CoreMemory
from memgpt_autogen.memory.context.outside_view import OutsideView
from memgpt_autogen.memory.context.queue import Dialect, Queue, Summary, Wired, newest_summary, wire
from memgpt_autogen.memory.storage.log import Entry, Known, Log, changed_since, shown_since
from memgpt_autogen.messages import AUTOMATED, Message, WireMessage, clip_message, pack_event
from memgpt_autogen.prompts import prompt
from memgpt_autogen.text.safe import clip


@dataclass(frozen=True, slots=True)
class Fit:
    """How the texts of a queue are clipped so that the prompt fits: the most characters, None for no clip."""

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
        cut = clip_message(entry.message, chars)
        return entry if cut is entry.message else Entry(entry.seq, cut)


WHOLE = Fit()


@dataclass(frozen=True, slots=True)
class Form:
    """How the head of a prompt is written: in full, or briefly where the window is small."""

    brief: bool = False
    block_chars: int | None = None
    """The most characters that are shown of each block, None for all."""


FULL = Form()


@dataclass(frozen=True, slots=True)
class MemoryView:
    """What memory contained in one state of the database, and the system messages made from it since."""

    state: object | None
    blocks: Sequence[Block]
    summary: Summary | None
    entries: Sequence[Entry]
    as_of: int
    """The newest edit, change or eviction."""
    systems: dict[tuple[str, Form, bool], WireMessage] = field(default_factory=dict)


class Prompt:
    """Writes the memory of one agent as a prompt.

    Between edits and evictions each prompt is an extension of the last one, so that the endpoint's cache
    can use it. After an eviction it is the same up to the end of the summary's old lines, unless the summary
    was full.
    """

    def __init__(
        self,
        name: str,
        *,
        core: CoreMemory,
        log: Log,
        queue: Queue,
        outside: OutsideView,
        zone: tzinfo,
        dialect: Dialect,
    ) -> None:
        self.name = name
        self.log = log
        self.queue = queue
        self.outside = outside
        self.zone = zone
        self.resets = 0
        """How often something was forgotten or undone; what is known about messages is wrong after that."""
        self._core = core
        self._dialect: Dialect = dialect
        self._clock = True
        # how far the log was searched for edits and changes, and the newest that was found
        self._edited = (0, 0)
        self._looked: MemoryView | None = None
        self._known = Known()
        self._wired: dict[int, Wired] = {}
        # where a summary ends, and how many messages it covers
        self._hidden: tuple[int, int] | None = None

    @property
    def clock(self) -> bool:
        """Whether the messages of a prompt have times. Without them, the same words give the same prompt."""
        return self._clock

    @clock.setter
    def clock(self, clock: bool) -> None:
        if clock != self._clock:
            self._clock = clock
            self._wired.clear()

    @property
    def shown_zone(self) -> tzinfo | None:
        """The zone of the times in a prompt; None where it has none."""
        return self.zone if self._clock else None

    def look_again(self) -> None:
        """Read everything again for the next prompt: something was forgotten or repaired."""
        self._edited = (0, 0)
        self.outside.look_again()
        self.recount()

    def recount(self) -> None:
        """Read the queue again, and count again what the summary covers: messages were taken back."""
        self._hidden = self._looked = None
        self._wired.clear()
        self.resets += 1

    def compile(
        self,
        instructions: str = "",
        *,
        fit: Fit = WHOLE,
        form: Form = FULL,
        coming: Sequence[Message] = (),
        seen: MemoryView | None = None,
    ) -> list[WireMessage]:
        """Return the prompt: system message, summary, queue. `seen` is what memory contains, if known.

        `coming` are messages that are about to be logged. The dictionaries are kept for the next prompt:
        change none.
        """
        seen = seen or self.look()
        last = seen.entries[-1].seq if seen.entries else 0
        expected = (Entry(last + number, message) for number, message in enumerate(coming, 1))
        return [*self.head(seen, instructions, form, fit), *self.tail((*seen.entries, *expected), fit=fit)]

    def head(
        self, seen: MemoryView, instructions: str = "", form: Form = FULL, fit: Fit = WHOLE
    ) -> list[WireMessage]:
        """Return what is before the queue: the system message and, after an eviction, the summary."""
        if seen.summary is None or not fit.summary:
            return [self.system(seen, instructions, form)]
        outside = self.outside.text(seen.as_of, brief=form.brief)
        summary = self._summary_event(seen.summary, self._count_hidden(seen.summary), outside)
        return [self.system(seen, instructions, form, outside=False), summary]

    def tail(self, entries: Sequence[Entry], *, fit: Fit = WHOLE) -> list[WireMessage]:
        """Return entries of the queue as the chat API takes them."""
        if fit is not WHOLE:
            entries = [fit.of(entry) for entry in entries]
        return wire(entries, self.shown_zone, self._dialect, self._wired)

    def system(
        self, seen: MemoryView, instructions: str = "", form: Form = FULL, *, outside: bool = True
    ) -> WireMessage:
        """Return the system message. What changes most is last: core memory and the view of the outside."""
        key = instructions, form, outside
        if key not in seen.systems:
            view = self.outside.text(seen.as_of, brief=form.brief) if outside else ""
            text = self._system_text(instructions, core_memory_text(seen.blocks, form), view, form)
            seen.systems[key] = {"role": "system", "content": text}
        return seen.systems[key]

    def places(self, messages: Sequence[WireMessage]) -> list[int]:
        """Return the `seq` of the entry of each message of the newest prompt; 0 where it is of no entry.

        A negative one is that of words whose call is the message before.
        """
        known = {id(message): place for place, (_, message) in self._wired.items()}
        return [known.get(id(message), 0) for message in messages]

    def tails(self, parts: Sequence[Sequence[Entry]]) -> list[list[WireMessage]]:
        """Return each part of the queue as the chat API takes it."""
        return [wire(part, self.shown_zone, self._dialect, self._wired) for part in parts]

    def core_memory(self, form: Form = FULL) -> str:
        """Return the section with the blocks, and how full they are in characters."""
        return core_memory_text(self.look().blocks, form)

    def head_of(
        self,
        blocks: Sequence[Block],
        outside: str,
        summary: Summary | None,
        hidden: int,
        instructions: str = "",
    ) -> list[WireMessage]:
        """Return the full head of a prompt with these parts; `hidden` messages are covered by the summary."""
        view = outside if summary is None else ""
        text = self._system_text(instructions, core_memory_text(blocks), view, FULL)
        system: WireMessage = {"role": "system", "content": text}
        return [system, *([] if summary is None else [self._summary_event(summary, hidden, outside)])]

    def look(self) -> MemoryView:
        """Return what memory contains now. The database is read again only if somebody has written to it."""
        database = self.log.database
        state = database.state()
        if state is None or self._looked is None or self._looked.state != state:
            with database.reading() as connection:
                summary = newest_summary(connection, self.log.agent_id)
                self._edited = changed_since(connection, self.log.agent_id, self._edited)
                through = summary.through_seq if summary else 0
                entries = shown_since(connection, self.log.agent_id, through, self._known)
                blocks = self._core.read(connection)
            if self._looked is not None and self._looked.summary != summary:
                self._wired.clear()  # what was evicted is not shown again
            as_of = max(self._edited[1], through)
            self._looked = MemoryView(state, blocks, summary, entries, as_of)
        return self._looked

    def _system_text(self, instructions: str, core_memory: str, outside: str, form: Form) -> str:
        base = ("system" if self._dialect == "memgpt" else "system_native") + ("_brief" if form.brief else "")
        parts = [prompt(base).replace("AGENT_NAME", self.name)]
        if instructions.strip():
            parts.append(f"<instructions>\n{instructions.strip()}\n</instructions>")
        return "\n\n".join([*parts, core_memory, *filter(None, [outside])])

    def _count_hidden(self, summary: Summary) -> int:
        """Return how many messages the summary covers. Counting takes longer the longer the log is."""
        if self._hidden is None or self._hidden[0] != summary.through_seq:
            self._hidden = (summary.through_seq, self.log.count(through_seq=summary.through_seq))
        return self._hidden[1]

    def _summary_event(self, summary: Summary, hidden: int, outside: str) -> WireMessage:
        """Return the summary as an event. What each eviction changes is behind its lines."""
        text = (
            f"{AUTOMATED}Earlier messages are out of view; conversation_search finds them. "
            f"Summary of them:\n{summary.text}\n\n{hidden} earlier messages are out of view.\n\n{outside}"
        )
        return {"role": "user", "content": pack_event("alert", text, summary.time, self.shown_zone)}


def core_memory_text(blocks: Sequence[Block], form: Form = FULL) -> str:
    """Return the section of a prompt with these blocks, and how full they are in characters."""
    labels = [block.label for block in blocks]
    sections = []
    for block in blocks:
        marks = ' shared="true"' if block.shared else ""
        marks += ' read_only="true"' if block.read_only else ""
        about = f" about={quoteattr(block.description)}" if block.description and not form.brief else ""
        value = block.value
        if form.block_chars is not None:
            value = clip(value, form.block_chars, "too long to be shown whole, shorten it")
        sections.append(
            f'<{block.label}{about}{marks} chars="{len(block.value)}/{block.limit}">\n'
            f"{shown(value, labels)}\n</{block.label}>"
        )
    return "<core_memory>\n" + "\n".join(sections) + "\n</core_memory>"
