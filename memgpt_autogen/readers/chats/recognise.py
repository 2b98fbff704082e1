"""Recognise an export of a chat by the start of a file."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Literal

from memgpt_autogen.readers.chats.turns import System
from memgpt_autogen.readers.chats.whatsapp import begins_message

Format = Literal["json", "text", "csv", "page"]


@dataclass(frozen=True, slots=True)
class ChatForm:
    """The system that an export is from, and the format that it is written in."""

    system: System
    format: Format


# what a message, or the start of a chat, has in JSON. A key may stand anywhere in an object
_JSON: tuple[tuple[System, re.Pattern[str]], ...] = (
    (
        "ChatGPT",
        re.compile(
            r'\s*(?:\[\s*)?\{.*"mapping"\s*:\s*\{\s*"[^"]{1,80}"\s*:\s*\{\s*"(?:id|message|parent|children)"',
            re.DOTALL,
        ),
    ),
    ("Claude", re.compile(r'\s*(?:\[\s*)?\{(?=.*"uuid"\s*:).*"chat_messages"\s*:\s*\[', re.DOTALL)),
    (
        "Slack",
        re.compile(r'\s*\[\s*\{(?=.*"type"\s*:\s*"message")(?=.*"ts"\s*:\s*"\d{9,11}\.\d{1,6}")', re.DOTALL),
    ),
    ("Discord", re.compile(r'\s*\{(?=.*"guild"\s*:\s*\{)(?=.*"channel"\s*:\s*\{)', re.DOTALL)),
    (
        "Telegram",
        re.compile(
            r'\s*\{(?=.*"type"\s*:\s*"(?:personal_chat|bot_chat|saved_messages|(?:private|public)_\w+)")'
            r'(?=.*"messages"\s*:\s*\[)',
            re.DOTALL,
        ),
    ),
    # a whole account begins with other lists, before the first chat
    (
        "Telegram",
        re.compile(
            r'\s*\{\s*"about"\s*:\s*"Here is the data you requested.*"personal_information"', re.DOTALL
        ),
    ),
    ("Telegram", re.compile(r'\s*\{(?=.*"chats"\s*:\s*\{\s*"about")(?=.*"list"\s*:\s*\[)', re.DOTALL)),
)

_PAGES: tuple[tuple[System, re.Pattern[str]], ...] = (
    ("Telegram", re.compile(r'class="page_wrap".*class="(?:page_body|history|message)', re.DOTALL)),
    ("Telegram", re.compile(r"<title>Exported Data</title>")),
    ("Discord", re.compile(r"\.?chatlog__message|DiscordChatExporter")),
)

_DISCORD_TEXT = re.compile(r"\s*={40,}\s*Guild: [^\n]*\n\s*Channel: ")

_DISCORD_TABLE = re.compile(r'\s*"?AuthorID"?,"?Author"?,"?Date"?,"?Content"?,')


def chat_form(start: bytes) -> ChatForm | None:
    """Return what export a file is that begins like this; None for other files."""
    text = _decoded(start)
    first = text.lstrip()[:1]
    if first in ("[", "{"):
        for system, begins in _JSON:
            if begins.match(text):
                return ChatForm(system, "json")
    if first == "<":
        for system, has in _PAGES:
            if has.search(text):
                return ChatForm(system, "page")
        return None
    if _DISCORD_TEXT.match(text):
        return ChatForm("Discord", "text")
    if _DISCORD_TABLE.match(text):
        return ChatForm("Discord", "csv")
    line = next((each for each in text.splitlines() if each.strip()), "")
    return ChatForm("WhatsApp", "text") if begins_message(line) else None


def _decoded(start: bytes) -> str:
    wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return start.decode("utf-16" if wide else "utf-8", "ignore").lstrip("\ufeff")
