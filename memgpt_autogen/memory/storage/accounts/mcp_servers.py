"""MCP servers that the admin has added to a home, with the tools that were found there."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from memgpt_autogen.errors import NotFoundError, quoted
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import from_column, mcp_servers, to_column
from memgpt_autogen.messages import now
from memgpt_autogen.text.safe import clean_text


@dataclass(frozen=True, slots=True)
class StoredMcpServer:
    """An MCP server, and who is offered its tools."""

    id: str
    name: str
    user_id: str | None
    """Whose agents are offered its tools; None for all agents of the home."""
    agents: tuple[str, ...] | None
    """The ids of the agents that are offered its tools, where these are not all."""
    place: Mapping[str, Any]
    """Where it is, as JSON, without secrets."""
    tools: Sequence[Mapping[str, Any]]
    """What was found there, as JSON."""
    approval: bool
    """Whether somebody must allow each call."""
    version: str
    """Another one after each change."""
    created_at: datetime
    checked_at: datetime | None
    """When the tools were found; None if the server was added without a look at it."""

    def is_offered_to(self, owner_id: str, agent_id: str) -> bool:
        """Return whether an agent of this owner gets the tools."""
        if self.user_id not in (None, owner_id):
            return False
        return self.agents is None or agent_id in self.agents


def stored_mcp_servers(database: Database) -> list[StoredMcpServer]:
    """Return the MCP servers of the home, by name."""
    with database.reading() as connection:
        rows = connection.execute(select(mcp_servers)).all()
    return sorted(map(_server, rows), key=lambda each: each.name)


def find_mcp_server(database: Database, name_or_id: str) -> StoredMcpServer:
    """Return the MCP server of this name or id. Raises `NotFoundError`."""
    servers = stored_mcp_servers(database)
    found = next((each for each in servers if name_or_id in (each.name, each.id)), None)
    if found is None:
        names = ", ".join(each.name for each in servers) or "none"
        raise NotFoundError(f"there is no MCP server {quoted(name_or_id)}; there are: {names}.")
    return found


@repeatable
def put_mcp_server(
    database: Database,
    name: str,
    *,
    user_id: str | None,
    agents: Sequence[str] | None,
    place: Mapping[str, Any],
    tools: Sequence[Mapping[str, Any]],
    approval: bool,
    is_checked: bool,
) -> tuple[StoredMcpServer, bool]:
    """Store a server, in place of that of the same name; return it, and whether it is new."""
    time = to_column(now())
    values = {
        "user_id": user_id,
        "agents": None if agents is None else json.dumps(list(agents)),
        "place": _json(place),
        "tools": _json(tools),
        "approval": approval,
        "version": str(uuid.uuid4()),
        "checked_at": time if is_checked else None,
    }
    with database.writing(alone=True) as connection:
        named = mcp_servers.c.name == name
        is_new = connection.scalar(select(mcp_servers.c.id).where(named)) is None
        if is_new:
            made = {"id": str(uuid.uuid4()), "name": name, "created_at": time}
            connection.execute(insert(mcp_servers).values(**made, **values))
        else:
            connection.execute(update(mcp_servers).where(named).values(values))
    return find_mcp_server(database, name), is_new


@repeatable
def delete_mcp_server(database: Database, server_id: str) -> None:
    """Delete the server with this id, if there is one."""
    with database.writing() as connection:
        connection.execute(delete(mcp_servers).where(mcp_servers.c.id == server_id))


def _json(value: Any) -> str:
    return clean_text(json.dumps(value, ensure_ascii=False))


def _server(row: Any) -> StoredMcpServer:
    return StoredMcpServer(
        row.id,
        row.name,
        row.user_id,
        None if row.agents is None else tuple(json.loads(row.agents)),
        json.loads(row.place),
        json.loads(row.tools),
        row.approval,
        row.version,
        from_column(row.created_at),
        None if row.checked_at is None else from_column(row.checked_at),
    )
