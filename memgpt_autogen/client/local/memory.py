"""The window, the log, searches and passages of an agent."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from memgpt_autogen.client.local.local_home import LocalHome
from memgpt_autogen.memory.passages import PassageFilter
from memgpt_autogen.memory.storage.log_pages import LogFilter
from memgpt_autogen.service import passages
from memgpt_autogen.service.log import read_log
from memgpt_autogen.service.revisions import expected_of
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.log import EntryAnswer
from memgpt_autogen.service.schemas.passages import (
    NewPassage,
    NewPassages,
    PassageAnswer,
    PassageChange,
    PassageVersions,
)
from memgpt_autogen.service.schemas.search import SearchAnswer, SearchBody
from memgpt_autogen.service.schemas.window import EvictionAnswer, WindowAnswer
from memgpt_autogen.service.search import search_memory
from memgpt_autogen.service.window import agent_window, evictions


def get_window(home: LocalHome, agent: str, at: int | None = None) -> WindowAnswer:
    return WindowAnswer.of(agent_window(home.settings, agent, equipment=home.equipment, at=at))


def list_evictions(
    home: LocalHome, agent: str, limit: int = 50, cursor: str | None = None
) -> PageOf[EvictionAnswer]:
    page = evictions(home.settings, agent, limit=limit, cursor=cursor)
    return PageOf(items=list(map(EvictionAnswer.of, page.items)), next=page.next)


def get_log(
    home: LocalHome,
    agent: str,
    before: int | None = None,
    after: int | None = None,
    speaker: str | None = None,
    role: Any = None,
    kind: Any = None,
    *,
    undone: bool = False,
    limit: int = 50,
    cursor: str | None = None,
) -> PageOf[EntryAnswer]:
    only = LogFilter(before, after, speaker, role, tuple(kind or ()), undone)
    page = read_log(home.settings, agent, only=only, limit=limit, cursor=cursor)
    return PageOf(items=list(map(EntryAnswer.of, page.items)), next=page.next)


def search(home: LocalHome, agent: str, body: SearchBody) -> SearchAnswer:
    return SearchAnswer.of(search_memory(home.settings, agent, body.request()), explain=body.explain)


def list_passages(
    home: LocalHome,
    agent: str,
    tag: list[str] | None = None,
    tag_match: Literal["any", "all"] = "any",
    source: list[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    as_of: datetime | None = None,
    order: passages.Order = "oldest",
    limit: int = 50,
    cursor: str | None = None,
) -> PageOf[PassageAnswer]:
    filters = PassageFilter(tag or (), tag_match, source or (), start, end, as_of)
    page = passages.list_passages(
        home.settings, agent, filters=filters, order=order, limit=limit, cursor=cursor
    )
    return PageOf(items=list(map(PassageAnswer.of, page.items)), next=page.next)


def add_passages(home: LocalHome, agent: str, body: NewPassage) -> NewPassages:
    added = passages.add_passages(
        home.settings,
        agent,
        body.text,
        tags=body.tags,
        source=body.source,
        created_at=body.created_at,
        replaces=body.replaces,
    )
    return NewPassages(items=list(map(PassageAnswer.of, added)))


def get_passage(home: LocalHome, agent: str, passage: str) -> PassageAnswer:
    return PassageAnswer.of(passages.find_passage(home.settings, agent, passage))


def list_passage_versions(home: LocalHome, agent: str, passage: str) -> PassageVersions:
    return PassageVersions.of(*passages.find_versions(home.settings, agent, passage))


def edit_passage(
    home: LocalHome,
    agent: str,
    passage: str,
    body: PassageChange,
    if_match: str | None = None,
    if_none_match: str | None = None,
) -> PassageAnswer:
    expected = expected_of(if_match, if_none_match)
    return PassageAnswer.of(
        passages.edit_passage(home.settings, agent, passage, body.edit(), expected=expected)
    )


def delete_passage(
    home: LocalHome, agent: str, passage: str, if_match: str | None = None, if_none_match: str | None = None
) -> None:
    passages.remove_passage(home.settings, agent, passage, expected=expected_of(if_match, if_none_match))
