"""Tools that search the recall log."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from itertools import pairwise
from typing import Literal, Optional

from memgpt_autogen.memory.recall.neighbours import Neighbour, Neighbours
from memgpt_autogen.memory.recall.search import RecallMemory, RecallPage, Utterance
from memgpt_autogen.memory.recall.several import MOST_QUERIES, distinct_queries
from memgpt_autogen.messages import now
from memgpt_autogen.rendering.found_lines import FoundLine
from memgpt_autogen.text.equal import equal_names, fold, fold_alike
from memgpt_autogen.text.safe import quote_name
from memgpt_autogen.text.told_times.read import with_dates
from memgpt_autogen.tools.memory.arrange import Finding, FindingsPage, arrange_page
from memgpt_autogen.tools.memory.dates import date_range
from memgpt_autogen.tools.memory.packing import pack
from memgpt_autogen.tools.memory.results import (
    ASKED,
    checked_page,
    format_page,
    in_time,
    marks,
    nothing_found,
    one_excerpt,
)
from memgpt_autogen.tools.result_room import Tokens, tokens_now
from memgpt_autogen.tools.tool import Tool

SEARCH_TOKENS = 1000
"""The most tokens of an answer if nobody says how many."""

RESULT_TOKENS = 50
"""For so many tokens of an answer, a page has one result, but not fewer than 3 or more than 10."""

FEWEST, MOST = 3, 10

NARROW = 300
"""The fewest tokens of an answer that leave room for more than what was found."""

NEIGHBOUR_CHARS = 120
"""The most characters that are shown of a neighbour."""

SHORT = 60
"""An answer of at most so many characters is shown with its question: alone, it says little."""

QUESTION = ("?", "？")

SEEN_CHARS = 500
"""A message of at most so many characters is whole in the prompt while it is answered."""

MOST_NAMES = 8
"""How many speakers an answer lists if nobody has the name that the search asks for."""


def recall_memory_tools(
    recall: RecallMemory,
    zone: tzinfo,
    *,
    budget_tokens: Tokens = SEARCH_TOKENS,
    neighbours: Neighbours | None = None,
    clock: Callable[[], datetime] = now,
) -> list[Tool]:
    """Return the tools that search the log by words and filters, or by dates alone.

    An answer has at most `budget_tokens`, as we estimate them. Long messages are cut to the part that
    matches, and an answer of few tokens has fewer results on a page. With `neighbours`, a search by words or
    speaker shows a question with the turn after it, and a short answer with its question.
    """

    def conversation_search(
        query: Optional[str] = None,
        speaker: Optional[str] = None,
        role: Optional[Literal["user", "assistant"]] = None,
        start_date: Optional[str] = None,
        end_date: Optional[str] = None,
        page: Optional[int] = 0,
        queries: Optional[list[str]] = None,
    ) -> str:
        """Search everything that was ever said, best match first.

        Args:
            query: 1 to 4 telling words, without speaker and dates; "quoted words" must stand together
            speaker: only what this name said
            role: user for others, assistant for yourself
            start_date: YYYY-MM-DD, this day included
            end_date: YYYY-MM-DD, this day included
            page: counts from 0
            queries: other words for the same, searched together with query
        """
        asked_for, name = distinct_queries(query, queries), (speaker or "").strip()
        words = " ".join(asked_for)
        start, end = date_range(start_date, end_date, zone)
        searched: list[RecallPage] = []
        answered: set[int] = set()

        def fetch(number: int, size: int) -> tuple[Sequence[Finding[Utterance]], int]:
            found = recall.search(
                queries=asked_for[:MOST_QUERIES],
                speaker=name or None,
                role=role,
                start=start,
                end=end,
                page=number,
                page_size=size,
            )
            searched.append(found)
            # its own words match the question that is being answered best
            last = (item for item in found.items if item.seq == found.newest and len(item.text) <= SEEN_CHARS)
            answered.update(item.seq for item in last if item.text.rstrip().endswith(QUESTION))
            return [_finding(item) for item in found.items], found.total

        asked: dict[str, Sequence[str | None]] = {
            "speaker": [name],
            "role": [role],
            "start_date": [start_date if start else None],
            "end_date": [end_date if end else None],
        }
        number, tokens = checked_page(page or 0), tokens_now(budget_tokens)
        size = min(max(tokens // RESULT_TOKENS, FEWEST), MOST)
        if words:
            found = arrange_page(fetch, number, size, without=answered)
        else:
            found = FindingsPage(*fetch(number, size), number, size)
        exact, first = all(each.exact for each in searched), searched[0]
        noted = replace(found, exact=exact, trouble=first.trouble, alike=first.alike)
        formatter = _Formatter(zone, tokens, neighbours, clock)
        return formatter.format(noted, words, asked)

    def conversation_search_date(start_date: str, end_date: str, page: Optional[int] = 0) -> str:
        """List what was said between two days, both included, oldest first.

        Args:
            start_date: YYYY-MM-DD
            end_date: YYYY-MM-DD
            page: counts from 0
        """
        return conversation_search(start_date=start_date, end_date=end_date, page=page)

    return [
        Tool.from_function(function, paged=True, own=True)
        for function in (conversation_search, conversation_search_date)
    ]


@dataclass(frozen=True, slots=True)
class _Formatter:
    """Formats results as the model reads them."""

    zone: tzinfo
    tokens: int
    neighbours: Neighbours | None
    clock: Callable[[], datetime]

    def format(
        self, page: FindingsPage[Utterance], query: str, asked: Mapping[str, Sequence[str | None]]
    ) -> str:
        speaker = asked["speaker"][0] or ""
        if not page.items:
            hints = self._other_speakers(speaker, page.alike) if not page.total else []
            return format_page(
                page, 0, "", nothing=nothing_found(query, asked, hints, "archival_memory_search")
            )
        places = {finding.item.seq: place for place, finding in enumerate(page.items)}
        beside, touching = (
            self._around(page.items) if query or speaker else ({}, frozenset[tuple[int, int]]())
        )
        times = {finding.item.seq: finding.time for finding in page.items}
        shown = sorted({*places, *beside})
        gaps = (
            {after for before, after in pairwise(shown) if (before, after) not in touching}
            if touching
            else ()
        )
        at, ranked = self.clock(), bool(query) and len(page.items) > 1

        def line(seq: int, texts: Sequence[str]) -> FoundLine:
            if seq in beside:
                turn = beside[seq][1]
                text = one_excerpt(turn.text, NEIGHBOUR_CHARS)
                return FoundLine(text, turn.name, beside=True, after_gap=seq in gaps)
            place = places[seq]
            finding = page.items[place]
            noted = marks(finding, self.zone, best=ranked and place == 0)
            return FoundLine(
                self._dated(texts[place], finding.time), finding.item.name, noted, after_gap=seq in gaps
            )

        def write(texts: Sequence[str]) -> str:
            lines = ((times[beside[seq][0] if seq in beside else seq], line(seq, texts)) for seq in shown)
            groups = in_time(lines, at, self.zone)
            return format_page(page, len(page.items), "\n".join(map(str, groups)), order="oldest first")

        return pack([finding.text for finding in page.items], query, self.tokens, write)

    def _dated(self, text: str, said: datetime) -> str:
        """Return the text with dates beside words such as `yesterday`, if an answer has room for them."""
        return text if self.tokens < NARROW else with_dates(text, said, self.zone)

    def _around(
        self, findings: Sequence[Finding[Utterance]]
    ) -> tuple[dict[int, tuple[int, Neighbour]], frozenset[tuple[int, int]]]:
        """Return the turns to show beside the findings, each with the `seq` of its finding, by their own.

        These are the answer to a question, and the question of a short answer; none is a finding itself. The
        second value is which turns follow each other.
        """
        if self.neighbours is None:
            return {}, frozenset()
        found = {finding.item.seq for finding in findings}
        beside: dict[int, tuple[int, Neighbour]] = {}
        touching: set[tuple[int, int]] = set()
        turns = self.neighbours.around(found)
        for finding in findings:
            seq = finding.item.seq
            before, after = turns[seq]
            touching |= {(turn.seq, seq) for turn in before} | {(seq, turn.seq) for turn in after}
            text = finding.text.rstrip()
            shown = after if text.endswith(QUESTION) else []
            if not shown and len(text) <= SHORT:
                shown = [turn for turn in before if turn.text.rstrip().endswith(QUESTION)]
            if self.tokens >= NARROW:
                for turn in shown:
                    if turn.seq not in found:
                        beside.setdefault(turn.seq, (seq, turn))
        return beside, frozenset(touching)

    def _other_speakers(self, wanted: str, alike: Sequence[str]) -> list[str]:
        """Return a hint with the speakers' names if none of them has the wanted name; those alike first."""
        if not wanted or self.neighbours is None:
            return []
        known = self.neighbours.speakers()
        if equal_names(wanted, known):
            return (
                [f"did you mean {' or '.join(quote_name(name, ASKED) for name in alike)}?"] if alike else []
            )
        by_form = {fold_alike(name): name for name in reversed(known)}
        close = [by_form[form] for form in difflib.get_close_matches(fold_alike(wanted), by_form, n=3)]
        names = list(dict.fromkeys([*alike, *close, *known]))
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        shown = ", ".join(quote_name(name, ASKED) for name in names[:MOST_NAMES])
        return [f"name one of the speakers: {shown}{more}"]


def _finding(item: Utterance) -> Finding[Utterance]:
    return Finding(item, item.text, item.time, item.seq, said_by=fold(item.name))
