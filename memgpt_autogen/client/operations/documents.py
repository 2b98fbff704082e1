"""The operations of `documents`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from typing import Annotated, Optional

from pydantic import Field

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation, Parameter
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.documents import DocumentKindsAnswer, HeadingAnswer, UseAnswer
from memgpt_autogen.service.schemas.passages import PassageAnswer

GET_DOCUMENT_KINDS: Operation[DocumentKindsAnswer] = Operation(
    "get_document_kinds",
    "GET",
    "/api/v1/document-kinds",
    parameters=(),
    area="documents",
    answer=DocumentKindsAnswer,
)

GET_SOURCE_OUTLINE: Operation[PageOf[HeadingAnswer]] = Operation(
    "get_source_outline",
    "GET",
    "/api/v1/agents/{agent}/source-outline/{source}",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("source", "source", "path", Annotated[str, Field(max_length=1000)]),
        Parameter("archive", "archive", "query", Optional[Annotated[str, Field(max_length=120)]]),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="documents",
    answer=PageOf[HeadingAnswer],
)

READ_SOURCE: Operation[PageOf[PassageAnswer]] = Operation(
    "read_source",
    "GET",
    "/api/v1/agents/{agent}/source-passages/{source}",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("source", "source", "path", Annotated[str, Field(max_length=1000)]),
        Parameter("archive", "archive", "query", Optional[Annotated[str, Field(max_length=120)]]),
        Parameter("start", "start", "query", Annotated[int, Field(ge=1, le=2147483647)]),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="documents",
    answer=PageOf[PassageAnswer],
)

LIST_SOURCE_USES: Operation[PageOf[UseAnswer]] = Operation(
    "list_source_uses",
    "GET",
    "/api/v1/agents/{agent}/source-uses/{source}",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("source", "source", "path", Annotated[str, Field(max_length=1000)]),
        Parameter("archive", "archive", "query", Optional[Annotated[str, Field(max_length=120)]]),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="documents",
    answer=PageOf[UseAnswer],
)


class DocumentsOperations(Caller):
    """The operations of `documents`."""

    def get_document_kinds(self) -> DocumentKindsAnswer:
        """Return which kinds of documents can be loaded, and how large they may be."""
        return self._call(GET_DOCUMENT_KINDS, {})

    def get_source_outline(
        self,
        agent: str,
        source: str,
        *,
        archive: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> PageOf[HeadingAnswer]:
        """Return the headings of a document, and its pages without one, in order.

        `archive`: The attached archive that it is in; by default the agent's own.
        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(
            GET_SOURCE_OUTLINE,
            {"agent": agent, "source": source, "archive": archive, "limit": limit, "cursor": cursor},
        )

    def read_source(
        self,
        agent: str,
        source: str,
        *,
        archive: str | None = None,
        start: int = 1,
        limit: int = 50,
        cursor: str | None = None,
    ) -> PageOf[PassageAnswer]:
        """Return the passages of a document in their order.

        `archive`: The attached archive that it is in; by default the agent's own.
        `start`: The number of the first passage.
        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(
            READ_SOURCE,
            {
                "agent": agent,
                "source": source,
                "archive": archive,
                "start": start,
                "limit": limit,
                "cursor": cursor,
            },
        )

    def list_source_uses(
        self,
        agent: str,
        source: str,
        *,
        archive: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> PageOf[UseAnswer]:
        """Return where the log has a document, the newest first: what was found or opened, and who named
        it.

        A page may be empty before the end, since a long log is read part by part.

        `archive`: The attached archive that it is in; by default the agent's own.
        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(
            LIST_SOURCE_USES,
            {"agent": agent, "source": source, "archive": archive, "limit": limit, "cursor": cursor},
        )


class AsyncDocumentsOperations(AsyncCaller):
    """The operations of `documents`, for an event loop."""

    async def get_document_kinds(self) -> DocumentKindsAnswer:
        """Return which kinds of documents can be loaded, and how large they may be."""
        return await self._call(GET_DOCUMENT_KINDS, {})

    async def get_source_outline(
        self,
        agent: str,
        source: str,
        *,
        archive: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> PageOf[HeadingAnswer]:
        """Return the headings of a document, and its pages without one, in order.

        `archive`: The attached archive that it is in; by default the agent's own.
        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(
            GET_SOURCE_OUTLINE,
            {"agent": agent, "source": source, "archive": archive, "limit": limit, "cursor": cursor},
        )

    async def read_source(
        self,
        agent: str,
        source: str,
        *,
        archive: str | None = None,
        start: int = 1,
        limit: int = 50,
        cursor: str | None = None,
    ) -> PageOf[PassageAnswer]:
        """Return the passages of a document in their order.

        `archive`: The attached archive that it is in; by default the agent's own.
        `start`: The number of the first passage.
        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(
            READ_SOURCE,
            {
                "agent": agent,
                "source": source,
                "archive": archive,
                "start": start,
                "limit": limit,
                "cursor": cursor,
            },
        )

    async def list_source_uses(
        self,
        agent: str,
        source: str,
        *,
        archive: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> PageOf[UseAnswer]:
        """Return where the log has a document, the newest first: what was found or opened, and who named
        it.

        A page may be empty before the end, since a long log is read part by part.

        `archive`: The attached archive that it is in; by default the agent's own.
        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(
            LIST_SOURCE_USES,
            {"agent": agent, "source": source, "archive": archive, "limit": limit, "cursor": cursor},
        )
