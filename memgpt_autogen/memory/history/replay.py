"""Replay: an earlier prompt, rebuilt from the log."""

from __future__ import annotations

from collections import Counter

from memgpt_autogen.memory.context.prompt import Prompt
from memgpt_autogen.memory.history.history import History
from memgpt_autogen.memory.storage.log import Speaker
from memgpt_autogen.messages import WireMessage


def compile_at(prompt: Prompt, history: History, seq: int, instructions: str = "") -> list[WireMessage]:
    """Return the prompt as it was when the entry `seq` was the newest, with nothing clipped.

    The archive has no history: passages with an earlier time are counted; tags and sources are left out.
    Raises `HistoryError` where the log has no such entry.
    """
    state = history.state(seq)
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
