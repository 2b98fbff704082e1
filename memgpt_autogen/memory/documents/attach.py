"""Attach: load what is at a path or an address, or a text, into an archive, one document after the other."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Optional, Union

from memgpt_autogen.errors import ArchiveAwayError, ConfigurationError, DocumentError, FetchError
from memgpt_autogen.memory.documents.catalogue import Source
from memgpt_autogen.memory.documents.ingest import Outcome
from memgpt_autogen.memory.documents.sources import ArchiveSources
from memgpt_autogen.readers.open import Document, files_below, open_text
from memgpt_autogen.readers.reading_process import ReadingProcess
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.text.safe import to_json_line

MOST_FETCHED = 50_000_000
"""The most bytes of a document that is fetched."""

FETCH_SECONDS = 120.0

MOST_LISTED = 20
"""How many documents of a kind a result lists."""

MOST_KINDS = 5
"""How many suffixes of skipped files are shown."""

PathOrAddress = Union[str, Path]


@dataclass(frozen=True, slots=True)
class AttachProgress:
    """How much is loaded."""

    name: str
    """The document that is being loaded."""
    document: int
    """Its number, from 1, of `documents`."""
    documents: int
    bytes: int
    """This counts how many of `all_bytes` are loaded.

    For the document that is being loaded, the count is estimated from its characters.
    """
    all_bytes: int
    passages: int
    """How many passages this call has stored."""


ProgressCallback = Callable[[AttachProgress], object]


@dataclass(frozen=True, slots=True)
class AttachResult:
    """What attaching did; print it."""

    came: tuple[Source, ...] = ()
    changed: tuple[Source, ...] = ()
    unchanged: tuple[Source, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    """The path and the error of each file that could not be read."""
    skipped: tuple[str, ...] = ()
    """The paths of what is in a folder and is no document, such as style sheets and images."""
    archive: str | None = None
    """The shared archive that can be read now."""
    notes: tuple[str, ...] = ()
    """What a load left out or is not sure of, such as the encoding of a text; each names its document."""

    @property
    def sources(self) -> tuple[Source, ...]:
        return self.came + self.changed + self.unchanged

    def __str__(self) -> str:
        lines = [f"archive '{self.archive}' can be read now"] if self.archive else []
        for what, found in (
            ("came", self.came),
            ("changed", self.changed),
            ("was there already", self.unchanged),
        ):
            lines += [f"{what}: {source}" for source in found[:MOST_LISTED]]
            if len(found) > MOST_LISTED:
                lines.append(f"{what}: {len(found) - MOST_LISTED:,} more")
        lines += [f"failed: {error}" for _, error in self.failed]
        lines += [f"note: {note}" for note in self.notes[:MOST_LISTED]]
        if len(self.notes) > MOST_LISTED:
            lines.append(f"note: {len(self.notes) - MOST_LISTED:,} more")
        if self.skipped:
            lines.append(f"skipped {files_by_kind(self.skipped)}; to load them too: assets=True")
        return "\n".join(lines)


def attach(
    into: ArchiveSources,
    what: Optional[PathOrAddress] = None,
    *,
    text: str | None = None,
    name: str | None = None,
    tags: Sequence[str] = (),
    wait: bool = True,
    allow_private: bool = False,
    assets: bool = False,
    told: ProgressCallback | None = None,
    origin: str | None = None,
    reading: Callable[[], ReadingProcess] = ReadingProcess,
) -> AttachResult:
    """Load what is at a path or an address, or a text, into an archive.

    The files of a folder that cannot be read are in the result. So are those that are no documents, such as
    style sheets and images: without `assets` they are skipped. Raises `DocumentError` if a single document
    cannot be read, `FetchError` if it cannot be fetched. `told` is called with the progress.
    Raises `ArchiveAwayError`, with how far it came, if the server of the archive stops answering; the same
    call goes on from there. `origin` is stored as the place of a single file, instead of its path. `reading`
    makes the process that reads the documents, with its limits.
    """
    if (what is None) == (text is None):
        raise ConfigurationError(
            "give what to attach: a path, an address, or text=... with the text itself; one of them."
        )
    if isinstance(what, str) and "\n" in what:
        raise ConfigurationError("a path or an address has no line breaks. Give a text as attach(text=...).")
    named = name is not None
    path = None if what is None or is_address(str(what)) else Path(what).expanduser()
    if text is not None:
        document = open_text(text, name)
        steps = [_Step(document.name, document.size, lambda _: document)]
    elif path is None:
        address = str(what)
        steps = [_Step(address, 0, lambda child: _fetched(child, address, name, private=allow_private))]
    elif not path.exists():
        raise DocumentError(
            f"{path} is not there. Give the path of a file or folder, or an address with https://."
        )
    elif not path.is_dir():
        steps = [
            _Step(str(path), path.stat().st_size, lambda child: _from(child.open_file(path, name), origin))
        ]
    else:
        skipped: list[Path] = []
        failed: list[tuple[Path, str]] = []
        steps = list(_steps_below(path, name, None if assets else skipped, failed))
        if skipped and not steps:
            raise DocumentError(
                f"the folder {path} has no documents, only {files_by_kind(skipped)}. To load them: "
                "assets=True. Nothing was attached."
            )
        if not steps and failed:
            raise DocumentError(f"{failed[0][1]} Nothing was attached.")
        if not steps:
            raise DocumentError(f"the folder {path} has no files. Nothing was attached.")
        with reading() as process:
            result = _load(into, steps, process, named=False, skips=True, tags=tags, wait=wait, told=told)
        unread = tuple((str(folder), to_json_line(text)[1:-1]) for folder, text in failed)
        return replace(result, skipped=tuple(map(str, skipped)), failed=unread + result.failed)
    with reading() as process:
        return _load(into, steps, process, named=named, skips=False, tags=tags, wait=wait, told=told)


def _from(document: Document, origin: str | None) -> Document:
    return document if origin is None else replace(document, origin=origin)


def _stopped(error: ArchiveAwayError, reached: AttachProgress) -> str:
    """Say how far a load came, and how it goes on."""
    return (
        f"{error}. The load stopped in document {reached.document:,} of {reached.documents:,} "
        f"({to_json_line(reached.name)[1:-1]}), after "
        f"{counted(reached.passages, 'passage')}, which are kept. "
        "Run the same again when the server answers: it goes on from there."
    )


def files_by_kind(paths: Sequence[PathOrAddress]) -> str:
    """Return how many files there are of which suffix, such as `3 files (2 .svg, 1 .css)`."""
    kinds = Counter(Path(path).suffix.lower() or f"{Path(path).name}/" for path in paths)
    shown = [f"{count:,} {kind}" for kind, count in kinds.most_common(MOST_KINDS)]
    if len(kinds) > MOST_KINDS:
        shown.append("...")
    return f"{counted(len(paths), 'file')} ({', '.join(shown)})"


def is_address(text: str) -> bool:
    return text.lower().startswith(("http://", "https://"))


def _fetched(child: ReadingProcess, address: str, name: str | None, *, private: bool) -> Document:
    """Return the document at an address."""
    from memgpt_autogen.web.fetch import fetch

    found = fetch(address, allow_private=private, most_bytes=MOST_FETCHED, seconds=FETCH_SECONDS)
    origin = without_secrets(found.url)
    title = name or origin.partition("://")[2].rstrip("/")
    return child.open_bytes(found.body, title, origin=origin, media_type=found.content_type)


def without_secrets(address: str) -> str:
    """Return an address as it is stored. A query that may contain a key is replaced by a part of its hash."""
    plain, _, query = address.partition("#")[0].partition("?")
    if not query:
        return plain
    if any(
        run.lower() == "code" or run.lower().endswith("_code") or SECRET.search(run)
        for run in NAMES.findall(query)
    ):
        return f"{plain}?{hashlib.sha256(query.encode()).hexdigest()[:12]}"
    return f"{plain}?{query}"


NAMES = re.compile(r"(?<!\w)\w+(?==)")
"""The last words of the names of parameters."""

SECRET = re.compile(
    r"key|token|sig|signature|secret|pass|password|auth|credential|session|jwt", re.IGNORECASE
)
"""Names of parameters that may contain a secret."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A document that is to be loaded."""

    path: str
    bytes: int
    open: Callable[[ReadingProcess], Document]


def _steps_below(
    folder: Path, name: str | None, skipped: list[Path] | None, failed: list[tuple[Path, str]]
) -> Iterator[_Step]:
    for path in files_below(folder, skipped=skipped, failed=failed):
        below = path.relative_to(folder).as_posix()
        title = f"{name}/{below}" if name else below
        size = 0
        with suppress(OSError):  # opening it tells why
            size = path.stat().st_size
        yield _Step(str(path), size, partial(ReadingProcess.open_file, path=path, name=title))


def _load(
    into: ArchiveSources,
    steps: Sequence[_Step],
    process: ReadingProcess,
    *,
    named: bool,
    skips: bool,
    tags: Sequence[str],
    wait: bool,
    told: ProgressCallback | None,
) -> AttachResult:
    """Load the documents. With `skips`, one that cannot be read is skipped."""
    found: dict[Outcome, list[Source]] = {"came": [], "changed": [], "unchanged": []}
    failed: list[tuple[str, str]] = []
    notes: list[str] = []
    reached = AttachProgress("", 0, len(steps), 0, sum(step.bytes for step in steps), 0)
    for number, step in enumerate(steps, 1):
        reached = start = replace(reached, name=step.path, document=number)

        def progress(
            characters: int, count: int, start: AttachProgress = start, size: int = step.bytes
        ) -> None:
            nonlocal reached
            done = min(start.bytes + min(size, characters), start.all_bytes)
            reached = replace(start, bytes=done, passages=start.passages + count)
            if told:
                told(reached)

        try:
            document = step.open(process)
            source, outcome = into.load(document, named=named, tags=tags, wait=wait, progress=progress)
            found[outcome].append(source)
            notes += document.notes
        except ArchiveAwayError as error:
            raise ArchiveAwayError(_stopped(error, reached)) from error
        except (DocumentError, FetchError) as error:
            if not skips:
                raise
            failed.append((step.path, to_json_line(str(error))[1:-1]))
        reached = replace(reached, bytes=start.bytes + step.bytes)
        if told:
            told(reached)
    return AttachResult(
        tuple(found["came"]),
        tuple(found["changed"]),
        tuple(found["unchanged"]),
        tuple(failed),
        notes=tuple(notes),
    )
