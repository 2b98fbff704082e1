"""The session with one MCP server: opened, called from any thread, opened again after a loss, closed.

It runs on an event loop in a thread of its own, because only the task that opened a session can close it. It
ends with `close()`, with the `with` block, or with the program. When it was lost, the next call opens it
again. Threads that need the session while it is being opened wait for the same opening.
"""

from __future__ import annotations

import asyncio
import atexit
import math
import os
import time
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, InvalidStateError, wait
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio
from anyio.from_thread import BlockingPortal

from memgpt_autogen.concurrency import Lock, start_thread
from memgpt_autogen.errors import ConfigurationError, ToolError
from memgpt_autogen.llm.wire.redaction import hide_secrets
from memgpt_autogen.tools.mcp.noise import THREAD, Noise, quiet_log_of_this_thread, unread_line
from memgpt_autogen.tools.mcp.repair import message_in, repair_result
from memgpt_autogen.tools.mcp.servers import Server

CLOSING_SECONDS = 5.0
CHECK_SECONDS = 5.0  # for the question whether a session still lives
MOST_PAGES = 100  # of a server's list of tools

CONNECTION_CLOSED = -32000
REQUEST_TIMEOUT = (-32001, 408)

# the answers of a gateway whose server may have had the request
GATEWAY = (502, 503, 504)

# The SDK says only that there was an error. Other statuses are left out: 400 to 405 are also how servers
# refuse what they need not know.
TOLD_STATUSES = {
    401: "The server wants a login or another key: check the headers",
    403: "The server refuses this login or key: check the headers",
    407: "A proxy wants a login",
    413: "The request is too large",
    429: "The server limits the rate: call less often",
}


class Session:
    """The session with one server."""

    def __init__(self, server: Server, seconds: float, start_seconds: float) -> None:
        self.name = server.name
        self._server = server
        self._seconds = seconds
        self._start_seconds = start_seconds
        # held for moments only: nothing is waited for while a thread has it
        self._lock = Lock(f"the session with {server.name}")
        self._attempt: _Attempt | None = None
        self._closed = False
        self._noise = Noise(server.name, self._without_secrets)

    def open(self) -> list[Any]:
        """Open the session and return the server's list of tools. Raises `ConfigurationError`."""
        try:
            return self._opened("").tools
        except ToolError as error:
            raise ConfigurationError(str(error)) from error.__cause__

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Return the server's answer, a `CallToolResult`. Raises `ToolError`.

        A server that was started anew does not know the session, and refuses the call. Then the session is
        opened again, and the call is made once more.
        """
        connection = self._opened(name)
        try:
            return self._ask(connection, name, arguments)
        except _SessionRefusedError:
            self._drop(connection.attempt)
        connection = self._opened(name)
        try:
            return self._ask(connection, name, arguments)
        except _SessionRefusedError as error:
            raise self._lost(name, connection) from error

    def close(self) -> None:
        """End the session. Calls that wait fail at once."""
        wait([self.stop()], CLOSING_SECONDS)

    def stop(self) -> Future[None]:
        """Begin to end the session, and return what is done when it has ended."""
        with self._lock:
            self._closed = True
            attempt, self._attempt = self._attempt, None
        if attempt is None or attempt.process != os.getpid():
            ended: Future[None] = Future()
            ended.set_result(None)
            return ended
        attempt.stop()
        return attempt.ended

    def _opened(self, name: str) -> _Connection:
        """Return the open session; open it, or wait for the thread that does."""
        with self._lock:
            if self._closed:
                raise self._was_closed(name)
            attempt = self._attempt
            if attempt is None or attempt.is_over:
                attempt = _Attempt(self._server, self._noise, self._seconds, self._start_seconds)
                self._attempt = attempt
                _open_sessions.add(self)
        left = max(0.0, attempt.until - time.monotonic())
        wait([attempt.connection, attempt.ended], left, FIRST_COMPLETED)
        with suppress(CancelledError):
            if attempt.connection.done():
                return attempt.connection.result()
        is_late = attempt.connection.cancelled() or not attempt.ended.done()
        self._drop(attempt)
        if self._closed:
            raise self._was_closed(name)
        if is_late:
            raise ToolError(f"{self.name} did not start within {self._start_seconds:g} seconds.")
        cause = _first(attempt.ended.exception() or RuntimeError("it ended"))
        # the causes are left out because they can contain secrets
        if isinstance(cause, ConfigurationError):
            raise ToolError(f"{self.name} cannot be used: {cause}") from None
        if isinstance(cause, (FileNotFoundError, NotADirectoryError)):
            raise ToolError(f"{self.name} cannot be started: {self._server.missing}.") from None
        if isinstance(cause, TimeoutError):
            raise ToolError(f"{self.name} did not start within {self._start_seconds:g} seconds.") from None
        words = self._describe(cause, attempt.refusals_since(0))
        raise ToolError(
            f"{self.name} cannot be reached: {words} Check that it runs and speaks MCP."
        ) from None

    def _ask(self, connection: _Connection, name: str, arguments: dict[str, Any]) -> Any:
        """Call a tool. Raises `_SessionRefusedError` if the server did not carry out the call."""
        from mcp.shared.exceptions import MCPError

        began = time.monotonic()
        call = partial(connection.client.call_tool, name, arguments, read_timeout_seconds=self._seconds)
        try:
            answer = connection.portal.start_task_soon(call)
            if wait([answer], self._seconds + CLOSING_SECONDS).done:
                return answer.result()
            answer.cancel()
        except MCPError as error:
            if error.code not in REQUEST_TIMEOUT or time.monotonic() - began < self._seconds:
                raise self._judged(error, began, connection, name) from error
        except Exception as error:
            if self._closed:
                raise self._was_closed(name) from error
            statuses = connection.attempt.refusals_since(began)
            if connection.is_alive():
                raise ToolError(f"{name}: {self._describe(error, statuses)}") from error
            raise self._lost(name, connection) from error
        raise ToolError(
            f"{name} was not answered within {self._seconds:g} seconds; it may still be running. "
            "Try a smaller request, or go on without it."
        )

    def _judged(self, error: Any, began: float, connection: _Connection, name: str) -> Exception:
        """Return what an error means: an answer, a server that does not know the session, or a loss.

        The words and numbers of a refused session differ between servers. So the server is asked for its
        tools: if it answers, the session lives.
        """
        if self._closed:
            return self._was_closed(name)
        statuses = connection.attempt.refusals_since(began)
        if connection.is_alive():
            return ToolError(f"{name}: {self._describe(error, statuses)}")
        if set(statuses) & set(GATEWAY) or (error.code == CONNECTION_CLOSED and not statuses):
            return self._lost(name, connection)
        return _SessionRefusedError(str(error))

    def _lost(self, name: str, connection: _Connection) -> ToolError:
        self._drop(connection.attempt)
        return ToolError(
            f"{self.name} was lost during {name}, which it may have carried out or not. "
            "Check whether it did, then call again: the call connects again."
        )

    def _drop(self, attempt: _Attempt) -> None:
        """End a session or an opening, unless another thread has opened a new one."""
        with self._lock:
            if self._attempt is attempt:
                self._attempt = None
        attempt.stop()

    def _was_closed(self, name: str) -> ToolError:
        return ToolError(f"{self.name} was closed. Go on without {name or 'it'}.")

    def _describe(self, error: BaseException, statuses: Sequence[int] = ()) -> str:
        words = self._without_secrets(str(error) or type(error).__name__)[:500]
        words = words if words.endswith((".", "!", "?")) else f"{words}."
        status = next((each for each in reversed(statuses) if each in TOLD_STATUSES or each >= 500), None)
        if status is None:
            return words
        hint = TOLD_STATUSES.get(status, "The server failed: see its log")
        return f"{words} {hint} (HTTP {status})."

    def _without_secrets(self, text: str) -> str:
        return " ".join(hide_secrets(self._server.secrets, text).split())


class _SessionRefusedError(Exception):
    """The server does not know the session, and has not carried out the call."""


@dataclass(frozen=True, slots=True)
class _Connection:
    """An open session, as other threads use it."""

    client: Any
    portal: BlockingPortal
    tools: list[Any]
    attempt: _Attempt

    def is_alive(self) -> bool:
        """Return whether the server still answers in this session. A slow one counts as alive."""
        if self.attempt.is_gone:
            return False
        try:
            asked = self.portal.start_task_soon(self.client.session.list_tools)
            if wait([asked], CHECK_SECONDS).done:
                asked.result()
            else:
                asked.cancel()
        except Exception:  # noqa: BLE001 - any answer but the list
            return False
        return True


class _Attempt:
    """One opening of a session, and the session while it lasts, in a thread of its own."""

    def __init__(self, server: Server, noise: Noise, seconds: float, start_seconds: float) -> None:
        self.connection: Future[_Connection] = Future()
        """Cancelled where nobody waits for the session any more."""
        self.until = time.monotonic() + start_seconds
        self.process = os.getpid()
        """After a fork, the child process has no thread to serve it."""
        self.is_gone = False
        """Whether the server has ended the session."""
        self._server = server
        self._noise = noise
        self._seconds = seconds
        self._start_seconds = start_seconds
        self._refusals: deque[tuple[float, int]] = deque(maxlen=100)
        self._end_start: Callable[[], object] | None = None
        self._version = ""
        """Of the protocol, once it is known."""
        self.ended = start_thread(partial(anyio.run, self._run), name=THREAD)

    @property
    def is_over(self) -> bool:
        """Whether a call needs a new session."""
        return self.process != os.getpid() or self.is_gone or self.ended.done()

    def refusals_since(self, time: float) -> list[int]:
        """Return the statuses of the requests over HTTP that were refused since then."""
        return [status for at, status in self._refusals if at >= time]

    def stop(self) -> None:
        """End it without waiting: the start, or the session and all its calls."""
        if self.process != os.getpid():
            return
        with suppress(RuntimeError):  # it has ended by itself
            if self.connection.cancel():
                if self._end_start is not None:
                    self._end_start()
            elif self.connection.exception() is None:
                portal = self.connection.result().portal
                portal.start_task_soon(portal.stop, True)  # True cancels pending calls

    async def _run(self) -> None:
        """Open the session and keep it open until `stop`."""
        from mcp import Client

        quiet_log_of_this_thread()
        # those who wait for it wait less long, and closing can take seconds
        with anyio.fail_after(self._start_seconds + CLOSING_SECONDS) as start:
            self._end_start = partial(asyncio.get_running_loop().call_soon_threadsafe, start.cancel)
            if self.connection.cancelled():
                return
            async with Client(self._transport()) as client, BlockingPortal() as portal:
                self._version = client.protocol_version
                tools = await _list_tools(client)
                start.deadline = math.inf
                with suppress(InvalidStateError):  # nobody waits any more
                    self.connection.set_result(_Connection(client, portal, tools, self))
                    await portal.sleep_until_stopped()

    @asynccontextmanager
    async def _transport(self) -> AsyncIterator[Any]:
        """Open the streams, pass on what the server sends, and note when it ends."""
        transport = self._server.transport(self._seconds, self._note_refusal)
        send, receive = anyio.create_memory_object_stream[Any](0)

        async def forward(read: Any) -> None:
            try:
                with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
                    async with send:
                        async for message in read:
                            if (heard := self._heard(message)) is not None:
                                await send.send(heard)
            finally:
                self.is_gone = True

        async with transport as (read, write), anyio.create_task_group() as group:
            group.start_soon(forward, read)
            try:
                yield receive, write
            finally:
                group.cancel_scope.cancel()

    def _heard(self, message: Any) -> Any:
        """Return a message in the form that the SDK reads; None for what is no message."""
        from mcp.shared.message import SessionMessage

        if isinstance(message, Exception):
            found = message_in(unread_line(message))
            if found is None:
                self._noise.hear(message)
                return None
            message = SessionMessage(found)
        result = getattr(message.message, "result", None)
        if isinstance(result, dict):
            self._noise.leave_out(repair_result(result, self._version))
        return message

    def _note_refusal(self, status: int) -> None:
        self._refusals.append((time.monotonic(), status))


_open_sessions: weakref.WeakSet[Session] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    wait([session.stop() for session in list(_open_sessions)], CLOSING_SECONDS)


async def _list_tools(client: Any) -> list[Any]:
    """Return the tools of all pages. Some servers send the same page again and again."""
    tools: dict[str, Any] = {}
    asked: set[str | None] = set()
    cursor = None
    while cursor not in asked and len(asked) < MOST_PAGES:
        asked.add(cursor)
        page = await client.list_tools(cursor=cursor)
        for tool in page.tools:
            tools.setdefault(tool.name, tool)
        cursor = page.next_cursor
    return list(tools.values())


def _first(error: BaseException) -> BaseException:
    """Return the first error of a group, which says what happened."""
    inner = getattr(error, "exceptions", ())
    return _first(inner[0]) if inner else error
