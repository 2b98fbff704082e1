"""The request and the report of `forget`: what to delete, and what was deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Optional

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.passages import utc
from memgpt_autogen.rendering.plain_text import counted

KIND_NAMES = {"spoken": "own message"}
"""What a report calls kinds of entries that are not nouns."""


@dataclass(frozen=True, slots=True)
class ForgetRequest:
    """The request says what to forget: everything that matches all of the conditions.

    `MemoryHierarchy.forget` explains the fields. Raises `ConfigurationError` where there is no condition,
    or where the conditions contradict each other.
    """

    speaker: Optional[str] = None
    source: Optional[str] = None
    start: Optional[datetime] = None
    end: Optional[datetime] = None
    query: Optional[str] = None
    blocks: Optional[bool] = None
    shared: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        for name in ("speaker", "source", "query"):
            given = getattr(self, name)
            if given is not None and not given.strip():
                raise ConfigurationError(f"{name} is blank. Leave it out, or say what to forget.")
        if not any((self.speaker, self.source, self.start, self.end, self.query)):
            raise ConfigurationError(
                "say what to forget: speaker, source, start, end or query. To forget everything, use reset()."
            )
        if self.speaker and self.source:
            raise ConfigurationError(
                "nothing has both a speaker and a source: messages have a speaker, passages have a source. "
                "Forget one after the other."
            )
        object.__setattr__(self, "start", utc("start", self.start))
        object.__setattr__(self, "end", utc("end", self.end))
        if self.start and self.end and self.start > self.end:
            raise ConfigurationError(
                f"start {self.start.isoformat()} is after end {self.end.isoformat()}. Swap them."
            )

    @property
    def cuts_blocks(self) -> bool:
        """Whether the agent's own blocks lose what is forgotten; without `blocks`, only words do that."""
        return self.query is not None if self.blocks is None else self.blocks

    @property
    def has_one_condition(self) -> bool:
        """Whether there is only one condition, which then counts for every text."""
        conditions = (self.speaker, self.source, self.query, self.start or self.end)
        return sum(each is not None for each in conditions) == 1

    def includes(self, time: datetime) -> bool:
        return (self.start is None or self.start <= time) and (self.end is None or time <= self.end)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was deleted, in numbers and without any of the words. `print` it."""

    messages: int = 0
    """Messages that were deleted, the agent's own among them."""
    entries: int = 0
    """Log entries that were deleted: those messages and what belonged to them."""
    speakers: Mapping[str, int] = field(default_factory=dict)
    """How many messages of each speaker were deleted."""
    first: Optional[datetime] = None
    last: Optional[datetime] = None
    """The times of the first and the last entry that was deleted, in the agent's time zone."""
    redacted: Mapping[str, int] = field(default_factory=dict)
    """How many other log entries quoted what was deleted and lost the quotes, by kind."""
    summaries: int = 0
    """Summaries that were rewritten."""
    passages: int = 0
    passages_left: int = 0
    """Passages of a shared archive that match and were left, since other agents read them too."""
    blocks_changed: tuple[str, ...] = ()
    blocks_left: tuple[str, ...] = ()
    """Blocks that still contain some of it."""
    scrubbed: bool = False
    """Whether the storage was cleaned too, so that the words are nowhere in its files."""
    dry_run: bool = False

    def __str__(self) -> str:
        removed = "would remove" if self.dry_run else "removed"
        entries = counted(self.entries, "log entry", "log entries")
        passages = counted(self.passages, "passage")
        lines = [f"{removed} {counted(self.messages, 'message')} ({entries}), {passages}"]
        if self.speakers:
            lines.append(f"by speaker: {', '.join(f'{name} ({n})' for name, n in self.speakers.items())}")
        if self.first and self.last:
            lines.append(f"from {self.first:%Y-%m-%d %H:%M} to {self.last:%Y-%m-%d %H:%M %Z}")
        if self.redacted:
            kinds = (counted(n, KIND_NAMES.get(kind, kind)) for kind, n in self.redacted.items())
            lines.append(f"quotes cut from: {', '.join(kinds)}")
        if self.summaries:
            lines.append(f"summaries rewritten: {self.summaries}")
        if self.blocks_changed:
            lines.append(f"blocks cut: {', '.join(self.blocks_changed)}")
        if self.blocks_left:
            lines.append(
                f"blocks that still contain some of it: {', '.join(self.blocks_left)} (blocks=True cuts the "
                "agent's own blocks, with shared=True shared blocks too; what is left then, edit yourself)"
            )
        if self.passages_left:
            left = counted(self.passages_left, "passage")
            lines.append(f"left in the shared archive: {left} (shared=True removes them)")
        if not self.scrubbed and not self.dry_run:
            lines.append(
                "the database's files may still contain traces: another process has it open, or the database "
                "cleans itself (PostgreSQL: VACUUM FULL). Run it again when no other process uses it."
            )
        return "\n".join(lines)
