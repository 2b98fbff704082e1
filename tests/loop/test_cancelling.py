"""A turn that is cancelled: what the model answers after that is not stored, and nobody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from typing import Any

import pytest
from loops import HELLO, LoopFactory, story

from memgpt_autogen.concurrency import Cancellation, WorkCancelledError, run_with_timeout
from memgpt_autogen.events import Event, ReplyPart
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.loop.heartbeat import CANCELLED, HeartbeatLoop
from memgpt_autogen.loop.watch import Unwatched
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.testing import call, says

REPLY = says("", call("send_message", message="Hi!"))


class Watch(Unwatched):
    """Notes what it learns, and can be cancelled."""

    def __init__(self) -> None:
        self.cancellation: Cancellation | None = Cancellation()
        self.entries: list[Entry] = []
        self.last: list[Event] = []
        self.stored: list[Entry] = []
        self.waited = 0

    def heard(self, entries: Sequence[Entry]) -> None:
        self.entries = list(entries)

    def waits(self) -> None:
        self.waited += 1

    def ends(self, events: Sequence[Event], entries: Sequence[Entry]) -> None:
        self.last, self.stored = list(events), list(entries)

    def cancel(self) -> None:
        assert self.cancellation is not None
        self.cancellation.cancel()


def said(loop: HeartbeatLoop) -> list[str]:
    """What the log has as said, and everything that a search could find."""
    return [
        entry.message.spoken
        for entry in loop.memory.log.everything()
        if entry.message.spoken is not None and not entry.hidden
    ]


def cancelling(watch: Watch, answer: Completion) -> Callable[[object], Completion]:
    """An answer during which the turn is cancelled."""

    def answered(_request: object) -> Completion:
        watch.cancel()
        return answer

    return answered


def test_the_answer_of_a_cancelled_turn_is_not_stored(make_loop: LoopFactory) -> None:
    watch = Watch()
    loop = make_loop(cancelling(watch, REPLY), REPLY)

    events = list(loop.run([HELLO], watch=watch))

    assert story(events) == ["Heard", "TurnEnded cancelled"]
    assert said(loop) == ["Hello!"]
    assert story(loop.run())[-2:] == ["says Hi!", "TurnEnded yielded"]


def test_a_turn_that_is_cancelled_before_it_asks_the_model_asks_nothing(make_loop: LoopFactory) -> None:
    watch = Watch()
    watch.cancel()

    assert story(make_loop().run([HELLO], watch=watch)) == ["Heard", "TurnEnded cancelled"]


def test_a_call_that_runs_is_finished_and_the_next_ones_are_not_run(make_loop: LoopFactory) -> None:
    watch = Watch()

    def stop() -> str:
        """Stop."""
        watch.cancel()
        return "stopped"

    first, second = call("stop"), call("core_memory_append", label="human", content="tea")
    loop = make_loop(says("", first, second), tools=[stop])

    events = list(loop.run([HELLO], watch=watch))

    assert story(events)[-2:] == ["gets stopped", "TurnEnded cancelled"]
    results = [entry.message for entry in loop.memory.log.everything() if entry.message.kind == "result"]
    assert [(result.text, result.ok) for result in results] == [("stopped", True), (CANCELLED, False)]
    assert loop.memory.core["human"].value == ""
    assert loop.memory.queue.waiting() == {}


def test_words_beside_a_call_are_not_in_the_log_as_said_when_the_call_is_cancelled(
    make_loop: LoopFactory,
) -> None:
    watch = Watch()

    def stop() -> str:
        """Stop."""
        watch.cancel()
        return "stopped"

    loop = make_loop(says("", call("stop"), call("send_message", message="It is done.")), tools=[stop])

    assert story(loop.run([HELLO], watch=watch))[-2:] == ["gets stopped", "TurnEnded cancelled"]

    assert said(loop) == ["Hello!"]
    assert "It is done." not in str(loop.memory.compile())
    assert "stopped" in str(loop.memory.compile())
    assert loop.memory.recall.search("done").total == 0


class Slow:
    """A model that answers when the test ends. It streams its first words."""

    model = "slow"

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self.end = threading.Event()

    def complete(self, *_: Any) -> Completion:
        self._watch.cancel()
        self.end.wait(60)
        return REPLY

    def stream(self, *_: Any) -> Generator[Completion, None, None]:
        yield says("", call("send_message", message="H"))
        yield says("", call("send_message", message="Hi"))
        self.end.wait(60)
        yield REPLY


@pytest.mark.parametrize("stream", [False, True])
def test_nobody_waits_for_a_model_whose_turn_is_cancelled(make_loop: LoopFactory, stream: bool) -> None:
    watch = Watch()
    loop = make_loop(stream=stream)
    slow = Slow(watch)
    loop.llm = slow

    events = []
    for event in loop.run([HELLO], watch=watch):
        events.append(event)
        if isinstance(event, ReplyPart):
            watch.cancel()

    assert not slow.end.is_set()
    slow.end.set()
    parts = [event for event in events if isinstance(event, ReplyPart)]
    assert (parts[-1] == ReplyPart("", anew=True)) if stream else parts == []
    assert said(loop) == ["Hello!"]
    assert story(events)[-1] == "TurnEnded cancelled"


def test_the_watch_learns_the_input_and_the_last_events_in_the_transactions_that_store_them(
    make_loop: LoopFactory,
) -> None:
    watch = Watch()
    loop = make_loop(says("", call("send_message", message="Wait.", request_heartbeat=True)), REPLY)

    events = list(loop.run([HELLO], watch=watch))

    assert [entry.message.text for entry in watch.entries] == ["Hello!"]
    assert watch.last == events[-len(watch.last) :]
    assert story(watch.last)[-2:] == ["says Hi!", "TurnEnded yielded"]
    assert watch.stored == loop.memory.log.everything()[-len(watch.stored) :]
    assert [entry.message.spoken for entry in watch.stored] == ["Hi!", None]
    assert watch.waited


@pytest.mark.parametrize("moment", ["heard", "ends"])
def test_nothing_is_stored_where_the_watch_cannot_store_it(make_loop: LoopFactory, moment: str) -> None:
    watch = Watch()

    def refuse(*_: object) -> None:
        raise RuntimeError("no")

    setattr(watch, moment, refuse)
    loop = make_loop(REPLY, REPLY)

    with pytest.raises(RuntimeError, match="no"):
        list(loop.run([HELLO], watch=watch))

    assert said(loop) == ([] if moment == "heard" else ["Hello!"])
    assert story(loop.run([HELLO]))[-1] == "TurnEnded yielded"


def test_work_that_is_cancelled_is_left_behind() -> None:
    cancellation, end = Cancellation(), threading.Event()
    called: list[str] = []
    cancellation.then(lambda: called.append("now"))
    threading.Timer(0.05, cancellation.cancel).start()

    with pytest.raises(WorkCancelledError):
        run_with_timeout(lambda: end.wait(60), 60, name="work", cancellation=cancellation)
    with pytest.raises(WorkCancelledError):
        run_with_timeout(lambda: end.wait(60), 60, name="work", cancellation=cancellation)

    cancellation.then(lambda: called.append("late"))
    end.set()
    assert called == ["now", "late"]
    cancellation.cancel()
