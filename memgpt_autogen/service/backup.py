"""A backup of the whole home, made for somebody who is elsewhere: one at a time in a process."""

from __future__ import annotations

from pathlib import Path

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.errors import LimitReachedError, StorageError
from memgpt_autogen.home_backup import BackupReport, back_up
from memgpt_autogen.settings import Settings

# when another one may be done, in seconds
_RETRY_SECONDS = 30.0

_MAKING = Lock("the backup", seconds=0)


def make_backup(settings: Settings, file: Path) -> BackupReport:
    """Write a backup of the home into a file that is not there yet.

    Raises `LimitReachedError` while this process makes another one, and what `back_up` raises.
    """
    try:
        _MAKING.acquire()
    except StorageError:
        raise LimitReachedError(
            "a backup is being made already. Wait for its end.", retry_after=_RETRY_SECONDS
        ) from None
    try:
        return back_up(settings, file)
    finally:
        _MAKING.release()
