"""The memory of an agent: core memory, and archival memory by the ids of its passages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pydantic import BaseModel

from memgpt_autogen.errors import ConfigurationError, NotFoundError, quoted
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.archival.listing import place_in_time
from memgpt_autogen.memory.passages import EVERYTHING, Passage
from memgpt_autogen.service import agents, blocks, passages
from memgpt_autogen.service.memgpt.asker import Asker
from memgpt_autogen.service.memgpt.shapes import (
    ArchivalMemory,
    ArchivalObject,
    InsertedPassages,
    Memory,
    Said,
    UpdatedMemory,
)

# how many passages are read at once
_PAGE = 500


class NewPassage(BaseModel):
    """A text for archival memory."""

    content: str


def get_memory(asker: Asker, agent: str) -> Memory:
    """Return the blocks of an agent, and how many messages and passages it has."""
    agent_id, _ = agents.resolve_agent(asker.settings, agent, asker.agents)
    memory = agents.open_agent(asker.settings, agent_id, asker.agents, embedder=NONE)
    messages = agents.list_agents(asker.settings, limit=1, among={agent_id}).items[0].messages
    return Memory(
        core_memory={block.label: block.value for block in memory.core},
        recall_memory=messages,
        archival_memory=memory.archival.count(),
    )


def update_memory(asker: Asker, agent: str, texts: dict[str, str | None]) -> UpdatedMemory:
    """Replace the texts of blocks; None keeps one. Raises `NotFoundError` for a block that is not there.

    Raises `BlockError` for a text that is too long. Then nothing is changed.
    """
    old = _core(asker, agent)
    given = {label: text for label, text in texts.items() if text is not None}
    if not given:
        raise ConfigurationError("give the new text of human, persona, or both.")
    for label, text in given.items():
        block = blocks.find_block(asker.settings, agent, label, asker.agents)
        if len(text) > block.limit:  # before any block is changed
            blocks.edit_block(asker.settings, agent, label, blocks.BlockEdit(value=text), asker.agents)
    for label, text in given.items():
        blocks.edit_block(asker.settings, agent, label, blocks.BlockEdit(value=text), asker.agents)
    return UpdatedMemory(old_core_memory=old, new_core_memory=_core(asker, agent))


def get_archival(
    asker: Asker,
    agent: str,
    *,
    after: str | None = None,
    before: str | None = None,
    limit: int | None = None,
) -> ArchivalMemory:
    """Return the passages between two of them, by their ids, the oldest first; all without a `limit`."""
    archive = agents.open_agent(asker.settings, agent, asker.agents, embedder=NONE).archival
    last = None if before is None else _place(_passage(archive, before))
    found: list[ArchivalObject] = []
    for each in _after(archive, after):
        if (limit is not None and len(found) >= limit) or (last is not None and _place(each) >= last):
            break
        found.append(ArchivalObject(id=each.id, contents=each.text))
    return ArchivalMemory(archival_memory=found)


def insert_archival(asker: Asker, agent: str, new: NewPassage) -> InsertedPassages:
    """Store a text in archival memory: as several passages, if it is long."""
    made = passages.add_passages(asker.settings, agent, new.content, asker.agents)
    return InsertedPassages(ids=[each.id for each in made])


def delete_archival(asker: Asker, agent: str, id_: str) -> Said:
    """Delete a passage. Raises `NotFoundError` where there is none."""
    passages.remove_passage(asker.settings, agent, id_, asker.agents)
    return Said(message=f"Memory id={id_} successfully deleted")


def _core(asker: Asker, agent: str) -> dict[str, str]:
    memory = agents.open_agent(asker.settings, agent, asker.agents, embedder=NONE)
    return {block.label: block.value for block in memory.core}


def _after(archive: Archive, id_: str | None) -> Iterator[Passage]:
    place = None if id_ is None else _place(_passage(archive, id_))
    while True:
        page = archive.after(place, EVERYTHING, _PAGE)
        yield from page
        if len(page) < _PAGE:
            return
        place = _place(page[-1])


def _passage(archive: Archive, id_: str) -> Passage:
    found = archive.get(id_)
    if found is None:
        raise NotFoundError(f"there is no passage {quoted(id_)} in the agent's archival memory.")
    return found


def _place(passage: Passage) -> tuple[datetime, str, int]:
    return place_in_time(passage)
