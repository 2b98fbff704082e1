"""The tools of MCP servers (Model Context Protocol), over standard input and output or over HTTP."""

from __future__ import annotations

import importlib.util
import logging
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, overload

from typing_extensions import Self

from memgpt_autogen.errors import ConfigurationError, ToolError
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.text.safe import cut_at_word
from memgpt_autogen.tools.mcp.accepted import repaired_schema
from memgpt_autogen.tools.mcp.answer import answer_text
from memgpt_autogen.tools.mcp.arguments import as_typed, choice_checker
from memgpt_autogen.tools.mcp.one_object import is_choice, one_object
from memgpt_autogen.tools.mcp.references import free_name
from memgpt_autogen.tools.mcp.schema import rename_arguments
from memgpt_autogen.tools.mcp.servers import Address, Program, Server, check_texts
from memgpt_autogen.tools.mcp.session import CLOSING_SECONDS, Session
from memgpt_autogen.tools.tool import Tool

logger = logging.getLogger(__name__)

SECONDS = 60.0  # for a call
START_SECONDS = 60.0  # to start and to list the tools; a program that is downloaded first takes long
DESCRIPTION_CHARS = 1000  # the chat API takes 1,024
NAME_CHARS = 64  # the chat API takes no more
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
    if importlib.util.find_spec("mcp") is None or importlib.util.find_spec("mcp_types") is None:
        raise ConfigurationError(
            "MCP servers need the extra 'mcp', which installs version 2 of the SDK: "
            "pip install 'memgpt-autogen[mcp]'."
        )
    if command is not None:
        server: Server = Program(command, env or {}, None if cwd is None else os.fspath(cwd))
    else:
        server = Address(str(url), headers or {}, sse=sse)
    session = Session(server, seconds, start_seconds)
    chosen = _choose(session, session.open(), only)
    if len(chosen) > MANY_TOOLS:
        logger.warning(
            "%s has %d tools. OpenAI takes at most 128 in a request, and each one costs tokens in every "
            "prompt: select some with only=[...].",
            session.name,
            len(chosen),
        )
    # a time limit that was raised here is meant to be longer than that of the agent's other tools
    limit = None if seconds <= SECONDS else start_seconds + seconds + 2 * CLOSING_SECONDS
    return McpTools(session, _make_tools(session, chosen, prefix, limit))


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


def _choose(session: Session, listed: Sequence[Any], only: Collection[str] | None) -> list[Any]:
    """Return the tools that are wanted and can be called. Closes the session if a wanted one is missing."""
    tasks = [tool.name for tool in listed if _only_as_task(tool)]
    callable_ones = [tool for tool in listed if tool.name not in tasks]
    if only is None:
        if tasks:
            logger.warning(
                "%s runs %s only as a task, which is not supported. Left out: %s.",
                session.name,
                counted(len(tasks), "tool"),
                ", ".join(tasks),
            )
        return callable_ones
    names = {tool.name for tool in callable_ones}
    if not (missing := sorted(set(only) - names)):
        return [tool for tool in callable_ones if tool.name in only]
    session.close()
    if as_tasks := [name for name in missing if name in tasks]:
        raise ConfigurationError(
            f"{session.name} runs {', '.join(as_tasks)} only as a task, which is not supported. "
            "Leave it out of only."
        )
    raise ConfigurationError(
        f"{session.name} has no tool {', '.join(missing)}. "
        f"It has: {', '.join(tool.name for tool in callable_ones) or 'none'}."
    )


def _only_as_task(listed: Any) -> bool:
    """Return whether a server refuses an ordinary call of this tool."""
    return getattr(getattr(listed, "execution", None), "task_support", None) == "required"


def _make_tools(session: Session, listed: Iterable[Any], prefix: str, seconds: float | None) -> list[Tool]:
    tools: dict[str, Tool] = {}
    for each in listed:
        wanted = re.sub(r"[^A-Za-z0-9_-]", "_", f"{prefix}{each.name}")[:NAME_CHARS] or "tool"
        name = free_name(wanted, tools, NAME_CHARS)
        tools[name] = _make_tool(session, each, name, seconds)
    return list(tools.values())


def _make_tool(session: Session, listed: Any, name: str, seconds: float | None) -> Tool:
    whole = repaired_schema(listed.input_schema)
    parameters, renamed = rename_arguments(whole)
    parameters, note = one_object(parameters)
    required = parameters.get("required", ())
    error_in = choice_checker(whole) if is_choice(whole) else None

    def check(arguments: dict[str, Any]) -> dict[str, Any]:
        # the server checks the rest, but a null for an optional argument means "not given"
        given = {key: value for key, value in arguments.items() if value is not None or key in required}
        typed = as_typed(given, parameters)
        meant = {renamed.get(key, key): value for key, value in typed.items()}
        if error_in is not None and (error := error_in(meant)):
            raise ToolError(f"{name}: {error}. {note}".strip())
        return meant

    def run(**arguments: Any) -> str:
        result = session.call(listed.name, arguments)
        text = answer_text(result)
        if result.is_error:
            raise ToolError(text or f"{name} failed and does not say why.")
        return text or "(nothing)"

    about = (listed.description or listed.title or "").strip()
    about = cut_at_word(about, DESCRIPTION_CHARS - len(note) - 1)
    description = f"{about} {note}".strip()
    return Tool(name, description, parameters, run, check, seconds=seconds)
