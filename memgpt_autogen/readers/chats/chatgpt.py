"""Read ChatGPT's conversations.json: trees of messages, of which one branch is what a person sees."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from memgpt_autogen.readers.chats.json_stream import each_or_one
from memgpt_autogen.readers.chats.turns import (
    PERSON,
    ChatFile,
    ChatNotes,
    Turn,
    inner,
    joined,
    objects,
    text_of,
    unix_time,
)

ASSISTANT = "ChatGPT"

THINKING = ("thoughts", "reasoning_recap")

INSTRUCTIONS = ("user_editable_context", "model_editable_context")
"""Contents that the person wrote into the settings, and what the model remembers."""

SHOWN_TOOLS = ("python", "code_interpreter")
"""The calls of these tools are code that a person sees."""

CITATION = re.compile("\ue200([^\ue200\ue201]*)\ue201")
"""Marks of sources, which a person sees as links; what has a name of its own is named."""


def read_chatgpt(file: ChatFile, notes: ChatNotes) -> Iterator[Turn]:
    """Yield the messages of the branch that is open in each conversation."""
    with file.open() as raw:
        for conversation in each_or_one(raw, file.name):
            if isinstance(conversation, dict) and isinstance(conversation.get("mapping"), dict):
                yield from _conversation(conversation, notes)


def _conversation(conversation: Mapping[str, Any], notes: ChatNotes) -> Iterator[Turn]:
    chat = " ".join(text_of(conversation.get("title")).split()) or "Untitled chat"
    chat_id = text_of(conversation.get("conversation_id")) or text_of(conversation.get("id")) or chat
    branch = list(_branch(conversation))
    shown = {id(node) for node in branch}
    for node in conversation["mapping"].values():
        if isinstance(node, dict) and id(node) not in shown and _is_turn(inner(node, "message")):
            notes.leave_out("message of another branch", "messages of other branches")
    # some messages, and some conversations, have no time
    given = [conversation.get("create_time"), *(inner(node, "message").get("create_time") for node in branch)]
    time = next(filter(None, map(unix_time, [*given, conversation.get("update_time")])), None)
    for node in branch:
        message = inner(node, "message")
        time = unix_time(message.get("create_time")) or time
        if message and time is None:
            notes.leave_out("message without a time", "messages without a time")
        elif message and time is not None:
            yield from _turns(message, chat, chat_id, time, notes)


def _branch(conversation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the nodes from the root to the current one; to the newest leaf where none is named."""
    nodes = {key: node for key, node in conversation["mapping"].items() if isinstance(node, dict)}
    here = conversation.get("current_node")
    if here not in nodes:
        leaves = [key for key, node in nodes.items() if not node.get("children")]
        here = max(leaves, key=lambda key: _time(nodes[key]), default=None)
    path: dict[str, dict[str, Any]] = {}
    while isinstance(here, str) and here in nodes and here not in path:
        path[here] = nodes[here]
        here = nodes[here].get("parent")
    yield from reversed(path.values())


def _time(node: Mapping[str, Any]) -> float:
    time = unix_time(inner(node, "message").get("create_time"))
    return time.timestamp() if time else 0.0


def _is_turn(message: Mapping[str, Any]) -> bool:
    role, parts = inner(message, "author").get("role"), inner(message, "content").get("parts")
    return role in ("user", "assistant") and bool(parts) and any(parts if isinstance(parts, list) else ())


def _turns(
    message: Mapping[str, Any], chat: str, chat_id: str, time: datetime, notes: ChatNotes
) -> Iterator[Turn]:
    author, content = inner(message, "author"), inner(message, "content")
    role, kind = text_of(author.get("role")), text_of(content.get("content_type"))
    id_ = text_of(message.get("id"))
    if kind in INSTRUCTIONS:
        notes.leave_out("text of the settings", "texts of the settings")
    elif inner(message, "metadata").get("is_visually_hidden_from_conversation") or role == "system":
        if _content(content, ChatNotes()).strip():
            notes.leave_out("hidden message")
    elif kind in THINKING:
        notes.leave_out("thinking of the assistant", "thinkings of the assistant")
    elif role == "tool":
        yield from _tool(message, chat, chat_id, time, notes)
    elif role == "assistant" and text_of(message.get("recipient")) not in ("", "all"):
        if text := _call(text_of(message.get("recipient")), content, notes):
            yield Turn(chat, ASSISTANT, text, time, id_, chat_id, own=True)
    elif text := joined(_content(content, notes), *_files(message, notes)):
        own = role == "assistant"
        yield Turn(chat, ASSISTANT if own else PERSON, text, time, id_, chat_id, own=own)


def _tool(
    message: Mapping[str, Any], chat: str, chat_id: str, time: datetime, notes: ChatNotes
) -> Iterator[Turn]:
    """Yield the output of code as a note; other results of tools are not shown to a person either."""
    content = inner(message, "content")
    text = _content(content, notes)
    if content.get("content_type") == "execution_output" and text.strip():
        yield Turn(chat, "", f"output: {text}", time, text_of(message.get("id")), chat_id)
    elif text.strip():
        notes.leave_out("result of a tool", "results of tools")


def _call(recipient: str, content: Mapping[str, Any], notes: ChatNotes) -> str:
    """Return the code, the canvas or the picture's description that a call contains; empty for others."""
    text = _content(content, notes)
    if recipient in SHOWN_TOOLS:
        return f"```python\n{text}\n```" if text.strip() else ""
    if not recipient.startswith(("canmore.", "dalle.", "t2uay3k.")):
        notes.leave_out("call of a tool", "calls of tools")
        return ""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(values, dict):
        return text
    if recipient.startswith("canmore."):
        changes = objects(values.get("updates")) + objects(values.get("comments"))
        said = [text_of(each.get("replacement")) or text_of(each.get("comment")) for each in changes]
        name = text_of(values.get("name"))
        return joined(f"[canvas: {name}]" if name else "[canvas]", text_of(values.get("content")), *said)
    return joined("[picture]", text_of(values.get("prompt")))


def _content(content: Mapping[str, Any], notes: ChatNotes) -> str:
    """Return the text of a message's content, and count what is no text."""
    parts = content.get("parts")
    if isinstance(parts, list):
        text = joined(*(_part(part, notes) for part in parts))
    elif content.get("content_type") == "tether_quote":
        text = joined(*(text_of(content.get(name)) for name in ("title", "text", "url")))
    else:
        text = text_of(content.get("text")) or text_of(content.get("result"))
    return CITATION.sub(_cited, text)


def _part(part: Any, notes: ChatNotes) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        return ""
    kind = text_of(part.get("content_type"))
    if text := text_of(part.get("text")):
        return text
    if "image" in kind:
        notes.miss("picture")
    elif "audio" in kind or "video" in kind:
        notes.miss("sound or film", "sounds or films")
    elif kind:
        notes.leave_out(f"part of the kind {kind}", f"parts of the kind {kind}")
    return ""


def _cited(found: re.Match[str]) -> str:
    """Return what a person reads at such a mark: the name of what is marked, or nothing of a source."""
    kind, _, rest = found[1].partition("\ue202")
    try:
        values = json.loads(rest) if kind in ("entity", "url") else None
    except ValueError:
        return ""
    names = [each for each in values if isinstance(each, str)] if isinstance(values, list) else []
    return names[1] if kind == "entity" and len(names) > 1 else ""


def _files(message: Mapping[str, Any], notes: ChatNotes) -> Iterator[str]:
    for each in objects(inner(message, "metadata").get("attachments")):
        notes.miss("attached file")
        yield f"[file: {text_of(each.get('name')) or 'unnamed'}]"
