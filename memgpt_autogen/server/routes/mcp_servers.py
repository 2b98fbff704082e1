"""MCP servers whose tools agents are offered. The admin adds them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request, Response

from memgpt_autogen.server.authentication import Admin
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.routes.parameters import Cursor, Limit
from memgpt_autogen.service import mcp_servers
from memgpt_autogen.service.mcp_offers import McpOffers
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.mcp_servers import McpServerAnswer, NewMcpServer

router = area("mcp_servers")

ServerPath = Annotated[
    str, Path(alias="server", max_length=64, description="The id or the name of an MCP server.")
]


@router.get("/mcp-servers")
def list_mcp_servers(caller: Admin, limit: Limit = 50, cursor: Cursor = None) -> PageOf[McpServerAnswer]:
    """Return the MCP servers of the home, by name, with the tools that were found there."""
    page = mcp_servers.list_mcp_servers(caller.settings, limit=limit, cursor=cursor)
    return PageOf[McpServerAnswer](items=[McpServerAnswer.of(each) for each in page.items], next=page.next)


@router.post(
    "/mcp-servers",
    status_code=201,
    responses={200: {"model": McpServerAnswer, "description": "It replaced the one of that name."}},
)
def put_mcp_server(
    request: Request,
    caller: Admin,
    body: NewMcpServer,
    response: Response,
    check: Annotated[bool, Query(description="Whether it is asked for its tools, and must answer.")] = True,  # noqa: FBT002 - FastAPI calls it by name
) -> McpServerAnswer:
    """Add an MCP server, or replace the one of that name, and find its tools. Sent again, it finds them anew.

    Agents are offered its tools from their next turns on. 400 if it cannot be reached within a bound; with
    `check=false` it is added all the same, with the tools that it had if its place is the same.
    """
    found, is_new = mcp_servers.put_server(
        caller.settings,
        body.name,
        body.place,
        user=body.user,
        agents=body.agents,
        approval=body.approval,
        check=check,
    )
    caller.note(found.stored.id, found.stored.name)
    _offers(request).refresh()
    if not is_new:
        response.status_code = 200
    return McpServerAnswer.of(found)


@router.get("/mcp-servers/{server}")
def get_mcp_server(caller: Admin, server: ServerPath) -> McpServerAnswer:
    """Return an MCP server, with the tools that were found there."""
    return McpServerAnswer.of(mcp_servers.find_server(caller.settings, server))


@router.delete("/mcp-servers/{server}", status_code=204, response_model=None)
def delete_mcp_server(request: Request, caller: Admin, server: ServerPath) -> None:
    """Delete an MCP server. Its sessions end, and agents lose its tools, within seconds."""
    removed = mcp_servers.remove_server(caller.settings, server)
    caller.note(removed.id, removed.name)
    _offers(request).refresh()


def _offers(request: Request) -> McpOffers:
    offers: McpOffers = request.app.state.offers
    return offers
