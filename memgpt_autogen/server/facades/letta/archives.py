"""Archives: the same shared archives as folders, for texts that are inserted one by one."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated, Any, Optional

from fastapi import Query

from memgpt_autogen.memory.documents.shared_archives import SharedArchive
from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.facades.letta.agents import archives_of
from memgpt_autogen.server.facades.letta.bodies import NameBody, NameChange, PassageBody, PassagesBody
from memgpt_autogen.server.facades.letta.ids import AgentPath, ArchivePath, PassagePath, bare
from memgpt_autogen.server.facades.letta.paging import Paged
from memgpt_autogen.server.facades.letta.shapes import archive_shape, passage_shape
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.service import agents, archive_passages, server_facts, shared

router = foreign_area("letta", "/v1")

Shape = dict[str, Any]

# archives have no time here, and the client wants one
_UNKNOWN = datetime.fromtimestamp(0, timezone.utc)


@router.get("/archives/", name="list_letta_archives")
def list_archives(
    caller: Reader,
    page: Paged,
    name: Annotated[Optional[str], Query(max_length=120)] = None,
    agent_id: Annotated[Optional[str], Query(max_length=120)] = None,
) -> list[Shape]:
    """Return the user's shared archives, or those that an agent reads."""
    caller.check_whole("what is shared is of all")
    found = shared.list_archives(caller.settings, limit=10_000).items
    if agent_id is not None:
        found = archives_of(caller, agents.resolve_agent(caller.settings, bare(agent_id), caller.agents)[1])
    named = [each for each in found if name in (None, each.name)]
    return [_shape(caller, each) for each in page.of(named[::-1], lambda each: each.id)]


@router.post("/archives/", name="create_archive")
def create_archive(caller: Writer, body: NameBody) -> Shape:
    """Create a shared archive."""
    caller.check_whole("what is shared is of all")
    body.check("embedding_config")
    made = shared.add_archive(caller.settings, body.name)
    caller.note(made.id, made.name)
    return _shape(caller, made)


@router.get("/archives/{archive_id}", name="get_letta_archive")
def get_archive(caller: Reader, archive_id: ArchivePath) -> Shape:
    """Return a shared archive."""
    return _shape(caller, _archive(caller, archive_id))


@router.patch("/archives/{archive_id}", name="rename_archive")
def change_archive(caller: Writer, archive_id: ArchivePath, body: NameChange) -> Shape:
    """Give a shared archive another name."""
    body.check()
    found = _archive(caller, archive_id)
    if body.name is not None:
        found = shared.rename_archive(caller.settings, found.id, body.name)
    return _shape(caller, found)


@router.delete("/archives/{archive_id}", status_code=204, response_model=None, name="delete_archive")
def delete_archive(caller: Writer, archive_id: ArchivePath) -> None:
    """Delete a shared archive that no agent reads."""
    found = _archive(caller, archive_id)
    shared.remove_archive(caller.settings, found.id)
    caller.note(found.id, found.name)


@router.post("/archives/{archive_id}/passages", name="add_archive_passages")
def add_passage(caller: Writer, archive_id: ArchivePath, body: PassageBody) -> Shape:
    """Insert a text, and return its passage; the first one, if it is long."""
    return _added(caller, _archive(caller, archive_id).id, body)[0]


@router.post("/archives/{archive_id}/passages/batch", name="add_archive_passages")
def add_passages(caller: Writer, archive_id: ArchivePath, body: PassagesBody) -> list[Shape]:
    """Insert texts, and return their passages."""
    body.check()
    found = _archive(caller, archive_id).id
    return [passage for each in body.passages for passage in _added(caller, found, each)]


@router.delete(
    "/archives/{archive_id}/passages/{passage_id}",
    status_code=204,
    response_model=None,
    name="delete_archive_passage",
)
def delete_passage(caller: Writer, archive_id: ArchivePath, passage_id: PassagePath) -> None:
    """Delete a passage."""
    archive_passages.remove_archive_passage(caller.settings, _archive(caller, archive_id).id, passage_id)


@router.patch("/agents/{agent_id}/archives/attach/{archive_id}", name="attach_archive")
def attach_archive(caller: Writer, agent_id: AgentPath, archive_id: ArchivePath) -> dict[str, str]:
    """Let an agent read a shared archive besides its own."""
    found, name = agents.resolve_agent(caller.settings, agent_id, caller.agents)
    archive = _archive(caller, archive_id)
    shared.attach_archive(caller.settings, found, archive.id, caller.agents)
    return {"message": f"{name} reads {archive.name} now"}


@router.patch("/agents/{agent_id}/archives/detach/{archive_id}", name="detach_archive")
def detach_archive(caller: Writer, agent_id: AgentPath, archive_id: ArchivePath) -> dict[str, str]:
    """Let an agent stop reading a shared archive."""
    found, name = agents.resolve_agent(caller.settings, agent_id, caller.agents)
    shared.detach_archive(caller.settings, found, archive_id, caller.agents)
    return {"message": f"{name} does not read it any more"}


def _added(caller: Caller, archive_id: str, body: PassageBody) -> list[Shape]:
    body.check()
    if body.created_at is not None:
        raise ProblemError(422, "a passage of a shared archive has the time of now. Leave created_at out.")
    added = shared.add_passages(caller.settings, archive_id, body.text, tags=body.tags or ())
    return [passage_shape(each, archive_id) for each in added]


def _archive(caller: Caller, name: str) -> SharedArchive:
    caller.check_whole("what is shared is of all")
    return shared.find_archive_row(caller.settings, name)


def _shape(caller: Caller, found: SharedArchive) -> Shape:
    return archive_shape(found, _UNKNOWN, server_facts.models(caller.settings, discover=False))
