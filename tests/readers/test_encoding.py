"""Encodings: text that is not UTF-8 is recognised, and the report of a load says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzzing import examples
from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.readers.encoding import known_encoding, recognise_encoding
from memgpt_autogen.readers.open import Document, open_bytes, open_file

TEXTS = {
    "cp1251": "товар;цена\nлампа;480\n",
    "koi8-r": "Встреча в пятницу в 15:00, зал 4.",
    "cp866": "товар;цена\nлампа;480\n",
    "gb18030": "会议改到星期五下午三点。",
    "big5": "景點,票價\n陽明山,免費\n",
    "shift_jis": "会議は金曜日の午後三時です。",
    "euc_jp": "会議は金曜日の午後三時です。",
    "iso2022_jp": "会議は金曜日の午後三時です。",
    "cp949": "회의는 금요일 오후 세 시입니다.",
    "cp1250": "Zebranie przełożono na środę.",
    "iso8859-2": "Schůzka je přesunuta na středu, příští týden.",
    "cp1252": "The café is open: crème brûlée, 7 €",
    "cp1253": "Η συνάντηση είναι την Παρασκευή",
    "cp1254": "Toplantı cuma günü saat üçte, şöyle",
    "cp1255": "הפגישה ביום שישי",
    "cp1256": "الاجتماع يوم الجمعة",
    "cp874": "ประชุมวันศุกร์",
    "utf-16": "Meeting on Friday",
    "utf-16-le": "Meeting on Friday, and Zoë comes",
    "utf-32": "Meeting on Friday",
    "utf-32-be": "Meeting on Friday, and Zoë comes",
}
MARKED = ("utf-16", "utf-32", "iso2022_jp")


def text_of(document: Document) -> str:
    return "\n".join(section.text for section in document.sections())


@pytest.mark.parametrize("encoding", TEXTS)
def test_a_text_is_read_in_the_encoding_that_it_resembles(tmp_path: Path, encoding: str) -> None:
    text = TEXTS[encoding]
    (tmp_path / "note.md").write_bytes(text.encode(encoding))

    document = open_file(tmp_path / "note.md")

    assert text_of(document).split() == text.split()
    assert bool(document.notes) == (encoding not in MARKED)
    assert all(note.startswith("note.md: it ") and " read as " in note for note in document.notes)


@pytest.mark.parametrize(
    "text", ["Встреча в пятницу.\n", "Zoë paid 7 € at the café.\n", "会议改到星期五。\n"]
)
def test_a_broken_byte_costs_no_more_than_itself(text: str) -> None:
    document = open_bytes(text.encode() * 50 + b"end \xff\n" + text.encode(), "log.txt")

    assert text_of(document) == f"{text * 50}end \ufffd\n{text}".strip()
    assert document.notes == ["log.txt: 1 byte of it is not UTF-8 and shown as \ufffd, first in line 51."]


@pytest.mark.parametrize("text", ["café café café", "Crème brûlée, 7 €", "21 °C ± 2", "7 €"])
def test_a_few_letters_of_western_europe_are_no_other_script(text: str) -> None:
    assert text_of(open_bytes(text.encode("cp1252"), "menu.txt")) == text


def test_text_that_is_cut_inside_a_character_is_still_utf_8() -> None:
    document = open_bytes("Встреча в пятницу".encode()[:-1], "log.txt")

    assert text_of(document) == "Встреча в пятниц\ufffd"
    assert "first in line 1." in document.notes[0]


@pytest.mark.parametrize(
    ("page", "encoding"),
    [
        ('<meta charset="gb2312"><p>会议改到星期五 囍</p>', "gb18030"),
        ('<meta http-equiv="x" content="text/html; charset=windows-1251"><p>лампа 囍</p>', "cp1251"),
        ('<meta charset="iso-8859-1"><p>7 € “here” 囍</p>', "cp1252"),
        ('<?xml version="1.0" encoding="Shift_JIS"?><html><p>会議</p></html>', "cp932"),
    ],
)  # fmt: skip
def test_a_page_is_read_in_the_encoding_that_it_declares(page: str, encoding: str) -> None:
    text = page if encoding == "gb18030" else page.replace(" 囍", "")

    document = open_bytes(text.encode(encoding), "page.html")

    assert text_of(document) in text
    assert text_of(document)
    assert not document.notes


def test_a_page_with_one_broken_byte_is_still_utf_8() -> None:
    page = '<meta charset="utf-8"><p>Встреча в пятницу.</p>'.encode() + b"<p>caf\xe9</p>"

    assert text_of(open_bytes(page, "page.html")).startswith("Встреча в пятницу.")


def test_only_encodings_of_text_are_known() -> None:
    labels = ("hex", "rot13", "x-none", "ISO-8859-1", "utf8", "x-gbk", "windows-874")

    assert list(map(known_encoding, labels)) == [None, None, None, "cp1252", "utf-8", "gb18030", "cp874"]


@examples(100)
@given(content=st.binary(max_size=300))
def test_any_bytes_have_an_encoding(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes"
    path.write_bytes(content)

    with path.open("rb") as file:
        found = recognise_encoding(file, declares=True)

    content.decode(found.name, "replace")


LONG = {
    "cp1251": "Завтра в девять часов мы встретимся у большого театра. Возьми с собой книгу и тёплое пальто.",
    "koi8-r": "Завтра в девять часов мы встретимся у большого театра. Возьми с собой книгу и тёплое пальто.",
    "gb18030": "我们下周三在上海开会,请带上合同和图书馆的钥匙。天气很好,晚上一起吃饭吧。",
    "big5": "我們下週三在臺北開會,請帶上合約和圖書館的鑰匙。天氣很好,晚上一起吃飯吧。",
    "shift_jis": "今日は東京で会議があります。資料は明日送りますので、よろしくお願いします。",
    "euc_jp": "今日は東京で会議があります。資料は明日送りますので、よろしくお願いします。",
    "cp949": "회의는 다음 주 수요일에 서울에서 열립니다. 계약서와 도서관 열쇠를 가져오세요.",
    "cp874": "วันนี้อากาศดีมาก เราจะไปเดินเล่นที่สวนลุมพินี กรุณานำหนังสือมาด้วย",
    "cp1255": "הפגישה שלנו ביום שלישי בשעה עשר בחיפה. נא להביא את הספרים.",
}


@pytest.mark.parametrize("encoding", LONG)
@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_a_text_in_a_legacy_encoding_is_recognised_though_it_is_damaged(encoding: str, damage: str) -> None:
    whole = LONG[encoding]
    content = bytearray(f"{whole}\n{whole}\n".encode(encoding))
    if damage == "cut":
        del content[-2:]  # the end of its line, and half of a character
    else:
        content[len(content) // 2] = 0x41

    document = open_bytes(bytes(content), "a.txt")

    assert whole[:15] in text_of(document)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.csv", "a.html", "a.eml"])
def test_zeros_after_the_end_are_no_text(name: str) -> None:
    document = open_bytes(b"Subject: tea\n\n<p>at four\n" + bytes(20), name)

    assert "at four" in text_of(document)
    assert "\ufffd" not in text_of(document)
