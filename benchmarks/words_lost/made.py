"""What makes documents, what shows their words, and a document that was made."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Optional

from benchmarks.words_lost.drafts import Draft


@dataclass(frozen=True, slots=True)
class Made:
    """A document that was made."""

    path: Path
    kind: str
    """A key of `SHOWN`, such as `docx`."""
    writer: str
    damage: str = ""
    """What was damaged afterwards; empty for a sound document."""
    written: Optional[str] = None
    """The words that the maker put in, if it says so."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes documents of one kind by one writer."""

    kind: str
    writer: str
    """With its version if that matters, such as `python-docx`."""
    suffix: str
    make: Callable[[Draft, Path], Optional[str]]
    """Writes the draft to the path. It may return the words that it wrote, which are compared too."""
    needs: tuple[str, ...] = ()
    """The programs that must be there. Without any, the maker is a light one."""
    finish: Optional[Callable[[Sequence[Path]], None]] = None
    """Runs once after all `make`, for a program that starts slowly and converts many files."""
    files: int = 4
    """How many documents are made."""
    damaged: int = 1
    """How many more are made and then damaged."""
    modules: tuple[str, ...] = ()
    """The Python packages that must be there, besides those of the extra `dev`."""

    def lacking(self) -> list[str]:
        """Return the programs and Python packages that are not installed."""
        programs = [name for name in self.needs if not shutil.which(name)]
        return programs + [name for name in self.modules if not find_spec(name)]


@dataclass(frozen=True, slots=True)
class Words:
    """The words that a reader shows. Words on one line follow each other; lines may stand in any order."""

    text: str
    around: Optional[str] = None
    """The words of the text that a load may leave out, such as menus, if it says so: then only these may be
    left out. None if the reader cannot tell them apart."""


class Refused(Exception):  # noqa: N818  # it says what happened, and is no fault
    """Raised by a reader for a document that it cannot show; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Reader:
    """An independent reader of one kind."""

    name: str
    """As in the documentation, such as `LibreOffice`."""
    show: Callable[[Path], Words]
    needs: tuple[str, ...] = ()
    """The programs that must be there. Without any, the reader is a light one."""
    prepare: Optional[Callable[[Sequence[Path]], None]] = None
    """Runs once with all documents of the kind, for a program that starts slowly and reads many files."""
    further: bool = False
    """Whether it is used in addition to the first reader of its kind, because it shows other words."""

    def can_run(self) -> bool:
        return all(map(shutil.which, self.needs))
