"""The request and the report of `forget`: what to delete, and what was deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Optional

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.passages import utc
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.text.equal import fold

KIND_NAMES: Mapping[str, tuple[str, ...]] = {
    "log entry": ("log entry", "log entries"),
    "spoken": ("own message",),
    "imported": ("imported message",),
    "agent's name": ("agent's name", "agents' names"),
    "archive's name": ("archive's name", "archives' names"),
    "block's label": ("block's label", "blocks' labels"),
    "user's name": ("user's name", "users' names"),
    "key's name": ("key's name", "keys' names"),
    "template's name": ("template's name", "templates' names"),
    "file of yours": ("file of yours", "files of yours"),
    "template of yours": ("template of yours", "templates of yours"),
    "summary": ("summary", "summaries"),
}
"""What a report calls kinds that are no nouns, or whose plural does not only add an "s"."""


MOST_NAMED = 20
"""The most names that a report lists."""

UNUSED = "(its own, which it does not use now)"
"""What a report calls the agent's own archive if it uses a shared one. No archive has such a name."""


@dataclass(frozen=True, slots=True)
class LostText:
    """A text that would be deleted, or that would lose some of its words."""

    what: Literal["message", "entry", "passage", "block"]
    name: Optional[str]
    """Who said it, the source of a passage, or the label of a block."""
    time: Optional[datetime]
    before: str
    after: Optional[str]
    """What is left of it; None if it is deleted."""


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
    alike: bool = False
    texts: int = 0
    """How many of the texts the report of a dry run has."""

    def __post_init__(self) -> None:
        for name in ("speaker", "source", "query"):
            given = getattr(self, name)
            if given is not None and not fold(given).strip():
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
    """What was deleted, in numbers and without any of the words. `print` it.

    Only a dry run that is asked for `texts` has words.
    """

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
    runs: int = 0
    """Runs and jobs of a server that lost inputs, events or results."""
    searches: int = 0
    """Saved searches that were deleted."""
    passages: int = 0
    passages_left: int = 0
    """Passages of a shared archive that match and were left, since other agents read them too."""
    acts_changed: int = 0
    """Entries of the audit that lost the words."""
    blocks_changed: tuple[str, ...] = ()
    blocks_left: tuple[str, ...] = ()
    """Blocks that still contain some of it."""
    forms: int = 0
    """In how many forms the words, or the name of the speaker or source, were written there."""
    alike_left: Mapping[str, int] = field(default_factory=dict)
    """How much is left that has them only in a form that is alike, such as Jose for José, by kind."""
    archives_left: Mapping[str, int] = field(default_factory=dict)
    """The passages that match in attached archives, by archive. They are not the agent's own."""
    paths_changed: int = 0
    """Documents that stay and whose path lost the words."""
    paths_left: int = 0
    """Documents whose path still contains the words."""
    damaged: tuple[str, ...] = ()
    """The damaged folders that repairs of a shared archive have kept. They may contain it too."""
    damaged_removed: tuple[str, ...] = ()
    """The damaged folders that repairs have kept, and that were deleted, since nobody can search them."""
    ownerless: tuple[str, ...] = ()
    """Folders of archives that no agent has, such as of a fork that was killed. They may contain it too."""
    names_left: Mapping[str, int] = field(default_factory=dict)
    """How many names that contain it stay, by kind: of the agent, of archives, of blocks, of keys.

    Files and templates of yours are counted too.
    """
    heard_by: Mapping[str, int] = field(default_factory=dict)
    """Other agents of the home that have some of it, and in how many entries, blocks and summaries."""
    forks: tuple[str, ...] = ()
    """Those of them that are forks of this agent."""
    known_names: Optional[tuple[str, ...]] = None
    """The speakers, or the sources, that there are; None if one of them has the name that was asked for."""
    by_source: bool = False
    """Whether a source was asked for."""
    texts: tuple[LostText, ...] = ()
    """For a dry run: the first texts that would be deleted or lose words."""
    scrubbed: bool = False
    """Whether the storage was cleaned too, so that the words are nowhere in its files."""
    dry_run: bool = False

    def __str__(self) -> str:
        return "\n".join([*self._removed(), *self._copies(), *self._left()])

    def _copies(self) -> Iterator[str]:
        if self.runs:
            yield f"cut from {counted(self.runs, 'run or job', 'runs and jobs')} of the server"
        if self.searches:
            removed = "would remove" if self.dry_run else "removed"
            yield f"{removed} {counted(self.searches, 'saved search', 'saved searches')}"

    def _removed(self) -> Iterator[str]:
        removed = "would remove" if self.dry_run else "removed"
        entries = counted(self.entries, "log entry", "log entries")
        passages = counted(self.passages, "passage")
        yield f"{removed} {counted(self.messages, 'message')} ({entries}), {passages}"
        if self.known_names is not None:
            yield self._nobody(self.known_names)
        if self.forms > 1:
            yield f"what was asked for was written in {self.forms} forms"
        if self.speakers:
            yield f"by speaker: {', '.join(f'{name} ({n})' for name, n in self.speakers.items())}"
        if self.first and self.last:
            yield f"from {self.first:%Y-%m-%d %H:%M} to {self.last:%Y-%m-%d %H:%M %Z}"
        if self.redacted:
            yield f"quotes cut from: {_listed(self.redacted)}"
        if self.summaries:
            yield f"summaries rewritten: {self.summaries}"
        if self.blocks_changed:
            yield f"blocks cut: {', '.join(self.blocks_changed)}"
        yield from self._removed_beside(removed)

    def _removed_beside(self, removed: str) -> Iterator[str]:
        if self.damaged_removed:
            yield (
                f"{removed} what repairs have kept, since nobody can search it: "
                f"{', '.join(self.damaged_removed)}"
            )
        if self.paths_changed:
            yield f"cut from the paths of {counted(self.paths_changed, 'document')}"
        if self.acts_changed:
            yield f"cut from {counted(self.acts_changed, 'entry', 'entries')} of the audit"

    def _nobody(self, names: tuple[str, ...]) -> str:
        shown = [*names[:MOST_NAMED], *([f"{len(names) - MOST_NAMED:,} more"] if names[MOST_NAMED:] else [])]
        listed = ", ".join(shown) or "none"
        if self.by_source:
            return f"no source has this name. The sources: {listed}"
        return f"nobody of this name has spoken. The speakers: {listed}"

    def _left(self) -> Iterator[str]:
        if self.blocks_left:
            yield (
                f"blocks that still contain some of it: {', '.join(self.blocks_left)} (blocks=True cuts the "
                "agent's own blocks, with shared=True shared blocks too; what is left then, edit yourself)"
            )
        if self.passages_left:
            yield (
                f"left in the shared archive: {counted(self.passages_left, 'passage')} (other agents read it "
                "too; shared=True removes this)"
            )
        for name, passages in self.archives_left.items():
            if name == UNUSED:
                yield (
                    f"left in the agent's own archive, which it does not use: {counted(passages, 'passage')} "
                    "(open the agent without a shared archive, and run it again)"
                )
                continue
            yield (
                f"left in the attached archive '{name}': {counted(passages, 'passage')} (only an agent whose "
                "own archive it is can remove this)"
            )
        if self.paths_left:
            yield (
                f"left in the paths of {counted(self.paths_left, 'document')}: the archive was filled with "
                "another embedding model. Configure that one, and run it again."
            )
        if self.alike_left:
            yield f"left, since it is only alike: {_listed(self.alike_left)} (alike=True removes this too)"
        yield from self._elsewhere()
        if not self.scrubbed and not self.dry_run:
            yield (
                "the database's files may still contain traces: another process has it open, or the database "
                "cleans itself (PostgreSQL: VACUUM FULL). Run it again when no other process uses it."
            )

    def _elsewhere(self) -> Iterator[str]:
        if self.names_left:
            yield f"left in names, which stay: {_listed(self.names_left)}"
        if self.damaged:
            yield f"a repair has kept damaged files, which may contain it: delete {', '.join(self.damaged)}"
        if self.ownerless:
            yield (
                "folders of no agent, of a fork or an import that was killed, may contain it: delete "
                f"{', '.join(self.ownerless)}"
            )
        if self.heard_by:
            names = (
                f"{name} ({'a fork, ' if name in self.forks else ''}{counted(n, 'place')})"
                for name, n in self.heard_by.items()
            )
            yield f"other agents that have it too: {', '.join(names)}. Each of them must forget it itself."


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(counted(number, *KIND_NAMES.get(kind, (kind,))) for kind, number in counts.items())
