"""The chat completions API, as both clients use it: the body of a request, and how an answer is read."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, repeat
from typing import Any

from memgpt_autogen.llm.protocols import (
    LLM,
    Completion,
    Messages,
    ResponseFormat,
    ToolChoice,
    Tools,
    Usage,
)
from memgpt_autogen.messages import ToolCall, WireMessage
from memgpt_autogen.text.safe import clean_text

CONSTRAINED_TOKENS = 1024
"""The most tokens of an answer in a given format. The strings of a small model may never end."""

MOST_TOKENS = 2**40  # a larger figure in the usage is not believed


class RequestBodies:
    """Makes the bodies of one model's requests. What is as in the last request is not cleaned again.

    So requests share dictionaries, and these are for clients that change none.
    """

    def __init__(self) -> None:
        self._messages: list[Any] = []
        self._tools: list[Any] = []

    def body(
        self, messages: Iterable[WireMessage], tools: Tools = (), tool_choice: ToolChoice = None
    ) -> dict[str, Any]:
        """Return what `request_body` returns."""
        request: dict[str, Any] = {"messages": _cleaned(messages, self._messages, _clean_message)}
        self._messages = request["messages"][:]
        if tools:
            request["tools"] = _cleaned(tools, self._tools, lambda tool: _clean(dict(tool)))
            self._tools = request["tools"][:]
            if tool_choice is not None:
                choice = tool_choice if isinstance(tool_choice, str) else dict(tool_choice)
                request["tool_choice"] = _clean(choice)
        return request


def request_body(
    messages: Iterable[WireMessage], tools: Tools = (), tool_choice: ToolChoice = None
) -> dict[str, Any]:
    """Return the messages and the tools of a request, as new dictionaries that a client may change.

    Content is never null, because some servers fail on that. A tool choice without tools is left out, because
    all servers refuse it. Lone surrogates and NUL are replaced everywhere: a request cannot contain the
    former, and some servers refuse the latter.
    """
    return RequestBodies().body(messages, tools, tool_choice)


def preview_request(
    llm: LLM, messages: Messages, tools: Tools = (), *, response_format: ResponseFormat = None
) -> dict[str, Any]:
    """Return the JSON body of the request that a model would send, as far as it can tell."""
    preview = getattr(llm, "preview", None)
    if preview is None:
        return {"model": llm.model, **request_body(messages, tools)}
    about = {} if response_format is None else {"response_format": response_format}
    request: dict[str, Any] = preview(messages, tools, **about)
    return request


def send_plain(create: Callable[..., Any]) -> Callable[..., Any]:
    """Return the `openai` client's `create`, changed so that it sends messages and tools unchecked.

    The client checks every message against each type that it could have. That takes longer than the rest of a
    request. It sends `extra_body` without checks.
    """

    def send(*, messages: Any = (), **request: Any) -> Any:
        plain = {"messages": messages, **{name: request.pop(name) for name in ("tools",) if name in request}}
        return create(messages=[], **{**request, "extra_body": plain | (request.get("extra_body") or {})})

    return send


def read_answer(message: Any, usage: Any = None, finish_reason: str | None = None) -> Completion:
    """Return a completion from a message of any client: a text, an object or a dictionary.

    Some servers leave out ids, send arguments as an object, or send content as a list of parts. Parts of an
    unknown form are left out.
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
        thought_text(message),
    )


def content_text(content: Any) -> str:
    """Return the text of a content, which may be a list of parts; empty for anything else."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, (list, tuple)) else ()
    texts = (part if isinstance(part, str) else get_field(part, "text") for part in parts)
    return "".join(text for text in texts if isinstance(text, str))


def thought_text(message: Any) -> str:
    """Return the reasoning in a message, under either of its two names."""
    return content_text(get_field(message, "reasoning_content")) or content_text(
        get_field(message, "reasoning")
    )


def arguments_json(arguments: Any) -> str:
    """Return the JSON of arguments that a server sent as an object."""
    try:
        return json.dumps(arguments, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return "(unreadable)"


def get_field(value: Any, name: str) -> Any:
    """Return this field of an object or a dictionary; None when it has none."""
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def read_usage(usage: Any) -> Usage:
    """Return the endpoint's usage, named as in the chat API or the responses API; zeros when it has none."""
    details = get_field(usage, "prompt_tokens_details") or get_field(usage, "input_tokens_details")
    return Usage(
        _read_count(get_field(usage, "prompt_tokens")) or _read_count(get_field(usage, "input_tokens")),
        _read_count(get_field(usage, "completion_tokens")) or _read_count(get_field(usage, "output_tokens")),
        _read_count(get_field(details, "cached_tokens")),
        _read_cost(get_field(usage, "cost")),
    )


def _read_count(value: Any) -> int:
    return value if isinstance(value, int) and 0 < value < MOST_TOKENS else 0


def _read_cost(value: Any) -> float | None:
    """Return the cost that a provider reports, as OpenRouter does."""
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < MOST_TOKENS
    return float(value) if known else None


def _cleaned(
    parts: Iterable[Mapping[str, Any]], before: Sequence[Any], clean: Callable[[Mapping[str, Any]], Any]
) -> list[Any]:
    """Return messages or tools, cleaned; those that are equal to clean ones from `before` are these."""
    known = chain(before, repeat(None))
    return [old if old == part else clean(part) for part, old in zip(parts, known, strict=False)]


def _clean_message(message: Mapping[str, Any]) -> Any:
    return _clean({**message, "content": "" if message.get("content") is None else message["content"]})


def _clean(value: Any) -> Any:
    """Return a JSON value in which every text is valid UTF-8 that servers accept."""
    if isinstance(value, str):
        return value if value.isascii() and "\0" not in value else clean_text(value)
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
