"""CSV and JSON: names of columns, and values that are nested deep."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.open import open_bytes, open_file


def test_a_remark_as_long_as_a_page_is_cut_where_it_names_a_column(tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    file.write_text(f"{'what is in the shop ' * 50},price\n" + "heron lamp,48\n" * 3)

    (section,) = open_file(file).sections()

    assert section.text.count("price: 48") == 3
    assert len(section.text) < 300


def test_json_that_nests_deep_is_read_or_refused_and_never_more() -> None:
    deep = json.loads("[" * 200 + "1" + "]" * 200)

    assert "1" in next(iter(open_bytes(json.dumps(deep).encode(), "deep.json").sections())).text
    with pytest.raises(DocumentError, match="broken JSON"):
        list(open_bytes(b"[" * 200_000, "deeper.json").sections())


ROWS = "03.01.2024;Waterworks;84,20\n05.01.2024;Bakery Kamp;6,10\n"
NAMED_ROWS = """Date: 03.01.2024; Payee: Waterworks; Amount: 84,20
Date: 05.01.2024; Payee: Bakery Kamp; Amount: 6,10"""
TABLES = {
    "a title and lines above": (
        f"Account statement\nIBAN;DE00 1234\n\nDate;Payee;Amount\n{ROWS}",
        "Account statement\nIBAN DE00 1234\n\n" + NAMED_ROWS,
    ),
    "the delimiter named": (
        "sep=;\nPayee;Amount\nKamp, Bakery;6,10\n",
        "Payee: Kamp, Bakery; Amount: 6,10",
    ),
    "a remark": (
        "# exported by tool 2.1\nid,city\n1,Bergen\n",
        "# exported by tool 2.1\n\nid: 1; city: Bergen",
    ),
    "a remark with commas": (
        "# exported on Monday, by tool\nid,city\n1,Bergen\n",
        "# exported on Monday by tool\n\nid: 1; city: Bergen",
    ),
    "a note at the right": (
        ",,Printed 3 May\nid,city,people\n1,Bergen,290000\n",
        "Printed 3 May\n\nid: 1; city: Bergen; people: 290000",
    ),
    "a title in cells": (
        '"CO2 by sector, 2000 to 2002",,,\nthousand tonnes,,,\n,,,\nSector,2000,2001,2002\nTimber,26,22,18\n',
        "CO2 by sector, 2000 to 2002\nthousand tonnes\n\nSector: Timber; 2000: 26; 2001: 22; 2002: 18",
    ),
    "quoted names": (
        '"Name, first";"Born, year"\n"Ott, Eva";1981\n',
        "Name, first: Ott, Eva; Born, year: 1981",
    ),
    "no names": (
        "2024-01-03,Waterworks,84.20\n2024-01-05,Bakery,6.10\n",
        "2024-01-03; Waterworks; 84.20\n2024-01-05; Bakery; 6.10",
    ),
    "no names, and numbers": ("1,Bergen\n2,Oslo\n", "1; Bergen\n2; Oslo"),
    "no names, and values again": ("Ann,Oslo\nBob,Rome\nCleo,Oslo\n", "Ann; Oslo\nBob; Rome\nCleo; Oslo"),
    "decimal commas only": ("2024;84,20\n2025;6,10\n", "2024; 84,20\n2025; 6,10"),
    "many decimal commas": ("1,5;2,5;3,5\n4,5;5,5;6,5\n", "1,5; 2,5; 3,5\n4,5; 5,5; 6,5"),
    "a column without a name": (",2000,2001\nTimber,26,22\n", "Timber; 2000: 26; 2001: 22"),
    "a gap in the names": (
        "name,,price\nlamp,x,48\nowl,y,52\n",
        "name: lamp; x; price: 48\nname: owl; y; price: 52",
    ),
    "one column": ("name\nAnna\nBob\n", "name: Anna\nname: Bob"),
    "two tables": ("a,b\n1,x\na,b\n2,y\n", "a: 1; b: x\na: a; b: b\na: 2; b: y"),
    "sentences": ("Note\nHello, you\nand, me\n", "Note: Hello, you\nNote: and, me"),
    "more cells than names": ("a,b\n1,2\n1,2,3\n", "a: 1; b: 2\na: 1; b: 2; 3"),
    "names only": ("a,b,c\n", "a; b; c"),
}


@pytest.mark.parametrize("kind", TABLES)
def test_each_row_of_a_table_has_the_names_that_its_columns_have(kind: str) -> None:
    text, expected = TABLES[kind]

    assert [section.text for section in open_bytes(text.encode(), "a.csv").sections()] == [expected]


def test_the_words_of_a_name_that_is_cut_are_kept_once() -> None:
    long = "the price of the lamp in the shop at the corner of the market where the herons stand in spring"

    (section,) = open_bytes(f"{long},id\n48,1\n52,2\n".encode(), "a.csv").sections()

    assert section.text.count("herons stand in spring") == 1
    assert section.text.count("the price of the lamp") == 3


def test_a_line_of_json_may_be_long() -> None:
    content = json.dumps({"note": "heron " * 300_000, "end": "lamp"})

    found = [section.text for section in open_bytes(content.encode(), "a.jsonl").sections()]

    assert found[-1].endswith("end: lamp")


def test_a_column_without_values_keeps_its_name() -> None:
    (section,) = open_bytes(b"tea,price,remark of Ana\nsencha,3,\nmatcha,5,\n", "teas.csv").sections()

    assert section.text.splitlines() == [
        "tea: sencha; price: 3",
        "tea: matcha; price: 5",
        "columns without values: remark of Ana",
    ]


def test_numbers_keys_and_values_of_json_are_kept_as_they_are_written() -> None:
    written = (
        '{"version": 1.10, "id": 12345678901234567890.123456789, "none": [], "left": {}, "a": "x", "a": "y"}'
    )

    (section,) = open_bytes(written.encode(), "a.json").sections()

    assert section.text.split("\n\n") == [
        "version: 1.10",
        "id: 12345678901234567890.123456789",
        "none: []",
        "left: {}",
        "a: x",
        "a (2): y",
    ]
