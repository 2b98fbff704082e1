"""The operations of `past`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Optional

from pydantic import Field

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation, Parameter
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.past import (
    ChangesAnswer,
    CompactedAnswer,
    Count,
    DifferenceAnswer,
    ForkAnswer,
    HistoryAnswer,
    NewText,
    PoppedAnswer,
    ReplacedAnswer,
    StateAnswer,
    Steps,
)
from memgpt_autogen.service.schemas.runs import RunAnswer

GET_HISTORY: Operation[HistoryAnswer] = Operation(
    "get_history",
    "GET",
    "/api/v1/agents/{agent}/history",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter(
            "what",
            "what",
            "query",
            Optional[
                Annotated[
                    list[
                        Literal[
                            "block",
                            "edit",
                            "set",
                            "shape",
                            "detach",
                            "eviction",
                            "pop",
                            "rethink",
                            "rewrite",
                            "retry",
                            "fork",
                            "undo",
                            "redo",
                        ]
                    ],
                    Field(max_length=20),
                ]
            ],
        ),
        Parameter("label", "label", "query", Optional[Annotated[str, Field(max_length=64)]]),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="past",
    answer=HistoryAnswer,
)

LIST_FORKS: Operation[PageOf[ForkAnswer]] = Operation(
    "list_forks",
    "GET",
    "/api/v1/agents/{agent}/forks",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="past",
    answer=PageOf[ForkAnswer],
)

GET_STATE: Operation[StateAnswer] = Operation(
    "get_state",
    "GET",
    "/api/v1/agents/{agent}/at/{seq}",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("seq", "seq", "path", Annotated[int, Field(ge=0, le=2147483647)]),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
    ),
    area="past",
    answer=StateAnswer,
)

GET_DIFFERENCE: Operation[DifferenceAnswer] = Operation(
    "get_difference",
    "GET",
    "/api/v1/agents/{agent}/diff",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("from_", "from", "query", Annotated[int, Field(ge=0, le=2147483647)]),
        Parameter("to", "to", "query", Annotated[int, Field(ge=0, le=2147483647)]),
    ),
    area="past",
    answer=DifferenceAnswer,
)

UNDO: Operation[ChangesAnswer] = Operation(
    "undo",
    "POST",
    "/api/v1/agents/{agent}/undo",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    body=Steps,
    area="past",
    answer=ChangesAnswer,
)

REDO: Operation[ChangesAnswer] = Operation(
    "redo",
    "POST",
    "/api/v1/agents/{agent}/redo",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    body=Steps,
    area="past",
    answer=ChangesAnswer,
)

POP: Operation[PoppedAnswer] = Operation(
    "pop",
    "POST",
    "/api/v1/agents/{agent}/pop",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    body=Count,
    area="past",
    answer=PoppedAnswer,
)

RETHINK: Operation[ReplacedAnswer] = Operation(
    "rethink",
    "POST",
    "/api/v1/agents/{agent}/rethink",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    body=NewText,
    area="past",
    answer=ReplacedAnswer,
)

REWRITE: Operation[ReplacedAnswer] = Operation(
    "rewrite",
    "POST",
    "/api/v1/agents/{agent}/rewrite",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    body=NewText,
    area="past",
    answer=ReplacedAnswer,
)

RETRY: Operation[RunAnswer] = Operation(
    "retry",
    "POST",
    "/api/v1/agents/{agent}/retry",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    area="past",
    answer=RunAnswer,
)

COMPACT: Operation[CompactedAnswer] = Operation(
    "compact",
    "POST",
    "/api/v1/agents/{agent}/compact",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    area="past",
    answer=CompactedAnswer,
)


class PastOperations(Caller):
    """The operations of `past`."""

    def get_history(
        self,
        agent: str,
        *,
        what: Sequence[
            Literal[
                "block",
                "edit",
                "set",
                "shape",
                "detach",
                "eviction",
                "pop",
                "rethink",
                "rewrite",
                "retry",
                "fork",
                "undo",
                "redo",
            ]
        ]
        | None = None,
        label: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> HistoryAnswer:
        """Return the changes of memory, the newest first: edits, evictions, and what was taken back.

        `what`: Changes of these kinds.
        `label`: Changes of this block.
        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(
            GET_HISTORY, {"agent": agent, "what": what, "label": label, "limit": limit, "cursor": cursor}
        )

    def list_forks(self, agent: str, *, limit: int = 50, cursor: str | None = None) -> PageOf[ForkAnswer]:
        """Return the agents whose logs begin as this one's, the newest first, with the last entry of
        both.

        They are its forks, the agent that it is a fork of, other forks of that one, and copies by an
        import.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(LIST_FORKS, {"agent": agent, "limit": limit, "cursor": cursor})

    def get_state(self, agent: str, seq: int, *, limit: int = 50) -> StateAnswer:
        """Return the memory as it was when an entry was the newest one. 409 if the log has no such entry.

        `limit`: The most items of the page.
        """
        return self._call(GET_STATE, {"agent": agent, "seq": seq, "limit": limit})

    def get_difference(self, agent: str, from_: int, to: int) -> DifferenceAnswer:
        """Return what differs between the memory at two entries: blocks, summary and messages.

        `from_`: The entry of the earlier state.
        `to`: The entry of the later state.
        """
        return self._call(GET_DIFFERENCE, {"agent": agent, "from_": from_, "to": to})

    def undo(self, agent: str, steps: int = 1) -> ChangesAnswer:
        """Take back the newest edits, pops, rethinks and rewrites: all of the steps, or none of them.

        409 if nothing is left, if another agent has edited a shared block since, or after an eviction.
        """
        return self._call(UNDO, {"agent": agent, "steps": steps})

    def redo(self, agent: str, steps: int = 1) -> ChangesAnswer:
        """Do again what was undone last. 409 if nothing was undone since the last change."""
        return self._call(REDO, {"agent": agent, "steps": steps})

    def pop(self, agent: str, count: int = 1) -> PoppedAnswer:
        """Take back the newest messages of anyone, with everything after the first of them."""
        return self._call(POP, {"agent": agent, "count": count})

    def rethink(self, agent: str, text: str) -> ReplacedAnswer:
        """Replace the newest thought. 409 if the prompt has none."""
        return self._call(RETHINK, {"agent": agent, "text": text})

    def rewrite(self, agent: str, text: str) -> ReplacedAnswer:
        """Replace the newest words of the agent. Searches find the new ones. 409 if the prompt has none."""
        return self._call(REWRITE, {"agent": agent, "text": text})

    def retry(self, agent: str) -> RunAnswer:
        """Take back all that followed the newest message, and let the agent answer it again: a run."""
        return self._call(RETRY, {"agent": agent})

    def compact(self, agent: str) -> CompactedAnswer:
        """Evict half of the messages in the prompt into the summary now. The log keeps every word."""
        return self._call(COMPACT, {"agent": agent})


class AsyncPastOperations(AsyncCaller):
    """The operations of `past`, for an event loop."""

    async def get_history(
        self,
        agent: str,
        *,
        what: Sequence[
            Literal[
                "block",
                "edit",
                "set",
                "shape",
                "detach",
                "eviction",
                "pop",
                "rethink",
                "rewrite",
                "retry",
                "fork",
                "undo",
                "redo",
            ]
        ]
        | None = None,
        label: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> HistoryAnswer:
        """Return the changes of memory, the newest first: edits, evictions, and what was taken back.

        `what`: Changes of these kinds.
        `label`: Changes of this block.
        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(
            GET_HISTORY, {"agent": agent, "what": what, "label": label, "limit": limit, "cursor": cursor}
        )

    async def list_forks(
        self, agent: str, *, limit: int = 50, cursor: str | None = None
    ) -> PageOf[ForkAnswer]:
        """Return the agents whose logs begin as this one's, the newest first, with the last entry of
        both.

        They are its forks, the agent that it is a fork of, other forks of that one, and copies by an
        import.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(LIST_FORKS, {"agent": agent, "limit": limit, "cursor": cursor})

    async def get_state(self, agent: str, seq: int, *, limit: int = 50) -> StateAnswer:
        """Return the memory as it was when an entry was the newest one. 409 if the log has no such entry.

        `limit`: The most items of the page.
        """
        return await self._call(GET_STATE, {"agent": agent, "seq": seq, "limit": limit})

    async def get_difference(self, agent: str, from_: int, to: int) -> DifferenceAnswer:
        """Return what differs between the memory at two entries: blocks, summary and messages.

        `from_`: The entry of the earlier state.
        `to`: The entry of the later state.
        """
        return await self._call(GET_DIFFERENCE, {"agent": agent, "from_": from_, "to": to})

    async def undo(self, agent: str, steps: int = 1) -> ChangesAnswer:
        """Take back the newest edits, pops, rethinks and rewrites: all of the steps, or none of them.

        409 if nothing is left, if another agent has edited a shared block since, or after an eviction.
        """
        return await self._call(UNDO, {"agent": agent, "steps": steps})

    async def redo(self, agent: str, steps: int = 1) -> ChangesAnswer:
        """Do again what was undone last. 409 if nothing was undone since the last change."""
        return await self._call(REDO, {"agent": agent, "steps": steps})

    async def pop(self, agent: str, count: int = 1) -> PoppedAnswer:
        """Take back the newest messages of anyone, with everything after the first of them."""
        return await self._call(POP, {"agent": agent, "count": count})

    async def rethink(self, agent: str, text: str) -> ReplacedAnswer:
        """Replace the newest thought. 409 if the prompt has none."""
        return await self._call(RETHINK, {"agent": agent, "text": text})

    async def rewrite(self, agent: str, text: str) -> ReplacedAnswer:
        """Replace the newest words of the agent. Searches find the new ones. 409 if the prompt has none."""
        return await self._call(REWRITE, {"agent": agent, "text": text})

    async def retry(self, agent: str) -> RunAnswer:
        """Take back all that followed the newest message, and let the agent answer it again: a run."""
        return await self._call(RETRY, {"agent": agent})

    async def compact(self, agent: str) -> CompactedAnswer:
        """Evict half of the messages in the prompt into the summary now. The log keeps every word."""
        return await self._call(COMPACT, {"agent": agent})
