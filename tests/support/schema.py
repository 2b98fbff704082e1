"""An empty database with the schema, made once and copied, since the migrations take a tenth of a second."""

from __future__ import annotations

import functools
import shutil
import tempfile
from pathlib import Path

from memgpt_autogen.assembly import DATABASE
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.engine import sqlite_url


def prepare(home: Path) -> None:
    """Make a home whose database is up to date, where there is none yet."""
    if not (home / DATABASE).exists():
        home.mkdir(parents=True, exist_ok=True)
        shutil.copy(_empty(), home / DATABASE)


@functools.cache
def _empty() -> Path:
    folder = tempfile.mkdtemp()
    Database(sqlite_url(Path(folder) / DATABASE)).close()
    return Path(folder) / DATABASE
