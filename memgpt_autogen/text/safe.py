"""Text that can be stored and shown: joined, cleaned, listed and cut to length."""

from __future__ import annotations

import json
import re


def join_surrogates(text: str) -> str:
    """The text with its surrogate pairs joined; lone surrogates stay."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def clean_text(text: str) -> str:
    """The text with its surrogate pairs joined, and U+FFFD for what UTF-8 or a database has no place for: lone surrogates, NUL."""
    text = text.replace("\0", "\ufffd")
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def to_json_line(value: object, *, allow_nan: bool = True) -> str:
    """JSON text on one line that any encoding and any terminal can take, and that reads back as exactly `value`.

    What would end a line, steer a terminal or turn the writing direction is escaped, and so are lone surrogates.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=allow_nan)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def quote_name(name: str, chars: int) -> str:
    """A name from outside as it stands in a list of the prompt: as it is, or as JSON where it could be read as more than a name.

    A longer one takes no more than `chars` characters, before that.
    """
    name = name if len(name) <= chars else f"{name[: chars - 1]}…"
    if _PLAIN_NAME.fullmatch(name):
        return name
    return to_json_line(name).replace("<", "\\u003c").replace(">", "\\u003e")


_PLAIN_NAME = re.compile(r"\w(?:[\w .@/+'#&-]*[\w+#])?")


def clip(text: str, chars: int, whole: str = "recall has the whole") -> str:
    """The start and the end of a text that is longer than `chars`, with a notice between them of how much is missing.

    The result is at most `chars` long where `chars` leaves room for the notice, about 80 characters.
    """
    if len(text) <= chars:
        return text
    widest = len(_cut_notice(len(text), whole))
    room = max(0, chars - widest)
    head = room * 7 // 10
    return text[:head] + _cut_notice(len(text) - room, whole) + text[len(text) - (room - head) :]


def _cut_notice(cut: int, whole: str) -> str:
    return f" [... {cut:,} characters cut here; {whole} ...] "
