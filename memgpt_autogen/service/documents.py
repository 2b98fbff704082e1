"""The documents of an agent as people read them: what can be loaded, outlines, passages, and uses."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from memgpt_autogen.errors import NotFoundError, quoted
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.memory.documents.attach import MOST_FETCHED
from memgpt_autogen.memory.documents.catalogue import Source
from memgpt_autogen.memory.documents.sources import ArchiveSources
from memgpt_autogen.memory.documents.uses import Use, find_uses
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.passages import Passage
from memgpt_autogen.memory.storage.tables import LARGEST
from memgpt_autogen.readers.kinds import SUFFIXES, TEXT_SUFFIXES, UNREADABLE
from memgpt_autogen.service.agents import open_agent
from memgpt_autogen.service.pages import Page, cursor, page_among, page_of, place_of
from memgpt_autogen.settings import Settings


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A kind of document that can be loaded."""

    kind: str
    suffixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocumentKinds:
    """What can be loaded. Other files are read as text if they are text."""

    kinds: tuple[DocumentKind, ...]
    unreadable: Mapping[str, str]
    """Suffixes of what cannot be read, each with what it is and what to do."""
    fetched_bytes: int
    """The most bytes of what is fetched from an address."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a heading, or a page without one, begins in a document."""

    first: int
    """The number of its first passage."""
    page: int | None
    heading: str | None


def document_kinds() -> DocumentKinds:
    """Return what can be loaded."""
    by_kind: dict[str, list[str]] = {"text": list(TEXT_SUFFIXES)}
    for suffix, kind in SUFFIXES.items():
        by_kind.setdefault(kind, []).append(suffix)
    kinds = tuple(DocumentKind(kind, tuple(suffixes)) for kind, suffixes in by_kind.items())
    return DocumentKinds(kinds, UNREADABLE, MOST_FETCHED)


def outline(
    settings: Settings,
    agent: str,
    name: str,
    among: Collection[str] | None = None,
    *,
    archive: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Heading]:
    """Return a page of the headings of a document, and of its pages that have none, in order."""
    place, source = _find(open_agent(settings, agent, among, embedder=NONE), name, archive)
    found = [Heading(*each) for each in place.outline(source, LARGEST)]
    return page_among(found, limit, cursor, lambda each: each.first)


def read_document(
    settings: Settings,
    agent: str,
    name: str,
    among: Collection[str] | None = None,
    *,
    archive: str | None = None,
    start: int = 1,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Passage]:
    """Return a page of the passages of a document in their order, from the number `start` on."""
    place, source = _find(open_agent(settings, agent, among, embedder=NONE), name, archive)
    if cursor is not None:
        start = int(place_of(cursor, int)[0]) + 1
    found = place.passages(source, start, limit + 1)
    return page_of(found, limit, lambda passage: (passage.place.number if passage.place else 0,))


def uses(
    settings: Settings,
    agent: str,
    name: str,
    among: Collection[str] | None = None,
    *,
    archive: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page[Use]:
    """Return a page of what the agent's log has of a document, the newest first. `after` is a cursor.

    A page may be empty before the end, since a long log is read part by part.
    """
    memory = open_agent(settings, agent, among, embedder=NONE)
    _, source = _find(memory, name, archive)
    before = None if after is None else int(place_of(after, int)[0])
    found, rest = find_uses(memory.log, source, before=before, limit=limit)
    return Page(found, None if rest is None else cursor(rest))


def _find(memory: MemoryHierarchy, name: str, archive: str | None) -> tuple[ArchiveSources, Source]:
    place = memory.readable.own if archive is None else memory.readable.others().get(archive)
    if place is None:
        raise NotFoundError(f"no archive {quoted(archive or '')} is attached to the agent.")
    source = place.get(name)
    if source is None:
        raise NotFoundError(f"there is no source {quoted(name)} in this archive.")
    return place, replace(source, archive=archive)
