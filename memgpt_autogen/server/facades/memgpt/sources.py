"""Sources: named collections of documents, which agents are given."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Any

from fastapi import Path as InPath
from fastapi import Query, Request, UploadFile

from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.facades.memgpt.askers import asker_of, whole_asker
from memgpt_autogen.service.loading import Loader
from memgpt_autogen.service.memgpt import shapes, sources

router = foreign_area("sources", "/api/sources")

SourcePath = Annotated[str, InPath(alias="source", max_length=64, description="The id of a source.")]
AgentId = Annotated[str, Query(max_length=64, description="The id of an agent.")]


@router.get("")
def list_memgpt_sources(request: Request, caller: Reader) -> shapes.Sources:
    """Return all sources of the user."""
    return sources.list_sources(whole_asker(request, caller))


@router.post("")
def create_memgpt_source(request: Request, caller: Writer, body: sources.NewSource) -> shapes.Source:
    """Create a source."""
    made = sources.create_source(whole_asker(request, caller), body)
    caller.note(made.id, made.name, action="create_archive")
    return made


@router.get("/status/{job}")
def get_memgpt_job(
    request: Request, caller: Reader, job: Annotated[str, InPath(max_length=64)]
) -> shapes.Job:
    """Return how far the loading of a document is."""
    return sources.get_job(asker_of(request, caller), job)


@router.post("/{source}")
def update_memgpt_source(
    request: Request, caller: Writer, source: SourcePath, body: sources.NewSource
) -> shapes.Source:
    """Give a source another name."""
    renamed = sources.rename_source(whole_asker(request, caller), source, body)
    caller.note(renamed.id, renamed.name)
    return renamed


@router.delete("/{source}")
def delete_memgpt_source(request: Request, caller: Writer, source: SourcePath) -> shapes.Said:
    """Delete a source with all its documents."""
    return sources.delete_source(whole_asker(request, caller), source)


@router.post("/{source}/attach")
def attach_memgpt_source(
    request: Request, caller: Writer, source: SourcePath, agent_id: AgentId
) -> shapes.Source:
    """Let an agent read a source."""
    return sources.attach_source(whole_asker(request, caller), source, agent_id)


@router.post("/{source}/detach")
def detach_memgpt_source(
    request: Request, caller: Writer, source: SourcePath, agent_id: AgentId
) -> shapes.Source:
    """Let an agent stop reading a source."""
    return sources.detach_source(whole_asker(request, caller), source, agent_id)


@router.post("/{source}/upload")
def upload_memgpt_file(request: Request, caller: Writer, source: SourcePath, file: UploadFile) -> shapes.Job:
    """Begin to load a file into a source."""
    loader: Loader = request.app.state.loader

    def copy(path: Path) -> None:
        with path.open("wb") as opened:
            shutil.copyfileobj(file.file, opened)

    asker = whole_asker(request, caller)
    return sources.load_file(asker, loader, source, file.filename or "", copy)


@router.get("/{source}/passages ")  # MemGPT's path has the blank
@router.get("/{source}/passages")
def list_memgpt_passages(request: Request, caller: Reader, source: SourcePath) -> dict[str, Any]:
    """Return the first passages of a source."""
    return sources.list_passages(whole_asker(request, caller), source)


@router.get("/{source}/documents")
def list_memgpt_documents(request: Request, caller: Reader, source: SourcePath) -> dict[str, Any]:
    """Return the documents of a source."""
    return sources.list_documents(whole_asker(request, caller), source)
