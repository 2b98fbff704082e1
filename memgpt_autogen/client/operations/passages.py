"""The operations of `passages`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Optional

from pydantic import AwareDatetime, Field

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation, Parameter
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.passages import (
    NewPassage,
    NewPassages,
    PassageAnswer,
    PassageChange,
    PassageVersions,
)

LIST_PASSAGES: Operation[PageOf[PassageAnswer]] = Operation(
    "list_passages",
    "GET",
    "/api/v1/agents/{agent}/passages",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("tag", "tag", "query", Optional[Annotated[list[str], Field(max_length=50)]]),
        Parameter("tag_match", "tag_match", "query", Literal["any", "all"]),
        Parameter("source", "source", "query", Optional[Annotated[list[str], Field(max_length=50)]]),
        Parameter("start", "start", "query", Optional[AwareDatetime]),
        Parameter("end", "end", "query", Optional[AwareDatetime]),
        Parameter("as_of", "as_of", "query", Optional[AwareDatetime]),
        Parameter("order", "order", "query", Literal["oldest", "newest"]),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="passages",
    answer=PageOf[PassageAnswer],
)

ADD_PASSAGES: Operation[NewPassages] = Operation(
    "add_passages",
    "POST",
    "/api/v1/agents/{agent}/passages",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    body=NewPassage,
    area="passages",
    answer=NewPassages,
)

GET_PASSAGE: Operation[PassageAnswer] = Operation(
    "get_passage",
    "GET",
    "/api/v1/agents/{agent}/passages/{passage}",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("passage", "passage", "path", Annotated[str, Field(max_length=64)]),
    ),
    area="passages",
    answer=PassageAnswer,
)

EDIT_PASSAGE: Operation[PassageAnswer] = Operation(
    "edit_passage",
    "PATCH",
    "/api/v1/agents/{agent}/passages/{passage}",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("passage", "passage", "path", Annotated[str, Field(max_length=64)]),
        Parameter("if_match", "if-match", "header", Optional[Annotated[str, Field(max_length=1000)]]),
        Parameter(
            "if_none_match", "if-none-match", "header", Optional[Annotated[str, Field(max_length=1000)]]
        ),
    ),
    body=PassageChange,
    area="passages",
    answer=PassageAnswer,
)

DELETE_PASSAGE: Operation[None] = Operation(
    "delete_passage",
    "DELETE",
    "/api/v1/agents/{agent}/passages/{passage}",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("passage", "passage", "path", Annotated[str, Field(max_length=64)]),
        Parameter("if_match", "if-match", "header", Optional[Annotated[str, Field(max_length=1000)]]),
        Parameter(
            "if_none_match", "if-none-match", "header", Optional[Annotated[str, Field(max_length=1000)]]
        ),
    ),
    area="passages",
)

LIST_PASSAGE_VERSIONS: Operation[PassageVersions] = Operation(
    "list_passage_versions",
    "GET",
    "/api/v1/agents/{agent}/passages/{passage}/versions",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("passage", "passage", "path", Annotated[str, Field(max_length=64)]),
    ),
    area="passages",
    answer=PassageVersions,
)


class PassagesOperations(Caller):
    """The operations of `passages`."""

    def list_passages(
        self,
        agent: str,
        *,
        tag: Sequence[str] | None = None,
        tag_match: Literal["any", "all"] = "any",
        source: Sequence[str] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        as_of: datetime | None = None,
        order: Literal["oldest", "newest"] = "oldest",
        limit: int = 50,
        cursor: str | None = None,
    ) -> PageOf[PassageAnswer]:
        """Return the passages of an agent's own archive that match, by time.

        `tag`: With these tags.
        `tag_match`: Whether any of the tags is enough, or all are needed.
        `source`: From one of these.
        `start`: Not before this time.
        `end`: Not after this time.
        `as_of`: As it was at this time: stored by then, and not replaced by then.
        `order`: Which of them come first.
        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(
            LIST_PASSAGES,
            {
                "agent": agent,
                "tag": tag,
                "tag_match": tag_match,
                "source": source,
                "start": start,
                "end": end,
                "as_of": as_of,
                "order": order,
                "limit": limit,
                "cursor": cursor,
            },
        )

    def add_passages(
        self,
        agent: str,
        text: str,
        *,
        tags: Sequence[str] | None = None,
        source: str | None = None,
        created_at: datetime | None = None,
        replaces: Sequence[str] | None = None,
    ) -> NewPassages:
        """Store a text. One that is stored already, from the same source, gets the new tags.

        422 if it `replaces` a passage that is not in the archive: nothing is stored then.

        `created_at`: Its time; now by default.
        `replaces`: The ids of passages of the same archive that it makes outdated. They stay, and are
          marked.
        """
        return self._call(
            ADD_PASSAGES,
            {
                "agent": agent,
                "text": text,
                "tags": tags,
                "source": source,
                "created_at": created_at,
                "replaces": replaces,
            },
        )

    def get_passage(self, agent: str, passage: str) -> PassageAnswer:
        """Return a passage; its ETag is for `If-Match`."""
        return self._call(GET_PASSAGE, {"agent": agent, "passage": passage})

    def edit_passage(
        self,
        agent: str,
        passage: str,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
        text: str | None = None,
        source: str | None = None,
        tags: Sequence[str] | None = None,
        superseded: bool | None = None,
    ) -> PassageAnswer:
        """Change a passage. Another text or source makes it another passage, with another id.

        409 for the text of what is a part of a longer text or of a document.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        `text`: With another text it is another passage, with another id, of the same time.
        `source`: Another source makes it another passage too; an empty one is none.
        `tags`: All tags that it has then.
        `superseded`: Whether it is marked as no longer true.
        """
        return self._call(
            EDIT_PASSAGE,
            {
                "agent": agent,
                "passage": passage,
                "if_match": if_match,
                "if_none_match": if_none_match,
                "text": text,
                "source": source,
                "tags": tags,
                "superseded": superseded,
            },
        )

    def delete_passage(
        self, agent: str, passage: str, *, if_match: str | None = None, if_none_match: str | None = None
    ) -> None:
        """Delete a passage.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        """
        self._call(
            DELETE_PASSAGE,
            {"agent": agent, "passage": passage, "if_match": if_match, "if_none_match": if_none_match},
        )

    def list_passage_versions(self, agent: str, passage: str) -> PassageVersions:
        """Return what a passage replaces, itself, and what replaces it; and what may be outdated with it."""
        return self._call(LIST_PASSAGE_VERSIONS, {"agent": agent, "passage": passage})


class AsyncPassagesOperations(AsyncCaller):
    """The operations of `passages`, for an event loop."""

    async def list_passages(
        self,
        agent: str,
        *,
        tag: Sequence[str] | None = None,
        tag_match: Literal["any", "all"] = "any",
        source: Sequence[str] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        as_of: datetime | None = None,
        order: Literal["oldest", "newest"] = "oldest",
        limit: int = 50,
        cursor: str | None = None,
    ) -> PageOf[PassageAnswer]:
        """Return the passages of an agent's own archive that match, by time.

        `tag`: With these tags.
        `tag_match`: Whether any of the tags is enough, or all are needed.
        `source`: From one of these.
        `start`: Not before this time.
        `end`: Not after this time.
        `as_of`: As it was at this time: stored by then, and not replaced by then.
        `order`: Which of them come first.
        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(
            LIST_PASSAGES,
            {
                "agent": agent,
                "tag": tag,
                "tag_match": tag_match,
                "source": source,
                "start": start,
                "end": end,
                "as_of": as_of,
                "order": order,
                "limit": limit,
                "cursor": cursor,
            },
        )

    async def add_passages(
        self,
        agent: str,
        text: str,
        *,
        tags: Sequence[str] | None = None,
        source: str | None = None,
        created_at: datetime | None = None,
        replaces: Sequence[str] | None = None,
    ) -> NewPassages:
        """Store a text. One that is stored already, from the same source, gets the new tags.

        422 if it `replaces` a passage that is not in the archive: nothing is stored then.

        `created_at`: Its time; now by default.
        `replaces`: The ids of passages of the same archive that it makes outdated. They stay, and are
          marked.
        """
        return await self._call(
            ADD_PASSAGES,
            {
                "agent": agent,
                "text": text,
                "tags": tags,
                "source": source,
                "created_at": created_at,
                "replaces": replaces,
            },
        )

    async def get_passage(self, agent: str, passage: str) -> PassageAnswer:
        """Return a passage; its ETag is for `If-Match`."""
        return await self._call(GET_PASSAGE, {"agent": agent, "passage": passage})

    async def edit_passage(
        self,
        agent: str,
        passage: str,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
        text: str | None = None,
        source: str | None = None,
        tags: Sequence[str] | None = None,
        superseded: bool | None = None,
    ) -> PassageAnswer:
        """Change a passage. Another text or source makes it another passage, with another id.

        409 for the text of what is a part of a longer text or of a document.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        `text`: With another text it is another passage, with another id, of the same time.
        `source`: Another source makes it another passage too; an empty one is none.
        `tags`: All tags that it has then.
        `superseded`: Whether it is marked as no longer true.
        """
        return await self._call(
            EDIT_PASSAGE,
            {
                "agent": agent,
                "passage": passage,
                "if_match": if_match,
                "if_none_match": if_none_match,
                "text": text,
                "source": source,
                "tags": tags,
                "superseded": superseded,
            },
        )

    async def delete_passage(
        self, agent: str, passage: str, *, if_match: str | None = None, if_none_match: str | None = None
    ) -> None:
        """Delete a passage.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        """
        await self._call(
            DELETE_PASSAGE,
            {"agent": agent, "passage": passage, "if_match": if_match, "if_none_match": if_none_match},
        )

    async def list_passage_versions(self, agent: str, passage: str) -> PassageVersions:
        """Return what a passage replaces, itself, and what replaces it; and what may be outdated with it."""
        return await self._call(LIST_PASSAGE_VERSIONS, {"agent": agent, "passage": passage})
