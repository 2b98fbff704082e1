"""The signals that end the server are heard before the server waits for its open answers.

Streams end only when their turns do, so the turns must hear of the end first.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from memgpt_autogen.concurrency import start_thread


@contextmanager
def on_stop_signal(stop: Callable[[], object]) -> Iterator[None]:
    """Call `stop` in a thread when a signal asks the process to end, and then what was called before."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {sig: signal.getsignal(sig) for sig in (signal.SIGINT, signal.SIGTERM)}

    def heard(number: int, frame: Any) -> None:
        start_thread(stop, name="memgpt-stop")
        then = former[signal.Signals(number)]
        if callable(then):
            then(number, frame)

    for sig in former:
        signal.signal(sig, heard)
    try:
        yield
    finally:
        for sig, then in former.items():
            signal.signal(sig, then)
