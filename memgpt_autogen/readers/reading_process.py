"""Documents are read in a process of their own, so that a bad one cannot take all memory, or all time.

The libraries that read documents can need gigabytes or minutes for a small file, and can end their process.
Here that process is a child, with limits. It opens and reads one document or export of chats after the other,
and sends sections and turns back as JSON. If it ends, it is replaced for the next document.

On Linux, the system limits the memory. On macOS, the child measures it a few times a second. On Windows only
the time is limited. In a program that was packed into one file, which has no interpreter to start, documents
are read in the process itself.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from multiprocessing import spawn
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import IO, Any, Literal, TypeVar

from typing_extensions import Self

from memgpt_autogen.concurrency import start_thread
from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.chats.open import ChatExport, open_chat
from memgpt_autogen.readers.chats.turns import DateOrder, Turn
from memgpt_autogen.readers.encoding import is_utf8
from memgpt_autogen.readers.kinds import Kind, kind_of
from memgpt_autogen.readers.open import SENT, START, Document, open_bytes, open_file
from memgpt_autogen.readers.sections import Section
from memgpt_autogen.text.safe import clean_text

Item = TypeVar("Item")

OWN_KINDS: frozenset[Kind] = frozenset(("text", "markdown", "csv", "jsonl", "org", "asciidoc", "subtitles"))
"""Kinds that our own code reads, in time and memory in proportion to their size. They need no child."""

SECONDS = 120.0

MEGABYTES = 2_000

SECONDS_PER_MB = 5.0
"""By how much the limits grow for each megabyte of a file."""

MEGABYTES_PER_MB = 20

MOST_GROWN_MB = 200
"""Larger files are read in parts, so their memory does not grow."""

START_SECONDS = 60.0
"""How long the child may take to start."""

END_SECONDS = 10.0
"""How long a child that was killed, or has closed its output, may take to end."""

PROGRAM = "from memgpt_autogen.readers.child import main; main()"


class ReadingProcess:
    """A child that reads documents, from its first one until this context ends."""

    def __init__(
        self, seconds: float = SECONDS, megabytes: int = MEGABYTES, *, program: str = PROGRAM
    ) -> None:
        """`seconds` and `megabytes` are the limits for a small file. `program` is what the child runs."""
        self._seconds = seconds
        self._megabytes = megabytes
        self._program = program
        self._child: subprocess.Popen[bytes] | None = None
        self._answers: SimpleQueue[bytes] = SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child, even if it is reading."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        with suppress(subprocess.TimeoutExpired):
            child.wait(END_SECONDS)
        with suppress(OSError):  # what was not sent yet
            if child.stdin is not None:
                child.stdin.close()

    def open_file(self, path: Path, name: str | None = None) -> Document:
        """Do what `open.open_file` does; libraries look at the file in the child."""
        try:
            with path.open("rb") as file:
                simple = _is_simple(path.name, "", file)
        except OSError:
            simple = True  # the error is the same
        if simple:
            return self.reads(open_file(path, name))
        name = clean_text(name or path.name)
        about = {"path": str(path.absolute()), "name": name}
        found = self._opened(_Asked("open", name, path.stat().st_size, about))
        return self.reads(Document(**found, open=lambda: path.open("rb")))

    def open_bytes(self, content: bytes, name: str, *, origin: str = "", media_type: str = "") -> Document:
        """Do what `open.open_bytes` does; libraries look at the content in the child."""
        name = clean_text(name)
        if _is_simple(name, media_type, io.BytesIO(content)):
            return self.reads(open_bytes(content, name, origin=origin, media_type=media_type))
        about = {"path": None, "name": name, "origin": origin, "media_type": media_type}
        found = self._opened(_Asked("open", name, len(content), about, content))
        return self.reads(Document(**found, open=lambda: io.BytesIO(content)))

    def open_chat(self, path: Path, *, date_order: DateOrder | None = None) -> ChatExport:
        """Do what `chats.open.open_chat` does, in the child. The turns are read there too."""
        if _is_packed() or not path.exists():
            return open_chat(path, date_order=date_order)
        about = {"path": str(path.absolute()), "date_order": date_order}
        asked = _Asked("chat", path.name, _size(path), about)
        found = self._opened(asked)
        return _ChatApart(found["name"], found["system"], (), process=self, asked=asked)

    def reads(self, document: Document) -> Document:
        """Return the document as one whose sections are read in the child."""
        if document.kind in OWN_KINDS or _is_packed():
            return document
        known = {each.name: getattr(document, each.name) for each in fields(document)}
        return _ReadApart(**known, process=self)

    def sections(self, document: Document) -> Iterator[Section]:
        """Yield what the child reads. The document's notes are there at the end."""
        done = yield from self._items(_asked_for(document), lambda values: Section(*values))
        document.notes[:] = done["notes"]

    def turns(self, asked: _Asked, notes: list[str]) -> Iterator[Turn]:
        """Yield the turns that the child reads. The export's notes are there at the end."""
        done = yield from self._items(replace(asked, task="turns"), _turn)
        notes[:] = done["notes"]

    def _opened(self, asked: _Asked) -> dict[str, Any]:
        """Return what the child finds when it opens a document or an export."""
        items = self._items(asked, lambda values: values)
        try:
            while True:
                next(items)
        except StopIteration as end:
            found: dict[str, Any] = end.value["found"]
            return found

    def _items(self, asked: _Asked, item: Callable[[Any], Item]) -> Generator[Item, None, dict[str, Any]]:
        """Yield what the child sends, and return its last answer. Raises `DocumentError` as it says."""
        size = asked.size / 1_000_000
        seconds = self._seconds + SECONDS_PER_MB * size
        megabytes = self._megabytes + int(MEGABYTES_PER_MB * min(size, MOST_GROWN_MB))
        left, done = seconds, False
        try:
            self._ask(asked, megabytes)
            while True:
                start = time.monotonic()
                answer = self._answer(left)
                left -= time.monotonic() - start
                if answer is None:
                    raise DocumentError(self._too_slow(asked.name, seconds))
                if done := "items" not in answer:
                    self._end(asked.name, answer, megabytes)
                    return answer
                self._send(b"next\n")
                yield from map(item, answer["items"])
        finally:
            if not done:  # nobody wants the rest, or the child has ended
                self.close()

    def _ask(self, asked: _Asked, megabytes: int) -> None:
        if self._child is None:
            self._start(asked.name)
        head = {
            "task": asked.task,
            "about": asked.about,
            "bytes": len(asked.content),
            "megabytes": megabytes,
        }
        self._send(json.dumps(head).encode() + b"\n" + asked.content)

    def _start(self, name: str) -> None:
        program = f"import json, sys; sys.path[:] = json.loads(sys.argv[1]); {self._program}"
        path = json.dumps([each for each in sys.path if isinstance(each, str)])
        executable = os.fsdecode(spawn.get_executable() or sys.executable)
        with _starting(name, executable):
            self._child = subprocess.Popen(  # noqa: S603  # our own interpreter
                [executable, "-c", program, path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
            output, answers = self._child.stdout, SimpleQueue[bytes]()
            assert output is not None  # noqa: S101  # it is a pipe
            start_thread(lambda: _pump(output, answers), name="document reader")
            self._answers = answers
            ready = self._answer(START_SECONDS)
            if ready != {"ready": True}:
                self.close()
                raise OSError("it ended, or did not answer")

    def _send(self, text: bytes) -> None:
        if self._child is not None and self._child.stdin is not None:
            with suppress(OSError):  # the child has ended, which the answer tells
                self._child.stdin.write(text)
                self._child.stdin.flush()

    def _answer(self, seconds: float) -> dict[str, Any] | None:
        """Return the next answer, an empty one if the child has ended, or None after so many seconds."""
        try:
            line = self._answers.get(timeout=max(seconds, 0.001))
        except Empty:
            return None
        try:
            answer = json.loads(line or b"{}")
        except ValueError:  # the child ended within a line
            answer = {}
        return answer if isinstance(answer, dict) else {}

    def _end(self, name: str, answer: dict[str, Any], megabytes: int) -> None:
        if "peak" in answer:
            if answer["peak"] > megabytes / 4:  # a large document does not take from the next one's memory
                self.close()
            return
        if "refused" in answer:
            raise DocumentError(answer["refused"])
        if self._child and not answer:
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(END_SECONDS)
        ended = (self._child.poll() or 0) if self._child else 0
        self.close()
        if "failed" in answer:
            raise DocumentError(
                f"{name} was not read: {answer['failed']}. It may be broken. Save it again, or "
                "convert it, for example to plain text."
            )
        if "memory" in answer:
            raise DocumentError(self._too_large(name, megabytes))
        raise DocumentError(
            f"{name} was not read: it ended the process that reads documents ({_reason(ended)}). It "
            f"may be broken, or need more than {megabytes:,} MB of memory. Convert it, for example to plain "
            "text."
        )

    def _too_slow(self, name: str, seconds: float) -> str:
        return (
            f"{name} was not read: it takes more than {seconds:,.0f} s, the limit for a file "
            f"of its size. Set document_seconds to more than {self._seconds:g}, or convert the file, for "
            "example to plain text."
        )

    def _too_large(self, name: str, megabytes: int) -> str:
        return (
            f"{name} was not read: it takes more than {megabytes:,} MB of memory, the limit for a "
            f"file of its size. Set document_megabytes to more than {self._megabytes}, or convert the file, "
            "for example to plain text."
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the child is asked to do."""

    task: Literal["read", "open", "chat", "turns"]
    name: str
    """The name of the document or export, for errors."""
    size: int
    """In bytes; the limits grow with it."""
    about: Mapping[str, Any]
    content: bytes = b""
    """Of what is in no file."""


def _asked_for(document: Document) -> _Asked:
    with document.open() as file:
        path = None if isinstance(file, io.BytesIO) else getattr(file, "name", None)
        content = file.read() if path is None else b""
    about = {
        "document": {each: getattr(document, each) for each in SENT},
        "path": path and str(Path(path).absolute()),
    }
    return _Asked("read", document.name, document.size, about, content)


@dataclass(frozen=True)
class _ReadApart(Document):
    process: ReadingProcess = field(default_factory=ReadingProcess, compare=False)

    def sections(self) -> Iterator[Section]:
        self.notes.clear()
        return self.process.sections(self)


@dataclass(frozen=True, kw_only=True)
class _ChatApart(ChatExport):
    process: ReadingProcess = field(compare=False)
    asked: _Asked

    def turns(self) -> Iterator[Turn]:
        self.notes.clear()
        return self.process.turns(self.asked, self.notes)


def _is_packed() -> bool:
    """Whether this program was packed into one file, which has no interpreter to start."""
    return bool(getattr(sys, "frozen", False))


def _is_simple(name: str, media_type: str, file: IO[bytes]) -> bool:
    """Whether no library looks at a file: its kind is one of our own, or none, and it is UTF-8."""
    if _is_packed():
        return True
    start = file.read(START)
    kind = kind_of(name, start, media_type)
    if kind is None:
        return not start.startswith(b"PK")
    file.seek(0)
    return kind in OWN_KINDS and is_utf8(file)


def _size(path: Path) -> int:
    """Return the size of a file, or of all files in a folder."""
    with suppress(OSError):
        return sum(each.stat().st_size for each in ([path] if path.is_file() else path.rglob("*")))
    return 0


def _turn(values: list[Any]) -> Turn:
    found = Turn(*values)
    time = datetime.fromisoformat(values[TIME])
    return replace(found, time=time, reactions=tuple(found.reactions))


TIME = [each.name for each in fields(Turn)].index("time")
"""The place of the time among the values of a turn."""


@contextmanager
def _starting(name: str, executable: str) -> Iterator[None]:
    """Start the child in this block; an error names the document and the program."""
    try:
        yield
    except OSError as error:
        raise DocumentError(
            f"{name} was not read: the process that reads documents, {executable}, cannot start: "
            f"{error.strerror or error}. If Python is inside another program, name an interpreter with "
            "multiprocessing.set_executable."
        ) from error


def _pump(output: IO[bytes], answers: SimpleQueue[bytes]) -> None:
    """Pass on the lines of a child, and an empty one when it ends."""
    with output, suppress(OSError, ValueError):
        for line in output:
            answers.put(line)
    answers.put(b"")


def _reason(code: int) -> str:
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"exit code {code}"
