"""Time limits: what is returned, what is raised, and what becomes of work and waits that take too long."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from memgpt_autogen.concurrency import Lock, TimeLimitError, run_with_timeout, start_thread
from memgpt_autogen.errors import StorageError


def test_work_that_ends_in_time_returns_its_result_from_a_named_thread() -> None:
    assert run_with_timeout(lambda: threading.current_thread().name, 10, name="adding") == "adding"


@pytest.mark.parametrize(
    "error", [ValueError("why"), TimeoutError("its own"), SystemExit(3), KeyboardInterrupt()]
)
def test_what_the_work_raises_is_raised_to_the_caller(error: BaseException) -> None:
    def work() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        run_with_timeout(work, 10, name="failing")

    assert raised.value is error


def test_work_that_takes_too_long_is_left_behind_and_may_still_end() -> None:
    release, ended = threading.Event(), threading.Event()

    def work() -> None:
        release.wait(10)
        ended.set()

    with pytest.raises(TimeLimitError, match=r"slow did not end within 0\.01 seconds"):
        run_with_timeout(work, 0.01, name="slow")

    assert not ended.is_set()
    release.set()
    assert ended.wait(10)


def test_a_time_limit_is_told_from_the_works_own() -> None:
    assert not issubclass(TimeLimitError, TimeoutError)


def test_a_thread_is_started_and_its_result_waited_for_later() -> None:
    release = threading.Event()

    future = start_thread(lambda: release.wait(10), name="waiting")

    assert not future.done()
    release.set()
    assert future.result(10) is True


def test_work_that_is_left_behind_does_not_keep_the_program_alive() -> None:
    script = (
        "import time\n"
        "from memgpt_autogen.concurrency import TimeLimitError, run_with_timeout\n"
        "try:\n"
        "    run_with_timeout(lambda: time.sleep(60), 0.01, name='sleeping')\n"
        "except TimeLimitError:\n"
        "    print('left')\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "left\n", "")


def test_no_wait_for_a_lock_is_without_limit() -> None:
    lock, kept, release = Lock("the kettle", seconds=0.05), threading.Event(), threading.Event()

    def keep() -> None:
        with lock:
            kept.set()
            release.wait(10)

    keeping = start_thread(keep, name="keeping")
    assert kept.wait(10)
    with pytest.raises(StorageError, match=r"waited 0\.05 s for the kettle, which another thread"), lock:
        pass

    release.set()
    keeping.result(10)
    with lock:
        pass


def test_a_reentrant_lock_is_taken_again_by_its_thread() -> None:
    lock = Lock("the kettle", reentrant=True, seconds=0.05)

    with lock, lock:
        pass
    assert start_thread(lambda: lock.acquire(0), name="other").result(10) is None


def test_work_in_a_thread_cannot_be_cancelled_and_so_never_fails_to_tell_its_result() -> None:
    release = threading.Event()
    future = start_thread(lambda: release.wait(10), name="waiting")

    assert not future.cancel()
    release.set()
    assert future.result(10) is True
