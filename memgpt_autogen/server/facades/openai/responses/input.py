"""The items of a request as messages of the chat API, so that one rule says what in both is new."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Optional, Union

from memgpt_autogen.server.facades.openai.errors import RequestError

_ROLES = ("user", "assistant", "system", "developer")

OUTPUT = "function_call_output"

_APPROVAL = "mcp_approval_response"

# what stands for something that the agent has done: only its place counts
_DONE: Mapping[str, Any] = {"role": "assistant", "content": None}


def messages_of(
    given: Union[str, Sequence[Mapping[str, Any]]], instructions: Any = None
) -> list[dict[str, Any]]:
    """Return the items of a request as messages.

    Results that stand before other calls of the same answer come again at the end, where all results are new
    that a suspended run may wait for. Raises `RequestError` where an item cannot be said to an agent.
    """
    if instructions is not None and not isinstance(instructions, str):
        raise RequestError("instructions must be a text.", param="instructions")
    told = [{"role": "system", "content": instructions}] if instructions else []
    if isinstance(given, str):
        return [*told, {"role": "user", "content": given}]
    messages = [_message(item, f"input[{place}]") for place, item in enumerate(given)]
    spoken = [place for place, item in enumerate(given) if _is_spoken(item)]
    acted = [place for place, each in enumerate(messages) if each["role"] == "assistant"]
    early = range(spoken[-1] + 1 if spoken else 0, acted[-1] if acted else 0)
    return [*messages, *(messages[place] for place in early if messages[place]["role"] == "tool"), *told]


def approvals_of(given: Union[str, Sequence[Mapping[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Return whether calls of the agent's own tools are allowed, by the id of the call."""
    found = {}
    for item in () if isinstance(given, str) else given:
        if item.get("type") == _APPROVAL:
            call_id = str(item.get("approval_request_id", "")).removeprefix("mcpr_")
            reason = item.get("reason")
            found[call_id] = {
                "allowed": item.get("approve") is True,
                "reason": reason if isinstance(reason, str) else "",
            }
    return found


def _is_spoken(item: Mapping[str, Any]) -> bool:
    return item.get("role") == "assistant"


def _message(item: Mapping[str, Any], where: str) -> dict[str, Any]:
    kind, role = item.get("type"), item.get("role")
    if kind in (None, "message") and role in _ROLES:
        return {"role": role, "content": _content(item.get("content"), where, role)}
    if kind == OUTPUT:
        call_id = item.get("call_id")
        if not isinstance(call_id, str) or not call_id:
            raise RequestError(f"{where}.call_id must name a call.", param=f"{where}.call_id")
        return {"role": "tool", "tool_call_id": call_id, "content": _output(item.get("output"))}
    if kind == _APPROVAL:  # `approvals_of` reads it
        return {"role": "tool", "tool_call_id": "", "content": ""}
    if isinstance(kind, str) and kind != "message":  # a call of the agent, its reasoning, or the like
        return dict(_DONE)
    raise RequestError(
        f"{where}.role is {role!r:.40}; it must be one of {', '.join(_ROLES)}.", param=f"{where}.role"
    )


def _content(given: Any, where: str, role: Optional[str]) -> Any:
    if not isinstance(given, list):
        return given
    if role == "assistant":
        return None
    return [_part(part, f"{where}.content[{place}]") for place, part in enumerate(given)]


def _part(part: Any, where: str) -> Any:
    kind = part.get("type") if isinstance(part, Mapping) else None
    if kind in ("input_text", "output_text", "text", "summary_text"):
        return {"type": "text", "text": part.get("text") or ""}
    if kind in ("input_image", "image_url"):
        image = part.get("image_url")
        url = image.get("url") if isinstance(image, Mapping) else image
        if not isinstance(url, str) or not url:
            raise RequestError(
                f"{where} has no image_url. Send an image as a data: address, or with an address.",
                param=where,
            )
        return {"type": "image_url", "image_url": {"url": url}}
    if kind in ("input_file", "file"):
        raise RequestError(
            f"{where} is a file. Load files as documents of the agent: POST /api/v1/agents/AGENT/sources.",
            param=where,
        )
    raise RequestError(
        f"{where}.type is {kind!r:.40}; an agent reads input_text and input_image.", param=f"{where}.type"
    )


def _output(given: Any) -> str:
    """Return the result of a function as text."""
    if isinstance(given, str):
        return given
    if isinstance(given, list):
        texts = [part.get("text") for part in given if isinstance(part, Mapping)]
        if texts and all(isinstance(text, str) for text in texts):
            return "\n".join(filter(None, texts))
    return "" if given is None else json.dumps(given, ensure_ascii=False)
