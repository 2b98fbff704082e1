"""What deleted runs, and calls of the model outside runs, have used, without a word of them.

It counts for limits, and is listed as usage.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    case,
    func,
    insert,
    literal_column,
    select,
    union_all,
)

from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import runs, to_column, usage
from memgpt_autogen.messages import now

COUNTED = ("runs", "failed", "steps", "prompt_tokens", "completion_tokens", "cost")
"""What is counted of runs."""

_OF = ("owner_id", "agent_id", "key_id", "model")

# PostgreSQL takes an expression as the same one only if it has no parameters
_MINUTE: ColumnElement[str] = literal_column("substr(runs.created_at, 1, 16) || ':00.000000'")


def keep_usage(connection: Connection, *deleted: ColumnElement[bool]) -> None:
    """Note what these runs have used, inside the transaction that deletes them."""
    of = [runs.c[name] for name in _OF]
    sums = [func.sum(_count(name)) for name in COUNTED]
    query = select(*of, _MINUTE, *sums).where(*deleted).group_by(*of, _MINUTE)
    connection.execute(insert(usage).from_select([*_OF, "time", *COUNTED], query))


@repeatable
def note_usage(database: Database, used: Usage, *, agent_id: str, key_id: str | None, model: str) -> None:
    """Note a call of the model that is in no run."""
    with database.writing() as connection:
        connection.execute(
            insert(usage).values(
                owner_id=database.owner,
                agent_id=agent_id,
                key_id=key_id,
                model=model,
                time=to_column(now().replace(second=0, microsecond=0)),
                runs=0,
                failed=0,
                steps=1,
                prompt_tokens=used.prompt_tokens,
                completion_tokens=used.completion_tokens,
                cost=used.cost,
            )
        )


def all_usage() -> Any:
    """Return all that runs have used, of those that there are and of deleted ones, as a table to select from.

    It has the columns `owner_id`, `agent_id`, `key_id`, `model`, `time`, and those of `COUNTED`.
    """
    there: Select[Any] = select(
        *(runs.c[name] for name in _OF),
        runs.c.created_at.label("time"),
        *(_count(name).label(name) for name in COUNTED),
    )
    gone: Select[Any] = select(*(usage.c[name] for name in (*_OF, "time", *COUNTED)))
    return union_all(there, gone).subquery("used")


def _count(name: str) -> ColumnElement[Any]:
    if name == "runs":
        return literal_column("1")
    if name == "failed":
        return case((runs.c.state == "failed", 1), else_=0)
    return runs.c[name]
