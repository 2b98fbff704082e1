"""What the readers of this process learn without the database: that there is news, and parts of replies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.events import ReplyPart


@dataclass(frozen=True, slots=True)
class LiveReply:
    """What an agent has said so far, while its model still writes it."""

    text: str
    after: int
    """The number of the run's last event before it."""


class Live:
    """The runs that workers of this process have, and their readers."""

    def __init__(self) -> None:
        self._lock = Lock("the readers of runs")
        self._readers: dict[str, list[Callable[[], object]]] = {}
        self._replies: dict[str, LiveReply] = {}

    @contextmanager
    def reading(self, run_id: str, wake: Callable[[], object]) -> Iterator[None]:
        """Call `wake` in this block, in any thread, whenever there is news of the run."""
        with self._lock:
            self._readers.setdefault(run_id, []).append(wake)
        try:
            yield
        finally:
            with self._lock:
                readers = self._readers[run_id]
                readers.remove(wake)
                if not readers:
                    del self._readers[run_id]

    def news(self, run_id: str) -> None:
        """Tell that events of the run were stored. They have replaced the parts of a reply."""
        with self._lock:
            self._replies.pop(run_id, None)
        self._wake(run_id)

    def part(self, run_id: str, after: int, part: ReplyPart) -> None:
        """Add a part of a reply."""
        with self._lock:
            known = self._replies.get(run_id)
            before = "" if known is None or part.anew else known.text
            self._replies[run_id] = LiveReply(before + part.text, after)
        self._wake(run_id)

    def reply(self, run_id: str) -> LiveReply | None:
        with self._lock:
            return self._replies.get(run_id)

    def _wake(self, run_id: str) -> None:
        with self._lock:
            readers = list(self._readers.get(run_id, ()))
        for wake in readers:
            wake()
