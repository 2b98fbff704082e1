"""The documents of an agent: list, load a file, an address or a text, and delete."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from memgpt_autogen.assembly import open_home_database
from memgpt_autogen.errors import ConfigurationError, NotFoundError, quoted
from memgpt_autogen.llm.embedders.open import NONE
from memgpt_autogen.memory.documents.attach import (
    AttachProgress,
    AttachResult,
    is_address,
    without_secrets,
)
from memgpt_autogen.memory.documents.catalogue import Source
from memgpt_autogen.memory.storage.runs.jobs import Job, Jobs
from memgpt_autogen.service.agents import open_agent, resolve_agent
from memgpt_autogen.service.pages import Page, page_among, page_of, place_of
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
    agent: str,
    upload: Upload,
    among: Collection[str] | None = None,
    *,
    told: Callable[[AttachProgress], object] | None = None,
) -> AttachResult:
    """Load a document into the agent's archive. Addresses of private networks are never fetched.

    Raises `DocumentError` or `FetchError`, without a path of this machine.
    """
    check_upload(upload)
    memory = open_agent(settings, agent, among)
    if upload.file is None:
        return memory.attach(
            upload.url, text=upload.text, name=upload.name, tags=upload.tags, wait=False, told=told
        )
    name = safe_file_name(upload.file_name)
    try:
        return memory.attach(
            upload.file, name=upload.name or name, tags=upload.tags, wait=False, told=told, origin=name
        )
    except ConfigurationError as error:
        text = str(error).replace(str(upload.file.absolute()), name).replace(str(upload.file), name)
        raise type(error)(text) from None


def safe_file_name(given: str) -> str:
    """Return the last part of a file's name, as its sender gave it, without characters that name folders."""
    last = PurePosixPath(clean_text(given).replace("\\", "/").replace("\0", "")).name.strip()
    return last[-200:] or "document"


def remove_source(settings: Settings, agent: str, name: str, among: Collection[str] | None = None) -> Source:
    """Delete a document of the agent's own archive with all its passages, and return it."""
    memory = open_agent(settings, agent, among, embedder=NONE)
    if memory.readable.own.get(name) is None:
        raise NotFoundError(f"there is no source {quoted(name)} in the agent's archive.")
    removed = memory.detach(name)
    assert removed is not None  # noqa: S101 - a name was given
    return removed


def _shown_address(url: str) -> str:
    """Return an address without a login and secrets."""
    scheme, _, rest = without_secrets(url).partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}" if url else ""


# Jobs


def create_job(settings: Settings, agent: str, upload: Upload, among: Collection[str] | None = None) -> Job:
    """Create the job that loads a document; somebody else does it."""
    check_upload(upload)
    agent_id, _ = resolve_agent(settings, agent, among)
    return Jobs(open_home_database(settings)).create(LOAD, upload.shown, agent_id)


def do_job(settings: Settings, job: Job, upload: Upload) -> None:
    """Load a document, and note in the job how far it is and what came of it.

    Raises what `load_source` does.
    """
    jobs = Jobs(open_home_database(settings))
    jobs.write(job.id, state="running")

    def told(progress: AttachProgress) -> None:
        if progress.all_bytes:
            jobs.write(job.id, done=progress.bytes, total=progress.all_bytes)
        else:
            jobs.write(job.id, done=progress.passages)

    result = load_source(settings, job.agent_id or "", upload, told=told)
    outcomes = {"came": result.came, "changed": result.changed, "unchanged": result.unchanged}
    about = {name: [source.name for source in found] for name, found in outcomes.items() if found}
    passages = sum(source.passages for source in result.sources)
    jobs.end(job.id, "ended", result={**about, "passages": passages, "notes": list(result.notes)})


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
