"""What the readers of this process learn without the database: events that were stored, and parts of replies.

An event is told here after the transaction that stores it, so whoever reads it finds it in the database too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from weakref import WeakSet

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.events import ReplyPart
from memgpt_autogen.memory.storage.runs.run_rows import EventRow, Run

MOST_UNREAD = 200
"""How many events wait for a reader. A slower one reads the older ones from the database."""

# how many runs have readers before those are looked for that have gone without a word
_MANY = 100


@dataclass(frozen=True, slots=True)
class LiveReply:
    """What an agent has said so far, while its model still writes it."""

    text: str
    after: int
    """The number of the run's last event before it."""


class Inbox:
    """What one reader of a run has not read yet. `Live` fills it as long as somebody has it."""

    def __init__(self, run_id: str, wake: Callable[[], object]) -> None:
        self.run_id = run_id
        self.wake = wake
        self.rows: list[EventRow] = []
        self.run: Run | None = None
        """The run after these events, if its worker told any."""


class Live:
    """The runs that workers of this process have, and their readers."""

    def __init__(self) -> None:
        self._lock = Lock("the readers of runs")
        self._readers: dict[str, WeakSet[Inbox]] = {}
        self._most_readers = _MANY
        self._replies: dict[str, LiveReply] = {}
        self._here: set[str] = set()

    # For readers

    def open(self, run_id: str, wake: Callable[[], object]) -> Inbox:
        """Return an inbox for the events of a run that are stored from now on, if the run is in this process.

        `wake` is called, in any thread, whenever there is news of the run.
        """
        inbox = Inbox(run_id, wake)
        with self._lock:
            if len(self._readers) >= self._most_readers:
                self._readers = {run: readers for run, readers in self._readers.items() if len(readers)}
                self._most_readers = max(_MANY, 2 * len(self._readers))
            self._readers.setdefault(run_id, WeakSet()).add(inbox)
        return inbox

    def close(self, inbox: Inbox) -> None:
        """Fill an inbox no more."""
        with self._lock:
            readers = self._readers.get(inbox.run_id, WeakSet())
            readers.discard(inbox)
            if not readers:
                self._readers.pop(inbox.run_id, None)

    def unread(self, inbox: Inbox) -> tuple[list[EventRow], Run | None]:
        """Empty an inbox, and return what was in it."""
        with self._lock:
            found = inbox.rows, inbox.run
            inbox.rows, inbox.run = [], None
            return found

    def is_here(self, run_id: str) -> bool:
        """Return whether a worker of this process has the run, so that its readers are told of everything."""
        with self._lock:
            return run_id in self._here

    def reply(self, run_id: str) -> LiveReply | None:
        with self._lock:
            return self._replies.get(run_id)

    # For workers

    @contextmanager
    def playing(self, run_id: str) -> Iterator[None]:
        """Note that a worker of this process has the run in this block."""
        with self._lock:
            self._here.add(run_id)
        try:
            yield
        finally:
            with self._lock:
                self._here.discard(run_id)
                self._replies.pop(run_id, None)
            self.news(run_id)

    def stored(self, run: Run, rows: Sequence[EventRow]) -> None:
        """Tell that events were stored, and how the run is then. They have replaced the parts of a reply."""
        with self._lock:
            self._replies.pop(run.id, None)
            readers = list(self._readers.get(run.id, ()))
            for inbox in readers:
                inbox.rows = [*inbox.rows, *rows][-MOST_UNREAD:]
                inbox.run = run
        for inbox in readers:
            inbox.wake()

    def part(self, run_id: str, after: int, part: ReplyPart) -> None:
        """Add a part of a reply."""
        with self._lock:
            known = self._replies.get(run_id)
            before = "" if known is None or part.anew else known.text
            self._replies[run_id] = LiveReply(before + part.text, after)
        self.news(run_id)

    def news(self, run_id: str) -> None:
        """Wake the readers of a run."""
        with self._lock:
            readers = list(self._readers.get(run_id, ()))
        for inbox in readers:
            inbox.wake()
