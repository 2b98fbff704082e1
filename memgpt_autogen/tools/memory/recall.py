"""Tools that search the recall log."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Literal, Optional

from memgpt_autogen.memory.recall.neighbours import Neighbours
from memgpt_autogen.memory.recall.search import RecallMemory, RecallPage, Utterance
from memgpt_autogen.memory.recall.several import MOST_QUERIES, distinct_queries
from memgpt_autogen.messages import now
from memgpt_autogen.text.equal import equal_names, fold, fold_alike
from memgpt_autogen.text.safe import quote_name
from memgpt_autogen.text.told_times.read import with_dates
from memgpt_autogen.tools.memory.arrange import Finding, FindingsPage, arrange_page
from memgpt_autogen.tools.memory.dates import date_range
from memgpt_autogen.tools.memory.results import (
    ASKED,
    NARROW,
    checked_page,
    excerpt,
    format_page,
    nothing_found,
    one_excerpt,
    reason,
    times,
)
from memgpt_autogen.tools.result_room import Chars, chars_now
from memgpt_autogen.tools.tool import Tool

PAGE_SIZE = 5

NEIGHBOUR_CHARS = 120
"""The most characters that are shown of a neighbour."""

MOST_NAMES = 8
"""How many speakers an answer lists if nobody has the name that the search asks for."""


def recall_memory_tools(
    recall: RecallMemory,
    zone: tzinfo,
    *,
    item_chars: Chars,
    neighbours: Neighbours | None = None,
    clock: Callable[[], datetime] = now,
) -> list[Tool]:
    """Return the tools that search the log by words and filters, or by dates alone.

    A result has at most `item_chars` characters. With `neighbours`, a search by words or speaker shows each
    result with the turn before it, and a question also with the turn after it.
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
            return [_finding(item) for item in found.items], found.total

        asked: dict[str, Sequence[str | None]] = {
            "speaker": [name],
            "role": [role],
            "start_date": [start_date if start else None],
            "end_date": [end_date if end else None],
        }
        number = checked_page(page or 0)
        if words:
            found = arrange_page(fetch, number, PAGE_SIZE)
        else:
            found = FindingsPage(*fetch(number, PAGE_SIZE), number, PAGE_SIZE)
        exact, first = all(each.exact for each in searched), searched[0]
        noted = replace(found, exact=exact, trouble=first.trouble, alike=first.alike)
        formatter = _Formatter(zone, chars_now(item_chars), neighbours, clock)
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
    item_chars: int
    neighbours: Neighbours | None
    clock: Callable[[], datetime]

    def format(
        self, page: FindingsPage[Utterance], query: str, asked: Mapping[str, Sequence[str | None]]
    ) -> str:
        speaker = asked["speaker"][0] or ""
        if not page.total:
            hints = self._other_speakers(speaker, page.alike)
            return format_page(page, [], nothing_found(query, asked, hints, "archival_memory_search"))
        around = self._around(page.items) if query or speaker else {}
        at = self.clock()
        items = []
        for finding in page.items:
            beside = around.get(finding.item.seq, {})
            room = self.item_chars - sum(len(turn["message"]) for turn in beside.values())
            before = {"before": beside["before"]} if "before" in beside else {}
            after = {"after": beside["after"]} if "after" in beside else {}
            items.append(
                {
                    **times(finding, at, self.zone),
                    **before,
                    "name": finding.item.name,
                    "message": self._dated(excerpt(finding.text, query, room), finding.time),
                    **after,
                    **reason(finding.item.why, self.item_chars),
                }
            )
        return format_page(page, items)

    def _dated(self, text: str, said: datetime) -> str:
        """Return the text with dates beside words such as `yesterday`, if a result has room for them."""
        return text if self.item_chars < NARROW else with_dates(text, said, self.zone)

    def _around(self, findings: Sequence[Finding[Utterance]]) -> dict[int, dict[str, dict[str, str]]]:
        """Return the turns next to each finding, by its `seq`: no finding itself, and no turn twice."""
        if self.neighbours is None or self.item_chars < NARROW:
            return {}
        chars = min(NEIGHBOUR_CHARS, self.item_chars // 4)
        shown = {finding.item.seq for finding in findings}
        turns = self.neighbours.around(shown)

        found: dict[int, dict[str, dict[str, str]]] = {}
        for finding in findings:
            before, after = turns[finding.item.seq]
            asks = finding.text.rstrip().endswith(("?", "？"))
            beside = found[finding.item.seq] = {}
            for side, near in (("before", before), ("after", after if asks else [])):
                for turn in near:
                    if turn.seq not in shown:
                        shown.add(turn.seq)
                        beside[side] = {"name": turn.name, "message": one_excerpt(turn.text, chars)}
        return found

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
