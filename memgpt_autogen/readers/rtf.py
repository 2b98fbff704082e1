"""Read rich text (.rtf), by striprtf."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

from memgpt_autogen.readers.refusals import refuse_broken, refuse_without
from memgpt_autogen.readers.sections import Part

HIDDEN = re.compile(
    r"\{\s*(?:\\\*\s*)?\\(?:header[lrf]?|footer[lrf]?|footnote|annotation|shpinst|shptxt|shp|result)"
    r"(?![a-z]) ?"
)
"""The starts of groups that striprtf takes for formats, and that pages show: headers, notes and boxes."""

NUMBERS = re.compile(r"\{\s*(?:\\\*\s*)?\\pntext(?![a-z]) ?")
"""The starts of groups with the number of an item as older programs write it."""

DELETED = re.compile(r"\\deleted1?(?![a-z0-9]) ?")
"""What follows in the same group is deleted text."""

APART = re.compile(r"\{\s*(?:\\\*\s*)?\\(?:footnote|annotation|shp|do)(?![a-z])")
"""The starts of groups that stand within a sentence, and that a page shows elsewhere."""

PARAGRAPH_END = re.compile(r"\\row(?![a-z]) ?|(?=\\(?:par|sect|trowd)(?![a-z]))")

BRACES = re.compile(r"\\[\\{}]|[{}]")

NOTE = re.compile(r"\\chftn(?![a-z]) ?")
"""The number of a note: once in the text, and once in the note itself."""

BULLET = re.compile(r"^[ \t]*[\u2022\u25aa\u25e6\u25cf\u00b7\uf000-\uf0ff][ \t]+", re.MULTILINE)


def read_rtf(content: bytes, name: str) -> Iterator[Part]:
    """Yield the text of the pages, with headers, footers, notes and text boxes where the file has them.

    Numbers of lists and notes are as on the pages. Text that is marked as deleted is not read.
    """
    with refuse_without("striprtf", f"{name} is rich text"):
        from striprtf.striprtf import rtf_to_text
    source = "".join(_notes_after("".join(_without_deleted(content.decode("latin-1")))))
    numbers = (f"[{number}]{after}" for number in count(1) for after in ("", " "))
    source = NOTE.sub(lambda _: next(numbers), source)
    source = HIDDEN.sub(r"{\\par ", NUMBERS.sub("{", source))
    with refuse_broken(f"{name} is broken rich text", "Save it again, or as .docx."):
        text = rtf_to_text(source, errors="replace")
    # a character above U+FFFF is written as two
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = BULLET.sub("- ", re.sub(r"\n{3,}", "\n\n", text))
    yield Part(re.sub(r"\|(?=\n|$)", "", text))


def _without_deleted(source: str) -> Iterator[str]:
    """Yield the source without the rest of each group after a mark for deleted text."""
    start = 0
    while mark := DELETED.search(source, start):
        yield source[start : mark.start()]
        start = _group_end(source, mark.end())
    yield source[start:]


def _notes_after(source: str) -> Iterator[str]:
    """Yield the source with notes, comments and boxes after the paragraphs that they are in."""
    start = 0
    waiting: list[str] = []
    while group := APART.search(source, start):
        between = source[start : group.start()]
        if waiting and (ended := PARAGRAPH_END.search(between)):
            yield between[: ended.end()] + "".join(waiting)
            between, waiting = between[ended.end() :], []
        yield between
        start = _group_end(source, group.end()) + 1
        waiting.append(source[group.start() : start])
    rest = source[start:]
    ended = PARAGRAPH_END.search(rest)
    cut = ended.end() if ended else max(0, rest.rfind("}"))
    yield rest[:cut] + "".join(waiting) + rest[cut:]


def _group_end(source: str, start: int) -> int:
    """Return the place of the brace that ends the group in which `start` is."""
    depth = 1
    for brace in BRACES.finditer(source, start):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if not depth:
            return brace.start()
    return len(source)
