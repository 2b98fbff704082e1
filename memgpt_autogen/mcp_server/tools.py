"""The six tools: what clients read about them, which scope each needs, and how one is called."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, Optional

import anyio.to_thread

from memgpt_autogen.errors import MemGPTError, NotAllowedError, ToolError, quoted
from memgpt_autogen.mcp_server.access import Access, Said
from memgpt_autogen.mcp_server.arguments import (
    Arguments,
    EditCoreArguments,
    FetchArguments,
    ReadCoreArguments,
    RememberArguments,
    SayArguments,
    Schema,
    SearchArguments,
    read_arguments,
)
from memgpt_autogen.mcp_server.core_memory import edit_core, read_core
from memgpt_autogen.mcp_server.fetching import fetch
from memgpt_autogen.mcp_server.remembering import remember
from memgpt_autogen.mcp_server.searching import search
from memgpt_autogen.memory.storage.accounts.keys import Scope
from memgpt_autogen.service.problems import detail_of

logger = logging.getLogger(__name__)

BUG = (
    "the memory server has a bug, or met something that it does not know. Its log names the place. Go on "
    "without it."
)


@dataclass(frozen=True, slots=True)
class MemoryTool:
    """A tool as clients see it. `run` is what it does; None for the one that asks for a turn."""

    name: str
    title: str
    description: str
    arguments: type[Arguments]
    scope: Scope
    run: Optional[Callable[[Access, Any], dict[str, Any]]] = None
    reads: bool = False
    """Whether it changes nothing."""
    destroys: bool = False
    """Whether it can change or remove what was there."""
    repeatable: bool = True
    """Whether calling it twice is the same as once."""
    asks_others: bool = False
    """Whether it reaches anything but the memory."""
    output: Schema = field(default_factory=dict)
    """The schema of what it returns; empty where clients need none."""


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a client gets of a call: a text, and the same as values, or what went wrong."""

    text: str
    values: Optional[dict[str, Any]] = None

    @property
    def is_error(self) -> bool:
        return self.values is None


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


_TEXT: Schema = {"type": "string"}

TOOLS: Mapping[str, MemoryTool] = MappingProxyType(
    {
        each.name: each
        for each in (
            MemoryTool(
                "search",
                "Search memory",
                "Search this long-term memory of earlier conversations, notes and documents. Call it "
                "before you answer anything that may depend on the user, on earlier talks or on "
                "decisions. Results are short: fetch has the whole.",
                SearchArguments,
                "read",
                search,
                reads=True,
                output=_object(
                    results={
                        "type": "array",
                        "items": _object(id=_TEXT, title=_TEXT, text=_TEXT, url=_TEXT, why=_TEXT),
                    }
                ),
            ),
            MemoryTool(
                "fetch",
                "Fetch a memory",
                "Return a result of search as a whole, with what stands before and after it.",
                FetchArguments,
                "read",
                fetch,
                reads=True,
                output=_object(id=_TEXT, title=_TEXT, text=_TEXT, url=_TEXT, metadata={"type": "object"}),
            ),
            MemoryTool(
                "remember",
                "Remember a note",
                "Store a note for good, to be found by search. Call it when you learn something lasting. "
                "Storing the same text again is harmless.",
                RememberArguments,
                "write",
                remember,
            ),
            MemoryTool(
                "read_core",
                "Read core memory",
                "Return core memory: short blocks of facts that always hold, such as who the user is, "
                "each with its revision for edit_core.",
                ReadCoreArguments,
                "read",
                read_core,
                reads=True,
            ),
            MemoryTool(
                "edit_core",
                "Edit core memory",
                "Replace a text in a block of core memory. If the block was changed since you read it, "
                "nothing is written, and you get its new text and revision.",
                EditCoreArguments,
                "write",
                edit_core,
                destroys=True,
                repeatable=False,
            ),
            MemoryTool(
                "say",
                "Talk to the agent",
                "Say something to the agent whose memory this is, and return its answer. It takes seconds "
                "to minutes and costs a model: use search to look something up.",
                SayArguments,
                "talk",
                destroys=True,
                repeatable=False,
                asks_others=True,
            ),
        )
    }
)


def offered(access: Access) -> list[MemoryTool]:
    """Return the tools that a client with this access can call."""
    return [
        tool
        for tool in TOOLS.values()
        if tool.scope in access.scopes and (tool.run is not None or access.say is not None)
    ]


async def call_tool(access: Access, name: str, given: Mapping[str, Any] | None) -> ToolAnswer:
    """Call a tool. What goes wrong is in the answer, in words for the model that called it."""
    try:
        tool = _tool(access, name)
        access.check(name, tool.scope)
        asked = read_arguments(tool.arguments, name, given)
        if tool.run is None:
            values = await _say(access, asked)
        else:
            values = await anyio.to_thread.run_sync(partial(tool.run, access, asked))
    except MemGPTError as error:
        return ToolAnswer(detail_of(error))
    except Exception:  # a client gets nothing of an error that nobody knows
        logger.exception("a tool of the memory failed")
        return ToolAnswer(BUG)
    return ToolAnswer(json.dumps(values, ensure_ascii=False), values)


def _tool(access: Access, name: str) -> MemoryTool:
    if name not in TOOLS:
        names = ", ".join(each.name for each in offered(access))
        raise ToolError(f"there is no tool {quoted(name)}. There are: {names}.")
    return TOOLS[name]


async def _say(access: Access, asked: Any) -> dict[str, Any]:
    if access.say is None:
        raise NotAllowedError(f"say is switched off here, since it costs a model. {access.say_hint}".strip())
    said: Said = await access.say(asked.message)
    if said.state == "failed":
        raise ToolError(said.error or "the agent's turn failed.")
    answer: dict[str, Any] = {"reply": "\n\n".join(said.replies), "state": said.state}
    if said.state != "ended":
        answer["note"] = _NOT_ENDED.get(said.state, "The turn has not ended.")
    if said.run_id:
        answer["run"] = said.run_id
    return answer


# what a client reads of a turn that has no end yet
_NOT_ENDED = MappingProxyType(
    {
        "suspended": "The agent waits for a result or a permission, which somebody gives elsewhere.",
        "cancelled": "Somebody cancelled the turn.",
        "running": "The agent still works on it. Search finds later what it says.",
    }
)
