"""Work that takes a while runs in the background, while the person can type already."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from memgpt_autogen.concurrency import start_thread

T = TypeVar("T")


class BackgroundTask(Generic[T]):
    """One function that runs in a thread, once."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._future: Future[T] | None = None

    def start(self, on_failure: Callable[[], None] = lambda: None) -> None:
        """Start the work, unless it has started. Its thread calls `on_failure` when the work raises."""
        self._started(on_failure)

    def result(self) -> T:
        """Wait for the work and return what it returns. Raises what the work raises."""
        return self._started().result()

    def _started(self, on_failure: Callable[[], None] = lambda: None) -> Future[T]:
        def work() -> T:
            try:
                return self._work()
            except BaseException:
                on_failure()
                raise

        if self._future is None:
            self._future = start_thread(work, name="memgpt-opening")
        return self._future
