"""AutoGen's messages as what was said, and by whom. `role` does not tell, since hosts set it as they need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Union

from memgpt_autogen.messages import Message, ToolCall

Reply = Union[str, dict[str, Any]]
"""What AutoGen's agents say to each other."""


def read(
    message: Reply, sender: str, own_name: str, waiting: Callable[[], Mapping[str, ToolCall]]
) -> Iterator[Message]:
    """The messages of ours that one of AutoGen's is.

    The speaker is `message["name"]`, else the sender. `waiting` gives the agent's own calls that wait for a result, by id.
    """
    if isinstance(message, str):
        yield Message.said_by(sender, message)
        return
    name = message.get("name") or sender
    text = text_of(message)
    if message.get("role") == "tool":
        yield from _results(message, name, text, waiting())
        return
    if name == own_name or (message.get("role") == "assistant" and not message.get("name")):
        yield Message("assistant", text, "spoken")
        return
    called = [_told_call(call) for call in message.get("tool_calls") or ()]
    content = message.get("content")
    extra = {"content": content} if isinstance(content, list) else {}
    yield Message.said_by(name, "\n".join([text, *called] if text else called or [text]), **extra)


def text_of(message: Union[Reply, Mapping[str, Any], None]) -> str:
    """The words of a message; the parts of multimodal content that are not text are named in brackets."""
    content = message.get("content") if isinstance(message, Mapping) else message
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return "" if content is None else str(content)
    return " ".join(
        part if isinstance(part, str) else str(part.get("text") or f"[{part.get('type', 'attachment')}]")
        for part in content
    )


def _results(
    message: Mapping[str, Any], name: str, text: str, waiting: Mapping[str, ToolCall]
) -> Iterator[Message]:
    """Results of tool calls: of our own, which a suspended turn waits for, and of others'."""
    others = []
    for response in message.get("tool_responses") or [message]:
        call = waiting.get(str(response.get("tool_call_id")))
        if call is not None:
            yield Message.result_of(call, text_of(response))
        else:
            others.append(text_of(response))
    if others:
        told = "\n".join(others) or text
        yield Message.said_by(name, f"[result of a tool call] {told}")


def _told_call(call: Mapping[str, Any]) -> str:
    function = call.get("function") or {}
    return f"[calls {function.get('name')}({function.get('arguments')})]"
