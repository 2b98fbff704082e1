"""Other spellings of what a text names: identifiers, numbers, versions and dates.

"QX-7731", "qx7731" and "QX 7731" are one identifier, "(0)30/123 45 67" and "+49 30 1234567" one telephone
number, "5 March 2024" and "2024-03-05" one day. Each has a term that all its spellings share. The term stands
in the index beside the words of the text. Texts are given as `bare_form` returns them.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from memgpt_autogen.text.letters import MARKS
from memgpt_autogen.text.words import STOP_WORDS, expand_contractions, words

Spelling = tuple[str, str]
"""A term, and the part of the text that it stands for."""

LONGEST_IDENTIFIER = 40
"""How many characters an identifier has at most. Longer ones are addresses and encoded data."""

PHONE_DIGITS = 7
"""The last digits of a telephone number, which are the same with and without codes for country and city."""


HASH_BEGINS = 7
"""How many characters of a hash people write at least."""


def spellings(text: str) -> Iterator[Spelling]:
    """Yield the terms that both a text and a query have, with the part of the text that each stands for."""
    yield from joined(text)
    yield from numbered(text)


def joined(text: str) -> Iterator[Spelling]:
    """Yield words that signs join, as one word: `well-known`, O'Brien, QX-7731, `get_user_name`.

    Each has no white space, so a text has what its tokens have.
    """
    for token in {token.strip(_AT_ENDS) for token in text.split()}:
        if token and not token.isalnum():
            for found in _COMPOUND.finditer(token):
                if len(found[0]) <= LONGEST_IDENTIFIER:
                    yield _SIGNS.sub("", found[0]).lower(), found[0]


def numbered(text: str) -> Iterator[Spelling]:
    """Yield what has digits and may have spaces: numbers, versions, dates, and identifiers as QX 7731."""
    if _DIGIT.search(text):
        numbers = _around_digits(text)
        yield from _numbered_identifiers(numbers)
        yield from _hexadecimal(numbers)
        yield from _numbers(numbers)
        yield from _dates(numbers)


def spellings_in_query(query: str) -> Iterator[Spelling]:
    """Yield the terms of a query. It may have *mens* for *men's*, but *Ada's* stands for no *adas*."""
    for term, shown in spellings(query):
        if "'" not in shown or not _CONTRACTED.search(shown):
            yield term, shown


def parts_of_words(text: str) -> Iterator[str]:
    """Yield the parts of the words that are written as one: get, user and name of `getUserName`.

    An apostrophe divides too: *İzmir'deki* has Izmir, and *l'appartement* has appartement.
    Only a text has these terms, not a query: who asks for `getUserName` means no other name. Each is a part
    of a token, so a text has what its tokens have.
    """
    for token in set(text.split()):
        if "'" in token:
            yield from _parts_at_apostrophes(token)
        plain = token.islower() or token.istitle() or token.isupper()
        if plain and (token.isalpha() or not _DIGIT.search(token)):
            continue
        for found in _JOINED.finditer(token):
            for part in _SEAM.split(found[0]):
                low = part.lower()
                if len(low) > 1 and low not in STOP_WORDS and low not in _ORDINAL:
                    yield low


def _parts_at_apostrophes(token: str) -> Iterator[str]:
    for word in words(token):
        # English contractions are stop words, and the stem of a word has no possessive 's
        if "'" in word and not word.endswith("'s") and expand_contractions(word) == word:
            yield from (part for part in word.split("'") if len(part) > 1 and part not in STOP_WORDS)


def _around_digits(text: str) -> str:
    """Return the words near those with digits, as the rest of a text has neither numbers nor dates."""
    tokens = text.split(" ")
    kept: list[str] = []
    end = 0
    numbers = [at for at, token in enumerate(tokens) if not token.isalpha() and _DIGIT.search(token)]
    for number in numbers:
        first = max(number - _BESIDE, end)
        if first > end and kept:
            kept.append("\n")
        end = max(number + _BESIDE + 1, end)
        kept += tokens[first:end]
    return " ".join(kept)


def _numbered_identifiers(text: str) -> Iterator[Spelling]:
    """Yield letters and digits with spaces between them as one word: QX 7731, DE89 3704 0044 0532 0130 00."""
    for pattern, letters in ((_LETTERS_DIGITS, 1), (_DIGITS_LETTERS, 2)):
        for found in pattern.finditer(text):
            if found[letters].lower() not in STOP_WORDS:
                yield (found[1] + found[2]).lower(), found[0]
    for found in _ACCOUNT.finditer(text):
        yield _SIGNS.sub("", found[0]).lower(), found[0]


def _hexadecimal(text: str) -> Iterator[Spelling]:
    """Yield addresses of network devices as one word, and the beginning of hashes, as of commits."""
    for found in _DEVICE.finditer(text):
        yield re.sub(r"\W", "", found[0]).lower(), found[0]
    for found in _HASH.finditer(text):
        yield found[0][:HASH_BEGINS].lower(), found[0]


def _numbers(text: str) -> Iterator[Spelling]:
    for found in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", found[0].replace("(0)", "")).lstrip("0")
        if len(digits) >= PHONE_DIGITS:
            yield f"#{digits}", found[0]
            yield f"#{digits[-PHONE_DIGITS:]}", found[0]
    for found in _GROUPED.finditer(text):
        yield re.sub(r"\D", "", found[0]), found[0]
    for found in _VERSION.finditer(text):
        parts = [str(int(part)) for part in re.split("[.,]", found[1])]
        if len(parts) == 1:
            if found[0][0] in "vV":
                yield f"v{parts[0]}", found[0]
            continue
        while len(parts) > 2 and parts[-1] == "0":
            parts.pop()
        for size in range(2, len(parts) + 1):
            yield ".".join(parts[:size]), found[0]


def _dates(text: str) -> Iterator[Spelling]:
    """Yield days as 2024-03-05 and, of any year, as 03-05; months as 2024-03.

    Of 3/5/2024 both days are yielded, because countries read it differently.
    """
    for found in _NUMERIC_DATE.finditer(text):
        first, second, third = (int(part) for part in found.group(1, 2, 3))
        if len(found[1]) == 4:
            readings = {(first, second, third)}
        else:
            year = third if len(found[3]) == 4 else _century(third)
            readings = {(year, second, first), (year, first, second)}
        for reading in sorted(readings):
            yield from ((term, found[0]) for term in _day(*reading))
    for found in _named_dates(text):
        month = _MONTHS[found["month"].lower()[:3]]
        named_day, named_year = found["before"] or found["after"], found["year"]
        if named_day:
            terms = list(_day(int(named_year or 2000), month, int(named_day)))
            yield from ((term, found[0]) for term in (terms if named_year else terms[1:]))
        if named_year:
            yield f"{named_year}-{month:02}", found[0]
    for found in _NUMERIC_MONTH.finditer(text):
        of_year, number = (found[1], found[2]) if found[1] else (found[4], found[3])
        if int(number) in _MONTHS.values():
            yield f"{of_year}-{int(number):02}", found[0]


def _named_dates(text: str) -> Iterator[re.Match[str]]:
    """Yield the dates with the name of a month. The names are looked for first, which is faster."""
    end = 0
    for name in _MONTH.finditer(text):
        start = max(text.rfind(" ", 0, max(name.start() - _BEFORE_MONTH, 0)), 0)
        found = _NAMED_DATE.search(text, max(start, end))
        if found and found.end() > end:
            end = found.end()
            yield found


def _day(year: int, month: int, day: int) -> Iterator[str]:
    """Yield a day with its year and without it; nothing if there is no such day."""
    with suppress(ValueError):
        yield date(year, month, day).isoformat()
        yield f"{month:02}-{day:02}"


def _century(year: int) -> int:
    return year + (2000 if year < 70 else 1900)


_DIGIT = re.compile("[0-9]")
_BESIDE = 3  # how many words beside a number may belong to it
_AT_ENDS = string.punctuation
_SIGNS = re.compile(rf"[^\w{MARKS}]|_")
_COMPOUND = re.compile(r"(?<![^\W_])[^\W_]+(?:[-_.'/]+[^\W_]+)+")
_CONTRACTED = re.compile(r"'(?:s|t|re|ve|ll|d|m)(?!\w)", re.IGNORECASE)
_JOINED = re.compile(r"(?<!\w)(?=\w*?(?:[a-z][A-Z]|[A-Za-z]\d|\d[A-Za-z]))[A-Za-z0-9]{2,40}(?!\w)")
_SEAM = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_ORDINAL = frozenset(("st", "nd", "rd", "th"))
_LETTERS_DIGITS = re.compile(r"(?<![\w])([A-Za-z]{1,5}) (\d{1,10})(?![\w])")
_DIGITS_LETTERS = re.compile(r"(?<![\w.,])(\d{1,6}) ([A-Za-z]{1,3})(?![\w])")
_ACCOUNT = re.compile(
    r"(?<!\w)[A-Za-z]{2}\d{2}(?:[ -]?(?=[A-Za-z]*\d)[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,3})?(?!\w)"
)
_DEVICE = re.compile(r"(?<![\w:.-])[0-9A-Fa-f]{2}(?:[:.-][0-9A-Fa-f]{2}){5}(?![\w:.-]*\w)")
_HASH = re.compile(r"(?<![\w.-])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}(?![\w-])")
_PHONE = re.compile(r"(?<![\w.])\+?\(?\d(?:[ ().\-/]{0,3}\d){6,24}(?!\w)")
_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:([,.' ])\d{3})(?:\1\d{3})*(?![\w])")
_VERSION = re.compile(
    r"(?<![\w.,])(?:[vV](?:er(?:sion)?)?\.?\s?|[rR]elease\s)?(\d{1,6}(?:[.,]\d{1,6}){0,4})(?![\d])(?!\.\d)"
)
_NUMERIC_DATE = re.compile(r"(?<![\w.])(\d{4}|\d{1,2})[-./](\d{1,2})[-./](\d{4}|\d{1,2})(?!\d)")
_NUMERIC_MONTH = re.compile(r"(?<![\w./-])(?:(\d{4})[-/](\d{1,2})|(\d{1,2})[/.](\d{4}))(?![\w/-])")
_MONTHS = {
    name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}
_MONTH_NAMES = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)
_MONTH = re.compile(rf"(?<![^\W\d_])(?:{_MONTH_NAMES})(?![^\W\d_])", re.IGNORECASE)
_BEFORE_MONTH = 12  # how many characters before a month its day may begin
_NAMED_DATE = re.compile(
    r"(?:(?<!\w)(?P<before>\d{1,2})(?:st|nd|rd|th)?\.?[\s-]+(?:of\s+)?)?"
    rf"(?<![^\W\d_])(?P<month>{_MONTH_NAMES})(?![^\W\d_])\.?"
    r"(?:[\s-]+(?P<after>\d{1,2})(?:st|nd|rd|th)?(?!\w|:))?(?:,?[\s-]+(?P<year>\d{4})(?!\w))?",
    re.IGNORECASE,
)
