"""Documents are read in a process of their own, so that a bad one cannot take all memory, or all time.

The libraries that read documents can need gigabytes or minutes for a small file, and can end their process.
Here that process is a child, with limits. It reads one document after the other and sends sections back as
JSON. If it ends, it is replaced for the next document.

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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from multiprocessing import spawn
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import IO, Any

from typing_extensions import Self

from memgpt_autogen.concurrency import start_thread
from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.kinds import Kind
from memgpt_autogen.readers.open import Document
from memgpt_autogen.readers.sections import Section

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

    def reads(self, document: Document) -> Document:
        """Return the document as one whose sections are read in the child."""
        if document.kind in OWN_KINDS or getattr(sys, "frozen", False):
            return document
        known = {each.name: getattr(document, each.name) for each in fields(document)}
        return _ReadApart(**known, process=self)

    def sections(self, document: Document) -> Iterator[Section]:
        """Yield what the child reads. The document's notes are there at the end."""
        size = document.size / 1_000_000
        seconds = self._seconds + SECONDS_PER_MB * size
        megabytes = self._megabytes + int(MEGABYTES_PER_MB * min(size, MOST_GROWN_MB))
        left, done = seconds, False
        try:
            self._ask(document, megabytes)
            while not done:
                start = time.monotonic()
                answer = self._answer(left)
                left -= time.monotonic() - start
                if answer is None:
                    raise DocumentError(self._too_slow(document, seconds))
                done = "sections" not in answer
                if done:
                    self._end(document, answer, megabytes)
                else:
                    self._send(b"next\n")
                    yield from (Section(*each) for each in answer["sections"])
        finally:
            if not done:  # nobody wants the rest, or the child has ended
                self.close()

    def _ask(self, document: Document, megabytes: int) -> None:
        if self._child is None:
            self._start(document)
        with document.open() as file:
            path = None if isinstance(file, io.BytesIO) else getattr(file, "name", None)
            content = file.read() if path is None else b""
        asked = {
            "document": {each: getattr(document, each) for each in SENT},
            "path": path and str(Path(path).absolute()),
            "bytes": len(content),
            "megabytes": megabytes,
        }
        self._send(json.dumps(asked).encode() + b"\n" + content)

    def _start(self, document: Document) -> None:
        program = f"import json, sys; sys.path[:] = json.loads(sys.argv[1]); {self._program}"
        path = json.dumps([each for each in sys.path if isinstance(each, str)])
        executable = os.fsdecode(spawn.get_executable() or sys.executable)
        with _starting(document, executable):
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

    def _end(self, document: Document, answer: dict[str, Any], megabytes: int) -> None:
        if "notes" in answer:
            document.notes[:] = answer["notes"]
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
                f"{document.name} was not read: {answer['failed']}. It may be broken. Save it again, or "
                "convert it, for example to plain text."
            )
        if "memory" in answer:
            raise DocumentError(self._too_large(document, megabytes))
        raise DocumentError(
            f"{document.name} was not read: it ended the process that reads documents ({_reason(ended)}). It "
            f"may be broken, or need more than {megabytes:,} MB of memory. Convert it, for example to plain "
            "text."
        )

    def _too_slow(self, document: Document, seconds: float) -> str:
        return (
            f"{document.name} was not read: it takes more than {seconds:,.0f} s, the limit for a file "
            f"of its size. Set document_seconds to more than {self._seconds:g}, or convert the file, for "
            "example to plain text."
        )

    def _too_large(self, document: Document, megabytes: int) -> str:
        return (
            f"{document.name} was not read: it takes more than {megabytes:,} MB of memory, the limit for a "
            f"file of its size. Set document_megabytes to more than {self._megabytes}, or convert the file, "
            "for example to plain text."
        )


SENT = tuple("name origin kind digest size encoding depth remark".split())
"""The fields of a document that the child gets."""


@dataclass(frozen=True)
class _ReadApart(Document):
    process: ReadingProcess = field(default_factory=ReadingProcess, compare=False)

    def sections(self) -> Iterator[Section]:
        self.notes.clear()
        return self.process.sections(self)


@contextmanager
def _starting(document: Document, executable: str) -> Iterator[None]:
    """Start the child in this block; an error names the document and the program."""
    try:
        yield
    except OSError as error:
        raise DocumentError(
            f"{document.name} was not read: the process that reads documents, {executable}, cannot start: "
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
