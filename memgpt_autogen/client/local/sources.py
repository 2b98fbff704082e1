"""Documents, and the jobs that load them."""

from __future__ import annotations

from pathlib import Path

from memgpt_autogen.client.files import file_name, write_upload
from memgpt_autogen.client.local.local_home import LocalHome
from memgpt_autogen.client.operation import UploadedFile
from memgpt_autogen.service import sources
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.sources import JobAnswer, SourceAnswer


def list_sources(
    home: LocalHome, agent: str, limit: int = 50, cursor: str | None = None
) -> PageOf[SourceAnswer]:
    page = sources.list_sources(home.settings, agent, limit=limit, cursor=cursor)
    return PageOf[SourceAnswer].model_validate(page)


def load_source(
    home: LocalHome,
    agent: str,
    file: UploadedFile | None = None,
    url: str | None = None,
    text: str | None = None,
    name: str | None = None,
    tag: list[str] | None = None,
) -> JobAnswer:
    home.loader.check_room()
    shown = "" if file is None else sources.safe_file_name(file_name(file))
    upload = sources.Upload(None if file is None else Path(shown), shown, url, text, name, tuple(tag or ()))
    sent = file

    def copy(path: Path) -> None:
        write_upload(sent, path)  # type: ignore[arg-type]  # called where there is a file

    return JobAnswer.of(home.loader.submit(home.settings, agent, upload, copy=None if file is None else copy))


def delete_source(home: LocalHome, agent: str, source: str, *, dry_run: bool = False) -> SourceAnswer:
    removed = sources.remove_source(home.settings, agent, source, dry_run=dry_run)
    return SourceAnswer.model_validate(removed)


def list_jobs(
    home: LocalHome, agent: str | None = None, limit: int = 50, cursor: str | None = None
) -> PageOf[JobAnswer]:
    page = sources.list_jobs(home.settings, agent=agent, limit=limit, cursor=cursor)
    return PageOf(items=list(map(JobAnswer.of, page.items)), next=page.next)


def get_job(home: LocalHome, job: str) -> JobAnswer:
    return JobAnswer.of(sources.find_job(home.settings, job))
