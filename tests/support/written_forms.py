"""The forms in which words can be written in files, and the files of a home that have any of them."""

from __future__ import annotations

import json
import unicodedata
import zipfile
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote


def coded(forms: Iterable[str]) -> set[bytes]:
    """The forms in the encodings in which a file may have them, and as the escapes of JSON and addresses."""
    forms = list(forms)
    every = {unicodedata.normalize(how, form) for form in forms for how in ("NFC", "NFD")} | set(forms)
    every |= {form.casefold() for form in every}
    codes = ("utf-8", "utf-16-le", "utf-16-be")
    escaped = {json.dumps(form)[1:-1] for form in every}
    for _ in range(3):  # calls have JSON in JSON
        escaped |= {json.dumps(form)[1:-1] for form in escaped}
    escaped |= {quote(form) for form in every}
    return {form.encode(code) for form in every for code in codes} | {form.encode() for form in escaped}


def holding(home: Path, forms: Iterable[str]) -> list[str]:
    """The files and folders of a home whose content or name has any of the forms."""
    wanted = coded(forms)
    found = []
    for file in sorted(home.rglob("*")):
        raw = file.read_bytes().replace(bytes(64), b"") if file.is_file() else b""
        if any(form in raw or form in str(file).encode() for form in wanted):
            found.append(str(file.relative_to(home)))
    return found


def unpacked(bundle: Path) -> bytes:
    """All that is in a bundle."""
    with zipfile.ZipFile(bundle) as parts:
        return b"".join(parts.read(name) for name in parts.namelist())
