"""Events of a run as the messages of Letta's client."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from memgpt_autogen.events import (
    Evicted,
    Replied,
    ReplyPart,
    RunEvent,
    Suspended,
    Thought,
    ToolCalled,
    ToolReturned,
    TurnEnded,
    TurnFailed,
)
from memgpt_autogen.events_json import event_from_json
from memgpt_autogen.messages import now
from memgpt_autogen.server.facades.letta.ids import message_id, passing_id, with_kind
from memgpt_autogen.server.facades.letta.log_messages import (
    Wanted,
    call_shape,
    reasoning,
    shows_call,
    shows_result,
    tool_call,
    tool_return,
)
from memgpt_autogen.server.facades.letta.shapes import iso, stop_reason, usage_shape
from memgpt_autogen.service.turns.following import Streamed


@dataclass(slots=True)
class Telling:
    """Turns the events of a run into messages, one after the other."""

    agent_id: str
    run_id: str
    wanted: Wanted = field(default_factory=Wanted)
    client_tools: Collection[str] = ()
    """The names of functions that the client runs: a call of one is told as what is waited for."""
    parts: bool = False
    """Whether the agent's words are told while the model writes them."""
    ending: TurnEnded | None = None
    """How the turn ended; None before that, and where it failed."""
    failure: TurnFailed | None = None
    _number: int = 0
    _part: int = 0
    """How many messages of parts have begun."""
    _shown: str = ""
    """What was told of the reply that is written."""
    _written: str = ""

    def messages(self, event: Streamed) -> list[dict[str, Any]]:
        """Return the messages that an event is told as. Each event has at most one with its number."""
        if event.number is not None:
            self._number = event.number
        about = {
            "date": event.data.get("time") or iso(now()),
            "run_id": with_kind("run", self.run_id),
            "seq_id": event.number,
        }
        known = event.data.get("seq")
        id_ = passing_id(self.run_id, self._number) if known is None else message_id(self.agent_id, known)
        told = ({"id": id_, **about, **each} for each in self._told(event))
        return [each for each in told if self.wanted.takes(each)]

    def last_messages(self) -> list[dict[str, Any]]:
        """Return how the turn ended, and what it used."""
        if self.ending is None:
            return [{"message_type": "stop_reason", "stop_reason": "error"}]
        return [
            {"message_type": "stop_reason", "stop_reason": stop_reason(self.ending.stop_reason)},
            self.usage(),
        ]

    def usage(self) -> dict[str, Any]:
        used, steps = (None, 0) if self.ending is None else (self.ending.usage, self.ending.steps)
        return usage_shape(
            self.run_id,
            prompt=used.prompt_tokens if used else 0,
            completion=used.completion_tokens if used else 0,
            cached=used.cached_tokens if used else 0,
            steps=steps,
        )

    def _told(self, event: Streamed) -> Iterator[dict[str, Any]]:
        found = event_from_json(event.kind, event.data)
        if isinstance(found, Thought) and found.text:
            yield reasoning(found.text)
        elif isinstance(found, ToolCalled):
            if found.call.name not in self.client_tools and shows_call(found.call, self.wanted):
                yield tool_call(found.call)
        elif isinstance(found, ToolReturned):
            if shows_result(found.call, ok=found.ok, wanted=self.wanted):
                yield tool_return(found.call, found.text, ok=found.ok)
        else:
            yield from self._more(found)

    def _more(self, found: RunEvent) -> Iterator[dict[str, Any]]:
        if isinstance(found, ReplyPart) and self.parts and self.wanted.spoken:
            yield from self._piece(found)
        elif isinstance(found, Replied) and (self.wanted.spoken or found.fallback):
            yield from self._reply(found.text)
        elif isinstance(found, Suspended) and found.calls:
            calls = [call_shape(call) for call in found.calls]
            yield {"message_type": "approval_request_message", "tool_call": calls[0], "tool_calls": calls}
        elif isinstance(found, Evicted) and self.wanted.compaction:
            yield {"message_type": "summary_message", "summary": found.summary}
        elif isinstance(found, TurnEnded):
            self.ending = found
        elif isinstance(found, TurnFailed):
            self.failure = found

    def _piece(self, part: ReplyPart) -> Iterator[dict[str, Any]]:
        """Yield what a part adds. A client adds up pieces of one id; what begins anew has another."""
        self._written = part.text if part.anew else self._written + part.text
        if not self._written.startswith(self._shown):
            self._shown = ""
        if not self._shown and self._written:
            self._part += 1
        yield from self._rest(self._written)

    def _reply(self, text: str) -> Iterator[dict[str, Any]]:
        if not self._shown:
            yield {"message_type": "assistant_message", "content": text}
        else:
            if not text.startswith(self._shown):
                self._shown = ""
                self._part += 1
            yield from self._rest(text)
        self._shown = self._written = ""

    def _rest(self, text: str) -> Iterator[dict[str, Any]]:
        rest = text[len(self._shown) :]
        self._shown = text
        if rest:
            id_ = passing_id(self.run_id, -self._part)
            yield {"id": id_, "message_type": "assistant_message", "content": rest}
