"""The child that reads documents: it takes requests from its standard input and prints answers as JSON."""

from __future__ import annotations

import ctypes
import io
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import astuple, replace
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.chats.open import open_chat
from memgpt_autogen.readers.open import SENT, Document, open_bytes, open_file

if sys.platform != "win32":
    import resource

BATCH = 16
"""How many sections or turns a line has."""

AHEAD = 2
"""How many lines are printed before the parent asks for more."""

LOOKS = 0.2
"""How often the memory is measured where the system does not limit it, in seconds."""

# the option of prctl that ends this process when its parent ends
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Read what the parent asks for, until it closes the input or ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and ends this process
    _end_with_parent()
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print
    child = _Child(out)
    threading.Thread(target=child.listen, args=(os.fdopen(os.dup(0), "rb"),), daemon=True).start()
    child.run()


class _Child:
    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._asked: SimpleQueue[tuple[dict[str, Any], bytes]] = SimpleQueue()
        self._ahead = threading.Semaphore(AHEAD)
        self._most_bytes = 0

    def listen(self, source: IO[bytes]) -> None:
        """Take what the parent sends. This runs in a thread, so that the end of the parent is seen."""
        while line := source.readline():
            if line == b"next\n":
                self._ahead.release()
            else:
                asked = json.loads(line)
                self._asked.put((asked, source.read(asked["bytes"])))
        os._exit(0)

    def run(self) -> None:
        if sys.platform == "darwin":
            threading.Thread(target=self._watch, daemon=True).start()
        self._print({"ready": True})
        while True:
            asked, content = self._asked.get()
            self._limit(asked["megabytes"])
            self._ahead = threading.Semaphore(AHEAD)
            try:
                answer = self._read(asked, content)
            except MemoryError:
                answer = {"memory": True}
            except DocumentError as error:
                answer = {"refused": str(error)}
            except BaseException as error:  # noqa: BLE001  # also the panics of libraries in Rust
                answer = {"failed": f"{type(error).__name__}: {error}"[:1000]}
            self._print(answer)

    def _read(self, asked: dict[str, Any], content: bytes) -> dict[str, Any]:
        done: dict[str, Any] = {}
        items = TASKS[asked["task"]](asked["about"], content, done)
        while batch := list(islice(items, BATCH)):
            self._ahead.acquire()
            self._print({"items": batch})
        return {**done, "peak": _peak() / 1_000_000}

    def _print(self, answer: dict[str, Any]) -> None:
        try:
            self._out.write(json.dumps(answer).encode() + b"\n")
            self._out.flush()
        except OSError:  # the parent has ended
            os._exit(0)

    def _limit(self, megabytes: int) -> None:
        self._most_bytes = megabytes * 1_000_000
        if sys.platform == "linux":
            _, hard = resource.getrlimit(resource.RLIMIT_DATA)
            most = self._most_bytes if hard == resource.RLIM_INFINITY else min(hard, self._most_bytes)
            resource.setrlimit(resource.RLIMIT_DATA, (most, hard))

    def _watch(self) -> None:
        while True:
            time.sleep(LOOKS)
            if self._most_bytes and _peak() > self._most_bytes:
                os.write(self._out.fileno(), b'\n{"memory": true}\n')
                os._exit(1)


def _read(about: dict[str, Any], content: bytes, done: dict[str, Any]) -> Iterator[Any]:
    """Yield the sections of a document."""
    path = about["path"]

    def source() -> IO[bytes]:
        return io.BytesIO(content) if path is None else Path(path).open("rb")

    document = Document(**about["document"], open=source)
    yield from map(astuple, document.sections())
    done["notes"] = document.notes


def _open(about: dict[str, Any], content: bytes, done: dict[str, Any]) -> Iterator[Any]:
    """Open a document, which yields nothing."""
    if about["path"] is None:
        found = open_bytes(content, about["name"], origin=about["origin"], media_type=about["media_type"])
    else:
        found = open_file(Path(about["path"]), about["name"])
    done["found"] = {each: getattr(found, each) for each in SENT}
    return iter(())


def _chat(about: dict[str, Any], _content: bytes, done: dict[str, Any]) -> Iterator[Any]:
    """Open an export of chats, which yields nothing."""
    found = open_chat(Path(about["path"]), date_order=about["date_order"])
    done["found"] = {"name": found.name, "system": found.system}
    return iter(())


def _turns(about: dict[str, Any], _content: bytes, done: dict[str, Any]) -> Iterator[Any]:
    """Yield the turns of an export of chats."""
    export = open_chat(Path(about["path"]), date_order=about["date_order"])
    for turn in export.turns():
        yield astuple(replace(turn, time=turn.time.isoformat()))  # type: ignore[arg-type]  # JSON has no times
    done["notes"] = export.notes


TASKS: dict[str, Callable[[dict[str, Any], bytes, dict[str, Any]], Iterator[Any]]] = {
    "read": _read,
    "open": _open,
    "chat": _chat,
    "turns": _turns,
}
"""What the parent can ask for. Each yields items and puts what is known at the end into `done`."""


def _peak() -> float:
    """Return the most memory that this process has had, in bytes; 0 where it is not known."""
    if sys.platform == "win32":
        return 0
    with suppress(OSError, IndexError, ValueError):  # what Linux says in getrusage begins with the parent's
        status = Path("/proc/self/status").read_text("ascii", "replace")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _end_with_parent() -> None:
    """End when the parent is killed, also while a library keeps the interpreter busy. This needs Linux.

    Elsewhere the thread that listens sees it.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
