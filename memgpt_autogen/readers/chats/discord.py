"""Read Discord as DiscordChatExporter writes it in JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from memgpt_autogen.readers.chats.json_stream import elements_and_values
from memgpt_autogen.readers.chats.turns import (
    ChatFile,
    ChatNotes,
    Turn,
    inner,
    iso_time,
    joined,
    objects,
    text_of,
)

SAID = (
    "Default",
    "Reply",
    "ChatInputCommand",
    "ContextMenuCommand",
    "ThreadStarterMessage",
    "AutoModerationAction",
)
"""The types of messages that somebody said. The other ones are notes of Discord."""

MENTION = re.compile(r"<@!?(\d+)>")


def read_discord(file: ChatFile, notes: ChatNotes) -> Iterator[Turn]:
    """Yield the messages of a channel."""
    about: dict[str, Any] = {}
    speakers: dict[str, str] = {}
    with file.open() as raw:
        for path, value in elements_and_values(raw, file.name):
            if path != "messages.item":
                about[path] = value
                continue
            message = value
            time, id_ = iso_time(message.get("timestamp")), text_of(message.get("id"))
            if time is None:
                notes.leave_out("message without a time", "messages without a time")
                continue
            chat = _chat(about, file)
            speaker = speakers[id_] = _name(inner(message, "author"))
            text = _text(message, notes)
            chat_id = text_of(about.get("channel.id")) or chat
            if message.get("type") not in SAID:
                yield Turn(chat, "", f"{speaker}: {text or message.get('type')}", time, id_, chat_id)
                continue
            if message.get("timestampEdited"):
                notes.leave_out("earlier form of an edited message", "earlier forms of edited messages")
            answered = text_of(inner(message, "reference").get("messageId"))
            to = speakers.get(answered, "an earlier message") if message.get("type") == "Reply" else ""
            reactions = tuple(map(_reaction, objects(message.get("reactions"))))
            if text:
                yield Turn(chat, speaker, text, time, id_, chat_id, reply_to=to, reactions=reactions)


def _chat(about: Mapping[str, Any], file: ChatFile) -> str:
    guild, channel = text_of(about.get("guild.name")), text_of(about.get("channel.name"))
    if not guild or guild == "Direct Messages":
        return channel or file.title
    return f"{guild} #{channel}"


def _name(person: Mapping[str, Any]) -> str:
    return text_of(person.get("nickname")) or text_of(person.get("name")) or "Deleted User"


def _text(message: Mapping[str, Any], notes: ChatNotes) -> str:
    names = {text_of(each.get("id")): _name(each) for each in objects(message.get("mentions"))}
    said = MENTION.sub(
        lambda found: f"@{names[found[1]]}" if found[1] in names else found[0],
        text_of(message.get("content")),
    )
    texts = [said]
    if forwarded := inner(message, "forwardedMessage"):
        texts.append(f"[forwarded] {_text(forwarded, notes)}")
    if command := text_of(inner(message, "interaction").get("name")):
        texts.append(f"[/{command.lstrip('/')} of {_name(inner(inner(message, 'interaction'), 'user'))}]")
    for each in objects(message.get("attachments")):
        notes.miss("attached file")
        texts.append(f"[file: {text_of(each.get('fileName')) or 'unnamed'}]")
    texts += [f"[sticker: {text_of(each.get('name'))}]" for each in objects(message.get("stickers"))]
    texts += map(_embed, objects(message.get("embeds")))
    if poll := inner(message, "poll"):
        answers = [
            text_of(inner(each, "media").get("text")) or text_of(each.get("text"))
            for each in objects(poll.get("answers"))
        ]
        question = text_of(inner(poll, "question").get("text")) or text_of(poll.get("question"))
        texts.append(joined(f"[poll] {question}", *answers))
    return joined(*texts)


def _embed(embed: Mapping[str, Any]) -> str:
    """Return the texts of the preview of a page, or of a message that a bot has composed."""
    fields = [
        f"{text_of(each.get('name'))}: {text_of(each.get('value'))}" for each in objects(embed.get("fields"))
    ]
    author, footer = text_of(inner(embed, "author").get("name")), text_of(inner(embed, "footer").get("text"))
    return joined(author, text_of(embed.get("title")), text_of(embed.get("description")), *fields, footer)


def _reaction(reaction: Mapping[str, Any]) -> str:
    emoji, people = inner(reaction, "emoji"), [_name(each) for each in objects(reaction.get("users"))]
    name = text_of(emoji.get("name")) or text_of(emoji.get("code"))
    return f"{name} {', '.join(people) or reaction.get('count', '')}".strip()
