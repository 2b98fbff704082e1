"""The encoding of a text: what the file declares, else UTF-8, else what its bytes resemble most."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO

from memgpt_autogen.rendering.plain_text import counted

BLOCK = 1 << 20

SAMPLE = 1 << 16
"""The encoding is recognised by at most so many bytes of the lines that are not ASCII."""

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

WIDER = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874",
    "tis-620": "cp874", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949",
    "big5": "big5hkscs",
}  # fmt: skip
"""What browsers read a declared encoding as (the WHATWG's standard): it has the same letters, and more."""

DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']?([\w.:-]+)|"""
    rb"""<meta\s[^>]{0,400}?charset\s*=\s*(?:["']\s*)?([\w.:-]+)""",
    re.IGNORECASE,
)

RARE = re.compile(
    r"cp(?:437|7\d\d|8[0-6]\d|037|10\d\d|5\d\d|11(?!25)\d\d)|iso8859-1[046]|mac|kz|tcvn|ptcp|hp_roman",
    re.IGNORECASE,
)
"""Encodings of computers before Windows. Files in them are rare, and short texts resemble them by chance."""

WRONG_SIGNS = re.compile("[\x80-\x9f\u2500-\u259f\ue000-\uf8ff]")
"""Control characters, pieces of frames and private characters."""

SIGNS = frozenset("°±µ£§€–—“”‘’„…•«»©®™·×÷½¼¾²³¹\u00a0".encode("cp1252"))
"""The signs in texts that have no other letters than ASCII."""

RARE_FACTOR = 3.0
"""How much better than the others one of these must fit."""


EASILY_BROKEN = (
    "gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254",
    "cp1255", "cp1257", "cp874", "iso8859-7", "iso8859-8",
)  # fmt: skip
"""Encodings in which some bytes are no letters."""

MOST_BROKEN = 0.05
"""The most bytes of those beyond ASCII that may be no letters."""

ASCII = 127


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the bytes of a text are read."""

    name: str
    """A codec of Python."""
    note: str = ""
    """What the person should know about it: that it was guessed, or that bytes were replaced."""


def recognise_encoding(file: IO[bytes], *, declares: bool = False) -> Encoding:
    """Return the encoding of a file. With `declares`, it may say so itself, as HTML does.

    A file that is UTF-8 but for a few bytes is read as UTF-8.
    """
    file.seek(0)
    start = file.read(8192)
    for mark, name in MARKS:
        if start.startswith(mark):
            return Encoding(name)
    if wide := wide_encoding(start):
        return Encoding(wide, f"it was read as {wide.upper()}, which its bytes resemble")
    if re.search(rb"\x1b\$[@B]", start) and sum(byte > ASCII for byte in start) <= MOST_BROKEN * len(start):
        return Encoding("iso2022_jp_ext")
    declared = declared_encoding(start) if declares or start.lstrip().startswith(b"<?xml") else None
    file.seek(0)
    if is_utf8(file):
        return Encoding("utf-8")
    if declared and not declared.startswith("utf"):
        return Encoding(declared)
    file.seek(0)
    seen = _Bytes()
    seen.read(file)
    if seen.good >= seen.bad:
        replaced = f"{counted(seen.bad, 'byte')} of it {'is' if seen.bad == 1 else 'are'} not UTF-8"
        return Encoding("utf-8", f"{replaced} and shown as \ufffd, first in line {seen.first_bad:,}")
    name = resembled_encoding(bytes(seen.sample))
    return Encoding(
        name,
        f"it is not UTF-8 and was read as {name.upper()}, which its letters resemble. "
        "If words look wrong, save it as UTF-8 and attach it again",
    )


def declared_encoding(start: bytes) -> str | None:
    """Return the encoding that HTML or XML declares, as browsers understand its name."""
    found = DECLARED.search(start)
    return known_encoding((found.group(1) or found.group(2)).decode("ascii")) if found else None


def known_encoding(label: str) -> str | None:
    """Return the codec for a declared name; None if there is no such encoding of text."""
    bare = re.sub(r"^(?:x-|windows-(?=874))", "", label.strip().strip("\"'").lower())
    try:
        codec = codecs.lookup(f"cp{bare}" if bare == "874" else bare)
        "".encode(codec.name)  # "hex" and the like are codecs, and no encodings of text
    except (LookupError, ValueError):
        return None
    return WIDER.get(codec.name, codec.name)


def wide_encoding(start: bytes) -> str | None:
    """Return which UTF-16 or UTF-32 without a byte order mark this is; None if it is none."""
    if b"\0" not in start or len(start) < 8:
        return None
    start = start.rstrip(b"\0") + bytes(3)  # some disks and servers add such bytes at the end
    whole = start[: len(start) // 4 * 4]
    for name in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        if whole[1 if name.endswith("le") else 0 :: 2].count(0) * 3 < len(whole) // 2:
            continue
        try:
            text = whole.decode(name).rstrip("\0")
        except UnicodeDecodeError:
            continue
        if all(letter.isprintable() or letter.isspace() for letter in text):
            return name
    return None


def resembled_encoding(sample: bytes) -> str:
    """Return the encoding that bytes resemble most."""
    import chardet  # takes a while, and most texts are UTF-8

    high = bytes(byte for byte in sample if byte > ASCII)
    if len(high) == 1 or SIGNS.issuperset(high):  # these resemble everything, and most are of this one
        return "cp1252"
    candidates = {
        name: float(found["confidence"])
        for found in reversed(chardet.detect_all(sample, ignore_threshold=True))
        if (name := known_encoding(str(found["encoding"] or "")))
    }
    for name in EASILY_BROKEN:
        text = sample.decode(name, "replace")
        if 0 < text.count("\ufffd") <= MOST_BROKEN * len(high):
            # a few bytes are broken, for which chardet excludes the right one
            whole = text.replace("\ufffd", "").encode(name, "ignore")
            for found in chardet.detect_all(whole, ignore_threshold=True):
                if known_encoding(str(found["encoding"] or "")) == name:
                    candidates[name] = max(float(found["confidence"]), candidates.get(name, 0.0))

    def fit(name: str) -> float:
        text = sample.decode(name, "replace")
        broken = text.count("\ufffd")
        if broken > max(1, MOST_BROKEN * len(high)):
            return 0.0
        weight = candidates[name] / (RARE_FACTOR if RARE.match(name) else 1.0)
        return weight * max(0.0, 1 - _torn(text.replace("\ufffd", "")))

    return max(candidates, key=fit, default="cp1252")


def decoded(content: bytes, label: str | None = None) -> tuple[str, str]:
    """Return bytes as text, and a note if that is unsure. `label` is the encoding that somebody declared."""
    import io

    name = known_encoding(label) if label else None
    if name is not None:
        try:
            return content.decode(name), ""
        except UnicodeDecodeError:
            text = content.decode(name, "replace")
        high = sum(byte > ASCII for byte in content)
        if name != "utf-8" and (bad := text.count("\ufffd")) <= MOST_BROKEN * max(high, len(content) // 4):
            replaced = f"{counted(bad, 'byte')} of it {'is' if bad == 1 else 'are'} not {name.upper()}"
            return text, f"{replaced} and shown as \ufffd"
    found = recognise_encoding(io.BytesIO(content))
    return content.decode(found.name, "replace").lstrip("\ufeff"), found.note


def _torn(text: str) -> float:
    """Return the share of the words beyond ASCII that nobody writes.

    They mix scripts, have a capital inside, or stand beside signs that only a wrong encoding shows.
    """
    words = [word for word in re.findall(r"[^\W\d_]+", text[:20_000]) if not word.isascii()]
    torn = sum(_mixes(word) or bool(word[1:] != word[1:].lower() and not word.isupper()) for word in words)
    return (torn + len(WRONG_SIGNS.findall(text))) / max(1, len(words))


def _mixes(word: str) -> bool:
    """Whether a word has ASCII letters beside letters of a script other than Latin."""
    ascii_letters = [letter for letter in word if letter.isascii()]
    others = (unicodedata.name(letter, "") for letter in word if not letter.isascii())
    alike = ("LATIN", "MODIFIER", "COMBINING", "CJK", "HIRAGANA", "KATAKANA", "HANGUL")
    return bool(ascii_letters) and not all(name.startswith(alike) for name in others)


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    return iter(partial(file.read, BLOCK), b"")


def is_utf8(file: IO[bytes]) -> bool:
    """Whether all that is in a file is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(file):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


class _Bytes:
    """The bytes of a file that are not ASCII: how many are UTF-8, and a sample of their lines."""

    def __init__(self) -> None:
        self.good = self.bad = 0
        """Characters of UTF-8, and bytes that are not part of one."""
        self.first_bad = 0
        """The number of the first line with such a byte."""
        self.sample = bytearray()

    def read(self, file: IO[bytes]) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        line = 1
        for block in _blocks(file):
            text = decoder.decode(block)
            bad = re.findall("[\udc80-\udcff]", text)
            self.good += len(re.findall(r"[^\x00-\x7f]", text)) - len(bad)
            if bad and not self.first_bad:
                self.first_bad = line + text.count("\n", 0, text.index(bad[0]))
            self.bad += len(bad)
            line += text.count("\n")
            for each in block.splitlines(keepends=True) if len(self.sample) < SAMPLE else ():
                if not each.isascii():
                    self.sample += each[:SAMPLE]
                if len(self.sample) >= SAMPLE:
                    break
        cut = len(decoder.decode(b"", final=True))
        self.bad += cut
        self.first_bad = self.first_bad or line
