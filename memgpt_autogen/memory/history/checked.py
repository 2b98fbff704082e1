"""What a safeguard changed in a prompt, as messages of the log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from memgpt_autogen.messages import HEARD_AS, Message, ToolCall, WireMessage


def as_checked(message: Message, checked: WireMessage) -> Message:
    """Return the message with the words that a safeguard left in its form for the chat API.

    Its extra has a hash of the words that were heard, so that they are known when they are delivered again.
    """
    calls = {call["id"]: call["function"] for call in checked.get("tool_calls") or () if "function" in call}
    if message.kind == "spoken":
        said = [_argument(function, "message") for function in calls.values()]
        text = said[0] if said and said[0] is not None else _text(checked)
        changed = replace(message, text=text)
    elif message.role == "assistant":
        kept = tuple(replace(call, arguments=_arguments(call, calls)) for call in message.tool_calls)
        changed = replace(message, text=_text(checked), tool_calls=kept)
    else:
        event = _event(checked)
        text = next((str(event[key]) for key in ("message", "last_login") if key in event), _text(checked))
        name = event.get("name", message.name) if message.kind == "message" else message.name
        changed = replace(message, text=text, name=None if name is None else str(name))
    if changed.spoken == message.spoken:
        return changed
    extra = {key: value for key, value in message.extra.items() if key not in ("content", "delivered_as")}
    heard = message.extra.get("delivered_as") or message.spoken or ""
    return replace(changed, extra={HEARD_AS: message.extra.get(HEARD_AS) or hashed(str(heard)), **extra})


def hashed(words: str) -> str:
    """Return the hash by which words are known that must not be stored."""
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


def _arguments(call: ToolCall, checked: Mapping[str, Any]) -> str:
    function = checked.get(call.id)
    return call.arguments if function is None else str(function.get("arguments"))


def _argument(function: Mapping[str, Any], name: str) -> str | None:
    value = (ToolCall("", "", str(function.get("arguments"))).parsed() or {}).get(name)
    return value if isinstance(value, str) else None


def _event(checked: WireMessage) -> dict[str, Any]:
    try:
        event = json.loads(_text(checked))
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _text(checked: WireMessage) -> str:
    content = checked.get("content")
    if isinstance(content, str):
        return content
    return "" if content is None else json.dumps(content, ensure_ascii=False, default=str)
