"""Read Slack: a file of messages for each channel and day, with the names of people in users.json."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import PurePosixPath
from typing import IO, Any, Optional

from memgpt_autogen.readers.chats.json_stream import whole
from memgpt_autogen.readers.chats.turns import (
    ChatFile,
    ChatNotes,
    Turn,
    inner,
    joined,
    objects,
    text_of,
    unix_time,
)

CHANNELS = ("channels.json", "groups.json", "mpims.json", "dms.json")

SAID = ("bot_message", "me_message", "thread_broadcast", "file_share", "file_comment", "slackbot_response")
"""The subtypes of messages that somebody said. The other ones are notes of Slack."""

LINK = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")

Beside = Callable[[str], Optional[IO[bytes]]]
"""Opens another file of the export."""


def read_slack(file: ChatFile, notes: ChatNotes) -> Iterator[Turn]:
    """Yield the messages of a channel and day, in the order of time."""
    names = _names(file.beside, str(PurePosixPath(file.name).parent.parent))
    folder = PurePosixPath(file.name).parent.name or file.title
    chat = names.chat(folder)
    with file.open() as raw:
        found = objects(whole(raw, file.size, file.name))
    messages = [inner(each, "message") or each for each in found if each.get("subtype") != "message_deleted"]
    notes.miss("deleted message", number=len(found) - len(messages))
    speakers = {text_of(each.get("ts")): names.speaker(each) for each in messages}
    for each in sorted(messages, key=lambda message: _number(message.get("ts"))):
        time = unix_time(each.get("ts"))
        if time is None:
            notes.leave_out("message without a time", "messages without a time")
            continue
        ts, subtype = text_of(each.get("ts")), text_of(each.get("subtype"))
        text = _text(each, names, notes)
        if subtype == "tombstone":
            notes.miss("deleted message")
        if subtype and subtype not in SAID:
            if text:
                yield Turn(chat, "", text, time, ts, folder)
            continue
        if each.get("edited"):
            notes.leave_out("earlier form of an edited message", "earlier forms of edited messages")
        if not text:
            continue
        thread = text_of(each.get("thread_ts"))
        to = ""
        if thread and thread != ts:
            to = names.person(text_of(each.get("parent_user_id"))) or speakers.get(thread, "") or "a thread"
        reactions = tuple(
            f":{text_of(one.get('name'))}: {', '.join(map(names.person_or_id, _texts(one.get('users'))))}"
            for one in objects(each.get("reactions"))
        )
        speaker = names.speaker(each)
        yield Turn(chat, speaker, text, time, ts, folder, reply_to=to, reactions=reactions)


def plain_text(text: str, names: _Names) -> str:
    """Return Slack's marked text as people see it: names for ids, and links with their labels."""

    def shown(found: re.Match[str]) -> str:
        target, label = found[1], found[2]
        if target.startswith("@"):
            return f"@{names.person(target[1:]) or label or target[1:]}"
        if target.startswith("#"):
            return f"#{label or names.channel(target[1:]) or target[1:]}"
        if target.startswith("!"):
            word = target[1:].partition("^")[0]
            return label or f"@{word}"
        address = target.removeprefix("mailto:").removeprefix("tel:")
        return f"{label} ({address})" if label and label not in (address, target) else address

    return html.unescape(LINK.sub(shown, text))


class _Names:
    """Who is who in an export: people and channels by their ids."""

    def __init__(self, beside: Beside, root: str) -> None:
        self._people = _people(beside, root)
        self._channels = _channels(beside, root)

    def person(self, person: str) -> str:
        """Return the name of an id; empty if it is not known."""
        return self._people.get(person, "")

    def person_or_id(self, person: str) -> str:
        return self.person(person) or person

    def channel(self, channel: str) -> str:
        return self._channels.get(channel, ("", ()))[0]

    def chat(self, folder: str) -> str:
        """Return the name of a channel, or those of the people in a direct message."""
        for channel, (name, members) in self._channels.items():
            if folder in (channel, name):
                people = ", ".join(map(self.person_or_id, members))
                return people if members and (folder == channel or folder.startswith("mpdm-")) else f"#{name}"
        return f"#{folder}"

    def speaker(self, message: Mapping[str, Any]) -> str:
        """Return who said a message."""
        person = text_of(message.get("user"))
        profile = inner(message, "user_profile")
        named = (
            self.person(person),
            text_of(profile.get("display_name")),
            text_of(profile.get("real_name")),
            text_of(message.get("username")),
            text_of(inner(message, "bot_profile").get("name")),
            self.person(text_of(message.get("bot_id"))),
            "Slackbot" if person == "USLACKBOT" else person,
            text_of(message.get("bot_id")),
        )
        return next(filter(None, named), "somebody")


@lru_cache(maxsize=4)  # the same for each day of each channel
def _names(beside: Beside, root: str) -> _Names:
    return _Names(beside, root)


def _people(beside: Beside, root: str) -> dict[str, str]:
    people = {}
    for each in _listed(beside, root, "users.json"):
        profile = inner(each, "profile")
        shown = profile.get("display_name"), profile.get("real_name"), each.get("real_name"), each.get("name")
        name = next(filter(None, map(text_of, shown)), "")
        people[text_of(each.get("id"))] = name
        if bot := text_of(profile.get("bot_id")):
            people[bot] = name
    return people


def _channels(beside: Beside, root: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    found = {}
    for source in CHANNELS:
        for each in _listed(beside, root, source):
            members = tuple(_texts(each.get("members"))) if source in ("mpims.json", "dms.json") else ()
            name = text_of(each.get("name")) or text_of(each.get("id"))
            found[text_of(each.get("id"))] = name, members
    return found


def _listed(beside: Beside, root: str, name: str) -> list[dict[str, Any]]:
    """Return the objects of a file beside the folders of the channels; none if it is not there or broken."""
    raw = beside(str(PurePosixPath(root) / name))
    if raw is None:
        return []
    with raw:
        try:
            return objects(json.loads(raw.read()))
        except (ValueError, RecursionError):
            return []


def _text(message: Mapping[str, Any], names: _Names, notes: ChatNotes) -> str:
    """Return what a message shows: its text, or that of its blocks, then what is attached."""
    text = plain_text(text_of(message.get("text")), names)
    if not text.strip():
        text = joined(*(plain_text(each, names) for each in _block_texts(message.get("blocks"))))
    attached = []
    for each in objects(message.get("attachments")):
        fields = [
            f"{text_of(field.get('title'))}: {text_of(field.get('value'))}"
            for field in objects(each.get("fields"))
        ]
        parts = [text_of(each.get(name)) for name in ("pretext", "author_name", "title", "text")]
        parts += [*fields, *_block_texts(each.get("blocks")), text_of(each.get("footer"))]
        shown = joined(*(plain_text(part, names) for part in parts))
        attached.append(shown or plain_text(text_of(each.get("fallback")), names))
    return joined(text, *(each for each in attached if each not in text), *_files(message, notes))


def _files(message: Mapping[str, Any], notes: ChatNotes) -> Iterator[str]:
    files = objects(message.get("files")) or [inner(message, "file")]
    for each in filter(None, files):
        if each.get("mode") in ("tombstone", "hidden_by_limit"):
            notes.miss("deleted file")
            continue
        notes.miss("file")
        title, name = text_of(each.get("title")), text_of(each.get("name"))
        label = f"{title}, {name}" if title and name and title != name else title or name or "unnamed"
        yield joined(f"[file: {label}]", text_of(each.get("preview")))


def _block_texts(value: Any) -> Iterator[str]:
    """Yield the texts of blocks, which messages of bots may have instead of a text."""
    if isinstance(value, list):
        for each in value:
            yield from _block_texts(each)
    elif isinstance(value, dict):
        kind, text = value.get("type"), value.get("text")
        if kind in ("rich_text_section", "rich_text_quote", "rich_text_preformatted"):
            yield "".join(map(_element, objects(value.get("elements"))))
            return
        if isinstance(text, str):
            yield text
        for name in ("title", "text", "fields", "elements", "blocks", "accessory"):
            if not isinstance(value.get(name), str):
                yield from _block_texts(value.get(name))


def _element(value: Mapping[str, Any]) -> str:
    kind = value.get("type")
    if kind == "user":
        return f"<@{value.get('user_id')}>"
    if kind == "channel":
        return f"<#{value.get('channel_id')}>"
    if kind == "link":
        label = text_of(value.get("text"))
        return f"<{value.get('url')}|{label}>" if label else f"<{value.get('url')}>"
    if kind == "emoji":
        return f":{value.get('name')}:"
    if kind == "broadcast":
        return f"@{value.get('range')}"
    return html.escape(text_of(value.get("text")), quote=False)


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0
