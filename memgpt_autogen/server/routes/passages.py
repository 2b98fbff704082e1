"""The passages of an agent's own archive."""

from __future__ import annotations

from typing import Annotated, Literal, Optional

from fastapi import Path, Query, Response

from memgpt_autogen.memory.passages import Passage, PassageFilter
from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.etags import Matching, set_etag
from memgpt_autogen.server.routes.agents import AgentPath
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.routes.parameters import Cursor, From, Limit, Until
from memgpt_autogen.service import passages
from memgpt_autogen.service.schemas.base import Moment, PageOf
from memgpt_autogen.service.schemas.passages import (
    NewPassage,
    NewPassages,
    PassageAnswer,
    PassageChange,
    PassageVersions,
)

router = area("passages")

ByTime = Annotated[passages.Order, Query(description="Which of them come first.")]

PassagePath = Annotated[str, Path(alias="passage", max_length=64, description="The id of a passage.")]


@router.get("/agents/{agent}/passages")
def list_passages(
    caller: Reader,
    agent: AgentPath,
    tag: Annotated[Optional[list[str]], Query(max_length=50, description="With these tags.")] = None,
    tag_match: Annotated[
        Literal["any", "all"], Query(description="Whether any of the tags is enough, or all are needed.")
    ] = "any",
    source: Annotated[Optional[list[str]], Query(max_length=50, description="From one of these.")] = None,
    start: From = None,
    end: Until = None,
    as_of: Annotated[
        Optional[Moment],
        Query(description="As it was at this time: stored by then, and not replaced by then."),
    ] = None,
    order: ByTime = "oldest",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[PassageAnswer]:
    """Return the passages of an agent's own archive that match, by time."""
    filters = PassageFilter(tag or (), tag_match, source or (), start, end, as_of)
    page = passages.list_passages(
        caller.settings, agent, caller.agents, filters=filters, order=order, limit=limit, cursor=cursor
    )
    return PageOf(items=list(map(PassageAnswer.of, page.items)), next=page.next)


@router.post("/agents/{agent}/passages", status_code=201)
def add_passages(caller: Writer, agent: AgentPath, body: NewPassage) -> NewPassages:
    """Store a text. One that is stored already, from the same source, gets the new tags.

    422 if it `replaces` a passage that is not in the archive: nothing is stored then.
    """
    added = passages.add_passages(
        caller.settings,
        agent,
        body.text,
        caller.agents,
        tags=body.tags,
        source=body.source,
        created_at=body.created_at,
        replaces=body.replaces,
    )
    return NewPassages(items=list(map(PassageAnswer.of, added)))


@router.get("/agents/{agent}/passages/{passage}")
def get_passage(caller: Reader, agent: AgentPath, passage: PassagePath, response: Response) -> PassageAnswer:
    """Return a passage; its ETag is for `If-Match`."""
    return answer_passage(response, passages.find_passage(caller.settings, agent, passage, caller.agents))


@router.get("/agents/{agent}/passages/{passage}/versions")
def list_passage_versions(caller: Reader, agent: AgentPath, passage: PassagePath) -> PassageVersions:
    """Return what a passage replaces, itself, and what replaces it; and what may be outdated with it."""
    found = passages.find_versions(caller.settings, agent, passage, caller.agents)
    return PassageVersions.of(*found)


@router.patch("/agents/{agent}/passages/{passage}")
def edit_passage(
    caller: Writer,
    agent: AgentPath,
    passage: PassagePath,
    body: PassageChange,
    expected: Matching,
    response: Response,
) -> PassageAnswer:
    """Change a passage. Another text or source makes it another passage, with another id.

    409 for the text of what is a part of a longer text or of a document.
    """
    changed = passages.edit_passage(
        caller.settings, agent, passage, body.edit(), caller.agents, expected=expected
    )
    return answer_passage(response, changed)


@router.delete("/agents/{agent}/passages/{passage}", status_code=204, response_model=None)
def delete_passage(caller: Writer, agent: AgentPath, passage: PassagePath, expected: Matching) -> None:
    """Delete a passage."""
    passages.remove_passage(caller.settings, agent, passage, caller.agents, expected=expected)


def answer_passage(response: Response, passage: Passage) -> PassageAnswer:
    """Return a passage with its ETag."""
    answer = PassageAnswer.of(passage)
    set_etag(response, answer.revision)
    return answer
