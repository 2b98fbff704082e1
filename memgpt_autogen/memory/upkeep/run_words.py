"""The words in the runs and jobs of a server.

They are copies of what is in the log, so an event that has some of what is forgotten is emptied as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, or_, select, update

from memgpt_autogen.events import TurnEnded
from memgpt_autogen.memory.storage.runs.past_usage import keep_usage
from memgpt_autogen.memory.storage.runs.run_events import add_event
from memgpt_autogen.memory.storage.runs.run_input import input_messages
from memgpt_autogen.memory.storage.tables import agents, from_column, jobs, run_events, runs, to_column
from memgpt_autogen.memory.upkeep.quotes import readings, strings
from memgpt_autogen.messages import REMOVED, Message, now

GONE = json.dumps({"removed": True})
"""Replaces the input or the event of a run that had some of what was forgotten."""

READ = 500
"""How many events are read at once."""


class RunWords:
    """Finds and deletes in the runs of one agent what is forgotten.

    `is_gone` says whether a message is deleted as a whole, and `has` whether a text has some of it. `deleted`
    are the entries of the log that are deleted.
    """

    def __init__(
        self,
        connection: Connection,
        agent_id: str,
        *,
        is_gone: Callable[[Message], bool],
        has: Callable[[str, datetime], bool],
        deleted: Container[int],
    ) -> None:
        self._connection = connection
        self._agent_id = agent_id
        self._is_gone = is_gone
        self._has = has
        self._deleted = deleted

    def cut(self, *, dry_run: bool = False) -> int:
        """Delete what is forgotten, and return from how many runs and jobs; a dry run only counts them.

        A run whose input is deleted before the agent has heard it is cancelled.
        """
        write = not dry_run
        changed, heard = self._cut_events(write=write)
        return len(changed | self._cut_inputs(heard, write=write) | self._cut_jobs(write=write))

    def _cut_events(self, *, write: bool) -> tuple[set[str], set[str]]:
        """Return the runs of the events, and those of them whose input is deleted."""
        changed, heard = set[str](), set[str]()
        for row in self._events():
            is_deleted = row.seq in self._deleted
            if row.data == GONE or not (is_deleted or self._is_in(row.data, row.time)):
                continue
            changed.add(row.run_id)
            if row.kind == "heard" and is_deleted:
                heard.add(row.run_id)
            if write:
                own = run_events.c.id == row.id
                self._connection.execute(update(run_events).where(own).values(data=GONE))
        return changed, heard

    def _cut_inputs(self, heard: Container[str], *, write: bool) -> set[str]:
        changed = set()
        for row in self._connection.execute(select(runs).where(runs.c.agent_id == self._agent_id)).all():
            values = self._run_without(row, is_heard_gone=row.id in heard)
            if values:
                changed.add(row.id)
            if values and write:
                self._write(row, values)
        return changed

    def _cut_jobs(self, *, write: bool) -> set[str]:
        changed = set()
        owner = select(agents.c.owner_id).where(agents.c.id == self._agent_id).scalar_subquery()
        # those for shared archives, which are of no agent, while nobody needs their words any more
        shared = and_(jobs.c.agent_id.is_(None), jobs.c.owner_id == owner, jobs.c.ended_at.is_not(None))
        mine = or_(jobs.c.agent_id == self._agent_id, shared)
        for row in self._connection.execute(select(jobs).where(mine)).all():
            names = [
                name
                for name in ("what", "result", "error")
                if self._is_in(getattr(row, name), row.created_at)
            ]
            if names:
                changed.add(row.id)
            if names and write:
                own = jobs.c.id == row.id
                self._connection.execute(update(jobs).where(own).values(dict.fromkeys(names, REMOVED)))
        return changed

    def _events(self) -> Iterator[Row[Any]]:
        after = 0
        query = select(run_events).join(runs, runs.c.id == run_events.c.run_id)
        query = query.where(runs.c.agent_id == self._agent_id).order_by(run_events.c.id).limit(READ)
        while rows := self._connection.execute(query.where(run_events.c.id > after)).all():
            yield from rows
            after = rows[-1].id

    def _run_without(self, row: Row[Any], *, is_heard_gone: bool) -> dict[str, Any]:
        """Return the columns of a run that change."""
        said = input_messages(json.loads(row.input), from_column(row.created_at))
        values: dict[str, Any] = {}
        if is_heard_gone or any(map(self._is_gone, said)) or self._is_in(row.input, row.created_at):
            values["input"] = GONE
            if row.heard_seq is None and row.state == "queued":
                end = to_column(now())
                values.update(state="cancelled", stop_reason="cancelled", cancelled=True, ended_at=end)
        if self._is_in(row.results, row.created_at):
            values["results"] = None
        if self._is_in(row.error, row.created_at):
            values["error"] = REMOVED
        return values

    def _write(self, row: Row[Any], values: dict[str, Any]) -> None:
        self._connection.execute(update(runs).where(runs.c.id == row.id).values(values))
        if values.get("state") == "cancelled":
            add_event(self._connection, row.id, TurnEnded("cancelled", 0))

    def _is_in(self, stored: str | None, time: str) -> bool:
        """Return whether a text, or the texts in JSON values, have some of it."""
        if not stored or stored == GONE:
            return False
        try:
            value = json.loads(stored)
        except ValueError:
            value = stored
        moment = from_column(time)
        return any(self._has(text, moment) for each in strings(value) for text in readings(each))


def delete_runs(connection: Connection, agent_id: str) -> None:
    """Delete the runs of an agent, but those that it has not heard of yet; and its jobs that have ended."""
    unheard = and_(runs.c.heard_seq.is_(None), runs.c.state.in_(("queued", "running")))
    deleted = runs.c.agent_id == agent_id, ~unheard
    keep_usage(connection, *deleted)
    connection.execute(delete(runs).where(*deleted))
    over = or_(jobs.c.ended_at.is_not(None), jobs.c.until <= 0)
    connection.execute(delete(jobs).where(jobs.c.agent_id == agent_id, over))
