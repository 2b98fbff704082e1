"""The end of a server: its turns may end, its streams do, and clients go on with the next server."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from typing import Any

from turns import Home

from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.server.sse import Streams
from memgpt_autogen.server.stopping import on_stop_signal
from memgpt_autogen.service.turns.following import Streamed
from memgpt_autogen.testing import call, says


class Slow:
    """A model that answers when it may."""

    model = "slow"

    def __init__(self) -> None:
        self.may = threading.Event()

    def complete(self, *_: Any) -> Completion:
        self.may.wait(60)
        return says("", call("send_message", message="Hi!"))


def test_the_streams_of_a_server_that_stops_end_although_a_turn_still_runs(
    make_home: Callable[..., Home],
) -> None:
    model = Slow()
    home = make_home({"sam": model})
    run, streams = home.say(), Streams(home.executor)

    async def read() -> list[Streamed]:
        found = []
        async for each in streams.follower(run.owner_id, run.id).events():
            if each is not None:
                found.append(each)
                threading.Thread(target=streams.stop, args=(0,)).start()
        return found

    found = asyncio.run(asyncio.wait_for(read(), 30))
    streams.stop(30)  # it has stopped already, so it does not wait again
    streams.close()

    assert [each.kind for each in found] == ["heard"]
    assert home.runs.get(run.id).state == "running"
    model.may.set()


def test_a_signal_lets_turns_and_streams_end_before_the_server_waits_for_its_answers() -> None:
    """In every worker: what the server itself does at a signal comes after that."""
    stopped, told = threading.Event(), list[int]()
    former = signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    try:
        with on_stop_signal(stopped.set):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, former)

    assert stopped.wait(10)
    assert told == [signal.SIGTERM, signal.SIGTERM]
