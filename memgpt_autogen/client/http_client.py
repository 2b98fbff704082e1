"""`Client`: the operations of a server, over HTTP."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Optional, TypeVar

import httpx
import tenacity

from memgpt_autogen.client.answers import check_answer, lost, stream_lost, value_of
from memgpt_autogen.client.base import FINAL, BaseClient
from memgpt_autogen.client.environment import address_or_default, key_or_default
from memgpt_autogen.client.errors import ApiError
from memgpt_autogen.client.files import file_to_write
from memgpt_autogen.client.operation import Operation
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
from memgpt_autogen.service.schemas.state import Health

T = TypeVar("T")

ATTEMPTS = 3
"""How often a request is sent by default, where that does no harm."""

TIMEOUT = 60.0
"""How many seconds without a byte end a request by default. Those that change much have ten times as many."""

RECONNECT_SECONDS = 60.0
"""How long a stream waits by default for a server that is lost."""


START_SECONDS = 60.0
"""How long a server that starts is waited for by default."""

LOOK_SECONDS = 0.1
"""How often is looked whether a server answers."""


class Client(BaseClient):
    """A client of a server. It can be used by several threads at once.

    Without `base_url` and `key`, the environment has them (`MEMGPT_AUTOGEN_SERVER` and
    `MEMGPT_AUTOGEN_SERVER_KEY`), and else it is the server of this machine. `verify` is what httpx takes,
    such as an `ssl.SSLContext` that knows a certificate of one's own. `transport` speaks in place of the
    network.

    Raises `ApiError` where the server refuses, and `ServerAwayError` where none answers.
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
        transport: Optional[httpx.BaseTransport] = None,
    ) -> None:
        self.base_url = address_of(address_or_default(base_url))
        self._timeout = timeout
        self._attempts = attempts
        self._reconnect_seconds = reconnect_seconds
        options = client_options(self.base_url, key_or_default(key), timeout, verify)
        self._http = httpx.Client(**options, transport=transport)

    def __repr__(self) -> str:
        return f"Client({self.base_url!r})"

    def wait_for_server(self, seconds: float = START_SECONDS) -> Health:
        """Wait until the server answers, as after its start. Raises `ServerAwayError` if it does not."""
        end = time.monotonic() + seconds
        while True:
            try:
                return self._once(HEALTH, {})
            except (ApiError, httpx.TransportError) as error:
                if not is_passing(error):
                    raise
                if time.monotonic() >= end:
                    raise stream_lost(self.base_url, RunReader(), error) from error
            time.sleep(LOOK_SECONDS)

    def close(self) -> None:
        """Close the connections. Runs go on."""
        self._http.close()

    def _call(self, operation: Operation[T], values: dict[str, Any]) -> T:
        values = with_key(operation, values)
        retrying = tenacity.Retrying(**retry_options(operation, values, self._attempts))
        try:
            value: T = retrying(self._once, operation, values)
        except httpx.TransportError as error:
            raise lost(self.base_url, operation, error) from error
        return value

    def _once(self, operation: Operation[T], values: dict[str, Any]) -> T:
        with ExitStack() as files:
            arguments = request_arguments(operation, values, files)
            arguments["timeout"] = seconds_of(operation, self._timeout)
            url = url_of(self.base_url, operation, values)
            if operation.answer is Path:
                return self._saved(operation, url, Path(os.fspath(values["to"])), arguments)  # type: ignore[return-value]  # the type of such an operation
            response = self._http.request(operation.method, url, **arguments)
        return value_of(operation, response, self.base_url)

    def _saved(self, operation: Operation[Any], url: str, to: Path, arguments: dict[str, Any]) -> Path:
        with self._http.stream(operation.method, url, **arguments) as response:
            if not response.is_success:
                response.read()
            check_answer(response, self.base_url)
            with file_to_write(to) as file:
                for chunk in response.iter_bytes():
                    file.write(chunk)
        return to

    def _stream(
        self, reader: RunReader, asked: dict[str, Any] | None
    ) -> Generator[StreamedEvent, None, None]:
        patience = Patience(self._reconnect_seconds, self._attempts)
        asked = None if asked is None else with_key(CREATE_RUN, asked)
        is_over = False
        while True:
            read, was_over, trouble = reader.after, is_over, None
            try:
                yield from self._read(reader, asked, patience)
                if reader.is_over or (was_over and reader.after == read):
                    return
                is_over = self._once(GET_RUN, {"run": reader.run_id}).state in FINAL
            except (ApiError, httpx.TransportError) as error:
                if not is_passing(error):
                    raise
                trouble = error
            if is_over and trouble is None:
                continue  # what the server told before it ended may not have been all
            pause = patience.pause(trouble)
            if pause is None:
                raise stream_lost(self.base_url, reader, trouble)
            time.sleep(pause)

    def _read(
        self, reader: RunReader, asked: dict[str, Any] | None, patience: Patience
    ) -> Iterator[StreamedEvent]:
        """Yield what one connection brings."""
        arguments = stream_arguments(self.base_url, reader, asked, self._timeout)
        with self._http.stream(**arguments) as response:
            if not response.is_success:
                response.read()
            check_answer(response, self.base_url)
            reader.run_id = reader.run_id or response.headers.get("x-run-id")
            reader.opened()
            frames = FrameReader()
            for chunk in response.iter_bytes():
                patience.news()
                for frame in frames.read(chunk):
                    event = reader.frame(frame)
                    if event is not None:
                        yield event
                    if reader.is_over:
                        return
