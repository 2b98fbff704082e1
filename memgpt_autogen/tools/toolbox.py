"""The toolbox: reads and runs the model's calls. Whatever happens becomes a result that the model can act on.

This is the only place where a `ToolError` is caught.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from memgpt_autogen.concurrency import TimeLimitError, run_with_timeout
from memgpt_autogen.errors import ConfigurationError, MemGPTError, ToolError
from memgpt_autogen.llm.protocols import ToolSchema
from memgpt_autogen.llm.text_calls.arguments import read_arguments
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.text.safe import clean_text
from memgpt_autogen.tools.event_loop import tool_context
from memgpt_autogen.tools.result_room import DEFAULT_CHARS, Chars, chars_now, set_result_room
from memgpt_autogen.tools.tool import HEARTBEAT, THOUGHTS, Tool

logger = logging.getLogger(__name__)

# the most characters of an error that a model reads
ERROR_CHARS = 1000

# what a model writes to request a heartbeat
YES = ("true", "yes", "1", "1.0")

# levels of lists and objects that arguments may have
MOST_NESTED = 100


@dataclass(frozen=True, slots=True)
class Reading:
    """A model's call as it was understood."""

    call: ToolCall
    """Its arguments are valid JSON, and contain only those of the tool."""
    arguments: dict[str, Any]
    thought: str = ""
    heartbeat: bool = False
    error: str | None = None
    """Why the arguments could not be read."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a call, or why it failed if `ok` is False."""

    text: str
    ok: bool = True


class Toolbox:
    """The tools of one agent by name. `seconds` is the time limit of each tool that is not `own`."""

    def __init__(
        self, tools: Iterable[Tool] = (), *, result_chars: Chars = DEFAULT_CHARS, seconds: float = 120.0
    ) -> None:
        self._tools: dict[str, Tool] = {}
        self._schemas: dict[tuple[bool, bool, tuple[str, ...]], list[ToolSchema]] = {}
        self._result_chars = result_chars
        self._seconds = seconds
        for tool in tools:
            self.add(tool)

    def __iter__(self) -> Iterator[Tool]:
        return iter(list(self._tools.values()))

    def __contains__(self, name: object) -> bool:
        return name in self._tools

    def names(self) -> list[str]:
        return [*self._tools]

    def get(self, name: str) -> Tool | None:
        return self._tools.get(name)

    def add(self, tool: Tool) -> None:
        """Raises `ConfigurationError` when the name is taken."""
        if tool.name in self._tools:
            raise ConfigurationError(f"there is a tool '{tool.name}' already; give the new one another name.")
        self._tools[tool.name] = tool
        self._schemas.clear()

    def extended(self, tools: Iterable[Tool]) -> Toolbox:
        """Return these tools and more, for one turn."""
        tools = tuple(tools)
        if not tools:
            return self
        return Toolbox([*self, *tools], result_chars=self._result_chars, seconds=self._seconds)

    def without(self, names: Iterable[str]) -> Toolbox:
        """Return these tools without some, for experiments. Raises `ConfigurationError` for other names."""
        gone = set(names)
        unknown = sorted(gone - {*self._tools})
        if unknown:
            raise ConfigurationError(
                f"there is no tool '{unknown[0]}' to leave out; there are {', '.join(self._tools)}."
            )
        kept = [tool for tool in self if tool.name not in gone]
        return Toolbox(kept, result_chars=self._result_chars, seconds=self._seconds)

    def offered(self) -> list[Tool]:
        """Return the tools that a model is offered now."""
        conditions = {tool.offered for tool in self._tools.values() if tool.offered is not None}
        met = {condition: condition() for condition in conditions}
        return [tool for tool in self._tools.values() if tool.offered is None or met[tool.offered]]

    def schemas(self, *, heartbeat: bool, thoughts: bool) -> list[ToolSchema]:
        """Return the schemas of the tools that a model is offered now."""
        tools = self.offered()
        form = heartbeat, thoughts, tuple(tool.name for tool in tools)
        if form not in self._schemas:
            self._schemas[form] = [
                tool.schema(heartbeat=heartbeat and tool.name != "send_message", thoughts=thoughts)
                for tool in tools
            ]
        return list(self._schemas[form])

    def read(self, call: ToolCall) -> Reading:
        """Understand a call: repair its JSON, and take out the arguments that are for the loop."""
        try:
            arguments = _strict(read_arguments(call.arguments))
        except (ToolError, ValueError, RecursionError) as error:
            unread = ToolCall(call.id, call.name, json.dumps({"unreadable": call.arguments}))
            return Reading(unread, {}, error=str(error))
        given = arguments.pop(THOUGHTS, "")
        thought = given if isinstance(given, str) else ""
        heartbeat = str(arguments.pop(HEARTBEAT, False)).strip().lower() in YES
        kept = ToolCall(call.id, call.name, json.dumps(arguments, ensure_ascii=False))
        return Reading(kept, arguments, thought, heartbeat)

    def run(self, reading: Reading, *, others: Iterable[str] = ()) -> Outcome:
        """Run a call. No error of a tool is raised here, except one that stops the whole program.

        `others` are offered functions that someone else runs.
        """
        name = reading.call.name
        tool = self._tools.get(name)
        names = [*self._tools, *others]
        if name not in names:
            known = ", ".join([*(each.name for each in self.offered()), *others]) or "none"
            return Outcome(_short(f"there is no function '{name}'. The functions: {known}."), ok=False)
        if reading.error is not None:
            return Outcome(_short(reading.error), ok=False)
        if tool is None:
            return Outcome(f"{name} is run by someone else.", ok=False)
        try:
            text = tool.call(reading.arguments) if tool.own else self._limited(tool, reading.arguments)
        except ToolError as error:
            return Outcome(_short(str(error)), ok=False)
        except MemGPTError as error:
            logger.warning("tool %s failed: %s", name, error)
            return Outcome(_short(getattr(error, "plain", "") or str(error)), ok=False)
        except (Exception, asyncio.CancelledError) as error:
            logger.warning("tool %s raised", name, exc_info=error)
            return Outcome(_short(f"{name} raised {type(error).__name__}: {_text(error)}"), ok=False)
        text = clean_text(text)
        most = chars_now(self._result_chars)
        return Outcome(text if tool.paged or len(text) <= most else _cut(text, most))

    def _limited(self, tool: Tool, arguments: Mapping[str, Any]) -> str:
        """Run a tool in its own thread, which is abandoned when the time is up."""
        context = tool_context()
        set_result_room(context, chars_now(self._result_chars))
        work = partial(context.run, tool.call, dict(arguments))
        seconds = self._seconds if tool.seconds is None else tool.seconds
        try:
            return run_with_timeout(work, seconds, name=f"tool-{tool.name}")
        except TimeLimitError:
            raise ToolError(
                f"{tool.name} did not return within {seconds:g} seconds; it may still be running. "
                "Try a smaller request, or go on without it."
            ) from None


def _cut(text: str, most: int) -> str:
    return (
        f"{text[:most]} [cut: the first {most:,} of {len(text):,} characters. Ask for less, or for a part.]"
    )


def _short(error: str) -> str:
    """Return an error as the model reads it, at most `ERROR_CHARS` long."""
    error = clean_text(error)
    return error if len(error) <= ERROR_CHARS else f"{error[: ERROR_CHARS - 4]} ..."


def _strict(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments without NaN, infinities and lone surrogates.

    Python's JSON accepts those, but endpoints refuse them, and every later prompt with them.
    """
    _refuse_depth(arguments)
    text = clean_text(json.dumps(arguments, ensure_ascii=False))
    strict: dict[str, Any] = json.loads(text, parse_constant=lambda _: None)
    return strict


def _refuse_depth(arguments: dict[str, Any]) -> None:
    """Raise `ToolError` for arguments that could not be read again, and would break every later prompt."""
    level: list[Any] = [arguments]
    for _ in range(MOST_NESTED):
        level = [
            inner
            for value in level
            if isinstance(value, (dict, list))
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
    if level:
        raise ToolError(f"the arguments are nested more than {MOST_NESTED} deep. Give flatter ones.")


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception whose own text fails
        return "(it does not say why)"
