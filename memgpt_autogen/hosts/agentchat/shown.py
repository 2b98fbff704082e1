"""What a turn shows while it runs: AgentChat's events, and pieces of what the agent says."""

from __future__ import annotations

import uuid
from collections.abc import Container, Iterator

from autogen_agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    ModelClientStreamingChunkEvent,
    ThoughtEvent,
)

from memgpt_autogen.events import (
    Replied,
    ReplyPart,
    RunEvent,
    Thought,
    ToolCalled,
    ToolReturned,
    TurnEnded,
    TurnFailed,
)
from memgpt_autogen.hosts.agentchat.calls import executed, requested
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.tools.memory.conversation import SEND_MESSAGE


class ShownTurn:
    """One turn of an agent in the events of AgentChat.

    It shows the `calls` of these names; with `everything` also thoughts, and the calls of memory functions.
    """

    def __init__(self, source: str, calls: Container[str], *, streams: bool, everything: bool) -> None:
        self.id = str(uuid.uuid4())
        """The id of the message with which the turn will end."""
        self.events: list[RunEvent] = []
        self.inner: list[BaseAgentEvent | BaseChatMessage] = []
        """What was shown, without the pieces of the message."""
        self.ended = False
        self._source = source
        self._calls = calls
        self._streams = streams
        self._everything = everything
        self._part = ""
        """The parts of the current reply that were shown."""
        self._replies = 0

    def take(self, event: RunEvent) -> Iterator[BaseAgentEvent]:
        """Take the turn's next event, and yield what to show now."""
        self.events.append(event)
        self.ended = isinstance(event, (TurnEnded, TurnFailed))
        if isinstance(event, (ReplyPart, Replied)):
            if self._streams and (piece := self._piece(event)):
                yield ModelClientStreamingChunkEvent(
                    content=piece, source=self._source, full_message_id=self.id
                )
            return
        shown = self._inner_event(event)
        if shown is not None:
            self.inner.append(shown)
            yield shown

    def _piece(self, event: ReplyPart | Replied) -> str:
        """Return the next piece of the message. Together they are its text, unless the model began anew."""
        before, replied = self._part, isinstance(event, Replied)
        if replied:
            piece = event.text.removeprefix(before) if event.text.startswith(before) else ""
            self._part = ""
        else:
            anew = isinstance(event, ReplyPart) and event.anew
            piece = f"\n{event.text}" if anew and before and event.text else event.text
            self._part = event.text if anew else before + event.text
        if piece and self._replies and not before:
            piece = f"\n{piece}"  # as the texts of several replies are joined
        self._replies += replied
        return piece

    def _inner_event(self, event: RunEvent) -> BaseAgentEvent | None:
        if isinstance(event, Thought) and self._everything:
            return ThoughtEvent(content=event.text, source=self._source)
        if isinstance(event, ToolCalled) and self._is_shown(event.call):
            return requested(event.call, self._source)
        if isinstance(event, ToolReturned) and self._is_shown(event.call):
            return executed(event.call, event.text, self._source, ok=event.ok)
        return None

    def _is_shown(self, call: ToolCall) -> bool:
        return call.name in self._calls or (self._everything and call.name != SEND_MESSAGE)
