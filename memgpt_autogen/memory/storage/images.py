"""The images of a home: a folder that has each picture once, named by its hash, and how a model sees them."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from time import time

from memgpt_autogen.errors import StorageError
from memgpt_autogen.images import Image, store_images
from memgpt_autogen.messages import AUTOMATED, Message, WireMessage, now, pack_event
from memgpt_autogen.private_files import make_inner_folder
from memgpt_autogen.text.safe import quote_name

FOLDER = "images"

NOTED = ".leaving-"
"""The start of the names of files that list pictures which a process is about to delete."""

UNFINISHED_SECONDS = 3600
"""How long an unused file is kept, because it may belong to a message that is being stored at this moment."""


@dataclass(frozen=True, slots=True)
class ShownImage:
    """A picture of a message that the model will see."""

    speaker: str
    number: int
    """Its number in the message, from 1."""
    image: Image

    @property
    def reference(self) -> str:
        """The words by which the message's text refers to it, and its speaker."""
        return f"{self.image.describe(self.number)} from {quote_name(self.speaker, 64)}"


def images_event(shown: Sequence[ShownImage], zone: tzinfo | None) -> WireMessage:
    """Return the pictures as one message of the chat API that says whose they are. It is not in the log."""
    order = "; ".join(each.reference for each in shown)
    text = pack_event(
        "alert", f"{AUTOMATED}The images of these messages follow, in this order: {order}.", now(), zone
    )
    return {
        "role": "user",
        "content": [{"type": "text", "text": text}, *(each.image.part() for each in shown)],
    }


class ImageFolder:
    """Stores pictures in a folder, which the first of them creates."""

    def __init__(self, home: Path) -> None:
        self.path = home / FOLDER

    def without_bytes(self, message: Message) -> Message:
        """Return the message as the log takes it, without the bytes of its pictures.

        The pictures are on disk when this returns, so no entry of the log names one that is missing.
        """
        content = message.extra.get("content")
        if not isinstance(content, list):
            return message
        parts = store_images(content, self._write)
        return message if parts == content else replace(message, extra={**message.extra, "content": parts})

    def with_bytes(self, image: Image) -> Image | None:
        """Return the picture with its bytes; None if its file is missing, as after a move to another home."""
        if image.url or image.body is not None:
            return image
        try:
            return replace(image, body=(self.path / image.file).read_bytes()) if image.sha256 else None
        except OSError:
            return None

    def note(self, images: Iterable[Image]) -> None:
        """Note pictures that may lose their last message, so that a killed process leaves none of them."""
        names = sorted(image.file for image in images)
        if names:
            self._store(self.path / f"{NOTED}{uuid.uuid4().hex}", "\n".join(names).encode())

    def is_unfinished(self) -> bool:
        """Return whether a process has noted pictures and has not deleted those that are not used."""
        return self.path.is_dir() and any(self.path.glob(f"{NOTED}*"))

    def remove(self, images: Iterable[Image] = (), *, but: Iterable[Image]) -> None:
        """Delete these pictures, those that were noted, and old unused files.

        The pictures in `but` are still used and stay.
        """
        kept = {image.file for image in but}
        old = time() - UNFINISHED_SECONDS
        try:
            notes = list(self.path.glob(f"{NOTED}*"))
            noted = [name for note in notes for name in note.read_text("utf-8").splitlines()]
            left = [place.name for place in self.path.iterdir() if place.stat().st_mtime < old]
            names = {*(image.file for image in images), *map(os.path.basename, noted), *left} - kept
            for name in names - {note.name for note in notes}:
                (self.path / name).unlink(missing_ok=True)
            for note in notes:
                note.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(
                f"images cannot be deleted from {self.path}: {error.strerror}. Correct that, and try again."
            ) from error

    def _write(self, image: Image) -> None:
        path = self.path / image.file
        try:
            if path.exists():
                return
            make_inner_folder(self.path)
            self._store(path, image.body or b"")
        except OSError as error:
            raise StorageError(f"no image can be written to {self.path}: {error.strerror}.") from error

    @staticmethod
    def _store(path: Path, content: bytes) -> None:
        unfinished = path.with_name(f".{uuid.uuid4().hex}")
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
