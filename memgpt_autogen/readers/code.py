"""Read source code: its lines exactly as they are written, under the symbols that they define."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from memgpt_autogen.readers.languages import GRAMMARS, language_of
from memgpt_autogen.readers.sections import Part, with_lines
from memgpt_autogen.readers.symbols import NoGrammarError, Symbol, symbols

MOST_PARSED = 2_000_000
"""Of a file with more characters, the symbols are not read."""

PART_CHARS = 4_000
"""A part ends after at most so many characters, so that its line numbers say where to look."""

WHOLE_CHARS = 1_000
"""A function of so many characters is not divided, though other functions are inside."""

ABOVE = re.compile(r"\s*(?://|/\*|\*|--|@|#?\[\w)")
"""How a line begins that belongs to the symbol below it: a comment, a decorator, an attribute."""

HASHES = frozenset("python ruby bash php sections yaml".split())
"""Languages in which `#` begins a comment."""

ABOVE_WITH_HASHES = re.compile(rf"{ABOVE.pattern}|\s*#")

ENDS = re.compile(r"[\W_]*(?:(?:end|fi|done|esac|endif|EOF|GO)[\W_]*)?")
"""Lines that only end what is above them."""


def read_code(lines: Iterable[str], name: str) -> Iterator[Part]:
    """Yield the lines in parts, each under a symbol such as `Store > add` and with its line numbers.

    A comment or a decorator right above a symbol belongs to it. Code without symbols is yielded by its lines.
    """
    gathered: list[str] = []
    chars = 0
    lines = iter(lines)
    for line in lines:
        gathered.append(line)
        chars += len(line)
        if chars > MOST_PARSED:
            yield Part("", note="its symbols were not read, because it is too long")
            yield from _unnamed(chain(gathered, lines))
            return
    language = language_of(name, gathered[0].encode()[:200] if gathered else b"")
    found: list[Symbol] = []
    try:
        found = symbols("".join(gathered), language or "")
    except SyntaxError as error:
        at = f" in line {error.lineno:,}" if error.lineno else ""
        yield Part("", note=f"its symbols were not read, because of a syntax error{at}")
    except NoGrammarError:
        package = GRAMMARS[language or ""][0].replace("_", "-")
        yield Part(
            "",
            note=f"its symbols were not read, which needs {package}: pip install 'memgpt-autogen[code]'",
        )
    yield from _parts(gathered, _owners(gathered, found, ABOVE_WITH_HASHES if language in HASHES else ABOVE))


def _unnamed(lines: Iterable[str]) -> Iterator[Part]:
    """Yield lines without symbols, few in memory at a time."""
    run: list[str] = []
    first, chars = 1, 0
    for number, line in enumerate(lines, 1):
        run.append(line)
        chars += len(line)
        if (chars > PART_CHARS and not line.strip()) or chars > 2 * PART_CHARS:
            yield from _cut(run, first, "")
            run, first, chars = [], number + 1, 0
    yield from _cut(run, first, "")


def _owners(lines: Sequence[str], found: Sequence[Symbol], above: re.Pattern[str]) -> list[str]:
    """Return the path of the symbol that each line belongs to, such as `Store > add`; else empty."""
    owners = [""] * len(lines)

    def claim(inside: Sequence[Symbol], around: str, free: int, end: int) -> None:
        for symbol in inside:
            first, last = max(symbol.first, free), min(symbol.last, end)
            if last < first:
                continue
            while first == symbol.first and first > free and above.match(lines[first - 2]):
                first, symbol.first = first - 1, first - 1
            path = f"{around} > {symbol.name}" if around else symbol.name
            owners[first - 1 : last] = [path] * (last - first + 1)
            if symbol.divided or sum(map(len, lines[first - 1 : last])) > WHOLE_CHARS:
                claim(symbol.inside, path, symbol.first + 1, last)
            free = last + 1

    claim(found, "", 1, len(lines))
    return owners


def _parts(lines: Sequence[str], owners: Sequence[str]) -> Iterator[Part]:
    run: list[str] = []
    first, owner = 1, ""
    for number, (line, its_owner) in enumerate(zip(lines, owners, strict=True), 1):
        if its_owner != owner and not (run and ENDS.fullmatch(line)):
            yield from _cut(run, first, owner)
            run, first = [], number
            owner = its_owner
        run.append(line)
    yield from _cut(run, first, owner)


def _cut(run: Sequence[str], first: int, owner: str) -> Iterator[Part]:
    """Yield lines as parts of bounded size, which end at a blank line if there is one."""
    start = 0
    while start < len(run):
        if not run[start].strip():
            start += 1
            continue
        end, chars, blank = start, 0, 0
        while end < len(run) and (end == start or chars + len(run[end]) <= PART_CHARS):
            chars += len(run[end])
            if not run[end].strip() and chars > PART_CHARS // 3:
                blank = end
            end += 1
        if end < len(run) and blank:
            end = blank
        last = end
        while not run[last - 1].strip():
            last -= 1
        text = "".join(run[start:last])
        yield Part(text, heading=with_lines(owner, first + start, first + last - 1), exact=True)
        start = end
