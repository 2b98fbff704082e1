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
