"""Server-sent events: the stream of a run, with numbers from which it can be read on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Any

from starlette.requests import Request
from starlette.responses import StreamingResponse

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.storage.runs.run_rows import Run
from memgpt_autogen.server.turns.executor import TurnExecutor
from memgpt_autogen.server.turns.following import PING_SECONDS, Streamed, follow_async
from memgpt_autogen.service.runs import home_database
from memgpt_autogen.settings import Settings

MEDIA_TYPE = "text/event-stream"

# after how many milliseconds a client that lost its stream asks again
_RETRY = 1000

# how many streams read the database at once
_THREADS = 8

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would keep events back


class Streams:
    """What the streams of an app share."""

    def __init__(self, executor: TurnExecutor) -> None:
        self.executor = executor
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

    def events(
        self, settings: Settings, run: Run, after: int, *, ping: float = PING_SECONDS
    ) -> AsyncIterator[Streamed | None]:
        """Yield the events of a run after a number until its end; None when there were none for a while."""
        return follow_async(
            home_database(settings),
            self.executor.live,
            run.id,
            after,
            threads=self.threads,
            ping=ping,
            stops=lambda: self.stopping,
        )

    def asker_left(self, run: Run) -> None:
        """Cancel the run, if whoever asked for it wants that."""
        if run.on_disconnect == "cancel":
            self.threads.submit(self.executor.cancel, run.id, run.owner_id)

    def response(
        self,
        settings: Settings,
        run: Run,
        after: int,
        headers: dict[str, str] | None = None,
        *,
        asks: bool = False,
    ) -> StreamingResponse:
        """Return the stream. `asks` says that it answers the request that asked for the run."""
        return StreamingResponse(
            self._frames(settings, run, after, asks=asks),
            media_type=MEDIA_TYPE,
            headers={**_HEADERS, **(headers or {})},
        )

    async def _frames(self, settings: Settings, run: Run, after: int, *, asks: bool) -> AsyncIterator[bytes]:
        whole = False
        try:
            yield f"retry: {_RETRY}\n\n".encode()
            async with aclosing(self.events(settings, run, after)) as events:  # type: ignore[type-var]
                async for each in events:
                    yield _frame(run.id, each)
            whole = True
        finally:
            if asks and not whole:
                self.asker_left(run)


def streams_of(request: Request) -> Streams:
    streams: Streams = request.app.state.streams
    return streams


def number_after(run_id: str, after: int | None, last_event_id: str | None) -> int:
    """Return the number after which a client wants to read: the one it names, or that of its last event.

    Raises `ConfigurationError` for an id of another run.
    """
    if after is not None or not last_event_id:
        return after or 0
    run, _, number = last_event_id.rpartition(":")
    if run != run_id or not (number.isascii() and number.isdigit()) or len(number) > 9:
        raise ConfigurationError(
            "the header Last-Event-ID is of no event of this run. Send the id of its last event, or ?after="
        )
    return int(number)


def _frame(run_id: str, each: Streamed | None) -> bytes:
    if each is None:
        return b": ping\n\n"
    number = "" if each.number is None else f"id: {run_id}:{each.number}\n"
    data: Any = json.dumps(each.data)
    return f"{number}event: {each.kind}\ndata: {data}\n\n".encode()
