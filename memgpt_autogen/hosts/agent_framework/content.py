"""Messages, tools and usage of agent-framework in the forms of this package, and back."""

from __future__ import annotations

import logging
import uuid
import weakref
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from agent_framework import ChatResponseUpdate, Content, FunctionTool, UsageDetails
from agent_framework import Message as HostMessage

from memgpt_autogen.adapter.messages import text_of
from memgpt_autogen.events import Replied, ReplyPart, RunEvent
from memgpt_autogen.images import images_in
from memgpt_autogen.llm.protocols import ToolSchema, Usage
from memgpt_autogen.messages import DELIVERY, Message, ToolCall

logger = logging.getLogger(__name__)

USER = "user"
"""The name of a speaker whom the host does not name."""

HEARD = "memgpt_heard"
"""The key of a host's message for the agent and the conversation in whose memory it is."""

# what is no part of what was said
_SILENT = frozenset(
    {
        "function_approval_request",
        "function_approval_response",
        "function_call",
        "function_result",
        "text_reasoning",
        "usage",
    }
)


def read_said(message: HostMessage, own_names: Container[str | None]) -> Message | None:
    """Return what somebody said; None for instructions and context, for calls and results, and for nothing.

    Words of the role `assistant` without an author are the agent's own.
    """
    if message.role in ("system", "developer", "tool") or is_context(message):
        return None
    parts = [_part(content) for content in message.contents if not _is_silent(content)]
    text = text_of({"content": parts})
    if not text.strip():
        return None
    delivery = message.message_id or uuid.uuid4().hex
    extra = {DELIVERY: str(delivery), **({"content": parts} if images_in(parts) else {})}
    author = message.author_name
    if author in own_names or (message.role == "assistant" and not author):
        return Message("assistant", text, "spoken", extra=extra)
    return Message.said_by(author or USER, text, **extra)


def is_history(message: HostMessage) -> bool:
    """Return whether a history provider has given it: it belongs to an earlier run."""
    return "History" in (_source(message) or "")


def is_context(message: HostMessage) -> bool:
    """Return whether another context provider has given it: nobody has said it."""
    source = _source(message)
    return source is not None and not is_history(message)


def read_results(messages: Sequence[HostMessage], waiting: Mapping[str, ToolCall]) -> Iterator[Message]:
    """Yield the results of the agent's own calls; others' are not for it."""
    left = dict(waiting)
    for content in (content for message in messages for content in message.contents):
        call = left.pop(content.call_id or "", None) if content.type == "function_result" else None
        if call is not None:
            text = "" if content.result is None else str(content.result)
            yield Message.result_of(call, text, ok=content.exception is None)


def read_instructions(messages: Sequence[HostMessage], given: Any) -> str:
    """Return the instructions of a request, and those and the context among its messages."""
    texts = [given] if isinstance(given, str) else list(given or ())
    texts += [
        message.text
        for message in messages
        if message.role in ("system", "developer") or (message.role != "tool" and is_context(message))
    ]
    return "\n\n".join(filter(None, map(str, texts)))


def read_tools(options: Mapping[str, Any], name: str) -> list[ToolSchema]:
    """Return the schemas of the host's tools that the model may call now."""
    choice = options.get("tool_choice")
    mode = choice.get("mode") if isinstance(choice, Mapping) else choice
    if mode == "none":
        return []
    schemas: list[ToolSchema] = []
    for tool in options.get("tools") or ():
        if isinstance(tool, FunctionTool):
            schemas.append(tool.to_json_schema_spec())
        elif isinstance(tool, Mapping) and isinstance(tool.get("function"), Mapping):
            schemas.append(tool)
        else:
            logger.warning(
                "%s cannot use the tool %.80r: it runs at the provider of a model. Give it a function, or an "
                "MCP tool that agent-framework runs.",
                name,
                tool,
            )
    return schemas


def required_tool(options: Mapping[str, Any], schemas: Sequence[ToolSchema]) -> str:
    """Return which tool must be called in this turn, in words; empty where none must."""
    choice = options.get("tool_choice")
    mode = choice.get("mode") if isinstance(choice, Mapping) else choice
    if mode != "required" or not schemas:
        return ""
    named = choice.get("required_function_name") if isinstance(choice, Mapping) else None
    return str(named or " or ".join(schema["function"]["name"] for schema in schemas))


def usage_details(usage: Usage) -> UsageDetails:
    return UsageDetails(
        input_token_count=usage.prompt_tokens,
        output_token_count=usage.completion_tokens,
        total_token_count=usage.prompt_tokens + usage.completion_tokens,
        cache_read_input_token_count=usage.cached_tokens,
    )


class Speech:
    """Turns the events of a turn into updates of one message. `joined`: all replies of the turn are in it."""

    def __init__(self, message_id: str, *, joined: bool = True) -> None:
        self._message_id = message_id
        self._joined = joined
        self._shown = ""
        self._said = ""
        """The replies before the one that is written now."""
        self._part = ""

    def update(self, event: RunEvent) -> ChatResponseUpdate | None:
        """Return what an event changes of the message; None for nothing."""
        if isinstance(event, ReplyPart):
            self._part = event.text if event.anew else self._part + event.text
            return self._towards(self._with(self._part))
        if not isinstance(event, Replied):
            return None
        self._part, self._said = "", self._with(event.text)
        return self._towards(self._said)

    def _with(self, text: str) -> str:
        return f"{self._said}\n{text}" if self._said and text and self._joined else text or self._said

    def _towards(self, text: str) -> ChatResponseUpdate | None:
        if text == self._shown:
            return None
        goes_on = text.startswith(self._shown)
        added = text.removeprefix(self._shown) if goes_on else text
        self._shown = text
        return ChatResponseUpdate(
            role="assistant",
            contents=[Content.from_text(added)],
            message_id=self._message_id,
            merge_mode="append" if goes_on else "replace",
        )


class Known:
    """Knows which messages of a conversation were delivered, by the objects that they are made of.

    A host that delivers a message again often delivers the same objects, in this process.
    """

    def __init__(self) -> None:
        self._contents: dict[int, weakref.ref[Content]] = {}

    def add(self, messages: Sequence[HostMessage]) -> None:
        for content in (content for message in messages for content in message.contents):
            self._contents[id(content)] = weakref.ref(content, partial(self._forget, id(content)))

    def has(self, message: HostMessage) -> bool:
        """Return whether each part of it was delivered."""
        found = [(self._contents.get(id(content)), content) for content in message.contents]
        return bool(found) and all(known is not None and known() is content for known, content in found)

    def _forget(self, key: int, _: weakref.ref[Content]) -> None:
        self._contents.pop(key, None)


@dataclass(frozen=True, slots=True)
class Overheard:
    """A message that an event has shown, and the id under which it is stored."""

    message: HostMessage
    delivery: str

    def is_of(self, message: HostMessage) -> bool:
        """Return whether this message is the same one, or a copy with the same contents."""
        shown = {id(content) for content in self.message.contents}
        return bool(message.contents) and all(id(content) in shown for content in message.contents)


def _source(message: HostMessage) -> str | None:
    """Return the class, or else the id, of the provider that has added the message; None for no provider."""
    attribution = message.additional_properties.get("_attribution")
    if not isinstance(attribution, Mapping):
        return None
    return str(attribution.get("source_type") or attribution.get("source_id"))


def _is_silent(content: Content) -> bool:
    return content.type in _SILENT or (content.type == "text" and not content.text)


def _part(content: Content) -> dict[str, Any]:
    """Return a part of a message in the chat API's form; what is no text and no image is named."""
    if content.type == "text":
        return {"type": "text", "text": content.text or ""}
    media_type, uri = content.media_type or "", content.uri or ""
    if content.type in ("data", "uri") and media_type.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": uri}}
    if content.type == "error":
        return {"type": "text", "text": f"[error: {content.message}]"}
    about = [
        content.type,
        media_type,
        content.name or content.file_id or ("" if uri.startswith("data:") else uri),
    ]
    return {"type": "text", "text": f"[{' '.join(filter(None, about))}]"}
