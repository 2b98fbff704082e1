"""Where a log has a document: what searches found of it, what was opened, and who named it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, or_, select

from memgpt_autogen.memory.documents.catalogue import Source
from memgpt_autogen.memory.storage.log import Entry, Log, entries_of
from memgpt_autogen.memory.storage.tables import entries
from memgpt_autogen.rendering.found_lines import names_in, quoted_name, read_found
from memgpt_autogen.text.safe import to_json_line

How = Literal["found", "opened", "named"]

TOOLS = ("archival_memory_search", "search_source", "open_source")
"""The tools whose results have passages."""

READ = 200
"""How many entries are read at once."""

MOST_READ = 10
"""How often, for one page."""

MOST_OPENED = 1000
"""More passages than are ever opened at once."""

SHOWN = 300
"""The most characters of an excerpt."""


@dataclass(frozen=True, slots=True)
class Use:
    """An entry of the log that has something of a document."""

    seq: int
    time: datetime
    how: How
    """`found`: a search of the agent found passages of it; `opened`: the agent read in it; `named`: somebody
    said its name."""
    speaker: str | None
    """Who named it; None for the agent itself."""
    passages: tuple[int, ...]
    """The numbers of the passages that were found or opened."""
    text: str
    """What was said around the name; of a result, its first line."""


def find_uses(
    log: Log, source: Source, *, before: int | None = None, limit: int = 50
) -> tuple[list[Use], int | None]:
    """Return at most `limit` uses, the newest first, and the entry before which to look on; None at the end.

    There may be fewer uses, or none, before the end: a long log is read part by part.
    """
    found: list[Use] = []
    for _ in range(MOST_READ):
        rows = _candidates(log, source, before)
        for entry in rows:
            before = entry.seq
            use = _use(entry, source)
            if use is not None:
                found.append(use)
            if len(found) == limit:
                return found, before
        if len(rows) < READ:
            return found, None
    return found, before


def _candidates(log: Log, source: Source, before: int | None) -> list[Entry]:
    """Return entries that may have the document, the newest first."""
    results = and_(
        entries.c.kind == "result",
        entries.c.name.in_(TOOLS),
        or_(
            entries.c.text.contains(quoted_name(source.name), autoescape=True),
            entries.c.text.contains(to_json_line(source.name), autoescape=True),
        ),
    )
    words = entries.c.spoken.contains(source.name, autoescape=True)
    query = select(entries).where(entries.c.agent_id == log.agent_id, ~entries.c.hidden, or_(results, words))
    if before is not None:
        query = query.where(entries.c.seq < before)
    with log.database.reading() as connection:
        return entries_of(connection.execute(query.order_by(entries.c.seq.desc()).limit(READ)).all())


def _use(entry: Entry, source: Source) -> Use | None:
    message = entry.message
    if message.kind == "result":
        numbers = tuple(_numbers(message.text, source, opened=message.name == "open_source"))
        how: How = "opened" if message.name == "open_source" else "found"
        first = message.text.partition("\n")[0][:SHOWN]
        return Use(entry.seq, message.time, how, None, numbers, first) if numbers else None
    text = message.spoken or ""
    at = _whole(source.name).search(text)
    if at is None:
        return None
    start = max(0, at.start() - SHOWN // 2)
    end = at.end() + SHOWN // 2
    around = f"{'…' if start else ''}{text[start:end].strip()}{'…' if end < len(text) else ''}"
    return Use(entry.seq, message.time, "named", message.name, (), around)


def _whole(name: str) -> re.Pattern[str]:
    """A name that is no part of a longer word."""
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")


def _numbers(result: str, source: Source, *, opened: bool) -> Iterator[int]:
    """Yield the numbers of the passages of this document in a result."""
    head, _, listed = result.partition("\n")
    if not listed.startswith("[{"):
        yield from _found_numbers(result, source)
        return
    # a document that was opened, or a search of an older version
    try:
        items: Any = json.loads(listed)
    except ValueError:  # cut by the room that a result has
        return
    own = [item for item in items if isinstance(item, dict) and item.get("source") == source.name]
    if opened:
        shown = _OPENED.match(head) if own else None
        if shown:
            yield from range(int(shown[1]), min(int(shown[2]), int(shown[1]) + MOST_OPENED) + 1)
        return
    for item in own:
        if item.get("archive") == source.archive and isinstance(item.get("passage"), int):
            yield item["passage"]


def _found_numbers(result: str, source: Source) -> Iterator[int]:
    wanted = quoted_name(source.name), quoted_name(source.archive or "")
    for head, line in read_found(result):
        of, archive = ("".join(names_in(head, kind)[:1]) for kind in ("source", "archive"))
        if (quoted_name(of), quoted_name(archive)) == wanted:
            yield from (int(mark[8:]) for mark in line.marks if _PASSAGE.fullmatch(mark))


_PASSAGE = re.compile("passage [0-9]{1,9}")
_OPENED = re.compile(r"Showing passages ([0-9]{1,9}) to ([0-9]{1,9}) of ")
