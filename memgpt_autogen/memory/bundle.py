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
import re
import uuid
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Annotated, Any, Literal, Optional, TypeVar, get_args

import portalocker
from portalocker.exceptions import LockException
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    field_validator,
    model_validator,
)
from typing_extensions import Self

from memgpt_autogen._version import __version__
from memgpt_autogen.errors import BlockError, ConfigurationError, StorageError
from memgpt_autogen.memory.block import Block
from memgpt_autogen.memory.log import Entry
from memgpt_autogen.memory.queue import Summary
from memgpt_autogen.memory.records import Record, pieces
from memgpt_autogen.messages import Kind, Message, Role, ToolCall, one_line, storable

FORMAT: Literal["memgpt-autogen agent"] = "memgpt-autogen agent"
VERSION = 1
"""Goes up when a file could no longer be read by the package of before."""

PartName = Literal["blocks", "log", "summaries", "passages"]
PARTS: tuple[PartName, ...] = get_args(PartName)
MANIFEST = "manifest.json"

MOST_MANIFEST = 1_000_000
MOST_LINE = 128 * 2**20
MOST_RATIO = 300
"""A part of more than `LARGE` bytes that is packed smaller than this is a bomb: real logs shrink to a tenth."""
LARGE = 64 * 2**20


class _Line(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


Time = Annotated[AwareDatetime, Field(strict=False)]


class Part(_Line):
    lines: Annotated[int, Field(ge=0)]
    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Identity(_Line):
    """Who the agent is and was."""

    name: str
    created_at: Time
    paused_until: Optional[Time] = None
    archive: Optional[str] = None
    """The name of the shared archive that it had; None for one of its own."""


class Travelling(_Line):
    """The settings that belong to the agent rather than to the place: never a key, an address or a path."""

    protocol: Literal["memgpt", "native"] = "memgpt"
    timezone: str = "UTC"
    model: Optional[str] = None
    window_tokens: Optional[int] = None
    embedding_model: Optional[str] = None

    @field_validator("model", "embedding_model")
    @classmethod
    def _only_a_name(cls, model: str | None) -> str | None:
        """A model may be called by its file or address, which stays behind."""
        return None if model and (re.search(r"://|\\|^[/~.]", model)) else model


class Manifest(_Line):
    format: Literal["memgpt-autogen agent"] = FORMAT
    version: int = VERSION
    made_by: str
    """The version of this package."""
    database: str
    """The schema of the database that it came from."""
    exported_at: Time
    agent: Identity
    settings: Travelling
    parts: dict[PartName, Part]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        missing = [name for name in PARTS if name not in self.parts]
        if missing:
            raise ValueError(f"parts lacks {', '.join(missing)}")
        return self


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
        for number, line in self._lines("blocks", _BlockLine):
            if line.label in labels:
                raise self._at("blocks", number, f"a second block '{line.label}'")
            labels.add(line.label)
            try:
                yield Block(line.label, line.value, line.limit, line.description, line.read_only, line.shared)
            except BlockError as error:
                raise self._at("blocks", number, str(error)) from None

    def entries(self) -> Iterator[Entry]:
        for number, line in self._lines("log", _EntryLine):
            if line.seq != number:
                raise self._at(
                    "log", number, f"seq is {line.seq}, and must be {number}: it counts without gaps"
                )
            yield line.entry()

    def summaries(self) -> Iterator[Summary]:
        for _, line in self._lines("summaries", _SummaryLine):
            yield Summary(line.through_seq, storable(line.text), line.source, line.time, line.at_seq)

    def passages(self) -> Iterator[Mapping[str, Any]]:
        """As `Archive.restore` takes them; only that checks that the parts of a document fit together."""
        for _, line in self._lines("passages", Record):
            yield {**line.model_dump(), "created_at": line.created_at.isoformat()}

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


Form = TypeVar("Form", bound=BaseModel)

Limit = Annotated[int, Field(ge=1, le=2**31 - 1)]
Place = Annotated[int, Field(ge=0, le=2**31 - 1)]

ROLES: Mapping[Kind, Role] = {
    "message": "user",
    "step": "assistant",
    "spoken": "assistant",
    "result": "tool",
    "heartbeat": "user",
    "alert": "user",
    "login": "user",
    "edit": "system",
    "change": "system",
    "removed": "system",
}


class _BlockLine(_Line):
    label: str
    value: str
    limit: Limit
    description: str = ""
    read_only: bool = False
    shared: bool = False


def _text(value: object) -> str:
    """A text as it was said: pydantic refuses lone surrogates, which the log keeps."""
    if not isinstance(value, str):
        raise ValueError("is no text")  # noqa: TRY004  # pydantic tells the line of a ValueError only
    return value


Exact = Annotated[str, PlainValidator(_text)]


class _CallLine(_Line):
    id: Exact
    name: Exact
    arguments: Exact


class _EntryLine(_Line):
    seq: int
    kind: Kind
    role: Role
    name: Optional[Exact] = None
    text: Exact = ""
    time: Time
    calls: list[_CallLine] = Field(default_factory=list)
    answers: Optional[Exact] = None
    ok: bool = True
    extra: dict[str, Any] = Field(default_factory=dict)
    hidden: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.role != ROLES[self.kind]:
            raise ValueError(f"kind '{self.kind}' has the role '{ROLES[self.kind]}', not '{self.role}'")
        if self.calls and self.kind != "step":
            raise ValueError(f"kind '{self.kind}' makes no calls")
        if (self.answers is None) == (self.kind == "result"):
            raise ValueError("a result answers a call, and nothing else does")
        if self.kind == "edit":
            before, after = self.extra.get("before"), self.extra.get("after")
            if self.name is None or not isinstance(after, str) or not isinstance(before, (str, type(None))):
                raise ValueError("an edit has the name of a block, and before and after in extra")
        return self

    def entry(self) -> Entry:
        return Entry(
            self.seq,
            Message(
                self.role,
                self.text,
                self.kind,
                self.name,
                tuple(ToolCall(call.id, call.name, call.arguments) for call in self.calls),
                self.answers,
                self.ok,
                self.time,
                self.extra,
            ),
            self.hidden,
        )


class _SummaryLine(_Line):
    through_seq: Place
    at_seq: Place
    text: str
    source: Literal["model", "extract"]
    time: Time


def block_line(block: Block) -> dict[str, Any]:
    return {
        "label": block.label,
        "value": block.value,
        "limit": block.limit,
        "description": block.description,
        "read_only": block.read_only,
        "shared": block.shared,
    }


def entry_line(entry: Entry) -> dict[str, Any]:
    """What is empty is left out."""
    message = entry.message
    line = {
        "seq": entry.seq,
        "time": _time(message.time),
        "kind": message.kind,
        "role": message.role,
        "name": message.name,
        "text": message.text,
        "calls": [
            {"id": call.id, "name": call.name, "arguments": call.arguments} for call in message.tool_calls
        ],
        "answers": message.tool_call_id,
        "ok": None if message.ok else False,
        "extra": dict(message.extra),
        "hidden": True if entry.hidden else None,
    }
    return {name: value for name, value in line.items() if value not in (None, "", [], {})}


def summary_line(summary: Summary) -> dict[str, Any]:
    return {
        "through_seq": summary.through_seq,
        "at_seq": summary.at_seq,
        "time": _time(summary.time),
        "text": summary.text,
        "source": summary.source,
    }


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


def _time(time: datetime) -> str:
    return time.isoformat(timespec="microseconds")


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
