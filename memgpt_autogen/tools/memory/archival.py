"""Tools that write to archival memory and search it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, tzinfo
from functools import partial
from typing import Literal, Optional

from memgpt_autogen.errors import ArchiveAwayError, StorageError, ToolError, quoted
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.archival.outgoing import TROUBLE
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.documents.readable import ReadableArchives
from memgpt_autogen.memory.passages import Found, Page, Passage, PassageFilter, Place
from memgpt_autogen.messages import now
from memgpt_autogen.rendering.found_lines import FoundGroup, FoundLine, named
from memgpt_autogen.text.changed_values import ChangedValues
from memgpt_autogen.text.near_duplicates import meaning_words
from memgpt_autogen.text.safe import quote_name, to_json_line
from memgpt_autogen.text.shared_words import shared_words
from memgpt_autogen.tools.memory.arrange import Finding, FindingsPage, arrange_page
from memgpt_autogen.tools.memory.dates import date_range
from memgpt_autogen.tools.memory.packing import pack
from memgpt_autogen.tools.memory.results import (
    ASKED,
    checked_page,
    excerpt,
    format_page,
    in_time,
    marks,
    nothing_found,
    one_excerpt,
)
from memgpt_autogen.tools.result_room import Tokens, tokens_now
from memgpt_autogen.tools.tool import NOTHING, Tool

PAGE_SIZE = 5

SEARCH_TOKENS = 1250
"""The most tokens of an answer if nobody says how many: five passages fit in it whole."""

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

MOST_DEPENDENT = 5
"""How many lines and passages an answer names that may depend on what was replaced."""

EXCERPT = 80
"""The characters that it shows of each."""

MOST_TAGS = 10
"""How many tags an answer names if none of the wanted tags exists."""


def archival_memory_tools(
    archive: Archive,
    zone: tzinfo,
    *,
    budget_tokens: Tokens = SEARCH_TOKENS,
    readable: ReadableArchives | None = None,
    clock: Callable[[], datetime] = now,
    blocks: Callable[[], Iterable[Block]] = tuple,
) -> list[Tool]:
    """Return the tools for inserting and searching.

    An answer has at most `budget_tokens`, as we estimate them. With `readable`, attached archives are
    searched too. An insert that replaces something names what may depend on it, also in the `blocks` of core
    memory that the agent can write to.
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
        old = [hit.passage for hit in outdated]
        ids = [passage.id for passage in old]
        passages, total = archive.insert_counted(content, tags=tags or (), replaces=ids, wait=False)
        if archive.undelivered():
            return STORED_ASIDE
        parts = f" in {len(passages)} parts" if len(passages) > 1 else ""
        marked = [passage for passage in old if passage.id in passages[0].replaces]
        past = f", and {len(marked)} marked as superseded" if marked else ""
        hints = [*_replaced_before(outdated), *_still_said(archive, marked, content, blocks())]
        hint = f"\n{' '.join(hints)}" if hints else ""
        return f"Stored{parts}{past}. Passages in archival memory: {total()}.{hint}"

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
            return format_page(
                found, 0, "", nothing=nothing_found(query, asked, hints, "conversation_search")
            )
        return format_passages(found, query, zone, tokens_now(budget_tokens), clock())

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

    arranged = arrange_page(fetch, page, PAGE_SIZE)
    return replace(arranged, items=_with_newest(arranged.items), trouble=searched[0].trouble)


def format_passages(
    page: FindingsPage[Found], query: str, zone: tzinfo, budget_tokens: int, at: datetime
) -> str:
    """Return one page of found passages as text. `at` is the time of the search.

    What was inserted comes in order of time, then what documents have, each in the order of the document. The
    time when a document was attached says nothing about its content.
    """
    ranked = list(enumerate(page.items))
    shown = sum(not each.beside for each in page.items)
    inserted = sorted(
        ((place, each) for place, each in ranked if each.item.passage.place is None), key=lambda it: it[1].age
    )
    documents: dict[tuple[str, str], list[tuple[Place, int, Finding[Found]]]] = {}
    for rank, finding in ranked:
        passage = finding.item.passage
        if passage.place is not None:
            key = passage.source or "", finding.item.archive or ""
            documents.setdefault(key, []).append((passage.place, rank, finding))

    def line(rank: int, finding: Finding[Found], texts: Sequence[str]) -> FoundLine:
        best = rank == 0 and shown > 1
        return FoundLine(texts[rank], marks=(*marks(finding, zone, best=best), *_labels(finding.item)))

    def write(texts: Sequence[str]) -> str:
        dated = [(finding.time, line(rank, finding, texts)) for rank, finding in inserted]
        groups = list(in_time(dated, at, zone))
        for (source, archive), found in documents.items():
            head = (named("source", source), *((named("archive", archive),) if archive else ()))
            found.sort(key=lambda each: each[0].number)
            groups.append(FoundGroup(head, [line(rank, finding, texts) for _, rank, finding in found]))
        order = "oldest first" if len(inserted) > 1 else ""
        return format_page(page, shown, "\n".join(map(str, groups)), order=order)

    return pack([_text(finding.item.passage, query) for finding in page.items], query, budget_tokens, write)


def _labels(found: Found) -> list[str]:
    """Return the tags of a passage and where it is from. An answer can cite its place, and open it."""
    passage = found.passage
    labels = [named("tags", *passage.tags)] if passage.tags else []
    if passage.place is None:
        labels += [named("source", passage.source)] if passage.source else []
        return [*labels, named("archive", found.archive)] if found.archive else labels
    place = passage.place
    labels += [f"passage {place.number}"] + ([f"page {place.page}"] if place.page is not None else [])
    return [*labels, named("heading", place.heading)] if place.heading else labels


def _finding(hit: Found) -> Finding[Found]:
    time = hit.passage.created_at
    newest = tuple(passage.id for passage in hit.newest)
    mark = hit.passage.superseded_by
    return Finding(hit, hit.passage.text, time, time, superseded_by=mark, key=hit.passage.id, newest=newest)


def _with_newest(items: Sequence[Finding[Found]]) -> list[Finding[Found]]:
    """Return the results, and after them what replaces one of them and was not found itself."""
    shown = {meaning_words(each.text) for each in items}
    added: dict[tuple[str, ...], Finding[Found]] = {}
    for each in items:
        for passage in each.item.newest:
            hit = Found(passage, 0.0, "", archive=each.item.archive)
            added.setdefault(meaning_words(passage.text), replace(_finding(hit), beside=True))
    return [*items, *(each for words, each in added.items() if words not in shown)]


def _text(passage: Passage, query: str) -> str:
    """Return a passage, with the end of the one before it if that contains more words of the query."""
    lead = passage.place.lead if passage.place else ""
    if not lead or set(shared_words(query, lead)) <= set(shared_words(query, passage.text)):
        return passage.text
    return f"{lead} {passage.text}"


def _quoting(archive: Archive, quote: str) -> list[Found]:
    """Return the passages of the one text that contains the quote, compared by `meaning_words`.

    There are several if the text is stored several times. One that was replaced is meant only if no other
    contains it.
    """
    wanted = " ".join(meaning_words(quote))
    try:
        page = archive.search(quote, page_size=QUOTED)
    except ArchiveAwayError as error:
        raise ToolError(NOT_LOOKED_UP) from error
    if page.trouble == TROUBLE:  # only what waits for the server was searched
        raise ToolError(NOT_LOOKED_UP)
    best = page.items
    texts_of = [(" ".join(meaning_words(hit.passage.text)), hit) for hit in best]
    found = [(words, hit) for words, hit in texts_of if f" {wanted} " in f" {words} "]
    found = [each for each in found if each[1].passage.superseded_by is None] or found
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
    return [hit for words, hit in found if words in texts]


def _replaced_before(outdated: Sequence[Found]) -> list[str]:
    """Say what has replaced the quoted passages before, as it holds until it is replaced itself."""
    before = {passage.text: None for hit in outdated for passage in hit.newest}
    texts = ", ".join(to_json_line(one_excerpt(text, EXCERPT)) for text in before)
    return [
        f"It was replaced before, and this still holds: {texts}. Replace it too if it is outdated."
    ] * bool(before)


def _still_said(archive: Archive, old: Sequence[Passage], content: str, blocks: Iterable[Block]) -> list[str]:
    """Name what may depend on replaced passages: lines of core memory, and passages."""
    found: dict[str, None] = {}
    lines = [
        (block.label, line) for block in blocks if not block.read_only for line in block.value.split("\n")
    ]
    for passage in old:
        change, dependents = ChangedValues.between(passage.text, content), list[Passage]()
        for label, line in lines:
            if said := change.still_said(line):
                found[f"core memory {label} {_around(line, said)}"] = None
        with suppress(StorageError):  # the text is stored, and only a hint is missing
            dependents += archive.dependents(passage.id)
        for each in dependents:
            said = change.still_said(each.text) or [passage.text]
            found[f"archival {_around(each.text, said)}"] = None
    named = "; ".join(list(found)[:MOST_DEPENDENT])
    return [f"These may be outdated too: {named}."] * bool(found)


def _around(text: str, said: Sequence[str]) -> str:
    return to_json_line(one_excerpt(excerpt(text, " ".join(said), EXCERPT, notice=False), EXCERPT + 10))


def _known_tags(archive: Archive, wanted: Sequence[str], *, every: bool) -> list[str]:
    """Return what to try if no passage has such tags."""
    known = archive.tags() if wanted else {}
    there = [tag in known for tag in wanted]
    if not known or (all(there) if every else any(there)):
        return []
    more = f" and {len(known) - MOST_TAGS} more" if len(known) > MOST_TAGS else ""
    names = ", ".join(quote_name(tag, ASKED) for tag in list(known)[:MOST_TAGS])
    return [f"use tags that there are: {names}{more}"]
