"""Images in messages: a text refers to each image, and its bytes are stored once under their hash.

A message's text has `[image 1: image/png, 34 kB, sha256 1f0c...]` in place of the image. Its
`extra["content"]` lists the parts as they came. Before the log stores them, a reference with the hash
replaces the bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional
from urllib.parse import unquote_to_bytes

IMAGE_TOKENS = 1600
"""The estimated cost of an image in a prompt: about Anthropic's maximum, twice OpenAI's for a square one."""

ADDRESS_CHARS = 200

SUFFIXES: Mapping[str, str] = {
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tiff",
    "image/webp": "webp",
}


MEDIA_TYPE = re.compile(r"image/[\w.+-]{1,40}")


@dataclass(frozen=True, slots=True)
class Image:
    """An image in a message: its bytes, or its web address."""

    media_type: str = ""
    size: int = 0
    sha256: str = ""
    url: str = ""
    """The web address of an image that was given by its address. The other fields are empty then."""
    body: Optional[bytes] = field(default=None, repr=False)
    """None in a reference."""

    @classmethod
    def from_bytes(cls, body: bytes, media_type: str) -> Image:
        return cls(media_type, len(body), hashlib.sha256(body).hexdigest(), body=body)

    @property
    def file(self) -> str:
        """The name of the file that contains the bytes."""
        return f"{self.sha256}.{SUFFIXES.get(self.media_type, 'bin')}"

    def describe(self, number: int) -> str:
        """Return the words that replace the image in the log and for a model without vision."""
        if self.url:
            address = self.url if len(self.url) <= ADDRESS_CHARS else f"{self.url[: ADDRESS_CHARS - 3]}..."
            return f"[image {number}: {address}]"
        if not self.sha256:
            return f"[image {number}: unreadable]"
        size = f"{self.size} bytes" if self.size < 1000 else f"{round(self.size / 1000):,} kB"
        return f"[image {number}: {self.media_type}, {size}, sha256 {self.sha256[:12]}]"

    def reference(self) -> dict[str, Any]:
        """Return the image as JSON values, without its bytes."""
        return {"type": IMAGE, "media_type": self.media_type, "bytes": self.size, "sha256": self.sha256}

    def part(self) -> dict[str, Any]:
        """Return the image as a part of content for the chat API."""
        address = self.url or f"data:{self.media_type};base64,{base64.b64encode(self.body or b'').decode()}"
        return {"type": "image_url", "image_url": {"url": address}}


IMAGE = "image"
"""The type of a part that is a reference to an image."""


def image_in(part: Any) -> Image | None:
    """Return the image that a part of content is, or None. It is from the chat API, AutoGen or the log."""
    if not isinstance(part, Mapping):
        return None
    if part.get("type") == IMAGE and "sha256" in part:
        return _from_reference(part)
    if part.get("type") != "image_url":
        return None
    shown = part.get("image_url")
    shown = shown.get("url") if isinstance(shown, Mapping) else shown
    if isinstance(shown, str):
        return _from_address(shown.strip())
    return _from_pillow(shown)


def images_in(content: Any) -> list[Image]:
    """Return the images of a message's content, in order."""
    parts = content if isinstance(content, list) else []
    return [image for image in map(image_in, parts) if image is not None]


def store_images(content: Sequence[Any], store: Callable[[Image], None]) -> list[Any]:
    """Call `store` with each image that has bytes. Returns the parts with references in their place."""
    parts = []
    for part in content:
        image = image_in(part)
        if image is not None and image.body is not None:
            store(image)
            parts.append(image.reference())
        else:
            parts.append(part)
    return parts


def _from_reference(part: Mapping[str, Any]) -> Image:
    sha256, media_type, size = str(part["sha256"]), str(part.get("media_type")), part.get("bytes")
    if not re.fullmatch(r"[0-9a-f]{64}", sha256) or not MEDIA_TYPE.fullmatch(media_type):
        return Image()
    return Image(media_type, size if isinstance(size, int) else 0, sha256)


def _from_address(address: str) -> Image:
    if not address.startswith("data:"):
        return Image(url=address) if re.match(r"https?://", address) else Image()
    head, comma, packed = address[len("data:") :].partition(",")
    media_type, *marks = head.split(";")
    if not comma or not MEDIA_TYPE.fullmatch(media_type):
        return Image()
    try:
        body = (
            base64.b64decode(packed, validate=False)
            if "base64" in [mark.strip().lower() for mark in marks]
            else unquote_to_bytes(packed)
        )
    except (binascii.Error, ValueError):
        return Image()
    return Image.from_bytes(body, media_type.lower()) if body else Image()


def _from_pillow(shown: Any) -> Image:
    """Read an image object of Pillow. AutoGen's multimodal agents pass such objects."""
    save = getattr(shown, "save", None)
    if save is None:
        return Image()
    drawn = io.BytesIO()
    try:
        save(drawn, format="PNG")
    except Exception:  # noqa: BLE001 - any kind of object may be given
        return Image()
    return Image.from_bytes(drawn.getvalue(), "image/png")
