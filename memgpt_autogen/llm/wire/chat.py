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


def request_body(
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


def send_plain(create: Callable[..., Any]) -> Callable[..., Any]:
    """The `openai` client's `create`, which takes what was said and the tools as the JSON that they are.

    Left to itself, the client walks through every message once for each type that it could have, which takes longer than all
    the rest of a request; what stands in `extra_body` it sends as it is.
    """

    def send(*, messages: Any = (), **request: Any) -> Any:
        plain = {"messages": messages, **{name: request.pop(name) for name in ("tools",) if name in request}}
        return create(messages=[], **{**request, "extra_body": plain | (request.get("extra_body") or {})})

    return send


def read_answer(message: Any, usage: Any = None, finish_reason: str | None = None) -> Completion:
    """A completion from a message of any client: text alone, an object or a dictionary.

    Servers are known to leave out ids, to send arguments as an object, and to send content as a list of parts. What has
    no shape that can be understood is left out.
    """
    finish_reason = finish_reason if isinstance(finish_reason, str) else None
    if isinstance(message, str):
        return Completion(message, usage=read_usage(usage), finish_reason=finish_reason or "stop")
    calls = tuple(_read_calls(message))
    return Completion(
        content_text(get_field(message, "content")),
        calls,
        read_usage(usage),
        finish_reason or ("tool_calls" if calls else "stop"),
        content_text(get_field(message, "reasoning_content"))
        or content_text(get_field(message, "reasoning")),
    )


def content_text(content: Any) -> str:
    """The text of a content, which may be a list of parts; empty for what is neither."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, (list, tuple)) else ()
    texts = (part if isinstance(part, str) else get_field(part, "text") for part in parts)
    return "".join(text for text in texts if isinstance(text, str))


def arguments_json(arguments: Any) -> str:
    """The text of arguments that a server sent as an object."""
    try:
        return json.dumps(arguments, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return "(unreadable)"


def get_field(holder: Any, name: str) -> Any:
    """What an object or a dictionary has under this name; None for nothing."""
    return holder.get(name) if isinstance(holder, Mapping) else getattr(holder, name, None)


def read_usage(usage: Any) -> Usage:
    """The endpoint's usage, in the chat API's words or the responses API's; zeros where it is silent."""
    details = get_field(usage, "prompt_tokens_details") or get_field(usage, "input_tokens_details")
    return Usage(
        _read_count(get_field(usage, "prompt_tokens")) or _read_count(get_field(usage, "input_tokens")),
        _read_count(get_field(usage, "completion_tokens")) or _read_count(get_field(usage, "output_tokens")),
        _read_count(get_field(details, "cached_tokens")),
        _read_cost(get_field(usage, "cost")),
    )


MOST_TOKENS = 2**40
"""No answer takes more; a larger figure is none."""


def _read_count(told: Any) -> int:
    return told if isinstance(told, int) and 0 < told < MOST_TOKENS else 0


def _read_cost(told: Any) -> float | None:
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


def _read_calls(message: Any) -> Iterable[ToolCall]:
    calls = get_field(message, "tool_calls")
    for call in calls if isinstance(calls, (list, tuple)) else ():
        if (function := get_field(call, "function")) is not None:
            yield _read_call(get_field(call, "id"), function)
    if (legacy := get_field(message, "function_call")) is not None:
        yield _read_call(None, legacy)


def _read_call(call_id: Any, function: Any) -> ToolCall:
    arguments = get_field(function, "arguments")
    if not isinstance(arguments, str):
        arguments = arguments_json(arguments) if arguments is not None else "{}"
    name = get_field(function, "name")
    return ToolCall(
        call_id if isinstance(call_id, str) and call_id else f"call_{uuid.uuid4().hex}",
        name if isinstance(name, str) else "",
        arguments,
    )
