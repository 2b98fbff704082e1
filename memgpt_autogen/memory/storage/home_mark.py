"""What tells a home from its copies: an id that a copy has too, and the place of the database.

A folder that is moved, or that a container sees elsewhere, keeps its inode. A backup is restored at the same
path of the same machine. What else has the id is a copy, unless nothing is left at the place of the original.
"""

from __future__ import annotations

import socket
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import home


@dataclass(frozen=True, slots=True)
class HomeMark:
    """A home, as its archives on a server are marked."""

    id: str
    machine: str
    """The machine or, on PostgreSQL, the server."""
    path: str
    """The path of the file, or the name of the database."""
    number: str
    """The inode of the file, or the number of the database."""

    def __str__(self) -> str:
        return f"{self.path} on {self.machine.partition(' ')[0]}"

    @classmethod
    def of(cls, database: Database) -> HomeMark:
        """Return the mark of a home, and make its id at the first time."""
        with database.reading() as connection:
            id_ = connection.scalar(select(home.c.id))
        if id_ is None:
            id_ = _first_id(database)
        if database.dialect == "sqlite":
            return cls(id_, *_file(database.url.database))
        with database.reading() as connection:
            return cls(id_, *_named(connection, str(database.url.host)))

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> HomeMark:
        return cls(*(str(fields.get(name, "")) for name in ("id", "machine", "path", "number")))

    def as_json(self) -> dict[str, str]:
        return {"id": self.id, "machine": self.machine, "path": self.path, "number": self.number}

    def is_same(self, other: HomeMark) -> bool:
        """Return whether a mark is that of this home, which may have been moved or started anew."""
        if self.id != other.id:
            return False
        if SERVER in (self.machine[: len(SERVER)], other.machine[: len(SERVER)]):
            return self.machine == other.machine and (self.path == other.path or self.number == other.number)
        here = self.machine == other.machine
        return (
            (self.number == other.number != "")
            or (here and self.path == other.path)
            or (here and not Path(other.path).exists())
        )


# begins the `machine` of a database on PostgreSQL
SERVER = "PostgreSQL "


def _file(name: str | None) -> tuple[str, str, str]:
    path = Path(name or "").resolve()
    try:
        number = str(path.stat().st_ino)
    except OSError:
        number = ""
    return _machine(), str(path), number


def _machine() -> str:
    """Return the name of this machine, and an id that stays after it was started again."""
    try:
        known = Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        known = ""
    return f"{socket.gethostname()} {known or f'{uuid.getnode():x}'}"


def _named(connection: Connection, host: str) -> tuple[str, str, str]:
    try:
        with connection.begin_nested():
            server = connection.scalar(text("SELECT system_identifier FROM pg_control_system()"))
    except DBAPIError:  # a role that may not see it
        server = host
    name = str(connection.scalar(select(func.current_database())))
    number = connection.scalar(text("SELECT oid FROM pg_database WHERE datname = :name"), {"name": name})
    return f"{SERVER}{server}", name, str(number)


@repeatable
def _first_id(database: Database) -> str:
    with database.writing(alone=True) as connection:
        id_ = connection.scalar(select(home.c.id))  # another process may have been faster
        if id_ is None:
            id_ = str(uuid.uuid4())
            connection.execute(insert(home).values(number=1, id=id_))
    return str(id_)


@repeatable
def new_home_id(database: Database) -> str:
    """Give a copy of a home an id of its own, and return it."""
    _first_id(database)
    id_ = str(uuid.uuid4())
    with database.writing(alone=True) as connection:
        connection.execute(home.update().values(id=id_))
    return id_
