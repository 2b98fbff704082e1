"""Tools for reading documents: which there are, what one says about something, and page after page of it.

A model is offered them while there is a document, and not before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import Any, Optional

from memgpt_autogen.errors import ToolError
from memgpt_autogen.memory.documents.catalogue import Source
from memgpt_autogen.memory.documents.news import NAME_CHARS
from memgpt_autogen.memory.documents.readable import ReadableArchives
from memgpt_autogen.memory.documents.sources import ArchiveSources
from memgpt_autogen.memory.passages import Found, Piece
from memgpt_autogen.messages import now, stamp
from memgpt_autogen.text.safe import clip, listed, one_line
from memgpt_autogen.tools.memory.archival import PAGE_SIZE, finding_of, told_passages
from memgpt_autogen.tools.memory.arrange import Finding, arranged_page
from memgpt_autogen.tools.memory.results import checked_page, nothing_found, told, told_page
from memgpt_autogen.tools.tool import Tool

LISTED = 20
"""Sources on one page of the list."""

MOST_HEADINGS = 20
"""How many headings an error or a list names."""


def document_tools(
    readable: ReadableArchives,
    zone: tzinfo,
    *,
    item_chars: int,
    open_chars: int,
    clock: Callable[[], datetime] = now,
) -> list[Tool]:
    """List, search and open. `item_chars` bounds each result of a search, `open_chars` what is opened at once."""

    def list_sources(page: Optional[int] = 0) -> str:
        """List the documents in archival memory.

        Args:
            page: counts from 0
        """
        number = checked_page(page or 0)
        found = list(readable)
        shown = found[number * LISTED : (number + 1) * LISTED]
        items = [_item(source, zone) for source in shown]
        last = max(0, (len(found) - 1) // LISTED)
        return told(items, total=len(found), page=number, last_page=last, nothing="There are no documents.")

    def search_source(source: str, query: str, page: Optional[int] = 0) -> str:
        """Search one document, best match first.

        Args:
            source: its name
            query: 1 to 4 telling words
            page: counts from 0
        """
        place, document = readable.find(source)

        def fetch(number: int, size: int) -> tuple[Sequence[Finding[Found]], int]:
            found = place.archive.search(query, sources=[document.name], page=number, page_size=size)
            return [finding_of(hit) for hit in found.items], found.total

        found = arranged_page(fetch, checked_page(page or 0), PAGE_SIZE)
        if not found.total:
            nothing = nothing_found(query, {"source": [document.name]}, [], "archival_memory_search")
            return told_page(found, [], nothing)
        return told_passages(found, query, zone, item_chars, clock())

    def open_source(
        source: str, start: Optional[int] = None, page: Optional[int] = None, heading: Optional[str] = None
    ) -> str:
        """Open a document at its beginning, at a passage, page or heading, and read on from there.

        Args:
            source: its name
            start: number of a passage, as results tell it
            page: page or slide to open
            heading: heading to open, such as "Article II"
        """
        place, document = readable.find(source)
        at = start if start is not None else _opened(place, document, page, heading)
        run = place.read(document, at, chars=open_chars)
        name = listed(document.name, NAME_CHARS)
        if not run.pieces:
            raise ToolError(f"{name} has passages 1 to {document.passages}; there is no passage {at}.")
        first, last = run.numbers
        rest = f"read on with start={run.next}" if run.next else "this is its end"
        items = ",\n".join(one_line(item) for item in _runs(document, run.pieces, open_chars))
        return f"Showing passages {first} to {last} of {document.passages} of {name}; {rest}:\n[{items}]"

    return [
        Tool.of(list_sources, paged=True, own=True, offered=readable.has_documents),
        Tool.of(search_source, paged=True, own=True, offered=readable.has_documents),
        Tool.of(open_source, paged=True, own=True, offered=readable.has_documents),
    ]


def _item(source: Source, zone: tzinfo) -> dict[str, Any]:
    item: dict[str, Any] = {"source": source.name}
    if source.archive:
        item["archive"] = source.archive
    item |= {"kind": source.kind, "passages": source.passages}
    if source.pages:
        item["pages"] = source.pages
    item |= {"characters": source.characters, "attached": stamp(source.attached_at, zone)}
    return item if source.ready else {**item, "state": "is still being loaded"}


def _opened(place: ArchiveSources, document: Source, page: int | None, heading: str | None) -> int:
    """Which passage a page or a heading begins with."""
    heading = (heading or "").strip()
    if page is None and not heading:
        return 1
    found = place.start(document, page=page, heading=heading or None)
    if found is None and page is not None and heading:  # the heading may have begun on an earlier page
        found = place.start(document, page=page)
    if found is not None:
        return found
    name = listed(document.name, NAME_CHARS)
    if page is not None and not document.pages:
        raise ToolError(
            f"{name} has no pages. Open it with start, 1 to {document.passages}, or by a heading."
        )
    if page is not None:
        raise ToolError(f"{name} has no page {page} with text; its pages are 1 to {document.pages}.")
    known = list(dict.fromkeys(each for *_, each in place.outline(document, MOST_HEADINGS) if each))
    told = f"Its headings begin with: {'; '.join(map(one_line, known))}." if known else "It has none."
    raise ToolError(f"{name} has no heading {listed(heading, NAME_CHARS)}. {told}")


def _runs(document: Source, pieces: Sequence[Piece], chars: int) -> list[dict[str, Any]]:
    """What was read, joined where it stands together, with where that is."""
    items: list[dict[str, Any]] = []
    before: Piece | None = None
    for piece in pieces:
        stands = piece.passage.place
        text = clip(piece.passage.text, chars, "search_source finds what is in it")
        if before is not None and before.passage.parent == piece.passage.parent:
            items[-1]["text"] += before.gap + text
        else:
            item: dict[str, Any] = {"source": document.name}
            if stands is not None and stands.page is not None:
                item["page"] = stands.page
            if stands is not None and stands.heading:
                item["heading"] = stands.heading
            items.append({**item, "text": text})
        before = piece
    return items
