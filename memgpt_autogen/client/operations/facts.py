"""The operations of `facts`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Optional

from pydantic import AwareDatetime, Field

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation, Parameter
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.facts import (
    HomeToolAnswer,
    ModelsAnswer,
    ToolArguments,
    ToolRunAnswer,
    ToolsAnswer,
    UsageAnswer,
)

GET_MODELS: Operation[ModelsAnswer] = Operation(
    "get_models",
    "GET",
    "/api/v1/models",
    parameters=(Parameter("discover", "discover", "query", bool),),
    area="facts",
    answer=ModelsAnswer,
)

LIST_HOME_TOOLS: Operation[PageOf[HomeToolAnswer]] = Operation(
    "list_home_tools",
    "GET",
    "/api/v1/tools",
    parameters=(
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="facts",
    answer=PageOf[HomeToolAnswer],
)

LIST_TOOLS: Operation[ToolsAnswer] = Operation(
    "list_tools",
    "GET",
    "/api/v1/agents/{agent}/tools",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    area="facts",
    answer=ToolsAnswer,
)

RUN_TOOL: Operation[ToolRunAnswer] = Operation(
    "run_tool",
    "POST",
    "/api/v1/agents/{agent}/tools/{tool}/run",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("tool", "tool", "path", Annotated[str, Field(max_length=100)]),
    ),
    body=ToolArguments,
    area="facts",
    answer=ToolRunAnswer,
)

GET_USAGE: Operation[PageOf[UsageAnswer]] = Operation(
    "get_usage",
    "GET",
    "/api/v1/usage",
    parameters=(
        Parameter("by", "by", "query", Literal["agent", "user", "key", "model", "day", "total"]),
        Parameter("start", "start", "query", Optional[AwareDatetime]),
        Parameter("end", "end", "query", Optional[AwareDatetime]),
        Parameter("everyone", "everyone", "query", bool),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="facts",
    answer=PageOf[UsageAnswer],
)


class FactsOperations(Caller):
    """The operations of `facts`."""

    def get_models(self, *, discover: bool = True) -> ModelsAnswer:
        """Return the model that turns use, and the servers and keys that are found on the machine.

        `discover`: Look for others; without, only the model in use.
        """
        return self._call(GET_MODELS, {"discover": discover})

    def list_home_tools(self, *, limit: int = 50, cursor: str | None = None) -> PageOf[HomeToolAnswer]:
        """Return the functions that every agent of the user has, by name.

        These are the built-in ones, those of the operator, and those of MCP servers that are for all of
        them.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(LIST_HOME_TOOLS, {"limit": limit, "cursor": cursor})

    def list_tools(self, agent: str) -> ToolsAnswer:
        """Return the functions that an agent's model is offered."""
        return self._call(LIST_TOOLS, {"agent": agent})

    def run_tool(self, agent: str, tool: str, arguments: Mapping[str, Any] | None = None) -> ToolRunAnswer:
        """Run one function as the agent's model would, between two turns, to try it.

        What it changes is changed, and the log does not have the call. 400 for a call that somebody must
        allow.
        """
        return self._call(RUN_TOOL, {"agent": agent, "tool": tool, "arguments": arguments})

    def get_usage(
        self,
        *,
        by: Literal["agent", "user", "key", "model", "day", "total"] = "agent",
        start: datetime | None = None,
        end: datetime | None = None,
        everyone: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> PageOf[UsageAnswer]:
        """Return the turns, tokens and cost of runs, by agent, user, key or model, or by day, the newest
        first.

        With `by=total` it is one item: the sum of all. What agents and keys used that were deleted is
        there too.

        `by`: What is added up.
        `start`: Not before this time.
        `end`: Not after this time.
        `everyone`: Of all users; for the admin.
        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(
            GET_USAGE,
            {"by": by, "start": start, "end": end, "everyone": everyone, "limit": limit, "cursor": cursor},
        )


class AsyncFactsOperations(AsyncCaller):
    """The operations of `facts`, for an event loop."""

    async def get_models(self, *, discover: bool = True) -> ModelsAnswer:
        """Return the model that turns use, and the servers and keys that are found on the machine.

        `discover`: Look for others; without, only the model in use.
        """
        return await self._call(GET_MODELS, {"discover": discover})

    async def list_home_tools(self, *, limit: int = 50, cursor: str | None = None) -> PageOf[HomeToolAnswer]:
        """Return the functions that every agent of the user has, by name.

        These are the built-in ones, those of the operator, and those of MCP servers that are for all of
        them.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(LIST_HOME_TOOLS, {"limit": limit, "cursor": cursor})

    async def list_tools(self, agent: str) -> ToolsAnswer:
        """Return the functions that an agent's model is offered."""
        return await self._call(LIST_TOOLS, {"agent": agent})

    async def run_tool(
        self, agent: str, tool: str, arguments: Mapping[str, Any] | None = None
    ) -> ToolRunAnswer:
        """Run one function as the agent's model would, between two turns, to try it.

        What it changes is changed, and the log does not have the call. 400 for a call that somebody must
        allow.
        """
        return await self._call(RUN_TOOL, {"agent": agent, "tool": tool, "arguments": arguments})

    async def get_usage(
        self,
        *,
        by: Literal["agent", "user", "key", "model", "day", "total"] = "agent",
        start: datetime | None = None,
        end: datetime | None = None,
        everyone: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> PageOf[UsageAnswer]:
        """Return the turns, tokens and cost of runs, by agent, user, key or model, or by day, the newest
        first.

        With `by=total` it is one item: the sum of all. What agents and keys used that were deleted is
        there too.

        `by`: What is added up.
        `start`: Not before this time.
        `end`: Not after this time.
        `everyone`: Of all users; for the admin.
        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(
            GET_USAGE,
            {"by": by, "start": start, "end": end, "everyone": everyone, "limit": limit, "cursor": cursor},
        )
