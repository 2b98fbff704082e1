"""Damage documents as it happens to files: cut, overwritten in some places, incomplete, wrongly named."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

Damage = Callable[[bytes, random.Random], bytes]


def cut(content: bytes, chance: random.Random) -> bytes:
    """Keep the first part, as after an interrupted download."""
    return content[: int(len(content) * chance.uniform(0.4, 0.95))]


def change_bytes(content: bytes, chance: random.Random) -> bytes:
    """Change a few bytes after the first hundred."""
    damaged = bytearray(content)
    for _ in range(3):
        damaged[chance.randrange(min(100, len(damaged) - 1), len(damaged))] = chance.randrange(32, 256)
    return bytes(damaged)


def change_letters(content: bytes, chance: random.Random) -> bytes:
    """Change a few bytes within sentences, so that the codes around them stay as they are."""
    damaged = bytearray(content)
    places = [match.start() + 15 for match in SENTENCE.finditer(content)]
    for place in chance.sample(places, min(3, len(places))):
        damaged[place] = chance.randrange(0xA1, 0x100)
    return bytes(damaged)


SENTENCE = re.compile(rb"(?:[A-Za-z]{2,}[ ,.]){6,}")


def append_bytes(content: bytes, chance: random.Random) -> bytes:
    """Add bytes at the end, as some servers and disks do."""
    return content + bytes(chance.randrange(1, 40))


def remove_part(content: bytes, chance: random.Random) -> bytes:
    """Remove one part of a zip archive that is no main part; anything else is cut."""
    try:
        packed = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile:
        return cut(content, chance)
    names = [name for name in packed.namelist() if any(each in name for each in MINOR_PARTS)]
    removed = chance.choice(names) if names else ""
    out = io.BytesIO()
    with packed, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for info in packed.infolist():
            if info.filename != removed:
                made.writestr(info, packed.read(info), info.compress_type)
    return out.getvalue()


MINOR_PARTS = ("styles", "settings", "theme", "docProps", "meta.xml", "numbering", "fontTable", "Thumbnails")

ZIPPED: tuple[tuple[str, Damage], ...] = (
    ("a part removed", remove_part),
    ("bytes added at the end", append_bytes),
    ("cut", cut),
    ("bytes changed", change_bytes),
)

PLAIN: tuple[tuple[str, Damage], ...] = (
    ("cut", cut),
    ("bytes changed", change_letters),
    ("bytes added at the end", append_bytes),
)


def damage(path: Path, number: int) -> str:
    """Damage a file in place, in the way of this number. Return what was done."""
    content = path.read_bytes()
    ways = ZIPPED if content.startswith(b"PK") else PLAIN
    name, way = ways[number % len(ways)]
    path.write_bytes(way(content, random.Random(number)))
    return name
