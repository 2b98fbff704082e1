"""The times that a text tells, such as `yesterday` or `in May`, resolved against when it was said.

What has no clear day, month or year, such as `soon`, is not resolved, and neither is what can be read in two
ways, such as 3/5/2024. `Today` is when it was said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import cache

from memgpt_autogen.text.told_times.languages import LANGUAGES
from memgpt_autogen.text.told_times.rules import DAY, Hint, Words, whole

LONGEST = 20_000
"""Of a longer text, only so many characters are read: it is a document rather than what somebody tells."""

REACH = 40
"""How far the words of one time are apart, in characters."""

LANGUAGE_CHARS = 1000
"""By so many characters the language is known."""


@dataclass(frozen=True, slots=True)
class ToldTime:
    """A day, or several days in a row, that a text tells."""

    first: date
    last: date
    """The last of its days, which is often the first."""
    start: int
    end: int
    """Where its words are in the text."""
    relative: bool = True
    """Whether its words say less than its date does: `yesterday`, or `7 May` of another year."""
    hint: Hint = ""
    """How its words mean it: `two weeks ago` is about a day, and `two weeks now` is since then."""

    def __str__(self) -> str:
        days = self.last - self.first
        if self.hint == "about" and days == 6 * DAY:
            return f"about {self.first + days / 2}"
        return f"{self.hint} {days_text(self.first, self.last)}".lstrip()


def told_times(text: str, said: datetime, zone: tzinfo) -> list[ToldTime]:
    """Return the times that the text tells, in the order of its words. `said` is when it was said."""
    text = text[:LONGEST]
    today = said.astimezone(zone).date()
    number = _language_of(text)
    found = []
    for start, end in _windows(text, _keys(number)):
        for kind, pattern in _patterns(number):
            for match in pattern.finditer(text, start, end):
                words = Words(match, today, LANGUAGES[number])
                try:
                    days = words.days(kind)
                except (ValueError, OverflowError):  # the 31st of a shorter month, or before the year 1
                    continue
                if days is not None:
                    found.append(
                        ToldTime(*days, *match.span(), words.is_relative(kind, days), words.hint(kind))
                    )
    return list(_without_overlaps(found))


def with_dates(text: str, said: datetime, zone: tzinfo) -> str:
    """Return the text with a date after each relative time: `yesterday (= 2023-05-07)`."""
    parts, shown = [], 0
    for time in told_times(text, said, zone):
        if time.relative and not _HAS_DATE.match(text, time.end):
            parts += [text[shown : time.end], f" (= {time})"]
            shown = time.end
    return "".join((*parts, text[shown:]))


def days_text(first: date, last: date) -> str:
    """Return days in ISO 8601: one day, a whole month or year, or the first and the last day."""
    if first == last:
        return first.isoformat()
    if unit := whole(first, last):
        return first.isoformat()[: 7 if unit == "month" else 4]
    return f"{first} to {last}"


ADDED = re.compile(r" \(= (?:about |since )?\d{4}(?:-\d\d){0,2}(?: to \d{4}-\d\d-\d\d)?\)")
"""What `with_dates` adds to a text."""

_HAS_DATE = re.compile(r"\s{0,3}[,(\[]?\s{0,3}(?:=\s{0,3})?(?:about )?\d{4}-\d\d")

_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"(?:19|20)\d\d|\d{1,2}(?:st|nd|rd|th)")

_NUMERIC = (
    ("numeric", re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)")),
    ("numeric_month", re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<month>0[1-9]|1[0-2])(?![-\d])")),
    ("numeric", re.compile(r"\b(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>(?:19|20)\d\d)\b")),
    ("slashes", re.compile(r"\b(?P<one>\d{1,2})/(?P<other>\d{1,2})/(?P<year>(?:19|20)\d\d)\b")),
)


@cache  # compiled for the first text in the language, since it takes some milliseconds
def _patterns(number: int) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return (*LANGUAGES[number].patterns(), *_NUMERIC)


@cache
def _keys(number: int) -> frozenset[str]:
    """Return words of which each time of a language has one."""
    language = LANGUAGES[number]
    tables = (language.days, language.units, language.weekdays, language.months, language.seasons)
    return frozenset(_WORD.findall(phrase)[-1] for table in tables for phrase in table)


def _language_of(text: str) -> int:
    """Return the number of the language with most of its usual words in the text, English if none has."""
    words = _WORD.findall(text[:LANGUAGE_CHARS].lower())
    counts = [sum(word in language.usual for word in words) for language in LANGUAGES]
    return counts.index(max(counts))


def _windows(text: str, keys: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Yield where the text has a word of a time, with what is beside it. They do not overlap."""
    low = text.lower()
    start, end = 0, -1
    for word in _WORD.finditer(low if len(low) == len(text) else text):
        if word[0] in keys or (word[0][0].isdigit() and _DIGITS.fullmatch(word[0])):
            if end < word.start() - REACH:
                if end >= 0:
                    yield start, end
                start = max(word.start() - REACH, 0)
            end = word.end() + REACH
    if end >= 0:
        yield start, end


def _without_overlaps(found: list[ToldTime]) -> Iterator[ToldTime]:
    """Yield the times in order; of those that share words, the one with most of them."""
    if not found:
        return
    taken, kept = bytearray(max(time.end for time in found)), []
    for time in sorted(found, key=lambda time: (time.start - time.end, time.start)):
        if not any(taken[time.start : time.end]):
            taken[time.start : time.end] = b"\1" * (time.end - time.start)
            kept.append(time)
    yield from sorted(kept, key=lambda time: time.start)
