"""What a database refuses: transactions that it asks to repeat, and rows that it will never take.

PostgreSQL ends one of two transactions that wait for each other (a deadlock), and, with some settings and on
some compatible servers, one of two that changed the same rows. Such a transaction is run again.

A row that the database refuses for what it contains would be refused again. `carefully` is the second
attempt to write it: code that appends to the log then stores such a row in another form.
"""

from __future__ import annotations

import functools
import logging
import sqlite3
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

import tenacity
from sqlalchemy import ExceptionContext
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from memgpt_autogen.errors import OvertakenError, StorageError

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 10
"""How often a transaction is run that the database asks to repeat."""

# the longest pause before another attempt, in seconds; pauses are random and grow from a few milliseconds
_PAUSE = 1.0

# SQLSTATE: serialization failure and deadlock
_REPEAT = ("40001", "40P01")

# classes of SQLSTATE: wrong value, broken constraint, too large, view's check, error raised by a trigger
_CONTENT = ("22", "23", "44", "54", "P0")

# foreign key and unique value; SQLite says it in words
_OVERTAKEN = ("23503", "23505")

MOVED = "this memory was moved to"
"""The start of what a database answers to every write after a move."""

RESTORING = "this memory is being restored"
"""The start of what a database answers to every write while a backup is read into it."""

# a transaction may not write, as after a standby took over
_READ_ONLY = "25006"


class _Open(threading.local):
    """The number of open transactions of a thread."""

    depth = 0


OPEN = _Open()


class ConflictError(StorageError):
    """The database ended a transaction because of another one. It wrote nothing and can be repeated."""


class RowRefusedError(StorageError):
    """The database refuses what is to be written for what it contains. It would do so again."""


class RowOvertakenError(RowRefusedError, OvertakenError):
    """The database refuses a row for other rows: one that it names is gone, or there is one like it."""


def asks_to_repeat(error: BaseException) -> bool:
    """Return whether the database asks to run the transaction again."""
    return sqlstate(error) in _REPEAT


def refuses_row(error: BaseException) -> bool:
    """Return whether the database refuses what is to be written, and would take something else."""
    state = sqlstate(error)
    if state:
        return state[:2] in _CONTENT
    if isinstance(error, (DBAPIError, sqlite3.Error)):  # the second comes from `PreparedWrite`
        answer = str(getattr(error, "orig", error))
        if MOVED in answer or RESTORING in answer:
            return False
        # a lost connection is an OperationalError or an InterfaceError
        return isinstance(error, (DataError, IntegrityError, sqlite3.DataError, sqlite3.IntegrityError))
    return isinstance(error, (UnicodeError, OverflowError, StatementError))


def is_overtaken(error: BaseException | None) -> bool:
    """Return whether a row is refused for another one: for one that it names, or one like it."""
    answer = str(getattr(error, "orig", error))
    return sqlstate(error) in _OVERTAKEN or answer.startswith(("FOREIGN KEY constraint", "UNIQUE constraint"))


def sqlstate(error: BaseException | None) -> str:
    """Return PostgreSQL's five characters for the error; empty where there are none."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""


def hint(error: BaseException) -> str:
    """Return what to do about errors that a pooler causes, to be added to the error."""
    text = str(getattr(error, "orig", error)).lower()
    return next((f" {advice}" for words, advice in _HINTS.items() if words in text), "")


# what poolers answer, and what to do
_HINTS = {
    "prepared statement": "A pooler with transaction pooling does not keep prepared statements: remove "
    "prepare_threshold from database_url.",
    "in statement pooling mode": "The pooler uses statement pooling, in which there are no transactions: set "
    "its pool_mode to transaction or session.",
    "unsupported startup parameter": "The pooler refuses an option of the connection: remove it from "
    "database_url, or let the pooler ignore it (ignore_startup_parameters of PgBouncer).",
    "no more connections allowed": "The pooler has no free connection: raise its max_client_conn.",
    "query_wait_timeout": "No connection of the pooler was free in time: raise its default_pool_size, or its "
    "query_wait_timeout.",
}


def look_at_error(context: ExceptionContext) -> None:
    """Drop the pool's connections to a server that became a standby, and name what a driver cannot encode."""
    original = context.original_exception
    if sqlstate(original) == _READ_ONLY:
        context.is_disconnect = True
    if isinstance(original, (UnicodeError, OverflowError)):
        raise refused_by_driver(original) from original


def refused_by_driver(error: Exception) -> RowRefusedError:
    """Return the error for what a driver cannot encode."""
    return RowRefusedError(
        f"the database's driver cannot pass on what is to be written: {error}. Nothing of this step was "
        "written."
    )


def repeatable(function: Callable[P, T]) -> Callable[P, T]:
    """Run a function again whose only effect is one transaction, if the database asks for it.

    It is run up to `ATTEMPTS` times. If the database refuses a row, it is run once more, `carefully`. Inside
    an open transaction it is a part of that, and the function that opened that is run again.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if OPEN.depth:
            return function(*args, **kwargs)
        try:
            return _attempts(function, *args, **kwargs)
        except RowRefusedError as error:
            if CAREFUL.get():
                raise
            logger.warning("%s It is tried again, with what is refused in another form.", error)
        token = CAREFUL.set(True)
        try:
            return _attempts(function, *args, **kwargs)
        finally:
            CAREFUL.reset(token)

    return run


def _attempts(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return function(*args, **kwargs)
    except ConflictError:
        return _again(function, *args, **kwargs)


_again = tenacity.Retrying(
    retry=tenacity.retry_if_exception_type(ConflictError),
    stop=tenacity.stop_after_attempt(ATTEMPTS - 1),
    wait=tenacity.wait_random_exponential(multiplier=0.02, max=_PAUSE),
    reraise=True,
)

CAREFUL: ContextVar[bool] = ContextVar("CAREFUL", default=False)
