"""What a search found, as a model reads it: lines in groups. `read_found` reads them back.

A group begins with its time or its document. No text of others can look like a line or a group of its own,
because what follows a line break in a text is indented:

    [2026-03-01 14:05, 3 weeks ago]
    ben: Where is the watering can?
    (ana: Behind the shed.)
    ...
    ben (best match; 2 times before, last 2026-02-20): I water the plants.
      They are dry.
    [source manual.pdf]
    - (passage 12, page 3) Drain the boiler in winter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from memgpt_autogen.text.safe import indent_lines, to_json_line

NOTHING_FOUND = "No results found"
"""Begins the answer of a search without results."""

LEFT_OUT = "..."
"""Stands between two lines of a group if something was said between them."""

REPLACED = "replaced on"
"""Begins the mark of what another passage replaces, before the time of that one."""

CUT = "characters cut here"
"""What `clip` writes where it has cut a text."""


@dataclass(frozen=True, slots=True)
class FoundLine:
    """One thing that was said or stored."""

    text: str
    name: str | None = None
    """Who said it; None for a passage."""
    marks: tuple[str, ...] = ()
    """What a reader has to know of it, such as `replaced 2026-03-05 09:12`."""
    beside: bool = False
    """Whether it was not found itself, and stands beside what was. Its text is one line."""
    after_gap: bool = False
    """Whether something that is not shown stands between it and the line before it."""

    def __str__(self) -> str:
        marks = f"({'; '.join(self.marks)})" if self.marks else ""
        text = indent_lines(self.text)
        gap = f"{LEFT_OUT}\n" if self.after_gap else ""
        if self.name is None:
            marks = marks or ("()" if text.startswith("(") else "")
            return f"{gap}- {marks}{' ' if marks else ''}{text}"
        line = f"{quoted_name(self.name)}{' ' if marks else ''}{marks}: {text}"
        return f"{gap}({line})" if self.beside else f"{gap}{line}"


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """Lines with one head: the time of the first of them, or the document of all."""

    head: tuple[str, ...]
    lines: Sequence[FoundLine]

    def __str__(self) -> str:
        lines = "\n".join(map(str, self.lines)).removeprefix(f"{LEFT_OUT}\n")
        return f"[{', '.join(self.head)}]\n{lines}"


def named(kind: str, *names: str) -> str:
    """Return a part of a head or a mark that contains names, such as `source manual.pdf`."""
    return f"{kind} {', '.join(map(quoted_name, names))}"


def quoted_name(name: str) -> str:
    """Return a name as results have it: a plain one as it is, any other as JSON.

    It is never cut, so that what is forgotten is found by its name.
    """
    return name if _PLAIN.fullmatch(name) else to_json_line(name)


def names_in(parts: Sequence[str], kind: str) -> list[str]:
    """Return the names that `named` has written for this kind; none if no part is of this kind."""
    for part in parts:
        if part.startswith(f"{kind} "):
            return [_plain(name) for name in _split(part[len(kind) + 1 :], ",")]
    return []


def is_replaced(line: FoundLine) -> bool:
    return any(mark.startswith(REPLACED) for mark in line.marks)


def read_found(answer: str) -> Iterator[tuple[tuple[str, ...], FoundLine]]:
    """Yield the lines of a search's answer, each with the head of its group.

    If an answer was cut, neither the line of the cut nor what follows it up to the next head is read: it may
    be of another group.
    """
    head: tuple[str, ...] = ()
    for written in _joined(answer):
        if CUT in written:
            head = ()
        elif written.startswith("[") and written.endswith("]"):
            head = tuple(_split(written[1:-1], ","))
        elif head and (line := _read_line(written)) is not None:
            yield head, line


def _joined(answer: str) -> Iterator[str]:
    """Yield each line with the indented lines that belong to it."""
    last: str | None = None
    for written in answer.split("\n"):
        if written.startswith("  ") and last is not None:
            last += f"\n{written[2:]}"
            continue
        if last is not None:
            yield last
        last = written
    yield last or ""


_PLAIN = re.compile(r"\w(?:[\w .@/+'#&>-]*[\w+#.])?")
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_MARKS = rf'\((?P<marks>(?:[^")]|{_QUOTED})*)\)'
_SAID = re.compile(rf"(?P<name>{_QUOTED}|\w[^\":()]*?)(?: {_MARKS})?: (?P<text>.*)", re.DOTALL)
_STORED = re.compile(rf"- (?:{_MARKS} )?(?P<text>.*)", re.DOTALL)


def _read_line(written: str) -> FoundLine | None:
    beside = written.startswith("(") and written.endswith(")")
    said = _SAID.fullmatch(written[1:-1] if beside else written)
    found = said or _STORED.fullmatch(written)
    if found is None:
        return None
    name = _plain(said["name"]) if said else None
    return FoundLine(found["text"], name, tuple(_split(found["marks"] or "", ";")), beside)


def _split(text: str, sign: str) -> list[str]:
    """Split a text at a sign, except inside quoted names."""
    return [part.strip() for part in re.findall(rf'(?:[^"{sign}]|{_QUOTED})+', text)]


def _plain(name: str) -> str:
    return str(json.loads(name)) if name.startswith('"') else name
