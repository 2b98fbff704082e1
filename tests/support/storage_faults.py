"""Storage that fails and comes back: faults made from outside, around what is really stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

Fault = Callable[[Path], AbstractContextManager[None]]


@contextmanager
def locked(home: Path, milliseconds: int = 50) -> Iterator[None]:
    """Another program holds the database for longer than anybody waits, which is so many milliseconds."""
    other = sqlite3.connect(home / "memory.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with _each_connection(f"PRAGMA busy_timeout={milliseconds}", "PRAGMA busy_timeout=30000"):
        yield
    other.rollback()
    other.close()


@contextmanager
def full(home: Path) -> Iterator[None]:
    """There is no room for another page: what is longer than a few words cannot be stored."""
    with _each_connection("PRAGMA max_page_count=1", "PRAGMA max_page_count=1000000000"):
        yield


@contextmanager
def read_only(home: Path) -> Iterator[None]:
    with _each_connection("PRAGMA query_only=ON", "PRAGMA query_only=OFF"):
        yield


@contextmanager
def away(home: Path) -> Iterator[None]:
    """The home folder is gone, and comes back."""
    elsewhere = home.with_name("elsewhere")
    home.rename(elsewhere)
    yield
    assert not home.exists(), "an agent made a new home where its own was taken away"
    elsewhere.rename(home)


FAULTS: dict[str, Fault] = {fault.__name__: fault for fault in (locked, read_only, away)}
"""Those in which nothing at all can be stored."""


@contextmanager
def _each_connection(now: str, afterwards: str) -> Iterator[None]:
    """Say this to every connection of the process when it is used."""

    def tell(connection: Any, *_: Any) -> None:
        if isinstance(connection, sqlite3.Connection):  # the listener outlives the test
            connection.execute(said[0])

    said = [now]
    event.listen(Pool, "checkout", tell)
    try:
        yield
    finally:
        said[0] = afterwards
        # pools keep the listener's words: connections that are used again are told that it is over
