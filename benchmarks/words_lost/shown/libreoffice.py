"""Run LibreOffice: what it writes of many files in one run, because each start takes seconds."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path


def soffice(to: str, files: Sequence[Path], folder: Path, *, seconds: int = 900) -> None:
    """Convert files by one run of LibreOffice, into a folder. A file that it cannot read has no result."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [
            shutil.which("soffice") or "soffice",
            f"-env:UserInstallation=file://{profile}",
            "--headless",
            "--convert-to",
            to,
            "--outdir",
            str(folder),
            *map(str, files),
        ]
        subprocess.run(command, check=False, capture_output=True, timeout=seconds)


class Export:
    """Files in another form, as LibreOffice writes them."""

    def __init__(self, to: str, suffix: str) -> None:
        self._to = to
        self._suffix = suffix
        self._folders: dict[Path, Path] = {}
        self._kept: list[tempfile.TemporaryDirectory[str]] = []
        """They are deleted when the program ends."""

    def prepare(self, files: Sequence[Path]) -> None:
        """Write the other form of all files."""
        self._kept.append(tempfile.TemporaryDirectory(prefix="words-lost-", ignore_cleanup_errors=True))
        folder = Path(self._kept[-1].name)
        soffice(self._to, files, folder)
        self._folders.update(dict.fromkeys(files, folder))

    def of(self, file: Path) -> list[Path]:
        """Return what was written of a file: nothing if LibreOffice does not open it."""
        if file not in self._folders:
            self.prepare([file])
        folder = self._folders[file]
        return sorted(
            {*folder.glob(f"{file.stem}.{self._suffix}"), *folder.glob(f"{file.stem}-*.{self._suffix}")}
        )
