"""Rich text: what its pages show."""

from __future__ import annotations

import pytest

from memgpt_autogen.readers.open import open_bytes

pytest.importorskip("striprtf", reason="the package striprtf is not installed")


@pytest.mark.parametrize("name", ["letter.rtf", "letter.doc", "letter.txt"])
def test_rich_text_is_read_without_its_codes(name: str) -> None:
    content = (
        r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Calibri;}}"
        r"{\*\generator Writer;}"
        r"{\header\pard Contract K-2291\par}\pard The lib\'72ary in M\'fcnchen"
        r"{\footnote\pard A note.} opens.\par"
        r"{\shp{\*\shpinst{\sp{\sn shapeType}{\sv 202}}{\shptxt\pard In a box.\par}}}"
        r"\trowd heron\cell 48\cell\row{\pict\pngblip 0102ABCD}}"
    )

    document = open_bytes(content.encode(), name)
    text = "\n".join(section.text for section in document.sections())

    assert document.kind == "rtf"
    for words in ("The library in München", "opens.", "Contract K-2291", "A note.", "In a box.", "heron|48"):
        assert words in text
    for code in ("rtf1", "Calibri", "Writer", "0102", "shapeType"):
        assert code not in text


def test_rich_text_in_a_cyrillic_encoding_is_read() -> None:
    content = (
        rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0\fcharset204 Arial;}}\f0 \'eb\'e0\'ec\'ef\'e0 \u1084?\par}"
    )

    (section,) = open_bytes(content, "a.rtf").sections()

    assert section.text == "лампа м"


def test_rich_text_is_read_without_what_was_deleted_and_with_its_numbers() -> None:
    content = (
        r"{\rtf1\ansi{\listtext\pard\plain 2.\tab}salt\par{\pntext\f0 3.\tab}rice\par"
        r"{\listtext\pard\plain \u61623\'3f\tab}tea\par"
        r"{Kept words{\deleted gone\{ words{ and more}} stay}{\v\deleted0  here}\par}"
    )

    (section,) = open_bytes(content.encode(), "a.rtf").sections()

    assert [line.strip() for line in section.text.split("\n")] == [
        "2.\tsalt",
        "3.\trice",
        "- tea",
        "Kept words stay here",
    ]


def test_a_note_in_rich_text_does_not_tear_the_sentence_that_it_is_in() -> None:
    content = (
        r"{\rtf1\ansi The heron{\super\chftn{\footnote\pard \chftn A bird.}} rests,{\*\annotation\pard "
        r"Really?} and{\shp{\*\shpinst{\shptxt In a box.}}} sleeps \u-10179?\u-8704? well.\par Next"
        r"{\super\chftn}"
        r"{\*\footnote \chftn Another.}\par}"
    )

    (section,) = open_bytes(content.encode(), "a.rtf").sections()

    assert [line.strip() for line in section.text.split("\n") if line.strip()] == [
        "The heron[1] rests, and sleeps 😀 well.",
        "[1] A bird.",
        "Really?",
        "In a box.",
        "Next[2]",
        "[2] Another.",
    ]
