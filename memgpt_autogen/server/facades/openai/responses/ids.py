"""The id of a response says which part of which run it is, so it holds after a restart of the server."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

_ID = re.compile(r"resp_([0-9a-f]{32})(?:_([0-9]{1,9}))?")

LONGEST = 64
"""The most characters of an id of ours, and of a conversation."""


@dataclass(frozen=True, slots=True)
class ResponseId:
    """A run, and the number of the event after which the part begins."""

    run_id: str
    after: int = 0

    def __str__(self) -> str:
        part = f"_{self.after}" if self.after else ""
        return f"resp_{self.run_id.replace('-', '')}{part}"

    @classmethod
    def parse(cls, text: object) -> ResponseId | None:
        """Return what the id says; None if it is none of ours."""
        found = _ID.fullmatch(text) if isinstance(text, str) else None
        return None if found is None else cls(str(uuid.UUID(found[1])), int(found[2] or 0))


def new_conversation_id() -> str:
    return f"conv_{uuid.uuid4().hex}"
