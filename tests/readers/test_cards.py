"""Calendars and contacts: their fields as people read them."""

from __future__ import annotations

import pytest

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.open import open_bytes

pytest.importorskip("vobject", reason="the package vobject is not installed")

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x
X-WR-CALNAME:Club
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:1
DTSTART;TZID=Europe/Berlin:20240503T100000
SUMMARY:Meet at the new lib
 rary\\, München
DESCRIPTION:Bring:\\ntea
ATTENDEE;CN=Marta:mailto:marta@example.org
END:VEVENT
BEGIN:VTODO
SUMMARY:Buy lamps
DUE:20240504
END:VTODO
END:VCALENDAR
"""

EVENT = """start: 2024-05-03 10:00 Europe/Berlin
summary: Meet at the new library, München
description: Bring: tea
attendee: Marta marta@example.org"""


def test_the_events_of_a_calendar_are_read_one_by_one() -> None:
    document = open_bytes(CALENDAR.replace("\n", "\r\n").encode(), "dates.ics")

    found = [(section.heading, section.text) for section in document.sections()]

    assert document.kind == "calendar"
    assert found == [
        (None, "name: Club"),
        (
            "Meet at the new library, München",
            EVENT,
        ),
        ("Buy lamps", "summary: Buy lamps\ndue: 2024-05-04"),
    ]


def test_contacts_are_read_in_old_and_new_forms() -> None:
    cards = (
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN:Ilves;Marta\r\n"
        "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Works at the lib=\r\n"
        "rary in M=C3=BCnchen\r\nPHOTO;ENCODING=BASE64;TYPE=JPEG:AAAA\r\n\r\nEND:VCARD\r\n"
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bo Ek\r\nTEL;TYPE=HOME:555-0142\r\n"
        "ADR:;;Main St 1;Riga;;LV-1001;Latvia\r\nEND:VCARD\r\n"
    )

    found = [
        (section.heading, section.text) for section in open_bytes(cards.encode(), "cards.txt").sections()
    ]

    assert found == [
        ("Ilves Marta", "full name: Ilves Marta\nnote: Works at the library in München"),
        ("Bo Ek", "name: Bo Ek\nphone (home): 555-0142\naddress: Main St 1 Riga LV-1001 Latvia"),
    ]


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("NOTE:Met in Riga, owes us tea; paid", "note: Met in Riga, owes us tea; paid"),
        ("TITLE:Head\\, North, and South", "title: Head, North, and South"),
        (
            "ADR;TYPE=HOME:;;Main St 1, back\\; left;Riga;;LV-1001;",
            "address (home): Main St 1, back; left Riga LV-1001",
        ),
        ("ORG:Acme\\, Inc.;Sales, East", "organisation: Acme, Inc. Sales, East"),
        ("NICKNAME:Jo,Jay", "nickname: Jo, Jay"),
        ("CATEGORIES:friends,tea\\, green", "categories: friends, tea, green"),
        ("URL:https://example.org/a,b", "url: https://example.org/a,b"),
        ("X-FOOD:bread, cheese", "food: bread, cheese"),
        ("TEL;CELL;PREF:555-0142", "phone (cell, pref): 555-0142"),
        ("NOTE:one\\ntwo C:\\\\new", "note: one two C:\\new"),
        ("NOTE;QUOTED-PRINTABLE:caf=E9, cr=\r\n=E8me\r\nROLE:cook", "role: cook"),
    ],
)
@pytest.mark.parametrize("version", ["2.1", "3.0", "4.0"])
def test_a_comma_without_a_backslash_ends_no_text(field: str, line: str, version: str) -> None:
    card = f"BEGIN:VCARD\r\nVERSION:{version}\r\nFN:Doe, Jane\r\n{field}\r\nEND:VCARD\r\n"

    found = [each for each in open_bytes(card.encode(), "cards.vcf").sections() if each.text]

    assert [(each.heading, each.text) for each in found] == [("Doe, Jane", f"name: Doe, Jane\n{line}")]


@pytest.mark.parametrize("field", ["DESCRIPTION", "LOCATION", "COMMENT", "CONTACT"])
def test_a_comma_without_a_backslash_ends_no_text_of_a_calendar(field: str) -> None:
    calendar = CALENDAR.replace("DESCRIPTION:Bring:\\ntea", f"{field}:Bring tea, bread, and\r\n  salt")

    found = [section.text for section in open_bytes(calendar.encode(), "dates.ics").sections()]

    assert f"{field.lower()}: Bring tea, bread, and salt" in found[1]


def test_a_broken_calendar_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"dates\.ics is broken"):
        list(open_bytes(b"BEGIN:VCALENDAR\r\nSUMMARY:x\r\nEND:VEVENT\r\n", "dates.ics").sections())


def test_of_a_calendar_that_is_cut_the_rest_is_read() -> None:
    calendar = open_bytes(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:tea\r\n", "dates.ics")

    assert [section.text for section in calendar.sections()] == ["summary: tea"]
    assert calendar.notes == ["dates.ics: it is cut: it ends inside a VEVENT, which may lack lines."]


def test_a_broken_picture_does_not_make_contacts_unreadable() -> None:
    card = b"BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nPHOTO;ENCODING=b:AAAAA\n AAA\nNOTE:tea\nEND:VCARD\n"

    (section,) = open_bytes(card, "ana.vcf").sections()

    assert section.text == "name: Ana\nnote: tea"
