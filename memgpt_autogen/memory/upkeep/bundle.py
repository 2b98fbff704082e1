"""The bundle: one agent's whole memory in one file, a ZIP of JSON Lines that people can read and strangers may have written.

| part | one line is |
|---|---|
| `manifest.json` | (the whole part) format, version, the agent, settings that travel, lines and SHA-256 of each part |
| `blocks.jsonl` | a block of core memory, in the order of the prompt |
| `log.jsonl` | an entry of the log, in the order of `seq` |
| `summaries.jsonl` | a summary, oldest first |
| `passages.jsonl` | a passage, as `Archive.dump` gives it |
"""

from __future__ import annotations

import glob
import hashlib
import json
import math
import os
import uuid
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, TypeVar

import portalocker
from portalocker.exceptions import LockException
from pydantic import BaseModel, ValidationError
from typing_extensions import Self

from memgpt_autogen._version import __version__
from memgpt_autogen.errors import BlockError, ConfigurationError, StorageError
from memgpt_autogen.memory.archival.records import Record, pieces
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.context.queue import Summary
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.memory.upkeep.bundle_schema import (
    FORMAT,
    PARTS,
    VERSION,
    BlockLine,
    EntryLine,
    Manifest,
    PartName,
    SummaryLine,
)
from memgpt_autogen.text.safe import one_line, storable

Form = TypeVar("Form", bound=BaseModel)

MANIFEST = "manifest.json"

MOST_MANIFEST = 1_000_000
MOST_LINE = 128 * 2**20
MOST_RATIO = 300
"""A part of more than `LARGE` bytes that is packed smaller than this is a bomb: real logs shrink to a tenth."""
LARGE = 64 * 2**20


def write_bundle(path: Path, manifest: Mapping[str, Any], parts: Mapping[PartName, Iterable[Any]]) -> None:
    """Write the file beside its place and move it there whole; a file that is there is replaced.

    `manifest` is everything but `parts`, which are streamed. Raises `StorageError` where the file cannot be written.
    """
    if path.is_dir():
        raise ConfigurationError(
            f"{path} is a folder. Give the bundle a file name, such as {path / 'sam.zip'}."
        )
    _remove_unfinished(path)
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with unfinished.open("xb") as file:
            with suppress(LockException):  # a file system without locks
                portalocker.lock(file, NOT_WAITING)
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
                written = {name: _write_part(bundle, name, parts[name]) for name in PARTS}
                whole = Manifest.model_validate({**manifest, "parts": written}).model_dump_json(indent=1)
                bundle.writestr(_info(MANIFEST), whole + "\n")
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise StorageError(
            f"the bundle {path} cannot be written: {error}. Nothing was left behind."
        ) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


class Bundle:
    """A bundle that is open for reading. What it gives is checked while it is read, each time: the file may be a stranger's.

    Raises `ConfigurationError` that names the part and the line. Use it as a context manager.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file: IO[bytes] = path.open("rb")
        except OSError as error:
            raise ConfigurationError(f"the bundle {path} cannot be opened: {error}.") from error
        try:
            self._zip = zipfile.ZipFile(self._file)
            self._refuse_strange_parts()
            self.manifest = self._read_manifest()
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
            self._file.close()
            raise self._wrong(f"is no bundle, or a damaged one: {error}") from error
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()
        self._file.close()

    @property
    def sha256(self) -> str:
        """What tells this bundle from others: the hash of its manifest, which has those of all parts."""
        return hashlib.sha256(self.manifest.model_dump_json().encode()).hexdigest()

    def check(self) -> None:
        """Read the whole of it, and keep nothing."""
        for _ in self.blocks():
            pass
        through = sum(1 for _ in self.entries())
        for summary in self.summaries():
            if max(summary.through_seq, summary.at_seq) > through:
                raise self._wrong(
                    f"has a summary through entry {max(summary.through_seq, summary.at_seq)}, and a log of {through}"
                )
        try:
            for _ in pieces("checked", self.passages()):
                pass
        except ConfigurationError as error:
            if str(error).startswith("record "):  # numbered as the lines are
                raise self._wrong(f"does not fit in passages.jsonl: {error}") from None
            raise

    def blocks(self) -> Iterator[Block]:
        labels = set()
        for number, line in self._lines("blocks", BlockLine):
            if line.label in labels:
                raise self._at("blocks", number, f"a second block '{line.label}'")
            labels.add(line.label)
            try:
                yield Block(line.label, line.value, line.limit, line.description, line.read_only, line.shared)
            except BlockError as error:
                raise self._at("blocks", number, str(error)) from None

    def entries(self) -> Iterator[Entry]:
        for number, line in self._lines("log", EntryLine):
            if line.seq != number:
                raise self._at(
                    "log", number, f"seq is {line.seq}, and must be {number}: it counts without gaps"
                )
            yield line.entry()

    def summaries(self) -> Iterator[Summary]:
        for _, line in self._lines("summaries", SummaryLine):
            yield Summary(line.through_seq, storable(line.text), line.source, line.time, line.at_seq)

    def passages(self) -> Iterator[Mapping[str, Any]]:
        """As `Archive.restore` takes them; only that checks that the parts of a document fit together."""
        for _, line in self._lines("passages", Record):
            mark = line.superseded_by and line.superseded_by.isoformat()
            yield {**line.model_dump(), "created_at": line.created_at.isoformat(), "superseded_by": mark}

    def _lines(self, part: PartName, form: type[Form]) -> Iterator[tuple[int, Form]]:
        """The lines with their numbers; the last of them comes only if length, count and hash are those of the manifest."""
        promised = self.manifest.parts[part]
        seen = hashlib.sha256()
        size = number = 0
        try:
            with self._zip.open(_file(part)) as file:
                while raw := file.readline(MOST_LINE + 1):
                    number += 1
                    size += len(raw)
                    if len(raw) > MOST_LINE or size > promised.bytes or number > promised.lines:
                        raise self._at(part, number, "longer than the manifest says")
                    seen.update(raw)
                    yield number, self._parsed(part, number, raw, form)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
            raise self._at(part, number + 1, f"damaged: {error}") from error
        if (number, seen.hexdigest()) != (promised.lines, promised.sha256):
            raise self._wrong(
                f"was changed or cut: {_file(part)} has {number} lines with SHA-256 {seen.hexdigest()[:12]}..., the manifest "
                f"says {promised.lines} lines with {promised.sha256[:12]}..."
            )

    def _parsed(self, part: PartName, number: int, raw: bytes, form: type[Form]) -> Form:
        try:
            return form.model_validate(_json(raw))
        except ValidationError as error:
            raise self._at(part, number, _told(error)) from None
        except (ValueError, RecursionError) as error:
            raise self._at(part, number, f"not JSON: {error}") from None

    def _refuse_strange_parts(self) -> None:
        known = {MANIFEST, *map(_file, PARTS)}
        infos = self._zip.infolist()
        names = [info.filename for info in infos]
        for name in names:
            if name not in known or names.count(name) > 1:
                raise self._wrong(f"has a part that does not belong there: {name[:80]!r}")
        if missing := sorted(known - {*names}):
            raise self._wrong(f"lacks {', '.join(missing)}")
        if sum(info.compress_size for info in infos) > os.fstat(self._file.fileno()).st_size:
            raise self._wrong("has parts that overlap")
        for info in infos:
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
                raise self._wrong(f"has {info.filename} packed in a way that bundles are not")
            if info.file_size > LARGE and info.file_size > MOST_RATIO * info.compress_size:
                raise self._wrong(f"has {info.filename} packed more than {MOST_RATIO} times: a bomb")

    def _read_manifest(self) -> Manifest:
        with self._zip.open(MANIFEST) as file:
            raw = file.read(MOST_MANIFEST + 1)
        try:
            found = _json(raw[:MOST_MANIFEST])
        except (ValueError, RecursionError) as error:
            raise self._wrong(f"has a manifest.json that is not JSON: {error}") from None
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise self._wrong(f"is no bundle: manifest.json does not say format '{FORMAT}'")
        version = found.get("version")
        if isinstance(version, int) and version > VERSION:
            raise self._wrong(
                f"has version {version}, and this package (memgpt-autogen {__version__}) reads up to version {VERSION}. "
                f"It was made by memgpt-autogen {str(found.get('made_by'))[:20]}: upgrade to that one"
            )
        try:
            return Manifest.model_validate(found)
        except ValidationError as error:
            raise self._wrong(f"has a manifest.json that does not fit: {_told(error)}") from None

    def _at(self, part: PartName, number: int, what: str) -> ConfigurationError:
        return self._wrong(f"does not fit in {_file(part)}, line {number}: {what}")

    def _wrong(self, what: str) -> ConfigurationError:
        return ConfigurationError(f"the bundle {self.path} {what}. Nothing was imported.")


def _remove_unfinished(path: Path) -> None:
    """Remove what exports that were killed left of this file; one that still runs holds a lock."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.????????.part"):
        with suppress(OSError, LockException), left.open("r+b") as file:
            portalocker.lock(file, NOT_WAITING)
            left.unlink()


NOT_WAITING = portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING


def _write_part(bundle: zipfile.ZipFile, name: PartName, lines: Iterable[Any]) -> dict[str, Any]:
    seen = hashlib.sha256()
    size = count = 0
    with bundle.open(_info(_file(name)), "w", force_zip64=True) as file:
        for line in lines:
            raw = one_line(line, allow_nan=False).encode() + b"\n"
            if len(raw) > MOST_LINE:
                raise ConfigurationError(
                    f"line {count + 1} of {name} takes {len(raw):,} bytes; a bundle's lines have at most {MOST_LINE:,}."
                )
            file.write(raw)
            seen.update(raw)
            size += len(raw)
            count += 1
    return {"lines": count, "bytes": size, "sha256": seen.hexdigest()}


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)  # without the time of day: the same memory gives the same bytes
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def _file(part: PartName) -> str:
    return f"{part}.jsonl"


def _json(raw: bytes) -> Any:
    """Strictly JSON, as RFC 8259 has it: Python would read NaN and infinity too."""
    return json.loads(raw.decode("utf-8"), parse_constant=_refused, parse_float=_finite)


def _refused(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is beyond what a number can be")
    return number


def _told(error: ValidationError) -> str:
    """Where and why, without the values, which may be anybody's words."""
    return "; ".join(
        f"{'.'.join(map(str, each['loc'])) or 'all of it'}: {each['msg']}" for each in error.errors()[:5]
    )
