"""Planted secrets, and the search for them in files and in what was printed, logged or raised."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

TELLING = 12
"""Characters of a secret that must not be found, even if the rest is not there."""

EMPTY = re.compile(b"\0{64,}")
"""Space that an index has taken in advance."""


def assert_clean(where: Path | str | bytes, secrets: Iterable[str]) -> None:
    """Assert that no file and no text contains a part of a secret in a usual encoding.

    Zip archives are looked into. A secret has at least `TELLING` characters that stand nowhere else.
    """
    wanted = [(secret, form) for secret in secrets for form in _forms(secret)]
    assert wanted, "nothing was planted"
    for name, whole in _contents(where):
        content = EMPTY.sub(b"", whole)
        found = [secret for secret, form in wanted if form in content]
        assert not found, f"{name} holds {found[0]!r}: ...{_around(content, found[0])!r}..."


def _forms(secret: str) -> Iterator[bytes]:
    """The secret's start and end as they would stand in a text, in JSON, in an address, in base64."""
    assert len(secret) >= TELLING
    for part in (secret[:TELLING], secret[-TELLING:]):
        for form in (part, json.dumps(part)[1:-1], quote(part, safe="")):
            yield form.encode()
            yield form.encode("utf-16-le")
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    yield encoded[:-2].encode()


def _contents(where: Path | str | bytes) -> Iterator[tuple[str, bytes]]:
    if isinstance(where, Path):
        files = sorted(file for file in where.rglob("*") if file.is_file()) if where.is_dir() else [where]
        for file in files:
            yield str(file), str(file).encode("utf-8", "surrogateescape")
            yield from _unpacked(str(file), file.read_bytes())
    else:
        content = where.encode("utf-8", "surrogatepass") if isinstance(where, str) else where
        yield from _unpacked("the text", content)


def _unpacked(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    yield name, content
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from _unpacked(f"{name}:{member}", archive.read(member))


def _around(content: bytes, secret: str) -> str:
    place = max(content.find(secret[:TELLING].encode()), 0)
    return content[max(0, place - 60) : place + 20].decode("utf-8", "replace")
