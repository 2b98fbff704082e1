"""Read AgentChat's messages: what was said, by whom and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from autogen_agentchat.messages import BaseChatMessage, HandoffMessage, MultiModalMessage
from autogen_core import Image
from autogen_core.models import AssistantMessage, FunctionExecutionResultMessage, LLMMessage

from memgpt_autogen.adapter.messages import RESULT, text_of
from memgpt_autogen.hosts.hearing import with_words
from memgpt_autogen.messages import DELIVERY, Message, now


def read_message(message: BaseChatMessage, own_name: str) -> Message:
    """Return a message of AgentChat as one of ours, with the time at which it was said."""
    said = message.created_at
    time = min(said, now()) if said.tzinfo else now()
    content = [_part(part) for part in message.content] if isinstance(message, MultiModalMessage) else []
    text = text_of({"content": content}) if content else _text(message)
    if message.source == own_name:
        return Message("assistant", text, "spoken", time=time, extra={DELIVERY: message.id})
    # an id that a program gives twice must not hide the second message
    extra = {DELIVERY: with_words(message.id, text), **({"content": content} if content else {})}
    return replace(Message.said_by(message.source, text, **extra), time=time)


def words_of(message: LLMMessage) -> str:
    """Return what a message of a model's context says; nothing for calls and results."""
    content = message.content
    if isinstance(content, str):
        return content
    said = (
        part if isinstance(part, str) else "[image]" for part in content if isinstance(part, (str, Image))
    )
    return " ".join(said)


def _text(message: BaseChatMessage) -> str:
    """Return the words of a message. Before those of a handoff is what it passes on of a model's context."""
    try:
        text = message.to_model_text()
    except Exception:  # noqa: BLE001 - a format of the user's own
        text = message.model_dump_json()
    if isinstance(message, HandoffMessage):
        return "\n".join([*(line for each in message.context for line in _lines(each)), text])
    return text


def _lines(message: LLMMessage) -> Iterator[str]:
    if isinstance(message, FunctionExecutionResultMessage):
        yield from (RESULT + result.content for result in message.content)
    elif isinstance(message, AssistantMessage) and not isinstance(message.content, str):
        yield from (f"[calls {call.name}({call.arguments})]" for call in message.content)
    else:
        yield words_of(message)


def _part(part: str | Image) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    return {"type": "image_url", "image_url": {"url": part.data_uri}}
