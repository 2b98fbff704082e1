"""Requests that a server takes: no larger than it allows, and in smaller parts if it refuses one.

A server takes 32 MB, a proxy in front of it often 1 MB.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from qdrant_client import models
from qdrant_client.http.exceptions import UnexpectedResponse

BATCH = 256
"""The most points in a request."""

MOST_BYTES = 24 * 2**20
"""The most bytes in a request, by our estimate. A server takes 32 MB."""

# the digits of a number in JSON, with its comma
NUMBER = 22

T = TypeVar("T")
P = TypeVar("P", models.PointStruct, models.PointVectors)


def size_of(point: models.PointStruct | models.PointVectors) -> int:
    """Estimate the bytes of a point in a request; rather too many."""
    payload = getattr(point, "payload", None)
    size = 200 + (len(json.dumps(payload, ensure_ascii=False).encode()) if payload else 0)
    vectors = point.vector if isinstance(point.vector, dict) else {}
    for vector in vectors.values():
        if isinstance(vector, models.SparseVector):
            size += NUMBER * 2 * len(vector.indices)
        elif isinstance(vector, list):
            size += NUMBER * len(vector)
    return size


def in_parts(items: Sequence[P], most_bytes: int) -> Iterator[list[P]]:
    """Yield the points in order, in parts of at most `BATCH` and of at most `most_bytes`."""
    part: list[P] = []
    total = 0
    for item in items:
        bytes_ = size_of(item)
        if part and (len(part) == BATCH or total + bytes_ > most_bytes):
            yield part
            part, total = [], 0
        part.append(item)
        total += bytes_
    if part:
        yield part


def send_halved(items: Sequence[T], send: Callable[[Sequence[T]], object]) -> list[T]:
    """Send the items. Halve a request that is too large, and return the items that are too large alone."""
    try:
        send(items)
    except UnexpectedResponse as error:
        if not is_too_large(error):
            raise
        if len(items) == 1:
            return list(items)
        middle = len(items) // 2
        return [*send_halved(items[:middle], send), *send_halved(items[middle:], send)]
    return []


def is_too_large(error: UnexpectedResponse) -> bool:
    """Return whether a server or a proxy refused the bytes of a write, or strict mode its many points."""
    said = b"larger than allowed" in error.content or b"Limit exceeded" in error.content
    return error.status_code == 413 or (error.status_code == 400 and said)


def most_at_once(error: UnexpectedResponse) -> int | None:
    """Return how many points a server in strict mode gives at once, if it has refused more."""
    found = _LIMIT.search(error.content.decode(errors="replace")[:2000]) if error.status_code == 400 else None
    return int(found[1]) if found and int(found[1]) > 0 else None


# what strict mode says, with the quotes of JSON
_LIMIT = re.compile(r'Limit exceeded [0-9]{1,20} > ([0-9]{1,9}) for .{0,2}"limit')


def words_of(error: Exception) -> str:
    """Return what a server said, without the raw body: its own words, or the first line of a text."""
    if not isinstance(error, UnexpectedResponse):
        return str(error)
    text = error.content.decode(errors="replace")[:2000]
    try:
        status = json.loads(text)["status"]
        told = status["error"] if isinstance(status, dict) else str(status)
    except (ValueError, KeyError, TypeError):
        title = _TITLE.search(text)
        told = title[1] if title else "" if "<" in text else (text.strip().splitlines() or [""])[0]
    return f"{error.status_code} {error.reason_phrase}{': ' if told else ''}{told[:500]}"


_TITLE = re.compile(r"<title>([^<]{1,200})</title>")
