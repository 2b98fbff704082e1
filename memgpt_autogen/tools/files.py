"""Tools that read text files in one folder and its subfolders, and nothing outside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from memgpt_autogen.errors import ConfigurationError, ToolError
from memgpt_autogen.tools.folder_files import open_inside
from memgpt_autogen.tools.tool import Tool

LINES = 100  # of a page
LONGEST_LINE = 500  # characters of a line that are shown
MOST_LISTED = 100  # files in one listing


def read_files(folder: str | Path) -> list[Tool]:
    """Return the tools `list_files` and `read_file`, for text files in this folder and its subfolders.

    Links are followed only when their target is in the folder too. Raises `ConfigurationError` if it is no
    folder.
    """
    root = Path(folder).expanduser().resolve()
    if not root.is_dir():
        raise ConfigurationError(f"{folder} is no folder to read files from.")

    def list_files(below: str = "") -> str:
        """List the files that can be read.

        Args:
            below: a folder; without it, all files are listed
        """
        place = _resolve(root, below)
        if not place.is_dir():
            raise ToolError(f"there is no folder '{below}'. Leave it out to list all files.")
        names = list(islice(_files(root, place), MOST_LISTED + 1))
        if len(names) > MOST_LISTED:
            names[MOST_LISTED:] = [f"... and more: name a folder to list less than {MOST_LISTED}."]
        return "\n".join(names) or "There are no files."

    def read_file(path: str, first_line: int = 1) -> str:
        """Read a text file, a hundred lines at a time.

        Args:
            path: the path that list_files returns
            first_line: the first line to read, counted from 1
        """
        file = _resolve(root, path)
        if not file.is_file():
            raise ToolError(f"there is no file '{path}'. list_files returns the paths of all files.")
        if first_line < 1:
            raise ToolError(f"first_line is {first_line}; lines are counted from 1.")
        try:
            return _read_page(root, file, path, first_line)
        except OSError as error:
            raise ToolError(f"'{path}' cannot be read: {error.strerror}.") from error

    return [Tool.from_function(list_files), Tool.from_function(read_file, paged=True)]


def _resolve(root: Path, path: str) -> Path:
    try:
        place = (root / path).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise ToolError(f"'{path}' is no path.") from error
    if not place.is_relative_to(root):
        raise ToolError(
            f"'{path}' is outside the folder that may be read. list_files returns what can be read."
        )
    return place


def _files(root: Path, place: Path) -> Iterator[str]:
    """Yield paths relative to the root, in alphabetical order, without hidden ones."""
    for folder, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield (Path(folder) / name).relative_to(root).as_posix()


def _read_page(root: Path, file: Path, path: str, first_line: int) -> str:
    with open_inside(root, file) as opened:
        if b"\0" in opened.read(4096):
            raise ToolError(f"'{path}' is no text file.")
        opened.seek(0)
        lines: list[str] = []
        for number, line in enumerate(_lines(opened.readline), 1):
            if number >= first_line + LINES:
                return "\n".join([*lines, f"[more lines follow: read on with first_line={number}]"])
            if number >= first_line:
                lines.append(f"{number}: {_format_line(line)}")
    if not lines:
        raise ToolError(f"'{path}' has no line {first_line}." if first_line > 1 else f"'{path}' is empty.")
    return "\n".join(lines)


def _lines(readline: Callable[[int], bytes]) -> Iterator[bytes]:
    """Yield lines. Only the beginning of a very long line is kept, so that it needs little memory."""
    begun = b""
    while piece := readline(65_536):
        begun = begun or piece
        if piece.endswith(b"\n"):
            yield begun
            begun = b""
    if begun:
        yield begun


def _format_line(line: bytes) -> str:
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    return text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]} [cut]"
