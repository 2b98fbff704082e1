"""Read Telegram as Telegram Desktop exports it in JSON: one chat, or all chats of an account."""

from __future__ import annotations

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
    unix_time,
)

DELETED = "Deleted Account"
"""What Telegram calls people without an account. The export has no name for them."""

SAVED = "Saved Messages"

ABSENT = "(File not included"
"""How the place of a file begins that is not in the export."""


def read_telegram(file: ChatFile, notes: ChatNotes) -> Iterator[Turn]:
    """Yield the messages, chat after chat."""
    about: dict[str, Any] = {}
    speakers: dict[tuple[str, Any], str] = {}
    for path, value in _values(file):
        if not path.endswith("messages.item"):
            about[path] = value
            continue
        before = path.removesuffix("messages.item")
        chat = text_of(about.get(f"{before}name"))
        kind = text_of(about.get(f"{before}type"))
        chat = chat or (SAVED if kind == "saved_messages" else DELETED)
        chat_id = str(about.get(f"{before}id") or chat)
        time = unix_time(value.get("date_unixtime")) or iso_time(value.get("date"))
        if time is None:
            notes.leave_out("message without a time", "messages without a time")
            continue
        id_ = str(value.get("id"))
        if value.get("type") == "service":
            yield Turn(chat, "", _service(value), time, id_, chat_id)
            continue
        speaker = text_of(value.get("from")) or DELETED
        speakers[chat_id, value.get("id")] = speaker
        text = _text(value, notes)
        if value.get("edited_unixtime") or value.get("edited"):
            notes.leave_out("earlier form of an edited message", "earlier forms of edited messages")
        answered = value.get("reply_to_message_id")
        to = speakers.get((chat_id, answered), "an earlier message") if answered is not None else ""
        reactions = tuple(map(_reaction, objects(value.get("reactions"))))
        if text:
            yield Turn(chat, speaker, text, time, id_, chat_id, reply_to=to, reactions=reactions)


def _values(file: ChatFile) -> Iterator[tuple[str, Any]]:
    with file.open() as raw:
        yield from elements_and_values(raw, file.name)


def _plain(text: Any) -> str:
    """Return a text that is one, or a list of texts and of entities such as links."""
    if not isinstance(text, list):
        return text_of(text)
    return "".join(each if isinstance(each, str) else _entity(each) for each in text)


def _entity(entity: Any) -> str:
    if not isinstance(entity, dict):
        return ""
    text, address = text_of(entity.get("text")), text_of(entity.get("href"))
    return f"{text} ({address})" if address and address != text else text


def _text(message: Mapping[str, Any], notes: ChatNotes) -> str:
    text = _plain(message.get("text")) or "".join(map(_entity, objects(message.get("text_entities"))))
    if "forwarded_from" in message:
        text = f"[forwarded from {text_of(message.get('forwarded_from')) or DELETED}] {text}".rstrip()
    return joined(text, *_media(message, notes), *_more(message))


def _media(message: Mapping[str, Any], notes: ChatNotes) -> Iterator[str]:
    """Yield what stands for a picture or a file, which is not read."""
    if "photo" in message:
        notes.miss("picture")
        yield "[picture]"
    elif "file" in message or "media_type" in message:
        kind = text_of(message.get("media_type")).replace("_", " ") or "file"
        notes.miss(kind)
        path = text_of(message.get("file"))
        own = "" if path.startswith(ABSENT) else path.rpartition("/")[2]
        about = [text_of(message.get(name)) for name in ("sticker_emoji", "performer", "title")]
        about.append(text_of(message.get("file_name")) or own)
        yield f"[{kind}: {', '.join(filter(None, about))}]" if any(about) else f"[{kind}]"


def _more(message: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts of what is more than a text: polls, places, contacts, lists, games and buttons."""
    if poll := inner(message, "poll"):
        answers = (
            f"- {_plain(each.get('text'))} ({each.get('voters', 0)})" for each in objects(poll.get("answers"))
        )
        yield joined(f"[poll] {_plain(poll.get('question'))}", *answers)
    if place := inner(message, "location_information"):
        where = ", ".join(filter(None, (text_of(message.get(name)) for name in ("place_name", "address"))))
        yield f"[place] {where} {place.get('latitude')}, {place.get('longitude')}"
    if contact := inner(message, "contact_information"):
        yield f"[contact] {' '.join(filter(None, map(text_of, contact.values())))}"
    if listed := inner(message, "todo_list"):
        items = (f"- {_plain(each.get('text'))}" for each in objects(listed.get("answers")))
        yield joined(_plain(listed.get("title")), *items)
    if game := text_of(message.get("game_title")):
        yield joined(f"[game] {game}", text_of(message.get("game_description")))
    for row in message.get("inline_bot_buttons") or ():
        yield from (f"[button: {text_of(each.get('text'))}]" for each in objects(row))


def _service(message: Mapping[str, Any]) -> str:
    """Return what Telegram says happened, such as `Ana: invite members: Bo`."""
    action = text_of(message.get("action")).replace("_", " ")
    details = [text_of(message.get("title")), _plain(message.get("text"))]
    members = message.get("members")
    if isinstance(members, list):
        details.append(", ".join(text_of(each) or DELETED for each in members))
    if seconds := message.get("duration_seconds"):
        details.append(f"{seconds} s")
    shown = ": ".join(filter(None, (action, ", ".join(filter(None, details)))))
    return f"{text_of(message.get('actor')) or DELETED}: {shown}"


def _reaction(reaction: Mapping[str, Any]) -> str:
    emoji = text_of(reaction.get("emoji")) or text_of(reaction.get("type")).replace("_", " ")
    people = [text_of(each.get("from")) or DELETED for each in objects(reaction.get("recent"))]
    count = reaction.get("count")
    more = count - len(people) if isinstance(count, (int, float)) else 0
    others = [f"{more:.0f} more"] if people and more > 0 else []
    return f"{emoji} {', '.join([*people, *others]) or count or ''}".strip()
