"""The window of an agent."""

from __future__ import annotations

from typing import Any, Literal, Optional

from memgpt_autogen.server.schemas.base import Answer
from memgpt_autogen.service.window import Window


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
