"""Loading: a few threads that load documents, one after the other, each as a job.

What is to be loaded is kept in a folder of the home until it is. So a worker on the same machine goes on with
a job whose worker has died.
"""

from __future__ import annotations

import json
import logging
import queue
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from memgpt_autogen.concurrency import start_thread
from memgpt_autogen.errors import LimitReachedError, MemGPTError
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.memory.storage.processes import this_process
from memgpt_autogen.memory.storage.runs.jobs import RENEWED_SECONDS, Job, JobLostError, Jobs
from memgpt_autogen.memory.storage.tables import HOME
from memgpt_autogen.private_files import make_inner_folder, replace_text
from memgpt_autogen.service.problems import BUG, log_reason, stored_error
from memgpt_autogen.service.sources import Upload, create_job, do_job, suffix_of
from memgpt_autogen.settings import Settings

logger = logging.getLogger(__name__)

THREADS = 2

MOST_WAITING = 100
"""How many documents may wait in a process."""

MOST_OF_A_USER = 50
"""How many of these may be of one user, so that others need not wait for all of them."""

FOLDER = "uploads"
"""The folder of the home for what is being loaded."""

REQUEST = "request.json"
"""What is to be loaded, in the folder of its job. It is written last."""

# how long the end of a server waits for loads to stop at the next passage
_STOP_SECONDS = 5.0


class Loader:
    """Loads documents of all users of a home. `start` begins to load; `stop` leaves the rest to others."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._worker = f"{uuid.uuid4()} {this_process().to_json()}"
        self._waiting: queue.Queue[tuple[Settings, Job, Upload]] = queue.Queue(MOST_WAITING)
        self._stopping = threading.Event()
        self._changed = threading.Condition()
        self._loading = 0

    @property
    def folder(self) -> Path:
        """Each job has a folder of its own there, named by its id."""
        return self._settings.home / FOLDER

    def check_room(self, owner: str | None = None) -> None:
        """Raise `LimitReachedError` if too many documents wait already, of all users or of this owner."""
        with self._waiting.mutex:
            waiting = [settings.owner for settings, _, _ in self._waiting.queue]
        of_one = waiting.count(owner) if owner is not None else 0
        if len(waiting) >= MOST_WAITING or of_one >= MOST_OF_A_USER:
            count = f"{of_one} of your" if of_one >= MOST_OF_A_USER else str(len(waiting))
            raise LimitReachedError(
                f"{count} documents wait to be loaded already. Send this one later.", retry_after=10
            )

    def submit(
        self,
        settings: Settings,
        agent: str | None,
        upload: Upload,
        among: frozenset[str] | None = None,
        *,
        copy: Callable[[Path], object] | None = None,
    ) -> Job:
        """Create the job that loads a document when a thread is free. `copy` writes its file to a path.

        The document is for the agent, or for the shared archive that it names.
        """
        job = create_job(settings, agent, upload, among, worker=self._worker)
        folder = self.folder / job.id
        make_inner_folder(self.folder)
        make_inner_folder(folder)
        if copy is not None:
            upload = replace(upload, file=folder / f"document{suffix_of(upload.file_name)}")
            copy(folder / f"document{suffix_of(upload.file_name)}")
        replace_text(folder / REQUEST, json.dumps(_to_json(upload)))
        self._enqueue(settings, job, upload)
        return job

    def start(self) -> None:
        """Begin to load, first what workers that died have left."""
        for _ in range(THREADS):
            start_thread(self._work, name="memgpt-load")
        start_thread(self._look_after, name="memgpt-jobs")

    def stop(self) -> None:
        """Stop at the next passage, and leave all jobs of this worker to others."""
        self._stopping.set()
        with self._changed:
            self._changed.wait_for(lambda: not self._loading, _STOP_SECONDS)
        try:
            self._jobs().release(self._worker)
        except MemGPTError as error:  # they are taken up when they are not renewed
            logger.warning("jobs were not released: %s", type(error).__name__)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                settings, job, upload = self._waiting.get(timeout=1.0)
            except queue.Empty:
                continue
            with self._busy():
                if not self._stopping.is_set():
                    self._load(settings, job, upload)

    @contextmanager
    def _busy(self) -> Iterator[None]:
        with self._changed:
            self._loading += 1
        try:
            yield
        finally:
            with self._changed:
                self._loading -= 1
                self._changed.notify_all()

    def _load(self, settings: Settings, job: Job, upload: Upload) -> None:
        trouble = None
        try:
            do_job(settings, job, upload, worker=self._worker, stops=self._stopping.is_set)
        except JobLostError as error:  # another worker has it, and its folder
            logger.warning("a job was left: %s", type(error).__name__)
            return
        except MemGPTError as error:
            log_reason(logger, error, job_id=job.id)
            trouble = stored_error(error, settings.owner or HOME)
        except Exception:
            logger.exception("a job failed", extra={"job_id": job.id})
            trouble = BUG
        self._finish(settings, job, trouble)

    def _finish(self, settings: Settings, job: Job, trouble: str | None) -> None:
        try:
            if trouble is not None:
                Jobs(open_home_database(settings)).end(job.id, "failed", worker=self._worker, error=trouble)
        except JobLostError:
            return
        except MemGPTError as error:  # another worker tries it again
            logger.warning("the end of a job cannot be stored: %s", type(error).__name__)
            return
        shutil.rmtree(self.folder / job.id, ignore_errors=True)

    def _look_after(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            except (MemGPTError, OSError) as error:
                logger.warning("jobs cannot be looked after now: %s", type(error).__name__)
            self._stopping.wait(RENEWED_SECONDS / 3)

    def look(self) -> None:
        """Renew the jobs of this worker, take up those whose workers have died, and delete what is over."""
        jobs = self._jobs()
        jobs.renew(self._worker)
        kept = {folder.name: folder for folder in self._folders()}
        for each in kept.keys() - jobs.going_on():
            shutil.rmtree(kept[each], ignore_errors=True)
        room = MOST_WAITING - self._waiting.qsize()

        def can(job_id: str) -> bool:
            return (self.folder / job_id / REQUEST).is_file()

        for owner_id, job in jobs.take_dead(self._worker, can, room):
            settings = self._settings.model_copy(update={"owner": owner_id})
            self._enqueue(settings, job, _from_json(self.folder / job.id))

    def _enqueue(self, settings: Settings, job: Job, upload: Upload) -> None:
        try:
            self._waiting.put_nowait((settings, job, upload))
        except queue.Full:
            self._finish(settings, job, "too many documents wait already. Send it later.")

    def _folders(self) -> Iterator[Path]:
        if self.folder.is_dir():
            yield from self.folder.iterdir()

    def _jobs(self) -> Jobs:
        return Jobs(open_home_database(self._settings))


def _to_json(upload: Upload) -> dict[str, object]:
    return {
        "file": None if upload.file is None else upload.file.name,
        "file_name": upload.file_name,
        "url": upload.url,
        "text": upload.text,
        "name": upload.name,
        "tags": list(upload.tags),
        "archive": upload.archive,
    }


def _from_json(folder: Path) -> Upload:
    given = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    file = None if given["file"] is None else folder / given["file"]
    return Upload(**{**given, "file": file, "tags": tuple(given["tags"])})
