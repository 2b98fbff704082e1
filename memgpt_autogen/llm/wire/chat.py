"""The chat completions wire, as both clients speak it: what may be sent, and how an answer is read."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from memgpt_autogen.llm.protocols import Completion, ToolChoice, ToolSchema, Usage
from memgpt_autogen.messages import ToolCall, WireMessage
from memgpt_autogen.text.safe import storable

CONSTRAINED_TOKENS = 1024
"""What an answer in a given format may take: the strings of a small model have no natural end."""


def sendable(
    messages: Iterable[WireMessage], tools: Sequence[ToolSchema], tool_choice: ToolChoice
) -> dict[str, Any]:
    """The part of a request that says what is asked: new dictionaries, which a client may change as it likes.

    Content is never null, since some servers fail on that; a tool choice without tools is left out, since all refuse it.
    Lone surrogates and NUL, which no request can carry or no server takes, are replaced wherever they stand.
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
    clean: dict[str, Any] = _clean(request)
    return clean


def untransformed(create: Callable[..., Any]) -> Callable[..., Any]:
    """The `openai` client's `create`, which takes what was said and the tools as the JSON that they are.

    Left to itself, the client walks through every message once for each type that it could have, which takes longer than all
    the rest of a request; what stands in `extra_body` it sends as it is.
    """

    def send(*, messages: Any = (), **request: Any) -> Any:
        plain = {"messages": messages, **{name: request.pop(name) for name in ("tools",) if name in request}}
        return create(messages=[], **{**request, "extra_body": plain | (request.get("extra_body") or {})})

    return send


def answer(message: Any, usage: Any = None, finish_reason: str | None = None) -> Completion:
    """A completion from a message of any client: text alone, an object or a dictionary.

    Servers are known to leave out ids, to send arguments as an object, and to send content as a list of parts. What has
    no shape that can be understood is left out.
    """
    finish_reason = finish_reason if isinstance(finish_reason, str) else None
    if isinstance(message, str):
        return Completion(message, usage=counted(usage), finish_reason=finish_reason or "stop")
    calls = tuple(_calls(message))
    return Completion(
        text_of(field_of(message, "content")),
        calls,
        counted(usage),
        finish_reason or ("tool_calls" if calls else "stop"),
        text_of(field_of(message, "reasoning_content")) or text_of(field_of(message, "reasoning")),
    )


def text_of(content: Any) -> str:
    """The text of a content, which may be a list of parts; empty for what is neither."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, (list, tuple)) else ()
    texts = (part if isinstance(part, str) else field_of(part, "text") for part in parts)
    return "".join(text for text in texts if isinstance(text, str))


def as_json(arguments: Any) -> str:
    """The text of arguments that a server sent as an object."""
    try:
        return json.dumps(arguments, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return "(unreadable)"


def field_of(holder: Any, name: str) -> Any:
    """What an object or a dictionary has under this name; None for nothing."""
    return holder.get(name) if isinstance(holder, Mapping) else getattr(holder, name, None)


def counted(usage: Any) -> Usage:
    """The endpoint's usage, in the chat API's words or the responses API's; zeros where it is silent."""
    details = field_of(usage, "prompt_tokens_details") or field_of(usage, "input_tokens_details")
    return Usage(
        _count(field_of(usage, "prompt_tokens")) or _count(field_of(usage, "input_tokens")),
        _count(field_of(usage, "completion_tokens")) or _count(field_of(usage, "output_tokens")),
        _count(field_of(details, "cached_tokens")),
        _cost(field_of(usage, "cost")),
    )


MOST_TOKENS = 2**40
"""No answer takes more; a larger figure is none."""


def _count(told: Any) -> int:
    return told if isinstance(told, int) and 0 < told < MOST_TOKENS else 0


def _cost(told: Any) -> float | None:
    """What a provider says that it took, as OpenRouter does."""
    known = isinstance(told, (int, float)) and not isinstance(told, bool) and 0 <= told < MOST_TOKENS
    return float(told) if known else None


def _clean(value: Any) -> Any:
    """A JSON value with every text such that UTF-8 and servers take it."""
    if isinstance(value, str):
        return value if value.isascii() and "\0" not in value else storable(value)
    if isinstance(value, dict):
        return {name: _clean(each) for name, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list) else value


def _calls(message: Any) -> Iterable[ToolCall]:
    calls = field_of(message, "tool_calls")
    for call in calls if isinstance(calls, (list, tuple)) else ():
        if (function := field_of(call, "function")) is not None:
            yield _call(field_of(call, "id"), function)
    if (legacy := field_of(message, "function_call")) is not None:
        yield _call(None, legacy)


def _call(call_id: Any, function: Any) -> ToolCall:
    arguments = field_of(function, "arguments")
    if not isinstance(arguments, str):
        arguments = as_json(arguments) if arguments is not None else "{}"
    name = field_of(function, "name")
    return ToolCall(
        call_id if isinstance(call_id, str) and call_id else f"call_{uuid.uuid4().hex}",
        name if isinstance(name, str) else "",
        arguments,
    )
