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


def test_a_broken_calendar_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"dates\.ics is broken"):
        list(open_bytes(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\n", "dates.ics").sections())
