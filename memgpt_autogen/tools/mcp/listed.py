"""From the list of a server to tools: which of them can be called, and what a model calls."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from memgpt_autogen.errors import ConfigurationError, ToolError
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.text.safe import cut_at_word
from memgpt_autogen.tools.mcp.accepted import repaired_schema
from memgpt_autogen.tools.mcp.answer import answer_text
from memgpt_autogen.tools.mcp.arguments import as_typed, choice_checker
from memgpt_autogen.tools.mcp.one_object import is_choice, one_object
from memgpt_autogen.tools.mcp.references import free_name
from memgpt_autogen.tools.mcp.schema import rename_arguments
from memgpt_autogen.tools.mcp.session import Session
from memgpt_autogen.tools.tool import Tool

logger = logging.getLogger(__name__)

DESCRIPTION_CHARS = 1000  # the chat API takes 1,024
NAME_CHARS = 64  # the chat API takes no more


def choose(session: Session, listed: Sequence[Any], only: Collection[str] | None) -> list[Any]:
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


def make_tools(session: Session, listed: Iterable[Any], prefix: str, seconds: float | None) -> list[Tool]:
    """Return what a model calls, for tools as a server lists them."""
    tools: dict[str, Tool] = {}
    for each in listed:
        wanted = re.sub(r"[^A-Za-z0-9_-]", "_", f"{prefix}{each.name}")[:NAME_CHARS] or "tool"
        name = free_name(wanted, tools, NAME_CHARS)
        tools[name] = _make_tool(session, each, name, seconds)
    return list(tools.values())


def _only_as_task(listed: Any) -> bool:
    """Return whether a server refuses an ordinary call of this tool."""
    return getattr(getattr(listed, "execution", None), "task_support", None) == "required"


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
