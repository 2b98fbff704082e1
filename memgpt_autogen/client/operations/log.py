"""The operations of `log`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Optional

from pydantic import Field

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation, Parameter
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.log import EntryAnswer

GET_LOG: Operation[PageOf[EntryAnswer]] = Operation(
    "get_log",
    "GET",
    "/api/v1/agents/{agent}/log",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("before", "before", "query", Optional[Annotated[int, Field(ge=0, le=2147483647)]]),
        Parameter("after", "after", "query", Optional[Annotated[int, Field(ge=0, le=2147483647)]]),
        Parameter("speaker", "speaker", "query", Optional[Annotated[str, Field(max_length=1000)]]),
        Parameter("role", "role", "query", Optional[Literal["system", "user", "assistant", "tool"]]),
        Parameter(
            "kind",
            "kind",
            "query",
            Optional[
                Annotated[
                    list[
                        Literal[
                            "message",
                            "step",
                            "spoken",
                            "result",
                            "heartbeat",
                            "alert",
                            "login",
                            "edit",
                            "change",
                            "removed",
                            "imported",
                        ]
                    ],
                    Field(max_length=20),
                ]
            ],
        ),
        Parameter("undone", "undone", "query", bool),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="log",
    answer=PageOf[EntryAnswer],
)


class LogOperations(Caller):
    """The operations of `log`."""

    def get_log(
        self,
        agent: str,
        *,
        before: int | None = None,
        after: int | None = None,
        speaker: str | None = None,
        role: Literal["system", "user", "assistant", "tool"] | None = None,
        kind: Sequence[
            Literal[
                "message",
                "step",
                "spoken",
                "result",
                "heartbeat",
                "alert",
                "login",
                "edit",
                "change",
                "removed",
                "imported",
            ]
        ]
        | None = None,
        undone: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> PageOf[EntryAnswer]:
        """Return entries of the log, the newest first; with `after`, the oldest first.

        `before`: Entries with a smaller number.
        `after`: Entries with a larger number, and the oldest of them first.
        `speaker`: Words of this speaker.
        `role`: Entries of this role in the chat API.
        `kind`: Entries of these kinds.
        `undone`: Whether entries that were taken back are shown too.
        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(
            GET_LOG,
            {
                "agent": agent,
                "before": before,
                "after": after,
                "speaker": speaker,
                "role": role,
                "kind": kind,
                "undone": undone,
                "limit": limit,
                "cursor": cursor,
            },
        )


class AsyncLogOperations(AsyncCaller):
    """The operations of `log`, for an event loop."""

    async def get_log(
        self,
        agent: str,
        *,
        before: int | None = None,
        after: int | None = None,
        speaker: str | None = None,
        role: Literal["system", "user", "assistant", "tool"] | None = None,
        kind: Sequence[
            Literal[
                "message",
                "step",
                "spoken",
                "result",
                "heartbeat",
                "alert",
                "login",
                "edit",
                "change",
                "removed",
                "imported",
            ]
        ]
        | None = None,
        undone: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> PageOf[EntryAnswer]:
        """Return entries of the log, the newest first; with `after`, the oldest first.

        `before`: Entries with a smaller number.
        `after`: Entries with a larger number, and the oldest of them first.
        `speaker`: Words of this speaker.
        `role`: Entries of this role in the chat API.
        `kind`: Entries of these kinds.
        `undone`: Whether entries that were taken back are shown too.
        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(
            GET_LOG,
            {
                "agent": agent,
                "before": before,
                "after": after,
                "speaker": speaker,
                "role": role,
                "kind": kind,
                "undone": undone,
                "limit": limit,
                "cursor": cursor,
            },
        )
