"""What a request to forget means for texts: whose they are, and which words they contain."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from memgpt_autogen.memory.passages import searched_text
from memgpt_autogen.memory.storage.log import MARK, STARTS
from memgpt_autogen.memory.upkeep.forget_report import ForgetRequest
from memgpt_autogen.memory.upkeep.quotes import Phrase, readings, strings
from memgpt_autogen.messages import GROUP, REMOVED, Message
from memgpt_autogen.text.equal import is_alike, is_equal
from memgpt_autogen.text.safe import clean_text

KEPT_KINDS: tuple[str, ...] = ("edit", "change", "removed")
"""Kinds of entries that are never deleted: they are about other entries or blocks."""

ABOUT_SPEAKER: tuple[str, ...] = ("login",)
"""Kinds of entries that are about the speaker whom they name, though nobody said them."""


class Conditions:
    """The conditions of one request, for the memory of the agent of this name."""

    def __init__(self, request: ForgetRequest, name: str) -> None:
        self._request = request
        self._name = name
        self.query = self._phrase(request.query)
        self.speaker = self._phrase(request.speaker)
        self.source = self._phrase(request.source)
        self.phrases = [phrase for phrase in (self.query, self.speaker, self.source) if phrase]

    def hold(self, message: Message) -> bool:
        """Return whether a message of the log matches all conditions."""
        request = self._request
        if message.kind in KEPT_KINDS or request.source or not request.includes(message.time):
            return False
        if self.speaker and not self.is_by_speaker(message):
            return False
        return self.query is None or any(map(self.query.is_in, texts_of(message)))

    def is_by_speaker(self, message: Message) -> bool:
        return self._speaks(message) and self._is_named(self._request.speaker, self._speaker_of(message))

    def is_by_alike(self, message: Message) -> bool:
        """Return whether the message is by someone whose name is only alike."""
        wanted, name = self._request.speaker, self._speaker_of(message)
        return bool(wanted and self._speaks(message)) and _is_only_alike(wanted or "", name)

    @property
    def wants_name(self) -> bool:
        """Whether a speaker or a source is asked for."""
        return bool(self._request.speaker or self._request.source)

    def is_wanted_name(self, name: str) -> bool:
        return self._is_named(self._request.speaker or self._request.source, name)

    def speaker_in(self, message: Message) -> str:
        """Return who said a message, or whom it is about; nothing if it is no one's."""
        return self._speaker_of(message) if self._speaks(message) else ""

    def may_hold_passage(self, record: Mapping[str, Any]) -> bool:
        """Return whether a passage matches all conditions but the words."""
        request = self._request
        if request.speaker or not request.includes(datetime.fromisoformat(record["created_at"])):
            return False
        return not request.source or self._is_named(request.source, record["source"] or "")

    def hold_passage(self, record: Mapping[str, Any]) -> bool:
        """Return whether a passage matches all conditions, in its own text, names and heading."""
        if not self.may_hold_passage(record):
            return False
        return self.query is None or any(map(self.query.is_in, texts_of_passage(record)))

    def hold_alike(self, record: Mapping[str, Any]) -> bool:
        """Return whether a passage has what is asked for only in a form that is alike."""
        wanted = self._request.source
        if wanted:
            return _is_only_alike(wanted, record["source"] or "")
        return any(map(self.are_only_alike_in, texts_of_passage(record)))

    def are_only_alike_in(self, text: str) -> bool:
        """Return whether the text contains the words, or the speaker's name, only in a form that is alike."""
        return any(phrase.is_only_alike_in(text) for phrase in (self.query, self.speaker) if phrase)

    def is_gone_source(self, name: str) -> bool:
        """Return whether the name of a source is forgotten with its passages."""
        request = self._request
        if not request.has_one_condition:
            return False
        if request.source:
            return self._is_named(request.source, name)
        return self.query is not None and self.query.is_in(name)

    def without_words(self, path: str) -> str:
        """Return a path without the folders and files whose names contain the words."""
        if self.query is None or not self._request.has_one_condition or not self._is_in_path(path):
            return path
        is_in = self._is_in_path
        parts = [REMOVED if is_in(part) else part for part in re.split(r"([/\\?&#=])", path)]
        short = "".join(parts)
        return REMOVED if is_in(short) else short

    def _is_in_path(self, path: str) -> bool:
        # in a path of Windows, a backslash is no escape
        return self.query is not None and any(map(self.query.is_in, (path, html.unescape(unquote(path)))))

    def _phrase(self, words: str | None) -> Phrase | None:
        return Phrase(clean_text(words), alike=self._request.alike) if words else None

    def _is_named(self, wanted: str | None, name: str) -> bool:
        same = is_alike if self._request.alike else is_equal
        return wanted is not None and same(clean_text(wanted), name)

    def _speaker_of(self, message: Message) -> str:
        return self._name if message.role == "assistant" else message.name or ""

    @staticmethod
    def _speaks(message: Message) -> bool:
        return message.spoken is not None or message.kind in ABOUT_SPEAKER


def texts_of(message: Message) -> Iterator[str]:
    """Yield every text of a message, with escapes read."""
    arguments = (call.arguments for call in message.tool_calls)
    extra = {name: value for name, value in message.extra.items() if name not in (MARK, STARTS, GROUP)}
    for text in (message.text, message.name or "", *strings(extra), *arguments):
        yield from readings(text)


def texts_of_passage(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the text of a passage with its heading, its source and its tags, with escapes read."""
    for text in (searched_text(record), record["source"] or "", *record["tags"]):
        yield from readings(text)


def _is_only_alike(wanted: str, name: str) -> bool:
    return is_alike(clean_text(wanted), name) and not is_equal(clean_text(wanted), name)
