"""Tools whose list is stored: the server is needed when one of them is called, and not before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from memgpt_autogen.tools.mcp import SECONDS, START_SECONDS, check_sdk
from memgpt_autogen.tools.mcp.listed import choose, make_tools
from memgpt_autogen.tools.mcp.servers import Server
from memgpt_autogen.tools.mcp.session import Session
from memgpt_autogen.tools.tool import Tool


@dataclass(frozen=True, slots=True)
class ListedTool:
    """A tool as a server lists it."""

    name: str
    title: str | None
    description: str | None
    input_schema: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "input_schema": dict(self.input_schema),
        }


def look_at(server: Server, only: Collection[str] | None, start_seconds: float) -> list[ListedTool]:
    """Return the tools that a server has now, and close the session.

    Raises `ConfigurationError` for a server that cannot be reached, or has not what is wanted.
    """
    check_sdk()
    session = Session(server, SECONDS, start_seconds)
    try:
        return [
            ListedTool(each.name, each.title, each.description, dict(each.input_schema))
            for each in choose(session, session.open(), only)
        ]
    finally:
        session.stop()


def stored_tools(
    server: Server, listed: Iterable[Mapping[str, Any]], *, prefix: str, approval: bool
) -> tuple[Session, list[Tool]]:
    """Return tools for what `ListedTool.as_json` gave, and the session that they will open."""
    session = Session(server, SECONDS, START_SECONDS)
    tools = make_tools(session, [ListedTool(**each) for each in listed], prefix, None)
    return session, [replace(tool, approval=approval) for tool in tools]
