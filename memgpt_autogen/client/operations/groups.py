"""The operations of `groups`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from typing import Annotated, Optional

from pydantic import Field

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation, Parameter
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.groups import GroupAnswer, GroupMessagesAnswer

LIST_GROUPS: Operation[PageOf[GroupAnswer]] = Operation(
    "list_groups",
    "GET",
    "/api/v1/groups",
    parameters=(
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="groups",
    answer=PageOf[GroupAnswer],
)

GET_GROUP: Operation[GroupAnswer] = Operation(
    "get_group",
    "GET",
    "/api/v1/groups/{group}",
    parameters=(Parameter("group", "group", "path", Annotated[str, Field(max_length=36)]),),
    area="groups",
    answer=GroupAnswer,
)

READ_GROUP_MESSAGES: Operation[GroupMessagesAnswer] = Operation(
    "read_group_messages",
    "GET",
    "/api/v1/groups/{group}/messages",
    parameters=(
        Parameter("group", "group", "path", Annotated[str, Field(max_length=36)]),
        Parameter("after", "after", "query", Optional[Annotated[int, Field(ge=0, le=9007199254740991)]]),
        Parameter("before", "before", "query", Optional[Annotated[int, Field(ge=1, le=9007199254740991)]]),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
    ),
    area="groups",
    answer=GroupMessagesAnswer,
)


class GroupsOperations(Caller):
    """The operations of `groups`."""

    def list_groups(self, *, limit: int = 50, cursor: str | None = None) -> PageOf[GroupAnswer]:
        """Return the group chats of AutoGen in which agents of the user take part, the newest first.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(LIST_GROUPS, {"limit": limit, "cursor": cursor})

    def get_group(self, group: str) -> GroupAnswer:
        """Return a group: who takes part, and whether it goes on."""
        return self._call(GET_GROUP, {"group": group})

    def read_group_messages(
        self, group: str, *, after: int | None = None, before: int | None = None, limit: int = 50
    ) -> GroupMessagesAnswer:
        """Return what was said after a number, or next before one, each message once, with who heard it
        where.

        `after`: The number of the last message that was read.
        `before`: Go back from this number; the largest is the end.
        `limit`: The most items of the page.
        """
        return self._call(
            READ_GROUP_MESSAGES, {"group": group, "after": after, "before": before, "limit": limit}
        )


class AsyncGroupsOperations(AsyncCaller):
    """The operations of `groups`, for an event loop."""

    async def list_groups(self, *, limit: int = 50, cursor: str | None = None) -> PageOf[GroupAnswer]:
        """Return the group chats of AutoGen in which agents of the user take part, the newest first.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(LIST_GROUPS, {"limit": limit, "cursor": cursor})

    async def get_group(self, group: str) -> GroupAnswer:
        """Return a group: who takes part, and whether it goes on."""
        return await self._call(GET_GROUP, {"group": group})

    async def read_group_messages(
        self, group: str, *, after: int | None = None, before: int | None = None, limit: int = 50
    ) -> GroupMessagesAnswer:
        """Return what was said after a number, or next before one, each message once, with who heard it
        where.

        `after`: The number of the last message that was read.
        `before`: Go back from this number; the largest is the end.
        `limit`: The most items of the page.
        """
        return await self._call(
            READ_GROUP_MESSAGES, {"group": group, "after": after, "before": before, "limit": limit}
        )
