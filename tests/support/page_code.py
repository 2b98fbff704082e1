"""The Python of the documentation: blocks of a page as programs, and what a page says that they print."""

from __future__ import annotations

import re
from collections.abc import Iterator

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""A block that runs after those before it, in one program."""

FILE = re.compile(r'^```python title="(\w+\.py)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
"""A block that is a file of its own. The page says who runs it, and when."""

PROMISE = re.compile(r"# -> (.+)$", re.MULTILINE)
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)


def python_of(text: str) -> str:
    """Return the blocks at their own line numbers, so that an error names the line of the page."""
    lines = [""] * (text.count("\n") + 1)
    for block in BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(1))
        for number, line in enumerate(block[1].splitlines()):
            lines[first + number] = line
    return "\n".join(lines)


def section_of(text: str, heading: str) -> str:
    """Return one section at its own line numbers; empty where there is no such heading."""
    starts = [*SECTION.finditer(text)]
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        if start[1] == heading:
            return "\n" * text.count("\n", 0, start.start()) + text[start.start() : end and end.start()]
    return ""


def files_of(text: str) -> dict[str, str]:
    """Return the files of a page by their names."""
    return dict(FILE.findall(text))


def broken_promises(code: str, printed: str) -> list[str]:
    """Return the promises in this code that no line of the output keeps."""
    return missing(PROMISE.findall(code), printed)


def missing(promised: list[str], printed: str) -> list[str]:
    """Return the promises that no line of the output keeps, after the lines that keep the earlier ones."""
    return [*_missing(promised, printed.splitlines())]


def _missing(promised: list[str], lines: list[str]) -> Iterator[str]:
    for text in promised:
        whole = re.compile(".*".join(map(re.escape, text.split("..."))))
        place = next((place for place, line in enumerate(lines) if whole.fullmatch(line)), None)
        if place is None:
            yield text
        else:
            lines = lines[place + 1 :]
