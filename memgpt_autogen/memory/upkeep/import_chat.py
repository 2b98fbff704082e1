"""Import an export of chats into recall, as what was said: completely or not at all, and each turn once.

The turns are entries of the log with their own times. They are in no prompt, and change no block and no
summary. Each has a mark, from the ids in the export, by which it is known when the export is imported again.
"""

from __future__ import annotations

import hashlib
import pickle
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import IO, Union
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import func, select

from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import ConfigurationError, DocumentError
from memgpt_autogen.memory.storage.log import MARK, STARTS, Entry, Log, hold_log, write_entries
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import entries
from memgpt_autogen.messages import Message
from memgpt_autogen.readers.chats.open import ChatExport
from memgpt_autogen.readers.chats.turns import PERSON, DateOrder, Turn
from memgpt_autogen.readers.reading_process import ReadingProcess
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.text.equal import is_equal
from memgpt_autogen.text.safe import clean_text

Zone = Union[str, tzinfo]

MARK_CHARS = 24

STEP = 1000
"""The progress is reported after so many turns."""

MOST_NAMED = 20
"""The most speakers that a report names."""


@dataclass(frozen=True, slots=True)
class ChatImport:
    """What an import of chats did; print it."""

    system: str
    """The program that wrote the export."""
    chats: int
    """How many chats are in the export."""
    turns: int
    """How many turns were imported."""
    known: int
    """How many turns were imported before."""
    remarks: int
    """How many remarks of the system came with the turns, such as that someone joined."""
    speakers: Mapping[str, int]
    """How many of the new turns are whose."""
    first: datetime | None
    """The time of the oldest new turn."""
    last: datetime | None
    notes: tuple[str, ...] = ()
    """What is missing in the export or was not read, and what is unsure."""
    dry_run: bool = False

    def __str__(self) -> str:
        verb = "would be imported" if self.dry_run else "imported"
        new = f"{counted(self.turns, 'turn')} {verb}" if self.turns else "no new turns"
        lines = [f"{self.system}: {new} of {counted(self.chats, 'chat')}"]
        if self.first is not None and self.last is not None:
            lines.append(f"- from {self.first:%Y-%m-%d %H:%M} to {self.last:%Y-%m-%d %H:%M %Z}")
        if self.speakers:
            shown = sorted(self.speakers.items(), key=lambda each: -each[1])
            named = [f"{name} {count:,}" for name, count in shown[:MOST_NAMED]]
            named += [f"{len(shown) - MOST_NAMED:,} more"] if len(shown) > MOST_NAMED else []
            lines.append(f"- speakers: {', '.join(named)}")
        if self.remarks:
            lines.append(
                f"- {counted(self.remarks, 'remark')} of the system in the log, which no search finds"
            )
        if self.known:
            lines.append(f"- {counted(self.known, 'turn')} imported before")
        return "\n".join([*lines, *(f"- {note}" for note in self.notes)])


def import_chat(
    log: Log,
    own_name: str,
    path: Path,
    *,
    zone: tzinfo,
    speaker_me: str | None = None,
    speaker_agent: str | None = None,
    chat: str | None = None,
    date_order: DateOrder | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    reading: Callable[[], ReadingProcess] = ReadingProcess,
) -> ChatImport:
    """Import the export at a path into an agent's log. `own_name` is the agent's name.

    `MemoryHierarchy.import_chat` explains the other arguments. `reading` makes the process that reads the
    export, with its limits. The whole export is read and checked, with the
    new turns in a temporary file. Only then are they written, so that the transaction is short.
    """
    for argument, name in (("speaker_me", speaker_me), ("speaker_agent", speaker_agent), ("chat", chat)):
        if name is not None and not name.strip():
            raise ConfigurationError(f"{argument}= is blank. Leave it out, or give a name.")
    names = _Names(own_name, speaker_me, speaker_agent)
    with reading() as process, tempfile.TemporaryFile() as spool:
        check = _Check(log, process.open_chat(path, date_order=date_order), names, zone, chat)
        count = 0
        for count, message in enumerate(check.new_turns(), 1):
            pickle.dump(message, spool)
            if progress and count % STEP == 0:
                progress(count, None)
        report = check.report(dry_run=dry_run)
        if count and not dry_run:
            spool.seek(0)
            _write(log, spool, count, progress)
    return report


def zone_of(zone: Zone | None, default: tzinfo) -> tzinfo:
    """Return the time zone that a person names."""
    if zone is None:
        return default
    if isinstance(zone, tzinfo):
        return zone
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise ConfigurationError(
            f"'{zone}' is not an IANA time zone such as Europe/Lisbon. Give another zone=..."
        ) from error


@dataclass(frozen=True, slots=True)
class _Names:
    """Who is the agent, and who is the person whom an export does not name."""

    own: str
    me: str | None
    agent: str | None

    def is_own(self, turn: Turn) -> bool:
        return turn.own if self.agent is None else is_equal(turn.speaker, self.agent)

    def of(self, turn: Turn) -> str:
        return self.me or PERSON if turn.speaker == PERSON else turn.speaker


@dataclass(slots=True)
class _Check:
    """Finds the turns of an export that are not in the log yet, and counts them."""

    log: Log
    export: ChatExport
    names: _Names
    zone: tzinfo
    chat: str | None
    turns: int = 0
    known: int = 0
    remarks: int = 0
    changed: int = 0
    reactions: int = 0
    local: bool = False
    chats: set[str] = field(default_factory=set)
    titles: set[str] = field(default_factory=set)
    heard: Counter[str] = field(default_factory=Counter)
    speakers: Counter[str] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None

    def new_turns(self) -> Iterator[Message]:
        """Yield the entries that are new, a chat's title before its first turn."""
        marks, times_said = self._marks(), Counter[str]()
        for turn in self.export.turns():
            chat_id = self.chat if self.chat and not turn.unique else turn.chat_id or turn.chat
            title = self._mark(chat_id, "", "")
            self.chats.add(chat_id)
            self.titles.add(turn.chat)
            mark = self._mark(chat_id, turn.id, "")
            if not turn.unique:
                mark = self._mark(chat_id, turn.id, f"{turn.speaker}\n{turn.text}")
                times_said[mark] += 1
                mark = self._mark(mark, str(times_said[mark]), "")
            text = clean_text(turn.text)
            self.heard[turn.speaker] += bool(turn.speaker)
            if mark in marks:
                self.known += bool(turn.speaker)
                self.changed += marks[mark] not in (_digest(text), b"")
                continue
            marks[mark] = b""
            time = self._time(turn)
            if title not in marks:
                marks[title] = b""
                named = f"{self.export.system} chat: {self.chat or turn.chat}"
                yield Message("system", named, "imported", time=time, extra={MARK: title, STARTS: True})
            yield self._message(turn, time, mark)

    def _message(self, turn: Turn, time: datetime, mark: str) -> Message:
        extra = {MARK: mark}
        if not turn.speaker:
            self.remarks += 1
            return Message("system", turn.text, "imported", time=time, extra=extra)
        self.turns += 1
        self.reactions += len(turn.reactions)
        self.first = time if self.first is None else min(self.first, time)
        self.last = time if self.last is None else max(self.last, time)
        if self.names.is_own(turn):
            self.speakers[self.names.own] += 1
            return Message("assistant", turn.text, "imported", time=time, extra=extra)
        name = self.names.of(turn)
        self.speakers[name] += 1
        return Message("user", turn.text, "imported", name, time=time, extra=extra)

    def _time(self, turn: Turn) -> datetime:
        if turn.time.tzinfo is not None:
            return turn.time
        self.local = True
        return turn.time.replace(tzinfo=self.zone)

    def _mark(self, chat: str, id_: str, said: str) -> str:
        about = f"{self.export.system}\0{chat}\0{id_}\0{said}"
        return hashlib.sha256(about.encode("utf-8", "surrogatepass")).hexdigest()[:MARK_CHARS]

    def _marks(self) -> dict[str, bytes]:
        """Return the marks of the turns that the log has, with digests of their texts."""
        marks = {}
        for entry in self.log.imported():
            mark = entry.message.extra.get(MARK)
            if isinstance(mark, str):
                marks[mark] = (
                    b"" if STARTS in entry.message.extra else _digest(clean_text(entry.message.text))
                )
        return marks

    def report(self, *, dry_run: bool) -> ChatImport:
        """Return the report. Raises where the agent's speaker is not in the export, or nothing was said."""
        if not self.heard:
            raise DocumentError(f"{self.export.name} has no turn: nobody said anything in it.")
        if self.names.agent is not None and not any(is_equal(self.names.agent, name) for name in self.heard):
            names = [name for name, _ in self.heard.most_common(MOST_NAMED)]
            raise ConfigurationError(
                f"nobody in {self.export.name} is called '{self.names.agent}', which speaker_agent= names. "
                f"The speakers: {', '.join(names)}."
            )
        if self.chat is not None and len(self.chats) > 1:
            raise ConfigurationError(
                f"chat= names one chat, and {self.export.name} has {len(self.chats):,}. Leave it out."
            )
        return ChatImport(
            self.export.system,
            len(self.chats),
            self.turns,
            self.known,
            self.remarks,
            dict(self.speakers),
            self.first and self.first.astimezone(self.zone),
            self.last and self.last.astimezone(self.zone),
            tuple(self._notes()),
            dry_run,
        )

    def _notes(self) -> Iterator[str]:
        if self.local:
            yield f"its times have no zone, and were read in the zone {self.zone}. For another: zone=..."
        if self.changed:
            number = counted(self.changed, "turn has", "turns have")
            yield f"{number} other words in the export than in the log, which keeps its own"
        if self.names.agent is None and any(is_equal(name, self.names.own) for name in self.heard):
            yield (
                f"a speaker has the agent's name, {self.names.own}, and is taken for somebody else. If it is "
                f"the agent: speaker_agent='{self.names.own}'"
            )
        if self.reactions:
            yield f"left out: {counted(self.reactions, 'reaction')}"
        yield from self.export.notes


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8]


def _write(log: Log, spool: IO[bytes], count: int, progress: Progress | None) -> None:
    """Write the new entries, which `spool` contains from here on, in one transaction."""
    _write_from(log, spool, spool.tell(), count, progress)


@repeatable
def _write_from(log: Log, spool: IO[bytes], start: int, count: int, progress: Progress | None) -> None:

    def written(last: int) -> Iterator[Entry]:
        for number in range(1, count + 1):
            yield Entry(last + number, pickle.load(spool))  # noqa: S301 - it was written here
            if progress and (number % STEP == 0 or number == count):
                progress(number, count)

    spool.seek(start)
    with log.database.writing() as connection:
        hold_log(connection, log.agent_id)
        own = entries.c.agent_id == log.agent_id
        last = connection.scalar(select(func.max(entries.c.seq)).where(own)) or 0
        write_entries(connection, log.agent_id, written(last))
