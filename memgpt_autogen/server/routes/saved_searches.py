"""Saved searches of an agent: save one with what it should find, run it again, list, delete."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.routes.agents import AgentPath
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.routes.parameters import Cursor, Limit
from memgpt_autogen.service import saved_searches
from memgpt_autogen.service.pages import Page
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.saved_searches import (
    NewSavedSearch,
    SavedSearchAnswer,
    TriedSearchAnswer,
)

router = area("searches")

SearchPath = Annotated[str, Path(alias="search", max_length=64, description="The id of a saved search.")]


@router.get("/agents/{agent}/searches", response_model=PageOf[SavedSearchAnswer])
def list_saved_searches(
    caller: Reader, agent: AgentPath, limit: Limit = 50, cursor: Cursor = None
) -> Page[saved_searches.Saved]:
    """Return the saved searches of an agent, the oldest first."""
    return saved_searches.list_saved(caller.settings, agent, caller.agents, limit=limit, cursor=cursor)


@router.post("/agents/{agent}/searches", status_code=201, response_model=SavedSearchAnswer)
def save_search(caller: Writer, agent: AgentPath, body: NewSavedSearch) -> saved_searches.Saved:
    """Save a search with a result that it should find, as a test of the memory."""
    return saved_searches.save(
        caller.settings, agent, body.search.request(), body.expected.expected(), body.within, caller.agents
    )


@router.post("/agents/{agent}/searches/{search}/run", response_model=TriedSearchAnswer)
def run_saved_search(caller: Reader, agent: AgentPath, search: SearchPath) -> saved_searches.Tried:
    """Run a saved search again, and return at which place it finds what it should. Nothing is changed."""
    return saved_searches.run_saved(caller.settings, agent, search, caller.agents)


@router.delete("/agents/{agent}/searches/{search}", status_code=204, response_model=None)
def delete_saved_search(caller: Writer, agent: AgentPath, search: SearchPath) -> None:
    """Delete a saved search."""
    saved_searches.remove_saved(caller.settings, agent, search, caller.agents)
