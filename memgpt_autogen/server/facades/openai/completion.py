"""The events of a turn as a chat completion: whole, or as the chunks of a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Optional

from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.server.facades.openai.errors import error_body
from memgpt_autogen.server.facades.reply_text import ReplyText
from memgpt_autogen.service.problems import status_of_kind
from memgpt_autogen.service.turns.following import Streamed
from memgpt_autogen.text.safe import clip

# how much of a result of the agent's own tools is shown among its thoughts
_RESULT_CHARS = 500

SPEAKS = "send_message"
"""What the agent does to speak is no news beside what it says."""

STOPPED = "the server stops. Ask again; what was said is in the agent's log."
"""Why an answer has no end."""

_COUNTED = ("prompt_tokens", "completion_tokens", "cached_tokens")

DONE = b"data: [DONE]\n\n"

PING = b": ping\n\n"


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a turn has no answer."""

    status: int
    message: str
    code: Optional[str] = None
    """What programs know it by, if not by its status."""

    @property
    def headers(self) -> dict[str, str]:
        """What keeps the openai package from asking again where that is of no use."""
        return {"x-should-retry": "false"} if self.status != 503 else {}

    @property
    def body(self) -> dict[str, Any]:
        return error_body(self.message, self.status, code=self.code)


@dataclass(slots=True)
class Completion:
    """What a turn has said, as far as its events are known. `piece` takes them one by one."""

    run_id: str
    created: datetime
    model: str
    with_thoughts: bool = False
    has_old_form: bool = False
    text: ReplyText = field(default_factory=ReplyText)
    thoughts: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)
    """The calls that the client shall run."""
    unapproved: list[str] = field(default_factory=list)
    """The agent's own functions that somebody must allow."""
    usage: Usage = field(default_factory=Usage)
    """Of the turns that have ended."""
    failed: Optional[Failed] = None
    finish_reason: Optional[str] = None

    def piece(self, event: Streamed) -> dict[str, Any]:
        """Take an event; return what it adds to the message, as a chunk's `delta`."""
        if event.kind in ("reply_part", "replied"):
            piece = self.text.piece(event)
            return {"content": piece} if piece else {}
        if event.kind == "suspended":
            return self._suspended(event.data)
        if event.kind == "turn_ended":
            return self._ended(event.data)
        if event.kind == "error":
            kind = str(event.data["error"])
            self.failed = Failed(status_of_kind(kind), str(event.data["text"]))
        thought = _thought(event) if self.with_thoughts else ""
        self.thoughts += thought
        return {"reasoning_content": thought} if thought else {}

    def answered(self, text: str, usage: Usage) -> None:
        """Take an answer that is whole already."""
        self.text.add(text)
        self.usage, self.finish_reason = usage, "stop"

    @property
    def must_act(self) -> bool:
        """Whether the client must run calls, or there is no answer."""
        return bool(self.calls) or self.failed is not None

    def close(self) -> None:
        """Take no more events: if the last turn has not ended, the server has."""
        if self.finish_reason is None and self.failed is None:
            self.failed = Failed(503, STOPPED)

    def whole(self) -> dict[str, Any]:
        """Return the completion."""
        message: dict[str, Any] = {"role": "assistant", "content": self.text.text or None}
        if not self.calls:
            message["content"] = self.text.text
        if self.thoughts:
            message["reasoning_content"] = self.thoughts
        message.update(self._called())
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.finish_reason}
        return {**self._head("chat.completion"), "choices": [choice], "usage": self._usage()}

    def chunk(
        self, delta: Mapping[str, Any], *, wants_usage: bool, finish_reason: Optional[str] = None
    ) -> bytes:
        """Return what a message gains as a chunk of the stream."""
        choice = {"index": 0, "delta": dict(delta), "logprobs": None, "finish_reason": finish_reason}
        usage: dict[str, Any] = {"usage": None} if wants_usage else {}
        return _frame({**self._head("chat.completion.chunk"), "choices": [choice], **usage})

    def last_chunks(self, *, wants_usage: bool) -> Iterator[bytes]:
        """Yield what ends the stream: the calls, why it ends, and the usage; or the error."""
        if self.failed is not None:
            yield _frame(self.failed.body)
            return
        if self.calls:
            called = self._called()
            if "tool_calls" in called:
                called = {"tool_calls": [{"index": n, **call} for n, call in enumerate(called["tool_calls"])]}
            yield self.chunk(called, wants_usage=wants_usage)
        yield self.chunk({}, wants_usage=wants_usage, finish_reason=self.finish_reason)
        if wants_usage:
            yield _frame({**self._head("chat.completion.chunk"), "choices": [], "usage": self._usage()})

    def _suspended(self, data: Mapping[str, Any]) -> dict[str, Any]:
        approvals = data.get("approvals", ())
        for call in data["calls"]:
            if call["id"] in approvals:
                self.unapproved.append(call["name"])
                continue
            function = {"name": call["name"], "arguments": call["arguments"]}
            self.calls.append({"id": call["id"], "type": "function", "function": function})
        return {}

    def wait_for(self, calls: Sequence[Mapping[str, Any]]) -> None:
        """Note that the run still waits for these calls, and nothing was done."""
        self._suspended({"calls": calls})
        self.finish_reason = self._called_reason

    def _ended(self, data: Mapping[str, Any]) -> dict[str, Any]:
        self.usage += used_in(data)
        self.finish_reason = self._called_reason if self.calls else "stop"
        if data["stop_reason"] == "cancelled" and not self.text.text:
            self.failed = Failed(409, "the run was cancelled.", "cancelled")
        if not self.unapproved or self.calls:
            return {}
        named = ", ".join(self.unapproved)
        note = f"[{self.model} waits until somebody allows it to call {named}: run {self.run_id}]"
        return {"content": self.text.add(note)}

    @property
    def _called_reason(self) -> str:
        return "function_call" if self.has_old_form else "tool_calls"

    def _called(self) -> dict[str, Any]:
        """Return the calls as a message has them. The older form has one at a time."""
        if not self.calls:
            return {}
        return (
            {"function_call": self.calls[0]["function"]} if self.has_old_form else {"tool_calls": self.calls}
        )

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self.run_id.replace('-', '')}",
            "object": kind,
            "created": int(self.created.timestamp()),
            "model": self.model,
        }

    def _usage(self) -> dict[str, Any]:
        used = self.usage
        return {
            "prompt_tokens": used.prompt_tokens,
            "completion_tokens": used.completion_tokens,
            "total_tokens": used.prompt_tokens + used.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": used.cached_tokens},
        }


def used_in(data: Mapping[str, Any]) -> Usage:
    """Return what a turn has used, as its last event has it."""
    used = data.get("usage") or {}
    return Usage(*(int(used.get(name) or 0) for name in _COUNTED))


def _thought(event: Streamed) -> str:
    """Return what an event tells of the agent's work, for a client that wants to see it."""
    if event.kind == "thought":
        return f"{event.data['text']}\n"
    if event.kind not in ("tool_called", "tool_returned") or event.data["call"]["name"] == SPEAKS:
        return ""
    call = event.data["call"]
    if event.kind == "tool_called":
        return f"{call['name']}({call['arguments']})\n"
    return f"{call['name']}: {clip(str(event.data['text']), _RESULT_CHARS)}\n"


def _frame(data: Mapping[str, Any]) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()
