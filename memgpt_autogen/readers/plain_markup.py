"""Read AsciiDoc (.adoc) and Org (.org) line by line: the lines as they are written, under their headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.sections import HeadedText, Part
from memgpt_autogen.readers.text import read_text

SECTION = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S(?:.*\S)?)\s*$")
"""A heading of AsciiDoc, or of Markdown, which AsciiDoc reads too."""

UNDERLINES = "=-~^+"
"""The letters of the lines below a heading of AsciiDoc, from the first level to the fifth."""

DELIMITER = re.compile(r"(?:([-.=_*+/])\1{3,}|--|[|,:!]={3,}|(?:```|~~~).*)$")
"""A line that begins and ends a block of AsciiDoc, in which no heading is."""

FENCE = re.compile(r"(`{3,}|~{3,})")

HEADLINE = re.compile(r"(\*+)[ \t]+(\S(?:.*\S)?)\s*$")
"""A heading of Org."""

INCLUDED = re.compile(r"include::(\S+?)\[|#\+include:\s*\"?([^\"\n]+?)\"?(?:\s|$)", re.IGNORECASE)


def read_asciidoc(lines: Iterable[str]) -> Iterator[Part]:
    """Yield the lines under their headings. A heading is marked by `=`, or underlined."""
    text, notes = HeadedText(), list[str]()
    block = title = before = ""  # the end of the block, and a line that may be a heading
    for line in lines:
        bare = line.rstrip()
        if block:
            block = "" if bare == block else block
        elif title and (level := _underlined(title.rstrip(), bare)):
            yield from text.enter(level, title.strip())
            title, before = "", ""
            continue
        elif found := DELIMITER.fullmatch(bare):
            fence = FENCE.match(bare)
            block = fence.group(1) if fence else found.group()
        elif heading := SECTION.match(line):
            yield from _kept(text, title)
            yield from text.enter(len(heading.group(1)), _unclosed(heading.group(2), heading.group(1)))
            title, before = "", ""
            continue
        _note(notes, line)
        yield from _kept(text, title)
        title = ""
        if not block and bare and not before.strip():
            title = line
        else:
            yield from text.add(line)
        before = line
    yield from _kept(text, title)
    yield from text.end()
    yield from _noted(notes)


def read_org(lines: Iterable[str]) -> Iterator[Part]:
    """Yield the lines under their headings, which begin with stars."""
    text, notes = HeadedText(), list[str]()
    for line in lines:
        if heading := HEADLINE.match(line):
            yield from text.enter(len(heading.group(1)), heading.group(2))
        else:
            _note(notes, line)
            yield from text.add(line)
    yield from text.end()
    yield from _noted(notes)


def _unclosed(title: str, mark: str) -> str:
    """Return a title without the mark that ends it too."""
    bare = title.removesuffix(mark)
    return bare.rstrip() if bare != bare.rstrip() else title


def _underlined(title: str, line: str) -> int:
    """Return the level of a heading that a line underlines; 0 if it does not."""
    if not line or line[0] not in UNDERLINES or line.strip(line[0]) or len(line) < 2:
        return 0
    return UNDERLINES.index(line[0]) + 1 if abs(len(title) - len(line)) <= 2 and title[:1] not in ".[/" else 0


def _kept(text: HeadedText, line: str) -> Iterator[Part]:
    if line:
        yield from text.add(line)


def _note(notes: list[str], line: str) -> None:
    if found := INCLUDED.match(line):
        notes.append(found.group(1) or found.group(2))


def _noted(names: list[str]) -> Iterator[Part]:
    if note := included(names):
        yield Part("", note=note)


def included(names: Iterable[str]) -> str:
    """Return in words which files a document includes, which are not read with it; empty for none."""
    distinct = list(dict.fromkeys(filter(None, names)))
    if not distinct:
        return ""
    shown = ", ".join(distinct[:5]) + (", ..." if len(distinct) > 5 else "")
    return f"it includes {shown}, which {'is' if len(distinct) == 1 else 'are'} not read with it"


def by_lines(text: str, reason: DocumentError) -> Iterator[Part]:
    """Yield the lines of a document as they are written, with a note why its markup is not read."""
    yield Part("", note=f"only its lines were read: {str(reason).rstrip('. ')}")
    yield from read_text(text.splitlines(keepends=True))
