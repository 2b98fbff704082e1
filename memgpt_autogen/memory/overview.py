"""The context overview: what fills the window, section by section, and what lies outside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from memgpt_autogen.llm.protocols import ToolSchema
from memgpt_autogen.memory.budget import Budget, Sent
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.prompt import FULL, Form
from memgpt_autogen.messages import WireMessage

BAR = 40
"""Characters of the bar that shows the window."""


@dataclass(frozen=True, slots=True)
class ContextOverview:
    """Sizes in tokens, as the budget counts them; the sections add up to `prompt_tokens`."""

    window_tokens: int
    reserve_tokens: int
    system: int
    """Instructions: how to act, the developer's text, what is outside the prompt."""
    core_memory: int
    tools: int
    summary: int
    queue: int
    queue_messages: int
    recall_messages: int
    archival_passages: int | None
    """None while archival storage cannot be reached."""
    evictions: int
    exact: bool
    """Whether a tokenizer counted, or an estimate corrected by the endpoint's own counts."""
    brief: bool = False
    """Whether instructions and tools are told briefly, because the window is small."""
    last_sent: Sent | None = None
    """The last prompt that was sent: how much of it was the same as in the one before it."""
    archival_pending: int = 0
    """How many of the passages wait for their vectors."""

    @property
    def prompt_tokens(self) -> int:
        return self.system + self.core_memory + self.tools + self.summary + self.queue

    def __str__(self) -> str:
        rows = (
            ("system", self.system, ""),
            ("core memory", self.core_memory, ""),
            ("tools", self.tools, ""),
            ("summary", self.summary, f"{self.evictions} evictions so far"),
            ("queue", self.queue, f"{self.queue_messages} messages"),
        )
        about = "" if self.exact else " (estimated)"
        about += ", brief form" if self.brief else ""
        share = self.prompt_tokens / self.window_tokens
        lines = [f"context: {self.prompt_tokens:,} of {self.window_tokens:,} tokens, {share:.0%}{about}"]
        for name, tokens, note in rows:
            bar = "█" * round(BAR * tokens / self.window_tokens)
            lines.append(f"  {name:<12}{tokens:>8,}  {bar:<{BAR}}  {note}".rstrip())
        lines.append(f"  {'for answers':<12}{self.reserve_tokens:>8,}  (kept free)")
        archival = (
            "not reachable" if self.archival_passages is None else f"{self.archival_passages:,} passages"
        )
        if self.archival_pending:
            archival += f", {self.archival_pending:,} of them not embedded yet"
        if self.last_sent is not None:
            lines.append(_stability(self.last_sent))
        lines.append(f"outside: recall {self.recall_messages:,} messages, archival {archival}")
        return "\n".join(lines)


def overview(
    memory: MemoryHierarchy,
    budget: Budget,
    messages: Sequence[WireMessage],
    tools: Sequence[ToolSchema],
    *,
    form: Form = FULL,
    sent: Sent | None = None,
) -> ContextOverview:
    """Take apart the prompt that would be sent now."""
    system_tokens = budget.messages(messages[:1])
    core = min(budget.text(memory.prompt.core_memory(form)), system_tokens)
    has_summary = memory.queue.summary is not None
    summary = budget.messages(messages[1:2]) if has_summary else 0
    queue = messages[2:] if has_summary else messages[1:]
    return ContextOverview(
        window_tokens=budget.window,
        reserve_tokens=budget.reserve,
        system=system_tokens - core,
        core_memory=core,
        tools=budget.tools(tools),
        summary=summary,
        queue=budget.messages(queue),
        queue_messages=len(queue),
        recall_messages=memory.log.count(),
        archival_passages=memory.prompt.archival_passages(),
        evictions=memory.queue.evictions(),
        exact=budget.exact,
        brief=form.brief,
        last_sent=sent,
        archival_pending=memory.prompt.archival_pending(),
    )


def _stability(sent: Sent) -> str:
    cached = f"; {sent.cached_tokens:,} came from the endpoint's cache" if sent.cached_tokens else ""
    return (
        f"last prompt: {sent.prompt_tokens:,} tokens, {sent.stable_tokens:,} of them ({sent.stable_share:.0%}) the same "
        f"as in the one before{cached}"
    )
