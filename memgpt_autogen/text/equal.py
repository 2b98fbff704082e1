"""Equal texts: what readers take as the same words, however it is written in characters.

Equal are composed and decomposed letters, upper and lower case, the kinds of apostrophes, quotation marks,
hyphens and spaces, full-width letters and ligatures, the vowel points of Arabic and Hebrew, and letters with
and without characters that nobody sees, such as a soft hyphen.

Only alike are letters without their accents and strokes (`José` and `Jose`, `Łódź` and `Lodz`), letters that
are written as others (`Straße` and `Strasse`, `Müller` and `Mueller`), and a hyphen and a space.

The stored text never changes. Each form is made from it, and a place in the form leads back to the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

Span = tuple[int, int]
"""The start and the end of a piece of a text."""

Form = Callable[[str], str]
"""Returns a text in the form in which it is compared."""


def fold(text: str) -> str:
    """Return the form that is the same for equal texts. White space becomes one space.

    Of letters that have one capital, such as ß and ss (SS), there is one form, so compare two
    texts with `is_equal`, and find one in another with `equal_spans`.
    """
    return _one_space(_folded(text))


def fold_alike(text: str) -> str:
    """Return the form that is the same for texts that are only alike: without accents and strokes."""
    return _one_space(_strip(_folded(text)))


def fold_spelled(text: str) -> str:
    """As `fold_alike`, with umlauts as they are written where a keyboard has none (`ue` for `ü`)."""
    return _one_space(_spell(_folded(text)))


class Folded:
    """A text in one form, with the way back from a place in the form to the text."""

    def __init__(self, text: str, form: Form = fold) -> None:
        self._whole = text
        self.text = ""
        self._places: list[Span] = []
        """For each character of the form, the letter of the text that it comes from."""
        made: list[str] = []
        for letter, place in _letters(text):
            folded = _letter_in(form, letter)
            if folded.startswith(" ") and made and made[-1] == " ":
                self._places[-1] = self._places[-1][0], place[1]
                folded = folded[1:]
            made.extend(folded)
            self._places.extend([place] * len(folded))
        self.text = "".join(made)

    @property
    def start(self) -> int:
        """Where the form begins after a space."""
        return len(self.text) - len(self.text.lstrip())

    def span(self, start: int, end: int) -> Span:
        """Return where in the text a piece of the form, which is not empty, comes from."""
        return self._places[start][0], self._places[end - 1][1]

    def letter(self, place: int) -> str:
        """Return the letter of the text from which a character of the form comes."""
        start, end = self._places[place]
        return self._whole[start:end]


def is_equal(text: str, other: str) -> bool:
    """Return whether readers take two texts as the same. White space at the ends does not count."""
    text, other = text.strip(), other.strip()
    if text == other:
        return True
    if fold(text).strip() != fold(other).strip():
        return False
    asked, found = Folded(text), Folded(other)
    return asked.text.strip() == found.text.strip() and _same_letters(asked, found, found.start)


def is_alike(text: str, other: str) -> bool:
    """Return whether two texts are equal or alike."""
    if is_equal(text, other):
        return True
    return any(form(text).strip() == form(other).strip() for form in ALIKE)


def equal_names(wanted: str, names: Iterable[str]) -> list[str]:
    """Return the names that readers take as the same as the wanted one."""
    return [name for name in names if is_equal(wanted, name)]


def names_only_alike(wanted: str, names: Iterable[str]) -> list[str]:
    """Return the names that are like the wanted one, and those of somebody or something else."""
    return [name for name in names if is_alike(wanted, name) and not is_equal(wanted, name)]


def equal_spans(wanted: str, text: str) -> Iterator[Span]:
    """Yield where the text has the wanted words or equal ones, as whole words.

    In scripts without spaces, and next to them, a word needs no space around it.
    """
    if not may_be_in(wanted, text):
        return
    yield from _spans(wanted, text, fold)
    if ZERO_WIDTH_SPACE in text:  # it may stand for a space, and it may stand in a word
        yield from _spans(wanted, text.replace(ZERO_WIDTH_SPACE, " "), fold)


def alike_spans(wanted: str, text: str) -> Iterator[Span]:
    """Yield where the text has the wanted words, or words that are equal to them or alike."""
    if not may_be_in(wanted, text):
        return
    yield from equal_spans(wanted, text)
    for form in ALIKE:
        yield from _spans(wanted, text, form)


def may_be_in(wanted: str, text: str) -> bool:
    """Return whether the text may have the wanted words, or words that are alike.

    It compares only what no form changes, such as consonants, so it is fast and sometimes wrongly true.
    """
    return _bones(wanted) in _bones(text)


ALIKE: tuple[Form, ...] = (fold_alike, fold_spelled)

UNSPACED_RANGES = (
    "\u0e00-\u0eff\u0f00-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003134f"
)
"""The characters of Thai, Lao, Tibetan, Burmese, Khmer, Japanese, Chinese and Korean, for a pattern."""

UNSPACED = re.compile(f"[{UNSPACED_RANGES}]+")
"""Runs of these scripts."""

ZERO_WIDTH_SPACE = "\u200b"


def _spans(wanted: str, text: str, form: Form) -> Iterator[Span]:
    asked = _asked_in(form, wanted)
    words = asked.text.strip()
    if not words or words not in form(text):
        return
    folded = _folded_in(form, text)
    at = folded.text.find(words)
    while at >= 0:
        end = at + len(words)
        if _is_whole(folded.text, at, end) and (form is not fold or _same_letters(asked, folded, at)):
            yield folded.span(at, end)
        at = folded.text.find(words, at + 1)


def _is_whole(text: str, start: int, end: int) -> bool:
    """Return whether words begin and end where this piece of a text does."""
    if end < len(text) and _is_mark(text[end]):
        return False  # the letter before it is another one
    joined_before = start > 0 and _is_in_word(text[start]) and _is_in_word(text[start - 1])
    return not joined_before and not (
        end < len(text) and _is_in_word(text[end - 1]) and _is_in_word(text[end])
    )


def _is_in_word(char: str) -> bool:
    return (char.isalnum() or _is_mark(char)) and not UNSPACED.match(char)


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


def _same_letters(asked: Folded, found: Folded, at: int) -> bool:
    """Return whether the letters are equal where the forms are: `ss` and `ß` are not, `SS` and `ß` are."""
    start = asked.start
    for place in range(len(asked.text.strip())):
        letter, other = asked.letter(start + place), found.letter(at + place)
        if letter != other and not (_may_be(letter, other) and _may_be(other, letter)):
            return False
    return True


def _may_be(letter: str, other: str) -> bool:
    """Return whether the other letter is this one, as a capital or a small letter."""
    letter, other = (unicodedata.normalize("NFC", _UNSEEN.sub("", each)) for each in (letter, other))
    if letter in _CASES:
        return other in _CASES[letter]
    base = unicodedata.normalize("NFD", letter)
    if "\u0301" in base and _GREEK.match(base):  # Greek capitals are written without the accent
        plain = unicodedata.normalize("NFC", base.replace("\u0301", ""))
        return other.lower() == letter.lower() or other == plain.upper()
    return True


_CASES: Mapping[str, tuple[str, ...]] = {
    "ß": ("ß", "ẞ", "S"),
    "ẞ": ("ß", "ẞ", "S"),
    "ı": ("ı", "I"),
    "İ": ("İ", "i", "i\u0307"),
    "i\u0307": ("İ", "i", "i\u0307"),
}
"""What else a letter may be, of those whose form is that of another letter. Two S are one ß."""

# How a form is made


@lru_cache(maxsize=16)
def _asked_in(form: Form, wanted: str) -> Folded:
    return Folded(wanted, form)


@lru_cache(maxsize=4)  # of a long text it is large
def _folded_in(form: Form, text: str) -> Folded:
    return Folded(text, form)


@lru_cache(maxsize=4096)
def _letter_in(form: Form, letter: str) -> str:
    return form(letter)


@lru_cache(maxsize=8)
def _bones(text: str) -> str:
    return text.translate(_bones_of)


_SPACES = re.compile("  +")

_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")

_GREEK_ACCENT = re.compile("(?<=[\u0370-\u03ff\u1f00-\u1fff])(\u0308?)\u0301+")

_DOTTED_I = re.compile("[Ii]\u0307+")

_CONTINUES = re.compile("[\u1160-\u11ff]")
"""The vowels and last consonants of a Korean syllable in separate characters."""


@lru_cache(maxsize=32)  # a text is asked in each form, one after the other
def _folded(text: str) -> str:
    return _fold_letters(visible(text))


def visible(text: str) -> str:
    """Return the text decomposed, without what nobody sees, and with one character for all of a kind."""
    if not text.isascii():
        text = unicodedata.normalize("NFD", text)
    return text.translate(_characters)


def _fold_letters(text: str) -> str:
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFD", text)
    if "\u0307" in text:
        text = _DOTTED_I.sub("i", text)
    text = unicodedata.normalize("NFD", text.casefold())
    if "\u0301" in text and _GREEK.search(text):
        text = _GREEK_ACCENT.sub(r"\1", text)
    return unicodedata.normalize("NFC", text)


def _one_space(text: str) -> str:
    """Return the text with one space for several in a row. Other white space has become spaces before."""
    return _SPACES.sub(" ", text) if "  " in text else text


def _strip(text: str) -> str:
    """Return a folded text without accents, strokes and hyphens."""
    if text.isascii():
        return text.replace("-", " ")
    apart = unicodedata.normalize("NFKD", text)
    if apart != unicodedata.normalize("NFD", text):  # such as ᴬ and ™, which have no small letters
        apart = unicodedata.normalize("NFKD", apart.translate(_characters).casefold())
    # й is a letter of its own, and so are letters with the marks of other scripts
    apart = apart.replace("и\u0306", "й").translate(_letters_alike)
    return unicodedata.normalize("NFC", _ACCENTS.sub("", apart))


def _spell(text: str) -> str:
    apart = unicodedata.normalize("NFD", text).translate({ord("ø"): "oe"})
    return _strip(_UMLAUTS.sub(lambda found: _SPELLED[found[0]], apart))


_ACCENTS = re.compile("[\u0300-\u036f\u0653-\u0655\u093c\u09bc]")

_SPELLED: Mapping[str, str] = {"a\u0308": "ae", "o\u0308": "oe", "u\u0308": "ue", "a\u030a": "aa"}

_UMLAUTS = re.compile("|".join(_SPELLED))

_letters_alike = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ŋ": "n", "æ": "ae", "œ": "oe", "þ": "th"}
    | {"ى": "ي", "ة": "ه", "ۀ": "ه", "ہ": "ه", "-": " ", "—": " "}
)


class _Characters(dict[int, str]):
    """What stands for a character in every form. It is looked up once for each."""

    def __missing__(self, code: int) -> str:
        found = self[code] = _kind_of(chr(code))
        return found


_characters = _Characters()


class _Bones(dict[int, str]):
    """What is left of a character in every form that is equal or alike: no vowels, marks, signs and spaces.

    The forms of a text differ only in what is not left, such as the vowels of `Müller` and `Mueller`.
    """

    def __missing__(self, code: int) -> str:
        letters = unicodedata.normalize("NFKD", fold_alike(chr(code)))
        found = self[code] = "".join(
            letter
            for letter in letters
            if letter not in "aeiou" and unicodedata.category(letter)[0] not in "MPZC"
        )
        return found


_bones_of = _Bones()


def _kind_of(char: str) -> str:
    category = unicodedata.category(char)
    if _UNSEEN.match(char) or (category == "Cf" and not _SEEN_SIGNS.match(char)):
        return ""
    if char.isspace():
        return " "
    if char in _ONE_OF_A_KIND:
        return _ONE_OF_A_KIND[char]
    how = unicodedata.decomposition(char).partition(" ")[0]
    if how in _LOOKS:
        plain = unicodedata.normalize("NFKD", char)
        if not plain.startswith(" "):  # an accent that stands alone stays one
            return plain.translate(_characters) if plain != char else char
        return " " if not plain.strip() else char
    return char


_LOOKS = frozenset(
    f"<{how}>"
    for how in (
        "wide narrow font noBreak compat small vertical "  # of any script
        "initial medial final isolated"  # of Arabic
    ).split()
)
"""How a character may differ from another and look the same, or as good as."""

_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"  # empty
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\u0610-\u061a\u0640\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0730-\u074a]"
)
"""What a reader does not see, or what is seldom written, such as the vowel points of Arabic."""

_SEEN_SIGNS = re.compile("[\u0600-\u0605\u06dd\u0890\u0891\u08e2]")
"""Signs under numbers in Arabic, which Unicode calls formats."""

_ONE_OF_A_KIND: Mapping[str, str] = {
    **dict.fromkeys("`´‘’‚‛′ʹʻʼʽˈ‵＇\u05f3\ua78b\ua78c", "'"),
    **dict.fromkeys("“”„‟″«»〝〞＂\u05f4", '"'),
    **dict.fromkeys("‐‑‒–−⁃﹣－\u05be", "-"),
    "ı": "i",
    "\u0326": "\u0327",  # the comma of Romanian letters, which is often a cedilla
    "ی": "ي",
    "ک": "ك",
}
"""Characters that people write for another one, and often cannot choose."""


def _letters(text: str) -> Iterator[tuple[str, Span]]:
    """Yield the letters of a text, each with its marks, and where they are. Nothing unseen is a letter."""
    first: int | None = None
    last = 0
    for place, char in enumerate(text):
        seen = char.translate(_characters) if char.isascii() else visible(char)
        if not seen:
            if place == last and first is not None and _is_mark(char):
                last = place + 1  # such as a vowel point, which belongs to its letter
            continue
        if first is not None and not (_is_mark(seen[0]) or _CONTINUES.match(seen[0])):
            yield text[first:last], (first, last)
            first = place
        elif first is None:
            first = place
        last = place + 1
    if first is not None:
        yield text[first:last], (first, last)
