"""How the home is. It is checked again only after a while, since whoever asks needs no key."""

from __future__ import annotations

import time
from collections.abc import Callable

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.service.readiness import Part

_FRESH_SECONDS = 2.0


class ReadinessCache:
    """The parts of a home, at most two seconds old."""

    def __init__(self, check: Callable[[], list[Part]]) -> None:
        self._check = check
        self._parts: list[Part] = []
        self._until = 0.0
        self._lock = Lock("the check of a home")

    def parts(self) -> list[Part]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._parts = self._check()
                self._until = time.monotonic() + _FRESH_SECONDS
            return self._parts
