"""The events of a turn as those of a response's stream, and as the items of its output.

The number of an event says which item it is about, and a part of a text counts its characters. So a client
goes on after any number, whether the agent still writes or all of it is read from the database.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.server.facades.openai.completion import SPEAKS, STOPPED, Failed, used_in
from memgpt_autogen.server.facades.openai.responses.head import ResponseHead
from memgpt_autogen.server.facades.reply_text import ReplyText
from memgpt_autogen.service.problems import status_of_kind
from memgpt_autogen.service.turns.following import Streamed

SERVER = "memgpt"
"""The label of the server that runs the agent's own tools."""

# how many numbers each item of the output has, more than a text has characters
_NUMBERS = 1_000_000

# the numbers of an item after those of its text
_CLOSING = _NUMBERS - 1000

# why a turn ends that has not done what it should
_LIMITS = ("step_limit", "failure_limit", "repeated_call", "token_limit", "time_limit", "expired")

ResponseEvent = dict[str, Any]


@dataclass(slots=True)
class ResponseOutput:
    """A response as far as its events are known. `take` takes them one by one.

    The events that it yields come after `starting_after`, which is the number of the last one that a client
    has read.
    """

    head: ResponseHead
    starting_after: int = -1
    items: list[dict[str, Any]] = field(default_factory=list)
    """The output so far. An item whose `status` is in_progress may change."""
    usage: Usage = field(default_factory=Usage)
    status: str = "in_progress"
    failed: Optional[Failed] = None
    incomplete: str = ""
    """Why the response is incomplete."""
    _number: int = -1
    _text: ReplyText = field(default_factory=ReplyText)
    _message: Optional[int] = None
    """The place of the message that the agent still writes."""
    _characters: int = 0
    """How many characters of it are known."""
    _own: dict[str, int] = field(default_factory=dict)
    """The places of the calls that the agent's own tools have not answered, by the ids of the calls."""
    _held: list[Streamed] = field(default_factory=list)
    """Events that are told after the message that is still written."""

    @property
    def is_over(self) -> bool:
        return self.status not in ("queued", "in_progress")

    @property
    def must_act(self) -> bool:
        """Whether the client must act, or there is no answer."""
        waits = any(item["type"] in ("function_call", "mcp_approval_request") for item in self.items)
        return self.failed is not None or waits

    def begin(self) -> list[ResponseEvent]:
        """Return the first events."""
        return [
            *self._told(0, "response.created", response=self.whole()),
            *self._told(1, "response.in_progress", response=self.whole()),
        ]

    def take(self, event: Streamed) -> list[ResponseEvent]:
        """Take an event of a turn; return what it adds."""
        if event.kind == "reply_part" and not event.data["text"]:  # what was written is taken back
            return list(self._release())
        if event.kind in ("reply_part", "replied"):
            return [*self._said(event), *(self._release() if event.kind == "replied" else ())]
        if self._message is not None and self._is_beside(event):
            self._held.append(event)
            return []
        found = list(self._release())
        taken = {
            "thought": self._thought,
            "tool_called": self._called,
            "tool_returned": self._returned,
            "suspended": self._suspended,
        }.get(event.kind)
        if taken is not None:
            found += taken(event.data)
        elif event.kind == "turn_ended":
            self._end(event.data)
        elif event.kind == "error":
            self.failed = Failed(status_of_kind(str(event.data["error"])), str(event.data["text"]))
            self.status = "failed"
        return found

    def end(self) -> list[ResponseEvent]:
        """Return the last event: how it has ended, or an error where the server ends before it."""
        number = max((len(self.items) + 1) * _NUMBERS, self.starting_after + 1)
        if not self.is_over:
            return self._told(number, "error", code="server_error", message=STOPPED, param=None)
        kinds = {"completed": "completed", "failed": "failed"}
        return self._told(number, f"response.{kinds.get(self.status, 'incomplete')}", response=self.whole())

    def close(self) -> None:
        """Take no more events: if the last turn has not ended, the server has."""
        if not self.is_over:
            self.failed = Failed(503, STOPPED)

    def cancel(self) -> None:
        """Note that somebody has asked to cancel it, though it has not ended yet."""
        if not self.is_over:
            self.status = "cancelled"

    def whole(self) -> dict[str, Any]:
        """Return the response as it is now."""
        more: dict[str, Any] = {}
        if self.is_over:
            more["usage"] = _usage(self.usage)
        if self.failed is not None:
            limited = self.failed.status == 429
            more["error"] = {
                "code": "rate_limit_exceeded" if limited else "server_error",
                "message": self.failed.message,
            }
        if self.incomplete:
            more["incomplete_details"] = {"reason": self.incomplete}
        return self.head.whole(self.status, [dict(item) for item in self.items], **more)

    # Messages

    def _is_beside(self, event: Streamed) -> bool:
        """Return whether an event is of the step whose message is still written."""
        if event.kind == "tool_returned":  # where it has failed to speak, nothing was said
            return bool(event.data["call"]["name"] != SPEAKS or event.data.get("ok", True))
        steps = {each.data.get("seq") for each in self._held if each.kind != "tool_returned"}
        return event.kind in ("thought", "tool_called") and steps <= {event.data.get("seq")}

    def _said(self, event: Streamed) -> Iterator[ResponseEvent]:
        is_first = not any(item["type"] == "message" for item in self.items[: self._message])
        piece = self._text.piece(event)
        if not piece and event.kind != "replied":
            return
        if self._message is None:
            yield from self._open_message()
        place = self._message
        assert place is not None  # noqa: S101 - it was opened above
        item = self.items[place]
        of_part = {"item_id": item["id"], "output_index": place, "content_index": 0}
        if piece:
            yield from self._delta(piece, of_part)
        if event.kind != "replied":
            return
        text = str(event.data["text"]) if is_first else f"\n{event.data['text']}"
        item.update(status="completed", content=[_output_text(text)])
        done = self._first(place) + _CLOSING
        yield from self._told(done, "response.output_text.done", **of_part, text=text, logprobs=[])
        yield from self._told(done, "response.content_part.done", **of_part, part=_output_text(text))
        yield from self._told(done, "response.output_item.done", output_index=place, item=dict(item))
        self._message, self._characters = None, 0

    def _open_message(self) -> Iterator[ResponseEvent]:
        place = self._message = len(self.items)
        item: dict[str, Any] = {
            "id": self._id("msg"),
            "type": "message",
            "status": "in_progress",
            "role": "assistant",
        }
        self.items.append({**item, "content": []})
        yield from self._added(place)
        part = {"item_id": item["id"], "output_index": place, "content_index": 0}
        yield from self._told(
            self._first(place) + 1, "response.content_part.added", **part, part=_output_text("")
        )

    def _delta(self, piece: str, of_part: Mapping[str, Any]) -> list[ResponseEvent]:
        before = self._first(of_part["output_index"]) + 1 + self._characters
        self._characters += len(piece)
        new = piece[max(0, self.starting_after - before) :]
        return self._told(
            before + len(piece), "response.output_text.delta", **of_part, delta=new, logprobs=[]
        )

    def _release(self) -> Iterator[ResponseEvent]:
        """Tell what was held back while the agent wrote."""
        if self._message is not None:  # what it wrote was never said
            self.items[self._message]["status"] = "incomplete"
            yield from self._done(self._message)
            self._message, self._characters = None, 0
        held, self._held = self._held, []
        for event in held:
            yield from self.take(event)

    # What the agent does

    def _thought(self, data: Mapping[str, Any]) -> Iterator[ResponseEvent]:
        text = str(data["text"])
        if not (self.head.with_thoughts and text):
            return
        place, part = len(self.items), {"type": "summary_text", "text": text}
        item: dict[str, Any] = {
            "id": self._id("rs"),
            "type": "reasoning",
            "summary": [],
            "status": "in_progress",
        }
        self.items.append(item)
        yield from self._added(place)
        of_part = {"item_id": item["id"], "output_index": place, "summary_index": 0}
        number, kind = self._first(place) + 1, "response.reasoning_summary"
        yield from self._told(number, f"{kind}_part.added", **of_part, part={**part, "text": ""})
        yield from self._told(number, f"{kind}_text.delta", **of_part, delta=text)
        yield from self._told(number, f"{kind}_text.done", **of_part, text=text)
        yield from self._told(number, f"{kind}_part.done", **of_part, part=part)
        item.update(summary=[part], status="completed")
        yield from self._done(place)

    def _called(self, data: Mapping[str, Any]) -> Iterator[ResponseEvent]:
        call = data["call"]
        if call["name"] == SPEAKS or call["name"] in self._foreign:
            return
        place = self._own[call["id"]] = len(self.items)
        self.items.append(self._own_call(call, status="in_progress"))
        yield from self._added(place)
        of_item = {"item_id": self.items[place]["id"], "output_index": place}
        yield from self._told(self._first(place) + 1, "response.mcp_call.in_progress", **of_item)
        yield from self._told(
            self._first(place) + 1,
            "response.mcp_call_arguments.done",
            **of_item,
            arguments=str(call["arguments"]),
        )

    def _returned(self, data: Mapping[str, Any]) -> Iterator[ResponseEvent]:
        call = data["call"]
        if call["name"] == SPEAKS or call["name"] in self._foreign:
            return
        if call["id"] not in self._own:  # it was allowed after the response before
            yield from self._called(data)
            self.items[-1]["approval_request_id"] = f"mcpr_{call['id']}"
        place = self._own.pop(call["id"])
        text, ok = str(data["text"]), bool(data.get("ok", True))
        if ok:
            self.items[place].update(status="completed", output=text)
        else:
            error = {"type": "mcp_tool_execution_error", "content": [{"type": "text", "text": text}]}
            self.items[place].update(status="failed", error=error)
        of_item = {"item_id": self.items[place]["id"], "output_index": place}
        state = "completed" if ok else "failed"
        yield from self._told(self._first(place) + _CLOSING, f"response.mcp_call.{state}", **of_item)
        yield from self._done(place)

    def _suspended(self, data: Mapping[str, Any]) -> Iterator[ResponseEvent]:
        approvals = data.get("approvals", ())
        for call in data["calls"]:
            if call["id"] not in approvals:
                yield from self.ask_for([call])
                continue
            if (place := self._own.pop(call["id"], None)) is not None:
                self.items[place]["status"] = "incomplete"
                yield from self._done(place)
            asked = {name: str(call[name]) for name in ("name", "arguments")}
            place = len(self.items)
            self.items.append(
                {"id": f"mcpr_{call['id']}", "type": "mcp_approval_request", "server_label": SERVER, **asked}
            )
            yield from self._added(place)
            yield from self._done(place)

    def ask_for(self, calls: Sequence[Mapping[str, Any]]) -> Iterator[ResponseEvent]:
        """Ask the client to run these calls."""
        for call in calls:
            place, arguments = len(self.items), str(call["arguments"])
            item = {"id": self._id("fc"), "type": "function_call", "status": "in_progress"}
            item.update(call_id=str(call["id"]), name=str(call["name"]), arguments="")
            self.items.append(item)
            yield from self._added(place)
            of_item = {"item_id": item["id"], "output_index": place}
            number, kind = self._first(place) + 1, "response.function_call_arguments"
            yield from self._told(number, f"{kind}.delta", **of_item, delta=arguments)
            yield from self._told(number, f"{kind}.done", **of_item, name=item["name"], arguments=arguments)
            item.update(status="completed", arguments=arguments)
            yield from self._done(place)

    def _own_call(self, call: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        return {
            "id": self._id("mcp"),
            "type": "mcp_call",
            "server_label": SERVER,
            "name": str(call["name"]),
            "arguments": str(call["arguments"]),
            "approval_request_id": None,
            "output": None,
            "error": None,
            **more,
        }

    @property
    def _foreign(self) -> list[str]:
        return [tool["function"]["name"] for tool in self.head.tools]

    # The end

    def _end(self, data: Mapping[str, Any]) -> None:
        self.usage += used_in(data)
        reason = str(data["stop_reason"])
        if reason == "cancelled":
            self.status = "cancelled"
        elif reason in _LIMITS and not any(item["type"] == "message" for item in self.items):
            self.status = "incomplete"
            self.incomplete = "max_output_tokens" if reason == "token_limit" else reason
        else:
            self.status = "completed"

    def goes_on(self) -> None:
        """Expect another turn in the same response."""
        if self.status == "completed":
            self.status = "in_progress"

    # Events

    def _added(self, place: int) -> list[ResponseEvent]:
        item = dict(self.items[place])
        return self._told(self._first(place), "response.output_item.added", output_index=place, item=item)

    def _done(self, place: int) -> list[ResponseEvent]:
        item = dict(self.items[place])
        number = self._first(place) + _CLOSING
        return self._told(number, "response.output_item.done", output_index=place, item=item)

    def _told(self, number: int, kind: str, **more: Any) -> list[ResponseEvent]:
        """Return an event that has this number, or the next one that is free; none if the client has it."""
        self._number = max(number, self._number + 1)
        if self._number <= self.starting_after:
            return []
        return [{"type": kind, "sequence_number": self._number, **more}]

    def _first(self, place: int) -> int:
        return (place + 1) * _NUMBERS

    def _id(self, kind: str) -> str:
        return f"{kind}_{self.head.id.removeprefix('resp_')}_{len(self.items)}"


def frame(event: ResponseEvent) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def _output_text(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _usage(used: Usage) -> dict[str, Any]:
    return {
        "input_tokens": used.prompt_tokens,
        "input_tokens_details": {"cached_tokens": used.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": used.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": used.prompt_tokens + used.completion_tokens,
    }
