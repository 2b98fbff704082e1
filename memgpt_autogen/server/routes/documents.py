"""Documents as people read them: what can be loaded, outlines, passages, and uses."""

from __future__ import annotations

from typing import Annotated, Optional

from fastapi import Path, Query, Request

from memgpt_autogen.memory.documents.uses import Use
from memgpt_autogen.memory.storage.tables import LARGEST
from memgpt_autogen.server.authentication import Reader
from memgpt_autogen.server.routes.agents import AgentPath
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.routes.parameters import Cursor, Limit
from memgpt_autogen.service import documents
from memgpt_autogen.service.pages import Page
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.documents import (
    DocumentKindsAnswer,
    HeadingAnswer,
    UseAnswer,
)
from memgpt_autogen.service.schemas.passages import PassageAnswer

router = area("documents")

SourcePath = Annotated[str, Path(alias="source", max_length=1000, description="The name of a document.")]

InArchive = Annotated[
    Optional[str],
    Query(max_length=120, description="The attached archive that it is in; by default the agent's own."),
]


@router.get("/document-kinds")
def get_document_kinds(request: Request, _caller: Reader) -> DocumentKindsAnswer:
    """Return which kinds of documents can be loaded, and how large they may be."""
    most: int = request.app.state.options.upload_bytes
    return DocumentKindsAnswer.of(documents.document_kinds(), upload_bytes=most)


@router.get("/agents/{agent}/source-outline/{source:path}", response_model=PageOf[HeadingAnswer])
def get_source_outline(
    caller: Reader,
    agent: AgentPath,
    source: SourcePath,
    archive: InArchive = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[documents.Heading]:
    """Return the headings of a document, and its pages without one, in order."""
    return documents.outline(
        caller.settings, agent, source, caller.agents, archive=archive, limit=limit, cursor=cursor
    )


@router.get("/agents/{agent}/source-passages/{source:path}")
def read_source(
    caller: Reader,
    agent: AgentPath,
    source: SourcePath,
    archive: InArchive = None,
    start: Annotated[int, Query(ge=1, le=LARGEST, description="The number of the first passage.")] = 1,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[PassageAnswer]:
    """Return the passages of a document in their order."""
    page = documents.read_document(
        caller.settings,
        agent,
        source,
        caller.agents,
        archive=archive,
        start=start,
        limit=limit,
        cursor=cursor,
    )
    return PageOf(items=list(map(PassageAnswer.of, page.items)), next=page.next)


@router.get("/agents/{agent}/source-uses/{source:path}", response_model=PageOf[UseAnswer])
def list_source_uses(
    caller: Reader,
    agent: AgentPath,
    source: SourcePath,
    archive: InArchive = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Use]:
    """Return where the log has a document, the newest first: what was found or opened, and who named it.

    A page may be empty before the end, since a long log is read part by part.
    """
    return documents.uses(
        caller.settings, agent, source, caller.agents, archive=archive, limit=limit, after=cursor
    )
