"""Threads, time limits and progress: one implementation for everything that waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Optional, TypeVar

T = TypeVar("T")

Progress = Callable[[int, Optional[int]], object]
"""Called with the number of finished items and the total, or None where the total is not known."""


class TimeLimitError(Exception):
    """The work of `run_with_timeout` did not end in time.

    It is not a `TimeoutError`, because the work can raise that itself.
    """


def run_with_timeout(work: Callable[[], T], seconds: float, *, name: str) -> T:
    """Return what `work` returns, or raise what it raises.

    The work runs in a thread that gets this name. Raises `TimeLimitError` when it takes longer. The thread is
    then left behind: nothing can stop it, but it does not keep the program alive.
    """
    future = start_thread(work, name=name)
    if not wait([future], seconds).done:
        raise TimeLimitError(f"{name} did not end within {seconds:g} seconds")
    return future.result()


def start_thread(work: Callable[[], T], *, name: str) -> Future[T]:
    """Start `work` in a daemon thread. The future returns or raises what the work does, even `SystemExit`.

    When the program ends, it does not wait for this thread, as it would for those of a `ThreadPoolExecutor`.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future
