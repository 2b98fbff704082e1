"""E-mail: letters, what is attached to them, and mailboxes."""

from __future__ import annotations

import base64
import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest
from document_files import FACT, mail, make_all

from memgpt_autogen.readers.open import open_bytes, open_file


def letter(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"] = "ben@example.org", subject
    message.set_content("See below.")
    return message


def test_a_letter_in_html_is_read_as_text() -> None:
    letter = mail("x").replace(b"text/plain", b"text/html").replace(b"\nx\n", b"\n<p>Hello <b>Ada</b></p>\n")

    section = next(open_bytes(letter, "a.eml").sections())

    assert "Hello Ada" in section.text


def test_what_comes_with_a_letter_is_read_below_its_name(tmp_path: Path) -> None:
    make_all(tmp_path)
    message = letter("Autumn")
    office = "vnd.openxmlformats-officedocument.wordprocessingml.document"
    for name, main, kind in (
        ("letter.docx", "application", office),
        ("page.html", "text", "html"),
        ("paper.pdf", "application", "pdf"),
    ):
        message.add_attachment((tmp_path / name).read_bytes(), maintype=main, subtype=kind, filename=name)
    message.add_attachment(
        "Grüße;von Ben\n".encode("latin-1"),
        maintype="text",
        subtype="plain",
        filename="note.txt",
        params={"charset": "latin-1"},
    )
    inner = letter("Fwd: lamps")
    inner.add_attachment("article,price\nheron lamp,48\n", subtype="csv", filename="table.csv")
    message.add_attachment(inner)
    message.add_attachment(b"\x89PNG\r\n", maintype="image", subtype="png", filename="heron.png")
    message.add_attachment(
        b"-----BEGIN PGP SIGNATURE-----",
        maintype="application",
        subtype="pgp-signature",
        filename="signature.asc",
    )
    message.add_attachment(b"", maintype="text", subtype="plain", filename="nothing.txt")

    found = list(open_bytes(bytes(message), "autumn.eml").sections())

    by_heading = {section.heading: section.text for section in found}
    assert FACT in "\n".join(
        text for heading, text in by_heading.items() if heading and heading.startswith("Autumn > letter.docx")
    )
    assert FACT in "\n".join(
        text for heading, text in by_heading.items() if heading and heading.startswith("Autumn > page.html")
    )
    assert any(
        FACT in section.text and section.page
        for section in found
        if section.heading and "paper.pdf" in section.heading
    )
    assert by_heading["Autumn > note.txt"] == "Grüße;von Ben"
    assert "See below." in by_heading["Autumn > Fwd: lamps"]
    (table,) = [
        text for heading, text in by_heading.items() if heading and "Fwd: lamps > table.csv" in heading
    ]
    assert table == "article: heron lamp; price: 48"
    assert found[0].text.splitlines()[-3:] == [
        "Attachments, not read:",
        "heron.png is not a supported document: it is an image.",
        "nothing.txt is empty: it has 0 bytes. Nothing was attached.",
    ]


def test_attachments_that_stand_in_others_are_read() -> None:
    both = EmailMessage()
    both.set_content("the inner note")
    both.add_attachment("the inner table", filename="table.txt")
    message = letter("wrapped")
    message.make_mixed()
    message.attach(both)

    found = list(open_bytes(bytes(message), "wrapped.eml").sections())

    assert "See below." in found[0].text
    assert [section.text for section in found[1:]] == ["the inner note", "the inner table"]


def test_a_mailbox_is_read_letter_by_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memgpt_autogen.readers.mail.MOST_LETTER", 5000)
    box = mailbox.mbox(tmp_path / "Inbox")  # as Thunderbird names it
    for number in range(3):
        message = letter(f"number {number}")
        message.set_content("first\n\nFrom here on it is later.\n")
        message.add_attachment(f"table {number}", filename="note.txt")
        box.add(message)
    box.add(b"Received: nobody knows\n\nno head\n")
    large = letter("large")
    large.set_content("much\n" * 2000)
    box.add(large)
    box.add(letter("last"))
    box.close()

    document = open_file(tmp_path / "Inbox")
    found = list(document.sections())

    assert document.kind == "mailbox"
    assert [section.heading for section in found[:6:2]] == ["number 0", "number 1", "number 2"]
    assert all("\nFrom here on it is later." in section.text for section in found[:6:2])
    assert [section.text for section in found[1:6:2]] == ["table 0", "table 1", "table 2"]
    assert found[6].heading == "last"
    told = found[7].text.splitlines()
    assert told[0] == "Letters, not read:"
    assert told[1].startswith("letter 4 of Inbox is not an e-mail")
    assert told[2] == "letter 5 of Inbox is too large: it has more than 5,000 bytes."
    assert len(found) == 8


def test_a_text_that_begins_as_a_mailbox_would_is_a_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("From London to Paris in 1984\nNote: by train\n")

    assert open_file(tmp_path / "a.txt").kind == "text"


def test_letters_in_letters_are_read_to_a_depth_and_the_rest_is_told() -> None:
    message = letter("innermost")
    message.add_attachment("the well", filename="deep.txt")
    for number in range(5):
        outer = letter(f"outer {number}")
        outer.add_attachment(message)
        message = outer

    told = "\n".join(section.text for section in open_bytes(bytes(message), "nested.eml").sections())

    assert "Subject: outer 2" in told
    assert "is inside 3 letters, one in the other. Save it as a file of its own." in told
    assert "the well" not in told


TOP = "From: ana@example.org\nTo: bo@example.org\nSubject: Trip\nMIME-Version: 1.0\n"
FORMS = 'Content-Type: multipart/alternative; boundary="B"\n\n'
TWO = FORMS + "--B\nContent-Type: text/plain\n\n{}\n--B\n{}\n--B--\n"
PIER = "Content-Type: text/html; charset=utf-8\n\n<p>Ferry from <b>pier</b> nine.</p>"
EVENT = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Ferry from pier nine.\nEND:VEVENT\nEND:VCALENDAR"
IN_MIXED = 'Content-Type: multipart/mixed; boundary="M"\n\n--M\n{}\n--M--\n'

LETTERS = {
    "a blank plain form": TWO.format("", PIER),
    "a plain form that is a stub": TWO.format("Your mail program cannot show HTML.", PIER),
    "the same in both forms": TWO.format("Ferry from pier nine.", PIER),
    "forms inside another part": IN_MIXED.format(TWO.format("", PIER)),
    "a boundary without quotes": TWO.format("", PIER).replace('"B"', "----=_B1").replace("--B", "------=_B1"),
    "no encoding declared": "\nFerry from pier nine. Fähre für Zoë.\n",
    "ASCII declared": "Content-Type: text/plain; charset=us-ascii\n\nFerry from pier nine. Zoë.\n",
    "an unknown encoding": "Content-Type: text/plain; charset=x-unknown\n\nFerry from pier nine. Zoë.\n",
    "no encoding declared but in the page": "Content-Type: text/html\n\n"
    '<meta charset="utf-8"><p>Ferry from pier nine. Zoë.</p>',
    "an unknown transfer encoding": "Content-Transfer-Encoding: x-none\n\nFerry from pier nine.\n",
}


@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_is_read_as_a_mail_program_shows_it(kind: str) -> None:
    content = (TOP + LETTERS[kind]).encode()

    (section,) = open_bytes(content, "trip.eml").sections()

    assert section.text.count("Ferry from pier nine.") == 1
    assert "cannot show" not in section.text
    assert ("Zoë" in section.text) == ("Zoë" in LETTERS[kind])


def test_an_invitation_is_read() -> None:
    pytest.importorskip("vobject", reason="the package vobject is not installed")
    content = (TOP + TWO.format("", f"Content-Type: text/calendar; charset=utf-8\n\n{EVENT}")).encode()

    found = {section.heading: section.text for section in open_bytes(content, "trip.eml").sections()}

    assert found["Trip > invitation > Ferry from pier nine."] == "summary: Ferry from pier nine."


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_headers_that_are_not_encoded_are_read(encoding: str) -> None:
    content = TOP.replace("Trip", "Fähre für Zoë").encode(encoding) + b"\nSee you.\n"

    (section,) = open_bytes(content, "trip.eml").sections()

    assert section.heading == "Fähre für Zoë"


def test_headings_of_a_letter_in_html_are_kept() -> None:
    content = (
        TOP + "Content-Type: text/html\n\n<h1>Ferry</h1><h2>Out</h2><p>pier nine</p><h2>Back</h2>"
    ).encode()

    (section,) = open_bytes(content, "trip.eml").sections()

    assert section.text.endswith("Subject: Trip\n\nFerry\n\nOut\n\npier nine\n\nBack")


def test_the_reason_why_a_letter_came_back_is_read() -> None:
    report = "Content-Type: message/delivery-status\n\nReporting-MTA: x\n\nDiagnostic-Code: mailbox full\n"
    content = (TOP + IN_MIXED.format("\nIt came back.\n--M\n" + report)).encode()

    told = "\n".join(section.text for section in open_bytes(content, "trip.eml").sections())

    assert "It came back." in told
    assert "mailbox full" in told


def test_a_letter_of_apple_mail_is_read_without_its_list() -> None:
    letter = f"{TOP}\nFerry from pier nine.\n".encode()

    (section,) = open_bytes(
        b"%d\n%s<?xml version='1.0'?><plist></plist>" % (len(letter), letter), "1.emlx"
    ).sections()

    assert section.text.endswith("Ferry from pier nine.")


@pytest.mark.parametrize("name", ["page.mht", "page.mhtml", "page.txt"])
def test_a_saved_page_is_read_without_its_pictures(name: str) -> None:
    page = (
        "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://x.example/\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; boundary="B"\r\n\r\n--B\r\n'
        "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        "<h1>Hours</h1><p>The lib=\r\nrary in M=C3=BCnchen</p>\r\n"
        "--B\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--B--\r\n"
    )

    found = [(section.heading, section.text) for section in open_bytes(page.encode(), name).sections()]

    assert found == [("Hours", "The library in München")]


def test_a_letter_whose_boundary_is_lost_is_read() -> None:
    content = (
        b"From: ana@example.org\nContent-Type: multipart/mixed; bound\xffry=b\n\n"
        b"--b\nContent-Type: text/plain\n\ntea at four\n--b\nContent-Type: text/html\n\n<p>milk</p>\n--b--\n"
    )

    texts = [section.text for section in open_bytes(content, "a.eml").sections()]

    assert "tea at four" in texts[0]
    assert "milk" in texts[1]
    assert "--b" not in "".join(texts)


def test_names_in_the_headers_are_kept_as_they_are_written() -> None:
    content = (
        b"From: ana@example.org (Ana Reyes)\nTo: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\n"
        b"Date: Fri, 4 May 2001 14:05:44 -0400 (EDT)\nSubject: tea\n\nAt four.\n"
    )

    (section,) = open_bytes(content, "a.eml").sections()

    assert section.text.splitlines()[:3] == [
        "From: ana@example.org (Ana Reyes)",
        "To: Jürgen <j@example.org>",
        "Date: Fri, 4 May 2001 14:05:44 -0400 (EDT)",
    ]


def test_a_letter_without_shown_headers_is_read_if_it_is_one() -> None:
    (section,) = open_bytes(b"MIME-Version: 1.0\nContent-Type: text/plain\n\ntea\n", "a.eml").sections()

    assert section.text.strip() == "tea"


@pytest.mark.parametrize("cut", range(4))
def test_what_is_left_of_base64_that_is_cut_is_read(cut: int) -> None:
    coded = base64.b64encode("At four there is tea for Zoë".encode() * 3)
    head = b"Subject: tea\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"

    (section,) = open_bytes(head + coded[: len(coded) - cut], "a.eml").sections()

    assert "At four there is tea" in section.text


def test_an_attached_letter_with_bytes_in_its_headers_is_read() -> None:
    content = (
        b"Subject: outer\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
        b"Content-Type: message/rfc822\n\nSubject: caf\xc3\xa9\n\ntea inside\n--b--\n"
    )

    assert "tea inside" in "".join(section.text for section in open_bytes(content, "a.eml").sections())


def test_bytes_that_are_not_in_the_declared_encoding_cost_no_more_than_themselves() -> None:
    text = bytearray("会議は金曜日の午後三時です。".encode("shift_jis"))
    text[9] = 0xFF
    head = b"Subject: tea\nContent-Type: text/plain; charset=shift_jis\n\n"

    document = open_bytes(head + bytes(text), "a.eml")

    assert "午後三時です" in "".join(section.text for section in document.sections())
    assert "not CP932 and shown as \ufffd" in document.notes[0]


def test_notes_beyond_the_most_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memgpt_autogen.readers.open.MOST_NOTES", 2)
    letters = "".join(
        f"From a@example.org Mon Jan  1 10:00:0{number} 2024\nSubject: {number}\nContent-Type: text/html\n\n"
        f"<nav>menu {number}</nav><p>the text of the letter {number}\n\n"
        for number in range(5)
    )

    document = open_bytes(letters.encode(), "a.mbox")
    list(document.sections())

    assert len(document.notes) == 3
    assert document.notes[2] == "a.mbox: 3 more notes."
