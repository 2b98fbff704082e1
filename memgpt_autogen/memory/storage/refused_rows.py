"""Rows of the log that the database refuses for what they contain, such as by an operator's trigger.

The log must go on, so the entry is stored in the first form that the database takes.
"""

from __future__ import annotations

import base64
import json
import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import StatementError

from memgpt_autogen.memory.storage.refusals import (
    RowOvertakenError,
    RowRefusedError,
    is_overtaken,
    refuses_row,
)

logger = logging.getLogger(__name__)

EXACT = "exact"
"""The payload's key for what the columns cannot store."""

SEALED = "sealed"
"""The payload's key for a whole payload in base64."""

NOTICE = "(the database refused this text; the log has it in another form)"
"""What the columns have in place of a text that the database refuses."""

LOST = "(a message of {:,} characters is not stored: the database refused it)"

Row = Mapping[str, Any]


def insert_carefully(connection: Connection, insert: Callable[[Row], object], rows: Sequence[Row]) -> None:
    """Insert rows one by one, inside an open transaction. A refused one is stored in another form.

    Raises `RowRefusedError` if the database takes no form of it.
    """
    for row in rows:
        for form in (row, *_other_forms(row)):
            error = _refusal(connection, insert, form)
            if error is None:
                if form is not row:
                    logger.warning(
                        "entry %s of the log is stored in another form: %s", row["seq"], _told(form)
                    )
                break
        else:
            kind = RowOvertakenError if is_overtaken(error) else RowRefusedError
            raise kind(f"the database refuses entry {row['seq']} in every form: {error}") from error


def unsealed(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload that is sealed in this one."""
    opened: dict[str, Any] = json.loads(base64.b64decode(payload[SEALED]))
    return opened


def _other_forms(row: Row) -> Iterator[Row]:
    payload = json.loads(row["payload"])
    exact = {"name": row["name"], "text": row["text"], **payload.get(EXACT, {})}
    payload[EXACT] = exact
    whole = json.dumps(payload)
    spoken = None if row["spoken"] is None else NOTICE
    hidden = {"spoken": spoken, "searched": None}
    for stored in (whole, json.dumps({SEALED: base64.b64encode(whole.encode()).decode()})):
        # a step has other words in `text`, which it thinks, than in `spoken`, which it says
        yield {**row, "text": NOTICE, "payload": stored}
        yield {**row, **hidden, "text": NOTICE, "payload": stored}
    yield {**row, **hidden, "text": NOTICE, "name": None, "payload": stored}
    # a call and its result must still belong together
    links: dict[str, Any] = {key: payload[key] for key in ("answers", "failed") if key in payload}
    if "calls" in payload:
        links["calls"] = [[call_id, name, "{}"] for call_id, name, _ in payload["calls"]]
    lost = LOST.format(len(exact["text"]))
    said = None if spoken is None else lost
    yield {**row, "name": None, "text": lost, "spoken": said, "searched": None, "payload": json.dumps(links)}


def _told(form: Row) -> str:
    if form["text"] != NOTICE:
        return "its text is lost"
    found = "" if form["spoken"] in (None, NOTICE) else ", and what was said is found by its words"
    return f"its text is whole{found}"


def _refusal(connection: Connection, insert: Callable[[Row], object], row: Row) -> Exception | None:
    """Insert a row; return why the database refuses it, and None if it took it."""
    savepoint = connection.begin_nested()
    try:
        insert(row)
    except (StatementError, sqlite3.Error, RowRefusedError) as error:
        if not isinstance(error, RowRefusedError) and not refuses_row(error):
            raise
        savepoint.rollback()
        return error
    savepoint.commit()
    return None
