"""The operations of `searches`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Optional

from pydantic import Field

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation, Parameter
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.saved_searches import (
    ExpectedHit,
    NewSavedSearch,
    SavedSearchAnswer,
    TriedSearchAnswer,
)
from memgpt_autogen.service.schemas.search import SearchBody

LIST_SAVED_SEARCHES: Operation[PageOf[SavedSearchAnswer]] = Operation(
    "list_saved_searches",
    "GET",
    "/api/v1/agents/{agent}/searches",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="searches",
    answer=PageOf[SavedSearchAnswer],
)

SAVE_SEARCH: Operation[SavedSearchAnswer] = Operation(
    "save_search",
    "POST",
    "/api/v1/agents/{agent}/searches",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    body=NewSavedSearch,
    area="searches",
    answer=SavedSearchAnswer,
)

RUN_SAVED_SEARCH: Operation[TriedSearchAnswer] = Operation(
    "run_saved_search",
    "POST",
    "/api/v1/agents/{agent}/searches/{search}/run",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("search", "search", "path", Annotated[str, Field(max_length=64)]),
    ),
    area="searches",
    answer=TriedSearchAnswer,
)

DELETE_SAVED_SEARCH: Operation[None] = Operation(
    "delete_saved_search",
    "DELETE",
    "/api/v1/agents/{agent}/searches/{search}",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("search", "search", "path", Annotated[str, Field(max_length=64)]),
    ),
    area="searches",
)


class SearchesOperations(Caller):
    """The operations of `searches`."""

    def list_saved_searches(
        self, agent: str, *, limit: int = 50, cursor: str | None = None
    ) -> PageOf[SavedSearchAnswer]:
        """Return the saved searches of an agent, the oldest first.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(LIST_SAVED_SEARCHES, {"agent": agent, "limit": limit, "cursor": cursor})

    def save_search(
        self,
        agent: str,
        search: SearchBody | Mapping[str, Any],
        expected: ExpectedHit | Mapping[str, Any],
        *,
        within: int = 5,
    ) -> SavedSearchAnswer:
        """Save a search with a result that it should find, as a test of the memory.

        `within`: It passes if what is expected is among so many of the first results.
        """
        return self._call(
            SAVE_SEARCH, {"agent": agent, "search": search, "expected": expected, "within": within}
        )

    def run_saved_search(self, agent: str, search: str) -> TriedSearchAnswer:
        """Run a saved search again, and return at which place it finds what it should. Nothing is
        changed.
        """
        return self._call(RUN_SAVED_SEARCH, {"agent": agent, "search": search})

    def delete_saved_search(self, agent: str, search: str) -> None:
        """Delete a saved search."""
        self._call(DELETE_SAVED_SEARCH, {"agent": agent, "search": search})


class AsyncSearchesOperations(AsyncCaller):
    """The operations of `searches`, for an event loop."""

    async def list_saved_searches(
        self, agent: str, *, limit: int = 50, cursor: str | None = None
    ) -> PageOf[SavedSearchAnswer]:
        """Return the saved searches of an agent, the oldest first.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(LIST_SAVED_SEARCHES, {"agent": agent, "limit": limit, "cursor": cursor})

    async def save_search(
        self,
        agent: str,
        search: SearchBody | Mapping[str, Any],
        expected: ExpectedHit | Mapping[str, Any],
        *,
        within: int = 5,
    ) -> SavedSearchAnswer:
        """Save a search with a result that it should find, as a test of the memory.

        `within`: It passes if what is expected is among so many of the first results.
        """
        return await self._call(
            SAVE_SEARCH, {"agent": agent, "search": search, "expected": expected, "within": within}
        )

    async def run_saved_search(self, agent: str, search: str) -> TriedSearchAnswer:
        """Run a saved search again, and return at which place it finds what it should. Nothing is
        changed.
        """
        return await self._call(RUN_SAVED_SEARCH, {"agent": agent, "search": search})

    async def delete_saved_search(self, agent: str, search: str) -> None:
        """Delete a saved search."""
        await self._call(DELETE_SAVED_SEARCH, {"agent": agent, "search": search})
