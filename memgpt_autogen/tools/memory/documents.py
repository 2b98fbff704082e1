"""Tools for documents: list them, search one, and read it page after page.

They are offered to the model only while there is a document.
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
from memgpt_autogen.memory.passages import Found, Page, Piece
from memgpt_autogen.messages import format_time, now
from memgpt_autogen.text.safe import clip, quote_name, to_json_line
from memgpt_autogen.tools.memory.archival import arrange_passages, format_passages
from memgpt_autogen.tools.memory.arrange import FindingsPage
from memgpt_autogen.tools.memory.results import checked_page, format_page, nothing_found
from memgpt_autogen.tools.result_room import Chars, Tokens, chars_now, tokens_now
from memgpt_autogen.tools.tool import Tool

LISTED = 20
"""How many sources are on one page of the list."""

MOST_HEADINGS = 20
"""How many headings an error or a list names."""


def document_tools(
    readable: ReadableArchives,
    zone: tzinfo,
    *,
    budget_tokens: Tokens,
    open_chars: Chars,
    clock: Callable[[], datetime] = now,
) -> list[Tool]:
    """Return the tools to list, search and open documents.

    `budget_tokens` are the most of the answer of a search, as we estimate them, and `open_chars` the most
    characters of what is opened at once.
    """

    def list_sources(page: Optional[int] = 0) -> str:
        """List the documents in archival memory.

        Args:
            page: counts from 0
        """
        number = checked_page(page or 0)
        found = list(readable)
        shown = found[number * LISTED : (number + 1) * LISTED]
        items = ",\n".join(to_json_line(_item(source, zone)) for source in shown)
        listed_page: FindingsPage[Source] = FindingsPage((), len(found), number, LISTED)
        return format_page(listed_page, len(shown), f"[{items}]", nothing="There are no documents.")

    def search_source(source: str, query: str, page: Optional[int] = 0) -> str:
        """Search one document, best match first.

        Args:
            source: its name
            query: 1 to 4 telling words
            page: counts from 0
        """
        place, document = readable.find(source)

        def fetch(number: int, size: int) -> Page[Found]:
            return place.archive.search(query, sources=[document.name], page=number, page_size=size)

        found = arrange_passages(fetch, checked_page(page or 0))
        if not found.total:
            nothing = nothing_found(query, {"source": [document.name]}, [], "archival_memory_search")
            return format_page(found, 0, "", nothing=nothing)
        return format_passages(found, query, zone, tokens_now(budget_tokens), clock())

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
        at = start if start is not None else _start(place, document, page, heading)
        most = chars_now(open_chars)
        run = place.read(document, at, chars=most)
        name = quote_name(document.name, NAME_CHARS)
        if not run.pieces:
            raise ToolError(f"{name} has passages 1 to {document.passages}; there is no passage {at}.")
        first, last = run.numbers
        rest = f"read on with start={run.next}" if run.next else "this is its end"
        items = ",\n".join(to_json_line(item) for item in _joined(document, run.pieces, most))
        return f"Showing passages {first} to {last} of {document.passages} of {name}; {rest}:\n[{items}]"

    return [
        Tool.from_function(function, paged=True, own=True, offered=readable.news.has_documents)
        for function in (list_sources, search_source, open_source)
    ]


def _item(source: Source, zone: tzinfo) -> dict[str, Any]:
    item: dict[str, Any] = {"source": source.name}
    if source.archive:
        item["archive"] = source.archive
    item |= {"kind": source.kind, "passages": source.passages}
    if source.pages:
        item["pages"] = source.pages
    item |= {"characters": source.characters, "attached": format_time(source.attached_at, zone)}
    return item if source.ready else {**item, "state": "is still being loaded"}


def _start(place: ArchiveSources, document: Source, page: int | None, heading: str | None) -> int:
    """Return the number of the passage where a page or a heading begins."""
    heading = (heading or "").strip()
    if page is None and not heading:
        return 1
    found = place.start(document, page=page, heading=heading or None)
    if found is None and page is not None and heading:  # the heading may have begun on an earlier page
        found = place.start(document, page=page)
    if found is not None:
        return found
    name = quote_name(document.name, NAME_CHARS)
    if page is not None and not document.pages:
        raise ToolError(
            f"{name} has no pages. Open it with start, 1 to {document.passages}, or by a heading."
        )
    if page is not None:
        raise ToolError(f"{name} has no page {page} with text; its pages are 1 to {document.pages}.")
    known = list(dict.fromkeys(each for *_, each in place.outline(document, MOST_HEADINGS) if each))
    way_out = f"Its headings begin with: {'; '.join(map(to_json_line, known))}." if known else "It has none."
    raise ToolError(f"{name} has no heading {quote_name(heading, NAME_CHARS)}. {way_out}")


def _joined(document: Source, pieces: Sequence[Piece], chars: int) -> list[dict[str, Any]]:
    """Return the passages with their places. Passages of the same section are joined."""
    items: list[dict[str, Any]] = []
    before = ""
    for number, piece in enumerate(pieces):
        passage = piece.passage
        text = clip(passage.text, chars, "search_source finds what is in it")
        if number and passage.parent == before:
            items[-1]["text"] += pieces[number - 1].gap + text
        else:
            item: dict[str, Any] = {"source": document.name}
            if passage.place is not None and passage.place.page is not None:
                item["page"] = passage.place.page
            if passage.place is not None and passage.place.heading:
                item["heading"] = passage.place.heading
            items.append({**item, "text": text})
        before = passage.parent
    return items
