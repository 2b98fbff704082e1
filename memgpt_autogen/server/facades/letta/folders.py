"""Folders, which were called sources: shared archives that have documents, and the agents that read them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Any, Literal, Optional

from fastapi import APIRouter, Query, Request, UploadFile
from fastapi.routing import APIRoute

from memgpt_autogen.errors import NotFoundError, TakenError, quoted
from memgpt_autogen.memory.documents.catalogue import Source
from memgpt_autogen.memory.documents.shared_archives import SharedArchive
from memgpt_autogen.memory.passages import PassageFilter
from memgpt_autogen.memory.storage.runs.jobs import Job
from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.facades.letta.agents import State, archives_of, state_of
from memgpt_autogen.server.facades.letta.bodies import NameBody, NameChange
from memgpt_autogen.server.facades.letta.ids import AgentPath, FilePath, FolderPath, with_kind
from memgpt_autogen.server.facades.letta.paging import Paged
from memgpt_autogen.server.facades.letta.shapes import (
    file_id,
    file_shape,
    folder_shape,
    job_file_shape,
    passage_shape,
)
from memgpt_autogen.service import agents, server_facts, shared, sources
from memgpt_autogen.service.loading import Loader
from memgpt_autogen.service.pages import MOST

Shape = dict[str, Any]

_WHOLE = "what is shared is of all"


folders = foreign_area("letta", "")
"""The paths of folders, without what they begin with."""


@folders.get("/", name="list_letta_folders")
def list_folders(
    caller: Reader, page: Paged, name: Annotated[Optional[str], Query(max_length=120)] = None
) -> list[Shape]:
    """Return the user's shared archives."""
    found = [each for each in _all(caller) if name in (None, each.name)]
    models = server_facts.models(caller.settings, discover=False)
    return [folder_shape(each, models) for each in page.of(found[::-1], lambda each: each.id)]


@folders.get("/count", name="count_letta_folders")
def count_folders(caller: Reader) -> int:
    """Return how many there are."""
    return len(_all(caller))


@folders.post("/", name="create_archive")
def create_folder(caller: Writer, body: NameBody) -> Shape:
    """Create a shared archive."""
    caller.check_whole(_WHOLE)
    body.check("embedding_config")
    made = shared.add_archive(caller.settings, body.name)
    caller.note(made.id, made.name)
    return _shape(caller, made)


@folders.get("/name/{folder_id}", name="find_letta_folder")
def find_folder(caller: Reader, folder_id: FolderPath) -> str:
    """Return the id of the shared archive of this name."""
    return with_kind("source", _folder(caller, folder_id).id)


@folders.get("/{folder_id}", name="get_letta_folder")
def get_folder(caller: Reader, folder_id: FolderPath) -> Shape:
    """Return a shared archive."""
    return _shape(caller, _folder(caller, folder_id))


@folders.patch("/{folder_id}", name="rename_archive")
def change_folder(caller: Writer, folder_id: FolderPath, body: NameChange) -> Shape:
    """Give a shared archive another name."""
    body.check()
    found = _folder(caller, folder_id)
    if body.name is not None:
        found = shared.rename_archive(caller.settings, found.id, body.name)
    return _shape(caller, found)


@folders.delete("/{folder_id}", name="delete_archive")
def delete_folder(caller: Writer, folder_id: FolderPath) -> dict[str, str]:
    """Delete a shared archive that no agent reads, with its documents."""
    found = _folder(caller, folder_id)
    shared.remove_archive(caller.settings, found.id)
    caller.note(found.id, found.name)
    return {"message": f"{found.name} was deleted"}


@folders.post("/{folder_id}/upload", name="load_source")
def upload_file(
    request: Request,
    caller: Writer,
    folder_id: FolderPath,
    file: UploadFile,
    duplicate_handling: Annotated[Literal["skip", "error", "suffix", "replace"], Query()] = "suffix",
    name: Annotated[Optional[str], Query(max_length=500)] = None,
) -> Shape:
    """Load a document into a shared archive. Its `processing_status` says how far that is."""
    archive = _folder(caller, folder_id)
    given = sources.safe_file_name(name or file.filename or "")
    there = {each.name for each in _documents(caller, archive.id)}
    if given in there and duplicate_handling == "error":
        raise TakenError(f"the folder has a file {quoted(given)} already. Give another name.")
    if given in there and duplicate_handling == "skip":
        return file_of(caller, archive.id, file_id(archive.id, given))
    if duplicate_handling == "suffix":
        given = _free_name(given, there)
    loader: Loader = request.app.state.loader
    loader.check_room(caller.settings.owner)
    upload = sources.Upload(Path(given), given, name=given, archive=archive.id)

    def copy(path: Path) -> None:
        with path.open("wb") as opened:
            shutil.copyfileobj(file.file, opened)

    return job_file_shape(archive.id, loader.submit(caller.settings, None, upload, copy=copy))


@folders.get("/{folder_id}/files", name="list_letta_files")
def list_files(
    caller: Reader,
    folder_id: FolderPath,
    page: Paged,
    include_content: Annotated[bool, Query()] = False,  # noqa: FBT002 - FastAPI calls it by name
) -> list[Shape]:
    """Return the documents of a shared archive, also those that are not loaded yet, or could not be."""
    archive = _folder(caller, folder_id).id
    found = page.of(_files(caller, archive), lambda each: str(each["id"]).removeprefix("file-"))
    return [_with_content(caller, archive, each) for each in found] if include_content else found


@folders.get("/{folder_id}/files/{file_id}", name="get_letta_file")
def get_file(
    caller: Reader,
    folder_id: FolderPath,
    file_id: FilePath,
    include_content: Annotated[bool, Query()] = False,  # noqa: FBT002 - FastAPI calls it by name
) -> Shape:
    """Return a document, or how far its loading is."""
    archive = _folder(caller, folder_id).id
    found = file_of(caller, archive, file_id)
    return _with_content(caller, archive, found) if include_content else found


@folders.delete("/{folder_id}/{file_id}", status_code=204, response_model=None, name="delete_source")
def delete_file(caller: Writer, folder_id: FolderPath, file_id: FilePath) -> None:
    """Delete a document with its passages."""
    archive = _folder(caller, folder_id).id
    found = file_of(caller, archive, file_id)
    sources.remove_document(caller.settings, archive, found["file_name"])
    caller.note(file_id, found["file_name"])


@folders.get("/{folder_id}/passages", name="list_letta_folder_passages")
def list_folder_passages(caller: Reader, folder_id: FolderPath, page: Paged) -> list[Shape]:
    """Return the passages of a shared archive, the oldest first."""
    archive = _folder(caller, folder_id).id
    found: list[Shape] = []
    cursor: str | None = None
    while True:
        some = shared.archive_passages(caller.settings, archive, limit=MOST, cursor=cursor)
        found += [passage_shape(each, archive) for each in some.items]
        cursor = some.next
        if cursor is None:
            break
    return page.of(found[::-1], lambda each: str(each["id"]).removeprefix("passage-"))


@folders.get("/{folder_id}/agents", name="list_letta_folder_agents")
def list_folder_agents(caller: Reader, folder_id: FolderPath, page: Paged) -> list[str]:
    """Return the ids of the agents that read a shared archive."""
    names = _folder(caller, folder_id).agents
    found = [agents.resolve_agent(caller.settings, each)[0] for each in names]
    return [with_kind("agent", each) for each in page.of(found, lambda each: each)]


of_agents = foreign_area("letta", "/v1/agents")


@of_agents.get("/{agent_id}/folders", name="list_letta_agent_folders")
@of_agents.get("/{agent_id}/sources", name="list_letta_agent_folders")
def list_agent_folders(caller: Reader, agent_id: AgentPath, page: Paged) -> list[Shape]:
    """Return the shared archives that an agent reads."""
    _, name = agents.resolve_agent(caller.settings, agent_id, caller.agents)
    models = server_facts.models(caller.settings, discover=False)
    found = archives_of(caller, name)
    return [folder_shape(each, models) for each in page.of(found[::-1], lambda each: each.id)]


@of_agents.patch("/{agent_id}/folders/attach/{folder_id}", name="attach_archive")
@of_agents.patch("/{agent_id}/sources/attach/{folder_id}", name="attach_archive")
def attach_folder(request: Request, caller: Writer, agent_id: AgentPath, folder_id: FolderPath) -> State:
    """Let an agent read a shared archive."""
    found, _ = agents.resolve_agent(caller.settings, agent_id, caller.agents)
    archive = _folder(caller, folder_id)
    shared.attach_archive(caller.settings, found, archive.id, caller.agents)
    return state_of(request, caller, found)


@of_agents.patch("/{agent_id}/folders/detach/{folder_id}", name="detach_archive")
@of_agents.patch("/{agent_id}/sources/detach/{folder_id}", name="detach_archive")
def detach_folder(request: Request, caller: Writer, agent_id: AgentPath, folder_id: FolderPath) -> State:
    """Let an agent stop reading a shared archive."""
    found, _ = agents.resolve_agent(caller.settings, agent_id, caller.agents)
    shared.detach_archive(caller.settings, found, folder_id, caller.agents)
    return state_of(request, caller, found)


@of_agents.get("/{agent_id}/files", name="list_letta_agent_files")
def list_agent_files(caller: Reader, agent_id: AgentPath, page: Paged) -> dict[str, Any]:
    """Return the documents that an agent can read in shared archives. It opens them itself."""
    _, name = agents.resolve_agent(caller.settings, agent_id, caller.agents)
    found = [
        {
            "id": each["id"],
            "file_id": each["id"],
            "file_name": each["file_name"],
            "folder_id": with_kind("source", archive.id),
            "folder_name": archive.name,
            "is_open": False,
        }
        for archive in archives_of(caller, name)
        for each in _files(caller, archive.id)
    ]
    chosen = page.of(found, lambda each: str(each["id"]).removeprefix("file-"))
    last = chosen[-1]["id"] if chosen else None
    return {
        "files": chosen,
        "has_more": last is not None and chosen[-1] is not found[-1],
        "next_cursor": last,
    }


def _under(prefix: str) -> APIRouter:
    """Return the paths of folders under this prefix."""
    router = foreign_area("letta", prefix)
    for route in folders.routes:
        assert isinstance(route, APIRoute)  # noqa: S101 - they are all made above
        router.add_api_route(
            route.path,
            route.endpoint,
            methods=sorted(route.methods or ()),
            name=route.name,
            status_code=route.status_code,
            response_model=route.response_model,
        )
    return router


ROUTERS: tuple[APIRouter, ...] = (_under("/v1/folders"), _under("/v1/sources"), of_agents)


def file_of(caller: Caller, archive_id: str, wanted: str) -> Shape:
    """Return a document of a shared archive. Raises `NotFoundError` where there is none of that id."""
    for each in _files(caller, archive_id):
        if each["id"] == with_kind("file", wanted):
            return each
    raise NotFoundError("the folder has no such file. Give the id of one of its files.")


def _files(caller: Caller, archive_id: str) -> list[Shape]:
    """Return the documents of a shared archive, the newest first, and those that are not loaded yet."""
    jobs: dict[str, Job] = {}
    for job in reversed(sources.archive_jobs(caller.settings, archive_id)):
        jobs[file_id(archive_id, job.what)] = job
    there = {file_id(archive_id, each.name): each for each in _documents(caller, archive_id)}
    found = [
        job_file_shape(archive_id, job)
        for id_, job in jobs.items()
        if job.state in ("queued", "running") or (job.state == "failed" and id_ not in there)
    ]
    going_on = {each["id"] for each in found}
    found += [
        file_shape(archive_id, each) for id_, each in there.items() if with_kind("file", id_) not in going_on
    ]
    return sorted(found, key=lambda each: (str(each["created_at"]), str(each["id"])), reverse=True)


def _with_content(caller: Caller, archive_id: str, found: Shape) -> Shape:
    """Return a document with the texts of its passages."""
    texts: list[str] = []
    cursor: str | None = None
    filters = PassageFilter(sources=[found["file_name"]])
    while True:
        page = shared.archive_passages(
            caller.settings, archive_id, filters=filters, limit=MOST, cursor=cursor
        )
        texts += [each.text for each in page.items]
        cursor = page.next
        if cursor is None:
            return {**found, "content": "\n\n".join(texts)}


def _documents(caller: Caller, archive_id: str) -> list[Source]:
    return list(sources.shared_documents(caller.settings, archive_id, searching=False))


def _free_name(given: str, there: set[str]) -> str:
    """Return the name with a number, where a document has it."""
    name, number = given, 1
    while name in there:
        stem, suffix = Path(given).stem, Path(given).suffix
        name, number = f"{stem}_({number}){suffix}", number + 1
    return name


def _all(caller: Caller) -> list[SharedArchive]:
    caller.check_whole(_WHOLE)
    found: list[SharedArchive] = []
    cursor: str | None = None
    while True:
        page = shared.list_archives(caller.settings, limit=MOST, cursor=cursor)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def _folder(caller: Caller, name: str) -> SharedArchive:
    caller.check_whole(_WHOLE)
    return shared.find_archive_row(caller.settings, name)


def _shape(caller: Caller, found: SharedArchive) -> Shape:
    return folder_shape(found, server_facts.models(caller.settings, discover=False))
