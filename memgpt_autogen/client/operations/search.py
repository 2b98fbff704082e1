"""The operations of `search`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation, Parameter
from memgpt_autogen.service.schemas.search import SearchAnswer, SearchBody

SEARCH: Operation[SearchAnswer] = Operation(
    "search",
    "POST",
    "/api/v1/agents/{agent}/search",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    body=SearchBody,
    area="search",
    answer=SearchAnswer,
)


class SearchOperations(Caller):
    """The operations of `search`."""

    def search(
        self,
        agent: str,
        queries: Sequence[str],
        *,
        tiers: Sequence[Literal["core", "recall", "archival"]] | None = None,
        speaker: str | None = None,
        role: Literal["user", "assistant"] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        as_of: datetime | None = None,
        tags: Sequence[str] | None = None,
        sources: Sequence[str] | None = None,
        limit: int = 20,
        budget_tokens: int | None = None,
        explain: bool = False,
    ) -> SearchAnswer:
        """Search core memory, the conversation and the archives by several queries at once, best first.

        With `explain`, each result says why it was found: by which words in it and around it, speaker,
        time and meaning. Nothing is changed.

        `queries`: What several of them find comes first.
        `tiers`: Core memory, the conversation (`recall`) and the archives (`archival`).
        `speaker`: Words of this speaker; only recall has speakers.
        `role`: Words of the agent itself (`assistant`), or of others; only recall has roles.
        `end`: Both ends are inclusive; core memory has no times.
        `as_of`: What was known at this time: said or stored by then, and not replaced by then; not in
          core memory.
        `tags`: Passages with one of these tags; only archives have tags.
        `sources`: Passages from one of these documents; only archives have them.
        `budget_tokens`: The most tokens of all texts together.
        `explain`: Whether each result says why it was found, signal by signal, and an empty answer what
          excludes.
        """
        return self._call(
            SEARCH,
            {
                "agent": agent,
                "queries": queries,
                "tiers": tiers,
                "speaker": speaker,
                "role": role,
                "start": start,
                "end": end,
                "as_of": as_of,
                "tags": tags,
                "sources": sources,
                "limit": limit,
                "budget_tokens": budget_tokens,
                "explain": explain,
            },
        )


class AsyncSearchOperations(AsyncCaller):
    """The operations of `search`, for an event loop."""

    async def search(
        self,
        agent: str,
        queries: Sequence[str],
        *,
        tiers: Sequence[Literal["core", "recall", "archival"]] | None = None,
        speaker: str | None = None,
        role: Literal["user", "assistant"] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        as_of: datetime | None = None,
        tags: Sequence[str] | None = None,
        sources: Sequence[str] | None = None,
        limit: int = 20,
        budget_tokens: int | None = None,
        explain: bool = False,
    ) -> SearchAnswer:
        """Search core memory, the conversation and the archives by several queries at once, best first.

        With `explain`, each result says why it was found: by which words in it and around it, speaker,
        time and meaning. Nothing is changed.

        `queries`: What several of them find comes first.
        `tiers`: Core memory, the conversation (`recall`) and the archives (`archival`).
        `speaker`: Words of this speaker; only recall has speakers.
        `role`: Words of the agent itself (`assistant`), or of others; only recall has roles.
        `end`: Both ends are inclusive; core memory has no times.
        `as_of`: What was known at this time: said or stored by then, and not replaced by then; not in
          core memory.
        `tags`: Passages with one of these tags; only archives have tags.
        `sources`: Passages from one of these documents; only archives have them.
        `budget_tokens`: The most tokens of all texts together.
        `explain`: Whether each result says why it was found, signal by signal, and an empty answer what
          excludes.
        """
        return await self._call(
            SEARCH,
            {
                "agent": agent,
                "queries": queries,
                "tiers": tiers,
                "speaker": speaker,
                "role": role,
                "start": start,
                "end": end,
                "as_of": as_of,
                "tags": tags,
                "sources": sources,
                "limit": limit,
                "budget_tokens": budget_tokens,
                "explain": explain,
            },
        )
