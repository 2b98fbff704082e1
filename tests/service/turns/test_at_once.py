"""A run that begins at once: it is created with what the agent hears, and read without the database."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from queue import SimpleQueue
from typing import Any

import pytest
from sqlalchemy import Engine, event, update
from turns import Home, lines

from memgpt_autogen.errors import LimitReachedError, StorageError, TurnInProgressError
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.memory.storage.accounts.limits import UsageLimits, set_usage_limits
from memgpt_autogen.memory.storage.lease import Lease
from memgpt_autogen.memory.storage.processes import this_process
from memgpt_autogen.memory.storage.runs.run_input import run_input
from memgpt_autogen.memory.storage.runs.run_rows import EventRow, NewRun
from memgpt_autogen.memory.storage.tables import HOME, leases
from memgpt_autogen.service.turns.following import AsyncFollower, Streamed, follow
from memgpt_autogen.service.turns.live import MOST_UNREAD, Live
from memgpt_autogen.service.turns.threads import TurnThreads
from memgpt_autogen.testing import ScriptedLLM, call, says

HomeFactory = Callable[..., Home]

TOLD = ["Heard", 'calls send_message {"message": "Hi!"}', "gets Sent.", "says Hi!", "TurnEnded yielded"]


def model(*answers: Any) -> ScriptedLLM:
    return ScriptedLLM(*answers, otherwise=says("", call("send_message", message="Hi!")))


@contextmanager
def writes_counted() -> Iterator[list[str]]:
    """The transactions that write, in all threads."""
    found: list[str] = []

    def began(connection: Any) -> None:
        if not connection.get_execution_options().get("reading", False):
            found.append("write")

    event.listen(Engine, "begin", began)
    try:
        yield found
    finally:
        event.remove(Engine, "begin", began)


class NoThreads(Executor):
    """Where nothing may be read."""

    def submit(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("the database is read")


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def asked(home: Home, **options: Any) -> NewRun:
    given = run_input({"text": "Hello!", "speaker": "boss"})
    return NewRun(home.memory.log.agent_id, given, **options)


def test_a_turn_as_a_run_has_no_more_commits_than_one_in_process(make_home: HomeFactory) -> None:
    home = make_home({"sam": model()}, start=False)  # its keeper writes, too
    home.told(home.say())
    until(lambda: not home.executor.running)  # its reader knows of the end a moment earlier

    with writes_counted() as writes:
        run = home.say("Again.")
        assert home.told(run) == TOLD

    assert len(writes) == 2


def test_who_asks_reads_the_run_without_the_database(make_home: HomeFactory) -> None:
    home = make_home({"sam": model()})

    async def ask() -> list[Streamed]:
        new = asked(home)
        follower = AsyncFollower(home.database, home.executor.live, new.id, threads=NoThreads(), is_new=True)
        begun = home.executor.begin(lambda: new, HOME)
        assert begun is not None
        run, is_new = await asyncio.wrap_future(begun)
        assert (run.id, is_new, run.state) == (new.id, True, "running")
        found = [each async for each in follower.events()]
        assert follower.run == home.runs.get(run.id)
        assert found == home.stream(run)
        return [each for each in found if each is not None]

    assert lines(asyncio.run(ask())) == TOLD


def test_a_reader_that_is_slow_reads_what_it_missed_from_the_database(make_home: HomeFactory) -> None:
    look = says("", call("conversation_search", query="tea", request_heartbeat=True))
    home = make_home({"sam": model(*[look] * 110)}, loop={"limits": Limits(steps=200, same_call=1000)})
    new = asked(home)
    stream = follow(home.database, home.executor.live, new.id)
    begun = home.executor.begin(lambda: new, HOME)
    assert begun is not None
    run, _ = begun.result(30)
    first = next(stream)
    until(lambda: home.runs.get(run.id).is_over)

    numbers = [each.number for each in (first, *stream) if each is not None]

    assert numbers == [*range(1, len(numbers) + 1)]
    assert len(numbers) == len(home.stream(run)) > MOST_UNREAD


def test_a_reader_of_this_process_keeps_at_most_so_much_unread(make_home: HomeFactory) -> None:
    home = make_home({"sam": model()})
    run = home.say()
    home.told(run)
    live, row = Live(), EventRow("thought", {"text": "Hm."})
    inbox = live.open(run.id, lambda: None)

    for _ in range(3):
        live.stored(run, [row] * MOST_UNREAD)

    assert len(live.unread(inbox)[0]) == MOST_UNREAD


def test_readers_that_went_without_a_word_are_forgotten() -> None:
    live = Live()
    for number in range(1000):
        live.open(f"run {number}", lambda: None)

    assert len(live._readers) <= 200


def test_a_run_of_a_busy_agent_is_accepted_before_the_other_turn_ends(make_home: HomeFactory) -> None:
    home = make_home({"sam": model()})
    home.told(home.say())
    log = home.memory.log

    with Lease(log.database, log.agent_id).held("sam") as held:
        with log.database.writing() as connection:  # another machine has it
            elsewhere = replace(this_process(), host="elsewhere").to_json()
            connection.execute(update(leases).values(holder=elsewhere))
        run = home.say("And now?")
        assert run.state == "running"
        assert run.heard_seq is None
        held.give_back()

    assert home.told(run) == TOLD


def test_an_idempotency_key_and_a_limit_hold_for_runs_that_begin_at_once(make_home: HomeFactory) -> None:
    home = make_home({"sam": model()})
    first, again = (home.executor.submit(asked(home, idempotency_key="one"), HOME) for _ in range(2))
    assert (first[1], again[1]) == (True, False)
    assert first[0].id == again[0].id
    home.told(first[0])
    set_usage_limits(home.database, "agent", home.memory.log.agent_id, UsageLimits(turns_a_day=1))

    with pytest.raises(LimitReachedError):
        home.say("Once more.")

    heard = [entry for entry in home.memory.log.everything() if entry.message.is_heard]
    assert len(heard) == 1


def test_a_busy_agent_refuses_what_shall_not_wait(make_home: HomeFactory) -> None:
    home = make_home({"sam": model()})
    with home.memory.exclusive():
        waiting = home.say("a")
        with pytest.raises(TurnInProgressError):
            home.say("b", if_busy="reject")

    assert home.told(waiting) == TOLD


def test_a_run_whose_commit_was_not_acknowledged_is_played_on(
    make_home: HomeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = make_home({"sam": model()})
    taken = Lease.held

    @contextmanager
    def lost(self: Lease, *args: Any, **options: Any) -> Iterator[Any]:
        monkeypatch.setattr(Lease, "held", taken)
        with taken(self, *args, **options):
            raise StorageError("the connection is lost, and nobody knows whether it was committed")
        yield

    monkeypatch.setattr(Lease, "held", lost)

    run = home.say()

    assert home.told(run) == TOLD
    heard = [entry for entry in home.memory.log.everything() if entry.message.is_heard]
    assert len(heard) == 1


def test_threads_of_turns_are_kept_and_never_more_than_so_many() -> None:
    threads, names, done = TurnThreads(2), set(), threading.Semaphore(0)

    def work() -> None:
        names.add(threading.get_ident())
        threads.give()
        done.release()

    for _ in range(20):
        assert threads.take()
        threads.run(work)
        assert done.acquire(timeout=30)
    assert len(names) <= 2
    assert [threads.take(), threads.take(), threads.take()] == [True, True, False]


def test_the_thread_that_was_used_last_gets_the_next_turn() -> None:
    """It has its caches, and those of its connection to the database, still warm."""
    threads, ends = TurnThreads(2), [threading.Event(), threading.Event()]
    used: SimpleQueue[int] = SimpleQueue()

    def work(end: threading.Event) -> None:
        end.wait(30)
        threads.give()
        used.put(threading.get_ident())

    def is_idle(count: int) -> bool:
        return len(threads._idle) == count

    def run(end: threading.Event) -> None:
        assert threads.take()
        threads.run(partial(work, end))

    for end in ends:
        run(end)
    for waiting, end in enumerate(ends, 1):
        end.set()
        last = used.get(timeout=30)
        until(partial(is_idle, waiting))

    for _ in range(5):
        run(ends[0])
        assert used.get(timeout=30) == last
        until(partial(is_idle, len(ends)))


def test_nothing_of_a_turn_stays_in_memory_but_what_the_window_has(make_home: HomeFactory) -> None:
    home = make_home({"sam": model()}, start=False)

    def objects_after(turns: int) -> Counter[str]:
        for _ in range(turns):
            assert home.told(home.say()) == TOLD
        until(lambda: not home.executor.running)
        gc.collect()
        modules = (type(each).__module__ for each in gc.get_objects())
        parts = ("memgpt_autogen.service", "memgpt_autogen.memory.storage", "memgpt_autogen.concurrency")
        return Counter(name for name in modules if isinstance(name, str) and name.startswith(parts))

    before = objects_after(5)
    more = objects_after(30) - before

    # the entries that the window shows; their rows are not kept
    assert more.pop("memgpt_autogen.memory.storage.log") <= 3 * 30
    assert not {name: count for name, count in more.items() if count >= 10}  # a turn of another test may end
