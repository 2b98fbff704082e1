"""Data URIs: embedded files are left out of texts, and counted."""

from __future__ import annotations

import base64
import json
import random

import pytest

from memgpt_autogen.readers.open import open_bytes

PICTURE = base64.b64encode(random.Random(1).randbytes(2_000_000)).decode()
WRAPPED = "\n".join(PICTURE[start : start + 76] for start in range(0, len(PICTURE), 76))


@pytest.mark.parametrize("data", [PICTURE, WRAPPED, PICTURE[:100]])
@pytest.mark.parametrize("name", ["trip.md", "trip.txt", "trip.csv", "trip.json", "trip.jsonl"])
def test_an_embedded_picture_is_left_out_and_the_text_around_it_is_kept(name: str, data: str) -> None:
    text = f"We leave from ![pier](data:image/png;base64,{data}) nine,\nand come back."
    content = json.dumps({"note": text.replace(data, data.replace("\n", ""))}) if "json" in name else text
    if name == "trip.csv":
        content = text.replace(data, data.replace("\n", ""))

    document = open_bytes(content.encode(), name)
    found = " ".join(section.text for section in document.sections())

    for words in ("We leave from ![pier](data:image/png) nine", "and come back"):
        assert words.replace(" ", "") in "".join(found.split())
    assert len(found) < 200
    assert document.notes == [
        f"{name}: 1 embedded file (image/png, {len(data.replace(chr(10), '')):,} characters) left out."
    ]


def test_a_drawing_in_an_address_is_left_out_too() -> None:
    drawing = "%3Csvg%20xmlns=%22http://www.w3.org/2000/svg%22%3E" * 3

    (section,) = open_bytes(f"Pier ![x](data:image/svg+xml,{drawing}) nine".encode(), "a.md").sections()

    assert section.text == "Pier ![x](data:image/svg+xml) nine"


def test_base64_alone_is_left_out_and_other_long_words_are_kept() -> None:
    content = json.dumps({"picture": PICTURE, "genome": "ACGT" * 1000, "name": "Heron"})
    document = open_bytes(content.encode(), "a.json")

    text = "".join(section.text for section in document.sections())

    assert len(text) < 4200
    assert "ACGT" * 1000 in text
    assert "picture: base64" in text
    assert document.notes[0].startswith("a.json: 1 embedded file (base64, 2,666,668 characters) left out")


def test_a_long_line_that_ends_as_one_with_an_embedded_file_is_kept() -> None:
    long = "word " * 300 + "A" * 1000

    found = [section.text for section in open_bytes(f"{long}\nend".encode(), "a.md").sections()]

    assert "\n".join(found) == f"{long}\nend"


def test_what_only_speaks_of_data_is_kept() -> None:
    text = "The prefix data:image/png;base64, begins a data URI; see data:text."

    (section,) = open_bytes(text.encode(), "a.md").sections()

    assert section.text == text
