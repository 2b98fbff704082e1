"""The outside view: the part of the system prompt that says what recall and archival memory contain."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from memgpt_autogen.errors import ArchiveAwayError, StorageError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.documents.readable import ReadableArchives
from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.memory.storage.said_counts import SaidCounts, Speaker
from memgpt_autogen.text.safe import quote_name

logger = logging.getLogger(__name__)

MOST_PARTICIPANTS = 8
"""The most participants that the prompt names. Those who spoke last come first."""

MOST_LISTED = 20
"""The most tags and sources that the prompt names; the model finds the others by searching."""

NOTICE = (
    "not as it was left, so that passages may be missing or cannot be stored; tell the person you work for "
    "that `memgpt-autogen doctor` says why"
)


class OutsideView:
    """What is outside one agent's prompt, as a text that stays the same between two edits or evictions."""

    def __init__(
        self, log: Log, archival: Archive, readable: ReadableArchives, *, archive_shared: bool
    ) -> None:
        self._said = SaidCounts(log.database, log.agent_id)
        self._archival = archival
        self._readable = readable
        self._archive = "shared archival" if archive_shared else "archival"
        self._seen: dict[bool, _Seen] = {}  # by whether the form is brief

    def look_again(self) -> None:
        """Read everything again for the next prompt: something was forgotten or repaired."""
        self._seen = {}
        self._said.forget()

    def text(self, as_of: int, *, brief: bool) -> str:
        """Return the view as it was when the entry `as_of` was the newest change or eviction.

        The first passages of an empty archive are shown at once, and all once a server is back: a model
        that believes its archive is empty does not search it.
        """
        seen = self._seen.get(brief)
        if seen is None or seen.as_of != as_of or (not seen.passages and self.passages()):
            seen = self._seen[brief] = self._look(as_of, brief=brief)
        return seen.text

    def passages(self, until: datetime | None = None) -> int | None:
        """Return the number of passages; None while archival storage fails, which must not stop a turn."""
        try:
            return self._archival.count(end=until)
        except ArchiveAwayError:  # logged when it did not answer, and when it does again
            return None
        except StorageError as error:
            logger.warning("archival storage cannot be reached: %s", error)
            return None

    def pending(self) -> int:
        """Return how many passages wait for their vectors; 0 while archival storage cannot be reached."""
        try:
            return self._archival.pending()
        except StorageError:  # `passages` has logged it
            return 0

    def rendered(
        self,
        spoken: int,
        speakers: Sequence[Speaker],
        passages: int | None,
        lists: Sequence[str] = (),
        *,
        brief: bool = False,
    ) -> str:
        """Return the view for these counts; `lists` are lines about tags, sources and other archives."""
        return "\n".join(
            [
                "<outside_view>",
                *([] if brief else ["as of the last change of core memory or eviction:"]),
                f"recall: {spoken} messages",
                *_participants(speakers, brief=brief),
                f"{self._archive}: not reachable now"
                if passages is None
                else f"{self._archive}: {passages} passages",
                *lists,
                "</outside_view>",
            ]
        )

    def _look(self, as_of: int, *, brief: bool) -> _Seen:
        passages: int | None
        try:
            passages, tags, sources = self._archival.contents()
        except StorageError as error:
            if not isinstance(error, ArchiveAwayError):
                logger.warning("archival storage cannot be reached: %s", error)
            passages, tags, sources = None, {}, {}
        lists = [
            *self._notices(),
            *_names("tags", tags, brief=brief),
            *_names("sources", sources, brief=brief, sized=not brief),
            *self._attached_archives(brief=brief),
        ]
        spoken, speakers = self._said.through(as_of)
        return _Seen(as_of, passages, self.rendered(spoken, speakers, passages, lists, brief=brief))

    def _notices(self) -> list[str]:
        """Return a line if a Qdrant server has lost passages, or if this home is a copy of another one."""
        try:
            trouble = self._archival.noticed()
        except StorageError:  # `_look` has logged it
            return []
        if not trouble:
            return []
        logger.warning("%s", trouble)
        return [f"{self._archive}: {NOTICE}"]

    def _attached_archives(self, *, brief: bool) -> list[str]:
        """Return a line for each attached archive."""
        most, chars = _sizes(brief=brief)
        lines = []
        for name, other in list(self._readable.others().items())[:most]:
            title = f"archive {quote_name(name, chars)}, which you only read"
            try:
                counts = other.archive.sources()
                shown = [_sized(source, counts, chars) for source in list(counts)[:most]]
                sources = f": {', '.join(shown)}{_more(len(counts) - len(shown))}" if shown else ""
                lines.append(f"{title}: {other.archive.count()} passages{sources}")
            except StorageError as error:
                if not isinstance(error, ArchiveAwayError):
                    logger.warning("archive '%s' cannot be reached: %s", name, error)
                lines.append(f"{title}: not reachable now")
        return lines


def _names(what: str, counts: Mapping[str, int], *, brief: bool, sized: bool = False) -> list[str]:
    """Return a line with the most frequent names, and with their counts if `sized`; none without names."""
    most, chars = _sizes(brief=brief)
    names = sorted(counts, key=lambda name: (-counts[name], name))[:most]
    shown = [_sized(name, counts, chars) if sized else quote_name(name, chars) for name in names]
    return [f"archival {what}: {', '.join(shown)}{_more(len(counts) - len(names))}"] if shown else []


def _participants(speakers: Sequence[Speaker], *, brief: bool) -> list[str]:
    """Return a line that says who takes part. The queue's own events name those who came or spoke since."""
    most, chars = (2, 24) if brief else (MOST_PARTICIPANTS, 64)
    shown = [f"{quote_name(speaker.name, chars)} ({speaker.messages})" for speaker in speakers[:most]]
    more = _more(len(speakers) - len(shown))
    return [f"participants, last speaker first: {', '.join(shown)}{more}"] if shown else []


def _sizes(*, brief: bool) -> tuple[int, int]:
    """Return how many names are shown, and how many characters of each."""
    return (2, 24) if brief else (MOST_LISTED, 120)


def _sized(name: str, counts: Mapping[str, int], chars: int) -> str:
    return f"{quote_name(name, chars)} ({counts[name]})"


def _more(count: int) -> str:
    return f" and {count} more" if count > 0 else ""


@dataclass(frozen=True, slots=True)
class _Seen:
    as_of: int
    passages: int | None
    text: str
