"""The memory of an agent: core memory and archival memory."""

from __future__ import annotations

from typing import Annotated, Optional

from fastapi import Query, Request
from pydantic import RootModel

from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.facades.memgpt.agents import AgentPath
from memgpt_autogen.server.facades.memgpt.askers import asker_of
from memgpt_autogen.service.memgpt import memory, shapes

router = foreign_area("memory", "/api/agents/{agent}")

PassageId = Annotated[Optional[str], Query(max_length=64, description="The id of a passage.")]


class TextsBody(RootModel[dict[str, Optional[str]]]):
    """The new texts of blocks, by their labels."""


@router.get("/memory")
def get_memgpt_memory(request: Request, caller: Reader, agent: AgentPath) -> shapes.Memory:
    """Return the core memory, and how much else there is."""
    return memory.get_memory(asker_of(request, caller), agent)


@router.post("/memory")
def update_memgpt_memory(
    request: Request, caller: Writer, agent: AgentPath, body: TextsBody
) -> shapes.UpdatedMemory:
    """Replace the texts of blocks."""
    return memory.update_memory(asker_of(request, caller), agent, body.root)


@router.get("/archival/all")
def get_memgpt_archival_all(request: Request, caller: Reader, agent: AgentPath) -> shapes.ArchivalMemory:
    """Return all passages of archival memory."""
    return memory.get_archival(asker_of(request, caller), agent)


@router.get("/archival")
def get_memgpt_archival(
    request: Request,
    caller: Reader,
    agent: AgentPath,
    after: PassageId = None,
    before: PassageId = None,
    limit: Annotated[Optional[int], Query(ge=0)] = None,
) -> shapes.ArchivalMemory:
    """Return the passages between two of them, the oldest first."""
    return memory.get_archival(asker_of(request, caller), agent, after=after, before=before, limit=limit)


@router.post("/archival")
def insert_memgpt_archival(
    request: Request, caller: Writer, agent: AgentPath, body: memory.NewPassage
) -> shapes.InsertedPassages:
    """Store a text in archival memory."""
    return memory.insert_archival(asker_of(request, caller), agent, body)


@router.delete("/archival")
def delete_memgpt_archival(
    request: Request,
    caller: Writer,
    agent: AgentPath,
    id: Annotated[str, Query(max_length=64)],  # noqa: A002 - MemGPT's name
) -> shapes.Said:
    """Delete a passage of archival memory."""
    return memory.delete_archival(asker_of(request, caller), agent, id)
