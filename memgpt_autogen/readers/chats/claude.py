"""Read Claude's conversations.json: messages with blocks of text, and the text of attached files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from memgpt_autogen.readers.chats.json_stream import each_or_one
from memgpt_autogen.readers.chats.turns import (
    PERSON,
    ChatFile,
    ChatNotes,
    Turn,
    inner,
    iso_time,
    joined,
    objects,
    text_of,
)

ASSISTANT = "Claude"

LEFT_OUT = {
    "thinking": ("thinking of the assistant", "thinkings of the assistant"),
    "redacted_thinking": ("thinking of the assistant", "thinkings of the assistant"),
    "tool_use": ("call of a tool", "calls of tools"),
    "tool_result": ("result of a tool", "results of tools"),
}
"""Blocks that are no words of a turn. `token_budget` and `flag` have no words at all."""

WRITTEN = ("content", "new_str", "file_text", "code")
"""What a call writes into an artifact, which a person sees."""


def read_claude(file: ChatFile, notes: ChatNotes) -> Iterator[Turn]:
    """Yield the messages of each conversation; of one with branches, those of the branch that is open."""
    with file.open() as raw:
        for conversation in each_or_one(raw, file.name):
            if not isinstance(conversation, dict):
                continue
            chat = " ".join(text_of(conversation.get("name")).split()) or "Untitled chat"
            chat_id = text_of(conversation.get("uuid")) or chat
            began = iso_time(conversation.get("created_at"))
            for message in _branch(conversation, notes):
                time = iso_time(message.get("created_at")) or began
                own = message.get("sender") == "assistant"
                text = _text(message, notes)
                if time is None:
                    notes.leave_out("message without a time", "messages without a time")
                elif text:
                    began = time
                    id_ = text_of(message.get("uuid"))
                    yield Turn(chat, ASSISTANT if own else PERSON, text, time, id_, chat_id, own=own)


def _branch(conversation: Mapping[str, Any], notes: ChatNotes) -> list[dict[str, Any]]:
    messages = objects(conversation.get("chat_messages"))
    by_id = {text_of(each.get("uuid")): each for each in messages}
    parents = [text_of(each.get("parent_message_uuid")) for each in messages]
    known = [parent for parent in parents if parent in by_id]
    if len(set(known)) == len(known) and not conversation.get("current_leaf_message_uuid"):
        return messages
    here = text_of(conversation.get("current_leaf_message_uuid"))
    here = here if here in by_id else text_of(messages[-1].get("uuid")) if messages else ""
    path: dict[str, dict[str, Any]] = {}
    while here in by_id and here not in path:
        path[here] = by_id[here]
        here = text_of(by_id[here].get("parent_message_uuid"))
    others = [each for each in messages if text_of(each.get("uuid")) not in path]
    notes.leave_out("message of another branch", "messages of other branches", len(others))
    return list(reversed(path.values()))


def _text(message: Mapping[str, Any], notes: ChatNotes) -> str:
    """Return the text of a message, then that of its attached files."""
    blocks = objects(message.get("content"))
    said = [_block(block, notes) for block in blocks]
    texts = said if any(text.strip() for text in said) else [text_of(message.get("text"))]
    if blocks and not any(block.get("type") == "text" for block in blocks):
        texts = said  # its text only says that the block cannot be shown
    for each in objects(message.get("attachments")):
        name = text_of(each.get("file_name")) or "unnamed"
        extracted = text_of(each.get("extracted_content"))
        if not extracted:
            notes.miss("attached file")
        texts += [f"[file: {name}]", extracted]
    known = {text_of(each.get("file_name")) for each in objects(message.get("attachments"))}
    for each in objects(message.get("files_v2")) or objects(message.get("files")):
        name = text_of(each.get("file_name")) or "unnamed"
        if name not in known:
            notes.miss("attached file")
            texts.append(f"[file: {name}]")
    return joined(*texts)


def _block(block: Mapping[str, Any], notes: ChatNotes) -> str:
    kind = text_of(block.get("type"))
    if kind == "tool_use":
        given = inner(block, "input")
        written = [text_of(given.get(name)) for name in WRITTEN]
        if any(written):
            title = text_of(given.get("title")) or text_of(given.get("path"))
            return joined(f"[artifact: {title}]" if title else "[artifact]", *written)
    if kind in LEFT_OUT:
        notes.leave_out(*LEFT_OUT[kind])
        return ""
    text = text_of(block.get("text"))
    if kind == "voice_note":
        return joined(text_of(block.get("title")), text)
    if not text and kind in ("image", "document"):
        notes.miss("picture or document", "pictures or documents")
    return text
