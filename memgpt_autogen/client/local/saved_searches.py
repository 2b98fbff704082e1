"""Saved searches of an agent."""

from __future__ import annotations

from memgpt_autogen.client.local.local_home import LocalHome
from memgpt_autogen.service import saved_searches
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.saved_searches import (
    NewSavedSearch,
    SavedSearchAnswer,
    TriedSearchAnswer,
)


def list_saved_searches(
    home: LocalHome, agent: str, limit: int = 50, cursor: str | None = None
) -> PageOf[SavedSearchAnswer]:
    page = saved_searches.list_saved(home.settings, agent, limit=limit, cursor=cursor)
    return PageOf[SavedSearchAnswer].model_validate(page)


def save_search(home: LocalHome, agent: str, body: NewSavedSearch) -> SavedSearchAnswer:
    made = saved_searches.save(
        home.settings, agent, body.search.request(), body.expected.expected(), body.within
    )
    return SavedSearchAnswer.model_validate(made)


def run_saved_search(home: LocalHome, agent: str, search: str) -> TriedSearchAnswer:
    return TriedSearchAnswer.model_validate(saved_searches.run_saved(home.settings, agent, search))


def delete_saved_search(home: LocalHome, agent: str, search: str) -> None:
    saved_searches.remove_saved(home.settings, agent, search)
