"""Documents in an agent's memory, and what the agent sees of them."""

from __future__ import annotations

from pathlib import Path

from memgpt_autogen.memory.documents.catalogue import Source
from memgpt_autogen.memory.hierarchy import MemoryHierarchy

LAW = "Article I\n\nThe senate meets on Mondays.\n\nArticle II\n\nThe president drinks coffee.\n"


def law(folder: Path, text: str = LAW, name: str = "law.txt") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


def names(memory: MemoryHierarchy) -> list[str]:
    return [source.name for source in memory.sources()]


def events(memory: MemoryHierarchy) -> list[str]:
    """What the agent was told of documents."""
    found = (entry.message for entry in memory.log.everything() if entry.message.kind == "alert")
    return [
        message.text.partition("In archival memory: ")[2].partition(" archival_memory_search")[0]
        for message in found
    ]


def texts(memory: MemoryHierarchy, query: str) -> list[str]:
    return [hit.passage.text for hit in memory.readable.search(query).items]


def read(memory: MemoryHierarchy, name: str, *, start: int | None = None, **place: object) -> list[str]:
    sources, source = memory.readable.find(name)
    assert isinstance(source, Source)
    at = start or sources.start(source, **place)  # type: ignore[arg-type]
    return [piece.passage.text for piece in sources.read(source, at or 0, chars=10_000).pieces]
