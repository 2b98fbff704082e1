"""MCP servers whose tools the agents of a home are offered."""

from __future__ import annotations

from memgpt_autogen.client.local.local_home import LocalHome
from memgpt_autogen.service import mcp_servers
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.mcp_servers import McpServerAnswer, NewMcpServer


def list_mcp_servers(home: LocalHome, limit: int = 50, cursor: str | None = None) -> PageOf[McpServerAnswer]:
    page = mcp_servers.list_mcp_servers(home.settings, limit=limit, cursor=cursor)
    return PageOf[McpServerAnswer](items=[McpServerAnswer.of(each) for each in page.items], next=page.next)


def get_mcp_server(home: LocalHome, server: str) -> McpServerAnswer:
    return McpServerAnswer.of(mcp_servers.find_server(home.settings, server))


def put_mcp_server(home: LocalHome, body: NewMcpServer, *, check: bool = True) -> McpServerAnswer:
    found, _ = mcp_servers.put_server(
        home.settings,
        body.name,
        body.place,
        user=body.user,
        agents=body.agents,
        approval=body.approval,
        check=check,
    )
    home.note(found.stored.id, found.stored.name)
    home.offers.refresh()
    return McpServerAnswer.of(found)


def delete_mcp_server(home: LocalHome, server: str) -> None:
    removed = mcp_servers.remove_server(home.settings, server)
    home.note(removed.id, removed.name)
    home.offers.refresh()
