"""The form in which a text is searched. Texts that are equal to readers, or only alike, have the same form.

Letters lose their accents, points and strokes, signs and spaces of a kind are one, digits are those of ASCII.
The form is for comparing. The text itself is stored and shown as it was written.
"""

from __future__ import annotations

import re
import unicodedata

from memgpt_autogen.text.equal import visible

MARKS = "".join(
    char
    for first, end in (
        (0x300, 0x1E00),
        (0x20D0, 0x2100),
        (0x2C80, 0x2E00),
        (0xA660, 0xAC00),
        (0x10A00, 0x12000),
        (0x1E000, 0x1F000),
    )
    for char in map(chr, range(first, end))
    if unicodedata.category(char) in ("Mn", "Mc")
)
"""The vowel signs, points and accents that are a part of the word that they stand in."""


def search_form(text: str) -> str:
    """Return the form that a text is searched in, in lower case."""
    return text.lower() if text.isascii() else bare_form(text).casefold()


def bare_form(text: str) -> str:
    """Return the form that a text is searched in, with its capitals and its lines."""
    if text.isascii():
        return text
    lines = (unicodedata.normalize("NFKC", visible(line)) for line in text.split("\n"))
    return unicodedata.normalize("NFC", _ACCENTS.sub("", "\n".join(lines).translate(_letters)))


class _Letters(dict[int, str]):
    """What stands for each letter. It is looked up once for each."""

    def __missing__(self, code: int) -> str:
        found = self[code] = _letter_of(chr(code))
        return found


def _letter_of(char: str) -> str:
    if char.isascii() or char in _LOOKS_LIKE:
        return _LOOKS_LIKE.get(char, char)
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category in ("Pd", "Zs"):
        return "-" if category == "Pd" else " "
    apart = unicodedata.normalize("NFD", char)
    return apart[0] if len(apart) > 1 and (apart[0].isascii() or _GREEK.match(apart[0])) else char


_LOOKS_LIKE = {
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
    "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T",
    "ı": "i", "İ": "I", "−": "-", "ŋ": "n", "Ŋ": "N", "ہ": "ه",
    "ё": "е", "Ё": "Е", "ς": "σ",
    # how Arabic and Persian keyboards write the same letters
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ۀ": "ه", "ـ": "",
    # Devanagari is written with and without the dot below, and with either sign for a nasal
    "\u093c": "", "\u0901": "\u0902",
}  # fmt: skip

_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")

# what is left of accents that no letter has of its own, as over the vowels of Russian textbooks
_ACCENTS = re.compile("[\u0300-\u036f\u0653-\u0655\u09bc]")

_letters = _Letters()
