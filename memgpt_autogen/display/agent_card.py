"""The card of an agent: its blocks and how full they are, its queue, recall, archive, model and window.

The database counts the messages, so a long log costs little. Storage that fails or hangs does not stop the
card.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import TypeVar

from memgpt_autogen.concurrency import run_with_timeout
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.moved import warn_renamed
from memgpt_autogen.rendering.bars import FILL, Mark, Section, fill_bar, stacked_bar
from memgpt_autogen.rendering.markup import Markup, Part, fold, heading, joined, shown, table, tag
from memgpt_autogen.rendering.plain_text import bar, counted, glance, shorten

T = TypeVar("T")

PATIENCE_SECONDS = 3.0
"""A store that needs longer to be counted is shown as not reachable."""

MOST_BLOCKS = 30

BAR = 20
"""The characters of a bar."""


@dataclass(frozen=True, slots=True, repr=False)
class Card:
    """The most important facts about an agent."""

    name: str
    model: str | None
    """None for an agent that only listens."""
    window_tokens: int | None
    prompt_tokens: int | None
    """The size of the last prompt that was sent; None before the first."""
    warn_tokens: int | None
    """A larger prompt causes a warning; None in the brief form, where that depends on the prompt's head."""
    blocks: tuple[Block, ...]
    queue_messages: int
    evictions: int
    recall_messages: int
    archival_passages: int | None
    """None while archival storage cannot be reached."""
    undelivered: int = 0
    """How many passages wait for the server of archival storage."""

    @classmethod
    def read(cls, memory: MemoryHierarchy, loop: HeartbeatLoop | None) -> Card | None:
        """Return the card of an agent; None while its database cannot be read."""
        return _try_within(PATIENCE_SECONDS, lambda: cls._read(memory, loop))

    @classmethod
    def of(cls, memory: MemoryHierarchy, loop: HeartbeatLoop | None) -> Card | None:
        """Do what `read` does. This is its name in 0.1."""
        warn_renamed("Card.of", "Card.read")
        return cls.read(memory, loop)

    @classmethod
    def _read(cls, memory: MemoryHierarchy, loop: HeartbeatLoop | None) -> Card:
        pressure = loop.pressure if loop else None
        sent = pressure.last_sent if pressure else None
        summary = memory.queue.summary
        said = memory.log.count()
        return cls(
            name=memory.name,
            model=loop.llm.model if loop else None,
            window_tokens=pressure.budget.window if pressure else None,
            prompt_tokens=(sent.told_tokens or sent.prompt_tokens) if sent else None,
            warn_tokens=pressure.budget.warn_at if pressure and not (sent and sent.brief) else None,
            blocks=tuple(memory.core),
            queue_messages=said - (memory.log.count(through_seq=summary.through_seq) if summary else 0),
            evictions=memory.queue.evictions() if summary else 0,
            recall_messages=said,
            archival_passages=_try_within(PATIENCE_SECONDS / 2, memory.archival.count),
            undelivered=memory.archival.undelivered(),
        )

    def line(self) -> str:
        """Return the card on one line, for lists and messages."""
        blocks = [f"{block.label} {len(block.value)}/{block.limit}" for block in self.blocks[:MOST_BLOCKS]]
        facts = "; ".join((", ".join(blocks) or "no blocks", *self._facts(), self._model()))
        return f"<MemGPTAgent '{glance(self.name, 80)}': {facts}>"

    def __str__(self) -> str:
        lines = [f"{glance(self.name, 80)} · {self._model()}"]
        width = max((len(block.label) for block in self.blocks), default=0)
        for block in self.blocks[:MOST_BLOCKS]:
            size = f"{len(block.value):,}/{block.limit:,}"
            marks = f"  {_marks(block)}" if _marks(block) else ""
            lines.append(
                f"  {block.label:<{width}}  {bar(len(block.value) / block.limit, BAR)} {size:>11}{marks}"
            )
            if block.value.strip():
                lines.append(f"  {'':<{width}}  {glance(block.value, 90)}")
        return "\n".join([*lines, *(f"  {fact}" for fact in self._facts())])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return shown("agent", self.markup())

    def markup(self) -> Markup:
        """Return the card without its frame, to be part of something else."""
        parts = [heading(shorten(self.name, 80), self._model())]
        if self.window_tokens and self.prompt_tokens:
            marks = [Mark("warning", self.warn_tokens)] if self.warn_tokens else []
            prompt = Section("last prompt", self.prompt_tokens, FILL)
            parts.append(stacked_bar([prompt], self.window_tokens, marks))
        rows = [_row(block) for block in self.blocks[:MOST_BLOCKS]]
        if rows:
            parts.append(table(("block", "fill", "characters#", "text"), rows))
        return joined(*parts, heading("", *self._facts()))

    def _facts(self) -> tuple[str, ...]:
        evicted = f" after {counted(self.evictions, 'eviction')}" if self.evictions else ""
        archival = (
            "not reachable" if self.archival_passages is None else counted(self.archival_passages, "passage")
        )
        waiting = f", {counted(self.undelivered, 'passage')} kept for its server" if self.undelivered else ""
        prompt = () if self.prompt_tokens is None else (f"last prompt {self.prompt_tokens:,} tokens",)
        return (
            f"queue {counted(self.queue_messages, 'message')}{evicted}",
            f"recall {counted(self.recall_messages, 'message')}",
            f"archival {archival}{waiting}",
            *prompt,
        )

    def _model(self) -> str:
        if self.model is None:
            return "no model, listens only"
        window = "" if self.window_tokens is None else f", window {self.window_tokens:,} tokens"
        return f"{glance(self.model, 80)}{window}"


@dataclass(frozen=True, slots=True)
class NoCard:
    """What is shown of an agent whose memory cannot be read, or whose constructor failed."""

    name: str

    def line(self) -> str:
        return f"<MemGPTAgent '{self.name}': its memory cannot be read now>"

    __str__ = line

    def _repr_html_(self) -> str:
        return escape(self.line())


def _row(block: Block) -> tuple[Part, ...]:
    marks = tag("div", _marks(block), class_="note") if _marks(block) else ""
    return (
        joined(tag("b", block.label), marks),
        fill_bar(len(block.value), block.limit, what=block.label),
        f"{len(block.value):,} / {block.limit:,}",
        _value(block.value),
    )


def _marks(block: Block) -> str:
    return ", ".join(["shared"] * block.shared + ["read-only"] * block.read_only)


def _value(value: str) -> Markup:
    short = glance(value, 100)
    if short == value:
        return tag("span", value, class_="text")
    return fold(short, tag("div", value, class_="inside text"))


def _try_within(seconds: float, read: Callable[[], T]) -> T | None:
    """Return what `read` returns; None where it fails or takes longer: a repr must not raise or hang."""
    try:
        return run_with_timeout(read, seconds, name="memgpt-card")
    except Exception:  # noqa: BLE001 - a traceback is never a better answer than None
        return None
