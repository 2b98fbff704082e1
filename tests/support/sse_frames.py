"""Server-sent events as a browser reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Frame:
    """One event of a stream, as a browser reads it."""

    id: str
    event: str
    data: dict[str, Any]


def frames(lines: Iterator[str]) -> Iterator[Frame]:
    fields: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value
        elif not line and "event" in fields:
            yield Frame(fields.get("id", ""), fields["event"], json.loads(fields["data"]))
            fields = {}
