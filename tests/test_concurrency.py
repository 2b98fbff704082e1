"""Time limits: what is returned, what is raised, and what becomes of work and waits that take too long."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import weakref
from functools import partial

import pytest

from memgpt_autogen.concurrency import Lock, ReusedThreads, TimeLimitError, run_with_timeout, start_thread
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


def test_threads_that_have_nothing_to_do_do_the_next_work() -> None:
    threads = ReusedThreads(name="reused")

    used = [threads.start(threading.current_thread).result(10) for _ in range(200)]

    assert {each.name for each in used} == {"reused"}
    assert len(set(used)) < 20


def test_work_that_hangs_keeps_its_thread_and_the_next_work_gets_another() -> None:
    threads, release = ReusedThreads(name="reused"), threading.Event()

    with pytest.raises(TimeLimitError, match=r"reused did not end within 0\.05 seconds"):
        run_with_timeout(lambda: release.wait(10), 0.05, name="reused", threads=threads)
    after = run_with_timeout(lambda: "after", 10, name="reused", threads=threads)
    release.set()

    assert after == "after"


def test_what_work_raises_does_not_end_a_reused_thread() -> None:
    threads, used = ReusedThreads(name="reused"), []

    def leave() -> None:
        used.append(threading.current_thread())
        raise SystemExit(3)

    for _ in range(200):
        with pytest.raises(SystemExit):
            threads.start(leave).result(10)

    assert len(set(used)) < 20


def test_a_reused_thread_that_waited_long_enough_ends() -> None:
    threads = ReusedThreads(name="reused", seconds=0.01)

    thread = threads.start(threading.current_thread).result(10)
    thread.join(10)

    assert not thread.is_alive()
    assert threads.start(lambda: "more").result(10) == "more"


def test_no_work_is_lost_between_threads_that_end_and_threads_that_begin() -> None:
    threads = ReusedThreads(name="reused", seconds=0.0)

    assert [threads.start(partial(int, number)).result(10) for number in range(500)] == list(range(500))


def test_what_work_was_given_is_not_kept_while_its_thread_waits() -> None:
    class Heavy:
        pass

    threads, heavy = ReusedThreads(name="reused"), Heavy()
    kept = weakref.ref(heavy)

    threads.start(partial(id, heavy)).result(10)
    del heavy
    threads.start(lambda: None).result(10)
    gc.collect()

    assert kept() is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process can be forked")
def test_a_forked_child_begins_threads_of_its_own() -> None:
    threads = ReusedThreads(name="reused")
    for _ in range(20):
        threads.start(lambda: None).result(10)

    child = os.fork()
    if not child:
        os._exit(threads.start(lambda: 7).result(10))
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 7
