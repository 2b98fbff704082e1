"""What takes a while is made aside, in a thread, while the person can type already."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Aside(Generic[T]):
    """One thing that is being made."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    def begin(self, failed: Callable[[], None] = lambda: None) -> None:
        """Begin to make it, if that has not begun; `failed` is called in the thread where nothing comes of it."""
        self._begun(failed)

    def result(self) -> T:
        """It, as soon as it is there. Raises what making it raised."""
        self._begun().join()
        if self._error is not None:
            raise self._error
        return self._made[0]

    def _begun(self, failed: Callable[[], None] = lambda: None) -> threading.Thread:
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, args=(failed,), name="memgpt-opening", daemon=True
            )
            self._thread.start()
        return self._thread

    def _run(self, failed: Callable[[], None]) -> None:
        try:
            self._made.append(self._make())
        except BaseException as error:  # noqa: BLE001  it rises where the result is asked for
            self._error = error
            failed()
