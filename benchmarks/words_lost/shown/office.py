"""The words of Office files, as LibreOffice exports them to text."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.words_lost.made import Reader, Refused, Words

TEXT = "txt:Text (encoded):UTF8"

EXPORTED: dict[Path, Path] = {}
"""The text that LibreOffice wrote of each file."""


def soffice(to: str, files: Sequence[Path], folder: Path, *, seconds: int = 600) -> None:
    """Convert files by one run of LibreOffice, into a folder. A file that it cannot read has no result."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        subprocess.run(
            [
                shutil.which("soffice") or "soffice",
                f"-env:UserInstallation=file://{profile}",
                "--headless",
                "--convert-to",
                to,
                "--outdir",
                str(folder),
                *map(str, files),
            ],
            check=False,
            capture_output=True,
            timeout=seconds,
        )


def export(files: Sequence[Path]) -> None:
    """Export all files to text by one run."""
    folder = Path(tempfile.mkdtemp(prefix="words-lost-"))
    soffice(TEXT, files, folder)
    for file in files:
        EXPORTED[file] = folder / f"{file.stem}.txt"


def words_shown(path: Path) -> Words:
    if path not in EXPORTED:
        export([path])
    if not EXPORTED[path].exists():
        raise Refused("LibreOffice does not open it")
    return Words(EXPORTED[path].read_text(encoding="utf-8-sig"))


LIBREOFFICE = Reader("LibreOffice", words_shown, ("soffice",), export)

SHOWN = {"docx": (LIBREOFFICE,)}
