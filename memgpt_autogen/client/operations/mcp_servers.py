"""The operations of `mcp_servers`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Optional

from pydantic import Field

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation, Parameter
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.mcp_servers import McpServerAnswer, NewMcpServer

LIST_MCP_SERVERS: Operation[PageOf[McpServerAnswer]] = Operation(
    "list_mcp_servers",
    "GET",
    "/api/v1/mcp-servers",
    parameters=(
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="mcp_servers",
    answer=PageOf[McpServerAnswer],
)

PUT_MCP_SERVER: Operation[McpServerAnswer] = Operation(
    "put_mcp_server",
    "POST",
    "/api/v1/mcp-servers",
    parameters=(Parameter("check", "check", "query", bool),),
    body=NewMcpServer,
    area="mcp_servers",
    answer=McpServerAnswer,
)

GET_MCP_SERVER: Operation[McpServerAnswer] = Operation(
    "get_mcp_server",
    "GET",
    "/api/v1/mcp-servers/{server}",
    parameters=(Parameter("server", "server", "path", Annotated[str, Field(max_length=64)]),),
    area="mcp_servers",
    answer=McpServerAnswer,
)

DELETE_MCP_SERVER: Operation[None] = Operation(
    "delete_mcp_server",
    "DELETE",
    "/api/v1/mcp-servers/{server}",
    parameters=(Parameter("server", "server", "path", Annotated[str, Field(max_length=64)]),),
    area="mcp_servers",
)


class McpServersOperations(Caller):
    """The operations of `mcp_servers`."""

    def list_mcp_servers(self, *, limit: int = 50, cursor: str | None = None) -> PageOf[McpServerAnswer]:
        """Return the MCP servers of the home, by name, with the tools that were found there.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(LIST_MCP_SERVERS, {"limit": limit, "cursor": cursor})

    def put_mcp_server(
        self,
        name: str,
        *,
        check: bool = True,
        command: Sequence[str] | None = None,
        url: str | None = None,
        sse: bool = False,
        env: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        only: Sequence[str] | None = None,
        user: str | None = None,
        agents: Sequence[str] | None = None,
        approval: bool = False,
    ) -> McpServerAnswer:
        """Add an MCP server, or replace the one of that name, and find its tools. Sent again, it finds
        them anew.

        Agents are offered its tools from their next turns on. 400 if it cannot be reached within a bound;
        with `check=false` it is added all the same, with the tools that it had if its place is the same.

        `name`: Letters and digits, with single `_` or `-` between them. Its tools are called
          `NAME__TOOL`.
        `check`: Whether it is asked for its tools, and must answer.
        `command`: A program with its arguments. It is started as the server's own user.
        `url`: An address, which may be in a private network.
        `sse`: Whether it speaks the older transport, instead of streamable HTTP.
        `env`: What a program has in its environment besides PATH and the like, such as `${MCP_TOKEN}`.
        `headers`: Headers of requests to an address, such as `Bearer ${MCP_TOKEN}`.
        `only`: Which of its tools are wanted, by the server's names; all by default.
        `user`: The user, by name or id, whose agents get its tools; those of all users by default.
        `agents`: The agents that get its tools, by names or ids: those of `user`, or of the home itself.
        `approval`: Whether somebody must allow each call of its tools.
        """
        return self._call(
            PUT_MCP_SERVER,
            {
                "name": name,
                "check": check,
                "command": command,
                "url": url,
                "sse": sse,
                "env": env,
                "headers": headers,
                "only": only,
                "user": user,
                "agents": agents,
                "approval": approval,
            },
        )

    def get_mcp_server(self, server: str) -> McpServerAnswer:
        """Return an MCP server, with the tools that were found there."""
        return self._call(GET_MCP_SERVER, {"server": server})

    def delete_mcp_server(self, server: str) -> None:
        """Delete an MCP server. Its sessions end, and agents lose its tools, within seconds."""
        self._call(DELETE_MCP_SERVER, {"server": server})


class AsyncMcpServersOperations(AsyncCaller):
    """The operations of `mcp_servers`, for an event loop."""

    async def list_mcp_servers(
        self, *, limit: int = 50, cursor: str | None = None
    ) -> PageOf[McpServerAnswer]:
        """Return the MCP servers of the home, by name, with the tools that were found there.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(LIST_MCP_SERVERS, {"limit": limit, "cursor": cursor})

    async def put_mcp_server(
        self,
        name: str,
        *,
        check: bool = True,
        command: Sequence[str] | None = None,
        url: str | None = None,
        sse: bool = False,
        env: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        only: Sequence[str] | None = None,
        user: str | None = None,
        agents: Sequence[str] | None = None,
        approval: bool = False,
    ) -> McpServerAnswer:
        """Add an MCP server, or replace the one of that name, and find its tools. Sent again, it finds
        them anew.

        Agents are offered its tools from their next turns on. 400 if it cannot be reached within a bound;
        with `check=false` it is added all the same, with the tools that it had if its place is the same.

        `name`: Letters and digits, with single `_` or `-` between them. Its tools are called
          `NAME__TOOL`.
        `check`: Whether it is asked for its tools, and must answer.
        `command`: A program with its arguments. It is started as the server's own user.
        `url`: An address, which may be in a private network.
        `sse`: Whether it speaks the older transport, instead of streamable HTTP.
        `env`: What a program has in its environment besides PATH and the like, such as `${MCP_TOKEN}`.
        `headers`: Headers of requests to an address, such as `Bearer ${MCP_TOKEN}`.
        `only`: Which of its tools are wanted, by the server's names; all by default.
        `user`: The user, by name or id, whose agents get its tools; those of all users by default.
        `agents`: The agents that get its tools, by names or ids: those of `user`, or of the home itself.
        `approval`: Whether somebody must allow each call of its tools.
        """
        return await self._call(
            PUT_MCP_SERVER,
            {
                "name": name,
                "check": check,
                "command": command,
                "url": url,
                "sse": sse,
                "env": env,
                "headers": headers,
                "only": only,
                "user": user,
                "agents": agents,
                "approval": approval,
            },
        )

    async def get_mcp_server(self, server: str) -> McpServerAnswer:
        """Return an MCP server, with the tools that were found there."""
        return await self._call(GET_MCP_SERVER, {"server": server})

    async def delete_mcp_server(self, server: str) -> None:
        """Delete an MCP server. Its sessions end, and agents lose its tools, within seconds."""
        await self._call(DELETE_MCP_SERVER, {"server": server})
