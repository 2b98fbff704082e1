"""Jobs as rows: work of a server beside turns, such as the loading of a document, and how far it is.

A job belongs to the worker that does it. One whose worker has died is taken up by another one that has what
it needs, and fails if nobody takes it up.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Optional

from sqlalchemy import ColumnElement, insert, select, update

from memgpt_autogen.errors import MemGPTError, NotFoundError, quoted
from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.processes import Process, this_process
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.runs.run_rows import clock
from memgpt_autogen.memory.storage.tables import from_column, jobs, to_column
from memgpt_autogen.messages import now
from memgpt_autogen.text.safe import clean_text

JobState = Literal["queued", "running", "ended", "failed"]

RENEWED_SECONDS = 30.0
"""How long a job that is not renewed counts as alive."""

ABANDONED_SECONDS = 600.0
"""After how long a job fails that nobody takes up."""

MOST_ATTEMPTS = 3
"""How many workers may die in one job."""

ARCHIVE = "archive"
"""The key in the result of a job for the id of the shared archive that it is for."""

DIED = "the server ended while it did this. Ask for it again: it goes on from what is stored already."

DIED_OFTEN = f"the server ended {MOST_ATTEMPTS} times while it did this, so it is not tried again."


class JobLostError(MemGPTError):
    """The job is not this worker's any more, or was deleted. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the database has it."""

    number: int
    id: str
    agent_id: Optional[str]
    kind: str
    what: str
    """What it works on, in words, such as the name of a document."""
    state: JobState
    done: int
    """How far it is, of `total`."""
    total: Optional[int]
    """None while that is not known."""
    result: Mapping[str, Any]
    error: Optional[str]
    created_at: datetime
    ended_at: Optional[datetime]


class Jobs:
    """The jobs of one owner."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @repeatable
    def create(
        self,
        kind: str,
        what: str,
        agent_id: str | None,
        worker: str | None = None,
        *,
        archive_id: str | None = None,
    ) -> Job:
        """Create a job that waits for this worker, by default for this process.

        It is for an agent, or for a shared archive.
        """
        row = {
            "id": str(uuid.uuid4()),
            "owner_id": self._database.owner,
            "agent_id": agent_id,
            "kind": kind,
            "what": clean_text(what),
            "state": "queued",
            "done": 0,
            "result": None if archive_id is None else json.dumps({ARCHIVE: archive_id}),
            "created_at": to_column(now()),
            "worker": worker or this_process().to_json(),
            "attempts": 1,
        }
        with self._database.writing() as connection:
            connection.execute(insert(jobs).values({**row, "until": clock(connection) + RENEWED_SECONDS}))
            found = connection.execute(select(jobs).where(jobs.c.id == row["id"])).one()
        return _job(found)

    def find(self, job_id: str, among: Collection[str] | None = None) -> Job:
        """Return a job. Raises `NotFoundError` where the owner has none of that id.

        `among` are the ids of the agents whose jobs count.
        """
        self._end_dead()
        query = select(jobs).where(owned(jobs, self._database), jobs.c.id == job_id)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None or (among is not None and row.agent_id not in among):
            raise NotFoundError(f"there is no job {quoted(job_id)}. GET /jobs lists those that there are.")
        return _job(row)

    def newest(
        self,
        *,
        agent_id: str | None = None,
        among: Collection[str] | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Job]:
        """Return jobs, the newest first; `before` is the number of the last one that was seen."""
        self._end_dead()
        query = select(jobs).where(owned(jobs, self._database))
        if agent_id is not None:
            query = query.where(jobs.c.agent_id == agent_id)
        if among is not None:
            query = query.where(jobs.c.agent_id.in_(sorted(among)))
        if before is not None:
            query = query.where(jobs.c.number < before)
        with self._database.reading() as connection:
            return list(map(_job, connection.execute(query.order_by(jobs.c.number.desc()).limit(limit))))

    def of_archive(self, archive_id: str) -> list[Job]:
        """Return the jobs for a shared archive, the newest first."""
        self._end_dead()
        query = select(jobs).where(owned(jobs, self._database), for_archive(archive_id))
        with self._database.reading() as connection:
            return list(map(_job, connection.execute(query.order_by(jobs.c.number.desc()))))

    @repeatable
    def write(self, job_id: str, *, worker: str | None = None, **values: Any) -> None:
        """Write columns of a job, and renew it.

        Raises `JobLostError` where it is not this worker's any more, or over; None is any worker.
        """
        if "result" in values:
            values["result"] = clean_text(json.dumps(values["result"], ensure_ascii=False))
        with self._database.writing() as connection:
            values["until"] = clock(connection) + RENEWED_SECONDS
            query = update(jobs).where(jobs.c.id == job_id)
            if worker is not None:
                query = query.where(jobs.c.worker == worker, _GOES_ON)
            if not connection.execute(query.values(values)).rowcount and worker is not None:
                raise JobLostError(f"job {job_id} was taken over by another worker, or deleted.")

    def end(self, job_id: str, state: JobState, *, worker: str | None = None, **values: Any) -> None:
        """Note how a job ended."""
        self.write(job_id, worker=worker, state=state, ended_at=to_column(now()), **values)

    @repeatable
    def renew(self, worker: str) -> None:
        """Note that the jobs of a worker are alive."""
        with self._database.writing() as connection:
            mine = update(jobs).where(jobs.c.worker == worker, _GOES_ON)
            connection.execute(mine.values(until=clock(connection) + RENEWED_SECONDS))

    @repeatable
    def release(self, worker: str) -> None:
        """Leave the jobs of a worker to others, which take them up at once."""
        with self._database.writing() as connection:
            left = update(jobs).where(jobs.c.worker == worker, _GOES_ON)
            connection.execute(left.values(until=clock(connection), attempts=jobs.c.attempts - 1))

    def going_on(self) -> set[str]:
        """Return the ids of all jobs, of anyone, that wait or run."""
        with self._database.reading() as connection:
            return set(connection.scalars(select(jobs.c.id).where(_GOES_ON)))

    def take_dead(self, worker: str, can: Callable[[str], bool], most: int) -> list[tuple[str, Job]]:
        """Take at most so many jobs, of anyone, whose workers have died, each with the id of its owner.

        `can` says of a job's id whether this worker has what it needs. A job that nobody can take up fails,
        and so does one in which too many workers have died.
        """
        with self._database.reading() as connection:
            rows = connection.execute(select(jobs).where(_GOES_ON).order_by(jobs.c.number)).all()
            moment = clock(connection)
        taken: list[tuple[str, Job]] = []
        for row in rows:
            has_ended = _process(row.worker).has_ended()
            if row.worker == worker or not (has_ended or row.until <= moment):
                continue
            if can(row.id) and row.attempts >= MOST_ATTEMPTS:
                self._change(row, state="failed", error=DIED_OFTEN, ended_at=to_column(now()))
            elif can(row.id) and len(taken) < most:
                values = {"worker": worker, "until": moment + RENEWED_SECONDS, "state": "queued"}
                if self._change(row, **values, attempts=row.attempts + 1):
                    taken.append((row.owner_id, _job(row)))
            elif not can(row.id) and (has_ended or row.until <= moment - ABANDONED_SECONDS):
                self._change(row, state="failed", error=DIED, ended_at=to_column(now()))
        return taken

    @repeatable
    def _change(self, row: Any, **values: Any) -> bool:
        """Change a job that nobody has changed since it was read. Return whether that was so."""
        same = jobs.c.id == row.id, jobs.c.worker == row.worker, jobs.c.until == row.until, _GOES_ON
        with self._database.writing() as connection:
            return bool(connection.execute(update(jobs).where(*same).values(values)).rowcount)

    @repeatable
    def _end_dead(self) -> None:
        """Let the jobs fail that no worker took up."""
        mine = owned(jobs, self._database), _GOES_ON
        with self._database.reading() as connection:
            dead = jobs.c.until <= clock(connection) - ABANDONED_SECONDS
            if connection.scalar(select(jobs.c.id).where(*mine, dead).limit(1)) is None:
                return
        with self._database.writing() as connection:
            dead = jobs.c.until <= clock(connection) - ABANDONED_SECONDS
            failed = {"state": "failed", "error": DIED, "ended_at": to_column(now())}
            connection.execute(update(jobs).where(*mine, dead).values(failed))


def for_archive(archive_id: str) -> ColumnElement[bool]:
    """The condition that a job is for this shared archive."""
    return jobs.c.agent_id.is_(None) & jobs.c.result.contains(archive_id, autoescape=True)


_GOES_ON = jobs.c.state.in_(("queued", "running"))


def _process(worker: str) -> Process:
    """Return the process of a worker, which has a name of its own before it or not."""
    return Process.from_json(worker[worker.index("{") :] if "{" in worker else worker)


def _job(row: Any) -> Job:
    return Job(
        row.number,
        row.id,
        row.agent_id,
        row.kind,
        row.what,
        row.state,
        row.done,
        row.total,
        _result(row.result),
        row.error,
        from_column(row.created_at),
        None if row.ended_at is None else from_column(row.ended_at),
    )


def _result(stored: str | None) -> Mapping[str, Any]:
    try:
        found = json.loads(stored or "{}")
    except ValueError:  # forgotten
        return {}
    return found if isinstance(found, dict) else {}
