"""The passages of an agent's own archive: list, insert, read, change and delete."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Literal

from memgpt_autogen.errors import ConflictError, NotFoundError, quoted
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.archival.listing import place_in_time
from memgpt_autogen.memory.passages import EVERYTHING, Draft, Found, Passage, PassageFilter
from memgpt_autogen.service.agents import open_agent
from memgpt_autogen.service.pages import Page, page_of, place_of
from memgpt_autogen.service.revisions import ANY, Expected, revision_of
from memgpt_autogen.settings import Settings

Order = Literal["oldest", "newest"]
"""Which passages come first."""


@dataclass(frozen=True, slots=True)
class PassageEdit:
    """What changes of a passage; None keeps it."""

    text: str | None = None
    source: str | None = None
    tags: Sequence[str] | None = None
    """All tags that it has then."""
    superseded: bool | None = None
    """Whether another passage replaces it."""


def list_passages(
    settings: Settings,
    agent: str,
    among: Collection[str] | None = None,
    *,
    filters: PassageFilter = EVERYTHING,
    order: Order = "oldest",
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Passage]:
    """Return a page of the passages that match, the oldest or the newest first.

    The parts of a text follow each other in order; with the newest first, the last part comes first.
    """
    archive = open_agent(settings, agent, among, embedder=NONE).archival
    return passage_page(archive, filters, order, limit, cursor)


def passage_page(
    archive: Archive, filters: PassageFilter, order: Order, limit: int, cursor: str | None
) -> Page[Passage]:
    """Return a page of an archive."""
    after = None
    if cursor is not None:
        micros, parent, part = place_of(cursor, int, str, int)
        after = (datetime.fromtimestamp(0, timezone.utc) + _MICROSECOND * int(micros), str(parent), int(part))
    read = archive.after if order == "oldest" else archive.before
    found = read(after, filters, limit + 1)
    return page_of(found, limit, _place)


def add_passages(
    settings: Settings,
    agent: str,
    text: str,
    among: Collection[str] | None = None,
    *,
    tags: Sequence[str] = (),
    source: str | None = None,
    created_at: datetime | None = None,
    replaces: Sequence[str] = (),
) -> list[Passage]:
    """Insert a text, and return its passages: one, or its parts in order if it is long.

    `replaces` has the ids of passages that it makes outdated.
    """
    archive = open_agent(settings, agent, among).archival
    return archive.insert(
        text, tags=tags, source=source, created_at=created_at, replaces=replaces, wait=False
    )


def search_passages(
    settings: Settings,
    agent: str,
    query: str,
    among: Collection[str] | None = None,
    *,
    filters: PassageFilter = EVERYTHING,
    limit: int = 10,
) -> list[Found]:
    """Return what an agent can read that matches the query and the filters, best first."""
    memory = open_agent(settings, agent, among)
    return list(memory.readable.search(query, filters, page_size=limit).items)


def find_passage(settings: Settings, agent: str, id_: str, among: Collection[str] | None = None) -> Passage:
    """Return a passage. Raises `NotFoundError` where the agent's archive has none of that id."""
    return find_in(open_agent(settings, agent, among, embedder=NONE).archival, id_)


def find_in(archive: Archive, id_: str) -> Passage:
    """Return a passage of an archive."""
    passage = archive.get(id_)
    if passage is None:
        raise NotFoundError(f"there is no passage {quoted(id_)} in this archive.")
    return passage


def find_versions(
    settings: Settings, agent: str, id_: str, among: Collection[str] | None = None
) -> tuple[list[Passage], list[Passage]]:
    """Return the versions of a passage, oldest first, and what may be outdated since it was replaced."""
    return versions_in(open_agent(settings, agent, among).archival, id_)


def versions_in(archive: Archive, id_: str) -> tuple[list[Passage], list[Passage]]:
    """Return what `find_versions` does, of an archive."""
    return archive.versions(find_in(archive, id_).id), archive.dependents(id_)


def edit_passage(
    settings: Settings,
    agent: str,
    id_: str,
    edit: PassageEdit,
    among: Collection[str] | None = None,
    *,
    expected: Expected = ANY,
) -> Passage:
    """Change a passage, and return it. Another text, or another source, is a new passage of the same time.

    Raises `ConflictError` for the text or the source of what is a part of a longer text or of a document.
    """
    return edit_in(open_agent(settings, agent, among).archival, id_, edit, expected)


def edit_in(archive: Archive, id_: str, edit: PassageEdit, expected: Expected = ANY) -> Passage:
    """Change a passage of an archive, as `edit_passage` does."""
    with archive.alone():
        passage = find_in(archive, id_)
        expected.check("the passage", passage_revision(passage), passage.text, edit.text)
        moved = (edit.text is not None and edit.text.strip() != passage.text) or (
            edit.source is not None and (edit.source or None) != passage.source
        )
        if moved:
            passage = _written_anew(archive, passage, edit)
        changed = archive.relabel(passage.id, tags=edit.tags, superseded=edit.superseded)
        if changed is None:  # deleted since
            raise NotFoundError(f"there is no passage {quoted(id_)} in this archive.")
        return changed


def remove_passage(
    settings: Settings,
    agent: str,
    id_: str,
    among: Collection[str] | None = None,
    *,
    expected: Expected = ANY,
) -> None:
    """Delete a passage. Raises `NotFoundError` where there is none."""
    remove_in(open_agent(settings, agent, among, embedder=NONE).archival, id_, expected)


def remove_in(archive: Archive, id_: str, expected: Expected = ANY) -> None:
    """Delete a passage of an archive, as `remove_passage` does."""
    with archive.alone():
        passage = find_in(archive, id_)
        expected.check("the passage", passage_revision(passage), passage.text)
        archive.delete(id_)


def passage_revision(passage: Passage) -> str:
    """Return the revision of a passage."""
    return revision_of(passage.id, passage.text, passage.tags, passage.source, passage.superseded_by)


def _written_anew(archive: Archive, passage: Passage, edit: PassageEdit) -> Passage:
    what = ""
    if passage.place is not None:
        what = f"of the document {quoted(passage.source or '')}. Load the document again, or delete it"
    elif passage.parts > 1:
        what = (
            f"part {passage.part} of {passage.parts} of a longer text. Insert the text again, and delete this"
        )
    if what:
        raise ConflictError(f"the passage is {what}.", passage.text, edit.text)
    text = passage.text if edit.text is None else Draft(edit.text).text
    source = passage.source if edit.source is None else edit.source
    if len(archive.split("", text, (), source, passage.created_at)) > 1:
        raise ConflictError(
            f"the new text has {len(text):,} characters, which is more than a passage holds. Insert it as a "
            "new text, and delete this passage.",
            passage.text,
            edit.text,
        )
    (new,) = archive.insert(text, tags=passage.tags, source=source, created_at=passage.created_at)
    if passage.superseded_by is not None:
        archive.supersede([new.id], at=passage.superseded_by)
    if new.id != passage.id:
        archive.exchange(passage, new)
        archive.delete(passage.id)
    return new


def _place(passage: Passage) -> tuple[int, str, int]:
    time, parent, part = place_in_time(passage)
    return (time - datetime.fromtimestamp(0, timezone.utc)) // _MICROSECOND, parent, part


_MICROSECOND = datetime.resolution
