"""Sources: named collections of documents, which agents are given. Here they are shared archives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from memgpt_autogen.errors import NotFoundError, quoted
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.memory.documents.shared_archives import SharedArchive, find_shared_archive
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.runs import jobs
from memgpt_autogen.messages import now
from memgpt_autogen.service import agents, shared
from memgpt_autogen.service import sources as documents
from memgpt_autogen.service.loading import Loader
from memgpt_autogen.service.memgpt.asker import Asker
from memgpt_autogen.service.memgpt.config import embedding_config
from memgpt_autogen.service.memgpt.ids import named_id
from memgpt_autogen.service.memgpt.shapes import Job, Said, Source, Sources

# how many archives or passages are read at once
_PAGE = 200

MOST_PASSAGES = 1000
"""How many passages a list has at most."""

_STATUS: Mapping[jobs.JobState, Literal["created", "running", "completed", "failed"]] = {
    "queued": "created",
    "running": "running",
    "ended": "completed",
    "failed": "failed",
}


class NewSource(BaseModel):
    """A source, or another name of one."""

    name: str
    description: str | None = None


def list_sources(asker: Asker) -> Sources:
    """Return all sources of a user."""
    return Sources(sources=[_source(asker, each.id, each.name) for each in _all(asker)])


def create_source(asker: Asker, new: NewSource) -> Source:
    """Create a source. Raises `TakenError` for a name that is taken."""
    made = shared.add_archive(asker.settings, new.name)
    found = _source(asker, made.id, made.name)
    found.created_at, found.description = now(), new.description
    return found


def rename_source(asker: Asker, source: str, new: NewSource) -> Source:
    """Give a source another name."""
    there = find(asker, source)
    renamed = shared.rename_archive(asker.settings, there.id, new.name)
    found = _source(asker, renamed.id, renamed.name)
    found.description = new.description
    return found


def find_source(asker: Asker, source: str) -> Source:
    """Return a source by its id or name. Raises `NotFoundError` where there is none."""
    there = find(asker, source)
    return _source(asker, there.id, there.name)


def delete_source(asker: Asker, source: str) -> Said:
    """Delete a source with all its documents, and take it from the user's agents.

    Raises `ConflictError` while agents of other users read it.
    """
    there = find(asker, source)
    for name in there.agents if not there.others else ():
        shared.detach_archive(asker.settings, name, there.id)
    shared.remove_archive(asker.settings, there.id)
    return Said(message=f"Source source_id={there.id} successfully deleted")


def attach_source(asker: Asker, source: str, agent: str) -> Source:
    """Let an agent read a source."""
    there = find(asker, source)
    agent_id, _ = agents.resolve_agent(asker.settings, agent, asker.agents)
    shared.attach_archive(asker.settings, agent_id, there.id, asker.agents)
    return _source(asker, there.id, there.name)


def detach_source(asker: Asker, source: str, agent: str) -> Source:
    """Let an agent stop reading a source. Raises `NotFoundError` if it does not read it."""
    there = find(asker, source)
    agent_id, _ = agents.resolve_agent(asker.settings, agent, asker.agents)
    shared.detach_archive(asker.settings, agent_id, there.id, asker.agents)
    return _source(asker, there.id, there.name)


def attached_sources(asker: Asker, memory: MemoryHierarchy) -> list[Source]:
    """Return the sources that an agent reads."""
    others = memory.readable.others()
    return [_source(asker, place.archive.archive_id, name) for name, place in others.items()]


def list_attached(asker: Asker, agent: str) -> list[Source]:
    """Return the sources that an agent reads, by the agent's id or name."""
    return attached_sources(asker, agents.open_agent(asker.settings, agent, asker.agents))


def load_file(
    asker: Asker, loader: Loader, source: str, file_name: str, copy: Callable[[Path], object]
) -> Job:
    """Begin to load a file into a source. `copy` writes it to a path."""
    there = find(asker, source)
    loader.check_room(asker.settings.owner)
    name = documents.safe_file_name(file_name)
    upload = documents.Upload(Path(name), name, archive=there.id)
    return _job(asker, loader.submit(asker.settings, None, upload, copy=copy))


def get_job(asker: Asker, job: str) -> Job:
    """Return how far the loading of a document is. Raises `NotFoundError` where there is none."""
    return _job(asker, documents.find_job(asker.settings, job, asker.agents))


def list_passages(asker: Asker, source: str) -> dict[str, Any]:
    """Return the first passages of a source."""
    there, cursor = find(asker, source), None
    found: list[dict[str, Any]] = []
    while len(found) < MOST_PASSAGES:
        page = shared.archive_passages(asker.settings, there.id, limit=_PAGE, cursor=cursor)
        found += [
            {
                "id": each.id,
                "user_id": asker.user_id,
                "agent_id": None,
                "text": each.text,
                "data_source": there.name,
                "doc_id": None if each.source is None else named_id(there.id, "document", each.source),
                "metadata": {} if each.source is None else {"file_name": each.source},
            }
            for each in page.items
        ]
        cursor = page.next
        if cursor is None:
            break
    return {"passages": found}


def list_documents(asker: Asker, source: str) -> dict[str, Any]:
    """Return the documents of a source, without their texts, which the passages have."""
    there = find(asker, source)
    found = [
        {
            "id": named_id(there.id, "document", each.name),
            "user_id": asker.user_id,
            "text": "",
            "data_source": there.name,
            "metadata": {"file_name": each.name, "num_passages": each.passages},
        }
        for each in documents.shared_documents(asker.settings, there.id, searching=False)
    ]
    return {"documents": found}


def find(asker: Asker, source: str) -> SharedArchive:
    """Return the user's archive. Raises `NotFoundError` where there is none of this id or name."""
    try:
        return find_shared_archive(open_home_database(asker.settings), source)
    except NotFoundError:
        raise NotFoundError(
            f"there is no source {quoted(source)}. GET /api/sources lists those that there are."
        ) from None


def _all(asker: Asker) -> list[SharedArchive]:
    found: list[SharedArchive] = []
    cursor = None
    while True:
        page = shared.list_archives(asker.settings, limit=_PAGE, cursor=cursor)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def _source(asker: Asker, id_: str, name: str) -> Source:
    return Source(id=id_, name=name, user_id=asker.user_id, embedding_config=embedding_config(asker))


def _job(asker: Asker, job: jobs.Job) -> Job:
    about: dict[str, Any] = {"type": "embedding", "filename": job.what}
    if job.state == "failed":
        about["error"] = job.error
    if jobs.ARCHIVE in job.result:
        about["source_id"] = job.result[jobs.ARCHIVE]
    if job.state == "ended":
        loaded = [name for kind in ("came", "changed", "unchanged") for name in job.result.get(kind, ())]
        about |= {"num_passages": job.result.get("passages", 0), "num_documents": len(loaded)}
    return Job(
        id=job.id,
        status=_STATUS[job.state],
        created_at=job.created_at,
        completed_at=job.ended_at,
        user_id=asker.user_id,
        metadata_=about,
    )
