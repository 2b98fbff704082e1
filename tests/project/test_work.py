"""What reads texts of strangers and models takes work in proportion to them, whatever they repeat.

Work is counted in lines and calls of Python; `test_patterns.py` counts the steps of regular expressions. The
texts aim at our own code: one of its signs or words, again and again. `make torture` tries 100 kB.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from work import TooMuchWorkError, lines_of

from memgpt_autogen.errors import MemGPTError
from memgpt_autogen.llm.text_calls.arguments import read_arguments
from memgpt_autogen.llm.text_calls.calls import find_calls, split_thoughts
from memgpt_autogen.llm.text_calls.partial_json import parse_partial
from memgpt_autogen.readers.open import open_bytes
from memgpt_autogen.rendering.diffs import diff
from memgpt_autogen.rendering.markup import markup
from memgpt_autogen.rendering.plain_text import glance, harmless
from memgpt_autogen.text.chunking import split_lines, split_text
from memgpt_autogen.text.equal import equal_spans, fold
from memgpt_autogen.text.safe import clean_text, to_json_line
from memgpt_autogen.text.spellings import spellings
from memgpt_autogen.text.words import words

MOST_TIMES = 15
"""How much more work ten times as much text may take."""

EVERYTHING = bool(os.environ.get("MEMGPT_AUTOGEN_TORTURE"))

SIZES = (1000, 10_000, 100_000) if EVERYTHING else (1000, 10_000)

FEW = 3000
"""Fewer lines than this are no growth: the first text meets what is done once."""

SIGNS = (
    *'" \\" [ [a]( ` < & # *a 1. / \\ > - | _ a. a; a, é 1-2 https://a.b/ a@b'.split(),
    "\n",
    " ",
    "\t",
    "a ",
    "a\n",
    "A\n\n",
    '"a',
    "'",
    "\r\n",
)
"""What is repeated for each reader, with its own signs."""

PAGES = (
    *"<a < </ </a <!-- <! <? <![CDATA[ &a &# &#1 <b> </b> <b/> <br> <li> <td> <p> <h1> <nav> <pre>".split(),
    *"<main> <title> <svg> <table><tr><td> <dt> <div><b></div> <option> <textarea> <iframe> <script>".split(),
    *"<img> <input> <script></script> <title></title> <nav></nav> <h1></h1> <ruby><rt>x <h1>x".split(),
    "<a ", "<a b=", "<a b='", '<a b="', "<a b=c ", '<a b=">" ', "<!-- x>", "<i>x", "<b>x</i>", "<td>x",
    '<textarea placeholder="a">', '<optgroup label="a">', '<iframe srcdoc="<p>a">', '<img alt="a">',
    "<nav>a</nav>", "<nav>a", "x<pre>x", "<svg><title>a", "<li>a", "<dl><dt>a", "<h1>a</h1>",
)  # fmt: skip

DOCUMENTS: dict[str, tuple[str, ...]] = {
    "a.txt": ("Chapter 1\n\n", "1.\n\n"),
    "a.md": (
        "# ", "# a\n", "```\n", "~~~", "a\n-\n", "a\n=", "---\n", "*a*", "**", "[a](b", "![", "&amp",
        "> ", "- a\n",
    ),
    "a.org": ("* a\n", "#+begin_src\n", "| a ", "[[a]["),
    "a.adoc": ("= a\n", "----\n", "a\n-\n", "|===\n", "[a]\n"),
    "a.csv": ("a,", 'a,"', '""', "a;b\n", ",\n", "1,5;"),
    "a.jsonl": ("{", "[", '{"a":1}\n', '{"a', '["', "1\n", '{"a":{"a":1}}\n'),
    "a.json": ("{", "[", '{"a":', "[1", '"a":1,'),
    "a.vtt": ("00:01.000 --> 00:02.000\na\n\n", "<v a>", "-->\n", "1\n"),
    "a.srt": ("1\n00:00:01,000 --> 00:00:02,000\na\n\n", "-->\n", "1\n"),
    "a.py": ("def a():\n", "class A:\n", "# a\n", '"""', "(", "@a\n", "    ", "if 1:\n"),
    "a.eml": ("From: a\n", "a: b\n", " a\n", "=?utf-8?q?a", "--a\n", "<b>"),
    "a.ipynb": (),
    "a.html": PAGES,
    "a.log": ("12/03/2024, 10:00 - A: b\n", "[12.03.24, 10:00:00] A: b\n"),
}  # fmt: skip

BEFORE = {
    "a.eml": "From: a@b.c\nSubject: a\nContent-Type: multipart/mixed; boundary=a\n\n--a\n"
    "Content-Type: text/html\n\n<p>",
    "a.log": "12/03/2024, 10:00 - A: b\n12/03/2024, 10:01 - B: c\n",
    "a.ipynb": '{"cells": [{"cell_type": "markdown", "source": ["',
}

AFTER = {"a.ipynb": '"]}], "nbformat": 4, "metadata": {}}'}

ANSWERS = (
    *SIGNS, "{", "[", "}", "<", "<tool_call>", "</tool_call>", "<function=a>", "```", "```json\n", "<think>",
    "</think>", '{"name":', '{"name": "send_message"', "send_message", "send_message(", "send_message(a=",
    "[send_message(", "<parameter=a>", "<|a|>", '{"a": "', "\\n", '\\"', '{"message": "a"}', "None", "'a': ",
)  # fmt: skip
"""What a model may repeat."""


def document(name: str, text: str) -> None:
    content = f"{BEFORE.get(name, 'x ')}{text} y{AFTER.get(name, '')}"
    for _ in open_bytes(content.encode(), name).sections():
        pass


def word(text: str) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
        packed.writestr("word/document.xml", f"<w:document {space}><w:body>{text}</w:body></w:document>")
    for _ in open_bytes(made.getvalue(), "a.docx").sections():
        pass


def chat_page(text: str) -> None:
    head = (
        '<!DOCTYPE html><title>Exported Data</title><div class="page_wrap"><div class="page_header">'
        '<div class="text bold">Ann</div></div><div class="history"><div class="message default" '
        'id="message1"><div class="body"><div class="date" title="03.05.2024 10:00:00">10:00</div>'
        '<div class="from_name">Ann</div><div class="text">Hello</div></div></div>'
    )
    document = open_bytes(f"{head}{text}".encode(), "messages.html")
    assert document.kind == "chat"
    for _ in document.sections():
        pass


def open_document(text: str) -> None:
    made = io.BytesIO()
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table")
    )
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
        packed.writestr("content.xml", f"<r {spaces}><office:text>{text}</office:text></r>")
    for _ in open_bytes(made.getvalue(), "a.odt").sections():
        pass


WORKS: dict[str, tuple[Callable[[str], object], tuple[str, ...]]] = {
    **{
        name: (partial(document, name), tuple(dict.fromkeys((*SIGNS, *own))))
        for name, own in DOCUMENTS.items()
    },
    "a.docx": (
        word,
        (
            "<w:p><w:r><w:t>a</w:t></w:r></w:p>",
            "<w:p/>",
            "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
            "<w:r><w:t>a</w:t></w:r>",
            "<w:sdt><w:sdtContent><w:p><w:r><w:t>a</w:t></w:r></w:p></w:sdtContent></w:sdt>",
        ),
    ),
    "a chat page": (
        chat_page,
        (
            "<i>x",
            "<a ",
            "<!-- x>",
            "<br>",
            '<div class="message">',
            '<div class="text">a',
            '<a href="http://a">',
        ),
    ),
    "a.odt": (
        open_document,
        (
            "<text:p>a</text:p>",
            '<text:h text:outline-level="2">a</text:h>',
            "<text:list><text:list-item><text:p>a</text:p></text:list-item></text:list>",
            "<table:table><table:table-row><table:table-cell/></table:table-row></table:table>",
        ),
    ),
    "arguments": (lambda text: read_arguments(f'{{"message": "{text}'), ANSWERS),
    "bare arguments": (read_arguments, ANSWERS),
    "an answer": (lambda text: find_calls(text, ["send_message"]), ANSWERS),
    "an answer with a call": (lambda text: find_calls(f"send_message({text}", ["send_message"]), ANSWERS),
    "thoughts": (split_thoughts, ANSWERS),
    "a part of an answer": (parse_partial, ANSWERS),
    "passages": (lambda text: split_text(text, 1000), SIGNS),
    "passages of lines": (lambda text: split_lines(text, 1000), SIGNS),
    "spellings": (
        lambda text: list(spellings(text)),
        (*SIGNS, "1.2", "A-1", "Mr. ", "o'b", "1 May ", "2024-"),
    ),
    "words": (words, (*SIGNS, "किताब ", "กา", "漢", "l'eau ", "can't ")),
    "equal words": (
        lambda text: list(equal_spans("a b", text)),
        (*SIGNS, "a b ", "e\u0301", "\u200b", "\u0301"),
    ),
    "folding": (fold, (*SIGNS, "e\u0301", "\u200b", "ß", "İ")),
    "safe text": (lambda text: to_json_line(clean_text(text)), (*SIGNS, "\0", "\ud83d", "\x1b")),
    "a diff": (lambda text: diff(text, f"{text} b"), SIGNS),
    "markup": (markup, SIGNS),
    "a glance": (lambda text: glance(harmless(text), 80), (*SIGNS, "\x1b[", "\u202e")),
}


def growth(read: Callable[[str], object], piece: str) -> str:
    """Return how the work grows if it grows too fast; nothing if it does not."""

    def work(size: int) -> None:
        text = piece * (size // len(piece))
        with suppress(MemGPTError, ValueError, RecursionError):
            read(text)

    work(100)  # what is done once, such as imports
    before = float("inf")
    for size in SIZES:
        most = MOST_TIMES * max(before, FEW)
        try:
            before = lines_of(partial(work, size), most)
        except TooMuchWorkError:
            return f"{piece!r}: more than {most:,.0f} lines for {size:,} characters, after {before:,.0f}"
    return ""


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", WORKS)
def test_ten_times_the_text_is_at_most_fifteen_times_the_work(name: str) -> None:
    read, pieces = WORKS[name]

    assert list(filter(None, (growth(read, piece) for piece in pieces))) == []


def test_the_count_tells_work_in_proportion_from_other_work() -> None:
    def again(text: str) -> None:
        for place in range(len(text) // 10):
            for _ in text[place::10]:
                pass

    assert growth(list, "a") == ""
    assert growth(lambda text: [letter for letter in text if letter], "a") == ""
    assert "'a': more than" in growth(again, "a")
