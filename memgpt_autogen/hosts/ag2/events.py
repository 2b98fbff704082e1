"""Reading ag2's events: who said what, with images, and what tools returned."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone
from itertools import groupby
from typing import Any

from ag2.context import ConversationContext
from ag2.events import (
    BaseEvent,
    BinaryInput,
    BinaryType,
    DataInput,
    FileIdInput,
    Input,
    ModelRequest,
    ModelResponse,
    TextInput,
    ToolErrorEvent,
    ToolResultEvent,
    ToolResultsEvent,
    UrlInput,
)
from pydantic_core import to_json

from memgpt_autogen.hosts.hearing import CHAT, with_words
from memgpt_autogen.images import Image, image_in
from memgpt_autogen.messages import DELIVERY, Message, ToolCall, now

SPEAKER = "speaker"
"""The key for who speaks, in the variables of a call or the metadata of an input; `user` without it."""

PROVIDER = "memgpt_autogen"
"""The provider of our responses."""


def speaker_of(context: ConversationContext) -> str:
    return str(context.variables.get(SPEAKER) or "user")


def response_id(name: str) -> str:
    """Return a new id for a response of the agent of this name."""
    return f"{name}/{uuid.uuid4().hex}"


def lines_in(events: Iterable[BaseEvent], chat: str, speaker: str, name: str) -> Iterator[Message]:
    """Yield what these events say; `name` is the agent's own."""
    for event in events:
        if isinstance(event, ModelRequest):
            yield from heard_in(event, chat, speaker)
        elif isinstance(event, ModelResponse) and event.content:
            # a response without a provider is a tool's, or came back from a client: the agent has said it
            ours = (event.response_id or "").rpartition("/")[0] if event.provider == PROVIDER else ""
            own = event.provider is None or ours == name
            yield said_in(event, chat) if own else said_in(event, chat, by=ours or "assistant")


def heard_in(event: ModelRequest, chat: str, speaker: str) -> Iterator[Message]:
    """Yield the words of a request, by speaker."""
    time = time_of(event.created_at)
    groups = groupby(event.parts, key=lambda part: str((part.metadata or {}).get(SPEAKER) or speaker))
    for place, (name, parts) in enumerate(groups):
        text, content = content_of(parts)
        extra = {DELIVERY: _id(event, text, place), CHAT: [chat], **content}
        if text:
            yield Message("user", text, "message", name, time=time, extra=extra)


def said_in(event: ModelResponse, chat: str, *, by: str = "") -> Message:
    """Return the words of a response: the agent's own, or those of another agent."""
    text = event.content or ""
    given = event.response_id if event.provider == PROVIDER else None
    extra = {DELIVERY: given or _id(event, text), CHAT: [chat]}
    time = time_of(event.created_at)
    if by:
        return Message("user", text, "message", by, time=time, extra=extra)
    return Message("assistant", text, "spoken", time=time, extra=extra)


def _id(event: BaseEvent, text: str, place: int = 0) -> str:
    """Return what an event is known by, also when its stream was stored and loaded under another id."""
    return with_words(f"{event.created_at!r}/{place}", text)


def time_of(given: float | str) -> datetime:
    """Return a time of ag2; now where it is not known."""
    try:
        if isinstance(given, str):
            return datetime.fromisoformat(given.replace("Z", "+00:00")).astimezone(timezone.utc)
        return datetime.fromtimestamp(given, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return now()


def inputs_in(rendered: Any) -> list[Input]:
    """Return what the adapter of a channel has rendered: nothing, one input or text, or several."""
    if isinstance(rendered, Sequence) and not isinstance(rendered, (str, bytes, bytearray)):
        return [Input.ensure_input(each) for each in rendered]
    return [] if rendered is None else [Input.ensure_input(rendered)]


def content_of(parts: Iterable[Input]) -> tuple[str, dict[str, Any]]:
    """Return the words of inputs, and with images also their `content` for a message's `extra`."""
    words: list[str] = []
    content: list[dict[str, Any]] = []
    images = 0
    for part in parts:
        image = _image(part)
        if image is not None:
            images += 1
            words.append(image.describe(images))
            content.append(image.part())
        elif text := _words(part):
            words.append(text)
            content.append({"type": "text", "text": text})
    return "\n".join(words), {"content": content} if images else {}


def _image(part: Input) -> Image | None:
    if isinstance(part, UrlInput) and part.kind == BinaryType.IMAGE:
        return image_in({"type": "image_url", "image_url": {"url": part.url}})
    if isinstance(part, BinaryInput) and str(part.media_type).startswith("image/"):
        return Image.from_bytes(part.data, str(part.media_type))
    return None


def _words(part: Input) -> str:
    """Return a part as text; what is no text is named in brackets."""
    if isinstance(part, TextInput):
        return part.content
    if isinstance(part, DataInput):
        return part.data if isinstance(part.data, str) else to_json(part.data, fallback=str).decode()
    if isinstance(part, UrlInput):
        return f"[{part.kind.value}: {part.url}]"
    if isinstance(part, BinaryInput):
        return f"[{part.kind.value}: {part.vendor_metadata.get('filename') or part.media_type}]"
    if isinstance(part, FileIdInput):
        return f"[file: {part.filename or part.file_id}]"
    return f"[{type(part).__name__}]"


def results_in(events: Iterable[BaseEvent]) -> Iterator[ToolResultEvent]:
    for event in events:
        if isinstance(event, ToolResultsEvent):
            yield from event.results
        elif isinstance(event, ToolResultEvent):
            yield event


def result_for(call: ToolCall, event: ToolResultEvent) -> Message:
    if isinstance(event, ToolErrorEvent):
        return Message.result_of(call, f"{type(event.error).__name__}: {event.error}", ok=False)
    return Message.result_of(call, content_of(event.result.parts)[0])
