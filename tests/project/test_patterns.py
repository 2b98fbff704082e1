"""Every regular expression of the package takes work in proportion to the text that it sees."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable

import pytest
from engine_steps import TooManyStepsError, steps
from patterns import Used, hostile, is_open, used_patterns

MOST_TIMES = 15
"""How much more work ten times as much text may take."""

FEW = 10
"""A search that takes so few steps for each character is in proportion: nothing was read again."""

MOST_STEPS = 300
"""The most steps for each character of the shortest text."""

EVERYTHING = bool(os.environ.get("MEMGPT_AUTOGEN_TORTURE"))

SIZES = (300, 3000, 30_000) if EVERYTHING else (300, 3000)

BOUNDED = {
    "readers/chats/recognise": "the first 8,192 bytes of a file",
    "readers/kinds": "the first 8,192 bytes of a file",
    "readers/languages": "the first line of a file",
    "readers/text: line": "headings of at most 1,000 characters",
    "readers/assets": "names of files, and the first 8,192 bytes",
    "readers/code: ABOVE": "lines, of which it looks at the start only",
    "readers/symbols: line": "the receivers of methods in Go, of which it looks at 300 characters",
    "readers/encoding: DECLARED": "the start of a file, with repeats of at most 400 characters",
    "readers/data_uris: BARE": "1,000 characters or more, which these texts do not have",
    "readers/symbols: PATTERNS": "lines, of which it looks at the start only",
    "llm/text_calls/tagged: LAST_NAME": "the last characters before a call",
    "readers/number_formats: PIECE": "repeats of at most 100 characters",
    **dict.fromkeys(
        [f"llm/text_calls/calls: {name}" for name in ("BEGINS", "ENDS", "LEFT_OVER")]
        + [
            f"llm/text_calls/tagged: {name}"
            for name in ("ELEMENT", "PARAMETER", "KEY", "VALUE", "NAME_", "INNER", "HEAD")
        ]
        + [
            f"llm/text_calls/thoughts: {name}"
            for name in ("MARK", "END", "CLOSES", "BEGINNING", "EDGE", "NO_T", "MAY_BE")
        ],
        "marks, with repeats of at most 150 characters",
    ),
    "cli/": "what the person who types has typed",
    "compat/": "files of the person's own older agents",
    "readers/latex: MARK": "marks that our own code has set, each with its end",
}
"""Where patterns see short or known texts, and which."""

ROOMS = ("readers/", "llm/text_calls/", "memory/documents/", "text/")
"""Where texts are read that strangers and models write. `make torture` looks at all rooms."""


def growth(pattern: re.Pattern[str], *, searches: bool, sizes: tuple[int, ...] = (300, 3000)) -> str:
    """Return the hostile text whose work grows too fast; nothing if there is none."""
    used = Used("", pattern, searches)
    for texts in zip(*(hostile(used, size) for size in sizes), strict=True):
        before = 0
        for text in texts:
            most = MOST_TIMES * before if before else MOST_STEPS * len(text)
            try:
                before = steps(pattern, text, searches=searches, most=most)
            except TooManyStepsError:
                return f"{texts[0][:30]!r}...{texts[0][-3:]!r}"
            if before < FEW * len(text) and not EVERYTHING:
                break
    return ""


@pytest.mark.parametrize(
    ("pattern", "is_linear"),
    [
        (r"\s+$", False),
        (r"(?<!\s)\s+$", True),
        (r'"(?:[^"\\]|\\.)*"', False),
        (r"\[[^\]]*\]", False),
        (r"\[[^\[\]]*\]", True),
        (r"(?:a+)+b", False),
        (r"<b>.*?</b>", False),
        (r"\d{1,9} tokens", True),
    ],
)
def test_the_count_tells_linear_patterns_from_others(pattern: str, is_linear: bool) -> None:
    found: list[str] = []

    _deep(lambda: found.append(growth(re.compile(pattern, re.DOTALL), searches=True)))

    assert (found == [""]) is is_linear


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_every_pattern_takes_work_in_proportion_to_its_text() -> None:
    found: dict[str, str] = {}

    def run() -> None:
        for used in used_patterns():
            if used.where.startswith(tuple(BOUNDED)) or not is_open(used.pattern):
                continue
            if not (EVERYTHING or used.where.startswith(ROOMS)):
                continue
            if text := growth(used.pattern, searches=used.searches, sizes=SIZES):
                found[f"{used.where} {used.pattern.pattern[:120]!r}"] = text

    _deep(run)
    assert found == {}


def _deep(run: Callable[[], object]) -> None:
    """Run with a deep stack: a repeat calls itself."""
    before, size = sys.getrecursionlimit(), threading.stack_size(512 * 1024 * 1024)
    sys.setrecursionlimit(1_000_000)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join(3600)
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(before)
