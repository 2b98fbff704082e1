"""The operations of `window`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from typing import Annotated, Optional

from pydantic import Field

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation, Parameter
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.window import EvictionAnswer, WindowAnswer

GET_WINDOW: Operation[WindowAnswer] = Operation(
    "get_window",
    "GET",
    "/api/v1/agents/{agent}/window",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("at", "at", "query", Optional[Annotated[int, Field(ge=0, le=2147483647)]]),
    ),
    area="window",
    answer=WindowAnswer,
)

LIST_EVICTIONS: Operation[PageOf[EvictionAnswer]] = Operation(
    "list_evictions",
    "GET",
    "/api/v1/agents/{agent}/evictions",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="window",
    answer=PageOf[EvictionAnswer],
)


class WindowOperations(Caller):
    """The operations of `window`."""

    def get_window(self, agent: str, *, at: int | None = None) -> WindowAnswer:
        """Return the next prompt by section, with tokens and texts, and the exact request.

        With `at` it is the prompt of that time, with nothing clipped, with the window and the tools of
        today.

        `at`: The entry of the log that is the newest one; without it, all are.
        """
        return self._call(GET_WINDOW, {"agent": agent, "at": at})

    def list_evictions(
        self, agent: str, *, limit: int = 50, cursor: str | None = None
    ) -> PageOf[EvictionAnswer]:
        """Return what left the prompt, when and why, the newest first, with the summaries before and
        after.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(LIST_EVICTIONS, {"agent": agent, "limit": limit, "cursor": cursor})


class AsyncWindowOperations(AsyncCaller):
    """The operations of `window`, for an event loop."""

    async def get_window(self, agent: str, *, at: int | None = None) -> WindowAnswer:
        """Return the next prompt by section, with tokens and texts, and the exact request.

        With `at` it is the prompt of that time, with nothing clipped, with the window and the tools of
        today.

        `at`: The entry of the log that is the newest one; without it, all are.
        """
        return await self._call(GET_WINDOW, {"agent": agent, "at": at})

    async def list_evictions(
        self, agent: str, *, limit: int = 50, cursor: str | None = None
    ) -> PageOf[EvictionAnswer]:
        """Return what left the prompt, when and why, the newest first, with the summaries before and
        after.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(LIST_EVICTIONS, {"agent": agent, "limit": limit, "cursor": cursor})
