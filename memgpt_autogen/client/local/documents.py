"""Documents as people read them."""

from __future__ import annotations

from memgpt_autogen.client.local.local_home import LocalHome
from memgpt_autogen.service import documents
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.documents import (
    DocumentKindsAnswer,
    HeadingAnswer,
    UseAnswer,
)
from memgpt_autogen.service.schemas.passages import PassageAnswer


def get_document_kinds(_home: LocalHome) -> DocumentKindsAnswer:
    return DocumentKindsAnswer.of(documents.document_kinds(), upload_bytes=None)


def get_source_outline(
    home: LocalHome,
    agent: str,
    source: str,
    archive: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> PageOf[HeadingAnswer]:
    page = documents.outline(home.settings, agent, source, archive=archive, limit=limit, cursor=cursor)
    return PageOf[HeadingAnswer].model_validate(page)


def read_source(
    home: LocalHome,
    agent: str,
    source: str,
    archive: str | None = None,
    start: int = 1,
    limit: int = 50,
    cursor: str | None = None,
) -> PageOf[PassageAnswer]:
    page = documents.read_document(
        home.settings, agent, source, archive=archive, start=start, limit=limit, cursor=cursor
    )
    return PageOf(items=list(map(PassageAnswer.of, page.items)), next=page.next)


def list_source_uses(
    home: LocalHome,
    agent: str,
    source: str,
    archive: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> PageOf[UseAnswer]:
    page = documents.uses(home.settings, agent, source, archive=archive, limit=limit, after=cursor)
    return PageOf[UseAnswer].model_validate(page)
