"""MCP servers whose tools agents are offered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Optional

from pydantic import Field

from memgpt_autogen.service.mcp_servers import McpPlace, McpServer
from memgpt_autogen.service.schemas.base import Answer, Body

Text = Annotated[str, Field(min_length=1, max_length=2000)]

Secret = Annotated[str, Field(min_length=1, max_length=200)]


class NewMcpServer(Body):
    """An MCP server: a program that is started, or an address. It replaces the one of the same name.

    Secrets stand in the server's environment, in variables whose names begin with `MCP_`. They are named as
    `${MCP_TOKEN}`, here and in commands and addresses.
    """

    name: Annotated[str, Field(min_length=1, max_length=30)]
    """Letters and digits, with single `_` or `-` between them. Its tools are called `NAME__TOOL`."""
    command: Annotated[Optional[list[Text]], Field(min_length=1, max_length=100)] = None
    """A program with its arguments. It is started as the server's own user."""
    url: Annotated[Optional[str], Field(min_length=1, max_length=2000)] = None
    """An address, which may be in a private network."""
    sse: bool = False
    """Whether it speaks the older transport, instead of streamable HTTP."""
    env: Annotated[dict[str, Secret], Field(default_factory=dict, max_length=50)]
    """What a program has in its environment besides PATH and the like, such as `${MCP_TOKEN}`."""
    headers: Annotated[dict[str, Secret], Field(default_factory=dict, max_length=50)]
    """Headers of requests to an address, such as `Bearer ${MCP_TOKEN}`."""
    only: Annotated[Optional[list[Text]], Field(max_length=100)] = None
    """Which of its tools are wanted, by the server's names; all by default."""
    user: Annotated[Optional[str], Field(min_length=1, max_length=64)] = None
    """The user, by name or id, whose agents get its tools; those of all users by default."""
    agents: Annotated[Optional[list[Text]], Field(min_length=1, max_length=1000)] = None
    """The agents that get its tools, by names or ids: those of `user`, or of the home itself."""
    approval: bool = False
    """Whether somebody must allow each call of its tools."""

    @property
    def place(self) -> McpPlace:
        return McpPlace(self.command, self.url, self.sse, self.env, self.headers, self.only)


class McpServerAnswer(Answer):
    """An MCP server, without any secret."""

    id: str
    name: str
    command: Optional[list[str]]
    url: Optional[str]
    sse: bool
    env: dict[str, str]
    """Which variables the program gets, and from which variables of the server's environment."""
    headers: dict[str, str]
    only: Optional[list[str]]
    user: Optional[str]
    """The name of the user whose agents get its tools; null for all."""
    agents: Optional[list[str]]
    """The ids of the agents that get its tools, where these are not all."""
    approval: bool
    tools: list[str]
    """The tools that were found there, by the server's names."""
    created_at: datetime
    checked_at: Optional[datetime]
    """When the tools were found; null if it was added without a check."""

    @classmethod
    def of(cls, found: McpServer) -> McpServerAnswer:
        stored, place = found.stored, found.place
        return cls(
            id=stored.id,
            name=stored.name,
            command=None if place.command is None else list(place.command),
            url=place.url,
            sse=place.sse,
            env=dict(place.env),
            headers=dict(place.headers),
            only=None if place.only is None else list(place.only),
            user=found.user,
            agents=None if stored.agents is None else list(stored.agents),
            approval=stored.approval,
            tools=[str(each["name"]) for each in stored.tools],
            created_at=stored.created_at,
            checked_at=stored.checked_at,
        )
