"""The window of an agent."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal, Optional

from memgpt_autogen.service.schemas.base import Answer
from memgpt_autogen.service.window import PastEviction, Window


class SectionAnswer(Answer):
    """A part of a prompt."""

    name: Literal["system", "core_memory", "tools", "summary", "queue"]
    tokens: int
    text: str
    """What the model reads there. Messages and tools are lines of JSON."""


class WindowAnswer(Answer):
    """A prompt of an agent, section by section. All sizes are tokens; those of the sections add up."""

    seq: int
    """The newest entry of the log when the prompt was so."""
    window_tokens: int
    reserve_tokens: int
    """What is kept free for the answer."""
    prompt_tokens: int
    warn_tokens: Optional[int]
    """A fuller prompt calls for a warning; null where the window leaves no room to act on one."""
    limit_tokens: Optional[int]
    """No prompt is sent that is larger."""
    exact: bool
    """Whether a tokenizer counted, or an estimate that the endpoint's own counts correct."""
    brief: bool
    """Whether instructions and tools are written briefly, because the window is small."""
    sections: list[SectionAnswer]
    queue_messages: int
    evictions: int
    recall_messages: int
    """How many messages the log has that a search finds."""
    archival_passages: Optional[int]
    """null while the archive cannot be reached."""
    archival_pending: int
    """How many of the passages wait for their vectors."""
    request: dict[str, Any]
    """The body of the request, as an endpoint of the chat API would get it."""

    @classmethod
    def of(cls, window: Window) -> WindowAnswer:
        overview = window.overview
        return cls(
            seq=window.seq,
            sections=[SectionAnswer.model_validate(each) for each in window.sections],
            request=window.request,
            **{name: getattr(overview, name) for name in cls.model_fields if hasattr(overview, name)},
        )


class EvictionAnswer(Answer):
    """What left the prompt, and the summary that stands for it."""

    number: int
    """Counts from 1."""
    time: datetime
    at_seq: int
    """The newest entry of the log at that time."""
    after_seq: int
    """The entries that were folded into the summary come after this one."""
    through_seq: int
    """The newest entry that left the prompt."""
    cause: Optional[Literal["pressure", "compact", "forget"]]
    """The prompt was too large, somebody asked for it, or something was forgotten; null if it is not known.

    It is not known for what an older version evicted, and for an agent that was imported.
    """
    messages: Optional[int]
    """How many messages left; 0 where only the summary was written again."""
    prompt_tokens: Optional[int]
    """The size of the prompt before."""
    limit_tokens: Optional[int]
    """No larger prompt was sent at that time."""
    source: Literal["model", "extract"]
    """Who wrote the summary: the model, or the rules that stand in for it."""
    before: Optional[str]
    """The summary before it."""
    summary: str

    @classmethod
    def of(cls, past: PastEviction) -> EvictionAnswer:
        found = past.summary
        about = {} if found.eviction is None else asdict(found.eviction)
        return cls(
            number=past.number,
            time=found.time,
            at_seq=found.at_seq,
            after_seq=past.after_seq,
            through_seq=found.through_seq,
            **{name: about.get(name) for name in ("cause", "messages", "prompt_tokens", "limit_tokens")},
            source=found.source,
            before=past.before,
            summary=found.text,
        )
