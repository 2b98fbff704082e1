"""The operations of `blocks`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Optional

from pydantic import Field

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation, Parameter
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.blocks import (
    BlockChange,
    ChangeAnswer,
    EditableBlock,
    Replacement,
    WholeBlock,
)

LIST_BLOCKS: Operation[PageOf[EditableBlock]] = Operation(
    "list_blocks",
    "GET",
    "/api/v1/agents/{agent}/blocks",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="blocks",
    answer=PageOf[EditableBlock],
)

GET_BLOCK: Operation[EditableBlock] = Operation(
    "get_block",
    "GET",
    "/api/v1/agents/{agent}/blocks/{label}",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("label", "label", "path", Annotated[str, Field(max_length=64)]),
    ),
    area="blocks",
    answer=EditableBlock,
)

PUT_BLOCK: Operation[EditableBlock] = Operation(
    "put_block",
    "PUT",
    "/api/v1/agents/{agent}/blocks/{label}",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("label", "label", "path", Annotated[str, Field(max_length=64)]),
        Parameter("if_match", "if-match", "header", Optional[Annotated[str, Field(max_length=1000)]]),
        Parameter(
            "if_none_match", "if-none-match", "header", Optional[Annotated[str, Field(max_length=1000)]]
        ),
    ),
    body=WholeBlock,
    area="blocks",
    answer=EditableBlock,
)

EDIT_BLOCK: Operation[EditableBlock] = Operation(
    "edit_block",
    "PATCH",
    "/api/v1/agents/{agent}/blocks/{label}",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("label", "label", "path", Annotated[str, Field(max_length=64)]),
        Parameter("if_match", "if-match", "header", Optional[Annotated[str, Field(max_length=1000)]]),
        Parameter(
            "if_none_match", "if-none-match", "header", Optional[Annotated[str, Field(max_length=1000)]]
        ),
    ),
    body=BlockChange,
    area="blocks",
    answer=EditableBlock,
)

DELETE_BLOCK: Operation[None] = Operation(
    "delete_block",
    "DELETE",
    "/api/v1/agents/{agent}/blocks/{label}",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("label", "label", "path", Annotated[str, Field(max_length=64)]),
        Parameter("if_match", "if-match", "header", Optional[Annotated[str, Field(max_length=1000)]]),
        Parameter(
            "if_none_match", "if-none-match", "header", Optional[Annotated[str, Field(max_length=1000)]]
        ),
    ),
    area="blocks",
)

GET_BLOCK_HISTORY: Operation[PageOf[ChangeAnswer]] = Operation(
    "get_block_history",
    "GET",
    "/api/v1/agents/{agent}/blocks/{label}/history",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("label", "label", "path", Annotated[str, Field(max_length=64)]),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="blocks",
    answer=PageOf[ChangeAnswer],
)

UNDO_BLOCK: Operation[EditableBlock] = Operation(
    "undo_block",
    "POST",
    "/api/v1/agents/{agent}/blocks/{label}/undo",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("label", "label", "path", Annotated[str, Field(max_length=64)]),
        Parameter("if_match", "if-match", "header", Optional[Annotated[str, Field(max_length=1000)]]),
        Parameter(
            "if_none_match", "if-none-match", "header", Optional[Annotated[str, Field(max_length=1000)]]
        ),
    ),
    area="blocks",
    answer=EditableBlock,
)

SHARE_BLOCK: Operation[EditableBlock] = Operation(
    "share_block",
    "POST",
    "/api/v1/agents/{agent}/blocks/{label}/share",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("label", "label", "path", Annotated[str, Field(max_length=64)]),
    ),
    area="blocks",
    answer=EditableBlock,
)


class BlocksOperations(Caller):
    """The operations of `blocks`."""

    def list_blocks(self, agent: str, *, limit: int = 50, cursor: str | None = None) -> PageOf[EditableBlock]:
        """Return the blocks of an agent, in the order of its prompt.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(LIST_BLOCKS, {"agent": agent, "limit": limit, "cursor": cursor})

    def get_block(self, agent: str, label: str) -> EditableBlock:
        """Return a block; its ETag is for `If-Match`."""
        return self._call(GET_BLOCK, {"agent": agent, "label": label})

    def put_block(
        self,
        agent: str,
        label: str,
        value: str,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
        limit: int = 2000,
        description: str = "",
        read_only: bool = False,
        shared: bool = False,
    ) -> EditableBlock:
        """Give an agent this block, in place of that of the same label if it has one.

        A shared block that the user has already keeps its text when an agent gets it. Where the block is
        not as `If-Match` says, the answer is 412 and has both texts.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        `shared`: Whether all agents of the user with a shared block of this label have one text.
        """
        return self._call(
            PUT_BLOCK,
            {
                "agent": agent,
                "label": label,
                "value": value,
                "if_match": if_match,
                "if_none_match": if_none_match,
                "limit": limit,
                "description": description,
                "read_only": read_only,
                "shared": shared,
            },
        )

    def edit_block(
        self,
        agent: str,
        label: str,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
        value: str | None = None,
        append: str | None = None,
        replace: Replacement | Mapping[str, Any] | None = None,
        limit: int | None = None,
        description: str | None = None,
        read_only: bool | None = None,
    ) -> EditableBlock:
        """Change the text of a block, its limit, its description, or whether its agent may only read it.

        409 with both texts if the text to replace is not in it exactly once.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        `value`: The whole text.
        `append`: A text for a new line at the end.
        """
        return self._call(
            EDIT_BLOCK,
            {
                "agent": agent,
                "label": label,
                "if_match": if_match,
                "if_none_match": if_none_match,
                "value": value,
                "append": append,
                "replace": replace,
                "limit": limit,
                "description": description,
                "read_only": read_only,
            },
        )

    def delete_block(
        self, agent: str, label: str, *, if_match: str | None = None, if_none_match: str | None = None
    ) -> None:
        """Take a block away from an agent. A shared block stays for the others, and its texts in the
        history.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        """
        self._call(
            DELETE_BLOCK,
            {"agent": agent, "label": label, "if_match": if_match, "if_none_match": if_none_match},
        )

    def get_block_history(
        self, agent: str, label: str, *, limit: int = 50, cursor: str | None = None
    ) -> PageOf[ChangeAnswer]:
        """Return the changes of a block, the newest first.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(
            GET_BLOCK_HISTORY, {"agent": agent, "label": label, "limit": limit, "cursor": cursor}
        )

    def undo_block(
        self, agent: str, label: str, *, if_match: str | None = None, if_none_match: str | None = None
    ) -> EditableBlock:
        """Take back the newest edit of a block. 409 if there is none, or if another agent has edited it
        since.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        """
        return self._call(
            UNDO_BLOCK, {"agent": agent, "label": label, "if_match": if_match, "if_none_match": if_none_match}
        )

    def share_block(self, agent: str, label: str) -> EditableBlock:
        """Make a block of an agent's own a shared one, with its text and its history. Others get it by
        its label.

        409 if there is another shared block of that label.
        """
        return self._call(SHARE_BLOCK, {"agent": agent, "label": label})


class AsyncBlocksOperations(AsyncCaller):
    """The operations of `blocks`, for an event loop."""

    async def list_blocks(
        self, agent: str, *, limit: int = 50, cursor: str | None = None
    ) -> PageOf[EditableBlock]:
        """Return the blocks of an agent, in the order of its prompt.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(LIST_BLOCKS, {"agent": agent, "limit": limit, "cursor": cursor})

    async def get_block(self, agent: str, label: str) -> EditableBlock:
        """Return a block; its ETag is for `If-Match`."""
        return await self._call(GET_BLOCK, {"agent": agent, "label": label})

    async def put_block(
        self,
        agent: str,
        label: str,
        value: str,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
        limit: int = 2000,
        description: str = "",
        read_only: bool = False,
        shared: bool = False,
    ) -> EditableBlock:
        """Give an agent this block, in place of that of the same label if it has one.

        A shared block that the user has already keeps its text when an agent gets it. Where the block is
        not as `If-Match` says, the answer is 412 and has both texts.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        `shared`: Whether all agents of the user with a shared block of this label have one text.
        """
        return await self._call(
            PUT_BLOCK,
            {
                "agent": agent,
                "label": label,
                "value": value,
                "if_match": if_match,
                "if_none_match": if_none_match,
                "limit": limit,
                "description": description,
                "read_only": read_only,
                "shared": shared,
            },
        )

    async def edit_block(
        self,
        agent: str,
        label: str,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
        value: str | None = None,
        append: str | None = None,
        replace: Replacement | Mapping[str, Any] | None = None,
        limit: int | None = None,
        description: str | None = None,
        read_only: bool | None = None,
    ) -> EditableBlock:
        """Change the text of a block, its limit, its description, or whether its agent may only read it.

        409 with both texts if the text to replace is not in it exactly once.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        `value`: The whole text.
        `append`: A text for a new line at the end.
        """
        return await self._call(
            EDIT_BLOCK,
            {
                "agent": agent,
                "label": label,
                "if_match": if_match,
                "if_none_match": if_none_match,
                "value": value,
                "append": append,
                "replace": replace,
                "limit": limit,
                "description": description,
                "read_only": read_only,
            },
        )

    async def delete_block(
        self, agent: str, label: str, *, if_match: str | None = None, if_none_match: str | None = None
    ) -> None:
        """Take a block away from an agent. A shared block stays for the others, and its texts in the
        history.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        """
        await self._call(
            DELETE_BLOCK,
            {"agent": agent, "label": label, "if_match": if_match, "if_none_match": if_none_match},
        )

    async def get_block_history(
        self, agent: str, label: str, *, limit: int = 50, cursor: str | None = None
    ) -> PageOf[ChangeAnswer]:
        """Return the changes of a block, the newest first.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(
            GET_BLOCK_HISTORY, {"agent": agent, "label": label, "limit": limit, "cursor": cursor}
        )

    async def undo_block(
        self, agent: str, label: str, *, if_match: str | None = None, if_none_match: str | None = None
    ) -> EditableBlock:
        """Take back the newest edit of a block. 409 if there is none, or if another agent has edited it
        since.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        """
        return await self._call(
            UNDO_BLOCK, {"agent": agent, "label": label, "if_match": if_match, "if_none_match": if_none_match}
        )

    async def share_block(self, agent: str, label: str) -> EditableBlock:
        """Make a block of an agent's own a shared one, with its text and its history. Others get it by
        its label.

        409 if there is another shared block of that label.
        """
        return await self._call(SHARE_BLOCK, {"agent": agent, "label": label})
