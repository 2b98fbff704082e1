"""`AsyncClient`: the operations of a server for an event loop, as in a notebook or another server."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, aclosing
from pathlib import Path
from types import TracebackType
from typing import Any, Optional, TypeVar
from weakref import WeakKeyDictionary

import httpx
import tenacity
from typing_extensions import ParamSpec, Self

from memgpt_autogen.client.answers import check_answer, lost, stream_lost, value_of
from memgpt_autogen.client.base import FINAL, JOB_SECONDS, JobWatch
from memgpt_autogen.client.environment import address_or_default, key_or_default
from memgpt_autogen.client.errors import ApiError, JobFailedError, RunFailedError
from memgpt_autogen.client.files import file_to_write
from memgpt_autogen.client.http_client import (
    ATTEMPTS,
    LOOK_SECONDS,
    RECONNECT_SECONDS,
    START_SECONDS,
    TIMEOUT,
)
from memgpt_autogen.client.operation import Operation, UploadedFile
from memgpt_autogen.client.operations import AsyncOperations
from memgpt_autogen.client.operations.runs import CREATE_RUN, GET_RUN
from memgpt_autogen.client.operations.server import HEALTH
from memgpt_autogen.client.requests import (
    address_of,
    client_options,
    request_arguments,
    seconds_of,
    stream_arguments,
    url_of,
    with_key,
)
from memgpt_autogen.client.retries import Patience, is_passing, retry_options
from memgpt_autogen.client.run_events import FrameReader, RunReader, StreamedEvent
from memgpt_autogen.client.run_stream import AsyncRunStream
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.runs import RunAnswer
from memgpt_autogen.service.schemas.sources import JobAnswer
from memgpt_autogen.service.schemas.state import Health

P = ParamSpec("P")
T = TypeVar("T")


class AsyncClient(AsyncOperations):
    """A client of a server whose methods are awaited. It takes what `Client` does, and works the same way.

    It can be used on several event loops, one after the other: each has its own connections.
    """

    def __init__(
        self,
        base_url: Optional[str] = None,
        key: Optional[str] = None,
        *,
        timeout: float = TIMEOUT,
        attempts: int = ATTEMPTS,
        reconnect_seconds: float = RECONNECT_SECONDS,
        verify: Any = True,
        transport: Optional[httpx.AsyncBaseTransport] = None,
    ) -> None:
        self.base_url = address_of(address_or_default(base_url))
        self._timeout = timeout
        self._attempts = attempts
        self._reconnect_seconds = reconnect_seconds
        self._options = client_options(self.base_url, key_or_default(key), timeout, verify)
        self._transport = transport
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = WeakKeyDictionary()

    def __repr__(self) -> str:
        return f"AsyncClient({self.base_url!r})"

    async def say(self, agent: str, input: Any = "", **options: Any) -> RunAnswer:  # noqa: A002 - as in the API
        """Ask an agent for a turn, wait for its end, and return the run with what the agent has said.

        It takes what `create_run` does. Raises `RunFailedError` for a run that fails.
        """
        replies = []
        async with self.stream_run(agent, input, **options) as stream:
            async for event in stream:
                if event.kind == "replied":
                    replies.append(event.text)
                if event.ends_turn:
                    break
            run = await self.get_run(stream.run_id or "")
        run = run.model_copy(update={"replies": replies})
        if run.state == "failed":
            raise RunFailedError(run)
        return run

    def stream_run(self, agent: str, input: Any = "", **options: Any) -> AsyncRunStream:  # noqa: A002
        """Ask an agent for a turn, and return the stream of its events. It takes what `create_run` does.

        A broken connection is opened again, also over a restart of the server: no event comes twice.
        """
        reader = RunReader()
        return AsyncRunStream(reader, self._stream(reader, {"agent": agent, "input": input, **options}))

    def follow_run(self, run: str, *, after: int = 0) -> AsyncRunStream:
        """Return the stream of a run's events after a number, until its end."""
        reader = RunReader(after, run)
        return AsyncRunStream(reader, self._stream(reader, None))

    async def iterate(
        self, method: Callable[P, Awaitable[PageOf[T]]], *args: P.args, **kwargs: P.kwargs
    ) -> AsyncGenerator[T, None]:
        """Yield all items of a list, page by page: `client.iterate(client.list_agents, search="x")`."""
        while True:
            page = await method(*args, **kwargs)
            for item in page.items:
                yield item
            if page.next is None:
                return
            kwargs["cursor"] = page.next

    async def follow_job(self, job: str, *, seconds: float = JOB_SECONDS) -> AsyncIterator[JobAnswer]:
        """Yield a job whenever it has changed, until its end. Raises `JobTimeoutError` after `seconds`."""
        watch = JobWatch(seconds)
        while True:
            found = await self.get_job(job)
            if watch.has_changed(found):
                yield found
            if watch.is_over(found):
                return
            await asyncio.sleep(watch.pause())

    async def wait_for_job(self, job: str, *, seconds: float = JOB_SECONDS) -> JobAnswer:
        """Return a job when it has ended. Raises `JobFailedError` for one that has failed."""
        async for found in self.follow_job(job, seconds=seconds):
            if found.state == "failed":
                raise JobFailedError(found)
            last = found
        return last

    async def load(
        self,
        agent: str,
        file: Optional[UploadedFile] = None,
        *,
        url: Optional[str] = None,
        text: Optional[str] = None,
        name: Optional[str] = None,
        tag: Optional[list[str]] = None,
        seconds: float = JOB_SECONDS,
    ) -> JobAnswer:
        """Load a document into an agent's archive, and return the job when it has ended."""
        job = await self.load_source(agent, file, url=url, text=text, name=name, tag=tag)
        return await self.wait_for_job(job.id, seconds=seconds)

    async def wait_for_server(self, seconds: float = START_SECONDS) -> Health:
        """Wait until the server answers, as after its start. Raises `ServerAwayError` if it does not."""
        end = time.monotonic() + seconds
        while True:
            try:
                return await self._once(HEALTH, {})
            except (ApiError, httpx.TransportError) as error:
                if not is_passing(error):
                    raise
                if time.monotonic() >= end:
                    raise stream_lost(self.base_url, RunReader(), error) from error
            await asyncio.sleep(LOOK_SECONDS)

    async def aclose(self) -> None:
        """Close the connections of this event loop. Runs go on."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    @property
    def _http(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = httpx.AsyncClient(**self._options, transport=self._transport)
        return self._clients[loop]

    async def _call(self, operation: Operation[T], values: dict[str, Any]) -> T:
        values = with_key(operation, values)
        retrying = tenacity.AsyncRetrying(**retry_options(operation, values, self._attempts))
        try:
            return await retrying(self._once, operation, values)
        except httpx.TransportError as error:
            raise lost(self.base_url, operation, error) from error

    async def _once(self, operation: Operation[T], values: dict[str, Any]) -> T:
        with ExitStack() as files:
            arguments = request_arguments(operation, values, files)
            arguments["timeout"] = seconds_of(operation, self._timeout)
            url = url_of(self.base_url, operation, values)
            if operation.answer is Path:
                to = Path(os.fspath(values["to"]))
                return await self._saved(operation, url, to, arguments)  # type: ignore[return-value]  # the type of such an operation
            response = await self._http.request(operation.method, url, **arguments)
        return value_of(operation, response, self.base_url)

    async def _saved(self, operation: Operation[Any], url: str, to: Path, arguments: dict[str, Any]) -> Path:
        async with self._http.stream(operation.method, url, **arguments) as response:
            if not response.is_success:
                await response.aread()
            check_answer(response, self.base_url)
            with file_to_write(to) as file:
                async for chunk in response.aiter_bytes():
                    file.write(chunk)
        return to

    async def _stream(
        self, reader: RunReader, asked: dict[str, Any] | None
    ) -> AsyncGenerator[StreamedEvent, None]:
        patience = Patience(self._reconnect_seconds, self._attempts)
        asked = None if asked is None else with_key(CREATE_RUN, asked)
        is_over = False
        while True:
            read, was_over, trouble = reader.after, is_over, None
            try:
                async with aclosing(self._read(reader, asked, patience)) as events:
                    async for event in events:
                        yield event
                if reader.is_over or (was_over and reader.after == read):
                    return
                is_over = (await self._once(GET_RUN, {"run": reader.run_id})).state in FINAL
            except (ApiError, httpx.TransportError) as error:
                if not is_passing(error):
                    raise
                trouble = error
            if is_over and trouble is None:
                continue  # what the server told before it ended may not have been all
            pause = patience.pause(trouble)
            if pause is None:
                raise stream_lost(self.base_url, reader, trouble)
            await asyncio.sleep(pause)

    async def _read(
        self, reader: RunReader, asked: dict[str, Any] | None, patience: Patience
    ) -> AsyncGenerator[StreamedEvent, None]:
        """Yield what one connection brings."""
        arguments = stream_arguments(self.base_url, reader, asked, self._timeout)
        async with self._http.stream(**arguments) as response:
            if not response.is_success:
                await response.aread()
            check_answer(response, self.base_url)
            reader.run_id = reader.run_id or response.headers.get("x-run-id")
            reader.opened()
            frames = FrameReader()
            async for chunk in response.aiter_bytes():
                patience.news()
                for frame in frames.read(chunk):
                    event = reader.frame(frame)
                    if event is not None:
                        yield event
                    if reader.is_over:
                        return
