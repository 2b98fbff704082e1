"""Read chats that Telegram Desktop and DiscordChatExporter write as web pages."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.chats.turns import ChatFile, ChatNotes, Turn, joined
from memgpt_autogen.readers.encoding import declared_encoding, decoded
from memgpt_autogen.readers.html_tree import balanced_html

if TYPE_CHECKING:
    from bs4 import Tag

MOST_PAGE = 50_000_000
"""The most bytes of a page. Reading HTML takes twenty times its size in memory."""

TITLE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}) (\d{1,2}):(\d{2}):(\d{2})(?: UTC([+-])(\d{2}):?(\d{2}))?")
"""How Telegram writes a time."""

DISCORD_BEGAN = datetime(2015, 1, 1, tzinfo=timezone.utc)
"""The ids of Discord's messages count milliseconds from here, above 22 other bits."""


def read_telegram_page(file: ChatFile, notes: ChatNotes) -> Iterator[Turn]:
    """Yield the messages of a page of Telegram."""
    page = _page(file)
    header = page.select_one(".page_header .text.bold, .page_header .text")
    chat = _words(header) or file.title
    speaker, speakers = "", dict[str, str]()
    time: datetime | None = None
    for message in page.select("div.message"):
        id_ = str(message.get("id") or "")
        body = message.select_one(":scope > .body")
        is_service = "service" in (message.get("class") or ())
        if body is None:
            continue
        if is_service:
            if not id_.startswith("message-") and (said := _words(body)) and time is not None:
                yield Turn(chat, "", said, time, id_)
            continue
        time = _titled(body.select_one(":scope > .date"))
        if time is None:
            raise DocumentError(f"{file.name} has a message without a time ({id_}). Export the chat as JSON.")
        if (name := body.select_one(":scope > .from_name")) is not None:
            speaker = _words(name)
        speakers[id_] = speaker
        answered = body.select_one(".reply_to a")
        to = ""
        if answered is not None:
            to = speakers.get(str(answered.get("href")).replace("#go_to_", ""), "an earlier message")
        reactions = tuple(map(_reaction, body.select(".reactions > .reaction")))
        text = _telegram_text(body, notes)
        if text:
            yield Turn(chat, speaker, text, time, id_, reply_to=to, reactions=reactions)


def _telegram_text(body: Tag, notes: ChatNotes) -> str:
    texts = []
    forwarded = body.select_one(":scope > .forwarded")
    if forwarded is not None:
        name = forwarded.select_one(".from_name")
        for date in forwarded.select(".date"):
            date.extract()
        texts.append(f"[forwarded from {_words(name)}]")
    for media in body.select(".media_wrap"):
        if media.select_one(".media_poll") is None:
            notes.miss("picture, sound or file", "pictures, sounds or files")
        about = [" ".join(each.split()) for each in media.stripped_strings]
        shown = ", ".join(each for each in about if not each.startswith("Not included"))
        texts.append(f"[{shown or 'picture'}]")
    texts += [_lines(each) for each in body.select(".text")]
    return joined(*texts)


def _reaction(tag: Tag) -> str:
    people = [str(each.get("title")) for each in tag.select("[title]")]
    count = _words(tag.select_one(".count"))
    return f"{_words(tag.select_one('.emoji'))} {', '.join(people) or count}".strip()


def _titled(tag: Tag | None) -> datetime | None:
    found = TITLE.match(str(tag.get("title") or "")) if tag is not None else None
    if not found:
        return None
    day, month, year, hour, minute, second = map(int, found.groups()[:6])
    try:
        time = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the zone follows
    except ValueError:
        return None
    if not found[7]:
        return time
    offset = timedelta(hours=int(found[8]), minutes=int(found[9]))
    return time.replace(tzinfo=timezone(-offset if found[7] == "-" else offset))


def read_discord_page(file: ChatFile, notes: ChatNotes) -> Iterator[Turn]:
    """Yield the messages of a page of DiscordChatExporter. Their ids contain their times."""
    page = _page(file)
    entries = [_words(each) for each in page.select(".preamble__entry")]
    guild, channel = [*entries, "", ""][:2]
    channel = channel.rpartition(" / ")[2]
    chat = (
        file.title if not entries else channel if guild in ("", "Direct Messages") else f"{guild} #{channel}"
    )
    speakers: dict[str, str] = {}
    speaker = ""
    for group in page.select(".chatlog__message-group"):
        for message in group.select("[data-message-id]"):
            id_ = str(message.get("data-message-id"))
            time = DISCORD_BEGAN + timedelta(milliseconds=int(id_) >> 22) if id_.isdigit() else None
            if time is None:
                raise DocumentError(f"{file.name} has a message without an id. Export the chat as JSON.")
            system = message.select_one(".chatlog__system-notification-content")
            if system is not None:
                who = _words(message.select_one(".chatlog__system-notification-author"))
                said = _words(system)
                yield Turn(chat, "", said if said.startswith(who) else f"{who}: {said}", time, id_, chat)
                continue
            name = message.select_one(".chatlog__author, .chatlog__author-name")
            speaker = _words(name) or speaker
            speakers[id_] = speaker
            reply = message.select_one(".chatlog__reply, .chatlog__reference")
            to = (
                _words(reply.select_one(".chatlog__reply-author, .chatlog__reference-author"))
                if reply
                else ""
            )
            if reply is not None:
                reply.extract()
            if message.select_one(".chatlog__edited-timestamp"):
                notes.leave_out("earlier form of an edited message", "earlier forms of edited messages")
            reactions = tuple(map(_discord_reaction, message.select(".chatlog__reaction")))
            if text := _discord_text(message, notes):
                yield Turn(chat, speaker, text, time, id_, chat, reply_to=to, reactions=reactions)


def _discord_text(message: Tag, notes: ChatNotes) -> str:
    for each in message.select(".chatlog__edited-timestamp"):
        each.extract()
    texts = [_lines(each) for each in message.select(".chatlog__content")]
    for each in message.select(".chatlog__attachment"):
        notes.miss("attached file")
        link = each.select_one("[href], [src]")
        address = str((link.get("href") or link.get("src")) if link is not None else "")
        name = _words(each.select_one(".chatlog__attachment-generic-name")) or address.partition("?")[0]
        texts.append(f"[file: {name.rpartition('/')[2]}]")
    texts += [f"[sticker: {each.get('title') or ''}]" for each in message.select(".chatlog__sticker img")]
    texts += [_lines(each) for each in message.select(".chatlog__embed")]
    return joined(*texts)


def _discord_reaction(tag: Tag) -> str:
    image = tag.select_one("[alt]")
    name = tag.get("title") or (image.get("alt") if image is not None else "")
    return f"{name} {_words(tag.select_one('.chatlog__reaction-count'))}".strip()


def _page(file: ChatFile) -> Tag:
    if file.size > MOST_PAGE:
        raise DocumentError(
            f"{file.name} is too large: it has {file.size:,} bytes, and a page may have {MOST_PAGE:,}. "
            "Export the chat as JSON, which may have any size."
        )
    from bs4 import BeautifulSoup

    with file.open() as raw:
        content = raw.read()
    text, _ = decoded(content, declared_encoding(content[:2000]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # texts that look like a URL are fine
        return BeautifulSoup(balanced_html(text.lstrip("\ufeff")), "html.parser")


def _words(tag: Tag | None) -> str:
    return " ".join(tag.get_text(" ").split()) if tag is not None else ""


def _lines(tag: Tag) -> str:
    """Return the text of a tag with its line breaks, and links with their addresses."""
    for each in tag.select("br"):
        each.replace_with("\n")
    for each in tag.select("img[alt]"):
        each.replace_with(str(each.get("alt")))
    for each in tag.select("a[href]"):
        address, label = str(each.get("href")), each.get_text()
        if (
            address.startswith(("http", "mailto"))
            and label.strip()
            and address.rstrip("/")
            not in (
                label.strip(),
                label.strip().rstrip("/"),
                f"http://{label.strip()}",
                f"https://{label.strip()}",
            )
        ):
            each.replace_with(f"{label} ({address})")
    return "\n".join(line.strip(" \t") for line in tag.get_text().split("\n")).strip()
