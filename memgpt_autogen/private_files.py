"""Folders and files that only their owner can read.

What is made inside a folder that exists is as open as that folder, so that a home that several people share
stays theirs. Windows has no such modes: there a folder of a user's profile is closed to other users by its
own rules.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

# the owner alone: a folder, and a file
FOLDER_MODE = 0o700
FILE_MODE = 0o600


def make_private_folder(folder: Path) -> None:
    """Create a folder that only its owner can read; one that exists keeps its mode."""
    folder.mkdir(FOLDER_MODE, parents=True, exist_ok=True)


def make_inner_folder(folder: Path) -> None:
    """Create a folder that is as open as the folder around it, which is created as a private one."""
    make_private_folder(folder.parent)
    folder.mkdir(stat.S_IMODE(folder.parent.stat().st_mode) | FOLDER_MODE, exist_ok=True)


def close_like_outer(folder: Path) -> None:
    """Give a folder that another library has created the mode of the folder around it."""
    with suppress(OSError):
        folder.chmod(stat.S_IMODE(folder.parent.stat().st_mode) | FOLDER_MODE)


def make_inner_file(file: Path) -> None:
    """Create an empty file that is as open as its folder. Does nothing if it exists or cannot be created."""
    with suppress(OSError):
        mode = stat.S_IMODE(file.parent.stat().st_mode) & 0o666 | FILE_MODE
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))


def replace_text(file: Path, text: str) -> None:
    """Write a file as a whole or not at all. One that exists keeps its mode, a link its target.

    A new file can be read by its owner only.
    """
    target = Path(os.path.realpath(file))  # what a link points to is written, and the link stays
    complete = target.with_name(f"{target.name}.new")
    complete.unlink(missing_ok=True)  # of a process that was killed
    try:
        with os.fdopen(os.open(complete, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE), "wb") as opened:
            opened.write(text.encode())
            opened.flush()
            os.fsync(opened.fileno())
        keep_mode(complete, target)
        complete.replace(target)
    finally:
        complete.unlink(missing_ok=True)


def keep_mode(new: Path, old: Path) -> None:
    """Give a file the mode and the owner of the file that it is going to replace, if there is one."""
    if not old.exists():
        return
    found = old.stat()
    new.chmod(stat.S_IMODE(found.st_mode))
    if hasattr(os, "chown"):
        with suppress(OSError):  # only root may give a file away
            os.chown(new, found.st_uid, found.st_gid)
