"""Saved searches: searches that can be run again, to see whether they still find what they should."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter

from memgpt_autogen.errors import ConfigurationError, quoted
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.log_pages import LogFilter, log_page
from memgpt_autogen.memory.storage.saved_searches import SavedSearch, SavedSearches
from memgpt_autogen.memory.storage.tables import to_column
from memgpt_autogen.service.agents import open_agent
from memgpt_autogen.service.pages import Page, page_of, place_of
from memgpt_autogen.service.search import Hit, SearchRequest, Tier, search_memory
from memgpt_autogen.settings import Settings


@dataclass(frozen=True, slots=True)
class Expected:
    """What a search is expected to find."""

    tier: Tier
    id: str
    """As in its results: the number of the entry, the id of the passage, or the label and the line of the
    block, of which the label counts."""
    text: str | None = None
    """What it says now; None if it was deleted."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved search."""

    id: str
    search: SearchRequest
    expected: Expected
    within: int
    """It passes if what is expected is among so many of the first results."""
    rank: int | None
    """The place of what is expected when it was saved, from 1; None if it was not found."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Tried:
    """What a saved search found now."""

    rank: int | None
    """The place of what is expected, from 1; None if it was not found."""
    passed: bool
    expected: Expected
    seconds: float


def list_saved(
    settings: Settings,
    agent: str,
    among: Collection[str] | None = None,
    *,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Saved]:
    """Return a page of the saved searches of an agent, the oldest first."""
    memory = open_agent(settings, agent, among, embedder=NONE)
    after = None if cursor is None else tuple(map(str, place_of(cursor, str, str)))
    found = _of(memory).after((after[0], after[1]) if after else None, limit + 1)
    page = page_of(found, limit, lambda each: (to_column(each.created_at), each.id))
    return Page([_saved(memory, each) for each in page.items], page.next)


def save(
    settings: Settings,
    agent: str,
    search: SearchRequest,
    expected: Expected,
    within: int,
    among: Collection[str] | None = None,
) -> Saved:
    """Store a search with what it is expected to find, and the place that this has now."""
    memory = open_agent(settings, agent, among)
    if _text(memory, expected) is None:
        raise ConfigurationError(
            f"there is no result {quoted(expected.id)} in {expected.tier}. Give the tier and the id of a "
            "result of a search."
        )
    rank, _ = _rank(settings, agent, search, expected, within, among)
    made = _of(memory).add(
        _REQUEST.dump_json(search).decode(), expected.tier, expected.id, within=within, rank=rank
    )
    return _saved(memory, made)


def run_saved(settings: Settings, agent: str, id_: str, among: Collection[str] | None = None) -> Tried:
    """Run a saved search again. Nothing is changed."""
    memory = open_agent(settings, agent, among)
    saved = _saved(memory, _of(memory).find(id_))
    rank, seconds = _rank(settings, agent, saved.search, saved.expected, saved.within, among)
    return Tried(rank, rank is not None and rank <= saved.within, saved.expected, seconds)


def remove_saved(settings: Settings, agent: str, id_: str, among: Collection[str] | None = None) -> None:
    """Delete a saved search."""
    _of(open_agent(settings, agent, among, embedder=NONE)).remove(id_)


def _of(memory: MemoryHierarchy) -> SavedSearches:
    return SavedSearches(memory.log.database, memory.log.agent_id)


def _rank(
    settings: Settings,
    agent: str,
    search: SearchRequest,
    expected: Expected,
    within: int,
    among: Collection[str] | None,
) -> tuple[int | None, float]:
    """Return the place of what is expected, and how long the search took."""
    request = replace(search, explain=False, limit=max(search.limit, within))
    found = search_memory(settings, agent, request, among)
    ranks = (rank for rank, hit in enumerate(found.hits, 1) if _is(hit, expected))
    return next(ranks, None), found.seconds


def _is(hit: Hit, expected: Expected) -> bool:
    if hit.tier != expected.tier:
        return False
    return hit.id == expected.id or (hit.tier == "core" and hit.label == _label(expected))


def _label(expected: Expected) -> str:
    label, colon, line = expected.id.rpartition(":")
    return label if colon and line.isdigit() else expected.id


def _saved(memory: MemoryHierarchy, row: SavedSearch) -> Saved:
    search = _REQUEST.validate_json(row.request)
    expected = Expected(row.tier, row.hit)  # type: ignore[arg-type]  # a tier was stored
    expected = replace(expected, text=_text(memory, expected))
    return Saved(row.id, search, expected, row.within, row.rank, row.created_at)


def _text(memory: MemoryHierarchy, expected: Expected) -> str | None:
    """Return what is expected as it is now; None if it is not there."""
    if expected.tier == "core":
        label = _label(expected)
        return next((block.value for block in memory.core if block.label == label), None)
    if expected.tier == "recall":
        return _said(memory, int(expected.id)) if _is_seq(expected.id) else None
    found = (archive.get(expected.id) for archive in _archives(memory))
    return next((passage.text for passage in found if passage is not None), None)


def _said(memory: MemoryHierarchy, seq: int) -> str | None:
    found = log_page(memory.log, LogFilter(before=seq + 1, after=seq - 1), name=memory.name, limit=1)
    return next((entry.message.spoken for entry in found), None)


def _is_seq(given: str) -> bool:
    return given.isascii() and given.isdigit() and len(given) < len(str(2**31))


def _archives(memory: MemoryHierarchy) -> Iterator[Archive]:
    yield memory.readable.own.archive
    for place in memory.readable.others().values():
        yield place.archive


_REQUEST = TypeAdapter(SearchRequest)
