"""`search`: what the memory has about something, in short texts, and why each came."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from memgpt_autogen.errors import ToolError
from memgpt_autogen.mcp_server.access import Access
from memgpt_autogen.mcp_server.arguments import SearchArguments
from memgpt_autogen.memory.recall.search import Utterance
from memgpt_autogen.rendering.plain_text import counted, glance
from memgpt_autogen.service.agents import open_agent
from memgpt_autogen.service.search import TIERS, Hit, SearchRequest, search_memory
from memgpt_autogen.text.safe import clean_text
from memgpt_autogen.tools.memory.dates import date_range
from memgpt_autogen.tools.memory.results import excerpt

TEXT_CHARACTERS = 300

NEWEST_CHARACTERS = 150
"""The most characters of each text, besides a note how long it is."""

RESULT_CHARACTERS = 8000
"""The most characters of all results together, as JSON."""

# of a title, in which names and headings stand
_TITLE_CHARACTERS = 100

_NOTHING = (
    "nothing was found. Try fewer or other words, such as a synonym or a name, or leave a condition out."
)


def search(access: Access, asked: SearchArguments) -> dict[str, Any]:
    """Return the results, best first, and how many were left out because there is no room for them."""
    start, end = date_range(asked.start_date, asked.end_date, access.settings.zone)
    query, speaker = clean_text(asked.query.replace("\0", "")).strip(), (asked.speaker or "").strip() or None
    troubles: Sequence[str] = ()
    if query:
        request = SearchRequest(
            [query],
            asked.tiers or TIERS,
            speaker=speaker,
            start=start,
            end=end,
            tags=asked.tags or (),
            limit=asked.limit,
        )
        found = search_memory(access.settings, access.agent, request, access.among)
        results, troubles = [_of_hit(access, hit, query) for hit in found.hits], found.troubles
    elif speaker is None and start is None and end is None:
        raise ToolError("the query is empty. Give words to look for, a speaker, or dates.")
    else:
        memory = open_agent(access.settings, access.agent, access.among)
        page = memory.recall.search("", speaker=speaker, start=start, end=end, page_size=asked.limit)
        results = [_of_utterance(access, each) for each in page.items]
    return _fitting(results, troubles)


def _of_hit(access: Access, hit: Hit, query: str) -> dict[str, Any]:
    id_ = f"{hit.tier}:{hit.id}"
    why = "; ".join(filter(None, (str(reason.signals) for reason in hit.reasons)))
    text = excerpt(clean_text(hit.text), query, TEXT_CHARACTERS)
    found = _result(access, id_, title_of(access, hit), text, why or "meaning")
    if hit.passage is not None:
        if hit.passage.tags:
            found["tags"] = list(hit.passage.tags)
        if hit.passage.superseded_by is not None:
            texts = "; ".join(excerpt(clean_text(each.text), "", NEWEST_CHARACTERS) for each in hit.newest)
            found["superseded"] = f"since {_time(access, hit.passage.superseded_by)}: " + (
                f"what replaces it now is: {texts}" if texts else "another text replaces it"
            )
    return found


def _of_utterance(access: Access, said: Utterance) -> dict[str, Any]:
    title = f"{said.name}, {_time(access, said.time)}"
    text = excerpt(clean_text(said.text), "", TEXT_CHARACTERS)
    return _result(access, f"recall:{said.seq}", title, text, "said by then")


def title_of(access: Access, hit: Hit) -> str:
    """Return who said it and when, or what it is of."""
    if hit.tier == "core":
        return f"core memory, block {hit.label}"
    time = "" if hit.time is None else _time(access, hit.time)
    if hit.tier == "recall":
        return f"{hit.speaker or access.name}, {time}"
    passage = hit.passage
    heading = passage.place.heading if passage and passage.place else None
    of = ", ".join(filter(None, (passage.source if passage else None, heading)))
    archive = f" (archive {hit.archive})" if hit.archive else ""
    return f"{of or 'note'}, {time}{archive}"


def _result(access: Access, id_: str, title: str, text: str, why: str) -> dict[str, Any]:
    tier, _, place = id_.partition(":")
    title = glance(title, _TITLE_CHARACTERS)
    return {"id": id_, "title": title, "text": text, "url": access.address(tier, place), "why": why}


def _time(access: Access, time: datetime) -> str:
    return f"{time.astimezone(access.settings.zone):%Y-%m-%d %H:%M}"


def _fitting(results: list[dict[str, Any]], troubles: Sequence[str]) -> dict[str, Any]:
    """Return the answer with as many results as there is room for. It says what it has not got."""
    kept: list[dict[str, Any]] = []
    room = RESULT_CHARACTERS
    for each in results:
        room -= len(json.dumps(each, ensure_ascii=False))
        if room < 0 and kept:
            break
        kept.append(each)
    notes = list(troubles)
    if left := len(results) - len(kept):
        notes.append(
            f"{counted(left, 'more result')} had no room. Narrow the search, or give a smaller limit."
        )
    if not results:
        notes.append(_NOTHING)
    return {"results": kept, **({"notes": notes} if notes else {})}
