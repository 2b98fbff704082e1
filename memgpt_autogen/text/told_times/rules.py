"""The rules by which words become days: `two weeks ago`, said on a day, is about another day."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from memgpt_autogen.text.told_times.languages import Language

Days = tuple[date, date]
"""The first and the last of some days in a row."""

Hint = Literal["", "about", "since"]

DAY = timedelta(days=1)

LONGEST_SENTENCE = 200
"""How far to either side the tense of a sentence is looked for, in characters."""

SOON = 3
"""`Next Friday` is at least so many days away: a nearer one is called `this Friday` or `tomorrow`."""

_SENTENCE_END = re.compile(r"[.!?\n](?=\s|$)")


@dataclass(frozen=True, slots=True)
class Words:
    """Words that tell a time, in one of the forms of a language."""

    match: re.Match[str]
    today: date
    """The day on which they were said."""
    language: Language

    def days(self, kind: str) -> Days | None:
        """Return the days that words of this kind mean; None if they mean no time, or it is not clear which.

        Raises `ValueError` or `OverflowError` if there is no such day.
        """
        return _RULES[kind](self)

    def hint(self, kind: str) -> Hint:
        """Return how the days are meant."""
        if kind not in ("ago", "ahead"):
            return ""
        if self._named("since"):
            return "since"
        count, unit = self._count(), self.language.units[self._low("unit")]
        return "about" if not count or unit == "week" or (unit == "year" and count == 1) else ""

    def is_relative(self, kind: str, days: Days) -> bool:
        """Return whether they say less than these days do. A day without a year is one of that year."""
        if kind in ("date", "month"):
            return not self._named("year") and days[0].year != self.today.year
        return not self._named("year")

    def day(self) -> Days | None:
        return _one(self.today + timedelta(days=self.language.days[self._low("words")]))

    def ago(self) -> Days | None:
        return self._away(-1)

    def ahead(self) -> Days | None:
        """Return the days of `in two weeks`, if this is not how long something took."""
        return None if self._tense() == "past" else self._away(1)

    def shift(self) -> Days | None:
        """Return the days of `last week`, `next Friday`, `this summer`."""
        words, named, language = self._low("shift"), self._low("named"), self.language
        shift = next(number for pattern, number in language.shifts.items() if re.fullmatch(pattern, words))
        if (unit := language.units.get(named)) is not None:
            if unit == "week":
                monday = self.today - timedelta(days=self.today.weekday()) + timedelta(weeks=shift)
                return monday, monday + 6 * DAY
            return None if unit in ("day", "decade") else _moved(self.today, shift, unit)
        if (weekday := language.weekdays.get(named)) is not None:
            past = shift < 0 or (shift == 0 and self._tense() == "past")
            ahead = SOON if shift > 0 else int(shift < 0)
            return _one(_near_weekday(self.today, weekday, past=past, ahead=ahead))
        if (month := language.months.get(named)) is not None:
            return self._of_years(lambda year: _month(year, month), shift)
        return self._of_years(lambda year: _season(year, language.seasons[named]), shift)

    def weekday(self) -> Days | None:
        """Return the day of `on Friday`, if the sentence tells whether it is past."""
        tense = self._tense()
        if tense is None:
            return None
        weekday = self.language.weekdays[self._low("weekday")]
        return _one(_near_weekday(self.today, weekday, past=tense == "past", ahead=1))

    def date(self) -> Days | None:
        """Return the day of `7 May`, in the year in which it is nearest, or the days of `7-9 May`."""
        if self._is_another_word():
            return None
        month, first = self.language.months[self._low("month")], int(self.match["day"])
        last = int(self._named("day2") or first)
        year = int(self._named("year") or _nearest_year(self.today, month, first))
        return date(year, month, first), date(year, month, last)

    def month(self) -> Days | None:
        if self._is_another_word():
            return None
        month = self.language.months[self._low("month")]
        if year := self._named("year"):
            return _month(int(year), month)
        return self._of_years(lambda year: _month(year, month), 0)

    def season(self) -> Days | None:
        return _season(int(self.match["year"]), self.language.seasons[self._low("season")])

    def year(self) -> Days | None:
        return _year(int(self.match["year"]))

    def nth(self) -> Days | None:
        """Return the day of `on the 15th`: the last, the coming or the nearest one, as the sentence tells."""
        day, tense = int(self.match["day"]), self._tense()
        months = [_month_after(self.today, step) for step in (-2, -1, 0, 1, 2)]
        days = [date(*month, day) for month in months if 0 < day <= calendar.monthrange(*month)[1]]
        if tense == "past":
            return _one(max(each for each in days if each <= self.today))
        if tense == "future":
            return _one(min(each for each in days if each >= self.today))
        return _one(min(days, key=lambda each: abs(each - self.today)))

    def numeric(self) -> Days | None:
        return _one(date(int(self.match["year"]), int(self.match["month"]), int(self.match["day"])))

    def numeric_month(self) -> Days | None:
        return _month(int(self.match["year"]), int(self.match["month"]))

    def slashes(self) -> Days | None:
        """Return the day of 5/13/2024 or 13/5/2024; 3/5/2024 can be two days."""
        one, other, year = int(self.match["one"]), int(self.match["other"]), int(self.match["year"])
        if one != other and max(one, other) <= 12:
            return None
        return _one(date(year, one, other) if other > 12 else date(year, other, one))

    def _away(self, side: int) -> Days:
        """Return the days that are so far away; of `a few weeks`, from two to five."""
        count, unit = self._count(), self.language.units[self._low("unit")]
        if not count:
            ends = _moved(self.today, side * 2, unit), _moved(self.today, side * 5, unit)
            return min(ends)[0], max(ends)[1]
        if unit == "year" and count == 1:
            months = _month_after(self.today, side * 12 - 1), _month_after(self.today, side * 12 + 1)
            return _month(*months[0])[0], _month(*months[1])[1]
        return _moved(self.today, side * count, unit)

    def _of_years(self, days_of: Callable[[int], Days], shift: int) -> Days:
        """Return the days in the year that is meant: the last ones before today, the next or the nearest."""
        years = [days_of(self.today.year + step) for step in (-2, -1, 0, 1)]
        if shift < 0:
            return max(days for days in years if days[1] < self.today)
        if shift > 0:
            return min(days for days in years if days[0] > self.today)
        return min(years, key=lambda days: _distance(days, self.today))

    def _tense(self) -> Literal["past", "future"] | None:
        """Return whether the sentence is about the past or the future; None if that is not clear."""
        text, (start, end) = self.match.string, self.match.span()
        begin = max(0, start - LONGEST_SENTENCE)
        for stop in _SENTENCE_END.finditer(text, begin, start):
            begin = stop.end()
        until = end + LONGEST_SENTENCE
        stopped = _SENTENCE_END.search(text, end, until)
        sentence = text[begin : stopped.start() if stopped else until]
        past, future = self.language.past.search(sentence), self.language.future.search(sentence)
        if bool(past) == bool(future):
            return None
        return "past" if past else "future"

    def _is_another_word(self) -> bool:
        """Return whether the month is written as another word: `may`."""
        month = self.match["month"]
        return month.lower() in self.language.common and not month[0].isupper()

    def _named(self, group: str) -> str:
        return self.match.groupdict().get(group) or ""

    def _low(self, group: str) -> str:
        return " ".join(self.match[group].lower().split())

    def _count(self) -> int:
        word = self._low("n")
        return int(word) if word.isdigit() else self.language.numbers[word]


_RULES: Mapping[str, Callable[[Words], Days | None]] = {
    rule.__name__: rule
    for rule in (
        *(Words.day, Words.ago, Words.ahead, Words.shift, Words.weekday, Words.date, Words.month),
        *(Words.season, Words.year, Words.nth, Words.numeric, Words.numeric_month, Words.slashes),
    )
}


def whole(first: date, last: date) -> str:
    """Return `month` or `year` if the days are a whole one, else an empty text."""
    if (first, last) == _month(first.year, first.month):
        return "month"
    return "year" if (first, last) == _year(first.year) else ""


def _one(day: date) -> Days:
    return day, day


def _moved(today: date, count: int, unit: str) -> Days:
    """Return the day, month or year that is so many units away; of weeks, the days around that day."""
    if unit == "day":
        return _one(today + timedelta(days=count))
    if unit == "week":
        middle = today + timedelta(weeks=count)
        return middle - 3 * DAY, middle + 3 * DAY
    if unit == "weekend":
        saturday = today - timedelta(days=today.weekday()) + 5 * DAY + timedelta(weeks=count)
        return saturday, saturday + DAY
    if unit == "month":
        return _month(*_month_after(today, count))
    return _year(today.year + count * (10 if unit == "decade" else 1))


def _month(year: int, month: int) -> Days:
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _month_after(day: date, count: int) -> tuple[int, int]:
    months = day.year * 12 + day.month - 1 + count
    return months // 12, months % 12 + 1


def _year(year: int) -> Days:
    return date(year, 1, 1), date(year, 12, 31)


def _season(year: int, months: tuple[int, int]) -> Days:
    """Return the days of a season by its first and last month. A winter begins in the year before."""
    first, last = months
    return date(year - 1 if first > last else year, first, 1), _month(year, last)[1]


def _near_weekday(today: date, weekday: int, *, past: bool, ahead: int) -> date:
    """Return the last such day, or the coming one, that is at least so many days away."""
    if past:
        latest = today - ahead * DAY
        return latest - timedelta(days=(latest.weekday() - weekday) % 7)
    earliest = today + ahead * DAY
    return earliest + timedelta(days=(weekday - earliest.weekday()) % 7)


def _nearest_year(today: date, month: int, day: int) -> int:
    """Return the year in which this day is nearest."""
    years = [today.year + step for step in (-1, 0, 1)]
    having = [year for year in years if day <= calendar.monthrange(year, month)[1]]
    return min(having, key=lambda year: abs(date(year, month, day) - today))


def _distance(days: Days, today: date) -> int:
    return max((days[0] - today).days, (today - days[1]).days, 0)
