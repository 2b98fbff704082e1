"""The chat completions wire, as both clients speak it: what may be sent, and how an answer is read."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from memgpt_autogen.llm.protocols import Completion, ToolChoice, ToolSchema, Usage
from memgpt_autogen.messages import ToolCall, WireMessage


def sendable(
    messages: Iterable[WireMessage], tools: Sequence[ToolSchema], tool_choice: ToolChoice
) -> dict[str, Any]:
    """The part of a request that says what is asked: new dictionaries, which a client may change as it likes.

    Content is never null, since some servers fail on that; a tool choice without tools is left out, since all refuse it.
    """
    request: dict[str, Any] = {
        "messages": [
            {**message, "content": "" if message.get("content") is None else message["content"]}
            for message in messages
        ]
    }
    if tools:
        request["tools"] = [dict(tool) for tool in tools]
        if tool_choice is not None:
            request["tool_choice"] = tool_choice if isinstance(tool_choice, str) else dict(tool_choice)
    return request


def answer(message: Any, usage: Any = None, finish_reason: str | None = None) -> Completion:
    """A completion from a message of any client: text alone, an object or a dictionary.

    Servers are known to leave out ids, to send arguments as an object, and to send content as a list of parts.
    """
    if isinstance(message, str):
        return Completion(message, usage=counted(usage), finish_reason=finish_reason or "stop")
    calls = tuple(_calls(message))
    return Completion(
        _text(_get(message, "content")),
        calls,
        counted(usage),
        finish_reason or ("tool_calls" if calls else "stop"),
    )


def counted(usage: Any) -> Usage:
    """The endpoint's usage, in the chat API's words or the responses API's; zeros where it is silent."""
    details = _get(usage, "prompt_tokens_details") or _get(usage, "input_tokens_details")
    return Usage(
        _get(usage, "prompt_tokens") or _get(usage, "input_tokens") or 0,
        _get(usage, "completion_tokens") or _get(usage, "output_tokens") or 0,
        _get(details, "cached_tokens") or 0,
    )


def _calls(message: Any) -> Iterable[ToolCall]:
    for call in _get(message, "tool_calls") or ():
        if (function := _get(call, "function")) is not None:
            yield _call(_get(call, "id"), function)
    if (legacy := _get(message, "function_call")) is not None:
        yield _call(None, legacy)


def _call(call_id: str | None, function: Any) -> ToolCall:
    arguments = _get(function, "arguments")
    if not isinstance(arguments, str):
        arguments = json.dumps(arguments, ensure_ascii=False) if arguments is not None else "{}"
    return ToolCall(call_id or f"call_{uuid.uuid4().hex}", _get(function, "name") or "", arguments)


def _text(content: Any) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(str(_get(part, "text") or "") for part in content)


def _get(holder: Any, name: str) -> Any:
    return holder.get(name) if isinstance(holder, Mapping) else getattr(holder, name, None)
