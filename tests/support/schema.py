"""Databases with a schema: an empty one of today, made once and copied, and one as an older version made it.

The migrations take a tenth of a second.
"""

from __future__ import annotations

import functools
import shutil
import tempfile
from pathlib import Path

from alembic import command

from memgpt_autogen.home_stores import DATABASE
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.engine import make_engine, sqlite_url
from memgpt_autogen.memory.storage.old_schema import migrations


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


def make_older(url: str, revision: str) -> None:
    """Give an empty database the schema of this revision."""
    engine, _ = make_engine(url)
    config = migrations()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
