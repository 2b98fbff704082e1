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
from memgpt_autogen.text.safe import quote_name

FOLDER = "images"

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

    def remove(self, images: Iterable[Image], *, but: Iterable[Image]) -> None:
        """Delete these pictures and old unused files, except the pictures in `but`, which are still used."""
        kept = {image.file for image in but}
        old = time() - UNFINISHED_SECONDS
        try:
            left = [place.name for place in self.path.iterdir() if place.stat().st_mtime < old]
            for name in {*(image.file for image in images), *left} - kept:
                (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(
                f"images cannot be deleted from {self.path}: {error.strerror}. Correct that, and try again."
            ) from error

    def _write(self, image: Image) -> None:
        path = self.path / image.file
        try:
            if path.exists():
                return
            self.path.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f".{uuid.uuid4().hex}")
            with unfinished.open("wb") as file:
                file.write(image.body or b"")
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except OSError as error:
            raise StorageError(f"no image can be written to {self.path}: {error.strerror}.") from error
