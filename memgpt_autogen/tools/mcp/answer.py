"""A server's answer as a model reads it: its texts and its structured part, without packed bytes."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json

from memgpt_autogen.text.safe import cut_at_word
from memgpt_autogen.tools.result_room import result_room

# the fewest characters of packed bytes that are named by kind and size: beside the name of a type, in a value
# of an object, and within a text
LEAST_BESIDE_TYPE = 64
LEAST_VALUE = 200
LEAST_IN_TEXT = 1000

# beside packed bytes, these say what they are
TYPE_KEYS = ("mimeType", "mime_type", "media_type", "mediaType", "contentType", "content_type")

# how files begin
BEGINNINGS = (
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
)

MOST_NESTED = 100  # levels of an answer that are looked through

# the standard's two alphabets
_PACKED = re.compile(r"(?:[A-Za-z0-9+/]+|[A-Za-z0-9_-]+)={0,2}")
_RUN = re.compile(rf"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{{{LEAST_IN_TEXT},}}={{0,2}}")
_ADDRESS = re.compile(r"data:([\w.+/-]{0,80})(?:;[\w.+=-]{1,40}){0,3};base64,[A-Za-z0-9+/_%=-]*")

LEAST_LINE = 40  # packed bytes may be cut into lines of equal length


def answer_text(result: Any) -> str:
    """Return a server's answer as text that fits into the room for a result.

    What is packed in base64 is named with its kind and size, wherever it stands. The structured part is JSON.
    It is left out if a text has the same content. If the two do not fit, each has its part of the room.
    """
    said = "\n".join(part for block in result.content if (part := _block_text(block)))
    structured = result.structured_content
    if structured is None or _is_said(structured, result.content):
        return said
    values = to_json(readable(structured), fallback=str).decode()
    return "\n".join(filter(None, _fitted(said, values, result_room())))


def readable(value: Any, kind: str = "", depth: int = 0) -> Any:
    """Return JSON values with the kind and size of what is packed in base64. `kind` is known from outside."""
    if depth > MOST_NESTED:
        return value
    if isinstance(value, Mapping):
        if value.get("type") == "Buffer" and isinstance(value.get("data"), list):  # Node's form of bytes
            return _named(kind, len(value["data"]))
        kind = next((str(value[key]) for key in TYPE_KEYS if isinstance(value.get(key), str)), kind)
        return {key: readable(each, kind, depth + 1) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [readable(each, kind, depth + 1) for each in value]
    return _readable_text(value, kind) if isinstance(value, str) else value


def _readable_text(text: str, kind: str) -> str:
    """Return a text of a structured answer."""
    has_kind = bool(kind) and not kind.startswith("text/") and "json" not in kind
    if len(text) >= (LEAST_BESIDE_TYPE if has_kind else LEAST_VALUE):
        lines = text.split()
        even = {len(line) for line in lines[:-1]}
        if (len(lines) == 1 or (len(even) == 1 and even.pop() >= LEAST_LINE)) and (
            named := _named_packed("".join(lines), kind if has_kind else "")
        ):
            return named
    return _without_packed(text)


def _without_packed(text: str) -> str:
    """Return a text with the kind and size of the bytes in it that are packed in base64."""
    if len(text) < LEAST_BESIDE_TYPE:
        return text
    if "base64," in text:
        text = _ADDRESS.sub(lambda found: _named(found[1], _size(found[0].partition(",")[2])), text)
    if len(text) < LEAST_IN_TEXT:
        return text
    if text.lstrip()[:1] in ("{", "["):
        try:
            values = json.loads(text)
            shown = readable(values)
        except (ValueError, RecursionError):
            pass
        else:
            return text if shown == values else to_json(shown).decode()
    return _RUN.sub(lambda found: _named_packed(found[0], "") or found[0], text)


def _named_packed(packed: str, kind: str) -> str:
    """Return the kind and size of bytes packed in base64; empty for a text that only looks like it."""
    if not _PACKED.fullmatch(packed):
        return ""
    try:
        start = base64.b64decode(packed[:64].translate(_STANDARD), validate=True)
    except (binascii.Error, ValueError):
        return ""
    found = next((each for begins, each in BEGINNINGS if start.startswith(begins)), "")
    if start[:4] == b"RIFF":
        found = {b"WAVE": "audio/wav", b"WEBP": "image/webp"}.get(start[8:12], "")
    if not (kind or found or _is_mixed(packed)):
        return ""
    return _named(kind or found, _size(packed))


_STANDARD = {ord("-"): "+", ord("_"): "/"}


def _is_mixed(packed: str) -> bool:
    """Return whether capitals, small letters and digits are as mixed as in packed bytes, and in no path."""
    counts = [sum(map(test, packed)) for test in (str.isupper, str.islower, str.isdigit)]
    return all(count > share * len(packed) for count, share in zip(counts, (0.15, 0.15, 0.04), strict=True))


def _is_said(structured: Any, blocks: Any) -> bool:
    """Return whether the blocks have the content of the structured part, as most servers repeat it."""
    meant = [structured]
    if isinstance(structured, Mapping) and len(structured) == 1:  # the SDKs wrap what is no object
        meant += structured.values()
    texts = [str(block.text) for block in blocks if block.type == "text"]
    parsed = [_parsed(text) for text in texts]
    dumped = [block.model_dump(mode="json", by_alias=True, exclude_none=True) for block in blocks]
    said = [*texts, *(text.strip() for text in texts), *parsed, "\n".join(texts), texts, parsed, dumped]
    return any(_equal(one, other) for one in meant for other in said)


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
    except RecursionError:
        return False


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _fitted(said: str, values: str, room: int) -> tuple[str, str]:
    """Return the two parts of an answer, cut where they have more characters than there is room."""
    if len(said) + len(values) < room:
        return said, values
    for_values = max(room // 2, room - len(said) - 1)
    for_said = max(room // 2 - 1, room - len(values) - 1)
    return _cut(said, for_said, "text"), _cut(values, for_values, "structured answer")


def _cut(text: str, chars: int, what: str) -> str:
    if len(text) <= chars:
        return text
    notice = f" [the {what} has {len(text):,} characters]"
    return f"{cut_at_word(text, max(1, chars - len(notice)))}{notice}"


def _block_text(block: Any) -> str:
    if block.type == "text":
        return _without_packed(str(block.text))
    if block.type in ("image", "audio"):
        return f"[{block.type}: {block.mime_type}, {_told(_size(block.data))}]"
    if block.type == "resource_link":
        about = [block.name, _without_packed(str(block.uri)), block.mime_type, block.description]
        size = "" if block.size is None else _told(int(block.size))
        return f"[resource: {', '.join(str(part) for part in (*about, size) if part)}]"
    if block.type == "resource":
        resource = block.resource
        if (text := getattr(resource, "text", None)) is not None:
            return _without_packed(str(text))
        kind = resource.mime_type or "unknown type"
        return f"[resource: {_without_packed(str(resource.uri))}, {kind}, {_told(_size(resource.blob))}]"
    return f"[{block.type}]"


def _named(kind: str, size: int) -> str:
    return f"[{kind or 'binary'}, {_told(size)}]"


def _size(packed: str) -> int:
    """Return how many bytes are packed in base64."""
    return len(packed.rstrip("=")) * 3 // 4


def _told(size: int) -> str:
    return f"{size:,} bytes" if size < 1000 else f"{round(size / 1000):,} kB"
