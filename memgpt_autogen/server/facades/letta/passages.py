"""Passages: the archival memory of an agent, and searches in it and in shared archives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, Optional

from fastapi import Query

from memgpt_autogen.memory.passages import Found, Passage, PassageFilter
from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.facades.letta.bodies import PassageBody, PassageSearchBody
from memgpt_autogen.server.facades.letta.ids import AgentPath, PassagePath, bare, with_kind
from memgpt_autogen.server.facades.letta.paging import Paged
from memgpt_autogen.server.facades.letta.shapes import iso, passage_shape
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.service import passages, shared
from memgpt_autogen.service.agents import agent_detail, resolve_agent
from memgpt_autogen.service.pages import MOST
from memgpt_autogen.service.schemas.base import Moment

router = foreign_area("letta", "/v1")

# how many passages a search returns by default
_FOUND = 10

Shape = dict[str, Any]

Tags = Annotated[Optional[list[str]], Query(max_length=50)]

TagMatch = Annotated[Literal["any", "all"], Query()]


@router.get("/agents/{agent_id}/archival-memory", name="list_letta_passages")
def list_passages(
    caller: Reader,
    agent_id: AgentPath,
    page: Paged,
    search: Annotated[Optional[str], Query(max_length=2000)] = None,
    ascending: Annotated[bool, Query()] = True,  # noqa: FBT002 - FastAPI calls it by name
) -> list[Shape]:
    """Return passages of an agent's own archive, the oldest first; with `search`, those with these words."""
    detail = agent_detail(caller.settings, agent_id, caller.agents)
    found = [
        each
        for each in _all(caller, detail.agent.id)
        if search is None or search.casefold() in each.text.casefold()
    ]
    asked = replace(page, order="asc" if ascending else "desc")
    return [
        passage_shape(each, detail.archive_id)
        for each in asked.of(list(reversed(found)), lambda each: each.id)
    ]


@router.post("/agents/{agent_id}/archival-memory", name="add_passages")
def add_passages(caller: Writer, agent_id: AgentPath, body: PassageBody) -> list[Shape]:
    """Insert a text into an agent's own archive. A long one becomes several passages."""
    body.check()
    detail = agent_detail(caller.settings, agent_id, caller.agents)
    added = passages.add_passages(
        caller.settings,
        detail.agent.id,
        body.text,
        caller.agents,
        tags=body.tags or (),
        created_at=body.created_at,
    )
    return [passage_shape(each, detail.archive_id) for each in added]


@router.get("/agents/{agent_id}/archival-memory/search", name="search_letta_passages")
def search_passages(
    caller: Reader,
    agent_id: AgentPath,
    query: Annotated[str, Query(min_length=1, max_length=2000)],
    tags: Tags = None,
    tag_match_mode: TagMatch = "any",
    top_k: Annotated[Optional[int], Query(ge=1)] = None,
    start_datetime: Annotated[Optional[Moment], Query()] = None,
    end_datetime: Annotated[Optional[Moment], Query()] = None,
) -> dict[str, Any]:
    """Return what an agent can read that matches, best first."""
    found, _ = resolve_agent(caller.settings, agent_id, caller.agents)
    filters = PassageFilter(tags or (), tag_match_mode, start=start_datetime, end=end_datetime)
    hits = passages.search_passages(
        caller.settings, found, query, caller.agents, filters=filters, limit=min(top_k or _FOUND, MOST)
    )
    results = [_result(each.passage) for each in hits]
    return {"results": results, "count": len(results)}


@router.delete("/agents/{agent_id}/archival-memory/{passage_id}", name="delete_passage")
def delete_passage(caller: Writer, agent_id: AgentPath, passage_id: PassagePath) -> dict[str, str]:
    """Delete a passage of an agent's own archive."""
    found, _ = resolve_agent(caller.settings, agent_id, caller.agents)
    passages.remove_passage(caller.settings, found, passage_id, caller.agents)
    return {"message": "the passage was deleted"}


@router.post("/passages/search", name="search")
def search_anywhere(caller: Reader, body: PassageSearchBody) -> list[dict[str, Any]]:
    """Search what an agent can read, or a shared archive."""
    body.check()
    filters = PassageFilter(body.tags or (), body.tag_match_mode, start=body.start_date, end=body.end_date)
    if body.agent_id is not None and body.archive_id is None:
        found, _ = resolve_agent(caller.settings, bare(body.agent_id), caller.agents)
        hits: Sequence[Found] = passages.search_passages(
            caller.settings, found, body.query, caller.agents, filters=filters, limit=body.limit
        )
    elif body.archive_id is not None and body.agent_id is None:
        caller.check_whole("what is shared is of all")
        hits = shared.search_archive(
            caller.settings, bare(body.archive_id), body.query, filters=filters, limit=body.limit
        )
    else:
        raise ProblemError(422, "a search is in one place: give agent_id or archive_id, one of them.")
    return [{"passage": passage_shape(each.passage), "score": each.score, "metadata": {}} for each in hits]


def _result(passage: Passage) -> dict[str, Any]:
    return {
        "id": with_kind("passage", passage.id),
        "content": passage.text,
        "timestamp": iso(passage.created_at),
        "tags": list(passage.tags),
    }


def _all(caller: Caller, agent: str) -> list[Passage]:
    found: list[Passage] = []
    cursor: str | None = None
    while True:
        page = passages.list_passages(caller.settings, agent, caller.agents, limit=MOST, cursor=cursor)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found
