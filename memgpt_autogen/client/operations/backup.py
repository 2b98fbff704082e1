"""The operations of `backup`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation

BACKUP: Operation[Path] = Operation(
    "backup",
    "POST",
    "/api/v1/backup",
    parameters=(),
    area="backup",
    answer=Path,
)


class BackupOperations(Caller):
    """The operations of `backup`."""

    def backup(self, to: str | PathLike[str]) -> Path:
        """Return the whole home as one file, with all users, agents and archives.

        `memgpt-autogen restore` reads it. It is made while the home is in use, one at a time; 429 while
        another one is made. It has no secrets of the settings, and the words of all users: keep it
        private.

        It is written into the file `to`, which is returned.
        """
        return self._call(BACKUP, {"to": to})


class AsyncBackupOperations(AsyncCaller):
    """The operations of `backup`, for an event loop."""

    async def backup(self, to: str | PathLike[str]) -> Path:
        """Return the whole home as one file, with all users, agents and archives.

        `memgpt-autogen restore` reads it. It is made while the home is in use, one at a time; 429 while
        another one is made. It has no secrets of the settings, and the words of all users: keep it
        private.

        It is written into the file `to`, which is returned.
        """
        return await self._call(BACKUP, {"to": to})
