"""The bundle is one agent's whole memory in one file, a ZIP of JSON Lines.

People can read it. Anyone may have written it.

| part | one line is |
|---|---|
| `manifest.json` | (the whole part) format, version, agent, settings, lines and SHA-256 of each part |
| `blocks.jsonl` | a block of core memory, in the order of the prompt |
| `log.jsonl` | an entry of the log, in the order of `seq` |
| `summaries.jsonl` | a summary, oldest first |
| `passages.jsonl` | a passage, as `Archive.dump` yields it |
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, TypeVar

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
from memgpt_autogen.memory.upkeep.entry_extra import described
from memgpt_autogen.memory.upkeep.whole_file import whole_file
from memgpt_autogen.private_files import keep_mode
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.text.safe import clean_text, to_json_line

Form = TypeVar("Form", bound=BaseModel)

MANIFEST = "manifest.json"

MOST_MANIFEST = 1_000_000
MOST_LINE = 128 * 2**20
LARGE = 64 * 2**20
MOST_RATIO = 300
"""A part of more than `LARGE` bytes that shrank further is a ZIP bomb: real logs shrink to a tenth."""

# each entry is hidden and shown as often as this on average, and a short log somewhat more often
MOST_COVERED, SOME_COVERED = 20, 10_000

# a longer line has at most so many values: each needs some hundred bytes of memory
LONG_LINE = 2**20
MOST_VALUES = 1_000_000

# a text of JSON
QUOTED = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


def write_bundle(path: Path, manifest: Mapping[str, Any], parts: Mapping[PartName, Iterable[Any]]) -> None:
    """Write the file under another name, then rename it; an existing file is replaced.

    `manifest` has everything except `parts`, which are streamed. Raises `StorageError` where the file cannot
    be written.
    """
    if path.is_dir():
        raise ConfigurationError(
            f"{path} is a folder. Give the bundle a file name, such as {path / 'sam.zip'}."
        )
    try:
        with whole_file(path) as file:
            with zipfile.ZipFile(file.opened, "w", zipfile.ZIP_DEFLATED) as bundle:
                written = {name: _write_part(bundle, name, parts[name]) for name in PARTS}
                complete = Manifest.model_validate({**manifest, "parts": written})
                bundle.writestr(_info(MANIFEST), complete.model_dump_json(indent=1) + "\n")
            keep_mode(file.path, path)
    except ValidationError as error:
        raise ConfigurationError(
            f"the agent has values that a bundle cannot have: {described(error)}. Correct them first."
        ) from None
    except OSError as error:
        raise StorageError(
            f"the bundle {path} cannot be written: {error}. No partial file was left."
        ) from error


# what the standard library raises for a damaged ZIP file
UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)


class Bundle:
    """This is a bundle that is open for reading.

    Its content is checked each time it is read, since anyone may have written it. Raises
    `ConfigurationError` that names the part and the line. Use it as a context manager.
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
        except UNREADABLE as error:
            self._file.close()
            other = ". Letta's agent files are imported by import_agents" if path.suffix == ".af" else ""
            raise self._wrong(f"is not a bundle, or is damaged: {error}{other}") from error
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()
        self._file.close()

    @property
    def sha256(self) -> str:
        """Identifies this bundle: the hash of its manifest, which contains the hashes of all parts."""
        return hashlib.sha256(self.manifest.model_dump_json().encode()).hexdigest()

    def check(self) -> None:
        """Read and check the whole bundle."""
        for _ in self.blocks():
            pass
        last = self._check_log()
        for summary in self.summaries():
            through = max(summary.through_seq, summary.at_seq)
            if through > last:
                raise self._wrong(f"has a summary through entry {through}, but its log ends at entry {last}")
        try:
            for _ in pieces("checked", self.passages()):
                pass
        except ConfigurationError as error:
            if str(error).startswith("record "):  # with the number of the line
                raise self._wrong(f"is not valid in passages.jsonl: {error}") from None
            raise

    def _check_log(self) -> int:
        """Check the log as a whole, and return the number of its entries."""
        last = covered = 0
        for number, line in self._log_lines():
            last, covered = number, covered + line.covered
        most = MOST_COVERED * last + SOME_COVERED
        if covered > most:
            raise self._wrong(
                f"hides and shows {covered:,} entries in the changes of log.jsonl, which has "
                f"{counted(last, 'entry', 'entries')}; the limit is {most:,}"
            )
        return last

    def blocks(self) -> Iterator[Block]:
        labels = set()
        for number, line in self._lines("blocks", BlockLine):
            if line.label in labels:
                raise self._at("blocks", number, f"a second block '{line.label}'")
            labels.add(line.label)
            try:
                yield Block(**line.model_dump())
            except BlockError as error:
                raise self._at("blocks", number, str(error)) from None

    def entries(self) -> Iterator[Entry]:
        for _, line in self._log_lines():
            yield line.entry()

    def _log_lines(self) -> Iterator[tuple[int, EntryLine]]:
        for number, line in self._lines("log", EntryLine):
            if line.seq != number:
                raise self._at("log", number, f"seq is {line.seq}, but must be {number}: it has no gaps")
            yield number, line

    def summaries(self) -> Iterator[Summary]:
        for _, line in self._lines("summaries", SummaryLine):
            yield Summary(line.through_seq, clean_text(line.text), line.source, line.time, line.at_seq)

    def passages(self) -> Iterator[Mapping[str, Any]]:
        """Yield the passages for `Archive.restore`, which checks that the parts belong together."""
        for _, line in self._lines("passages", Record):
            mark = line.superseded_by and line.superseded_by.isoformat()
            yield {**line.model_dump(), "created_at": line.created_at.isoformat(), "superseded_by": mark}

    def _lines(self, part: PartName, form: type[Form]) -> Iterator[tuple[int, Form]]:
        """Yield the lines with their numbers; raise at the end unless all matches the manifest."""
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
        except UNREADABLE as error:
            raise self._at(part, number + 1, f"damaged: {error}") from error
        if (number, seen.hexdigest()) != (promised.lines, promised.sha256):
            raise self._wrong(
                f"was changed or cut: {_file(part)} has {counted(number, 'line')} with SHA-256 "
                f"{seen.hexdigest()[:12]}..., but the manifest says {counted(promised.lines, 'line')} with "
                f"{promised.sha256[:12]}..."
            )

    def _parsed(self, part: PartName, number: int, raw: bytes, form: type[Form]) -> Form:
        try:
            return form.model_validate(_json(raw))
        except ValidationError as error:
            raise self._at(part, number, described(error)) from None
        except (ValueError, RecursionError) as error:
            raise self._at(part, number, f"not JSON: {error}") from None

    def _refuse_strange_parts(self) -> None:
        known = {MANIFEST, *map(_file, PARTS)}
        infos = self._zip.infolist()
        names = [info.filename for info in infos]
        for name in names:
            if name not in known or names.count(name) > 1:
                raise self._wrong(f"has an unexpected part: {name[:80]!r}")
        if missing := sorted(known - {*names}):
            raise self._wrong(f"lacks {', '.join(missing)}")
        if sum(info.compress_size for info in infos) > os.fstat(self._file.fileno()).st_size:
            raise self._wrong("has parts that overlap")
        for info in infos:
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
                raise self._wrong(
                    f"has {info.filename} compressed or encrypted in a way that bundles never are"
                )
            if info.file_size > LARGE and info.file_size > MOST_RATIO * info.compress_size:
                raise self._wrong(f"has {info.filename} compressed more than {MOST_RATIO} times: a ZIP bomb")

    def _read_manifest(self) -> Manifest:
        with self._zip.open(MANIFEST) as file:
            raw = file.read(MOST_MANIFEST + 1)
        try:
            found = _json(raw[:MOST_MANIFEST])
        except (ValueError, RecursionError) as error:
            raise self._wrong(f"has a manifest.json that is not JSON: {error}") from None
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise self._wrong(f"is not a bundle: manifest.json does not have the format '{FORMAT}'")
        version = found.get("version")
        if isinstance(version, int) and version > VERSION:
            raise self._wrong(
                f"has version {version}, but this package (memgpt-autogen {__version__}) reads only up to "
                f"version {VERSION}. It was written by memgpt-autogen {str(found.get('made_by'))[:20]}: "
                "upgrade to that version"
            )
        try:
            return Manifest.model_validate(found)
        except ValidationError as error:
            raise self._wrong(f"has a manifest.json that is not valid: {described(error)}") from None

    def _at(self, part: PartName, number: int, what: str) -> ConfigurationError:
        return self._wrong(f"is not valid in {_file(part)}, line {number}: {what.rstrip('.')}")

    def _wrong(self, what: str) -> ConfigurationError:
        return ConfigurationError(
            f"the bundle {self.path} {what}. Nothing was imported. Export the agent again, and copy the file "
            "as it is."
        )


def _write_part(bundle: zipfile.ZipFile, name: PartName, lines: Iterable[Any]) -> dict[str, Any]:
    seen = hashlib.sha256()
    size = count = 0
    with bundle.open(_info(_file(name)), "w", force_zip64=True) as file:
        for line in lines:
            raw = to_json_line(line, allow_nan=False).encode() + b"\n"
            if len(raw) > MOST_LINE:
                raise ConfigurationError(
                    f"line {count + 1} of {name} has {len(raw):,} bytes; the limit for a bundle is "
                    f"{MOST_LINE:,}."
                )
            file.write(raw)
            seen.update(raw)
            size += len(raw)
            count += 1
    return {"lines": count, "bytes": size, "sha256": seen.hexdigest()}


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)  # no time of day: the same memory has the same bytes
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def _file(part: PartName) -> str:
    return f"{part}.jsonl"


def _json(raw: bytes) -> Any:
    """Read strict JSON (RFC 8259): Python would accept NaN and infinity too."""
    if len(raw) > LONG_LINE:
        bare = QUOTED.sub(b"", raw)
        values = sum(map(bare.count, (b",", b"[", b"{")))
        if values > MOST_VALUES:
            raise ValueError(f"it has {values:,} values; the limit is {MOST_VALUES:,}")
    return json.loads(raw.decode("utf-8"), parse_constant=_finite, parse_float=_finite)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is not a number that JSON allows")
    return number
