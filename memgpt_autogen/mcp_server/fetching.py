"""`fetch`: one memory as a whole, with what stands before and after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

from memgpt_autogen.errors import NotFoundError, ToolError, quoted
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.mcp_server.access import Access
from memgpt_autogen.mcp_server.arguments import FetchArguments
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.passages import Passage, part_id
from memgpt_autogen.memory.recall.neighbours import Neighbour, Neighbours
from memgpt_autogen.memory.storage.log_pages import LogFilter, log_page
from memgpt_autogen.rendering.plain_text import shorten
from memgpt_autogen.service.agents import open_agent
from memgpt_autogen.service.blocks import block_revision
from memgpt_autogen.text.safe import clean_text

FETCH_CHARACTERS = 20_000
"""The most characters of the text; the rest is fetched from where it was cut."""

NEIGHBOUR_CHARACTERS = 500
"""The most characters of each neighbour."""

NEIGHBOURS = 2
"""How many turns are shown before and after one that was said."""

_EXAMPLES = "recall:12, archival:ID or core:human"

# of a number in an id
_MOST_DIGITS = 18


def fetch(access: Access, asked: FetchArguments) -> dict[str, Any]:
    """Return a memory by its id. Raises `NotFoundError` where there is none, `ToolError` for another id."""
    tier, _, place = asked.id.strip().partition(":")
    read = _READERS.get(tier)
    if read is None or not place:
        raise ToolError(f"{quoted(asked.id)} is no id of a memory. Give one of search, such as {_EXAMPLES}.")
    memory = open_agent(access.settings, access.agent, access.among, embedder=NONE)
    found = read(access, memory, place)
    url = access.address(tier, place)
    text = found.pop("text")
    return {"id": asked.id.strip(), "title": found.pop("title"), "url": url, **_cut(text, asked), **found}


def _cut(text: str, asked: FetchArguments) -> dict[str, Any]:
    """Return the part of the text that was asked for, and where the rest begins."""
    if asked.start and asked.start >= len(text):
        raise ToolError(f"start is {asked.start:,}, and the text has {len(text):,} characters.")
    end = asked.start + FETCH_CHARACTERS
    part = text[asked.start : end]
    if len(part) == len(text):
        return {"text": text}
    rest = f"; fetch with start={end} for what follows" if end < len(text) else ""
    shown = f"characters {asked.start:,} to {min(end, len(text)):,} of {len(text):,}{rest}"
    return {"text": part, "cut": shown}


def _block(_access: Access, memory: MemoryHierarchy, place: str) -> dict[str, Any]:
    label, _, line = place.partition(":")
    if label not in memory.core:
        labels = ", ".join(block.label for block in memory.core)
        raise NotFoundError(f"there is no block {quoted(label)}. The blocks: {labels}.")
    block = memory.core[label]
    metadata = {"tier": "core", "revision": block_revision(block), "limit": str(block.limit)}
    if line:
        metadata["line"] = line
    return {"title": f"core memory, block {label}", "text": block.value, "metadata": metadata}


def _said(access: Access, memory: MemoryHierarchy, place: str) -> dict[str, Any]:
    seq = int(place) if place.isascii() and place.isdigit() and len(place) <= _MOST_DIGITS else 0
    name = memory.called or memory.name
    only = LogFilter(before=seq + 1, after=seq - 1)
    entry = next(iter(log_page(memory.log, only, name=name, limit=1)), None) if seq else None
    if entry is None or entry.message.spoken is None:
        raise NotFoundError(
            f"nothing that was said has the id {quoted(f'recall:{place}')}; perhaps it was taken back. "
            "Search again."
        )
    before, after = Neighbours(memory.log, name).around([seq], before=NEIGHBOURS, after=NEIGHBOURS)[seq]
    time = f"{entry.message.time.astimezone(access.settings.zone):%Y-%m-%d %H:%M}"
    speaker = clean_text(entry.message.name or name)
    return {
        "title": f"{speaker}, {time}",
        "text": clean_text(entry.message.spoken),
        "metadata": {"tier": "recall", "speaker": speaker, "time": time},
        "before": list(map(_turn, before)),
        "after": list(map(_turn, after)),
    }


def _turn(turn: Neighbour) -> dict[str, str]:
    text = shorten(clean_text(turn.text), NEIGHBOUR_CHARACTERS)
    return {"id": f"recall:{turn.seq}", "speaker": clean_text(turn.name), "text": text}


def _passage(access: Access, memory: MemoryHierarchy, place: str) -> dict[str, Any]:
    archive, passage, of = _found(memory, place)
    time = f"{passage.created_at.astimezone(access.settings.zone):%Y-%m-%d %H:%M}"
    heading = passage.place.heading if passage.place else None
    metadata = {"tier": "archival", "time": time}
    for name, value in (
        ("source", passage.source),
        ("heading", heading),
        ("page", passage.place.page if passage.place else None),
        ("tags", ", ".join(passage.tags)),
        ("part", f"{passage.part} of {passage.parts}" if passage.parts > 1 else None),
        ("archive", of),
        (
            "superseded",
            passage.superseded_by and f"since {passage.superseded_by:%Y-%m-%d}: another text replaces it",
        ),
    ):
        if value:
            metadata[name] = str(value)
    return {
        "title": ", ".join(filter(None, (passage.source or "note", heading, time))),
        "text": passage.text,
        "metadata": metadata,
        "before": _part(archive, passage, -1),
        "after": _part(archive, passage, 1),
    }


def _found(memory: MemoryHierarchy, id_: str) -> tuple[Archive, Passage, Optional[str]]:
    """Return the passage of this id, and where it is: the agent's own archive, or one that it reads."""
    own = memory.archival.get(id_)
    if own is not None:
        return memory.archival, own, None
    for name, other in memory.readable.others().items():
        passage = other.archive.get(id_)
        if passage is not None and (passage.source or name not in memory.readable.quoted):
            return other.archive, passage, name
    raise NotFoundError(
        f"there is no note or document part with the id {quoted(f'archival:{id_}')}. Search again."
    )


def _part(archive: Archive, passage: Passage, step: int) -> list[dict[str, str]]:
    """Return the part of the same text before or after this one, as far as it is still there."""
    number = passage.part + step
    if not 1 <= number <= passage.parts:
        return []
    id_ = part_id(passage.parent, number)
    part = archive.get(id_)
    if part is None:
        return []
    return [{"id": f"archival:{id_}", "text": shorten(part.text, NEIGHBOUR_CHARACTERS)}]


_READERS: dict[str, Callable[[Access, MemoryHierarchy, str], dict[str, Any]]] = {
    "core": _block,
    "recall": _said,
    "archival": _passage,
}
