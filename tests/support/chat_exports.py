"""Exports of chats in the forms that the programs write, with words of our own."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

WORDS = "kettle harbour violin lantern pepper glacier compass orchard saddle ribbon".split()

PEOPLE = ("Ana", "Bo", "Çelik Ö.")

BEGAN = datetime(2024, 3, 28, 20, 15, 7, tzinfo=timezone.utc)


def said(number: int) -> str:
    """The words of a message: every seventh has two lines."""
    text = f"number {number} about the {WORDS[number % 10]} and the {WORDS[number // 10 % 10]}"
    return f"{text}\nand a second line: {number}" if number % 7 == 3 else text


def at(number: int) -> datetime:
    return BEGAN + timedelta(minutes=41 * number)


def whatsapp(count: int) -> str:
    lines = [
        "28/03/2024, 20:15 - Messages and calls are end-to-end encrypted. Only people here can read them."
    ]
    lines += [
        f"{at(number):%d/%m/%Y, %H:%M} - {PEOPLE[number % 3]}: {said(number)}" for number in range(count)
    ]
    return "\n".join(lines) + "\n"


def slack(folder: Path, count: int) -> Path:
    users = [
        {
            "id": f"U{place}",
            "name": name.lower(),
            "profile": {"display_name": name, "real_name": f"{name} R."},
        }
        for place, name in enumerate(PEOPLE)
    ]
    days: dict[str, list[dict[str, Any]]] = {}
    for number in range(count):
        ts = f"{at(number).timestamp():.6f}"
        message = {"type": "message", "user": f"U{number % 3}", "text": said(number), "ts": ts}
        days.setdefault(f"{at(number):%Y-%m-%d}", []).append(message)
    files: dict[str, Any] = {f"general/{day}.json": each for day, each in days.items()}
    files |= {"users.json": users, "channels.json": [{"id": "C1", "name": "general"}]}
    for name, value in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value), "utf-8")
    return folder


def discord(count: int) -> dict[str, Any]:
    messages = [
        discord_message(number, PEOPLE[number % 3], said(number), f"{at(number).isoformat()}")
        for number in range(count)
    ]
    return {
        "guild": {"id": "1", "name": "Garden", "iconUrl": ""},
        "channel": {
            "id": "2",
            "type": "GuildTextChat",
            "categoryId": "3",
            "category": "Talk",
            "name": "herbs",
        },
        "dateRange": {"after": None, "before": None},
        "exportedAt": "2024-06-01T10:00:00.0000000+00:00",
        "messages": messages,
        "messageCount": len(messages),
    }


def discord_message(number: int, name: str, text: str, time: str, **more: Any) -> dict[str, Any]:
    author = {"id": name, "name": name.lower(), "discriminator": "0000", "nickname": name, "isBot": False}
    return {
        "id": str(number + 1000),
        "type": "Default",
        "timestamp": time,
        "timestampEdited": None,
        "isPinned": False,
        "content": text,
        "author": author,
        "attachments": [],
        "embeds": [],
        "stickers": [],
        "reactions": [],
        "mentions": [],
        **more,
    }


def discord_text(count: int) -> str:
    rule = "=" * 62
    lines = [rule, "Guild: Garden", "Channel: Talk / herbs", rule, ""]
    for number in range(count):
        time = at(number)
        clock = f"{time.month}/{time.day}/{time.year} {time.hour % 12 or 12}:{time:%M %p}"
        lines += [f"[{clock}] {PEOPLE[number % 3]}", said(number), ""]
    return "\n".join([*lines, rule, f"Exported {count} message(s)", rule, ""])


def discord_csv(count: int) -> str:
    lines = ["AuthorID,Author,Date,Content,Attachments,Reactions"]
    lines += [
        f'"{number % 3}","{PEOPLE[number % 3]}","{at(number):%Y-%m-%dT%H:%M:%S}.0000000+00:00",'
        f'"{said(number)}","",""'
        for number in range(count)
    ]
    return "\n".join(lines) + "\n"


def discord_page(count: int) -> str:
    groups = []
    for number in range(count):
        id_ = int((at(number).timestamp() - 1420070400) * 1000) << 22
        text = said(number).replace("\n", "<br>")
        groups.append(
            f"<div class=chatlog__message-group><div id=chatlog__message-container-{id_} "
            f"class=chatlog__message-container data-message-id={id_}><div class=chatlog__message>"
            f'<div class=chatlog__header><span class=chatlog__author title="x#1">{PEOPLE[number % 3]}</span> '
            f"<span class=chatlog__timestamp><a>{at(number):%m/%d/%Y %H:%M}</a></span></div>"
            f'<div class="chatlog__content chatlog__markdown"><span class=chatlog__markdown-preserve>{text}'
            "</span></div></div></div></div>"
        )
    entries = "".join(f"<div class=preamble__entry>{each}</div>" for each in ("Garden", "Talk / herbs"))
    style = "<style>.chatlog__message {}</style>"
    return (
        f"<!DOCTYPE html><html><head><title>Garden</title>{style}</head><body><div class=preamble>{entries}"
        f"</div><div class=chatlog>{''.join(groups)}</div></body></html>"
    )


def telegram(count: int) -> dict[str, Any]:
    return telegram_chat("Picnic", 77, (telegram_message(number) for number in range(count)))


def telegram_chat(name: str | None, id_: int, messages: Iterator[Any] | list[Any]) -> dict[str, Any]:
    return {"name": name, "type": "private_group", "id": id_, "messages": list(messages)}


def telegram_message(number: int, text: Any = None, **more: Any) -> dict[str, Any]:
    time = at(number)
    return {
        "id": number + 1,
        "type": "message",
        "date": f"{time + timedelta(hours=2):%Y-%m-%dT%H:%M:%S}",
        "date_unixtime": str(int(time.timestamp())),
        "from": PEOPLE[number % 3],
        "from_id": f"user{number % 3}",
        "text": said(number) if text is None else text,
        "text_entities": [],
        **more,
    }


def telegram_page(count: int) -> str:
    messages = []
    for number in range(count):
        time = at(number) + timedelta(hours=2)
        text = said(number).replace("\n", "<br>")
        messages.append(
            f'<div class="message default clearfix" id="message{number + 1}"><div class="body">'
            f'<div class="pull_right date details" title="{time:%d.%m.%Y %H:%M:%S} UTC+02:00">'
            f"{time:%H:%M}</div>"
            f'<div class="from_name">{PEOPLE[number % 3]}</div><div class="text">{text}</div></div></div>'
        )
    head = '<div class="page_header"><div class="content"><div class="text bold">Picnic</div></div></div>'
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"/><title>Exported Data</title></head><body>'
        f'<div class="page_wrap">{head}<div class="page_body chat_page"><div class="history">'
        f"{''.join(messages)}</div></div></div></body></html>"
    )


def chatgpt(count: int, each: int = 50) -> list[dict[str, Any]]:
    chats = []
    for first in range(0, count, each):
        numbers = range(first, min(first + each, count))
        messages = [
            (f"m{number}", ("user", "assistant")[number % 2], said(number), at(number)) for number in numbers
        ]
        chats.append(chatgpt_chat(f"Chat {first}", messages))
    return chats


def chatgpt_chat(title: str, messages: list[tuple[str, str, str, datetime]]) -> dict[str, Any]:
    nodes: dict[str, dict[str, Any]] = {
        "root": {"id": "root", "message": None, "parent": None, "children": []}
    }
    last = "root"
    for id_, role, text, time in messages:
        content = {"content_type": "text", "parts": [text]}
        message = chatgpt_message(id_, role, content, time)
        nodes[id_] = {"id": id_, "message": message, "parent": last, "children": []}
        nodes[last]["children"].append(id_)
        last = id_
    time = messages[0][3].timestamp()
    return {
        "title": title,
        "create_time": time,
        "update_time": time,
        "mapping": nodes,
        "moderation_results": [],
        "current_node": last,
        "conversation_id": f"c-{title}",
        "id": f"c-{title}",
    }


def chatgpt_message(
    id_: str, role: str, content: Mapping[str, Any], time: datetime | None = None, **more: Any
) -> dict[str, Any]:
    return {
        "id": id_,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": time.timestamp() if time else None,
        "content": content,
        "status": "finished_successfully",
        "weight": 1.0,
        "metadata": {},
        "recipient": "all",
        **more,
    }


def claude(count: int, each: int = 50) -> list[dict[str, Any]]:
    chats = []
    for first in range(0, count, each):
        messages = [
            claude_message(number, ("human", "assistant")[number % 2], said(number))
            for number in range(first, min(first + each, count))
        ]
        chats.append(claude_chat(f"Chat {first}", messages))
    return chats


def claude_chat(name: str, messages: list[dict[str, Any]]) -> dict[str, Any]:
    time = f"{BEGAN:%Y-%m-%dT%H:%M:%S}.123456Z"
    return {
        "uuid": f"u-{name}",
        "name": name,
        "created_at": time,
        "updated_at": time,
        "account": {"uuid": "a"},
        "chat_messages": messages,
    }


def claude_message(number: int, sender: str, text: str, **more: Any) -> dict[str, Any]:
    time = f"{at(number):%Y-%m-%dT%H:%M:%S}.123456Z"
    block = {"start_timestamp": time, "stop_timestamp": time, "type": "text", "text": text, "citations": []}
    return {
        "uuid": f"m{number}",
        "text": text,
        "content": [block],
        "sender": sender,
        "created_at": time,
        "updated_at": time,
        "attachments": [],
        "files": [],
        **more,
    }


def write_all(folder: Path, count: int) -> dict[str, Path]:
    """Write an export of every form with so many messages, and return the paths by the forms' names."""
    texts = {
        "WhatsApp Chat with Trip.txt": whatsapp(count),
        "discord.json": json.dumps(discord(count), indent=2),
        "discord.txt": discord_text(count),
        "discord.csv": discord_csv(count),
        "discord.html": discord_page(count),
        "telegram/result.json": json.dumps(telegram(count), ensure_ascii=False, indent=1),
        "telegram.html": telegram_page(count),
        "chatgpt/conversations.json": json.dumps(chatgpt(count)),
        "claude/conversations.json": json.dumps(claude(count)),
    }
    paths = {}
    for name, text in texts.items():
        path = paths[name] = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    paths["slack"] = slack(folder / "slack", count)
    return paths


def packed(folder: Path, archive: Path) -> Path:
    """Pack the files of a folder."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                file.write(path, path.relative_to(folder).as_posix())
    return archive
