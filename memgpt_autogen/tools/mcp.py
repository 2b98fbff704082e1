"""The tools of MCP servers (Model Context Protocol), over a program's standard input and output or over HTTP.

Each session runs on an event loop in a thread of its own, because only the task that opened a session can
close it. It ends with `close()`, with the `with` block, or with the program. When a session was lost, the
next call opens it again.
"""

from __future__ import annotations

import atexit
import base64
import importlib.util
import math
import os
import re
import subprocess
import sys
import weakref
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, overload

import anyio
from anyio.from_thread import BlockingPortal
from typing_extensions import Self

from memgpt_autogen.concurrency import Lock, start_thread
from memgpt_autogen.errors import ConfigurationError, ToolError
from memgpt_autogen.llm.wire.redaction import bare_address, hide_secrets
from memgpt_autogen.tools.tool import RESERVED, Tool

SECONDS = 60.0  # for a call
START_SECONDS = 60.0  # to start and to list the tools; a program that is downloaded first takes long
CLOSING_SECONDS = 5.0
DESCRIPTION_CHARS = 1000  # the chat API takes 1,024
NAME_CHARS = 64  # the chat API takes no more
MOST_PAGES = 100  # of a server's list of tools

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
    """Start an MCP server by `command`, or connect to one at `url`, and return the tools that it has now.

    A started program gets `env` and, from this program's environment, only what the SDK considers safe, such
    as `PATH`. A `url` uses streamable HTTP, or the older transport with `sse`. `only` selects tools by the
    server's names; `prefix` is put before their names here. A call may take `seconds`, the start
    `start_seconds`. Raises `ConfigurationError` when the server cannot be started or reached.
    """
    if (command is None) == (url is None):
        raise ConfigurationError("mcp_tools takes either command=[...] or url=..., and exactly one of them.")
    if isinstance(command, str) or (command is not None and not command):
        raise ConfigurationError('command is a list such as ["uvx", "mcp-server-time"], not a text.')
    if importlib.util.find_spec("mcp") is None or importlib.util.find_spec("mcp_types") is None:
        raise ConfigurationError(
            "MCP servers need the extra 'mcp', which installs version 2 of the SDK: "
            "pip install 'memgpt-autogen[mcp]'."
        )
    if command is not None:
        server: _Server = _Program(command, env or {})
    else:
        server = _Address(str(url), headers or {}, sse=sse)
    session = _Session(server, seconds, start_seconds)
    listed = session.open()
    if only is not None and (missing := sorted(set(only) - {tool.name for tool in listed})):
        session.close()
        names = ", ".join(tool.name for tool in listed) or "none"
        raise ConfigurationError(f"{server.name} has no tool {', '.join(missing)}. It has: {names}.")
    chosen = [tool for tool in listed if only is None or tool.name in only]
    return McpTools(session, _make_tools(session, chosen, prefix))


class McpTools(Sequence[Tool]):
    """The tools of one server. Its session ends with `close()`, with the `with` block or with the program."""

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
        """Close the session; a program that was started ends too. Later calls fail."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class _Program:
    """A server that is a program, started here."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        self._command = [str(word) for word in command]
        self._env = dict(env)
        self.name = f"the MCP server '{self._command[0]}'"
        # an argument can be a key too, but without its short words and paths an error explains nothing
        self.secrets = (*env.values(), *(word for word in self._command[1:] if len(word) >= 16))

    def transport(self) -> AbstractAsyncContextManager[Any]:
        from mcp.client.stdio import StdioServerParameters, stdio_client

        parameters = StdioServerParameters(
            command=self._command[0], args=self._command[1:], env=self._env or None
        )
        return stdio_client(parameters, **_error_output())


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
        self.name = f"the MCP server at {bare_address(self._url)}"

    def transport(self) -> AbstractAsyncContextManager[Any]:
        if self._sse:
            from mcp.client.sse import sse_client

            return sse_client(self._url, headers=dict(self._headers))
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        # a server may answer slowly; each call has a time limit of its own
        client = httpx2.AsyncClient(headers=self._headers, timeout=httpx2.Timeout(30, read=300))
        return _with_client(client, streamable_http_client(self._url, http_client=client))


_Server = _Program | _Address


@asynccontextmanager
async def _with_client(client: Any, transport: AbstractAsyncContextManager[Any]) -> AsyncIterator[Any]:
    """Open a transport together with its HTTP client, and close both together."""
    async with client, transport as streams:
        yield streams


@dataclass(frozen=True, slots=True)
class _Connection:
    """An open session, as other threads use it."""

    client: Any
    portal: BlockingPortal
    tools: list[Any]
    process: int
    """The process that opened it: after a fork, the child process has no thread to serve it."""


class _Session:
    """The session with one server: opened, called from any thread, opened again after a loss, closed."""

    def __init__(self, server: _Server, seconds: float, start_seconds: float) -> None:
        self.name = server.name
        self._server = server
        self._seconds = seconds
        self._start_seconds = start_seconds
        self._lock = Lock(f"the session with {server.name}")
        self._connection: _Connection | None = None
        self._ended: Future[None] = Future()
        self._closed = False

    def open(self) -> list[Any]:
        """Open the session and return the server's list of tools. Raises `ConfigurationError`."""
        try:
            with self._lock:
                return self._open().tools
        except ToolError as error:
            raise ConfigurationError(str(error)) from error.__cause__

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Return the server's answer, a `CallToolResult`. Raises `ToolError`."""
        from mcp.shared.exceptions import MCPError

        with self._lock:
            if self._closed:
                raise ToolError(f"{self.name} was closed. Go on without {name}.")
            opened = self._connection
            connection = opened if opened and opened.process == os.getpid() else self._open()
        call = partial(connection.client.call_tool, name, arguments, read_timeout_seconds=self._seconds)
        try:
            answer = connection.portal.start_task_soon(call)
            if wait([answer], self._seconds + CLOSING_SECONDS).done:
                return answer.result()
            answer.cancel()
        except MCPError as error:
            if error.code == CONNECTION_CLOSED:
                raise self._lost(name, connection) from error
            if error.code not in REQUEST_TIMEOUT:
                raise ToolError(f"{name}: {self._describe(error)}") from error
        except Exception as error:
            raise self._lost(name, connection) from error
        raise ToolError(
            f"{name} was not answered within {self._seconds:g} seconds; it may still be running. "
            "Try a smaller request, or go on without it."
        )

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._end(wait_seconds=CLOSING_SECONDS)

    def _open(self) -> _Connection:
        opened: Future[_Connection] = Future()
        self._ended = ended = start_thread(partial(anyio.run, self._run, opened), name="mcp")
        wait([opened, ended], self._start_seconds, FIRST_COMPLETED)
        if opened.done():
            self._connection = opened.result()
            _open_sessions.add(self)
            return self._connection
        if not ended.done():
            opened.cancel()  # a session that opens now ends at once
            raise ToolError(f"{self.name} did not start within {self._start_seconds:g} seconds.")
        cause = _first(ended.exception() or RuntimeError("it ended"))
        # the causes are left out because they can contain secrets
        if isinstance(cause, FileNotFoundError):
            raise ToolError(f"{self.name} cannot be started: there is no such program.") from None
        raise ToolError(
            f"{self.name} cannot be reached: {self._describe(cause)} Check that it runs and speaks MCP."
        ) from None

    async def _run(self, opened: Future[_Connection]) -> None:
        """Open the session and keep it open until `_end` stops its portal."""
        from mcp import Client

        # `_open` waits less long, and closing can take seconds
        with anyio.fail_after(self._start_seconds + CLOSING_SECONDS) as start:
            async with Client(self._server.transport()) as client, BlockingPortal() as portal:
                tools = await _list_tools(client)
                start.deadline = math.inf
                opened.set_result(_Connection(client, portal, tools, os.getpid()))
                await portal.sleep_until_stopped()

    def _end(self, *, wait_seconds: float) -> None:
        connection, self._connection = self._connection, None
        if connection is None or connection.process != os.getpid():
            return
        with suppress(RuntimeError):  # it has ended by itself
            connection.portal.start_task_soon(connection.portal.stop, True)  # True cancels pending calls
        wait([self._ended], wait_seconds)

    def _lost(self, name: str, connection: _Connection) -> ToolError:
        with self._lock:
            if self._connection is connection:  # no other thread has opened it again
                self._end(wait_seconds=0)
        return ToolError(
            f"{self.name} was lost during {name}, which it may have carried out or not. "
            "Check whether it did, then call again: the call connects again."
        )

    def _describe(self, error: BaseException) -> str:
        words = " ".join(hide_secrets(self._server.secrets, str(error) or type(error).__name__).split())[:500]
        return words if words.endswith((".", "!", "?")) else f"{words}."


_open_sessions: weakref.WeakSet[_Session] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for session in list(_open_sessions):
        session.close()


async def _list_tools(client: Any) -> list[Any]:
    tools: list[Any] = []
    cursor = None
    for _ in range(MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if not cursor:
            break
    return tools


def _make_tools(session: _Session, listed: Iterable[Any], prefix: str) -> list[Tool]:
    tools: dict[str, Tool] = {}
    for each in listed:
        wanted = re.sub(r"[^A-Za-z0-9_-]", "_", f"{prefix}{each.name}")[:NAME_CHARS] or "tool"
        name = _free_name(wanted, tools)
        tools[name] = _make_tool(session, each, name)
    return list(tools.values())


def _free_name(name: str, taken: Collection[str]) -> str:
    """Return the name, with a number after it when it is taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name[: NAME_CHARS - 1 - len(str(number))]}_{number}"
    return free


def _make_tool(session: _Session, listed: Any, name: str) -> Tool:
    parameters, renamed = _parameters(listed.input_schema)
    required = parameters.get("required", ())

    def check(arguments: dict[str, Any]) -> dict[str, Any]:
        # the server checks the rest, but a null for an optional argument means "not given"
        return {
            renamed.get(key, key): value
            for key, value in arguments.items()
            if value is not None or key in required
        }

    def run(**arguments: Any) -> str:
        result = session.call(listed.name, arguments)
        text = _result_text(result)
        if result.is_error:
            raise ToolError(text or f"{name} failed and does not say why.")
        return text or "(nothing)"

    description = (listed.description or listed.title or "").strip()[:DESCRIPTION_CHARS]
    return Tool(name, description, parameters, run, check)


def _parameters(schema: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the server's schema, and the server's names of the arguments that are renamed in it.

    Arguments are renamed when the loop has arguments of the same name.
    """
    parameters = {key: value for key, value in schema.items() if key not in ("$schema", "title")}
    properties = dict(parameters.get("properties") or {})
    names = {name: _free_name(f"{name}_argument", properties) for name in RESERVED if name in properties}
    parameters["properties"] = {names.get(name, name): about for name, about in properties.items()}
    if "required" in parameters:
        parameters["required"] = [names.get(name, name) for name in parameters["required"]]
    return parameters, {new: old for old, new in names.items()}


def _result_text(result: Any) -> str:
    """Return a server's answer as text.

    Anything but text is named with its type and size; a structured answer is JSON, unless there is a text
    too.
    """
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
    """Return the size of what is packed in base64."""
    size = len(packed) * 3 // 4
    return f"{size:,} bytes" if size < 1000 else f"{round(size / 1000):,} kB"


def _first(error: BaseException) -> BaseException:
    """Return the first error of a group, which says what happened."""
    inner = getattr(error, "exceptions", ())
    return _first(inner[0]) if inner else error


def _error_output() -> dict[str, Any]:
    """Send a program's error output to ours, unless that is no file, as in some notebooks."""
    try:
        sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):
        return {"errlog": subprocess.DEVNULL}
    return {}
