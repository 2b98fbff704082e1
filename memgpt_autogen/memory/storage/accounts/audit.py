"""The audit: who did what to which thing, for each owner. Forgetting cuts words in it, as everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import audit, from_column, to_column
from memgpt_autogen.messages import now
from memgpt_autogen.text.safe import clean_text

OF_AGENTS = ("agents", "runs", "blocks", "passages", "past", "sources", "facts")
"""The parts of the API whose acts are named by the agent, or by the agent and a thing of it."""

# how many rows forgetting reads at once
BATCH = 500


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that was done."""

    number: int
    time: datetime
    action: str
    """A verb, such as `create`, `delete` or `forget`."""
    what: str
    """A kind of thing, such as `agent`, `block` or `key`."""
    target_id: str | None
    name: str | None
    """The name that the thing had."""
    key_id: str | None
    """The key by which it was done; None for the admin's password, and for the terminal."""
    detail: Mapping[str, Any]


@repeatable
def note_act(
    database: Database,
    action: str,
    what: str,
    *,
    target_id: str | None = None,
    name: str | None = None,
    key_id: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Note what the owner did. Inside `writing` it is a part of that transaction.

    `detail` is JSON. What a person said does not belong there: it would be one more place of it.
    """
    row = {
        "owner_id": database.owner,
        "key_id": key_id,
        "time": to_column(now()),
        "action": action,
        "what": what,
        "target_id": target_id,
        "name": None if name is None else clean_text(name),
        "detail": clean_text(json.dumps(detail or {}, ensure_ascii=False)),
    }
    with database.writing() as connection:
        connection.execute(insert(audit).values(row))


def acts(
    database: Database,
    *,
    before: int | None = None,
    most: int = 50,
    everyone: bool = False,
    agent: tuple[str, str] | None = None,
    action: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> list[tuple[str, Act]]:
    """Return what was done, the newest first, each with the id of the owner who did it.

    `before` is the number of an act; the result goes on with those before it. With `everyone`, it is of all
    owners. `agent` are the id and the name of the only agent to which it was done.
    """
    query = select(audit).order_by(audit.c.id.desc()).limit(most)
    if not everyone:
        query = query.where(owned(audit, database))
    if before is not None:
        query = query.where(audit.c.id < before)
    if agent is not None:
        of_agent = [audit.c.name.startswith(f"{each}/", autoescape=True) for each in agent]
        meant = or_(audit.c.target_id == agent[0], audit.c.name.in_(agent), *of_agent)
        query = query.where(audit.c.what.in_(OF_AGENTS), meant)
    if action is not None:
        query = query.where(audit.c.action == action)
    if start is not None:
        query = query.where(audit.c.time >= to_column(start))
    if end is not None:
        query = query.where(audit.c.time <= to_column(end))
    with database.reading() as connection:
        return [(row.owner_id, _act(row)) for row in connection.execute(query)]


def cut_audit(
    database: Database, connection: Connection, cut: Callable[[str], str], *, dry_run: bool = False
) -> int:
    """Rewrite the words in the owner's acts by `cut`, inside an open transaction.

    Returns in how many acts it changed something. With `dry_run` nothing is written.
    """
    changed, after = 0, 0
    while True:
        query = select(audit).where(owned(audit, database), audit.c.id > after)
        rows = connection.execute(query.order_by(audit.c.id).limit(BATCH)).all()
        for row in rows:
            detail = json.dumps(_cut_json(json.loads(row.detail), cut), ensure_ascii=False)
            new = {"name": row.name and cut(row.name), "detail": detail}
            if new == {"name": row.name, "detail": row.detail}:
                continue
            changed += 1
            if not dry_run:
                connection.execute(update(audit).where(audit.c.id == row.id).values(new))
        if len(rows) < BATCH:
            return changed
        after = rows[-1].id


def _cut_json(value: Any, cut: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return cut(value)
    if isinstance(value, list):
        return [_cut_json(each, cut) for each in value]
    if isinstance(value, dict):
        return {cut(name): _cut_json(each, cut) for name, each in value.items()}
    return value


def _act(row: Any) -> Act:
    return Act(
        row.id,
        from_column(row.time),
        row.action,
        row.what,
        row.target_id,
        row.name,
        row.key_id,
        json.loads(row.detail),
    )
