"""The events of a run, as a stream brings them: from bytes to events, each of them once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Optional

from memgpt_autogen.client.errors import UnreadableAnswerError
from memgpt_autogen.events import RunEvent
from memgpt_autogen.events_json import KINDS, event_from_json

# what one event may have, in bytes; the server's own are far smaller
_MOST = 64 * 1024 * 1024


@dataclass(frozen=True)
class StreamedEvent:
    """One event of a run."""

    kind: str
    """`heard`, `thought`, `tool_called`, `tool_returned`, `reply_part`, `replied`, `turn_ended`, …"""
    data: Mapping[str, Any]
    """Its fields, with `run_id`, and with `seq` and `time` where it is stored."""
    number: Optional[int] = None
    """From it on the stream can be read again; None for a part of a reply, which is not stored."""

    @property
    def text(self) -> str:
        """The words of a thought, a reply or a part of one; empty for others."""
        text = self.data.get("text", "")
        return text if isinstance(text, str) else ""

    @property
    def ends_turn(self) -> bool:
        return self.kind in ("turn_ended", "error")

    @property
    def ends_run(self) -> bool:
        """Whether nothing follows. A suspended turn goes on with the results of others."""
        return self.ends_turn and self.data.get("stop_reason") != "suspended"

    @cached_property
    def event(self) -> Optional[RunEvent]:
        """The same as a value of `memgpt_autogen.events`; None for a kind that this version does not know."""
        return event_from_json(self.kind, self.data) if self.kind in KINDS else None


@dataclass(frozen=True, slots=True)
class Frame:
    """One block of a stream of server-sent events."""

    id: str
    event: str
    data: str


class FrameReader:
    """Reads server-sent events from bytes, as they come. Comments are left out."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._fields: dict[str, str] = {}

    def read(self, chunk: bytes) -> list[Frame]:
        """Return the frames that are complete with these bytes."""
        self._size += len(chunk)
        self._parts.append(chunk)
        if b"\n" not in chunk:
            self._check()
            return []
        *lines, rest = b"".join(self._parts).split(b"\n")
        self._parts, found = [rest], []
        for line in lines:
            frame = self._line(line.rstrip(b"\r").decode("utf-8", "replace"))
            if frame is not None:
                found.append(frame)
        if found:
            self._size = len(rest)
        self._check()
        return found

    def _line(self, line: str) -> Frame | None:
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data" and "data" in self._fields:
                value = f"{self._fields['data']}\n{value}"
            if name:
                self._fields[name] = value
            return None
        fields, self._fields = self._fields, {}
        if "data" not in fields:
            return None
        return Frame(fields.get("id", ""), fields.get("event", "message"), fields["data"])

    def _check(self) -> None:
        if self._size > _MOST:
            raise UnreadableAnswerError(f"the server sent an event of more than {_MOST:,} bytes.")


class RunReader:
    """What was read of a run, over all its streams: so nothing is told twice.

    A reply that is still written comes in parts. A stream that is read again begins with all parts so far,
    and where the server ended in between, the model writes the reply again. Only what was not told yet is
    told. If it is another text now, one part has `anew`: it replaces the parts before it.
    """

    def __init__(self, after: int = 0, run_id: str | None = None) -> None:
        self.run_id = run_id
        self.after = after
        self.is_over = False
        self._told = ""
        """The parts of the reply that were told."""
        self._whole = ""
        """The parts that came since the last stream was opened, or since they began anew."""
        self._is_reopened = False

    def opened(self) -> None:
        """Note that a new stream begins: what it tells first may have been told."""
        self._is_reopened = True

    def frame(self, frame: Frame) -> StreamedEvent | None:
        """Return what is new in a frame."""
        run_id, _, number = frame.id.rpartition(":")
        try:
            data = json.loads(frame.data)
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict) or (frame.id and not number.isdecimal()):
            raise UnreadableAnswerError("the server sent an event that this client cannot read.")
        self.run_id = run_id or self.run_id or data.get("run_id")
        return self.take(StreamedEvent(frame.event, data, int(number[:9]) if frame.id else None))

    def take(self, event: StreamedEvent) -> StreamedEvent | None:
        """Return an event if it, or some of it, was not told yet."""
        if event.kind == "reply_part":
            return self._part(event)
        if event.number is not None:
            if event.number <= self.after:
                return None
            self.after = event.number
        if event.kind == "replied" or event.ends_turn:
            self._told = self._whole = ""
        self.is_over = event.ends_run
        return event

    def _part(self, event: StreamedEvent) -> StreamedEvent | None:
        if not event.data.get("anew"):
            self._whole += event.text
        elif self._is_reopened:
            self._whole, self._is_reopened = event.text, False
        else:  # the model, not the stream, has begun again
            self._told = self._whole = event.text
            return event
        if self._told.startswith(self._whole):  # it is written again, and not as far yet
            return None
        anew = not self._whole.startswith(self._told)
        text = self._whole if anew else self._whole[len(self._told) :]
        self._told = self._whole
        return StreamedEvent("reply_part", {**event.data, "text": text, "anew": anew})


class ReplyText:
    """The words of replies piece by piece, as they can be printed: their sum is all replies, one a line."""

    def __init__(self) -> None:
        self._shown = ""
        self._replies = 0

    def pieces(self, event: StreamedEvent) -> str:
        """Return what an event adds."""
        if event.kind == "reply_part":
            if event.data.get("anew") and self._shown:  # what was printed cannot be taken back
                self._shown, start = event.text, "\n"
            else:
                start = "" if self._shown else self._start()
                self._shown += event.text
            return start + event.text
        if event.kind != "replied":
            return ""
        shown, self._shown = self._shown, ""
        self._replies += 1
        if shown and event.text.startswith(shown):
            return event.text[len(shown) :]
        return ("\n" if shown else self._start(done=1)) + event.text

    def _start(self, done: int = 0) -> str:
        return "\n" if self._replies > done else ""
