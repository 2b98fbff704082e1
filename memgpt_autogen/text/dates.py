"""Dates, times and figures in what someone says, by their parts, so that two of them can be compared."""

from __future__ import annotations

import re

from memgpt_autogen.text.words import stem


def date_parts(text: str) -> dict[str, str]:
    """The parts of a date or a time in a text, by name; empty where there is none."""
    parts: dict[str, str] = {}
    if found := _ISO.search(text):
        parts |= {"year": found[1], "day": f"{int(found[2])}-{int(found[3])}"}
    elif (
        (found := _DAY_FIRST.search(text))
        and (month := _MONTHS.get(found[2][:3].lower()))
        and _MONTH.fullmatch(found[2])
    ):
        parts["day"] = f"{month}-{int(found[1])}"
    elif (
        (found := _MONTH_FIRST.search(text))
        and (month := _MONTHS.get(found[1][:3].lower()))
        and _MONTH.fullmatch(found[1])
    ):
        parts["day"] = f"{month}-{int(found[2])}"
    elif (found := re.search(r"\b(?:in|to|until|by) (\w+)\b|^(\w+)\b", text)) and _MONTH.fullmatch(
        found[1] or found[2]
    ):
        parts["month"] = str(_MONTHS[(found[1] or found[2])[:3].lower()])
    if "year" not in parts and (found := _YEAR.search(text)):
        parts["year"] = found[1]
    if found := _WEEKDAY.search(text):
        parts["weekday"] = found[1].lower()
    if found := _TIME.search(text):
        parts["time"] = _clock(found)
    elif not parts and (found := re.fullmatch(r"at (\d{1,2})", text.strip())):
        parts["time"] = f"{int(found[1])}:00"
    return {} if set(parts) == {"year"} and not re.fullmatch(r"(?:in |by )?\d{4}", text.strip()) else parts


def is_figure(word: str) -> bool:
    return any(sign.isdigit() for sign in word)


def is_dated(word: str) -> bool:
    return is_figure(word) or word in _DATE_STEMS


_MONTHS = {
    name[:3]: number
    for number, name in enumerate(
        "january february march april may june july august september october november december".split(), 1
    )
}

_MONTH = re.compile(
    r"\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?)\b\.?",
    re.IGNORECASE,
)

_DAY_FIRST = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?(?: of)?\s+([A-Za-z]{3,9})\b")

_MONTH_FIRST = re.compile(r"\b([A-Za-z]{3,9})\.? (?:the )?(\d{1,2})(?:st|nd|rd|th)?\b(?!:)")

_ISO = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")

_YEAR = re.compile(r"\b((?:19|20)\d\d)\b")

_WEEKDAY = re.compile(r"\b(mon|tues|wednes|thurs|fri|satur|sun)days?\b", re.IGNORECASE)

_TIME = re.compile(
    r"\b(\d{1,2})(?::(\d\d))?\s*(am|pm|o'clock)\b|\b(\d{1,2}):(\d\d)\b|\b(noon|midnight)\b", re.IGNORECASE
)

_DATE_STEMS = frozenset(
    stem(word)
    for word in """january february march april may june july august september october november december jan feb mar apr jun jul aug
    sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays
    saturdays sundays am pm noon midnight o'clock""".split()
)


def _clock(found: re.Match[str]) -> str:
    if found[6]:
        return "12:00" if found[6].lower() == "noon" else "0:00"
    hour, minute = int(found[1] or found[4]), found[2] or found[5] or "00"
    if (found[3] or "").lower() == "pm" and hour < 12:
        hour += 12
    return f"{hour}:{minute}"
