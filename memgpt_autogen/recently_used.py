"""A bounded number of open things, of which those that were not used for longest are let go."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from memgpt_autogen.concurrency import Lock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class RecentlyUsed(Generic[K, V]):
    """Keeps the `most` things that were used last. Others that are still in use live as long as that."""

    def __init__(self, most: int, what: str) -> None:
        self._most = most
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock(what)

    def get(self, key: K, open_: Callable[[], V]) -> V:
        """Return what is kept under this key, or what `open_` returns, which is kept then.

        Threads that ask at the same time for what is not kept may open it twice; one of the two is kept.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        opened = open_()
        with self._lock:
            kept = self._kept.setdefault(key, opened)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return kept

    def find(self, key: K) -> V | None:
        """Return what is kept under this key."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: K, value: V) -> None:
        """Keep this under the key, in place of what was kept."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)

    def discard(self, key: K) -> None:
        """Let it go, so that it is opened again."""
        with self._lock:
            self._kept.pop(key, None)
