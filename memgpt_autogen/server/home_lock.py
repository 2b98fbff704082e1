"""One server for a home with embedded archives: the second one learns which process has it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import portalocker
from portalocker.exceptions import AlreadyLocked, LockException

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.storage.processes import this_process
from memgpt_autogen.private_files import make_inner_file, make_private_folder

FILE = "server.lock"


@contextmanager
def only_server_of(home: Path) -> Iterator[None]:
    """Hold a home as its only server.

    Raises `ConfigurationError`, which names the process, while another server holds it. A killed process
    holds nothing.
    """
    make_private_folder(home)
    path = home / FILE
    make_inner_file(path)
    with FileIO(path, "r+") as opened:
        try:
            portalocker.lock(opened, portalocker.LOCK_EX | portalocker.LOCK_NB)
        except (AlreadyLocked, LockException):
            raise ConfigurationError(
                f"{home} has a server already: {_holder(path)}. Its archives are embedded, so one server has "
                "them. Stop that one, give another --home, or let both use a Qdrant server "
                "(MEMGPT_AUTOGEN_QDRANT_URL)."
            ) from None
        opened.truncate()
        opened.write(str(this_process()).encode())
        os.fsync(opened.fileno())
        yield


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") or "another process"
    except (OSError, UnicodeDecodeError):
        return "another process"
