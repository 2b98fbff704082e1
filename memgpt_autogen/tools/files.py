"""Tools that read text files below one folder, and nothing outside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from memgpt_autogen.errors import ConfigurationError, ToolError
from memgpt_autogen.tools.tool import Tool

LINES = 100
"""Lines that are read at once."""

LONGEST_LINE = 500
"""Characters of a line that are shown."""

MOST_LISTED = 100
"""Files that one listing names."""


def read_files(folder: str | Path) -> list[Tool]:
    """The tools `list_files` and `read_file`, for text files below this folder.

    Links are followed only to what lies below the folder too. Raises `ConfigurationError` where it is no folder.
    """
    root = Path(folder).expanduser().resolve()
    if not root.is_dir():
        raise ConfigurationError(f"{folder} is no folder that files can be read from.")

    def list_files(below: str = "") -> str:
        """List the files that can be read.

        Args:
            below: a folder; all without it
        """
        place = _inside(root, below)
        if not place.is_dir():
            raise ToolError(f"there is no folder '{below}'. Leave it out to list all files.")
        names = list(islice(_files(root, place), MOST_LISTED + 1))
        more = (
            f"\n... and more: name a folder to list less than {MOST_LISTED}."
            if len(names) > MOST_LISTED
            else ""
        )
        return "\n".join(names[:MOST_LISTED]) + more if names else "There are no files."

    def read_file(path: str, first_line: int = 1) -> str:
        """Read a text file, a hundred lines at a time.

        Args:
            path: as list_files names it
            first_line: where to begin, counted from 1
        """
        file = _inside(root, path)
        if not file.is_file():
            raise ToolError(f"there is no file '{path}'. list_files tells which there are.")
        if first_line < 1:
            raise ToolError(f"first_line is {first_line}; lines are counted from 1.")
        try:
            return _part(file, path, first_line)
        except OSError as error:
            raise ToolError(f"'{path}' cannot be read: {error.strerror}.") from error

    return [Tool.of(list_files), Tool.of(read_file, paged=True)]


def _inside(root: Path, path: str) -> Path:
    try:
        place = (root / path).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise ToolError(f"'{path}' is no path.") from error
    if not place.is_relative_to(root):
        raise ToolError(
            f"'{path}' lies outside the folder that may be read. list_files tells what can be read."
        )
    return place


def _files(root: Path, place: Path) -> Iterator[str]:
    """Paths below the root, in the order of the alphabet, hidden ones left out."""
    for folder, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield (Path(folder) / name).relative_to(root).as_posix()


def _part(file: Path, path: str, first_line: int) -> str:
    with file.open("rb") as opened:
        if b"\0" in opened.read(4096):
            raise ToolError(f"'{path}' is no text file.")
        opened.seek(0)
        lines: list[str] = []
        for number, line in enumerate(_lines(opened.readline), 1):
            if number >= first_line + LINES:
                return "\n".join([*lines, f"[more lines follow: read on with first_line={number}]"])
            if number >= first_line:
                lines.append(f"{number}: {_shown(line)}")
    if not lines:
        raise ToolError(f"'{path}' has no line {first_line}." if first_line > 1 else f"'{path}' is empty.")
    return "\n".join(lines)


def _lines(readline: Callable[[int], bytes]) -> Iterator[bytes]:
    """Lines, of which an endless one is read in pieces and only its beginning kept."""
    begun = b""
    while piece := readline(65_536):
        begun = begun or piece
        if piece.endswith(b"\n"):
            yield begun
            begun = b""
    if begun:
        yield begun


def _shown(line: bytes) -> str:
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    return text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]} [cut]"
