"""Clean a text so that it can be stored, sent and shown anywhere, and shorten it."""

from __future__ import annotations

import json
import re


def clean_text(text: str) -> str:
    """Return the text with U+FFFD for NUL and lone surrogates, which databases or UTF-8 cannot store.

    A pair of surrogates becomes the character that it stands for.
    """
    text = text.replace("\0", "\ufffd")
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def join_surrogates(text: str) -> str:
    """Return the text with a character for each pair of surrogates. Lone surrogates stay."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def to_json_line(value: object, *, allow_nan: bool = True) -> str:
    """Return the value as JSON on one line, for any encoding and any terminal.

    Characters that end a line, control a terminal or change the writing direction are escaped, and so are
    lone surrogates. Reading the JSON gives exactly `value`.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=allow_nan)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def indent_lines(text: str) -> str:
    """Return a text for a place between other lines: whatever follows a line break in it is indented.

    Every sign that some reader takes for a line break is one, and signs that control a terminal or change the
    writing direction are escaped.
    """
    if text.isprintable():
        return text
    lines = "\n  ".join(text.splitlines()) + ("\n  " if text.endswith(LINE_ENDS) else "")
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", lines)


def quote_name(name: str, chars: int) -> str:
    """Return a name for a list in the prompt: a plain name as it is, any other as JSON.

    So a name from outside cannot be read as anything but a name. It is cut to `chars` characters first.
    """
    name = name if len(name) <= chars else f"{name[: chars - 1]}…"
    if _PLAIN_NAME.fullmatch(name):
        return name
    return to_json_line(name).replace("<", "\\u003c").replace(">", "\\u003e")


def clip(text: str, chars: int, whole: str = "recall has the whole") -> str:
    """Return the text, or its start and end with a notice between them if it is longer than `chars`.

    The result has at most `chars` characters if these have room for the notice, which takes about 80.
    """
    if len(text) <= chars:
        return text
    room = max(0, chars - len(_cut_notice(len(text), whole)))
    head = room * 7 // 10
    return text[:head] + _cut_notice(len(text) - room, whole) + text[len(text) - (room - head) :]


def cut_at_word(text: str, chars: int) -> str:
    """Return the text, or its start and `…` if it is longer than `chars`. No word is cut if possible."""
    if len(text) <= chars:
        return text
    start = text[:chars].rpartition(" ")[0] if " " in text[chars // 2 : chars] else text[: chars - 1]
    return f"{start.rstrip()}…"


_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LINE_ENDS = ("\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")
_PLAIN_NAME = re.compile(r"\w(?:[\w .@/+'#&-]*[\w+#])?")


def _cut_notice(cut: int, whole: str) -> str:
    return f" [... {cut:,} characters cut here; {whole} ...] "
