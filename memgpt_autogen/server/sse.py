"""Server-sent events: the stream of a run, with numbers from which it can be read on."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, contextmanager
from typing import Any

from prometheus_client import Gauge
from starlette.requests import Request
from starlette.responses import StreamingResponse

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.storage.runs.run_rows import Run
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.service.turns.executor import TurnExecutor
from memgpt_autogen.service.turns.following import PING_SECONDS, AsyncFollower, Streamed

MEDIA_TYPE = "text/event-stream"

SCHEMA: dict[str, Any] = {
    "description": "One event of the stream.",
    "type": "object",
    "properties": {
        "id": {
            "description": "The run and the number of the event; a part of a reply has none.",
            "type": "string",
            "examples": ["1d6f0a53-0b0e-4c55-93e5-1f3c4b1e6a52:3"],
        },
        "event": {"description": "The kind of the event.", "type": "string", "examples": ["replied"]},
        "data": {
            "description": "The event as a JSON object.",
            "type": "string",
            "contentMediaType": "application/json",
        },
    },
}
"""An event, for the OpenAPI file."""

RETRY = 1000
"""After how many milliseconds a client that lost its stream asks again."""

# how many streams read the database at once
_THREADS = 8

# nginx would keep events back
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""The headers of a stream."""


class Streams:
    """What the streams of an app share.

    A user has at most `most` of them open at once. Every `key_seconds`, each looks whether its key is valid.
    After `ping` seconds without events it says that it still lives.
    """

    def __init__(
        self,
        executor: TurnExecutor,
        *,
        most: int = 200,
        key_seconds: float = 15,
        ping: float = PING_SECONDS,
        gauge: Gauge | None = None,
    ) -> None:
        self.executor = executor
        self._gauge = gauge
        self.key_seconds = key_seconds
        self.ping_seconds = ping
        self._most = most
        self._open: Counter[str] = Counter()
        self.threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="memgpt-streams")
        self._lock = Lock("the end of the server")
        self.stopping = False
        """Whether the server ends: then the streams end, too, and clients go on with the next server."""

    def stop(self, drain: float) -> None:
        """Let the turns that run end, for at most so many seconds, and then all streams. It does so once."""
        with self._lock:
            if not self.stopping:
                self.executor.stop(drain)
                self.stopping = True

    def close(self) -> None:
        """Release the threads. Nobody reads any more."""
        self.threads.shutdown(wait=False, cancel_futures=True)

    def check_room(self, caller: Caller) -> None:
        """Raise a problem, 429, if the user has too many streams open."""
        if self._open[caller.user_id] >= self._most:
            raise ProblemError(
                429,
                f"{self._most} answers are open already for this user, the limit. Close some, or ask "
                "without stream and with background=true.",
                {"Retry-After": "5"},
            )

    @property
    def open_of_all(self) -> int:
        """How many streams are open now."""
        return sum(self._open.values())

    @contextmanager
    def held(self, caller: Caller) -> Iterator[None]:
        """A block in which one more stream of the user is open."""
        self._open[caller.user_id] += 1
        if self._gauge is not None:
            self._gauge.inc()
        try:
            yield
        finally:
            self._open[caller.user_id] -= 1
            if self._gauge is not None:
                self._gauge.dec()
            if not self._open[caller.user_id]:
                del self._open[caller.user_id]

    def follower(
        self, user_id: str, run_id: str, after: int = 0, *, ping: float | None = None, is_new: bool = False
    ) -> AsyncFollower:
        """Return what follows the events of a user's run after a number, until its end.

        `is_new` says that the run does not exist yet.
        """
        return AsyncFollower(
            self.executor.database.owned_by(user_id),
            self.executor.live,
            run_id,
            after,
            threads=self.threads,
            ping=min(ping or self.ping_seconds, self.key_seconds),
            stops=lambda: self.stopping,
            is_new=is_new,
        )

    def asker_left(self, run: Run) -> None:
        """Cancel the run, if whoever asked for it wants that."""
        if run.on_disconnect == "cancel":
            self.threads.submit(self.executor.cancel, run.id, run.owner_id)

    def response(
        self,
        request: Request,
        caller: Caller,
        run: Run,
        follower: AsyncFollower,
        headers: dict[str, str] | None = None,
        *,
        asks: bool = False,
    ) -> StreamingResponse:
        """Return the stream. `asks` says that it answers the request that asked for the run."""
        return StreamingResponse(
            self._frames(caller, Validity(self, request), run, follower, asks=asks),
            media_type=MEDIA_TYPE,
            headers={**HEADERS, **(headers or {})},
        )

    async def _frames(
        self, caller: Caller, key: Validity, run: Run, follower: AsyncFollower, *, asks: bool
    ) -> AsyncIterator[bytes]:
        whole = False
        try:
            with self.held(caller):
                yield f"retry: {RETRY}\n\n".encode()
                async with aclosing(follower.events()) as events:
                    async for each in events:
                        if not await key.holds():
                            break
                        yield frame(run.id, each)
                    else:
                        whole = True
        finally:
            follower.close()
            if asks and not whole:
                self.asker_left(run)


class Validity:
    """Whether the key of a long request is still valid. It is looked up again now and then."""

    def __init__(self, streams: Streams, request: Request) -> None:
        self._threads, self._seconds = streams.threads, streams.key_seconds
        self._is_valid: Callable[[], bool] = request.state.is_valid
        self._looked = time.monotonic()

    async def holds(self) -> bool:
        """Return whether the answer may go on: not if the key was revoked or has expired meanwhile."""
        if time.monotonic() - self._looked < self._seconds:
            return True
        self._looked = time.monotonic()
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._is_valid)


def streams_of(request: Request) -> Streams:
    streams: Streams = request.app.state.streams
    return streams


def number_after(
    run_id: str, after: int | None, last_event_id: str | None, *, what: str = "run", digits: int = 9
) -> int:
    """Return the number after which a client wants to read: the one it names, or that of its last event.

    Raises `ConfigurationError` for an id of another run. A group's numbers have more `digits`.
    """
    if after is not None or not last_event_id:
        return after or 0
    run, _, number = last_event_id.rpartition(":")
    if run != run_id or not (number.isascii() and number.isdigit()) or len(number) > digits:
        raise ConfigurationError(
            f"the header Last-Event-ID is of no event of this {what}. Send the id of its last event, or "
            "?after="
        )
    return int(number)


def frame(id_: str, each: Streamed | None) -> bytes:
    """Return a thing of the stream of the run or group with this id; None is a ping."""
    if each is None:
        return b": ping\n\n"
    number = "" if each.number is None else f"id: {id_}:{each.number}\n"
    data: Any = json.dumps(each.data)
    return f"{number}event: {each.kind}\ndata: {data}\n\n".encode()
