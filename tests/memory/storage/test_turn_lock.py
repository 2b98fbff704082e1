"""The turn lock: one turn at a time, and no one waits for themselves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from loops import HELLO, LoopFactory, MemoryFactory, requests_of, story

from memgpt_autogen.errors import ModelError, TurnElsewhereError, TurnInProgressError
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.storage import turn_lock
from memgpt_autogen.memory.storage.turn_lock import TurnLock
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import call, says

REPLY = says("", call("send_message", message="Hi!"))


def kinds(loop: HeartbeatLoop) -> list[str]:
    return [entry.message.kind for entry in loop.memory.log.everything() if entry.message.kind != "edit"]


def test_ten_threads_take_their_turns_one_after_the_other(make_loop: LoopFactory) -> None:  # T70
    loop = make_loop(otherwise=REPLY)

    with ThreadPoolExecutor(10) as pool:
        stories = list(pool.map(lambda n: story(loop.run([Message.said_by("boss", f"{n}")])), range(10)))

    assert all(told[-1] == "TurnEnded yielded" for told in stories)
    assert kinds(loop) == ["message", "step", "result"] * 10


def test_two_loops_of_the_same_agent_share_its_turns(
    make_loop: LoopFactory, make_memory: MemoryFactory
) -> None:
    first, second = (make_loop(otherwise=REPLY, memory=make_memory()) for _ in range(2))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: list((first, second)[n % 2].run([HELLO])), range(6)))

    assert kinds(first) == ["message", "step", "result"] * 6
    assert first.memory.lock is second.memory.lock


def test_agents_do_not_wait_for_each_other(make_loop: LoopFactory, make_memory: MemoryFactory) -> None:
    sam, ana = (make_loop(REPLY, memory=make_memory(name)) for name in ("sam", "ana"))

    turn = iter(sam.run([HELLO]))
    next(turn)

    assert "says Hi!" in story(ana.run([HELLO]))
    assert "says Hi!" in story(turn)


@pytest.mark.parametrize("same_object", [True, False])
def test_a_turn_is_not_started_while_reading_one(
    make_loop: LoopFactory, make_memory: MemoryFactory, same_object: bool
) -> None:
    loop = make_loop(REPLY)
    other = loop if same_object else make_loop(memory=make_memory())

    turn = iter(loop.run([HELLO]))
    next(turn)

    with pytest.raises(TurnInProgressError, match="agent 'sam' is in the middle of a turn"):
        list(other.run([HELLO]))
    assert "says Hi!" in story(turn)
    assert kinds(loop) == ["message", "step", "result"]


def test_a_tool_cannot_start_a_turn_of_the_agent_that_runs_it(make_loop: LoopFactory) -> None:
    loops: list[HeartbeatLoop] = []

    def ask_myself() -> str:
        return str(list(loops[0].run([HELLO])))

    async def ask_myself_later() -> str:
        return ask_myself()

    loops.append(
        make_loop(
            says("", call("ask_myself"), call("ask_myself_later"), call("send_message", message="Odd.")),
            says(),
            tools=[ask_myself, ask_myself_later],
        )
    )

    lines = story(loops[0].run([HELLO]))

    assert sum(line.startswith("fails agent 'sam' is in the middle of a turn") for line in lines) == 2
    assert lines[-1] == "TurnEnded yielded"


def test_a_tool_may_ask_another_agent_which_may_not_ask_back(
    make_loop: LoopFactory, make_memory: MemoryFactory
) -> None:
    loops: dict[str, HeartbeatLoop] = {}

    def ask(name: str) -> str:
        return " / ".join(story(loops[name].run([HELLO])))

    loops["sam"] = make_loop(
        says("", call("ask", name="ana"), call("send_message", message="So.")), tools=[ask]
    )
    loops["ana"] = make_loop(
        says("", call("ask", name="sam"), call("send_message", message="Hi Sam.")),
        says(),
        memory=make_memory("ana"),
        tools=[ask],
    )

    (told,) = (line for line in story(loops["sam"].run([HELLO])) if line.startswith("gets Heard"))

    assert "says Hi Sam." in told
    assert "fails agent 'sam' is in the middle of a turn" in told


def test_a_dropped_turn_frees_the_lock(make_loop: LoopFactory) -> None:
    loop = make_loop(REPLY)
    turn: Iterator[object] | None = iter(loop.run([HELLO]))
    next(turn)  # type: ignore[arg-type]

    turn = None

    assert "says Hi!" in story(loop.run())


def test_a_turn_that_raised_frees_the_lock(make_loop: LoopFactory) -> None:
    loop = make_loop(KeyError("a bug"), REPLY)

    with pytest.raises(ModelError):
        list(loop.run([HELLO]))

    assert "says Hi!" in story(loop.run())


def test_a_turn_may_be_read_in_several_threads(make_loop: LoopFactory) -> None:
    loop = make_loop(REPLY, REPLY)
    turn = iter(loop.run([HELLO]))
    next(turn)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(next, turn).result()
        inside = pool.submit(lambda: list(loop.run([HELLO])))
        assert isinstance(inside.exception(timeout=10), TurnInProgressError)
        waiting = ThreadPoolExecutor(1).submit(lambda: story(loop.run([HELLO])))
        assert pool.submit(story, turn).result()[-1] == "TurnEnded yielded"

    assert "says Hi!" in waiting.result(timeout=10)


def test_where_a_turn_was_begun_another_may_wait_once_it_is_read_elsewhere() -> None:
    lock = TurnLock()
    waits, done = threading.Event(), threading.Event()
    turn = lock.turn("sam")
    turn.__enter__()

    def read_on_elsewhere() -> None:
        lock.read_on()
        waits.set()
        done.wait(10)
        turn.__exit__(None, None, None)

    thread = threading.Thread(target=read_on_elsewhere)
    thread.start()
    waits.wait(10)
    threading.Timer(0.05, done.set).start()
    with lock.turn("sam"):
        assert done.is_set()
    thread.join(10)


def test_a_tool_left_behind_may_start_a_turn_later(make_loop: LoopFactory) -> None:
    loops: list[HeartbeatLoop] = []
    go, told = threading.Event(), []

    def linger() -> None:
        go.wait(10)
        told.append(story(loops[0].run([HELLO])))

    loops.append(
        make_loop(
            says("", call("linger"), call("send_message", message="Too slow.")),
            says(),
            REPLY,
            tools=[linger],
            tool_seconds=0.05,
        )
    )
    list(loops[0].run([HELLO]))

    go.set()
    (thread,) = (each for each in threading.enumerate() if each.name == "tool-linger")
    thread.join(10)

    assert told[0][-1] == "TurnEnded yielded"
    assert len(requests_of(loops[0])) == 3


@pytest.mark.parametrize("count", [2, 3])
def test_turns_whose_tools_ask_each_other_in_a_circle_all_end(count: int) -> None:
    locks = [TurnLock() for _ in range(count)]
    all_inside = threading.Barrier(count)

    def turn(number: int) -> str:
        with locks[number].turn(f"agent{number}"), locks[number].tool_running():
            all_inside.wait(10)
            try:
                with locks[(number + 1) % count].turn(f"agent{(number + 1) % count}"):
                    return "answered"
            except TurnInProgressError as error:
                return str(error)

    with ThreadPoolExecutor(count) as pool:
        ends = list(pool.map(turn, range(count), timeout=20))

    refused = [end for end in ends if end != "answered"]
    assert len(refused) == 1
    assert "is in a turn that waits for this one" in refused[0]


def test_a_turn_waits_for_others_as_long_as_turns_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn_lock, "TURN_SECONDS", 0.4)
    monkeypatch.setattr(turn_lock, "LOOK_SECONDS", 0.05)
    lock, end = TurnLock(), threading.Event()

    def turn(_: int) -> None:
        with lock.turn("sam"):
            end.wait(0.15)

    with ThreadPoolExecutor(6) as pool:  # the last one waits for 0.75 s in all
        list(pool.map(turn, range(6), timeout=20))

    ending = begun_turn(lock)
    with pytest.raises(TurnElsewhereError, match=r"agent 'sam' has been in one turn for more than 0\.4 s"):
        lock.turn("sam").__enter__()
    ending.set()


def begun_turn(lock: TurnLock) -> threading.Event:
    """Begin a turn in another thread; it ends when the event is set."""
    inside, end = threading.Event(), threading.Event()

    def turn() -> None:
        with lock.turn("sam"):
            inside.set()
            end.wait(10)

    threading.Thread(target=turn, daemon=True).start()
    assert inside.wait(10)
    return end
