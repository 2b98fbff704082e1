"""Attempts to log in: after some failures an address waits before its next password is tried."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

from memgpt_autogen.concurrency import Lock

MOST_FAILURES = 10
"""How many wrong passwords an address may send in `WINDOW_SECONDS`."""

WINDOW_SECONDS = 60.0

# more addresses than that are not remembered; the oldest is forgotten first
_MOST_ADDRESSES = 10_000


class Attempts:
    """The failures of the last minute, by address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock("the list of failed logins")

    def seconds_to_wait(self, address: str) -> float:
        """Return how long this address must wait before its next attempt; 0 if it need not."""
        with self._lock:
            failures = self._recent(address)
            return failures[0] + WINDOW_SECONDS - self._clock() if len(failures) >= MOST_FAILURES else 0.0

    def failed(self, address: str) -> None:
        with self._lock:
            failures = self._recent(address)
            failures.append(self._clock())
            self._failures[address] = failures
            self._failures.move_to_end(address)
            while len(self._failures) > _MOST_ADDRESSES:
                self._failures.popitem(last=False)

    def _recent(self, address: str) -> deque[float]:
        failures = self._failures.get(address, deque[float](maxlen=MOST_FAILURES))
        while failures and failures[0] <= self._clock() - WINDOW_SECONDS:
            failures.popleft()
        return failures
