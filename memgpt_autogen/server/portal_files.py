"""The portal's files as the server sends them: from memory, compressed, under an address of their content.

The page names that address, so a browser keeps the files for ever and still takes new ones at once.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "portal_built"
"""Built from `portal` by `tests/support/portal_tools.py build`."""

PAGE = "index.html"

MEDIA_TYPES: Mapping[str, str] = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
"""The kinds of files that are served."""


@dataclass(frozen=True)
class PortalFile:
    """A file, as it is and compressed."""

    media_type: str
    content: bytes
    compressed: bytes


@dataclass(frozen=True)
class Portal:
    """All files by their paths, and what the page needs."""

    files: Mapping[str, PortalFile]
    digest: str
    """What stands in the addresses of the files: it changes when any of them does."""
    page: PortalFile


@cache
def portal() -> Portal:
    """Return the portal's files. They are read once."""
    files = {
        path.relative_to(FOLDER).as_posix(): _file(path.suffix, path.read_bytes())
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in MEDIA_TYPES and path.is_file()
    }
    whole = hashlib.sha256()
    for name, each in files.items():
        whole.update(f"{name}\0{len(each.content)}\0".encode() + each.content)
    digest = whole.hexdigest()[:16]
    page = files.pop(PAGE).content.decode().replace('"./portal/', f'"./portal/{digest}/')
    return Portal(files, digest, _file(".html", page.encode()))


def _file(suffix: str, content: bytes) -> PortalFile:
    return PortalFile(MEDIA_TYPES[suffix], content, gzip.compress(content, 9, mtime=0))
