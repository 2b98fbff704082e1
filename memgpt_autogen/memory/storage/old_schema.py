"""Before the schema of a SQLite file is migrated: one process at a time, and a copy of the file as it was.

PostgreSQL is not copied: a migration there is one transaction, and its backups are those of the operator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.storage.one_process import held_file
from memgpt_autogen.messages import now
from memgpt_autogen.private_files import make_inner_folder

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = "backups"
"""The folder beside the file in which its copies are."""

KEPT = 3
"""How many copies are kept."""

WAIT_SECONDS = 600.0
"""How long a process waits for another one that migrates."""


def migrations() -> Config:
    """Return Alembic's configuration. Alembic is imported only now, as a home of today does not need it."""
    from alembic.config import Config

    config = Config()
    scripts = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    return config


@contextmanager
def only_migration(file: Path) -> Iterator[None]:
    """Hold the right to migrate a file. Raises `StorageError` if another process keeps it for long."""
    failed = f"{file} has an older schema, and cannot be migrated"
    try:
        make_inner_folder(file.parent / FOLDER)
    except OSError as error:
        raise StorageError(f"{failed}: {error}.") from error
    busy = (
        f"another process migrates {file} for more than {WAIT_SECONDS:g} seconds. Wait until it is done, "
        "or end it."
    )
    with held_file(file.parent / FOLDER / "migration.lock", WAIT_SECONDS, busy=busy, failed=failed):
        yield


def keep_copy(file: Path, version: str, copy_to: Callable[[Path], object]) -> Path:
    """Copy a file whose schema will be migrated, by `copy_to`, and delete the oldest copies.

    Nobody else may write now. Raises `StorageError` if there is no copy then.
    """
    folder = file.parent / FOLDER
    for left in folder.glob("*.part"):  # of a process that was killed; nobody else migrates now
        left.unlink(missing_ok=True)
    copy = folder / f"{file.stem}-{version}-{now():%Y%m%d-%H%M%S-%f}{file.suffix}"
    part = copy.with_name(f"{copy.name}.part")
    try:
        copy_to(part)
        part.replace(copy)
    except StorageError as error:
        raise StorageError(
            f"{file} has schema {version}, and is not migrated without a copy: {error}"
        ) from error
    except OSError as error:
        raise StorageError(f"no copy of {file} can be written, so it is not migrated: {error}.") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    for old in sorted(_copies(file), key=lambda each: each.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)
    return copy


def delete_copies(file: Path) -> None:
    """Delete the copies of a file: they have what was deleted since."""
    for copy in _copies(file):
        copy.unlink(missing_ok=True)


def _copies(file: Path) -> list[Path]:
    return list((file.parent / FOLDER).glob(f"{file.stem}-*{file.suffix}"))
