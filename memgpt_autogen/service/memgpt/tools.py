"""The functions of agents, as MemGPT 0.3 showed them. Nobody's source code is run here."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from memgpt_autogen.errors import ConfigurationError, NotAllowedError, NotFoundError, quoted
from memgpt_autogen.service.memgpt.asker import Asker
from memgpt_autogen.service.memgpt.ids import named_id
from memgpt_autogen.service.memgpt.shapes import Said, Tool, Tools
from memgpt_autogen.service.tools import HomeTool, home_tools

BASE = (
    "send_message",
    "pause_heartbeats",
    "conversation_search",
    "conversation_search_date",
    "archival_memory_insert",
    "archival_memory_search",
    "core_memory_append",
    "core_memory_replace",
)
"""MemGPT's own functions. A client sends their source each time; what runs is the server's own."""


class NewTool(BaseModel):
    """A function that a client sends."""

    json_schema: dict[str, Any] = Field(default_factory=dict)
    source_code: str = ""
    source_type: str | None = None
    tags: list[str] | None = None
    update: bool | None = False


def list_tools(asker: Asker) -> Tools:
    """Return the functions that every agent has."""
    return Tools(tools=[_tool(asker, each) for each in _home_tools(asker)])


def get_tool(asker: Asker, name: str) -> Tool:
    """Return a function. Raises `NotFoundError` where agents have none of that name."""
    found = next((each for each in _home_tools(asker) if each.name == name), None)
    if found is not None:
        return _tool(asker, found)
    if name in BASE:
        return _base_tool(asker, name)
    raise NotFoundError(f"there is no function {quoted(name)}. GET /api/tools lists those that there are.")


def create_tool(asker: Asker, new: NewTool) -> Tool:
    """Return the server's own function of this name. The source that was sent is ignored.

    Raises `NotAllowedError` for any other function, whose source would have to run in the server.
    """
    name = new.json_schema.get("name")
    if not isinstance(name, str) or not name:
        raise ConfigurationError('json_schema has no "name". Name the function.')
    if name in BASE:
        return get_tool(asker, name)
    raise NotAllowedError(
        f"the source of {quoted(name)} is not run in this server. Its operator can give agents the function "
        "(create_app(tools=...)), or an MCP server that has it."
    )


def delete_tool(asker: Asker, name: str) -> Said:
    """Refuse to delete a function: all agents have it. Raises `NotFoundError` where there is none."""
    get_tool(asker, name)
    raise NotAllowedError(
        f"the function {quoted(name)} is the server's own, and all agents have it. It stays."
    )


def tool_names(asker: Asker) -> list[str]:
    """Return the names of the functions that every agent has."""
    return [each.name for each in _home_tools(asker)]


def check_known(asker: Asker, names: list[str]) -> None:
    """Raise `NotFoundError` for a function that agents cannot have."""
    known = {*tool_names(asker), *BASE}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise NotFoundError(
            f"there is no function {quoted(unknown[0])}. GET /api/tools lists those that there are."
        )


def schemas(asker: Asker) -> list[dict[str, Any]]:
    """Return the JSON schemas of the functions that every agent has."""
    return [_schema(each) for each in _home_tools(asker)]


def _home_tools(asker: Asker) -> list[HomeTool]:
    return home_tools(asker.settings, asker.equipment)


def _tool(asker: Asker, tool: HomeTool) -> Tool:
    base = ["memgpt-base"] if tool.origin == "built_in" else []
    memory = ["memory"] if tool.name in ("core_memory_append", "core_memory_replace") else []
    return Tool(
        name=tool.name,
        id=named_id(asker.user_id, "tool", tool.name),
        tags=[*memory, *base] or [tool.origin],
        source_type="python" if tool.origin != "mcp" else None,
        source_code="",
        json_schema=_schema(tool),
        user_id=asker.user_id,
    )


def _base_tool(asker: Asker, name: str) -> Tool:
    """Return a function of MemGPT that agents here do without, such as `pause_heartbeats`."""
    return Tool(
        name=name,
        id=named_id(asker.user_id, "tool", name),
        tags=["memgpt-base"],
        source_type="python",
        source_code="",
        json_schema={"name": name, "parameters": {"type": "object", "properties": {}}},
        user_id=asker.user_id,
    )


def _schema(tool: HomeTool) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
