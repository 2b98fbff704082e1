"""The context overview: what fills the window, section by section, and what is outside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from memgpt_autogen.llm.protocols import ToolSchema
from memgpt_autogen.memory.context.budget import Budget, Sent
from memgpt_autogen.memory.context.prompt import FULL, Form, Prompt
from memgpt_autogen.messages import WireMessage
from memgpt_autogen.rendering.bars import Mark, Section, stacked_bar, swatch
from memgpt_autogen.rendering.markup import Part, heading, joined, shown, table
from memgpt_autogen.rendering.plain_text import counted

# characters of the bar that shows the window
BAR = 40


@dataclass(frozen=True, slots=True)
class PromptParts:
    """A prompt, section by section. `core_memory` is a part of the text of `system`."""

    system: WireMessage
    core_memory: str
    tools: Sequence[ToolSchema]
    summary: Sequence[WireMessage]
    queue: Sequence[WireMessage]

    @classmethod
    def of(
        cls,
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema],
        core_memory: str,
        *,
        has_summary: bool,
    ) -> PromptParts:
        first = 2 if has_summary else 1
        return cls(messages[0], core_memory, tools, messages[1:first], messages[first:])

    @property
    def messages(self) -> list[WireMessage]:
        return [self.system, *self.summary, *self.queue]

    @property
    def instructions(self) -> str:
        """The text of the system message without core memory."""
        before, _, after = str(self.system["content"]).partition(self.core_memory)
        return before + after.removeprefix("\n\n")


@dataclass(frozen=True, slots=True, repr=False)
class ContextOverview:
    """Sizes in tokens, as the budget counts them; the sections add up to `prompt_tokens`."""

    window_tokens: int
    reserve_tokens: int
    system: int
    """Instructions: how to act, the developer's text, and before the first eviction what is outside."""
    core_memory: int
    tools: int
    summary: int
    """The summary, and behind it what is outside the prompt."""
    queue: int
    queue_messages: int
    recall_messages: int
    archival_passages: int | None
    """None while archival storage cannot be reached."""
    evictions: int
    exact: bool
    """Whether a tokenizer counted, or an estimate corrected by the endpoint's own counts."""
    brief: bool = False
    """Whether instructions and tools are written briefly, because the window is small."""
    last_sent: Sent | None = None
    """The sizes of the last prompt that was sent."""
    archival_pending: int = 0
    """How many of the passages wait for their vectors."""
    warn_tokens: int | None = None
    """A fuller prompt calls for a warning; None where the window leaves no room to act on one."""
    limit_tokens: int | None = None
    """No prompt is sent that is larger."""
    parts: PromptParts | None = field(default=None, compare=False)
    """The prompt whose sizes these are."""

    @property
    def prompt_tokens(self) -> int:
        return self.system + self.core_memory + self.tools + self.summary + self.queue

    def __str__(self) -> str:
        lines = [f"context: {self._fill()}"]
        for each in self._sections():
            bar = "█" * round(BAR * each.size / self.window_tokens)
            lines.append(f"  {each.name:<12}{each.size:>8,}  {bar:<{BAR}}  {each.note}".rstrip())
        lines.append(f"  {'for answers':<12}{self.reserve_tokens:>8,}  (kept free)")
        return "\n".join((*lines, *self._footer()))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """A bar of the window by section, with the thresholds and the numbers."""
        sections = self._sections()
        thresholds = ("warning", self.warn_tokens), ("most that is sent", self.limit_tokens)
        marks = [Mark(name, size) for name, size in thresholds if size is not None]
        free = max(self.window_tokens - self.prompt_tokens, 0)
        rows: list[tuple[Part, ...]] = [
            (joined(swatch(section.color), section.name), *self._sized(section.size), section.note)
            for section in sections
        ]
        rows.append(("free", *self._sized(free), f"{self.reserve_tokens:,} of them kept for the answer"))
        rows += [(joined(swatch(), mark.name), *self._sized(mark.size), "") for mark in marks]
        return shown(
            "context",
            heading("context", self._fill()),
            stacked_bar(sections, self.window_tokens, marks),
            table(("section", "tokens#", "share#", ""), rows),
            heading("", *self._footer()),
        )

    def _sections(self) -> tuple[Section, ...]:
        return (
            Section("system", self.system, "#6478d3"),
            Section("core memory", self.core_memory, "#d9822b"),
            Section("tools", self.tools, "#8d93a1"),
            Section("summary", self.summary, "#a967c9", f"{counted(self.evictions, 'eviction')} so far"),
            Section("queue", self.queue, "#2f9e83", counted(self.queue_messages, "message")),
        )

    def _fill(self) -> str:
        about = "" if self.exact else " (estimated)"
        about += ", brief form" if self.brief else ""
        share = self.prompt_tokens / self.window_tokens
        return f"{self.prompt_tokens:,} of {self.window_tokens:,} tokens, {share:.0%}{about}"

    def _sized(self, tokens: int) -> tuple[str, str]:
        return f"{tokens:,}", f"{tokens / self.window_tokens:.1%}"

    def _footer(self) -> tuple[str, ...]:
        """Return the lines below the sections: about the last prompt, and about what is outside."""
        passages = self.archival_passages
        archival = "not reachable" if passages is None else counted(passages, "passage")
        if self.archival_pending:
            archival += f", {self.archival_pending:,} of them not embedded yet"
        outside = f"outside: recall {counted(self.recall_messages, 'message')}, archival {archival}"
        return (outside,) if self.last_sent is None else (_stability(self.last_sent), outside)


def overview(
    prompt: Prompt,
    budget: Budget,
    messages: Sequence[WireMessage],
    tools: Sequence[ToolSchema],
    *,
    form: Form = FULL,
    sent: Sent | None = None,
    warn_tokens: int | None = None,
) -> ContextOverview:
    """Return the sizes of the sections of a prompt with these messages and tools."""
    has_summary = prompt.look().summary is not None
    return measured(
        PromptParts.of(messages, tools, prompt.core_memory(form), has_summary=has_summary),
        budget,
        recall_messages=prompt.log.count(),
        archival_passages=prompt.outside.passages(),
        evictions=prompt.queue.evictions(),
        brief=form.brief,
        last_sent=sent,
        archival_pending=prompt.outside.pending(),
        warn_tokens=warn_tokens,
    )


def measured(
    parts: PromptParts,
    budget: Budget,
    *,
    recall_messages: int,
    archival_passages: int | None,
    evictions: int,
    brief: bool = False,
    last_sent: Sent | None = None,
    archival_pending: int = 0,
    warn_tokens: int | None = None,
) -> ContextOverview:
    """Return the sizes of a prompt, as this budget counts them, with what is known about the rest."""
    system_tokens = budget.messages([parts.system])
    core = min(budget.text(parts.core_memory), system_tokens)
    return ContextOverview(
        window_tokens=budget.window,
        reserve_tokens=budget.reserve,
        system=system_tokens - core,
        core_memory=core,
        tools=budget.tools(parts.tools),
        summary=budget.messages(parts.summary),
        queue=budget.messages(parts.queue),
        queue_messages=len(parts.queue),
        recall_messages=recall_messages,
        archival_passages=archival_passages,
        evictions=evictions,
        exact=budget.exact,
        brief=brief,
        last_sent=last_sent,
        archival_pending=archival_pending,
        warn_tokens=warn_tokens,
        limit_tokens=budget.limit,
        parts=parts,
    )


def _stability(sent: Sent) -> str:
    cached = f"; {sent.cached_tokens:,} came from the endpoint's cache" if sent.cached_tokens else ""
    return (
        f"last prompt: {sent.prompt_tokens:,} tokens, {sent.stable_tokens:,} of them "
        f"({sent.stable_share:.0%}) the same as in the one before{cached}"
    )
