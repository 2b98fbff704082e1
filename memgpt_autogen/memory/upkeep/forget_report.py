"""What is to be forgotten, and what was: the request and the report of a forgetting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Optional

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.passages import utc


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be forgotten: all conditions that are given must hold.

    Raises `ConfigurationError` where there is none, or where they contradict each other.
    """

    speaker: Optional[str] = None
    source: Optional[str] = None
    start: Optional[datetime] = None
    end: Optional[datetime] = None
    query: Optional[str] = None

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
                "nothing has both a speaker and a source: what was said has a speaker, passages have a source. "
                "Forget one after the other."
            )
        object.__setattr__(self, "start", utc("start", self.start))
        object.__setattr__(self, "end", utc("end", self.end))
        if self.start and self.end and self.start > self.end:
            raise ConfigurationError(
                f"start {self.start.isoformat()} is after end {self.end.isoformat()}. Swap them."
            )

    @property
    def alone(self) -> bool:
        """Whether there is one condition, so that it holds wherever a text is."""
        return (
            sum(each is not None for each in (self.speaker, self.source, self.query, self.start or self.end))
            == 1
        )

    def includes(self, time: datetime) -> bool:
        return (self.start is None or self.start <= time) and (self.end is None or time <= self.end)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed, in numbers: it holds none of the words. `print` it."""

    messages: int = 0
    """Utterances, the agent's own among them, that are gone."""
    entries: int = 0
    """Log entries that are gone, those utterances and what belonged to them."""
    speakers: Mapping[str, int] = field(default_factory=dict)
    """Who lost how many utterances."""
    first: Optional[datetime] = None
    last: Optional[datetime] = None
    """The times of the first and the last entry that is gone."""
    redacted: Mapping[str, int] = field(default_factory=dict)
    """Other log entries that quoted what is gone and lost the quotes, by kind."""
    summaries: int = 0
    """Summaries that were rewritten."""
    passages: int = 0
    passages_left: int = 0
    """Passages of a shared archive that fit and were left, since they are others' memory too."""
    blocks_changed: tuple[str, ...] = ()
    blocks_left: tuple[str, ...] = ()
    """Blocks that still hold some of it."""
    scrubbed: bool = False
    """Whether the storage was cleaned too, so that the words are in no byte of its files."""
    dry_run: bool = False

    def __str__(self) -> str:
        would = "would remove" if self.dry_run else "removed"
        lines = [f"{would} {self.messages} messages ({self.entries} log entries), {self.passages} passages"]
        if self.speakers:
            lines.append(
                "said by: " + ", ".join(f"{name} ({count})" for name, count in self.speakers.items())
            )
        if self.first and self.last:
            lines.append(f"from {self.first:%Y-%m-%d %H:%M} to {self.last:%Y-%m-%d %H:%M} UTC")
        if self.redacted:
            told = ", ".join(f"{count} {kind}" for kind, count in self.redacted.items())
            lines.append(f"quotes cut from: {told}")
        if self.summaries:
            lines.append(f"summaries rewritten: {self.summaries}")
        if self.blocks_changed:
            lines.append(f"blocks cut: {', '.join(self.blocks_changed)}")
        if self.blocks_left:
            lines.append(
                f"blocks that still hold some of it: {', '.join(self.blocks_left)} (blocks=True cuts the agent's own, "
                "with shared=True those of others too)"
            )
        if self.passages_left:
            lines.append(
                f"left in the shared archive: {self.passages_left} passages (shared=True removes them)"
            )
        if not self.scrubbed and not self.dry_run:
            lines.append(
                "the database's files may still hold traces: another process has it open, or it cleans itself "
                "(PostgreSQL: VACUUM FULL). Run it again when no other process is there."
            )
        return "\n".join(lines)
