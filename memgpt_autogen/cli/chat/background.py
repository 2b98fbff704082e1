"""Work in a thread, while the person can already type."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from typing import Generic, TypeVar

from memgpt_autogen.concurrency import Lock, start_thread

T = TypeVar("T")


class BackgroundWork(Generic[T]):
    """Work that starts once: with `start`, or when its result is asked for."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = partial(copy_context().run, work)  # with the options of the command
        self._lock = Lock("work in the background")
        self._future: Future[T] | None = None

    def start(self, on_error: Callable[[], None]) -> None:
        """Start the work. `on_error` is called in the work's thread if it fails."""
        self._started().add_done_callback(lambda future: on_error() if future.exception() else None)

    def result(self) -> T:
        """Wait for the result. Raises what the work raises."""
        return self._started().result()

    def result_or_none(self) -> T | None:
        """Wait for the result; None if the work fails, which someone else reports."""
        return None if self._started().exception() else self.result()

    def _started(self) -> Future[T]:
        with self._lock:
            if self._future is None:
                self._future = start_thread(self._work, name="memgpt-opening")
            return self._future
