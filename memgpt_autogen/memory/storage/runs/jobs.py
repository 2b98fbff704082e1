"""Jobs as rows: work of a server beside turns, such as the loading of a document, and how far it is.

A job belongs to the process that does it. One that is not renewed any more has died with its process.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Optional

from sqlalchemy import insert, select, update

from memgpt_autogen.errors import NotFoundError, quoted
from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.processes import this_process
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.runs.run_rows import clock
from memgpt_autogen.memory.storage.tables import from_column, jobs, to_column
from memgpt_autogen.messages import now
from memgpt_autogen.text.safe import clean_text

JobState = Literal["queued", "running", "ended", "failed"]

RENEWED_SECONDS = 30.0
"""How long a job that is not renewed counts as alive."""

DIED = "the server ended while it did this. Ask for it again: it goes on from what is stored already."


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
    def create(self, kind: str, what: str, agent_id: str) -> Job:
        """Create a job that waits in this process."""
        row = {
            "id": str(uuid.uuid4()),
            "owner_id": self._database.owner,
            "agent_id": agent_id,
            "kind": kind,
            "what": clean_text(what),
            "state": "queued",
            "done": 0,
            "created_at": to_column(now()),
            "worker": this_process().to_json(),
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

    @repeatable
    def write(self, job_id: str, **values: Any) -> None:
        """Write columns of a job, and renew it."""
        if "result" in values:
            values["result"] = clean_text(json.dumps(values["result"], ensure_ascii=False))
        with self._database.writing() as connection:
            values["until"] = clock(connection) + RENEWED_SECONDS
            connection.execute(update(jobs).where(jobs.c.id == job_id).values(values))

    def end(self, job_id: str, state: JobState, **values: Any) -> None:
        """Note how a job ended."""
        self.write(job_id, state=state, ended_at=to_column(now()), **values)

    @repeatable
    def renew(self, job_ids: Collection[str]) -> None:
        """Note that these jobs are alive."""
        with self._database.writing() as connection:
            mine = update(jobs).where(jobs.c.id.in_(sorted(job_ids)))
            connection.execute(mine.values(until=clock(connection) + RENEWED_SECONDS))

    def alive(self, job_id: str) -> bool:
        """Return whether a job of anyone waits or runs."""
        with self._database.reading() as connection:
            query = select(jobs.c.state, jobs.c.until).where(jobs.c.id == job_id)
            row = connection.execute(query).one_or_none()
            return row is not None and row.state in ("queued", "running") and row.until > clock(connection)

    @repeatable
    def _end_dead(self) -> None:
        """Let the jobs fail whose process has died."""
        mine = owned(jobs, self._database), jobs.c.state.in_(("queued", "running"))
        with self._database.reading() as connection:
            if (
                connection.scalar(select(jobs.c.id).where(*mine, jobs.c.until <= clock(connection)).limit(1))
                is None
            ):
                return
        with self._database.writing() as connection:
            dead = update(jobs).where(*mine, jobs.c.until <= clock(connection))
            connection.execute(dead.values(state="failed", error=DIED, ended_at=to_column(now())))


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
