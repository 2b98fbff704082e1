"""Remove from texts that are kept what they quote of texts that are deleted."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from memgpt_autogen.images import Image, images_in
from memgpt_autogen.memory.storage.images import ImageFolder
from memgpt_autogen.memory.storage.log import MARK, STARTS
from memgpt_autogen.memory.upkeep.conditions import Conditions
from memgpt_autogen.memory.upkeep.forget_report import ForgetRequest
from memgpt_autogen.memory.upkeep.quotes import (
    LEAST_FOREIGN_WORDS,
    Quotes,
    cut_sentences,
    in_lines,
    readings,
    sentence_spans,
    strings,
    texts_in,
)
from memgpt_autogen.messages import GROUP, REMOVED, Message, ToolCall
from memgpt_autogen.text.equal import Span

KNOWN_EXTRA = ("what", MARK, STARTS, GROUP)
"""Keys of `extra` that are no free text."""

DEEP = 60
"""How deeply arguments may be nested. Deeper ones are cleared as a whole."""

DOCUMENT_TOOLS = ("archival_memory_search", "list_sources", "open_source", "search_source")
"""The tools whose calls and results name sources."""


class Redaction:
    """What is kept loses the quotes of what is deleted. The quotes may be added at any time."""

    def __init__(
        self,
        request: ForgetRequest,
        conditions: Conditions,
        log_quotes: Quotes,
        archive_quotes: Quotes,
        *,
        source_goes: bool,
        images: ImageFolder | None = None,
    ) -> None:
        """With `source_goes`, the name of a source that is forgotten is removed too.

        Texts in the pictures of messages, which are in `images`, are searched too.
        """
        self._images = images
        self._in_images: dict[str, bool] = {}
        self._request = request
        self._conditions = conditions
        self._query, self._speaker = conditions.query, conditions.speaker
        self._log_quotes = log_quotes
        self._archive_quotes = archive_quotes
        self._source_goes = source_goes and request.has_one_condition
        self.tools: set[str] = {"send_message"}
        """The tools that there are: those that have returned something."""
        self._salt = uuid.uuid4().hex
        self.cleared_calls: set[str] = set()
        """Calls whose results are cleared: their arguments are cleared too."""

    def spans(self, text: str, time: datetime | None = None, *, least: int = 1) -> list[Span]:
        """Return where a text that is kept contains what is deleted; `time` is the time of its log entry."""
        found = [*self._log_quotes.spans(text, least=least), *self._archive_quotes.spans(text, least=least)]
        request = self._request
        in_time = request.includes(time) if time else not (request.start or request.end)
        # the words count everywhere only where no other condition says whose words they must be
        if self._query and in_time and not (request.speaker or request.source):
            found += self._query.spans(text)
        return found

    def block_spans(self, text: str) -> list[Span]:
        spans, request = self.spans(text), self._request
        if self._speaker and request.cuts_blocks:
            if request.has_one_condition:
                spans += self._speaker.spans(text)
            elif self._query and not (request.start or request.end):  # the words, in a line about the speaker
                spans += in_lines(text, self._query.spans(text), self._speaker.is_in)
        return spans

    def cut_description(self, text: str) -> str:
        """Return the description of a block without the words, where the request includes the block."""
        return cut_sentences(text, self.block_spans(text), mark="") if self._request.cuts_blocks else text

    def redact(self, message: Message, kept_block: str | None) -> Message:
        """Return a message without its quotes. `kept_block` is the new text of the block of an edit."""
        if message.kind == "edit":
            return self._redact_edit(message, kept_block)
        if message.kind == "result":
            # a quote may be cut in the middle of a word there, so the whole text is removed
            text = REMOVED if self.is_in_result(message) else message.text
            return replace(
                message,
                text=text,
                name=self._tool_name(message.name or "") if message.name else message.name,
                tool_call_id=self._call_id(message.tool_call_id or "", message.time) or message.tool_call_id,
                extra=self._redact_extra(message, 1),
            )
        return self._redact_message(message)

    def _redact_message(self, message: Message) -> Message:
        least = LEAST_FOREIGN_WORDS if message.is_heard else 1
        spans = self.spans(message.text, message.time, least=least)
        if message.kind == "alert":
            spans += self._source_spans(message.text)
        text = self._without_escaped(cut_sentences(message.text, spans), message.time, least)
        calls = tuple(self._redact_call(call, message.time) for call in message.tool_calls)
        return replace(message, text=text, tool_calls=calls, extra=self._redact_extra(message, least))

    def _without_escaped(self, text: str, time: datetime, least: int = 1) -> str:
        """Return the text without the sentences that have a quote written with escapes."""

        def is_quote(written: str) -> bool:
            return any(read != written and self.spans(read, time, least=least) for read in readings(written))

        if not is_quote(text):
            return text
        left = cut_sentences(text, [(a, b) for a, b in sentence_spans(text) if is_quote(text[a:b])])
        return REMOVED if is_quote(left) else left

    def is_in_result(self, result: Message) -> bool:
        texts = list(readings(result.text))
        if result.name in DOCUMENT_TOOLS and any(map(self._source_spans, texts)):
            return True
        return any(self.spans(text, result.time) for text in texts)

    def _source_spans(self, text: str) -> list[Span]:
        """Return where a text about documents names the source that is forgotten."""
        source = self._conditions.source
        return list(source.spans(text)) if source and self._source_goes else []

    def _redact_call(self, call: ToolCall, time: datetime) -> ToolCall:
        redacted = self._redact_arguments(call, time)
        return replace(redacted, id=self._call_id(call.id, time), name=self._tool_name(call.name))

    def _call_id(self, id_: str, time: datetime) -> str:
        """Return the id of a call, or another one if the model has written a quote into it."""
        if not self.spans(id_, time):
            return id_
        return f"call_{hashlib.sha256((self._salt + id_).encode()).hexdigest()[:16]}"

    def _tool_name(self, name: str) -> str:
        """Return the name of a tool, without the words if no tool has it and the model has invented it."""
        if self._query is None or name in self.tools or not self._request.has_one_condition:
            return name
        return "removed" if self._query.is_in(name) else name

    def _redact_arguments(self, call: ToolCall, time: datetime) -> ToolCall:
        arguments = call.parsed()
        if arguments is None or _is_deep(arguments):
            quoted = call.id in self.cleared_calls or any(
                self.spans(text, time) for text in readings(call.arguments)
            )
            return replace(call, arguments="{}") if quoted else call
        if call.id in self.cleared_calls and arguments:
            redacted = self._cleared(arguments, time)
        else:
            redacted = self._redact_value(arguments, time)
            if call.name in DOCUMENT_TOOLS:
                redacted = {
                    name: REMOVED if isinstance(each, str) and self._source_spans(each) else each
                    for name, each in redacted.items()
                }
            if redacted == arguments:
                return call
        return replace(call, arguments=json.dumps(redacted, ensure_ascii=False))

    def _cleared(self, value: Any, time: datetime) -> Any:
        """Return arguments without their texts, also in lists and objects."""
        if isinstance(value, str):
            return REMOVED
        if isinstance(value, list):
            return [self._cleared(each, time) for each in value]
        if isinstance(value, dict):
            return {self._redact_value(k, time): self._cleared(each, time) for k, each in value.items()}
        return value

    def _redact_extra(self, message: Message, least: int) -> Mapping[str, Any]:
        redacted = {}
        for name, value in message.extra.items():
            if name in ("chat", "to", "by"):
                redacted[name] = self._redact_chat(value)
            elif name == "content":  # its words are the message's text
                quoted = any(self.spans(text, message.time, least=least) for text in strings(value))
                if not (quoted or any(self._is_in_image(image, message.time) for image in images_in(value))):
                    redacted[name] = value
            elif name in KNOWN_EXTRA:
                redacted[name] = value
            elif isinstance(value, dict | list) and _is_deep(value):
                quoted = any(self.spans(text, message.time) for text in strings(value))
                redacted[name] = REMOVED if quoted else value
            else:
                redacted[name] = self._redact_value(value, message.time)
        return redacted

    def _is_in_image(self, image: Image, time: datetime) -> bool:
        """Return whether a picture of the home has a quote in a text, as drawings and notes in photos do."""
        if self._images is None or not image.sha256:
            return False
        if image.file not in self._in_images:
            found = self._images.with_bytes(image)
            texts = texts_in(found.body) if found and found.body else ()
            self._in_images[image.file] = any(self.spans(text, time) for text in texts)
        return self._in_images[image.file]

    def _redact_chat(self, names: Any) -> Any:
        """Remove the forgotten name from the names of a chat: one name, or a manager and members."""
        phrases = [phrase for phrase in (self._speaker, self._query) if phrase]

        def is_forgotten(name: Any) -> bool:
            forgotten = isinstance(name, str) and any(phrase.is_in(name) for phrase in phrases)
            return forgotten and self._request.has_one_condition

        if isinstance(names, list):
            manager = [REMOVED if is_forgotten(name) else name for name in names[:1]]
            return [*manager, *(name for name in names[1:] if not is_forgotten(name))]
        return REMOVED if is_forgotten(names) else names

    def _redact_value(self, value: Any, time: datetime) -> Any:
        if isinstance(value, str):
            return self._without_escaped(cut_sentences(value, self.spans(value, time)), time)
        if isinstance(value, dict):
            return {self._redact_value(k, time): self._redact_value(each, time) for k, each in value.items()}
        if isinstance(value, list):
            return [self._redact_value(each, time) for each in value]
        return value

    def _redact_edit(self, message: Message, kept: str | None) -> Message:
        """Return an edit of core memory without what its block, with the text `kept`, has lost."""
        extra = dict(message.extra)
        for name in ("before", "after"):
            text = extra.get(name)
            if isinstance(text, str):
                extra[name] = cut_sentences(text, self.block_spans(text), mark="", keep=kept)
        for name, value in message.extra.items():
            if name == "by":
                extra[name] = self._redact_chat(value)
            elif name == "description":
                extra[name] = self.cut_description(value)
            elif name not in ("before", "after"):
                extra[name] = self._redact_value(value, message.time)
        return replace(message, extra=extra)


def _is_deep(value: Any) -> bool:
    """Return whether a value is nested more deeply than it is worth to look at each of its texts."""
    level, depth = [value], 0
    while level and depth <= DEEP:
        level = [
            each
            for outer in level
            for each in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(each, dict | list)
        ]
        depth += 1
    return bool(level)
