"""Which tools of MCP servers an agent is offered now. A server is opened when a model calls one of its tools.

A change by any process on the home is seen within seconds. A server that is away fails the calls of its own
tools, with a text that the model reads, and nothing else.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection
from dataclasses import dataclass

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.memory.storage.accounts.mcp_servers import StoredMcpServer, stored_mcp_servers
from memgpt_autogen.service.mcp_servers import McpPlace
from memgpt_autogen.settings import Settings
from memgpt_autogen.tools.mcp.session import Session
from memgpt_autogen.tools.mcp.stored import stored_tools
from memgpt_autogen.tools.tool import Tool

# for how long the rows are taken as they were read: a turn may begin so much later with a new tool
ROWS_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ServerTools:
    """The tools of one server, and the session that they share."""

    stored: StoredMcpServer
    session: Session
    tools: tuple[Tool, ...]


@dataclass(frozen=True, slots=True)
class Offered:
    """What one agent is offered."""

    versions: tuple[str, ...]
    """Those of its servers: other ones mean that the tools are others."""
    tools: tuple[Tool, ...]


class McpOffers:
    """The tools of a home's MCP servers, in this process."""

    def __init__(self, settings: Settings, *, taken: Collection[str] = ()) -> None:
        """`taken` are the names of other tools, which none of these may have."""
        self._settings = settings.model_copy(update={"owner": None})
        self._taken = frozenset(taken)
        self._lock = Lock("the MCP servers of the home")
        self._servers: dict[str, ServerTools] = {}
        self._read_at = -math.inf
        self._refreshed = 0

    def to(self, owner_id: str, agent_id: str) -> Offered:
        """Return what an agent of this owner is offered."""
        found = [each for each in self._now() if each.stored.is_offered_to(owner_id, agent_id)]
        return Offered(
            tuple(each.stored.version for each in found), tuple(tool for each in found for tool in each.tools)
        )

    def to_all_of(self, owner_id: str) -> list[ServerTools]:
        """Return what all agents of an owner are offered."""
        return [
            each
            for each in self._now()
            if each.stored.agents is None and each.stored.user_id in (None, owner_id)
        ]

    def refresh(self) -> None:
        """Read the rows again before the next answer."""
        with self._lock:
            self._read_at = -math.inf
            self._refreshed += 1

    def close(self) -> None:
        """End the sessions. The tools fail from now on, until they are offered again."""
        with self._lock:
            servers, self._servers = self._servers, {}
            self._read_at = -math.inf
        for each in servers.values():
            each.session.stop()

    def _now(self) -> list[ServerTools]:
        with self._lock:
            if time.monotonic() - self._read_at < ROWS_SECONDS:
                return list(self._servers.values())
            refreshed = self._refreshed
        began = time.monotonic()
        rows = stored_mcp_servers(open_home_database(self._settings))
        with self._lock:
            old, kept = self._servers, {each.stored.version: each for each in self._servers.values()}
            self._servers = {row.id: kept.get(row.version) or self._made(row) for row in rows}
            if refreshed == self._refreshed:  # else the rows may be older than what was changed
                self._read_at = began
            now = self._servers
        for id_, each in old.items():
            if now.get(id_) is not each:
                each.session.stop()
        return list(now.values())

    def _made(self, row: StoredMcpServer) -> ServerTools:
        server = McpPlace(**row.place).server(row.name, programs=self._settings.mcp_programs)
        prefix = f"{row.name}__"  # no other tool of ours has two lines, so none is hidden by these
        session, tools = stored_tools(server, row.tools, prefix=prefix, approval=row.approval)
        return ServerTools(row, session, tuple(tool for tool in tools if tool.name not in self._taken))
