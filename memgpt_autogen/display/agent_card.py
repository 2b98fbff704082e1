"""An agent's card: its blocks with their fill, its queue, what is outside the prompt, its model and window.

What it tells is counted by the database, so that a long log costs little. Nothing that fails or hangs keeps it from being shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional, TypeVar

from memgpt_autogen.concurrency import run_with_timeout
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.rendering.bars import Mark, Section, fill_bar, stacked_bar
from memgpt_autogen.rendering.markup import Markup, Part, fold, heading, joined, shown, table, tag
from memgpt_autogen.rendering.plain_text import bar, counted, glance, shorten

if TYPE_CHECKING:
    from memgpt_autogen.loop.heartbeat import HeartbeatLoop

T = TypeVar("T")

PATIENCE_SECONDS = 3.0
"""How long a store may take to be counted before it counts as not reachable."""

MOST_BLOCKS = 30

BAR = 20
"""Characters of a bar."""


@dataclass(frozen=True, slots=True, repr=False)
class Card:
    """What is to be known of an agent at a glance."""

    name: str
    model: str | None
    """None for an agent that only listens."""
    window_tokens: int | None
    prompt_tokens: int | None
    """The size of the last prompt that was sent; None before the first."""
    warn_tokens: int | None
    """A fuller prompt calls for a warning; None in the brief form, where that depends on the prompt's head."""
    blocks: tuple[Block, ...]
    queue_messages: int
    evictions: int
    recall_messages: int
    archival_passages: int | None
    """None while archival storage cannot be reached."""

    @classmethod
    def of(cls, memory: MemoryHierarchy, loop: Optional[HeartbeatLoop]) -> Card | None:
        """The card of an agent; None while its database cannot be read."""
        return _within(PATIENCE_SECONDS, lambda: cls._read(memory, loop))

    @classmethod
    def _read(cls, memory: MemoryHierarchy, loop: Optional[HeartbeatLoop]) -> Card:
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
            archival_passages=_within(PATIENCE_SECONDS / 2, memory.archival.count),
        )

    def line(self) -> str:
        """The card on one line, which stands in lists and messages."""
        blocks = ", ".join(
            f"{block.label} {len(block.value)}/{block.limit}" for block in self.blocks[:MOST_BLOCKS]
        )
        return f"<MemGPTAgent '{glance(self.name, 80)}': {blocks or 'no blocks'}; {'; '.join((*self._facts(), self._model()))}>"

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
        """The card without its frame, to stand inside something else."""
        parts = [heading(shorten(self.name, 80), self._model())]
        if self.window_tokens and self.prompt_tokens:
            marks = [Mark("warning", self.warn_tokens)] if self.warn_tokens else []
            filled = stacked_bar(
                [Section("last prompt", self.prompt_tokens, "#4c8fd6")], self.window_tokens, marks
            )
            parts += [filled]
        rows: list[tuple[Part, ...]] = [
            (
                joined(
                    tag("b", block.label), tag("div", _marks(block), class_="note") if _marks(block) else ""
                ),
                fill_bar(len(block.value), block.limit, what=block.label),
                f"{len(block.value):,} / {block.limit:,}",
                _value(block.value),
            )
            for block in self.blocks[:MOST_BLOCKS]
        ]
        if rows:
            parts.append(table(("block", "fill", "characters#", "text"), rows))
        return joined(*parts, heading("", *self._facts()))

    def _facts(self) -> tuple[str, ...]:
        evicted = f" after {counted(self.evictions, 'eviction')}" if self.evictions else ""
        archival = (
            "not reachable" if self.archival_passages is None else counted(self.archival_passages, "passage")
        )
        prompt = () if self.prompt_tokens is None else (f"last prompt {self.prompt_tokens:,} tokens",)
        return (
            f"queue {counted(self.queue_messages, 'message')}{evicted}",
            f"recall {counted(self.recall_messages, 'message')}",
            f"archival {archival}",
            *prompt,
        )

    def _model(self) -> str:
        if self.model is None:
            return "no model, listens only"
        window = "" if self.window_tokens is None else f", window {self.window_tokens:,} tokens"
        return f"{glance(self.model, 80)}{window}"


def _marks(block: Block) -> str:
    return ", ".join(
        word for word, holds in (("shared", block.shared), ("read-only", block.read_only)) if holds
    )


def _value(value: str) -> Markup:
    short = glance(value, 100)
    if short == value:
        return tag("span", value, class_="text")
    return fold(short, tag("div", value, class_="inside text"))


def _within(seconds: float, ask: Callable[[], T]) -> T | None:
    """What was asked for, or None where it fails or takes longer: a repr must neither raise nor hang."""
    try:
        return run_with_timeout(ask, seconds, name="memgpt-card")
    except Exception:  # noqa: BLE001 - whatever it is, there is something better to show than a traceback
        return None
