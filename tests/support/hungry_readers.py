"""Readers that take all memory or time, or end their process, as libraries do for some files.

`PROGRAM` runs them in the child that reads documents, in place of the reader of PDFs. What a file does is its
second word: a file with `%PDF- memory` takes all memory. So does a chat of WhatsApp whose first message is
`memory`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import IO

from memgpt_autogen.readers.chats.open import READERS
from memgpt_autogen.readers.chats.recognise import ChatForm
from memgpt_autogen.readers.chats.turns import ChatFile, ChatNotes, Reader, Turn
from memgpt_autogen.readers.open import BINARY
from memgpt_autogen.readers.sections import Part

PROGRAM = (
    "import hungry_readers; hungry_readers.register(); from memgpt_autogen.readers.child import main; main()"
)


class PanicError(BaseException):
    """What libraries in Rust raise: it is no `Exception`."""


def register() -> None:
    BINARY["pdf"] = _read  # type: ignore[index]  # only in the child of a test
    whatsapp = ChatForm("WhatsApp", "text")
    READERS[whatsapp] = partial(_read_chat, READERS[whatsapp])


def _read(file: IO[bytes], name: str) -> Iterator[Part]:
    what = file.read().split()[1].decode()
    yield Part(f"{name} begins to {what}. This was read by process {os.getpid()}.", page=1)
    if what == "long":
        for page in range(2, 500):
            yield Part(f"Page {page}: {'word ' * 2000}", page=page)
    DOES.get(what, int)()


def _read_chat(read: Reader, file: ChatFile, notes: ChatNotes) -> Iterator[Turn]:
    for turn in read(file, notes):
        DOES.get(turn.text, int)()
        yield replace(turn, text=f"{turn.text} {os.getpid()}") if turn.text == "who" else turn


def _takes_memory() -> None:
    kept = []
    while True:
        kept.append(bytearray(10_000_000))


def _takes_time() -> None:
    while True:
        time.sleep(0.01)


def _panics() -> None:
    raise PanicError("index out of range")


def _goes_deep() -> None:
    raise RecursionError("too deep")


DOES: dict[str, Callable[[], object]] = {
    "memory": _takes_memory,
    "large": lambda: bytearray(10_000_000_000),
    "time": _takes_time,
    "busy": lambda: sum(range(10**12)),  # the interpreter runs nothing else meanwhile
    "end": lambda: os._exit(7),
    "abort": os.abort,
    "panic": _panics,
    "deep": _goes_deep,
    "print": lambda: sys.stdout.write("{}\n"),
}
