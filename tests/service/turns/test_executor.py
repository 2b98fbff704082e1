"""The executor: runs become turns, their events are stored as they come, and streams read them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from inline_snapshot import snapshot
from turns import Home, lines

from memgpt_autogen.errors import ModelError, TurnInProgressError
from memgpt_autogen.llm.protocols import Completion, Usage
from memgpt_autogen.memory.storage.runs.run_input import run_input
from memgpt_autogen.memory.storage.runs.run_rows import Run
from memgpt_autogen.service.turns.following import AsyncFollower, Streamed, follow
from memgpt_autogen.service.turns.live import Live
from memgpt_autogen.testing import ScriptedLLM, call, says

HomeFactory = Callable[..., Home]

ASK = {
    "type": "function",
    "function": {"name": "ask", "description": "Ask.", "parameters": {"type": "object", "properties": {}}},
}


def reply(text: str = "Hi!") -> Completion:
    return says("", call("send_message", message=text), usage=Usage(100, 10, cost=0.5))


class Gated:
    """A model that answers when it may."""

    model = "gated"

    def __init__(self, *answers: Completion) -> None:
        self._answers = list(answers)
        self.asked = threading.Semaphore(0)
        self.may = threading.Semaphore(0)

    def complete(self, *_: Any) -> Completion:
        self.asked.release()
        assert self.may.acquire(timeout=60)
        return self._answers.pop(0) if self._answers else reply()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_run_becomes_a_turn_and_its_stream_has_every_event_once(make_home: HomeFactory) -> None:
    model = ScriptedLLM(
        says("Who is it?", call("conversation_search", query="boss", request_heartbeat=True)), reply()
    )
    home = make_home({"sam": model})

    run = home.say()
    stream = home.stream(run)

    assert lines(stream) == snapshot(
        [
            "Heard",
            "thinks Who is it?",
            'calls conversation_search {"query": "boss"}',
            'gets No results found for "boss". Try this: use other words; look in archival_memory_search.',
            'calls send_message {"message": "Hi!"}',
            "gets Sent.",
            "says Hi!",
            "TurnEnded yielded",
        ]
    )
    assert [each.number for each in stream] == [*range(1, len(stream) + 1)]
    ended = home.runs.get(run.id)
    assert (ended.state, ended.stop_reason, ended.steps) == ("ended", "yielded", 2)
    assert (ended.prompt_tokens, ended.completion_tokens) == (100, 10)
    log = {entry.seq: entry.message for entry in home.memory.log.everything()}
    heard, called = stream[0].data, stream[2].data
    assert log[heard["seq"]].text == heard["message"]["text"] == "Hello!"
    assert log[called["seq"]].tool_calls[0].id == called["call"]["id"]


def test_a_stream_goes_on_after_any_number(make_home: HomeFactory) -> None:
    home = make_home({"sam": ScriptedLLM(reply())})
    run = home.say()
    whole = home.stream(run)

    for after in range(len(whole) + 1):
        assert home.stream(run, after) == whole[after:]


def test_an_event_is_stored_while_the_model_still_thinks(make_home: HomeFactory) -> None:
    model = Gated(says("Look.", call("conversation_search", query="tea", request_heartbeat=True)))
    home = make_home({"sam": model})
    run = home.say()
    stream = follow(home.database, home.executor.live, run.id)

    assert (first := next(stream)) is not None
    assert first.kind == "heard"
    model.may.release()
    assert model.asked.acquire(timeout=30)
    assert model.asked.acquire(timeout=30)
    assert lines([next(stream), next(stream), next(stream)])[0] == "thinks Look."  # type: ignore[list-item]
    model.may.release()
    assert lines(each for each in stream if each)[-1] == "TurnEnded yielded"


def test_runs_of_one_agent_follow_one_another_and_others_do_not_wait(make_home: HomeFactory) -> None:
    slow = Gated(reply("one"), reply("two"))
    home = make_home({"sam": slow, "tom": ScriptedLLM(reply("three"))})
    first, second = home.say("a", "sam"), home.say("b", "sam")
    other = home.say("c", "tom")

    assert home.told(other)[-2:] == ["says three", "TurnEnded yielded"]
    assert [home.runs.place(home.runs.get(run.id)) for run in (first, second)] == [0, 1]
    slow.may.release()
    assert home.told(first)[-2:] == ["says one", "TurnEnded yielded"]
    slow.may.release()
    assert home.told(second)[-2:] == ["says two", "TurnEnded yielded"]


def test_at_most_so_many_turns_run_at_once(make_home: HomeFactory) -> None:
    models = {f"agent{number}": Gated() for number in range(5)}
    home = make_home(models, turns=2)
    runs = [home.say(to=name) for name in models]

    until(lambda: home.executor.running == 2)
    assert sum(run.state == "running" for run in home.runs.find()) == 2
    for model in models.values():
        model.may.release()
    for run in runs:
        assert home.told(run)[-1] == "TurnEnded yielded"


def test_many_readers_and_askers_at_once_lose_nothing(make_home: HomeFactory) -> None:
    models = {f"agent{number}": ScriptedLLM(otherwise=reply(f"I am {number}")) for number in range(4)}
    home = make_home(models, turns=3)

    def talk(number: int) -> tuple[int, list[str]]:
        run = home.say(f"hello {number}", f"agent{number % 4}")
        return number, home.told(run)

    with ThreadPoolExecutor(12) as threads:
        told = dict(threads.map(talk, range(24)))

    assert all(
        lines[-2:] == [f"says I am {number % 4}", "TurnEnded yielded"] for number, lines in told.items()
    )
    for name, memory in home.memories.items():
        heard = [entry.message.text for entry in memory.log.everything() if entry.message.is_heard]
        assert sorted(heard) == sorted(f"hello {n}" for n in range(24) if f"agent{n % 4}" == name)


def test_the_answer_of_a_cancelled_run_is_not_in_the_log(make_home: HomeFactory) -> None:
    model = Gated(reply("late"), reply("again"))
    home = make_home({"sam": model})
    run = home.say()
    assert model.asked.acquire(timeout=30)

    home.executor.cancel(run.id, run.owner_id)

    assert home.told(run) == ["Heard", "TurnEnded cancelled"]
    assert home.runs.get(run.id).state == "cancelled"
    model.may.release(2)
    assert home.told(home.say("Are you there?"))[-1] == "TurnEnded yielded"
    assert "late" not in [entry.message.spoken for entry in home.memory.log.everything()]


def test_a_run_that_another_process_cancels_stops(make_home: HomeFactory) -> None:
    model = Gated()
    home = make_home({"sam": model})
    run = home.say()
    assert model.asked.acquire(timeout=30)

    home.runs.cancel(run.id)  # as another worker does it, which this one is not told of

    assert home.told(run) == ["Heard", "TurnEnded cancelled"]


def test_a_busy_agent_is_interrupted_and_the_urgent_run_is_next(make_home: HomeFactory) -> None:
    model = Gated(reply("late"))
    home = make_home({"sam": model})
    first, waiting = home.say("a"), home.say("b")
    assert model.asked.acquire(timeout=30)

    with pytest.raises(TurnInProgressError, match="is busy with run"):
        home.say("c", if_busy="reject")
    urgent = home.say("d", if_busy="interrupt")

    assert home.told(first)[-1] == "TurnEnded cancelled"
    model.may.release(3)
    order = [stream[0].data["time"] for stream in map(home.stream, (urgent, waiting))]
    assert order == sorted(order)


def test_an_error_of_the_model_ends_the_run_and_no_other(make_home: HomeFactory) -> None:
    home = make_home(
        {"sam": ScriptedLLM(ModelError("the endpoint is away"), RuntimeError("secret"), reply())}
    )

    failed, broken, fine = home.say("a"), home.say("b"), home.say("c")

    assert [each.kind for each in home.stream(failed)] == ["heard", "error"]
    assert home.stream(failed)[-1].data["text"] == "the endpoint is away"
    assert home.runs.get(failed.id).error == "the endpoint is away"
    assert home.stream(broken)[-1].kind == "error"
    assert home.told(fine)[-2:] == ["says Hi!", "TurnEnded yielded"]


def test_a_bug_says_nothing_of_what_was_said(
    make_home: HomeFactory, caplog: pytest.LogCaptureFixture
) -> None:
    home = make_home({"sam": ScriptedLLM()}, start=False)

    def broken(_owner: str, _agent: str, _name: str | None) -> None:
        raise RuntimeError("Ada said: secret words")

    home.executor._open_agent = broken  # type: ignore[assignment]
    run = home.say()

    (event,) = home.stream(run)
    assert event.data["error"] == "RuntimeError"
    assert "secret" not in str(event.data)
    assert "secret" not in caplog.text


def test_a_suspended_run_goes_on_with_the_results_of_others(make_home: HomeFactory) -> None:
    home = make_home({"sam": ScriptedLLM(says("", call("ask")), reply("They say yes."))})
    run = home.say(given=run_input({"text": "Ask them."}, tools=[ASK]))
    until(lambda: home.runs.get(run.id).state == "suspended")
    seen = home.stream_now(run)
    (asked,) = seen[-2].data["calls"]
    assert lines(seen)[-3:] == ["calls ask {}", "Suspended", "TurnEnded suspended"]

    home.executor.give_results(run.id, run.owner_id, {asked["id"]: {"text": "Yes.", "ok": True}})

    told = home.told(run, seen[-1].number or 0)
    assert (told[0], told[-2:]) == ("gets Yes.", ["says They say yes.", "TurnEnded yielded"])
    assert home.memory.queue.waiting() == {}


@pytest.mark.parametrize("how", ["expired", "cancelled"])
def test_a_suspended_run_whose_results_do_not_come_ends_and_the_log_says_so(
    make_home: HomeFactory, how: str
) -> None:
    home = make_home(
        {"sam": ScriptedLLM(says("", call("ask")))}, result_seconds=0.1 if how == "expired" else 3600
    )
    run = home.say(given=run_input({"text": "Ask them."}, tools=[ASK]))
    until(lambda: home.runs.get(run.id).state != "running")
    if how == "cancelled":
        home.executor.cancel(run.id, run.owner_id)

    until(lambda: home.runs.get(run.id).is_over)

    assert home.told(run)[-1] == f"TurnEnded {how}"
    assert home.told(run)[-2].startswith("fails No result")
    assert home.memory.queue.waiting() == {}
    assert home.runs.get(run.id).state == ("ended" if how == "expired" else "cancelled")


class Streaming:
    """A model that writes its answer piece by piece, when it may."""

    model = "streaming"
    limits_waits = False

    def __init__(self, *texts: str) -> None:
        self._texts = texts
        self.may = threading.Semaphore(0)

    def complete(self, *_: Any) -> Completion:
        raise AssertionError("it streams")

    def stream(self, *_: Any) -> Generator[Completion, None, None]:
        for text in ("", *self._texts):
            yield says("", call("send_message", message=text))
            assert self.may.acquire(timeout=60)
        yield reply(self._texts[-1])


def test_readers_get_the_parts_of_a_reply_and_late_ones_all_of_them_at_once(make_home: HomeFactory) -> None:
    model = Streaming("He", "Hello", "Hello!")
    home = make_home({"sam": model})
    run = home.say()
    stream = follow(home.database, home.executor.live, run.id)
    assert next(stream).kind == "heard"  # type: ignore[union-attr]

    model.may.release()
    first = next(stream)
    assert first is not None
    assert (first.kind, first.data["text"], first.data["anew"], first.number) == (
        "reply_part",
        "He",
        True,
        None,
    )
    model.may.release()
    second = next(stream)
    assert second is not None
    assert (second.data["text"], second.data["anew"]) == ("llo", False)
    late = follow(home.database, home.executor.live, run.id, after=1)
    part = next(late)
    assert part is not None
    assert (part.data["text"], part.data["anew"]) == ("Hello", True)
    model.may.release(2)
    for each in (stream, late):
        assert lines(one for one in each if one and one.number)[-2:] == ["says Hello!", "TurnEnded yielded"]


def test_streams_on_an_event_loop_are_the_same_and_ping(make_home: HomeFactory) -> None:
    model = Gated()
    home = make_home({"sam": model})
    run = home.say()

    async def read(threads: ThreadPoolExecutor) -> tuple[list[Streamed], int]:
        found, pings = [], 0
        follower = AsyncFollower(home.database, home.executor.live, run.id, threads=threads, ping=0.05)
        async for each in follower.events():
            if each is None:
                pings += 1
                model.may.release()
            else:
                found.append(each)
        return found, pings

    with ThreadPoolExecutor(2) as threads:
        found, pings = asyncio.run(read(threads))

    assert found == home.stream(run)
    assert pings >= 1


def test_a_reader_in_another_process_needs_no_waking(make_home: HomeFactory) -> None:
    home = make_home({"sam": ScriptedLLM(reply())})
    run = home.say()

    found = list(follow(home.database, Live(), run.id))

    assert [each for each in found if each] == home.stream(run)


def test_a_server_that_stops_leaves_its_runs_to_the_next(make_home: HomeFactory) -> None:
    model = Gated(reply("first"), reply("second"))
    home = make_home({"sam": model})
    run = home.say()
    assert model.asked.acquire(timeout=30)

    home.executor.stop(drain=0)
    assert home.runs.get(run.id).state == "running"
    model.may.release()  # the old server's turn goes on, and may not tell anything

    next_home = Home.of(home)
    try:
        model.may.release()
        told = next_home.told(run)
    finally:
        next_home.executor.stop(drain=5)
    assert told[0] == "Heard"
    assert told[-1] == "TurnEnded yielded"
    heard = [entry for entry in home.memory.log.everything() if entry.message.is_heard]
    assert len(heard) == 1


def test_a_server_that_stops_waits_for_its_turns(make_home: HomeFactory) -> None:
    model = Gated()
    home = make_home({"sam": model})
    run = home.say()
    assert model.asked.acquire(timeout=30)
    threading.Timer(0.2, model.may.release).start()

    home.executor.stop(drain=30)

    assert home.runs.get(run.id).state == "ended"
    waiting: Run = home.say("later")
    assert waiting.state == "queued"


def test_what_the_calls_of_a_failed_turn_have_used_is_counted(make_home: HomeFactory) -> None:
    note = call("core_memory_append", label="human", content="tea", request_heartbeat=True)
    model = ScriptedLLM(says("", note, usage=Usage(100, 10, cost=0.5)), ModelError("the endpoint is away"))
    home = make_home({"sam": model})

    run = home.say()
    home.told(run)

    failed = home.runs.get(run.id)
    assert (failed.state, failed.prompt_tokens, failed.completion_tokens, failed.cost) == (
        "failed",
        100,
        10,
        0.5,
    )
