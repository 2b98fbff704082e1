"""Plain text and Markdown: their headings."""

from __future__ import annotations

from pathlib import Path

import pytest

from memgpt_autogen.readers.open import open_bytes, open_file, open_text
from memgpt_autogen.readers.sections import HEADING_CHARS


def test_headings_of_a_text_are_those_that_a_reader_sees(tmp_path: Path) -> None:
    (tmp_path / "law.txt").write_text(
        "Article I\n\nSection 1\n\nAll powers.\n\nSection 2\n\nThe house.\n\n"
        "Article II\n\nThe president. Section 3\nis not here.\n"
    )

    found = [(section.heading, section.text) for section in open_file(tmp_path / "law.txt").sections()]

    assert found == [
        ("Article I > Section 1", "All powers."),
        ("Article I > Section 2", "The house."),
        ("Article II", "The president. Section 3\nis not here."),
    ]


def test_a_comment_between_fences_is_no_heading() -> None:
    text = "Title\n=====\n\nRun:\n\n```sh\n# not a heading\nmake\n```\n\nMore\n----\n\nend\n"

    found = [(section.heading, section.text) for section in open_text(text, "a").sections()]

    assert found == [("Title", "Run:\n\n```sh\n# not a heading\nmake\n```"), ("Title > More", "end")]


def read(text: str, name: str = "a.md") -> list[tuple[str | None, str]]:
    return [(section.heading, section.text) for section in open_bytes(text.encode(), name).sections()]


def test_headings_without_text_are_text_of_what_is_above_them() -> None:
    phones = (
        "# Phones\n\n## Anna 555-0142\n\n## Ben 555-0199\n\n## Carla\n\nonly mornings\n\n# Next: 4 June\n"
    )
    boiler = "Restarting the boiler\n\n1. Turn the key to OFF\n\n2. Wait four minutes\n\n3. Hold it\n"

    assert read(phones) == [
        ("Phones", "Anna 555-0142\n\nBen 555-0199"),
        ("Phones > Carla", "only mornings"),
        (None, "Next: 4 June"),
    ]
    assert read(boiler, "a.txt") == [
        (
            None,
            "Restarting the boiler\n\n1. Turn the key to OFF\n\n2. Wait four minutes\n\n3. Hold it",
        )
    ]
    assert read("# One\n## Two\n### Three\n# Four\n\nend\n") == [("One > Two", "Three"), ("Four", "end")]


def test_a_heading_that_is_too_long_to_cite_is_text_too() -> None:
    heading = " ".join(f"word{number}" for number in range(60))

    ((cited, text),) = read(f"# {heading}\n\nend\n")

    assert cited is not None
    assert len(cited) <= HEADING_CHARS
    assert text == f"{heading}\n\nend"


@pytest.mark.parametrize(
    ("heading", "bare"),
    [
        ("`NODE_DEBUG=module` and NODE_DEBUG_NATIVE", "NODE_DEBUG=module and NODE_DEBUG_NATIVE"),
        ("**Bold**, _not_ snake_case_name", "Bold, not snake_case_name"),
        ("`buffer[Symbol.iterator]()`", "buffer[Symbol.iterator]()"),
        ("See [the guide](https://x.example) for *more*", "See the guide for more"),
        ("[`fs.open(path)`](#fs)", "fs.open(path)"),
        ("2 * 3 * 4 ``a`b``", "2 * 3 * 4 a`b"),
    ],
)
def test_a_heading_is_cited_without_marks_and_its_words_are_whole(heading: str, bare: str) -> None:
    assert read(f"# {heading}\n\nend\n") == [(bare, "end")]


FRONT = {
    "---\ntitle: Repairing the pump\ntags: [garden, pump]\n---\n": "tags: [garden, pump]",
    "---\ntitle: A talk\nspeakers:\n  - Marta Ilves\nmedia: https://x.example/x7\n---\n": "- Marta Ilves",
    '+++\ntitle = "A talk"\ndraft = true\n+++\n': "draft = true",
    "---\ntitle: A talk\n...\n": "title: A talk",
}


@pytest.mark.parametrize("front", FRONT)
def test_front_matter_is_text_and_no_heading(front: str) -> None:
    (matter, text, tools) = read(f"{front}\nIt was stuck.\n\n### Tools\n\nA spanner.\n")

    assert matter[0] is None
    assert FRONT[front] in matter[1]
    assert (text, tools) == ((None, "It was stuck."), ("Tools", "A spanner."))


@pytest.mark.parametrize(
    "above",
    [
        "- tent\n- stove",
        "1. tent\n2. stove",
        "> He said so.",
        "- tent\n\n  with pegs",
        "<b>bold</b>",
        "| a | b |",
        "a paragraph\nof two lines",
        "[1]: https://x.example",
        "x" * 200,
    ],
)
def test_a_rule_below_anything_but_a_line_of_text_makes_no_heading(above: str) -> None:
    assert read(f"# Log\n\n{above}\n---\n\nIt was stuck.\n") == [("Log", f"{above}\n---\n\nIt was stuck.")]


def test_a_rule_at_the_start_of_a_text_is_a_rule() -> None:
    assert read("---\n\nWe begin.\n\nTitle\n---\n\nend\n") == [(None, "---\n\nWe begin."), ("Title", "end")]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("un*like*ly and **T**oyota", "unlikely and Toyota"),
        ("it\\'s snake\\_case", "it's snake_case"),
        ("a caf&eacute; &#8211; tea", "a café – tea"),
        ("**bold** and 2*3*4, a * b", "**bold** and 2*3*4, a * b"),
        ("`un*like*ly &eacute;`", "`un*like*ly &eacute;`"),
        ("    un*like*ly", "un*like*ly"),
        ("```\nun*like*ly\n```", "```\nun*like*ly\n```"),
    ],
)
def test_marks_of_markdown_tear_no_word(written: str, read: str) -> None:
    (section,) = open_bytes(written.encode(), "a.md").sections()

    assert section.text == read


def test_the_id_of_a_heading_is_no_part_of_it() -> None:
    (section,) = open_bytes(b"# Green tea {#tea .drink}\n\nAt four.\n", "a.md").sections()

    assert section.heading == "Green tea"


def test_no_section_ends_inside_a_word() -> None:
    words = [f"word{number}" for number in range(5000)]

    found = list(open_bytes(" ".join(words).encode(), "a.txt").sections())

    assert len(found) > 1
    assert [word for section in found for word in section.text.split()] == words


def test_a_line_that_is_read_in_pieces_is_not_cut_inside_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memgpt_autogen.readers.open.MOST_LINE", 20_000)
    words = [f"word{number}" for number in range(9000)]

    found = list(open_bytes(" ".join(words).encode(), "a.txt").sections())

    assert [word for section in found for word in section.text.split()] == words
