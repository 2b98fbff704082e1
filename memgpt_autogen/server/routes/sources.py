"""Documents: list, load by upload or address, delete; and the jobs that load them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Optional

from fastapi import Form, Query, Request, Response, UploadFile
from fastapi import Path as InPath

from memgpt_autogen.memory.documents.catalogue import Source
from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.prefix import location
from memgpt_autogen.server.routes.agents import AgentPath
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.routes.parameters import Cursor, Limit
from memgpt_autogen.service import sources
from memgpt_autogen.service.loading import Loader
from memgpt_autogen.service.pages import Page
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.sources import JobAnswer, SourceAnswer

router = area("sources")


@router.get("/agents/{agent}/sources", response_model=PageOf[SourceAnswer])
def list_sources(caller: Reader, agent: AgentPath, limit: Limit = 50, cursor: Cursor = None) -> Page[Source]:
    """Return the documents that an agent can read, in its own archive and in attached ones."""
    return sources.list_sources(caller.settings, agent, caller.agents, limit=limit, cursor=cursor)


@router.post("/agents/{agent}/sources", status_code=202)
def load_source(
    request: Request,
    response: Response,
    caller: Writer,
    agent: AgentPath,
    file: Annotated[Optional[UploadFile], "a document"] = None,
    url: Annotated[
        Optional[str],
        Form(max_length=4000, description="An address on the internet, which the server fetches."),
    ] = None,
    text: Annotated[Optional[str], Form(max_length=10_000_000)] = None,
    name: Annotated[Optional[str], Form(max_length=1000, description="Its name in citations.")] = None,
    tag: Annotated[Optional[list[Annotated[str, Form(max_length=1000)]]], Form(max_length=50)] = None,
) -> JobAnswer:
    """Load a document into an agent's archive: a `file`, a `url` or a `text`. The answer is a job.

    A document that is there already is not loaded again, and one that has changed replaces the old one.
    Addresses of this machine and of private networks are not fetched.
    """
    loader: Loader = request.app.state.loader
    loader.check_room(caller.settings.owner)
    file_name = "" if file is None else sources.safe_file_name(file.filename or "")
    upload = sources.Upload(
        None if file is None else Path(file_name), file_name, url, text, name, tuple(tag or ())
    )
    sent = None if file is None else file.file

    def copy(path: Path) -> None:
        with path.open("wb") as opened:
            shutil.copyfileobj(sent, opened)  # type: ignore[arg-type]  # called where there is a file

    job = loader.submit(caller.settings, agent, upload, caller.agents, copy=None if sent is None else copy)
    response.headers["Location"] = location(request, "get_job", job=job.id)
    return JobAnswer.of(job)


@router.delete("/agents/{agent}/sources/{source:path}", response_model=SourceAnswer)
def delete_source(
    caller: Writer,
    agent: AgentPath,
    source: Annotated[str, InPath(max_length=1000, description="The name of a document.")],
    *,
    dry_run: Annotated[bool, Query(description="Only report what would be deleted.")] = False,
) -> Source:
    """Delete a document of an agent's own archive, with all its passages, and return what it was."""
    return sources.remove_source(caller.settings, agent, source, caller.agents, dry_run=dry_run)


@router.get("/jobs")
def list_jobs(
    caller: Reader,
    agent: Annotated[Optional[str], Query(max_length=64, description="Jobs of this agent.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[JobAnswer]:
    """Return the user's jobs, the newest first."""
    page = sources.list_jobs(caller.settings, agent=agent, among=caller.agents, limit=limit, cursor=cursor)
    return PageOf(items=list(map(JobAnswer.of, page.items)), next=page.next)


@router.get("/jobs/{job}")
def get_job(
    caller: Reader, job: Annotated[str, InPath(max_length=64, description="The id of a job.")]
) -> JobAnswer:
    """Return a job, and how far it is."""
    return JobAnswer.of(sources.find_job(caller.settings, job, caller.agents))
