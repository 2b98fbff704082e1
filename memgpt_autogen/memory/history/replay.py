"""Replay: an earlier prompt, rebuilt from the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from memgpt_autogen.llm.protocols import ToolSchema
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.memory.context.overview import ContextOverview, PromptParts, measured
from memgpt_autogen.memory.context.prompt import Prompt, core_memory_text
from memgpt_autogen.memory.history.history import History, MemoryState
from memgpt_autogen.memory.storage.said_counts import Speaker
from memgpt_autogen.messages import WireMessage


def compile_at(prompt: Prompt, history: History, seq: int, instructions: str = "") -> list[WireMessage]:
    """Return the prompt as it was when the entry `seq` was the newest, with nothing clipped.

    The archive has no history: passages with an earlier time are counted; tags and sources are left out.
    Raises `HistoryError` where the log has no such entry.
    """
    return _messages(prompt, history, history.state(seq), instructions)


def overview_at(
    prompt: Prompt,
    history: History,
    budget: Budget,
    seq: int,
    tools: Sequence[ToolSchema],
    instructions: str = "",
) -> ContextOverview:
    """Return the overview of the prompt that `compile_at` returns, with the tools and the window of today."""
    state = history.state(seq)
    parts = PromptParts.of(
        _messages(prompt, history, state, instructions),
        tools,
        core_memory_text(state.blocks),
        has_summary=state.summary is not None,
    )
    return measured(
        parts,
        budget,
        recall_messages=len(state.said(seq)),
        archival_passages=prompt.outside.passages(state.time),
        evictions=history.evictions(seq),
    )


def _messages(prompt: Prompt, history: History, state: MemoryState, instructions: str) -> list[WireMessage]:
    summary = state.summary
    as_of = max(state.changed_seq, summary.through_seq if summary else 0)
    spoken = state.said(as_of)
    names = [message.name for message in spoken if message.is_heard and message.name is not None]
    last_first = [Speaker(name, count) for name, count in Counter(reversed(names)).items()]
    passages = prompt.outside.passages(history.time_of(as_of))
    outside = prompt.outside.rendered(len(spoken), last_first, passages)
    hidden = len(state.said(summary.through_seq)) if summary else 0
    head = prompt.head_of(state.blocks, outside, summary, hidden, instructions)
    return [*head, *prompt.tail(state.queue)]
