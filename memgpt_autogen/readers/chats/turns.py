"""What every export of a chat is read as: turns with a speaker and a time, and notes of what is missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import IO, Any, Literal

from memgpt_autogen.readers.sections import Part
from memgpt_autogen.rendering.plain_text import counted

System = Literal["WhatsApp", "Slack", "Discord", "Telegram", "ChatGPT", "Claude"]

DateOrder = Literal["dmy", "mdy", "ymd"]
"""The order of day, month and year in the dates of a chat."""

PERSON = "user"
"""The speaker whom an export does not name: the person who talked with ChatGPT or Claude."""

PART_CHARS = 4000
"""A part ends after so many characters of what was said."""

MOST_REMARKS = 5
"""So many remarks about one export are kept."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said at one time, or a note of the system."""

    chat: str
    """The name of the chat."""
    speaker: str
    """The name as the chat has it; empty for a note that nobody said, such as that someone joined."""
    text: str
    time: datetime
    """Without a zone, it is in the zone of the device that wrote the export."""
    id: str
    """Its id in the chat."""
    chat_id: str = ""
    """The id of the chat; by default its name."""
    unique: bool = True
    """Whether no other turn of the chat has the same id. Where an export has no ids, the time is the id."""
    own: bool = False
    """Whether the assistant said it."""
    reply_to: str = ""
    """The speaker who is answered."""
    reactions: tuple[str, ...] = ()
    """Each with the names of who reacted, or their number."""


class ChatNotes:
    """Counts what an export lacks and what is not read of it, for the report."""

    def __init__(self) -> None:
        self._missing: Counter[tuple[str, str | None]] = Counter()
        self._left_out: Counter[tuple[str, str | None]] = Counter()
        self._remarks: dict[str, None] = {}

    def miss(self, what: str, many: str | None = None, number: int = 1) -> None:
        """Count something that was in the chat and is not in the export, such as a deleted message."""
        if number:
            self._missing[what, many] += number

    def leave_out(self, what: str, many: str | None = None, number: int = 1) -> None:
        """Count something that is in the export and is not read."""
        if number:
            self._left_out[what, many] += number

    def remark(self, text: str) -> None:
        """Note what the person should know."""
        if len(self._remarks) < MOST_REMARKS:
            self._remarks[text] = None

    def lines(self) -> list[str]:
        """Return the notes, as sentences without an end."""
        found = list(self._remarks)
        for start, counts in (("not in the export: ", self._missing), ("left out: ", self._left_out)):
            if counts:
                found.append(start + ", ".join(counted(number, *what) for what, number in counts.items()))
        return found


@dataclass(frozen=True, slots=True)
class ChatFile:
    """A file of an export that a reader reads, any number of times."""

    name: str
    """Its path in the export, or its own name."""
    open: Callable[[], IO[bytes]]
    size: int
    title: str = ""
    """What the chat is called where the file does not say it."""
    beside: Callable[[str], IO[bytes] | None] = lambda _: None
    """Opens another file of the export by its path; None where there is none."""
    date_order: DateOrder | None = None
    """The order that the person has given."""


Reader = Callable[[ChatFile, ChatNotes], Iterator[Turn]]


def chat_parts(turns: Iterable[Turn]) -> Iterator[Part]:
    """Yield what was said as `time speaker: text`, under the chat and the day.

    Times with a zone are in UTC, and the heading says so; others are as the export has them.
    """
    lines: list[str] = []
    heading, chars = "", 0
    for turn in turns:
        zoned = turn.time.tzinfo is not None
        time = turn.time.astimezone(timezone.utc) if zoned else turn.time
        here = f"{turn.chat} > {time:%Y-%m-%d}{' UTC' if zoned else ''}"
        if lines and (here != heading or chars > PART_CHARS):
            yield Part("\n".join(lines), heading=heading)
            lines, chars = [], 0
        heading = here
        lines.append(as_line(replace(turn, time=time)))
        chars += len(lines[-1])
    if lines:
        yield Part("\n".join(lines), heading=heading)


def as_line(turn: Turn) -> str:
    """Return a turn as it is stored among documents. A note of the system is in brackets."""
    time = f"{turn.time:%H:%M}"
    if not turn.speaker:
        return f"{time} [{turn.text}]"
    to = f" (to {turn.reply_to})" if turn.reply_to else ""
    reactions = f" [{'; '.join(turn.reactions)}]" if turn.reactions else ""
    return f"{time} {turn.speaker}{to}: {turn.text}{reactions}"


def iso_time(value: Any) -> datetime | None:
    """Return a time of ISO 8601; None if the value is none."""
    if not isinstance(value, str):
        return None
    # Python 3.10 reads no Z, and only 3 or 6 digits of a second
    text = re.sub(r"\.(\d+)", lambda found: f".{found[1][:6]:0<6}", value.strip())
    try:
        return datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text))
    except ValueError:
        return None


def unix_time(value: Any) -> datetime | None:
    """Return the time of a number of seconds since 1970, which may be written as a text; None for others."""
    try:
        return datetime.fromtimestamp(float(value), timezone.utc)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def text_of(value: Any) -> str:
    """Return a value of JSON if it is a text, else an empty one."""
    return value if isinstance(value, str) else ""


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects in a list of JSON; none for other values."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def inner(value: Any, name: str) -> dict[str, Any]:
    """Return the object of this name in an object of JSON; an empty one where there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def joined(*texts: str) -> str:
    """Return the texts that are not blank, each on a line of its own."""
    return "\n".join(text.strip("\n") for text in texts if text.strip())
