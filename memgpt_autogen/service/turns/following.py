"""Read the events of a run while they come, from any number on, in whatever process the run is.

Readers in the process of the run's worker are told of each event once it is stored, and get the parts of a
reply too. Others read the stored events from the database, again and again.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any, Optional

from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.run_events import READ
from memgpt_autogen.memory.storage.runs.run_rows import EventRow, Run
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.service.turns.live import Live

PAUSES = (0.1, 0.5)
"""How long a reader waits before it looks again, at first and at most, in seconds."""

LOOK_SECONDS = 5.0
"""After how many seconds a reader that is told of everything looks into the database nevertheless."""

PING_SECONDS = 15.0
"""After how many seconds without news a reader is told that the stream still lives."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """One thing of a stream. A part of a reply has no number, since it is not stored."""

    kind: str
    data: dict[str, Any]
    number: Optional[int] = None


class Follower:
    """Reads one run, from this process as long as a worker here has it, and else from the database.

    `wake` is called whenever there may be something to take. `is_new` says that the run does not exist yet,
    so everything of it will be told.
    """

    def __init__(
        self,
        database: Database,
        live: Live,
        run_id: str,
        after: int = 0,
        *,
        wake: Callable[[], object] = lambda: None,
        is_new: bool = False,
    ) -> None:
        self._live = live
        self._runs = Runs(database)
        self._run_id = run_id
        self._after = after
        self._inbox = live.open(run_id, wake)
        self._looks = not is_new
        """Whether the database must be read before anything else."""
        self._look_at = time.monotonic() + LOOK_SECONDS
        self._shown = ""
        """What was sent of the reply that the model still writes."""
        self.run: Run | None = None
        """The run as it was last seen."""
        self.is_over = False
        """Whether everything was read, and nothing more comes."""
        self.is_behind = False
        """Whether there is more to read at once."""

    def close(self) -> None:
        """Be told of nothing more."""
        self._live.close(self._inbox)

    def take_told(self) -> list[Streamed] | None:
        """Return what a worker of this process has told; None where the database must be read."""
        rows, run = self._live.unread(self._inbox)
        rows = [row for row in rows if row.number > self._after]
        whole = [row.number for row in rows] == [*range(self._after + 1, self._after + 1 + len(rows))]
        told = run is not None or self._live.is_here(self._run_id)
        if self._looks or not (whole and told) or time.monotonic() >= self._look_at:
            self._looks = True
            return None
        return self._streamed(run or self.run, rows)

    def take(self) -> list[Streamed]:
        """Return what is new in the database. Raises `NotFoundError` where there is no such run any more."""
        run, found = self._runs.look(self._run_id, self._after)
        self._looks = self.is_behind = len(found) == READ
        self._look_at = time.monotonic() + LOOK_SECONDS
        return self._streamed(run, found)

    def _streamed(self, run: Run | None, rows: Sequence[EventRow]) -> list[Streamed]:
        self.run = run
        streamed = [self._stored(row) for row in rows]
        if self.is_behind:
            return streamed
        is_over = run is not None and run.is_over
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
    news, waits = threading.Event(), _Waits(ping)
    with closing(Follower(database, live, run_id, after, wake=news.set)) as follower:
        while True:
            news.clear()
            told = follower.take_told()
            found = follower.take() if told is None else told
            yield from found
            if follower.is_over:
                return
            if waits.is_ping_due(bool(found)):
                yield None
            if not follower.is_behind:
                news.wait(waits.seconds)


class AsyncFollower:
    """Does what `follow` does on an event loop, until `stops`. One of the `threads` reads the database.

    It is told of events as soon as it is made, also if nobody iterates yet.
    """

    def __init__(
        self,
        database: Database,
        live: Live,
        run_id: str,
        after: int = 0,
        *,
        threads: Executor,
        ping: float = PING_SECONDS,
        stops: Callable[[], bool] = lambda: False,
        is_new: bool = False,
    ) -> None:
        self._loop, self._news = asyncio.get_running_loop(), asyncio.Event()
        self._follower = Follower(database, live, run_id, after, wake=self._wake, is_new=is_new)
        self._threads = threads
        self._waits = _Waits(ping)
        self._stops = stops
        self._is_read = False
        """Whether somebody waits for news."""

    @property
    def run(self) -> Run | None:
        """The run as it was last seen."""
        return self._follower.run

    def close(self) -> None:
        """Be told of nothing more."""
        self._follower.close()

    async def events(self) -> AsyncGenerator[Streamed | None, None]:
        """Yield what `follow` yields."""
        follower = self._follower
        self._is_read = True
        try:
            while True:
                self._news.clear()
                found = follower.take_told()
                if found is None:
                    found = await self._loop.run_in_executor(self._threads, follower.take)
                for each in found:
                    yield each
                if follower.is_over or self._stops():
                    return
                if self._waits.is_ping_due(bool(found)):
                    yield None
                if follower.is_behind:
                    continue
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._news.wait(), self._waits.seconds)
        finally:
            self.close()

    def _wake(self) -> None:
        if self._is_read and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)


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
