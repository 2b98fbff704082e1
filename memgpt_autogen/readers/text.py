"""Read plain text and Markdown line by line, with the headings that a reader would see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from itertools import chain

from memgpt_autogen.readers.sections import HeadedText, Part

NUMERAL = (
    r"(?:[IVXLC]+|\d+(?:\.\d+)*|[A-Z]|one|two|three|four|five|six|seven|eight|nine|ten|the (?:first|last))"
)

NAMED = (
    re.compile(rf"(?:book|part|volume|act|title)\s+{NUMERAL}\b.*", re.IGNORECASE),
    re.compile(rf"(?:chapter|article|amendment|canto|scene|appendix|letter)\s+{NUMERAL}\b.*", re.IGNORECASE),
    re.compile(rf"(?:section|§)\s*{NUMERAL}\b.*", re.IGNORECASE),
)
"""The names of a book's parts, the larger ones first."""

ALONE = re.compile(
    r"(?:preamble|preface|foreword|introduction|prologue|epilogue|contents|conclusion|abstract|summary|references|"
    r"acknowledge?ments)\.?",
    re.IGNORECASE,
)

NUMBERED = re.compile(r"\d+(?:\.\d+)*\.?\s+[A-Z][^.!?;,]*")

LONGEST_HEADING = 80
MOST_MARKED = 1000
"""In a heading with more characters, the marks of emphasis and links stay."""

MOST_LINE = 1_000_000
"""How many characters are read at once in a file without line ends."""


MOST_FRONT = 200
"""Front matter has at most so many lines; a longer one is text."""

NO_TITLE = re.compile(r"[-*+]\s|[>|<]|\d+[.)]\s|\[[^\]]*\]:")
"""How a line of a list, a quote or a table begins, which is no heading though a rule follows."""


ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z]\w{1,30});")

EMPHASIS = re.compile(
    r"(?<=[^\W\d_])(\*{1,3})([^\s*](?:[^*\n]*[^\s*])?)\1|(?<![\w*])(\*{1,3})([^\s*](?:[^*\n]*[^\s*])?)\3(?=[^\W\d_])"
)
"""Emphasis that begins or ends inside a word."""


def read_text(lines: Iterable[str]) -> Iterator[Part]:
    """Yield the text in parts, with its headings.

    A heading is a short line between blank lines. It is numbered, in capitals, or named like a chapter (see
    `NAMED` and `ALONE`).
    """
    text = HeadedText()
    before = maybe_heading = ""
    for line in lines:
        if maybe_heading:
            level = _level(maybe_heading)
            if level and not line.strip():
                yield from text.enter(level, maybe_heading.strip().rstrip("."))
            else:
                yield from text.add(maybe_heading)
            maybe_heading = ""
        if not before.strip() and _level(line):
            maybe_heading = line
        else:
            yield from text.add(line)
        before = line
    if maybe_heading:
        yield from text.enter(_level(maybe_heading), maybe_heading.strip())
    yield from text.end()


def read_markdown(lines: Iterable[str]) -> Iterator[Part]:
    """Yield the text in parts. Headings begin with `#` or are underlined, and are not in fenced code.

    Front matter is text without a heading.
    """
    text = HeadedText()
    front, rest = _front_matter(iter(lines))
    if front:
        yield Part("".join(front))
    yield from add_markdown(text, rest)
    yield from text.end()


def add_markdown(text: HeadedText, lines: Iterable[str]) -> Iterator[Part]:
    """Add the lines of a piece of Markdown to a text, and yield the parts that are whole."""
    fence = ""
    paragraph: list[str] = []  # its lines, until it is known whether they are a heading
    for line in lines:
        bare = line.strip()
        marked = re.match(r"`{3,}|~{3,}", bare)
        if fence:
            fence = "" if marked and bare.startswith(fence) and not bare.strip(fence[0]) else fence
        elif marked:
            fence = marked.group()
        elif len(paragraph) == 1 and re.fullmatch(r"=+|-{2,}", bare) and _is_title(paragraph[0], line):
            yield from text.enter(1 if bare[0] == "=" else 2, _bare(paragraph[0]))
            paragraph = []
            continue
        elif heading := re.match(r" {0,3}(#{1,6})[ \t]+(.*)", line.rstrip()):
            yield from _add_all(text, paragraph)
            paragraph = []
            yield from text.enter(len(heading.group(1)), _bare(heading.group(2).rstrip(" \t#")))
            continue
        paragraph.append(line if fence or line.startswith(("    ", "\t")) else _whole_words(line))
        if fence or marked or not bare or len(paragraph) > 1:
            yield from _add_all(text, paragraph)
            # what follows on the lines of a paragraph is not the title that a rule underlines
            paragraph = [] if fence or marked or not bare else ["", ""]
    yield from _add_all(text, paragraph)


def _whole_words(line: str) -> str:
    """Return a line of Markdown without the marks inside words, which tear them.

    These are emphasis of a part of a word, escapes and entities: `un*like*ly`, `it\\'s`, `caf&eacute;`.
    """
    if not any(mark in line for mark in "*\\&"):
        return line
    pieces = re.split(r"(`+.+?`+)", line)
    for place in range(0, len(pieces), 2):
        text = re.sub(r"(?<=\w)\\(?=['’_*.-]\w)", "", pieces[place])
        text = re.sub(
            r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z]\w{1,30});",
            lambda found: unescape(found.group()),
            text,
        )
        pieces[place] = EMPHASIS.sub(lambda found: found.group(2) or found.group(4), text)
    return "".join(pieces)


def _add_all(text: HeadedText, lines: Iterable[str]) -> Iterator[Part]:
    for line in lines:
        yield from text.add(line)


def _front_matter(lines: Iterator[str]) -> tuple[list[str], Iterator[str]]:
    """Return the front matter at the start of a page, of YAML or TOML, and the lines after it."""
    front: list[str] = []
    for line in lines:
        front.append(line)
        mark = front[0].rstrip()
        if mark not in ("---", "+++") or len(front) > MOST_FRONT:
            break
        if len(front) > 1 and line.rstrip() in (mark, "..." if mark == "---" else mark):
            if any(re.match(r"[\w\"'.-]+\s*[:=]", each) for each in front):
                return front, lines
            break
    return [], chain(front, lines)


def _is_title(line: str, rule: str) -> bool:
    """Whether a line is a heading, as the rule that follows it underlines it."""
    inside = line[:1].isspace() and not rule[:1].isspace()  # of a list, which ends before the rule
    return len(line.strip()) <= 2 * LONGEST_HEADING and not inside and not NO_TITLE.match(line.strip())


def _level(line: str) -> int:
    """Return the level of a line that could be a heading, from 1; 0 for any other line."""
    text = line.strip()
    if not text or len(text) > LONGEST_HEADING:
        return 0
    for level, named in enumerate(NAMED, 1):
        if named.fullmatch(text):
            return level
    if ALONE.fullmatch(text) or (text.isupper() and sum(map(str.isalpha, text)) > 3):
        return 2
    return 3 if NUMBERED.fullmatch(text) else 0


def _bare(text: str) -> str:
    """Return a heading without emphasis, code marks and the addresses of links.

    A very long one stays as it is.
    """
    if len(text) > MOST_MARKED:
        return text
    code: list[str] = []

    def keep(found: re.Match[str]) -> str:
        code.append(found.group(2))
        return "\0"  # stands for the code, in which marks are letters

    text = re.sub(r"(`+)(.+?)\1(?!`)", keep, text.replace("\0", " "))
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\*{1,3}(\S(?:.*?\S)?)\*{1,3}", r"\1", text)
    text = re.sub(r"(?<!\w)_{1,3}(\S(?:.*?\S)?)_{1,3}(?!\w)", r"\1", text)
    text = re.sub(r"\s*\{[#.:][^{}]*\}$", "", text)  # the heading's id, as pandoc and kramdown write it
    spans = iter(code)
    return re.sub("\0", lambda _: next(spans, ""), text)
