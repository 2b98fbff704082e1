"""Attempts to guess something: after some failures, whoever guesses waits before the next one."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

from memgpt_autogen.concurrency import Lock

MOST_FAILURES = 10
"""How often one may fail in `WINDOW_SECONDS`: an address with passwords, a user with names of others."""

WINDOW_SECONDS = 60.0

# of more than that the failures are not remembered; the oldest are forgotten first
_MOST_REMEMBERED = 10_000


class Attempts:
    """The failures of the last minute, by who has failed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock("the list of failed attempts")

    def seconds_to_wait(self, who: str) -> float:
        """Return how long somebody must wait before the next attempt; 0 if that is not needed."""
        with self._lock:
            failures = self._recent(who)
            return failures[0] + WINDOW_SECONDS - self._clock() if len(failures) >= MOST_FAILURES else 0.0

    def failed(self, who: str) -> None:
        with self._lock:
            failures = self._recent(who)
            failures.append(self._clock())
            self._failures[who] = failures
            self._failures.move_to_end(who)
            while len(self._failures) > _MOST_REMEMBERED:
                self._failures.popitem(last=False)

    def _recent(self, who: str) -> deque[float]:
        failures = self._failures.get(who, deque[float](maxlen=MOST_FAILURES))
        while failures and failures[0] <= self._clock() - WINDOW_SECONDS:
            failures.popleft()
        return failures
