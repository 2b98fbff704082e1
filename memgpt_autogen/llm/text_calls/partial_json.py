"""Parse JSON that is still arriving: text and arguments that have no end yet."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from pydantic_core import from_json

from memgpt_autogen.text.safe import clean_text


def parse_partial(text: str) -> Any:
    """Return the part of a JSON value that has arrived; None when there is none yet, or no JSON.

    A string without an end is read up to its last character, but never up to the middle of an escape.
    """
    text = clean_text(text)  # pydantic raises a TypeError for half a surrogate pair
    if "\\" in text[-12:]:
        text = HALF_ESCAPE.sub(r"\1", text)
    with suppress(ValueError):
        return from_json(text, allow_partial="trailing-strings")
    with suppress(ValueError):  # some models write line breaks in strings without escapes
        return from_json(STRING.sub(_escape_controls, text), allow_partial="trailing-strings")
    return None


# an escape that has just begun, or the first half of a surrogate pair: pydantic before 2.12 cannot read it
HALF_ESCAPE = re.compile(
    r"(?<!\\)((?:\\\\)*)(?:\\u[dD][89abAB][0-9a-fA-F]{2})?(?:\\(?:u[0-9a-fA-F]{0,3})?)?\Z"
)
STRING = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z|(?=\\\Z))', re.DOTALL)
ESCAPES = {code: f"\\u{code:04x}" for code in range(32)}


def _escape_controls(string: re.Match[str]) -> str:
    return string[0].translate(ESCAPES)
