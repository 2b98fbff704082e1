"""The home's folder of images: each picture once, under its hash, for all agents of the home; and how a model is shown them."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from time import time

from memgpt_autogen.errors import StorageError
from memgpt_autogen.images import Image, without_bytes
from memgpt_autogen.messages import AUTOMATED, Message, WireMessage, now, packed
from memgpt_autogen.text.safe import listed

FOLDER = "images"

UNFINISHED_SECONDS = 3600
"""A file that nothing refers to may be of a message that is just being stored; after this time it is not."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture of a message that the model is to see."""

    speaker: str
    number: int
    """Which of the message's pictures, from 1."""
    image: Image

    @property
    def told(self) -> str:
        """As the text of the message refers to it, and by whom it is."""
        return f"{self.image.told(self.number)} from {listed(self.speaker, 64)}"


def event_of(shown: Sequence[Shown], zone: tzinfo) -> WireMessage:
    """The pictures as one message of the chat API, which says whose they are; it is in no log."""
    told = "; ".join(each.told for each in shown)
    text = packed(
        "alert", f"{AUTOMATED}The images of these messages follow, in this order: {told}.", now(), zone
    )
    return {
        "role": "user",
        "content": [{"type": "text", "text": text}, *(each.image.part() for each in shown)],
    }


class ImageFolder:
    """Keeps pictures in files that are made with the first of them."""

    def __init__(self, home: Path) -> None:
        self.path = home / FOLDER

    def without_bytes(self, message: Message) -> Message:
        """The message as the log takes it, its pictures kept here; the message itself where it has none.

        They are on disk when this returns, so that no entry of the log names one that is not.
        """
        content = message.extra.get("content")
        if not isinstance(content, list):
            return message
        parts = without_bytes(content, self._keep)
        return message if parts == content else replace(message, extra={**message.extra, "content": parts})

    def filled(self, image: Image) -> Image | None:
        """The picture with its bytes; None where its file is gone, as after a move to another home."""
        if image.url or image.body is not None:
            return image
        try:
            return replace(image, body=(self.path / image.file).read_bytes()) if image.sha256 else None
        except OSError:
            return None

    def remove(self, images: Iterable[Image], *, but: Iterable[Image]) -> None:
        """Delete these pictures, and what a deletion that broke off has left, except those that something refers to."""
        kept = {image.file for image in but}
        old = time() - UNFINISHED_SECONDS
        try:
            left = [place.name for place in self.path.iterdir() if place.stat().st_mtime < old]
            for name in {*(image.file for image in images), *left} - kept:
                (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(
                f"images cannot be deleted from {self.path}: {error.strerror}. Mend that, and run this again."
            ) from error

    def _keep(self, image: Image) -> None:
        place = self.path / image.file
        try:
            if place.exists():
                return
            self.path.mkdir(parents=True, exist_ok=True)
            begun = place.with_name(f".{uuid.uuid4().hex}")
            with begun.open("wb") as file:
                file.write(image.body or b"")
                file.flush()
                os.fsync(file.fileno())
            begun.replace(place)
        except OSError as error:
            raise StorageError(
                f"the folder of images {self.path} cannot be written: {error.strerror}."
            ) from error
