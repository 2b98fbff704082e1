"""Read calendars (.ics) and contacts (.vcf), by vobject: each event and each contact with its fields."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

from memgpt_autogen.readers.refusals import refuse_broken, refuse_without
from memgpt_autogen.readers.sections import Part
from memgpt_autogen.rendering.plain_text import counted, shorten

UNSEEN = frozenset(
    "PRODID VERSION UID DTSTAMP CREATED LAST-MODIFIED SEQUENCE TRANSP CALSCALE METHOD REV CLASS PRIORITY "
    "X-ALT-DESC VALARM VTIMEZONE STANDARD DAYLIGHT PHOTO LOGO SOUND KEY".split()
)
"""What calendars and address books do not show as text."""

TITLES = ("SUMMARY", "FN", "N", "ORG")

WORDS = {
    "DTSTART": "start", "DTEND": "end", "FN": "name", "N": "full name", "TEL": "phone", "ADR": "address",
    "BDAY": "birthday", "ORG": "organisation", "RRULE": "repeats", "DUE": "due", "DURATION": "duration",
}  # fmt: skip

MOST_QUOTED = 60
"""The most characters of a line that a note quotes."""


def read_cards(text: str, name: str) -> Iterator[Part]:
    """Yield each event, task or contact under its title, a field in a line."""
    with refuse_without("vobject", f"{name} is a calendar or an address book"):
        import vobject
    logging.getLogger("vobject").setLevel(logging.CRITICAL)  # it warns about lines that it skips
    with refuse_broken(f"{name} is broken", "Export it again from its program."):
        found = list(vobject.readComponents(text, transform=False, ignoreUnreadable=True, allowQP=True))
    broken = [line for line in text.splitlines() if re.match(r"[^\s:=]+\s[^:=]*$", line)]
    if broken:
        said = shorten(broken[0], MOST_QUOTED)
        yield Part("", note=f"{counted(len(broken), 'line')} without a field left out, first “{said}”")
    for component in found:
        if component.name == "VCALENDAR":
            own = [line for line in component.lines() if line.name.startswith("X-WR-CAL")]
            if lines := [line for each in own for line in _lines(each)]:
                yield Part("\n".join(lines))
            for inner in component.components():
                if inner.name not in UNSEEN:
                    yield _part(inner)
        else:
            yield _part(component)


def _part(component: Any) -> Part:
    fields = [line for line in component.lines() if line.name not in UNSEEN]
    titles = {line.name: " ".join(_value(line).split()) for line in reversed(fields) if line.name in TITLES}
    title = next((titles[key] for key in TITLES if titles.get(key)), None)
    lines = [line for field in fields for line in _lines(field)]
    lines += [
        line
        for inner in component.components()
        if inner.name not in UNSEEN
        for line in _part(inner).text.splitlines()
    ]
    return Part("\n".join(dict.fromkeys(lines)), heading=title)


def _lines(field: Any) -> Iterator[str]:
    params = {key: ", ".join(values) for key, values in field.params.items()}
    value = " ".join(_value(field).split())
    if name := params.get("CN", ""):
        value = f"{name} {value}"
    if zone := params.get("TZID", ""):
        value = f"{value} {zone}"
    kind = params.get("TYPE", "")
    label = WORDS.get(
        field.name, field.name.removeprefix("X-WR-CAL").removeprefix("X-").lower().replace("-", " ")
    )
    if value.strip(" ;,"):
        yield f"{label}{f' ({kind.lower()})' if kind else ''}: {value}"


def _value(field: Any) -> str:
    value = field.value
    if isinstance(value, (list, tuple)):
        value = ", ".join(map(str, value))
    text = str(value).removeprefix("mailto:").removeprefix("MAILTO:")
    if field.name in ("N", "ADR", "ORG"):
        return " ".join(part.strip() for part in text.split(";") if part.strip())
    if field.name.startswith("DT") or field.name in ("DUE", "RECURRENCE-ID"):
        return _time(text)
    return text


def _time(text: str) -> str:
    """Return a time of a calendar as people write it."""
    day, _, hour = text.partition("T")
    if not (len(day) == 8 and day.isdecimal()):
        return text
    written = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    if len(hour) >= 6 and hour[:6].isdecimal():
        written += f" {hour[:2]}:{hour[2:4]}" + (" UTC" if hour.endswith("Z") else "")
    return written
