"""The documents of an agent: list, load a file, an address or a text, and delete."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from memgpt_autogen.errors import ConfigurationError, NotFoundError, quoted
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.memory.documents.attach import (
    AttachProgress,
    AttachResult,
    attach,
    is_address,
    without_secrets,
)
from memgpt_autogen.memory.documents.catalogue import Source
from memgpt_autogen.memory.documents.sources import ArchiveSources
from memgpt_autogen.memory.storage.runs.jobs import ARCHIVE, Job, JobLostError, Jobs
from memgpt_autogen.readers.reading_process import ReadingProcess
from memgpt_autogen.service.agents import open_agent, resolve_agent
from memgpt_autogen.service.pages import Page, page_among, page_of, place_of
from memgpt_autogen.service.shared import open_shared
from memgpt_autogen.settings import Settings
from memgpt_autogen.text.names import check_source_name
from memgpt_autogen.text.safe import clean_text

LOAD = "load"
"""The kind of a job that loads a document."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A document that is to be loaded: a file, an address, or a text; one of them."""

    file: Path | None = None
    file_name: str = ""
    """The name that its sender gave the file."""
    url: str | None = None
    text: str | None = None
    name: str | None = None
    """The name in citations; by default that of the file or the address."""
    tags: Sequence[str] = ()
    archive: str | None = None
    """The id of a shared archive that it is for; None is the own one of an agent."""

    @property
    def shown(self) -> str:
        """What a list of jobs shows."""
        return self.name or self.file_name or _shown_address(self.url or "") or "a text"


def check_upload(upload: Upload) -> None:
    """Raise `ConfigurationError` for one that can never be loaded."""
    given = [each for each in (upload.file, upload.url, upload.text) if each is not None]
    if len(given) != 1:
        raise ConfigurationError("give what to load: a file, a url or a text; one of them.")
    if upload.url is not None and not is_address(upload.url):
        raise ConfigurationError("a url begins with https:// or http://. Send a file as `file`.")
    if upload.text is not None and not upload.text.strip():
        raise ConfigurationError("the text is empty. Write what to load.")
    if upload.name is not None:
        check_source_name(upload.name)


def list_sources(
    settings: Settings,
    agent: str,
    among: Collection[str] | None = None,
    *,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Source]:
    """Return a page of the documents that an agent can read, in the order of archives and names."""
    found = open_agent(settings, agent, among, embedder=NONE).sources()
    return page_among(found, limit, cursor, lambda source: f"{source.archive or ''}\0{source.name}")


def load_source(
    settings: Settings,
    agent: str | None,
    upload: Upload,
    among: Collection[str] | None = None,
    *,
    told: Callable[[AttachProgress], object] | None = None,
) -> AttachResult:
    """Load a document into the agent's archive, or into the shared one that is named there.

    Addresses of private networks are never fetched. Raises `DocumentError` or `FetchError`, without a path of
    this machine.
    """
    check_upload(upload)
    if upload.archive is None:
        load = open_agent(settings, agent or "", among).attach
    else:
        reading = partial(ReadingProcess, settings.document_seconds, settings.document_megabytes)
        load = partial(attach, shared_documents(settings, upload.archive), reading=reading)
    given: dict[str, Any] = {"tags": upload.tags, "wait": False, "told": told}
    if upload.file is None:
        return load(upload.url, text=upload.text, name=upload.name, **given)
    name = safe_file_name(upload.file_name)
    try:
        return load(upload.file, name=upload.name or name, origin=name, **given)
    except ConfigurationError as error:
        text = str(error).replace(str(upload.file.absolute()), name).replace(str(upload.file), name)
        raise type(error)(text) from None


def shared_documents(settings: Settings, archive_id: str, *, searching: bool = True) -> ArchiveSources:
    """Return the documents of a shared archive that was found by its owner."""
    return ArchiveSources(
        open_home_database(settings), open_shared(settings, archive_id, searching=searching)
    )


def safe_file_name(given: str) -> str:
    """Return the last part of a file's name, as its sender gave it, without characters that name folders."""
    last = PurePosixPath(clean_text(given).replace("\\", "/").replace("\0", "")).name.strip()
    return last[-200:] or "document"


def suffix_of(file_name: str) -> str:
    """Return the ending of a file's name, by which its kind is known."""
    suffix = PurePosixPath(file_name).suffix
    return suffix if suffix[1:].isalnum() and suffix.isascii() and len(suffix) <= 12 else ""


def remove_source(
    settings: Settings,
    agent: str,
    name: str,
    among: Collection[str] | None = None,
    *,
    dry_run: bool = False,
) -> Source:
    """Delete a document of the agent's own archive with all its passages, and return it."""
    memory = open_agent(settings, agent, among, embedder=NONE)
    found = memory.readable.own.get(name)
    if found is None:
        raise NotFoundError(f"there is no source {quoted(name)} in the agent's archive.")
    if dry_run:
        return found
    removed = memory.detach(name)
    assert removed is not None  # noqa: S101 - a name was given
    return removed


def _shown_address(url: str) -> str:
    """Return an address without a login and secrets."""
    scheme, _, rest = without_secrets(url).partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}" if url else ""


def remove_document(settings: Settings, archive_id: str, name: str) -> None:
    """Delete a document of a shared archive that was found by its owner, with all its passages."""
    if shared_documents(settings, archive_id, searching=False).remove(name) is None:
        raise NotFoundError(f"there is no document {quoted(name)} in the archive.")


# Jobs


def archive_jobs(settings: Settings, archive_id: str) -> list[Job]:
    """Return the jobs that load documents into a shared archive, the newest first."""
    return Jobs(open_home_database(settings)).of_archive(archive_id)


def create_job(
    settings: Settings,
    agent: str | None,
    upload: Upload,
    among: Collection[str] | None = None,
    *,
    worker: str | None = None,
) -> Job:
    """Create the job that loads a document, for an agent or a shared archive; the worker does it."""
    check_upload(upload)
    jobs = Jobs(open_home_database(settings))
    if upload.archive is not None:
        return jobs.create(LOAD, upload.shown, None, worker, archive_id=upload.archive)
    agent_id, _ = resolve_agent(settings, agent or "", among)
    return jobs.create(LOAD, upload.shown, agent_id, worker)


def do_job(
    settings: Settings,
    job: Job,
    upload: Upload,
    *,
    worker: str | None = None,
    stops: Callable[[], bool] = lambda: False,
) -> None:
    """Load a document, and note in the job how far it is and what came of it.

    Raises what `load_source` does, and `JobLostError` at the next passage where the job is not the worker's
    any more, or where the worker `stops`. The next one goes on from what is stored.
    """
    jobs = Jobs(open_home_database(settings))
    jobs.write(job.id, worker=worker, state="running")

    def told(progress: AttachProgress) -> None:
        if stops():
            raise JobLostError(f"job {job.id} is left to another worker.")
        if progress.all_bytes:
            done = max(progress.bytes, job.done)  # what is stored already is read again, quickly
            jobs.write(job.id, worker=worker, done=done, total=progress.all_bytes)
        else:
            jobs.write(job.id, worker=worker, done=max(progress.passages, job.done))

    result = load_source(settings, job.agent_id, upload, told=told)
    outcomes = {"came": result.came, "changed": result.changed, "unchanged": result.unchanged}
    about: dict[str, Any] = {
        name: [source.name for source in found] for name, found in outcomes.items() if found
    }
    if upload.archive is not None:
        about[ARCHIVE] = upload.archive
    passages = sum(source.passages for source in result.sources)
    jobs.end(
        job.id, "ended", worker=worker, result={**about, "passages": passages, "notes": list(result.notes)}
    )


def find_job(settings: Settings, job_id: str, among: Collection[str] | None = None) -> Job:
    """Return a job."""
    return Jobs(open_home_database(settings)).find(job_id, among)


def list_jobs(
    settings: Settings,
    *,
    agent: str | None = None,
    among: Collection[str] | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Job]:
    """Return a page of the owner's jobs, the newest first."""
    agent_id = None if agent is None else resolve_agent(settings, agent, among)[0]
    before = None if cursor is None else int(place_of(cursor, int)[0])
    jobs = Jobs(open_home_database(settings))
    found = jobs.newest(agent_id=agent_id, among=among, before=before, limit=limit + 1)
    return page_of(found, limit, lambda job: (job.number,))
