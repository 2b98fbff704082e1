"""Read the events of a run while they come, from any number on, in whatever process the run is.

The stored events are read from the database. Readers in the process of the run's worker are woken when there
are new ones, and get the parts of a reply too; others look again and again.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Optional

from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.run_events import READ
from memgpt_autogen.memory.storage.runs.run_rows import EventRow
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.server.turns.live import Live

PAUSES = (0.1, 0.5)
"""How long a reader waits before it looks again, at first and at most, in seconds."""

PING_SECONDS = 15.0
"""After how many seconds without news a reader is told that the stream still lives."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """One thing of a stream. A part of a reply has no number, since it is not stored."""

    kind: str
    data: dict[str, Any]
    number: Optional[int] = None


class Follower:
    """Reads one run. `follow` and `follow_async` say when."""

    def __init__(self, database: Database, live: Live, run_id: str, after: int = 0) -> None:
        self._live = live
        self._runs = Runs(database)
        self._run_id = run_id
        self._after = after
        self._shown = ""
        """What was sent of the reply that the model still writes."""
        self.is_over = False
        """Whether everything was read, and nothing more comes."""
        self.is_behind = False
        """Whether there is more to read at once."""

    def take(self) -> list[Streamed]:
        """Return what is new. Raises `NotFoundError` where there is no such run any more."""
        is_over, found = self._runs.look(self._run_id, self._after)
        streamed = [self._stored(row) for row in found]
        self.is_behind = len(found) == READ
        if self.is_behind:
            return streamed
        reply = None if is_over else self._live.reply(self._run_id)
        if reply is not None and reply.after == self._after and reply.text != self._shown:
            goes_on = bool(self._shown) and reply.text.startswith(self._shown)
            text = reply.text.removeprefix(self._shown) if goes_on else reply.text
            self._shown = reply.text
            streamed.append(
                Streamed("reply_part", {"run_id": self._run_id, "text": text, "anew": not goes_on})
            )
        self.is_over = is_over
        return streamed

    def _stored(self, row: EventRow) -> Streamed:
        self._after, self._shown = row.number, ""
        return Streamed(row.kind, event_data(self._run_id, row), row.number)


def event_data(run_id: str, row: EventRow) -> dict[str, Any]:
    """Return the fields of a stored event with its run, its entry of the log and its time."""
    time_ = row.time.isoformat().replace("+00:00", "Z")
    return {"run_id": run_id, "seq": row.seq, "time": time_, **row.data}


def follow(
    database: Database, live: Live, run_id: str, after: int = 0, *, ping: float = PING_SECONDS
) -> Iterator[Streamed | None]:
    """Yield the events of a run after a number until its end; None after `ping` seconds without any."""
    follower, news = Follower(database, live, run_id, after), threading.Event()
    waits = _Waits(ping)
    with live.reading(run_id, news.set):
        while True:
            news.clear()
            found = follower.take()
            yield from found
            if follower.is_over:
                return
            if waits.is_ping_due(bool(found)):
                yield None
            if not follower.is_behind:
                news.wait(waits.seconds)


async def follow_async(
    database: Database,
    live: Live,
    run_id: str,
    after: int = 0,
    *,
    threads: Executor,
    ping: float = PING_SECONDS,
    stops: Callable[[], bool] = lambda: False,
) -> AsyncIterator[Streamed | None]:
    """Do what `follow` does on an event loop, until `stops`. One of the `threads` reads the database."""
    loop, news = asyncio.get_running_loop(), asyncio.Event()
    follower, waits = Follower(database, live, run_id, after), _Waits(ping)

    def wake() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(news.set)

    with live.reading(run_id, wake):
        while True:
            news.clear()
            found = await loop.run_in_executor(threads, follower.take)
            for each in found:
                yield each
            if follower.is_over or stops():
                return
            if waits.is_ping_due(bool(found)):
                yield None
            if follower.is_behind:
                continue
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(news.wait(), waits.seconds)


class _Waits:
    """How long a reader waits before it looks again: longer and longer while there is nothing new."""

    def __init__(self, ping: float) -> None:
        self._ping = ping
        self._told = time.monotonic()
        self.seconds = PAUSES[0]

    def is_ping_due(self, found: bool) -> bool:  # noqa: FBT001 - a private method of one argument
        """Note whether there was something new, and return whether nothing was told for too long."""
        moment = time.monotonic()
        self.seconds = PAUSES[0] if found else min(PAUSES[1], self.seconds * 1.5)
        if found or moment - self._told >= self._ping:
            self._told = moment
            return not found
        return False
