"""The operations of `sources`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Optional

from pydantic import Field

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation, Parameter, UploadedFile
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.sources import JobAnswer, SourceAnswer

LIST_SOURCES: Operation[PageOf[SourceAnswer]] = Operation(
    "list_sources",
    "GET",
    "/api/v1/agents/{agent}/sources",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="sources",
    answer=PageOf[SourceAnswer],
)

LOAD_SOURCE: Operation[JobAnswer] = Operation(
    "load_source",
    "POST",
    "/api/v1/agents/{agent}/sources",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("file", "file", "form", Optional[Any]),
        Parameter("url", "url", "form", Optional[Annotated[str, Field(max_length=4000)]]),
        Parameter("text", "text", "form", Optional[Annotated[str, Field(max_length=10000000)]]),
        Parameter("name", "name", "form", Optional[Annotated[str, Field(max_length=1000)]]),
        Parameter(
            "tag",
            "tag",
            "form",
            Optional[Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=50)]],
        ),
    ),
    area="sources",
    answer=JobAnswer,
)

DELETE_SOURCE: Operation[SourceAnswer] = Operation(
    "delete_source",
    "DELETE",
    "/api/v1/agents/{agent}/sources/{source}",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("source", "source", "path", Annotated[str, Field(max_length=1000)]),
        Parameter("dry_run", "dry_run", "query", bool),
    ),
    area="sources",
    answer=SourceAnswer,
)

LIST_JOBS: Operation[PageOf[JobAnswer]] = Operation(
    "list_jobs",
    "GET",
    "/api/v1/jobs",
    parameters=(
        Parameter("agent", "agent", "query", Optional[Annotated[str, Field(max_length=64)]]),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="sources",
    answer=PageOf[JobAnswer],
)

GET_JOB: Operation[JobAnswer] = Operation(
    "get_job",
    "GET",
    "/api/v1/jobs/{job}",
    parameters=(Parameter("job", "job", "path", Annotated[str, Field(max_length=64)]),),
    area="sources",
    answer=JobAnswer,
)


class SourcesOperations(Caller):
    """The operations of `sources`."""

    def list_sources(self, agent: str, *, limit: int = 50, cursor: str | None = None) -> PageOf[SourceAnswer]:
        """Return the documents that an agent can read, in its own archive and in attached ones.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(LIST_SOURCES, {"agent": agent, "limit": limit, "cursor": cursor})

    def load_source(
        self,
        agent: str,
        file: UploadedFile | None = None,
        *,
        url: str | None = None,
        text: str | None = None,
        name: str | None = None,
        tag: Sequence[str] | None = None,
    ) -> JobAnswer:
        """Load a document into an agent's archive: a `file`, a `url` or a `text`. The answer is a job.

        A document that is there already is not loaded again, and one that has changed replaces the old
        one. Addresses of this machine and of private networks are not fetched.

        `url`: An address on the internet, which the server fetches.
        `name`: Its name in citations.
        """
        return self._call(
            LOAD_SOURCE, {"agent": agent, "file": file, "url": url, "text": text, "name": name, "tag": tag}
        )

    def delete_source(self, agent: str, source: str, *, dry_run: bool = False) -> SourceAnswer:
        """Delete a document of an agent's own archive, with all its passages, and return what it was.

        `dry_run`: Only report what would be deleted.
        """
        return self._call(DELETE_SOURCE, {"agent": agent, "source": source, "dry_run": dry_run})

    def list_jobs(
        self, *, agent: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> PageOf[JobAnswer]:
        """Return the user's jobs, the newest first.

        `agent`: Jobs of this agent.
        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(LIST_JOBS, {"agent": agent, "limit": limit, "cursor": cursor})

    def get_job(self, job: str) -> JobAnswer:
        """Return a job, and how far it is."""
        return self._call(GET_JOB, {"job": job})


class AsyncSourcesOperations(AsyncCaller):
    """The operations of `sources`, for an event loop."""

    async def list_sources(
        self, agent: str, *, limit: int = 50, cursor: str | None = None
    ) -> PageOf[SourceAnswer]:
        """Return the documents that an agent can read, in its own archive and in attached ones.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(LIST_SOURCES, {"agent": agent, "limit": limit, "cursor": cursor})

    async def load_source(
        self,
        agent: str,
        file: UploadedFile | None = None,
        *,
        url: str | None = None,
        text: str | None = None,
        name: str | None = None,
        tag: Sequence[str] | None = None,
    ) -> JobAnswer:
        """Load a document into an agent's archive: a `file`, a `url` or a `text`. The answer is a job.

        A document that is there already is not loaded again, and one that has changed replaces the old
        one. Addresses of this machine and of private networks are not fetched.

        `url`: An address on the internet, which the server fetches.
        `name`: Its name in citations.
        """
        return await self._call(
            LOAD_SOURCE, {"agent": agent, "file": file, "url": url, "text": text, "name": name, "tag": tag}
        )

    async def delete_source(self, agent: str, source: str, *, dry_run: bool = False) -> SourceAnswer:
        """Delete a document of an agent's own archive, with all its passages, and return what it was.

        `dry_run`: Only report what would be deleted.
        """
        return await self._call(DELETE_SOURCE, {"agent": agent, "source": source, "dry_run": dry_run})

    async def list_jobs(
        self, *, agent: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> PageOf[JobAnswer]:
        """Return the user's jobs, the newest first.

        `agent`: Jobs of this agent.
        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(LIST_JOBS, {"agent": agent, "limit": limit, "cursor": cursor})

    async def get_job(self, job: str) -> JobAnswer:
        """Return a job, and how far it is."""
        return await self._call(GET_JOB, {"job": job})
