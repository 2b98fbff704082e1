"""Tools that write to archival memory and search it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from functools import partial
from typing import Any, Literal, Optional

from memgpt_autogen.errors import ArchiveAwayError, ToolError, quoted
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.archival.outgoing import TROUBLE
from memgpt_autogen.memory.documents.readable import ReadableArchives
from memgpt_autogen.memory.passages import Found, Page, Passage, PassageFilter, Place
from memgpt_autogen.messages import now
from memgpt_autogen.text.near_duplicates import meaning_words
from memgpt_autogen.text.safe import quote_name
from memgpt_autogen.text.shared_words import shared_words
from memgpt_autogen.tools.memory.arrange import Finding, FindingsPage, arrange_page
from memgpt_autogen.tools.memory.dates import date_range
from memgpt_autogen.tools.memory.results import (
    ASKED,
    checked_page,
    excerpt,
    format_page,
    nothing_found,
    reason,
    times,
)
from memgpt_autogen.tools.result_room import Chars, chars_now
from memgpt_autogen.tools.tool import NOTHING, Tool

PAGE_SIZE = 5

STORED_ASIDE = (
    "Stored. The server of archival memory does not answer now: a search by this text's own words finds it "
    "already, every search once the server is back."
)

NOT_LOOKED_UP = (
    "the server of archival memory does not answer now, so what `replaces` quotes cannot be looked up. "
    "Nothing was stored. Leave out `replaces`, or try again later."
)

QUOTED = 50
"""The quoted passage is looked for among this many of the best results."""

MOST_TAGS = 10
"""How many tags an answer names if none of the wanted tags exists."""


def archival_memory_tools(
    archive: Archive,
    zone: tzinfo,
    *,
    item_chars: Chars,
    readable: ReadableArchives | None = None,
    clock: Callable[[], datetime] = now,
) -> list[Tool]:
    """Return the tools for inserting and searching.

    `item_chars` is the most characters of a result. With `readable`, attached archives are searched too.
    """
    search = partial(archive.find, counted=True) if readable is None else readable.search

    def archival_memory_insert(
        content: str, tags: Optional[list[str]] = None, replaces: Optional[str] = None
    ) -> str:
        """Store a fact or a text for good.

        Args:
            content: complete in itself, with names and dates
            tags: labels to find it by
            replaces: quote from an older passage that this makes outdated
        """
        quote = (replaces or "").strip()
        outdated = [] if quote.lower() in NOTHING else _quoting(archive, quote)
        passages, total = archive.insert_counted(content, tags=tags or (), wait=False)
        if archive.undelivered():
            return STORED_ASIDE
        stored = {passage.id for passage in passages}
        old = [passage.id for passage in outdated if passage.id not in stored]
        # the time of the mark is that of the new passage, so that a search puts this one first
        marked = archive.supersede(old, at=passages[0].created_at)
        parts = f" in {len(passages)} parts" if len(passages) > 1 else ""
        past = f", and {len(marked)} marked as superseded" if marked else ""
        return f"Stored{parts}{past}. Passages in archival memory: {total()}."

    def archival_memory_search(
        query: str,
        tags: Optional[list[str]] = None,
        tag_match_mode: Literal["any", "all"] = "any",
        start_date: Optional[str] = None,
        end_date: Optional[str] = None,
        page: Optional[int] = 0,
    ) -> str:
        """Search archival memory, best match first.

        Args:
            query: 1 to 4 telling words
            tags: only passages with these tags
            tag_match_mode: any of the tags, or all of them
            start_date: stored on or after this day, YYYY-MM-DD
            end_date: stored on or before this day, YYYY-MM-DD
            page: counts from 0
        """
        start, end = date_range(start_date, end_date, zone)
        filters = PassageFilter(tags or (), tag_match_mode, start=start, end=end)

        def fetch(number: int, size: int) -> Page[Found]:
            return search(query, filters, page=number, page_size=size)

        found = arrange_passages(fetch, checked_page(page or 0))
        asked = {
            "tags": tags or (),
            "start_date": [start_date if start else None],
            "end_date": [end_date if end else None],
        }
        if not found.total:
            hints = _known_tags(archive, tags or (), every=tag_match_mode == "all")
            return format_page(found, [], nothing_found(query, asked, hints, "conversation_search"))
        return format_passages(found, query, zone, chars_now(item_chars), clock())

    return [
        Tool.from_function(archival_memory_insert, own=True),
        Tool.from_function(archival_memory_search, paged=True, own=True),
    ]


def arrange_passages(search: Callable[[int, int], Page[Found]], page: int) -> FindingsPage[Found]:
    """Return one page of a search for passages, with its head arranged.

    `search` returns a page of its ranking, by its number from 0 and its size.
    """
    searched: list[Page[Found]] = []

    def fetch(number: int, size: int) -> tuple[Sequence[Finding[Found]], int]:
        found = search(number, size)
        searched.append(found)
        return [_finding(hit) for hit in found.items], found.total

    return replace(arrange_page(fetch, page, PAGE_SIZE), trouble=searched[0].trouble)


def format_passages(
    page: FindingsPage[Found], query: str, zone: tzinfo, item_chars: int, at: datetime
) -> str:
    """Return one page of found passages as text. `at` is the time of the search."""
    items: list[dict[str, Any]] = []
    for finding in page.items:
        passage = finding.item.passage
        # the time when a document was attached says nothing about its content
        about = times(finding, at, zone) if passage.place is None else {}
        item = {**about, "text": excerpt(_text(passage, query), query, item_chars)}
        if passage.tags:
            item["tags"] = list(passage.tags)
        if passage.source:
            item["source"] = passage.source
        if passage.place is not None:
            item |= _place(passage.place)
        if finding.item.archive:
            item["archive"] = finding.item.archive
        items.append({**item, **reason(finding.item.why, item_chars)})
    return format_page(page, items)


def _finding(hit: Found) -> Finding[Found]:
    time = hit.passage.created_at
    return Finding(hit, hit.passage.text, time, time, superseded_by=hit.passage.superseded_by)


def _place(place: Place) -> dict[str, Any]:
    """Return the place of a passage in its document, so that an answer can cite it and open it."""
    where: dict[str, Any] = {} if place.page is None else {"page": place.page}
    if place.heading:
        where["heading"] = place.heading
    return {**where, "passage": place.number}


def _text(passage: Passage, query: str) -> str:
    """Return a passage, with the end of the one before it if that contains more words of the query."""
    lead = passage.place.lead if passage.place else ""
    if not lead or set(shared_words(query, lead)) <= set(shared_words(query, passage.text)):
        return passage.text
    return f"{lead} {passage.text}"


def _quoting(archive: Archive, quote: str) -> list[Passage]:
    """Return the passages of the one text that contains the quote, compared by `meaning_words`.

    There are several if the text is stored several times.
    """
    wanted = " ".join(meaning_words(quote))
    try:
        page = archive.search(quote, page_size=QUOTED)
    except ArchiveAwayError as error:
        raise ToolError(NOT_LOOKED_UP) from error
    if page.trouble == TROUBLE:  # only what waits for the server was searched
        raise ToolError(NOT_LOOKED_UP)
    best = page.items
    texts_of = [(" ".join(meaning_words(hit.passage.text)), hit.passage) for hit in best]
    found = [(words, passage) for words, passage in texts_of if f" {wanted} " in f" {words} "]
    texts = {words for words, _ in found}
    if not found:
        raise ToolError(
            f"no passage says {quoted(quote)}, which this should replace. Nothing was stored. Quote words as "
            "a search shows them, or leave out `replaces`."
        )
    if wanted in texts:
        texts = {wanted}
    if len(texts) > 1:
        raise ToolError(
            f"{len(texts)} passages say {quoted(quote)}. Nothing was stored. "
            "Quote more of the one that this replaces."
        )
    return [passage for words, passage in found if words in texts]


def _known_tags(archive: Archive, wanted: Sequence[str], *, every: bool) -> list[str]:
    """Return what to try if no passage has such tags."""
    known = archive.tags() if wanted else {}
    there = [tag in known for tag in wanted]
    if not known or (all(there) if every else any(there)):
        return []
    more = f" and {len(known) - MOST_TAGS} more" if len(known) > MOST_TAGS else ""
    names = ", ".join(quote_name(tag, ASKED) for tag in list(known)[:MOST_TAGS])
    return [f"use tags that there are: {names}{more}"]
