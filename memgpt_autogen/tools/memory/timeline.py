"""The tool that lists what happened, in order of time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta, tzinfo
from typing import Any, Optional

from memgpt_autogen.memory.recall.search import RecallMemory
from memgpt_autogen.memory.recall.timeline import PAGE_SIZE, TimelineEvent, TimelinePage
from memgpt_autogen.messages import format_time
from memgpt_autogen.text.parts import shown_from
from memgpt_autogen.text.safe import to_json_line
from memgpt_autogen.text.told_times.read import with_dates
from memgpt_autogen.tools.memory.dates import date_range
from memgpt_autogen.tools.memory.results import TROUBLE, checked_page, nothing_found, one_excerpt
from memgpt_autogen.tools.result_room import Chars, chars_now
from memgpt_autogen.tools.tool import Tool

RESULTS = 5
"""A page takes the room of so many results of a search."""

FRAME = 50
"""About how many characters of an event are its date and its speaker."""

SHORTEST, LONGEST = 80, 160
"""How many characters are shown of what was said, at least and at most."""

FEW_DAYS = timedelta(days=3)
"""Where all events are within so short a time, their time of day is shown, too."""


def timeline_tool(
    recall: RecallMemory, zone: tzinfo, *, item_chars: Chars, offered: Callable[[], bool] | None = None
) -> Tool:
    """Return the tool. `item_chars` is the most characters of a search result, for which a page has room."""

    def timeline(
        about: Optional[str] = None,
        start_date: Optional[str] = None,
        end_date: Optional[str] = None,
        page: Optional[int] = 0,
    ) -> str:
        """List what happened, in order of time: for when, in which order, how long.

        Args:
            about: 1 to 4 telling words
            start_date: YYYY-MM-DD
            end_date: YYYY-MM-DD
            page: counts from 0
        """
        words = (about or "").strip()
        start, end = date_range(start_date, end_date, zone)
        room = RESULTS * chars_now(item_chars)
        size = max(1, min(PAGE_SIZE, room // (SHORTEST + FRAME)))
        chars = max(SHORTEST, min(LONGEST, room // size - FRAME))
        found = recall.timeline(words, start=start, end=end, page=checked_page(page or 0), page_size=size)
        if not found.total:
            asked = {"start_date": [start_date if start else None], "end_date": [end_date if end else None]}
            return nothing_found(words, asked, [], "conversation_search")
        return _formatted(found, words, zone, chars)

    return Tool.from_function(timeline, paged=True, own=True, offered=offered)


def _formatted(page: TimelinePage, about: str, zone: tzinfo, chars: int) -> str:
    if not page.items or page.first is None or page.last is None:
        return f"No events on page {page.page}: the {page.total} events end on page {page.last_page}."
    first, last = (format_time(moment, zone)[:10] for moment in (page.first, page.last))
    between = f"on {first}" if first == last else f"from {first} to {last}"
    notes = [f"page {page.page}, last page {page.last_page}"]
    if page.last_page:
        notes.append("each page is spread over the whole time; narrower dates show more of a part")
    if not page.complete:
        notes.append("the best of more" if about else "some of more")
    if page.trouble:
        notes.append(f"by words only, since {one_excerpt(page.trouble, TROUBLE)}")
    timed = page.last - page.first <= FEW_DAYS
    lines = ",\n".join(to_json_line(_item(event, about, zone, chars, timed=timed)) for event in page.items)
    counted = "event" if page.total == 1 else "events"
    return (
        f"Showing {len(page.items)} of {page.total} {counted} {between}, oldest first "
        f"({'; '.join(notes)}):\n[{lines}]"
    )


def _item(event: TimelineEvent, about: str, zone: tzinfo, chars: int, *, timed: bool) -> Mapping[str, Any]:
    said = format_time(event.utterance.time, zone)
    when = event.date(zone)
    item = {"date": said[:16] if timed and event.told is None else when}
    if event.told is not None and when != said[:10]:
        item["said"] = said[:10]
    return {**item, "name": event.utterance.name, "what": _what(event, about, zone, chars)}


def _what(event: TimelineEvent, about: str, zone: tzinfo, chars: int) -> str:
    """Return the part of the text that tells it, on one line."""
    text = event.utterance.text
    start = 0
    if len(text) > chars:
        told = event.told
        start = shown_from(text, about, chars) if told is None else max(0, told.end - chars * 2 // 3)
        start = _word_begin(text, min(start, len(text) - chars))
    shown = text[start : start + chars]
    dated = " ".join(with_dates(shown, event.utterance.time, zone).split())
    return f"{'... ' if start else ''}{dated}{' ...' if start + chars < len(text) else ''}"


def _word_begin(text: str, start: int) -> int:
    """Return where the word begins that is not before this place, if that is near."""
    if start and not text[start - 1].isspace():
        space = text.find(" ", start, start + 20)
        return start if space < 0 else space + 1
    return start
