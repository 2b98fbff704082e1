"""Loading: a few threads that load documents, one after the other, each as a job."""

from __future__ import annotations

import logging
import queue
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from memgpt_autogen.assembly import open_home_database
from memgpt_autogen.concurrency import Lock, start_thread
from memgpt_autogen.errors import MemGPTError
from memgpt_autogen.memory.storage.runs.jobs import RENEWED_SECONDS, Job, Jobs
from memgpt_autogen.private_files import make_inner_folder
from memgpt_autogen.server.problems import BUG, ProblemError
from memgpt_autogen.service.sources import Upload, do_job
from memgpt_autogen.settings import Settings

logger = logging.getLogger(__name__)

THREADS = 2

MOST_WAITING = 100
"""How many documents may wait in a process."""

FOLDER = "uploads"
"""The folder of the home for files that are being loaded."""


class Loader:
    """Loads documents of all users of a home."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waiting: queue.Queue[tuple[Settings, Job, Upload]] = queue.Queue(MOST_WAITING)
        self._alive: set[str] = set()
        self._starting = Lock("the start of the loading")
        self._started = False

    @property
    def folder(self) -> Path:
        """The folder for uploaded files; each is in a folder of its own there, named by its job."""
        return self._settings.home / FOLDER

    def check_room(self) -> None:
        """Raise a problem if too many documents wait already."""
        if self._waiting.full():
            raise ProblemError(
                429,
                f"{MOST_WAITING} documents wait to be loaded already. Send this one later.",
                {"Retry-After": "10"},
            )

    def submit(self, settings: Settings, job: Job, upload: Upload) -> None:
        """Load a document when a thread is free. Its file is deleted then."""
        self._start()
        self._alive.add(job.id)
        try:
            self._waiting.put_nowait((settings, job, upload))
        except queue.Full:
            self._finish(settings, job, upload, "too many documents wait already. Send it later.")

    def keep(self, job_id: str, suffix: str, copy: Callable[[Path], object]) -> Path:
        """Return the path of a new file for a job, which `copy` has written."""
        folder = self.folder / job_id
        make_inner_folder(self.folder)
        make_inner_folder(folder)
        file = folder / f"document{suffix}"
        copy(file)
        return file

    def _start(self) -> None:
        with self._starting:
            if self._started:
                return
            self._started = True
        self._clean()
        for _ in range(THREADS):
            start_thread(self._work, name="memgpt-load")
        start_thread(self._renew, name="memgpt-jobs")

    def _work(self) -> None:
        while True:
            settings, job, upload = self._waiting.get()
            trouble = None
            try:
                do_job(settings, job, upload)
            except MemGPTError as error:
                trouble = getattr(error, "plain", "") or str(error)
            except Exception:
                logger.exception("a job failed", extra={"job_id": job.id})
                trouble = BUG
            self._finish(settings, job, upload, trouble)

    def _finish(self, settings: Settings, job: Job, upload: Upload, trouble: str | None) -> None:
        self._alive.discard(job.id)
        if upload.file is not None:
            shutil.rmtree(upload.file.parent, ignore_errors=True)
        if trouble is None:
            return
        try:
            Jobs(open_home_database(settings)).end(job.id, "failed", error=trouble)
        except MemGPTError as error:  # it fails by itself when it is not renewed
            logger.warning("the end of a job cannot be stored: %s", type(error).__name__)

    def _renew(self) -> None:
        pause = threading.Event()
        while not pause.wait(RENEWED_SECONDS / 3):
            self._renew_once()

    def _renew_once(self) -> None:
        try:
            if alive := list(self._alive):
                Jobs(open_home_database(self._settings)).renew(alive)
        except MemGPTError as error:
            logger.warning("jobs cannot be renewed: %s", type(error).__name__)

    def _clean(self) -> None:
        """Delete the files of jobs that died with their process."""
        jobs = Jobs(open_home_database(self._settings))
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            if not jobs.alive(folder.name):
                shutil.rmtree(folder, ignore_errors=True)
