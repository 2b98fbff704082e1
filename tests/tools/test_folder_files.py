"""Files below one folder: whatever somebody puts in the place of one meanwhile, nothing else is opened."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from memgpt_autogen.errors import ToolError
from memgpt_autogen.tools.files import read_files
from memgpt_autogen.tools.folder_files import OPENS_INSIDE, open_inside

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need a right on Windows")

BOTH = [pytest.param(True, marks=pytest.mark.skipif(not OPENS_INSIDE, reason="no openat")), False]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "note.txt").write_text("the secret")
    (tmp_path / "root" / "inner").mkdir(parents=True)
    (tmp_path / "root" / "inner" / "note.txt").write_text("tea")
    return (tmp_path / "root").resolve()


def swap_file(root: Path) -> None:
    (root / "inner" / "note.txt").unlink()
    (root / "inner" / "note.txt").symlink_to(root.parent / "secret" / "note.txt")


def swap_folder(root: Path) -> None:
    (root / "inner").rename(root / "before")
    (root / "inner").symlink_to(root.parent / "secret")


def swap_for_a_pipe(root: Path) -> None:
    (root / "inner" / "note.txt").unlink()
    os.mkfifo(root / "inner" / "note.txt")


SWAPS = [swap_file, swap_folder, swap_for_a_pipe]


@pytest.mark.parametrize("inside", BOTH)
@pytest.mark.parametrize("swap", SWAPS)
def test_what_was_put_in_a_files_place_is_not_opened(
    root: Path, swap: Callable[[Path], None], inside: bool
) -> None:
    file = root / "inner" / "note.txt"
    with open_inside(root, file, inside=inside) as opened:
        assert opened.read() == b"tea"
    swap(root)

    with pytest.raises(OSError, match=r"replaced|no file|link|Not a directory|symbolic"):
        open_inside(root, file, inside=inside)


@pytest.mark.parametrize("swap", SWAPS)
def test_a_model_does_not_read_what_is_swapped_in_after_the_check(
    root: Path, swap: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, read_file = read_files(root)
    check = Path.is_file
    swapped: list[bool] = []

    def checked(path: Path) -> bool:
        found = check(path)
        if found and not swapped:
            swapped.append(True)
            swap(root)
        return found

    monkeypatch.setattr(Path, "is_file", checked)

    with pytest.raises(ToolError, match="cannot be read"):
        read_file.call({"path": "inner/note.txt"})
    assert swapped


def test_a_link_to_a_file_of_the_folder_is_read(root: Path) -> None:
    (root / "link.txt").symlink_to(root / "inner" / "note.txt")
    _, read_file = read_files(root)

    assert "tea" in str(read_file.call({"path": "link.txt"}))
