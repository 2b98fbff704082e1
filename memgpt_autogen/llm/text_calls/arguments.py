"""Repair of broken JSON in a tool call's arguments: small models fence it, double its braces, forget its end.

Valid JSON is never changed. Our own rules come first, from the safest to the most generous. What they cannot
read goes to `json-repair`, which reads almost anything; its result must still be an object.
"""

from __future__ import annotations

import ast
import json
import re
from contextlib import suppress
from typing import Any

import json_repair

from memgpt_autogen.errors import ToolError

LONGEST_REPAIRED = 200_000  # characters for `json-repair`; with more it is slower than asking the model again
# characters times nesting, because `json-repair` reads the rest of the text at every opening
MOST_WORK = 2_000_000
MOST_UNWRAPPED = 20  # strings and lists around an object


def read_arguments(text: str) -> dict[str, Any]:
    """Return the arguments of a tool call. An empty text and `null` are a call without arguments.

    Of a text that was cut off, the part that arrived is returned. Raises `ToolError`, for the model, when the
    text contains no object.
    """
    return _read_object(text, MOST_UNWRAPPED)


def _read_object(text: str, wrappings: int) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        value = _unwrap(json.loads(text), wrappings)
    except (ValueError, RecursionError) as error:
        problem = str(error) or "nested too deeply"
        value = _repair(text)
    else:
        problem = f"they are {_kind_of(value)}"
    if value is None and text.strip() == "null":
        return {}
    if not isinstance(value, dict):
        raise ToolError(
            f"the arguments are not a JSON object ({problem}): {_excerpt(text)}. "
            'Call the function again with an object of its arguments, such as {"name": "value"}.'
        )
    return value


def _unwrap(value: Any, wrappings: int) -> Any:
    """Return the object inside a string of JSON, or inside a list of one."""
    while isinstance(value, list) and len(value) == 1 and wrappings:
        value, wrappings = value[0], wrappings - 1
    if isinstance(value, str) and "{" in value and wrappings:
        return _read_object(value, wrappings - 1)
    return value


def _repair(text: str) -> Any:
    start = text.find("{")
    if start < 0:
        return None
    text = text[start:]
    if text.startswith("{'"):
        with suppress(ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            return json.loads(json.dumps(ast.literal_eval(text.strip())))
    if text.startswith('{\\"'):  # the inside of a string that was not closed
        text = text.replace('\\"', '"')
    text = re.sub(r"^\{\s*(?=\{)", "", text)
    text = ESCAPES.sub(_fix_escape, text)
    for candidate in (text, _merge_strings(text), _escape_inner_quotes(text)):
        with suppress(ValueError, RecursionError):
            return LENIENT.raw_decode(candidate)[0]  # text after the object is dropped
    if len(text) > LONGEST_REPAIRED or len(text) * _nesting(text) > MOST_WORK:
        return None
    try:
        value = json_repair.loads(_merge_strings(text))
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list):
        return next((each for each in value if isinstance(each, dict)), None)
    return value


LENIENT = json.JSONDecoder(strict=False)
"""It accepts line breaks and tabs inside strings."""

ESCAPES = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)


def _fix_escape(match: re.Match[str]) -> str:
    """Drop a backslash before a sign (`\\_`), double it before a letter (`C:\\Users`): JSON knows neither."""
    escaped = match[1]
    if escaped in '"\\/bfnrt' or len(escaped) > 1:
        return match[0]
    return "\\" + match[0] if escaped.isalnum() else escaped


def _nesting(text: str) -> int:
    """Return the deepest nesting of the text, strings ignored."""
    depth = deepest = 0
    for piece in _pieces(text):
        if piece in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif piece in "}]":
            depth = max(0, depth - 1)
    return deepest


PIECES = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[\]{}:]|[^"\[\]{}:]+', re.DOTALL)
WHOLE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
INSIDE = re.compile(r'["\[\]{}:]|[^"\[\]{}:]+')


def _pieces(text: str) -> list[str]:
    """Return the strings, signs and other runs of a text. A quotation mark without an end is a sign.

    After it, all others are escaped, and have no end either.
    """
    pieces = PIECES.findall(text)
    if pieces and pieces[-1].startswith('"') and not WHOLE.fullmatch(pieces[-1]):
        pieces += INSIDE.findall(pieces.pop())
    return pieces


def _merge_strings(text: str) -> str:
    """Join strings that follow each other in place of one value: `"message": "one" "two"`.

    A line break joins strings on different lines or in a list without brackets; a blank joins others. A
    string before a colon is the next key. Strings in a list are not changed.
    """
    pieces = _pieces(text)
    merged: list[str] = []
    inside: list[str] = []
    value_at: int | None = None
    for place, piece in enumerate(pieces):
        if piece in "{[":
            inside.append(piece)
        elif piece in "}]" and inside:
            inside.pop()
        is_string = len(piece) > 1 and piece.startswith('"')
        after_colon = bool(merged) and _last_token(merged) == ":"
        if is_string and inside[-1:] == ["{"]:
            if after_colon:
                value_at = len(merged)
            elif value_at is not None and not _is_key(pieces, place):
                seam = "".join(merged[value_at + 1 :])
                if seam.strip() in ("", ",", "+"):
                    merged[value_at:] = [_join_strings(merged[value_at], seam, piece)]
                    continue
                value_at = None
        elif piece in "{}[]:":
            value_at = None
        merged.append(piece)
    return "".join(merged)


ONE_TEXT = re.compile(
    r'(\{\s*"\w+"\s*:\s*")(.*)("\s*(?:,\s*"\w+"\s*:\s*(?:true|false|\d+)\s*)?\}\s*)', re.DOTALL
)
NEXT_KEY = re.compile(r'"\s*(?:,\s*)?"\w+"\s*:')


def _escape_inner_quotes(text: str) -> str:
    """Escape the quotation marks inside the text of an object with one text, such as a `send_message`."""
    match = ONE_TEXT.fullmatch(text)
    if match is None or NEXT_KEY.search(match[2]):
        return text
    return match[1] + re.sub(r'(\\.)|"', lambda found: found[1] or '\\"', match[2]) + match[3]


def _last_token(pieces: list[str]) -> str:
    return next((piece for piece in reversed(pieces[-2:]) if piece.strip()), "")


def _is_key(pieces: list[str], place: int) -> bool:
    return next((piece for piece in pieces[place + 1 : place + 3] if piece.strip()), "") == ":"


def _join_strings(first: str, seam: str, second: str) -> str:
    between = "" if "+" in seam else r"\n" if "\n" in seam or "," in seam else " "
    if first[-2].isspace() or second[1].isspace():
        between = ""
    return first[:-1] + between + second[1:]


def _kind_of(value: Any) -> str:
    names = {str: "a text", list: "a list", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else f"{line[:80]} ... {line[-30:]}"
