"""The tools of MCP servers (Model Context Protocol), over standard input and output or over HTTP."""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import overload

from typing_extensions import Self

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.tools.mcp.listed import choose, make_tools
from memgpt_autogen.tools.mcp.servers import Address, Program, Server, check_texts
from memgpt_autogen.tools.mcp.session import CLOSING_SECONDS, Session
from memgpt_autogen.tools.tool import Tool

logger = logging.getLogger(__name__)

SECONDS = 60.0  # for a call
START_SECONDS = 60.0  # to start and to list the tools; a program that is downloaded first takes long
MANY_TOOLS = 100  # OpenAI takes at most 128 in a request, with ours and those of other servers


def mcp_tools(
    command: Sequence[str] | None = None,
    *,
    url: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: str | Path | None = None,
    headers: Mapping[str, str] | None = None,
    sse: bool = False,
    only: Collection[str] | None = None,
    prefix: str = "",
    seconds: float = SECONDS,
    start_seconds: float = START_SECONDS,
) -> McpTools:
    """Start an MCP server by `command`, or connect to one at `url`, and return the tools that it has now.

    A started program gets `env` and, from this program's environment, only what the SDK considers safe, such
    as `PATH`. It runs in the folder `cwd`; by default in the working directory. A `url` uses streamable HTTP,
    or the older transport with `sse`. `only` selects tools by the server's names; `prefix` is put before
    their names here. A call may take `seconds`, the start `start_seconds`. Tools that run only as tasks are
    left out, and a warning names them. Raises `ConfigurationError` when the server cannot be started or
    reached.
    """
    if (command is None) == (url is None):
        raise ConfigurationError("mcp_tools takes either command=[...] or url=..., and exactly one of them.")
    if isinstance(command, str) or (command is not None and not command):
        raise ConfigurationError('command is a list such as ["uvx", "mcp-server-time"], not a text.')
    if url is not None and cwd is not None:
        raise ConfigurationError(
            "cwd is the folder of a program that is started; a server at a url has its own. Leave out cwd."
        )
    check_texts(env or {}, "env")
    check_texts(headers or {}, "headers")
    check_sdk()
    if command is not None:
        server: Server = Program(command, env or {}, None if cwd is None else os.fspath(cwd))
    else:
        server = Address(str(url), headers or {}, sse=sse)
    session = Session(server, seconds, start_seconds)
    chosen = choose(session, session.open(), only)
    if len(chosen) > MANY_TOOLS:
        logger.warning(
            "%s has %d tools. OpenAI takes at most 128 in a request, and each one costs tokens in every "
            "prompt: select some with only=[...].",
            session.name,
            len(chosen),
        )
    # a time limit that was raised here is meant to be longer than that of the agent's other tools
    limit = None if seconds <= SECONDS else start_seconds + seconds + 2 * CLOSING_SECONDS
    return McpTools(session, make_tools(session, chosen, prefix, limit))


class McpTools(Sequence[Tool]):
    """The tools of one server. Its session ends with `close()`, with the `with` block or with the program."""

    def __init__(self, session: Session, tools: Iterable[Tool]) -> None:
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
        """Close the session; a program that was started ends too. Calls that wait, and later ones, fail."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def check_sdk() -> None:
    """Raise `ConfigurationError` if the SDK is not installed."""
    if importlib.util.find_spec("mcp") is None or importlib.util.find_spec("mcp_types") is None:
        raise ConfigurationError(
            "MCP servers need the extra 'mcp', which installs version 2 of the SDK: "
            "pip install 'memgpt-autogen[mcp]'."
        )
