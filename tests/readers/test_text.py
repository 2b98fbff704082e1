"""Plain text and Markdown: their headings."""

from __future__ import annotations

from pathlib import Path

from memgpt_autogen.readers.open import open_file, open_text


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
