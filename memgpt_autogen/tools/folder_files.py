"""Open files below one folder, with no way out of it: neither `..` nor links, also while others change it.

On Linux and macOS each folder of a path is opened inside the one before it (`openat`), and never through a
link. So a link that somebody puts in the place of a file or a folder after the path was checked is refused.
Elsewhere (Windows) the path is checked again after the file was opened, and what was opened must be the file
that is there.
"""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

# whether the system can open a file inside of an open folder
OPENS_INSIDE = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW") and hasattr(os, "O_DIRECTORY")


def open_inside(root: Path, file: Path, *, inside: bool = OPENS_INSIDE) -> BinaryIO:
    """Open a regular file for reading. Both paths are resolved already, and `file` is below `root`.

    Raises `OSError` if a part of the path below the root has become a link, or the file is no regular one.
    """
    opened = _open_by_folders(root, file) if inside else _open_and_compare(root, file)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise OSError(0, "it is no file")
    return os.fdopen(opened, "rb")


def _open_by_folders(root: Path, file: Path) -> int:
    # O_NONBLOCK: a named pipe in the file's place must not wait for a writer
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    with ExitStack() as stack:
        folder = os.open(root, flags | os.O_DIRECTORY)
        stack.callback(os.close, folder)
        *folders, name = file.relative_to(root).parts
        for each in folders:
            folder = os.open(each, flags | os.O_DIRECTORY, dir_fd=folder)
            stack.callback(os.close, folder)
        return os.open(name, flags | os.O_NONBLOCK, dir_fd=folder)


def _open_and_compare(root: Path, file: Path) -> int:
    opened = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    try:
        place = file.resolve()
        is_same = place.is_relative_to(root) and os.path.samestat(os.fstat(opened), os.lstat(place))
    except BaseException:
        os.close(opened)
        raise
    if not is_same:
        os.close(opened)
        raise OSError(0, "it was replaced at this moment")
    return opened
