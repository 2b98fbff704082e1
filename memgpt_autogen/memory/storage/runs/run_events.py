"""The events of runs as rows: written with numbers, and read from any number on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, or_, select

from memgpt_autogen.events import Heard, Replied, RunEvent, Thought, ToolCalled, ToolReturned
from memgpt_autogen.events_json import event_kind, event_to_json
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.log import Entry, stream_entries
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery, insertion
from memgpt_autogen.memory.storage.runs.run_rows import EventRow
from memgpt_autogen.memory.storage.tables import from_column, run_events, to_column
from memgpt_autogen.messages import spoken_text

READ = 500
"""How many events are read at once."""


def write_events(connection: Connection, run_id: str, rows: Sequence[EventRow]) -> None:
    """Write events, which have numbers, inside an open transaction."""
    if rows:
        _INSERT.run_many(
            connection,
            [
                {
                    "run_id": run_id,
                    "number": row.number,
                    "kind": row.kind,
                    "seq": row.seq,
                    "data": json.dumps(row.data),
                    "time": to_column(row.time),
                }
                for row in rows
            ],
        )


def add_event(connection: Connection, run_id: str, event: RunEvent) -> None:
    """Write an event of a run that no worker has, inside an open transaction."""
    (row,) = rows_of([event])
    write_events(connection, run_id, [row.numbered(how_far(connection, run_id).number + 1)])


@dataclass(frozen=True, slots=True)
class Written:
    """How far the events of a run are written."""

    number: int = 0
    """The number of the last event."""
    seq: int = 0
    """The newest entry of the log among them."""
    step: int = 0
    """The newest step of the model among them; calls of it may still follow."""

    def with_rows(self, rows: Sequence[EventRow]) -> Written:
        """Return how far they are with these events after them."""
        seqs = [row.seq for row in rows if row.seq is not None]
        steps = [row.seq for row in rows if row.seq is not None and row.kind in STEPS]
        return Written(self.number + len(rows), max([self.seq, *seqs]), max([self.step, *steps]))


STEPS = ("thought", "tool_called")
"""The kinds of events that are about steps of the model."""


def how_far(connection: Connection, run_id: str) -> Written:
    """Return how far the events of a run are written, inside an open transaction."""
    ((number, seq, step),) = _FAR.rows(connection, run=run_id)
    return Written(number or 0, seq or 0, step or 0)


def read_events(database: Database, run_id: str, after: int = 0, limit: int = READ) -> list[EventRow]:
    """Return the events of a run after a number, in order, at most `limit` of them."""
    with database.reading() as connection:
        return events_in(connection, run_id, after, limit)


def read_all_events(database: Database, run_id: str) -> list[EventRow]:
    """Return all events of a run, in order."""
    rows: list[EventRow] = []
    while more := read_events(database, run_id, rows[-1].number if rows else 0):
        rows += more
    return rows


def events_in(connection: Connection, run_id: str, after: int, limit: int = READ) -> list[EventRow]:
    """Return what `read_events` returns, inside an open transaction."""
    return [
        EventRow(row.kind, json.loads(row.data), row.seq, from_column(row.time), row.number)
        for row in _AFTER.rows(connection, run=run_id, after=after, most=limit)
    ]


_INSERT = insertion(run_events)

_OF_RUN = run_events.c.run_id == bindparam("run")

_AFTER = PreparedQuery(
    select(run_events)
    .where(_OF_RUN, run_events.c.number > bindparam("after"))
    .order_by(run_events.c.number)
    .limit(bindparam("most"))
)

_FAR = PreparedQuery(
    select(
        func.max(run_events.c.number).label("number"),
        func.max(run_events.c.seq).label("seq"),
        func.max(case((or_(*(run_events.c.kind == kind for kind in STEPS)), run_events.c.seq))).label("step"),
    ).where(_OF_RUN)
)


def last_of_kind(connection: Connection, run_id: str, kind: str) -> EventRow | None:
    """Return the newest event of this kind of a run."""
    query = (
        select(run_events)
        .where(run_events.c.run_id == run_id, run_events.c.kind == kind)
        .order_by(run_events.c.number.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return EventRow(row.kind, json.loads(row.data), row.seq, from_column(row.time), row.number)


def replies_in(rows: Iterable[EventRow]) -> list[str]:
    """Return what the agent has said in these events."""
    return [str(row.data["text"]) for row in rows if row.kind == "replied" and "text" in row.data]


def rows_of(events: Iterable[RunEvent], entries: Iterable[Entry] = ()) -> list[EventRow]:
    """Return events as rows. Those that are about one of these entries of the log get its `seq`."""
    stored = list(entries)
    return [EventRow(event_kind(event), event_to_json(event), _seq(event, stored)) for event in events]


def rows_in(
    connection: Connection, agent_id: str, events: Sequence[RunEvent], written: Written, heard_seq: int = 0
) -> list[EventRow]:
    """Return events as rows, inside an open transaction. `written` says how far those before them are.

    They are about entries after `heard_seq`.
    """
    after = max(heard_seq, min(written.seq, written.step - 1) if written.step else written.seq)
    return rows_of(events, stream_entries(connection, agent_id, after=after) if events else ())


def _seq(event: RunEvent, entries: Sequence[Entry]) -> int | None:
    return next((entry.seq for entry in reversed(entries) if _is_about(event, entry)), None)


def _is_about(event: Any, entry: Entry) -> bool:
    message = entry.message
    if isinstance(event, Heard):
        heard = event.message
        return (message.kind, message.text, message.time) == (heard.kind, heard.text, heard.time)
    if isinstance(event, Thought):
        return message.kind == "step" and message.text == event.text
    if isinstance(event, ToolCalled):
        return any(call.id == event.call.id for call in message.tool_calls)
    if isinstance(event, ToolReturned):
        return message.kind == "result" and message.tool_call_id == event.call.id
    if isinstance(event, Replied):
        words = [message.text] if message.kind == "spoken" else map(spoken_text, message.tool_calls)
        return event.text in words
    return False
