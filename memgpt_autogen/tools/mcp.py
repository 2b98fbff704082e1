"""The tools of MCP servers (Model Context Protocol), over a program's standard input and output or over HTTP.

All sessions live on one event loop in a thread of its own, since a session may only be closed where it was opened. They end
with `close()`, with the `with` block, or with the program. A session that was lost is opened again by the next call.
"""

from __future__ import annotations

import asyncio
import atexit
import base64
import importlib.util
import re
import subprocess
import sys
import threading
import weakref
from collections.abc import AsyncIterator, Collection, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from types import TracebackType
from typing import Any, overload

from typing_extensions import Self

from memgpt_autogen.errors import ConfigurationError, ToolError
from memgpt_autogen.llm.wire.errors import bare, hidden
from memgpt_autogen.tools.tool import RESERVED, Tool

SECONDS = 60.0
"""How long a server may take for a call."""

START_SECONDS = 60.0
"""How long a server may take to start and to list its tools; programs that are fetched first take long."""

CLOSING_SECONDS = 5.0

DESCRIPTION_CHARS = 1000
"""The chat API takes descriptions up to 1,024 characters."""

NAME_CHARS = 64

MOST_PAGES = 100
"""Pages of a server's list of tools that are read."""

CONNECTION_CLOSED = -32000
REQUEST_TIMEOUT = (-32001, 408)


def mcp_tools(
    command: Sequence[str] | None = None,
    *,
    url: str | None = None,
    env: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    sse: bool = False,
    only: Collection[str] | None = None,
    prefix: str = "",
    seconds: float = SECONDS,
    start_seconds: float = START_SECONDS,
) -> McpTools:
    """The tools of one server, which is started by `command` or reached at `url`, as the list of them is now.

    A started program sees `env` and, of this program's environment, only what the SDK takes for safe, such as `PATH`. `url` is
    spoken to by streamable HTTP, or by the older way with `sse`. `only` keeps the tools that the server calls so; `prefix` stands
    before their names here. A call may take `seconds`, the start `start_seconds`. Raises `ConfigurationError` where the server cannot be had.
    """
    if (command is None) == (url is None):
        raise ConfigurationError("mcp_tools takes either command=[...] or url=..., and exactly one of them.")
    if isinstance(command, str) or (command is not None and not command):
        raise ConfigurationError('command is a list such as ["uvx", "mcp-server-time"], not a text.')
    if importlib.util.find_spec("mcp") is None or importlib.util.find_spec("mcp_types") is None:
        raise ConfigurationError(
            "MCP servers need the extra 'mcp', which brings version 2 of the SDK: pip install 'memgpt-autogen[mcp]'."
        )
    if command is not None:
        server: _Server = _Program(command, env or {})
    else:
        server = _Address(str(url), headers or {}, sse=sse)
    session = _Session(server, seconds, start_seconds)
    listed = session.open()
    if only is not None and (missing := sorted(set(only) - {tool.name for tool in listed})):
        session.close()
        raise ConfigurationError(
            f"{server.name} has no tool {', '.join(missing)}. It has: {', '.join(tool.name for tool in listed) or 'none'}."
        )
    chosen = [tool for tool in listed if only is None or tool.name in only]
    return McpTools(session, _tools(session, chosen, prefix))


class McpTools(Sequence[Tool]):
    """The tools of one server, and its session, which ends with the `with` block, with `close()`, or with the program."""

    def __init__(self, session: _Session, tools: Iterable[Tool]) -> None:
        self._session = session
        self._tools = tuple(tools)

    @overload
    def __getitem__(self, place: int) -> Tool: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Tool]: ...

    def __getitem__(self, place: int | slice) -> Tool | Sequence[Tool]:
        return self._tools[place]

    def __len__(self) -> int:
        return len(self._tools)

    def __repr__(self) -> str:
        return f"<McpTools of {self._session.name}: {', '.join(tool.name for tool in self._tools) or 'none'}>"

    def close(self) -> None:
        """End the session; a program that was started ends too. Later calls fail."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Program:
    """A server that is started here."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        self._command = [str(word) for word in command]
        self._env = dict(env)
        self.name = f"the MCP server '{self._command[0]}'"
        # arguments may be keys as well, but a short word or a path that is starred tells nobody what failed
        self.secrets = (*env.values(), *(word for word in self._command[1:] if len(word) >= 16))

    def transport(self) -> AbstractAsyncContextManager[Any]:
        from mcp.client.stdio import StdioServerParameters, stdio_client

        parameters = StdioServerParameters(
            command=self._command[0], args=self._command[1:], env=self._env or None
        )
        return stdio_client(parameters, **_errors_to())


class _Address:
    """A server that is reached by HTTP."""

    def __init__(self, url: str, headers: Mapping[str, str], *, sse: bool) -> None:
        import httpx

        place = httpx.URL(url)
        self._headers = dict(headers)
        self.secrets: tuple[str, ...] = tuple(headers.values())
        if place.userinfo:  # addresses are logged, headers are not
            login = base64.b64encode(f"{place.username}:{place.password}".encode()).decode()
            self._headers.setdefault("Authorization", f"Basic {login}")
            self.secrets += (place.password, login)
            place = place.copy_with(username=None, password=None)
        self._url = str(place)
        self._sse = sse
        self.name = f"the MCP server at {bare(self._url)}"

    def transport(self) -> AbstractAsyncContextManager[Any]:
        if self._sse:
            from mcp.client.sse import sse_client

            return sse_client(self._url, headers=dict(self._headers))
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        # a server may take its time with an answer; each call has a limit of its own
        client = httpx2.AsyncClient(headers=self._headers, timeout=httpx2.Timeout(30, read=300))
        return _over(client, streamable_http_client(self._url, http_client=client))


_Server = _Program | _Address


@asynccontextmanager
async def _over(client: Any, transport: AbstractAsyncContextManager[Any]) -> AsyncIterator[Any]:
    """A transport with the client that it speaks through, which ends with it."""
    async with client, transport as streams:
        yield streams


class _Session:
    """One server's session: opened, asked, lost, opened again, closed. Any thread may ask."""

    def __init__(self, server: _Server, seconds: float, start_seconds: float) -> None:
        self.name = server.name
        self._server = server
        self._seconds = seconds
        self._start_seconds = start_seconds
        self._lock = threading.Lock()
        self._client: Any = None
        self._task: Future[None] | None = None
        self._ended: asyncio.Event | None = None
        self._closed = False

    def open(self) -> list[Any]:
        """Begin the session and read the list of tools; raises `ConfigurationError`."""
        try:
            with self._lock:
                return self._open()
        except ToolError as error:
            raise ConfigurationError(str(error)) from error.__cause__

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """What the server answers, as a `CallToolResult`; raises `ToolError`."""
        from mcp.shared.exceptions import MCPError

        with self._lock:
            if self._closed:
                raise ToolError(f"{self.name} was closed. Go on without {name}.")
            if self._client is None:
                self._open()
            client = self._client
        asked = _background().submit(client.call_tool(name, arguments, read_timeout_seconds=self._seconds))
        try:
            return asked.result(self._seconds + CLOSING_SECONDS)
        except FutureTimeoutError as error:
            asked.cancel()
            raise self._too_slow(name) from error
        except MCPError as error:
            if error.code in REQUEST_TIMEOUT:
                raise self._too_slow(name) from error
            if error.code != CONNECTION_CLOSED:
                raise ToolError(f"{name}: {self._said(error)}") from error
            raise self._lost(name, client) from error
        except Exception as error:
            raise self._lost(name, client) from error

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._end(wait=True)

    def _open(self) -> list[Any]:
        background = _background()
        ready: Future[tuple[Any, list[Any]]] = Future()
        self._ended = ended = asyncio.Event()
        self._task = task = background.submit(self._live(ready, ended))
        try:
            self._client, listed = ready.result(self._start_seconds)
        except FutureTimeoutError as error:
            task.cancel()
            raise ToolError(f"{self.name} did not start within {self._start_seconds:g} seconds.") from error
        except Exception as error:  # noqa: BLE001 - told, without what may be secret in its cause
            cause = _first(error)
            if isinstance(cause, FileNotFoundError):
                raise ToolError(f"{self.name} cannot be started: there is no such program.") from None
            raise ToolError(
                f"{self.name} cannot be reached: {self._said(cause)} Check that it runs and speaks MCP."
            ) from None
        _open_sessions.add(self)
        return listed

    async def _live(self, ready: Future[tuple[Any, list[Any]]], ended: asyncio.Event) -> None:
        from mcp import Client

        try:
            async with Client(self._server.transport(), read_timeout_seconds=self._start_seconds) as client:
                ready.set_result((client, await _listed(client)))
                await ended.wait()
        except BaseException as error:
            if not ready.done():
                ready.set_exception(
                    error if isinstance(error, Exception) else RuntimeError("it was interrupted")
                )
            if not isinstance(error, Exception):
                raise

    def _end(self, *, wait: bool) -> None:
        task, ended = self._task, self._ended
        self._client = self._task = self._ended = None
        if task is None or ended is None:
            return
        _background().soon(ended.set)
        if wait:
            with suppress(Exception):
                task.result(CLOSING_SECONDS)
            task.cancel()

    def _lost(self, name: str, client: Any) -> ToolError:
        with self._lock:
            if self._client is client:  # nobody has opened it again since
                self._end(wait=False)
        return ToolError(
            f"{self.name} was lost during {name}, which it may have carried out or not. "
            "Look whether it did, then call again: it is connected to anew."
        )

    def _too_slow(self, name: str) -> ToolError:
        return ToolError(
            f"{name} was not answered within {self._seconds:g} seconds; it may still be at work. "
            "Try a smaller request, or go on without it."
        )

    def _said(self, error: BaseException) -> str:
        words = " ".join(hidden(self._server.secrets, str(error) or type(error).__name__).split())[:500]
        return words if words.endswith((".", "!", "?")) else f"{words}."


async def _listed(client: Any) -> list[Any]:
    tools: list[Any] = []
    cursor = None
    for _ in range(MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if not cursor:
            break
    return tools


def _tools(session: _Session, listed: Iterable[Any], prefix: str) -> list[Tool]:
    taken: set[str] = set()
    tools = []
    for told in listed:
        name = _free(re.sub(r"[^A-Za-z0-9_-]", "_", f"{prefix}{told.name}")[:NAME_CHARS] or "tool", taken)
        taken.add(name)
        tools.append(_tool(session, told, name))
    return tools


def _free(name: str, taken: Collection[str]) -> str:
    """The name, or with a number behind it where it is taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name[: NAME_CHARS - 1 - len(str(number))]}_{number}"
    return free


def _tool(session: _Session, told: Any, name: str) -> Tool:
    parameters, renamed = _parameters(told.input_schema)
    required = parameters.get("required", ())

    def check(arguments: dict[str, Any]) -> dict[str, Any]:
        # the server checks; but what is null stands for "not given" where it need not be given
        return {
            renamed.get(key, key): value
            for key, value in arguments.items()
            if value is not None or key in required
        }

    def run(**arguments: Any) -> str:
        result = session.call(told.name, arguments)
        text = result_text(result)
        if result.is_error:
            raise ToolError(text or f"{name} failed and does not say why.")
        return text or "(nothing)"

    description = (told.description or told.title or "").strip()[:DESCRIPTION_CHARS]
    return Tool(name, description, parameters, run, check)


def _parameters(schema: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The server's schema, with arguments renamed that are called as the loop's own, and what they are called there."""
    parameters = {key: value for key, value in schema.items() if key not in ("$schema", "title")}
    properties = dict(parameters.get("properties") or {})
    names: dict[str, str] = {}
    for name in RESERVED:
        if name in properties:
            names[name] = _free(f"{name}_argument", properties)
    parameters["properties"] = {names.get(name, name): about for name, about in properties.items()}
    if "required" in parameters:
        parameters["required"] = [names.get(name, name) for name in parameters["required"]]
    return parameters, {new: old for old, new in names.items()}


def result_text(result: Any) -> str:
    """A server's answer as text. What is no text is named with its type and size; a structured answer is JSON where no text says it."""
    parts = [part for block in result.content if (part := _block_text(block))]
    if result.structured_content is not None and not any(block.type == "text" for block in result.content):
        from pydantic_core import to_json

        parts.append(to_json(result.structured_content, fallback=str).decode())
    return "\n".join(parts)


def _block_text(block: Any) -> str:
    if block.type == "text":
        return str(block.text)
    if block.type in ("image", "audio"):
        return f"[{block.type}: {block.mime_type}, {_size(block.data)}]"
    if block.type == "resource_link":
        return f"[resource: {block.name}, {block.uri}]"
    if block.type == "resource":
        resource = block.resource
        if (text := getattr(resource, "text", None)) is not None:
            return str(text)
        return f"[resource: {resource.uri}, {resource.mime_type or 'unknown type'}, {_size(resource.blob)}]"
    return f"[{block.type}]"


def _size(packed: str) -> str:
    """The size of what stands there in base64."""
    size = len(packed) * 3 // 4
    return f"{size:,} bytes" if size < 1000 else f"{round(size / 1000):,} kB"


def _first(error: BaseException) -> BaseException:
    """The first error of a group of them, which says what happened."""
    inner = getattr(error, "exceptions", ())
    return _first(inner[0]) if inner else error


def _errors_to() -> dict[str, Any]:
    """Where a program's error output goes: to ours, unless that is no file, as in some notebooks."""
    try:
        sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):
        return {"errlog": subprocess.DEVNULL}
    return {}


class _Background:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="mcp", daemon=True).start()

    def submit(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def soon(self, what: Any) -> None:
        self._loop.call_soon_threadsafe(what)


_started: list[_Background] = []
_starting = threading.Lock()
_open_sessions: weakref.WeakSet[_Session] = weakref.WeakSet()


def _background() -> _Background:
    with _starting:
        if not _started:
            _started.append(_Background())
            atexit.register(_close_all)
        return _started[0]


def _close_all() -> None:
    for session in list(_open_sessions):
        session.close()
