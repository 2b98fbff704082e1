"""Read calendars (.ics) and contacts (.vcf), by vobject: each event and each contact with its fields."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
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

IN_PARTS = ("N", "ADR", "ORG")
"""Fields whose parts are divided by semicolons."""

LISTS = ("CATEGORIES", "NICKNAME", "RESOURCES")
"""Fields whose values are divided by commas."""

BINARY_FIELD = re.compile(
    r"^(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY)[;:][^\n]*\n(?:[ \t][^\n]*\n|[A-Za-z0-9+/=]{20,}\r?\n)*",
    re.MULTILINE | re.IGNORECASE,
)
"""A picture, a sound or a key, which nobody reads."""

MOST_QUOTED = 60
"""The most characters of a line that a note quotes."""


@dataclass(frozen=True, slots=True)
class Component:
    """What stands between a BEGIN and its END."""

    name: str
    fields: list[Any]
    """Lines as vobject reads them."""
    inner: list[Component]


def read_cards(text: str, name: str) -> Iterator[Part]:
    """Yield each event, task or contact under its title, a field in a line."""
    with refuse_without("vobject", f"{name} is a calendar or an address book"):
        from vobject import base
    broken: list[str] = []
    cut: list[str] = []
    text = BINARY_FIELD.sub("", text)  # a picture that is broken would make the whole file broken
    with refuse_broken(f"{name} is broken", "Export it again from its program."):
        found = list(_components(base, text, broken, cut))
    if cut:
        yield Part("", note=f"it is cut: it ends inside a {cut[0]}, which may lack lines")
    if broken:
        said = shorten(broken[0], MOST_QUOTED)
        yield Part("", note=f"{counted(len(broken), 'line')} left out that cannot be read, first “{said}”")
    for component in found:
        if component.name == "VCALENDAR":
            own = [field for field in component.fields if field.name.startswith("X-WR-CAL")]
            if lines := [line for field in own for line in _lines(field)]:
                yield Part("\n".join(lines))
            for inner in component.inner:
                if inner.name not in UNSEEN:
                    yield _part(inner)
        else:
            yield _part(component)


def _components(base: Any, text: str, broken: list[str], cut: list[str]) -> Iterator[Component]:
    """Yield the outermost components, and add the lines that cannot be read to `broken`.

    The name of a component without an end is added to `cut`.

    vobject's own components keep a text only up to its first comma, if that has no backslash. It has none in
    vCard 2.1 and in many calendars. So only its lines are used: it joins, decodes and divides them.
    """
    open_components: list[Component] = []
    for line, number in base.getLogicalLines(io.StringIO(text), allowQP=True):
        try:
            field = base.textLineToContentLine(line, number)
        except (base.ParseError, LookupError, UnicodeError):
            broken.append(line)
            continue
        name = field.value.strip().upper()
        if field.name == "BEGIN":
            open_components.append(Component(name, [], []))
        elif not open_components:
            broken.append(line)
        elif field.name != "END":
            open_components[-1].fields.append(field)
        else:
            closed = open_components.pop()
            if closed.name != name:
                raise ValueError(f"{closed.name} has no end before line {number}")
            if open_components:
                open_components[-1].inner.append(closed)
            else:
                yield closed
    if open_components:
        cut.append(open_components[-1].name)
        while len(open_components) > 1:
            inner = open_components.pop()
            open_components[-1].inner.append(inner)
        yield open_components[0]


def _part(component: Component) -> Part:
    fields = [field for field in component.fields if field.name not in UNSEEN]
    titles = {
        field.name: " ".join(_value(field).split()) for field in reversed(fields) if field.name in TITLES
    }
    title = next((titles[key] for key in TITLES if titles.get(key)), None)
    lines = [line for field in fields for line in _lines(field)]
    lines += [
        line
        for inner in component.inner
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
    # vCard 2.1 writes a type without its name
    kind = ", ".join(filter(None, [params.get("TYPE"), *field.singletonparams]))
    label = WORDS.get(
        field.name, field.name.removeprefix("X-WR-CAL").removeprefix("X-").lower().replace("-", " ")
    )
    if value.strip(" ;,"):
        yield f"{label}{f' ({kind.lower()})' if kind else ''}: {value}"


def _value(field: Any) -> str:
    value = str(field.value).removeprefix("mailto:").removeprefix("MAILTO:")
    if field.name in IN_PARTS:
        return " ".join(part for each in _divide(";", value) if (part := _unescape(each).strip()))
    if field.name in LISTS:
        return ", ".join(_unescape(each).strip() for each in _divide(",", value))
    if field.name.startswith("DT") or field.name in ("DUE", "RECURRENCE-ID"):
        return _time(value)
    return _unescape(value)


def _divide(sign: str, value: str) -> list[str]:
    """Divide a value at a sign that no backslash escapes."""
    return re.findall(rf"(?:\\.|[^\\{sign}])+", value, re.DOTALL)


def _unescape(text: str) -> str:
    """Replace the escapes of RFC 5545 and RFC 6350. A comma or a semicolon without a backslash stays."""
    return re.sub(r"\\([nN,;:\\])", lambda found: "\n" if found[1] in "nN" else found[1], text)


def _time(text: str) -> str:
    """Return a time of a calendar as people write it."""
    day, _, hour = text.partition("T")
    if not (len(day) == 8 and day.isdecimal()):
        return text
    written = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    if len(hour) >= 6 and hour[:6].isdecimal():
        written += f" {hour[:2]}:{hour[2:4]}" + (" UTC" if hour.endswith("Z") else "")
    return written
