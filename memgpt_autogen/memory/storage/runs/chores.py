"""Chores: work that one worker of all does from time to time, on whatever machine."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.refusals import RowRefusedError, repeatable
from memgpt_autogen.memory.storage.runs.run_rows import clock
from memgpt_autogen.memory.storage.tables import chores


def take_chore(database: Database, name: str, seconds: float) -> bool:
    """Return whether this worker may do it now. Nobody else does it for so many seconds."""
    with database.reading() as connection:
        until = connection.scalar(select(chores.c.until).where(chores.c.name == name))
        if until is not None and until > clock(connection):
            return False
    try:
        return _take(database, name, seconds, is_new=until is None)
    except RowRefusedError:  # another worker took it first
        return False


@repeatable
def _take(database: Database, name: str, seconds: float, *, is_new: bool) -> bool:
    with database.writing() as connection:
        moment = clock(connection)
        if is_new:
            connection.execute(insert(chores).values(name=name, until=moment + seconds))
            return True
        free = chores.c.name == name, chores.c.until <= moment
        return bool(connection.execute(update(chores).where(*free).values(until=moment + seconds)).rowcount)
