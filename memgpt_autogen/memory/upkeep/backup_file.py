"""A backup of a whole home in one file, a ZIP whose manifest has the SHA-256 of every part.

| part | what it is |
|---|---|
| `memory.db` | the database, as a SQLite file, also where the home's is on PostgreSQL |
| `archives/ID.jsonl` | the passages of an archive, one a line, with their vectors |
| `files/...` | the files of the home, by their paths in it |
| `manifest.json` | format, versions, counts, and the size and hash of each part; written last |

A file that a process which was killed has left has no manifest and another name.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import sys
import tempfile
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import Self

from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.memory.archival.entries import stored_words
from memgpt_autogen.memory.qdrant.protocol import PassageIndex, Point, Scope, Space, Stored, is_passage
from memgpt_autogen.memory.storage.tables import HEAD
from memgpt_autogen.memory.upkeep.whole_file import UnfinishedFile

FORMAT = "memgpt-autogen backup"

VERSION = 1

MANIFEST, DATABASE = "manifest.json", "memory.db"

ARCHIVES, FILES = "archives/", "files/"

MOST_MANIFEST = 100_000_000

# how many passages are read or written at once
PAGE = 256

# how often the copy of an archive begins again that is embedded anew meanwhile
ATTEMPTS = 3

# how much is read of a part at once
_BLOCK = 2**20

# a fast compression: texts shrink to a third
_LEVEL = 1


class ArchiveSummary(BaseModel):
    """How many passages an archive has, and how they are embedded."""

    model_config = ConfigDict(frozen=True)

    passages: int
    model: str | None
    dimension: int

    @property
    def space(self) -> Space:
        return Space(self.model, self.dimension)


class PartSummary(BaseModel):
    """The size of a part, and the hash of its content."""

    model_config = ConfigDict(frozen=True)

    bytes: int = Field(ge=0)
    sha256: str


class BackupManifest(BaseModel):
    """What a backup has, and from where."""

    model_config = ConfigDict(frozen=True)

    format: Literal["memgpt-autogen backup"] = "memgpt-autogen backup"
    version: int = VERSION
    made_by: str
    made_at: datetime
    """When it began: all that was acknowledged before is in it."""
    database: str
    """`sqlite` or `postgresql`."""
    db_schema: str
    home: str
    """The id of the home."""
    rows: dict[str, int]
    archives: dict[str, ArchiveSummary]
    left_out: list[str]
    parts: dict[str, PartSummary] = Field(default_factory=dict)

    @property
    def passages(self) -> int:
        return sum(archive.passages for archive in self.archives.values())


class BackupWriter:
    """Writes the parts of a backup, one after the other, and the manifest at the end."""

    def __init__(self, file: UnfinishedFile) -> None:
        self._zip = zipfile.ZipFile(file.opened, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
        self._folder = file.path.parent
        self._parts: dict[str, PartSummary] = {}
        self._archives: dict[str, ArchiveSummary] = {}

    def add(self, name: str, content: IO[bytes]) -> None:
        """Add a part with this content."""
        seen, size = hashlib.sha256(), 0
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        with self._zip.open(info, "w", force_zip64=True) as part:
            while block := content.read(_BLOCK):
                part.write(block)
                seen.update(block)
                size += len(block)
        self._parts[name] = PartSummary(bytes=size, sha256=seen.hexdigest())

    def add_archive(self, index: PassageIndex, archive: str, done: Callable[[int], object]) -> None:
        """Add the passages of an archive, while others may write to it. `done` is told how many were read."""
        for _ in range(ATTEMPTS):
            space = index.space(archive)
            if space is None:
                return
            scope = Scope(archive, space)
            with tempfile.TemporaryFile(dir=self._folder) as lines:
                count = 0
                for point in _points(index, scope):
                    lines.write(_line(point))
                    count += 1
                    done(1)
                if index.space(archive) in (space, None):
                    lines.seek(0)
                    self.add(f"{ARCHIVES}{archive}.jsonl", lines)
                    self._archives[archive] = ArchiveSummary(
                        passages=count, model=space.model, dimension=space.dimension
                    )
                    return
            done(-count)
        raise StorageError(
            f"archive '{archive}' was embedded again while it was copied, {ATTEMPTS} times. Make the backup "
            "when that is done."
        )

    def finish(self, **about: Any) -> BackupManifest:
        """Write the manifest."""
        manifest = BackupManifest(archives=self._archives, parts=self._parts, **about)
        self._zip.writestr(MANIFEST, manifest.model_dump_json(indent=1) + "\n")
        self._zip.close()
        return manifest


class BackupFile:
    """A backup that is open for reading. Use it as a context manager.

    Raises `ConfigurationError` for a file that is none, is damaged, or is of a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except FileNotFoundError:
            raise ConfigurationError(f"there is no file {path}.") from None
        except UNREADABLE as error:
            raise self._wrong(f"is no backup, or is damaged: {error}") from error
        try:
            self.manifest = self._read_manifest()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()

    @property
    def size(self) -> int:
        """How many bytes the parts have when they are unpacked."""
        return sum(part.bytes for part in self.manifest.parts.values())

    def check(self, progress: Progress | None = None) -> None:
        """Read every part, and compare it with its hash."""
        there, listed = set(self._zip.namelist()) - {MANIFEST}, set(self.manifest.parts)
        needed = {DATABASE, *(f"{ARCHIVES}{archive}.jsonl" for archive in self.manifest.archives)}
        if names := sorted((there ^ listed) | (needed - listed)):
            raise self._wrong(f"is damaged: {names[0]} is missing, or not in its manifest")
        for path in self.files():
            if path.is_absolute() or ".." in path.parts or not path.parts:
                raise self._wrong(f"has a file outside the home: {path}")
        done = 0
        for name in listed:
            for block in self._blocks(name):
                done += len(block)
                if progress:
                    progress(done, self.size)

    def extract(self, name: str, target: Path) -> None:
        """Write a part into a new file."""
        with target.open("xb") as file:
            for block in self._blocks(name):
                file.write(block)

    def files(self) -> Iterator[PurePosixPath]:
        """Yield the paths of the files in the home."""
        for name in self.manifest.parts:
            if name.startswith(FILES):
                yield PurePosixPath(name.removeprefix(FILES))

    def points(self, archive: str) -> Iterator[Point]:
        """Yield the passages of an archive with their vectors."""
        space = self.manifest.archives[archive].space
        with self._opened(f"{ARCHIVES}{archive}.jsonl") as part:
            for number, line in enumerate(part, 1):
                yield self._point(archive, space, number, line)

    def _point(self, archive: str, space: Space, number: int, line: bytes) -> Point:
        try:
            return _point(archive, space, json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise self._wrong(f"has no passage in line {number} of archive {archive}: {error}") from None

    def _blocks(self, name: str) -> Iterator[bytes]:
        """Yield the content of a part. Raises at its end if it is not what the manifest says."""
        expected, seen, size = self.manifest.parts[name], hashlib.sha256(), 0
        with self._opened(name) as part:
            while block := part.read(_BLOCK):
                seen.update(block)
                size += len(block)
                if size > expected.bytes:
                    break
                yield block
        if (size, seen.hexdigest()) != (expected.bytes, expected.sha256):
            raise self._wrong(f"is damaged: {name} is not what was written")

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with self._zip.open(name) as part:
                yield part
        except (*UNREADABLE, KeyError) as error:
            raise self._wrong(f"is damaged: {error}") from error

    def _read_manifest(self) -> BackupManifest:
        try:
            info = self._zip.getinfo(MANIFEST)
        except KeyError:
            raise self._wrong("is no backup of a home: it has no manifest") from None
        if info.file_size > MOST_MANIFEST:
            raise self._wrong(f"has a manifest of {info.file_size:,} bytes")
        with self._opened(MANIFEST) as part:
            raw = part.read()
        try:
            found = json.loads(raw)
            if not isinstance(found, Mapping) or found.get("format") != FORMAT:
                raise self._wrong("is no backup of a home. memgpt-autogen import reads files of export")
            newer = int(found.get("version", 0)) > VERSION or str(found.get("db_schema")) > HEAD
            if newer:
                schema = found.get("db_schema")
                raise self._wrong(
                    f"was made by version {found.get('made_by')} with schema {schema}, newer than this "
                    f"one with schema {HEAD}. Upgrade memgpt-autogen"
                )
            return BackupManifest.model_validate_json(raw)
        except (ValueError, ValidationError) as error:
            raise self._wrong(f"has a damaged manifest: {str(error).splitlines()[0]}") from None

    def _wrong(self, what: str) -> ConfigurationError:
        return ConfigurationError(f"the file {self.path} {what}.")


# what the standard library raises for a damaged ZIP file
UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)


def _points(index: PassageIndex, scope: Scope) -> Iterator[Point]:
    first: str | None = None
    while True:
        page, first = index.page(scope, first, PAGE)
        yield from page
        if first is None:
            return


def _line(point: Point) -> bytes:
    fields: dict[str, Any] = {"id": point.id, "payload": dict(point.payload)}
    if point.meaning is not None:
        fields["meaning"] = base64.b64encode(_little(array("f", point.meaning)).tobytes()).decode()
    return json.dumps(fields, ensure_ascii=True).encode() + b"\n"


def _point(archive: str, space: Space, fields: Mapping[str, Any]) -> Point:
    payload = fields["payload"]
    stored = Stored(fields["id"], payload)
    if not isinstance(payload, Mapping) or not is_passage(stored) or payload.get("archive") != archive:
        raise ValueError("it lacks a part of a passage")
    if (payload.get("model"), payload.get("dimension")) != (space.model, space.dimension):
        raise ValueError("it is embedded otherwise than its archive")
    meaning: array[float] | None = None
    if "meaning" in fields:
        meaning = array("f")
        meaning.frombytes(base64.b64decode(fields["meaning"], validate=True))
        _little(meaning)
        if len(meaning) != space.dimension:
            raise ValueError(f"its vector has {len(meaning)} dimensions and not {space.dimension}")
    return Point(stored.id, payload, stored_words(payload), meaning)


def _little(vector: array[float]) -> array[float]:
    """Turn the bytes of a vector around where the machine's are not those of the file, little first."""
    if sys.byteorder == "big":
        vector.byteswap()
    return vector


def batches(points: Iterable[Point]) -> Iterator[list[Point]]:
    """Yield points in lists that are written at once."""
    batch: list[Point] = []
    for point in points:
        batch.append(point)
        if len(batch) == PAGE:
            yield batch
            batch = []
    if batch:
        yield batch
