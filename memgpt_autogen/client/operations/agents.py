"""The operations of `agents`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Optional

from pydantic import Field

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation, Parameter, UploadedFile
from memgpt_autogen.service.schemas.agents import (
    ActiveAgentAnswer,
    AgentAnswer,
    AgentChange,
    AgentDetailAnswer,
    ForgetAnswer,
    ForgetBody,
    ForkRequest,
    NewAgent,
    NewBlock,
    RemovedAnswer,
)
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.people import LimitsAnswer, LimitsBody

LIST_AGENTS: Operation[PageOf[AgentAnswer]] = Operation(
    "list_agents",
    "GET",
    "/api/v1/agents",
    parameters=(
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
        Parameter("search", "search", "query", Optional[Annotated[str, Field(max_length=64)]]),
    ),
    area="agents",
    answer=PageOf[AgentAnswer],
)

CREATE_AGENT: Operation[AgentDetailAnswer] = Operation(
    "create_agent",
    "POST",
    "/api/v1/agents",
    parameters=(),
    body=NewAgent,
    area="agents",
    answer=AgentDetailAnswer,
)

LIST_ACTIVE_AGENTS: Operation[PageOf[ActiveAgentAnswer]] = Operation(
    "list_active_agents",
    "GET",
    "/api/v1/activity",
    parameters=(
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="agents",
    answer=PageOf[ActiveAgentAnswer],
)

IMPORT_AGENT: Operation[AgentDetailAnswer] = Operation(
    "import_agent",
    "POST",
    "/api/v1/agents/import",
    parameters=(
        Parameter("file", "file", "form", Any),
        Parameter("name", "name", "form", Optional[Annotated[str, Field(max_length=64)]]),
        Parameter("archive", "archive", "form", Optional[Annotated[str, Field(max_length=120)]]),
    ),
    area="agents",
    answer=AgentDetailAnswer,
)

GET_AGENT: Operation[AgentDetailAnswer] = Operation(
    "get_agent",
    "GET",
    "/api/v1/agents/{agent}",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    area="agents",
    answer=AgentDetailAnswer,
)

CHANGE_AGENT: Operation[AgentDetailAnswer] = Operation(
    "change_agent",
    "PATCH",
    "/api/v1/agents/{agent}",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    body=AgentChange,
    area="agents",
    answer=AgentDetailAnswer,
)

DELETE_AGENT: Operation[RemovedAnswer] = Operation(
    "delete_agent",
    "DELETE",
    "/api/v1/agents/{agent}",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("dry_run", "dry_run", "query", bool),
    ),
    area="agents",
    answer=RemovedAnswer,
)

GET_AGENT_LIMITS: Operation[LimitsAnswer] = Operation(
    "get_agent_limits",
    "GET",
    "/api/v1/agents/{agent}/limits",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    area="agents",
    answer=LimitsAnswer,
)

PUT_AGENT_LIMITS: Operation[LimitsAnswer] = Operation(
    "put_agent_limits",
    "PUT",
    "/api/v1/agents/{agent}/limits",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    body=LimitsBody,
    area="agents",
    answer=LimitsAnswer,
)

FORK_AGENT: Operation[AgentDetailAnswer] = Operation(
    "fork_agent",
    "POST",
    "/api/v1/agents/{agent}/fork",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    body=ForkRequest,
    area="agents",
    answer=AgentDetailAnswer,
)

EXPORT_AGENT: Operation[Path] = Operation(
    "export_agent",
    "GET",
    "/api/v1/agents/{agent}/export",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    area="agents",
    answer=Path,
)

FORGET: Operation[ForgetAnswer] = Operation(
    "forget",
    "POST",
    "/api/v1/agents/{agent}/forget",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    body=ForgetBody,
    area="agents",
    answer=ForgetAnswer,
)


class AgentsOperations(Caller):
    """The operations of `agents`."""

    def list_agents(
        self, *, limit: int = 50, cursor: str | None = None, search: str | None = None
    ) -> PageOf[AgentAnswer]:
        """Return the user's agents, the newest first.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        `search`: A part of the name.
        """
        return self._call(LIST_AGENTS, {"limit": limit, "cursor": cursor, "search": search})

    def create_agent(
        self,
        name: str,
        *,
        persona: str | None = None,
        human: str | None = None,
        blocks: Sequence[NewBlock | Mapping[str, Any]] | None = None,
        archive: str | None = None,
    ) -> AgentDetailAnswer:
        """Create an agent. 409 if the user has one of that name.

        `archive`: A shared archive that it reads besides its own; it is created where there is none.
        """
        return self._call(
            CREATE_AGENT,
            {"name": name, "persona": persona, "human": human, "blocks": blocks, "archive": archive},
        )

    def list_active_agents(self, *, limit: int = 50, cursor: str | None = None) -> PageOf[ActiveAgentAnswer]:
        """Return the user's agents that are in a turn now, or have runs that wait, in whichever process.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(LIST_ACTIVE_AGENTS, {"limit": limit, "cursor": cursor})

    def import_agent(
        self, file: UploadedFile, *, name: str | None = None, archive: str | None = None
    ) -> AgentDetailAnswer:
        """Create the agent of a file that an export returned, completely or not at all. `name` renames
        it.
        """
        return self._call(IMPORT_AGENT, {"file": file, "name": name, "archive": archive})

    def get_agent(self, agent: str) -> AgentDetailAnswer:
        """Return an agent with its core memory."""
        return self._call(GET_AGENT, {"agent": agent})

    def change_agent(self, agent: str, name: str) -> AgentDetailAnswer:
        """Rename an agent. 409 if the user has another one of that name."""
        return self._call(CHANGE_AGENT, {"agent": agent, "name": name})

    def delete_agent(self, agent: str, *, dry_run: bool = False) -> RemovedAnswer:
        """Delete an agent for good, with everything that belongs to it alone, and report what that was.

        `dry_run`: Only report what would be deleted.
        """
        return self._call(DELETE_AGENT, {"agent": agent, "dry_run": dry_run})

    def get_agent_limits(self, agent: str) -> LimitsAnswer:
        """Return what an agent may use."""
        return self._call(GET_AGENT_LIMITS, {"agent": agent})

    def put_agent_limits(
        self,
        agent: str,
        *,
        turns_at_once: int | None = None,
        turns_a_day: int | None = None,
        tokens_a_day: int | None = None,
        cost_a_day: float | None = None,
    ) -> LimitsAnswer:
        """Replace what an agent may use. The limits of the user and of the key count too.

        `cost_a_day`: In the currency of the setting `price`.
        """
        return self._call(
            PUT_AGENT_LIMITS,
            {
                "agent": agent,
                "turns_at_once": turns_at_once,
                "turns_a_day": turns_a_day,
                "tokens_a_day": tokens_a_day,
                "cost_a_day": cost_a_day,
            },
        )

    def fork_agent(self, agent: str, name: str, *, at: int | None = None) -> AgentDetailAnswer:
        """Create an agent that begins with this one's memory, as it is or as it was at an entry of its
        log.

        `at`: The entry of the log that is the newest one of the fork; null is all.
        """
        return self._call(FORK_AGENT, {"agent": agent, "name": name, "at": at})

    def export_agent(self, agent: str, to: str | PathLike[str]) -> Path:
        """Return all that an agent remembers as one file, which an import takes in any home.

        It is written into the file `to`, which is returned.
        """
        return self._call(EXPORT_AGENT, {"agent": agent, "to": to})

    def forget(
        self,
        agent: str,
        *,
        speaker: str | None = None,
        source: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        query: str | None = None,
        blocks: bool | None = None,
        shared: bool = False,
        alike: bool = False,
        dry_run: bool = False,
        texts: int = 0,
    ) -> ForgetAnswer:
        """Delete for good what matches all conditions, from the log, the summaries and archival memory.

        With `dry_run` it only reports what would be deleted.

        `query`: Exactly these words, as whole words.
        `blocks`: Whether blocks lose the sentences that contain some of it; by default only with `query`.
        `shared`: Whether shared blocks and a shared archive lose it too.
        `alike`: Whether what is only alike, such as Jose for José, is deleted too.
        `dry_run`: Whether this only reports what would be deleted.
        `texts`: How many of the texts the report of a dry run has; the words are those that are to be
          forgotten.
        """
        return self._call(
            FORGET,
            {
                "agent": agent,
                "speaker": speaker,
                "source": source,
                "start": start,
                "end": end,
                "query": query,
                "blocks": blocks,
                "shared": shared,
                "alike": alike,
                "dry_run": dry_run,
                "texts": texts,
            },
        )


class AsyncAgentsOperations(AsyncCaller):
    """The operations of `agents`, for an event loop."""

    async def list_agents(
        self, *, limit: int = 50, cursor: str | None = None, search: str | None = None
    ) -> PageOf[AgentAnswer]:
        """Return the user's agents, the newest first.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        `search`: A part of the name.
        """
        return await self._call(LIST_AGENTS, {"limit": limit, "cursor": cursor, "search": search})

    async def create_agent(
        self,
        name: str,
        *,
        persona: str | None = None,
        human: str | None = None,
        blocks: Sequence[NewBlock | Mapping[str, Any]] | None = None,
        archive: str | None = None,
    ) -> AgentDetailAnswer:
        """Create an agent. 409 if the user has one of that name.

        `archive`: A shared archive that it reads besides its own; it is created where there is none.
        """
        return await self._call(
            CREATE_AGENT,
            {"name": name, "persona": persona, "human": human, "blocks": blocks, "archive": archive},
        )

    async def list_active_agents(
        self, *, limit: int = 50, cursor: str | None = None
    ) -> PageOf[ActiveAgentAnswer]:
        """Return the user's agents that are in a turn now, or have runs that wait, in whichever process.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(LIST_ACTIVE_AGENTS, {"limit": limit, "cursor": cursor})

    async def import_agent(
        self, file: UploadedFile, *, name: str | None = None, archive: str | None = None
    ) -> AgentDetailAnswer:
        """Create the agent of a file that an export returned, completely or not at all. `name` renames
        it.
        """
        return await self._call(IMPORT_AGENT, {"file": file, "name": name, "archive": archive})

    async def get_agent(self, agent: str) -> AgentDetailAnswer:
        """Return an agent with its core memory."""
        return await self._call(GET_AGENT, {"agent": agent})

    async def change_agent(self, agent: str, name: str) -> AgentDetailAnswer:
        """Rename an agent. 409 if the user has another one of that name."""
        return await self._call(CHANGE_AGENT, {"agent": agent, "name": name})

    async def delete_agent(self, agent: str, *, dry_run: bool = False) -> RemovedAnswer:
        """Delete an agent for good, with everything that belongs to it alone, and report what that was.

        `dry_run`: Only report what would be deleted.
        """
        return await self._call(DELETE_AGENT, {"agent": agent, "dry_run": dry_run})

    async def get_agent_limits(self, agent: str) -> LimitsAnswer:
        """Return what an agent may use."""
        return await self._call(GET_AGENT_LIMITS, {"agent": agent})

    async def put_agent_limits(
        self,
        agent: str,
        *,
        turns_at_once: int | None = None,
        turns_a_day: int | None = None,
        tokens_a_day: int | None = None,
        cost_a_day: float | None = None,
    ) -> LimitsAnswer:
        """Replace what an agent may use. The limits of the user and of the key count too.

        `cost_a_day`: In the currency of the setting `price`.
        """
        return await self._call(
            PUT_AGENT_LIMITS,
            {
                "agent": agent,
                "turns_at_once": turns_at_once,
                "turns_a_day": turns_a_day,
                "tokens_a_day": tokens_a_day,
                "cost_a_day": cost_a_day,
            },
        )

    async def fork_agent(self, agent: str, name: str, *, at: int | None = None) -> AgentDetailAnswer:
        """Create an agent that begins with this one's memory, as it is or as it was at an entry of its
        log.

        `at`: The entry of the log that is the newest one of the fork; null is all.
        """
        return await self._call(FORK_AGENT, {"agent": agent, "name": name, "at": at})

    async def export_agent(self, agent: str, to: str | PathLike[str]) -> Path:
        """Return all that an agent remembers as one file, which an import takes in any home.

        It is written into the file `to`, which is returned.
        """
        return await self._call(EXPORT_AGENT, {"agent": agent, "to": to})

    async def forget(
        self,
        agent: str,
        *,
        speaker: str | None = None,
        source: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        query: str | None = None,
        blocks: bool | None = None,
        shared: bool = False,
        alike: bool = False,
        dry_run: bool = False,
        texts: int = 0,
    ) -> ForgetAnswer:
        """Delete for good what matches all conditions, from the log, the summaries and archival memory.

        With `dry_run` it only reports what would be deleted.

        `query`: Exactly these words, as whole words.
        `blocks`: Whether blocks lose the sentences that contain some of it; by default only with `query`.
        `shared`: Whether shared blocks and a shared archive lose it too.
        `alike`: Whether what is only alike, such as Jose for José, is deleted too.
        `dry_run`: Whether this only reports what would be deleted.
        `texts`: How many of the texts the report of a dry run has; the words are those that are to be
          forgotten.
        """
        return await self._call(
            FORGET,
            {
                "agent": agent,
                "speaker": speaker,
                "source": source,
                "start": start,
                "end": end,
                "query": query,
                "blocks": blocks,
                "shared": shared,
                "alike": alike,
                "dry_run": dry_run,
                "texts": texts,
            },
        )
