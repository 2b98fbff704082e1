"""A run that is cancelled at any point: what the model answers after that is not stored as said."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import pytest
from turns import Home

from memgpt_autogen.errors import TurnInProgressError
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.testing import call, says
from memgpt_autogen.tools.tool import Tool

HomeFactory = Callable[..., Home]

LATE = "You must never read this."


def reply(text: str) -> Completion:
    return says("", call("send_message", message=text))


class Act:
    """A model that makes a call and then answers, and what happens meanwhile, by the point of the turn."""

    model = "acting"
    limits_waits = False

    def __init__(self) -> None:
        self.happens: dict[str, Callable[[], object]] = {}
        self.steps = 0

    def at(self, point: str) -> None:
        self.happens.pop(point, lambda: None)()

    def complete(self, *_: Any) -> Completion:
        self.steps += 1
        if self.steps == 1:
            self.at("first answer")
            return says("Look.", call("look", request_heartbeat=True))
        if self.steps == 2:
            self.at("last answer")
            return reply(LATE)
        return reply("I am here.")


class Streaming(Act):
    """The same, in pieces."""

    def stream(self, *_: Any) -> Generator[Completion, None, None]:
        answer = self.complete()
        yield says("", *answer.tool_calls) if self.steps > 1 else says("Lo")
        self.at(f"piece of answer {self.steps}")
        yield answer


POINTS = ("first answer", "tool", "last answer")


@pytest.mark.parametrize("who", ["this worker", "another worker"])
@pytest.mark.parametrize(
    ("model", "point"),
    [
        *((Act, point) for point in POINTS),
        *((Streaming, point) for point in (*POINTS, "piece of answer 1", "piece of answer 2")),
    ],
)
def test_nothing_is_said_after_a_run_was_cancelled(
    make_home: HomeFactory, model: type[Act], point: str, who: str
) -> None:
    acting = model()

    def look() -> str:
        """Look."""
        acting.at("tool")
        return "nothing"

    home = make_home({"sam": acting}, loop={"tools": [Tool.from_function(look)]}, start=False)

    def cancel() -> None:
        (run,) = home.runs.find()
        if who == "this worker":
            home.executor.cancel(run.id, run.owner_id)
        else:
            home.runs.cancel(run.id)  # this one is not told of it

    acting.happens[point] = cancel
    run = home.say()
    home.executor.start()

    told = home.told(run)

    assert told[-1] == "TurnEnded cancelled"
    assert not any(LATE in line for line in told)
    assert home.runs.get(run.id).state == "cancelled"
    messages = [entry.message for entry in home.memory.log.everything() if not entry.hidden]
    assert not any(LATE in (message.spoken or "") for message in messages)
    assert home.memory.queue.waiting() == {}
    acting.steps = 2
    assert home.told(home.say("Are you there?"))[-2:] == ["says I am here.", "TurnEnded yielded"]


def test_a_run_that_is_cancelled_in_the_queue_of_another_worker_is_never_heard(
    make_home: HomeFactory,
) -> None:
    acting, may = Act(), threading.Event()
    acting.happens["first answer"] = lambda: may.wait(30)
    home = make_home({"sam": acting})
    first = home.say()
    other = Home.of(home)
    waiting = other.say("Never mind.")

    cancelled = other.executor.cancel(waiting.id, waiting.owner_id)
    may.set()

    assert cancelled.state == "cancelled"
    assert other.told(waiting) == ["TurnEnded cancelled"]
    assert other.told(first)[-1] == "TurnEnded yielded"
    heard = [entry.message.text for entry in home.memory.log.everything() if entry.message.is_heard]
    assert heard == ["Hello!"]
    other.executor.stop()


def test_two_workers_keep_one_queue_and_either_refuses_or_interrupts_what_the_other_runs(
    make_home: HomeFactory,
) -> None:
    acting, busy, may = Act(), threading.Event(), threading.Event()

    def block() -> None:
        busy.set()
        may.wait(30)

    acting.happens["first answer"] = block
    acting.steps = 0
    home = make_home({"sam": acting})
    running = home.say("first")
    assert busy.wait(30)
    other = Home.of(home)

    queued = other.say("second", if_busy="enqueue")
    with pytest.raises(TurnInProgressError, match=f"busy with run {running.id}"):
        other.say("never", if_busy="reject")
    place = other.runs.place(queued)
    urgent = other.say("urgent", if_busy="interrupt")
    deadline = time.monotonic() + 30
    while not home.runs.get(running.id).is_over:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    may.set()

    assert place == 1
    assert home.told(running)[-1] == "TurnEnded cancelled"
    assert [other.told(run)[-1] for run in (urgent, queued)] == ["TurnEnded yielded"] * 2
    heard = [entry.message.text for entry in home.memory.log.everything() if entry.message.is_heard]
    assert heard == ["first", "urgent", "second"]
    other.executor.stop()
