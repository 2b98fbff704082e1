"""Documents: what is read of each kind of file, where its parts stand, and what is said of files that cannot be read."""

from __future__ import annotations

import json
import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest
from document_files import FACT, encrypted_pdf, html, mail, make_all, pdf
from fuzzing import examples
from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.open import files_below, open_bytes, open_file, open_text
from memgpt_autogen.readers.sections import SECTION_CHARS, Section


def read(path: Path) -> list[Section]:
    return list(open_file(path).sections())


def test_each_kind_of_file_is_read_with_page_and_heading(tmp_path: Path) -> None:
    found = {}
    for path in make_all(tmp_path):
        section = next(section for section in read(path) if FACT in section.text)
        found[path.name] = section.page, section.heading

    assert found == {
        "notes.txt": (None, "PRICES"),
        "guide.md": (None, "Guide > Prices"),
        "page.html": (None, "Shop > Prices"),
        "paper.pdf": (2, None),
        "letter.docx": (None, "Letter > Prices"),
        "slides.pptx": (2, "Prices"),
        "table.csv": (None, "rows 1 to 2"),
        "tree.json": (None, "shop"),
        "lines.jsonl": (None, "line 1"),
        "mail.eml": (None, "Prices"),
        "box.mbox": (None, "Prices"),
    }


def test_tables_notes_and_attachments_are_told(tmp_path: Path) -> None:
    make_all(tmp_path)

    whole = {path.name: "\n".join(section.text for section in read(path)) for path in files_below(tmp_path)}

    assert "owl lamp | 52 euros" in whole["letter.docx"]
    assert "Notes: Say Prices slowly." in whole["slides.pptx"]
    assert "article: owl lamp; note: 52" in whole["table.csv"]
    assert f"shop.lamps[0].note: {FACT} in json." in whole["tree.json"]
    assert whole["mail.eml"].startswith("From: ben@example.org\nTo: ada@example.org\nSubject: Prices")
    assert "Attachments, not read:\nplan.pdf is" in whole["mail.eml"]


def test_a_remark_as_long_as_a_page_is_cut_where_it_names_a_column(tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    file.write_text(f"{'what is in the shop ' * 50},price\n" + "heron lamp,48\n" * 3)

    (section,) = open_file(file).sections()

    assert section.text.count("price: 48") == 3
    assert len(section.text) < 300


def test_of_a_page_only_what_a_reader_reads_is_kept() -> None:
    page = html(
        "<p>Before</p><main><h1>Tea</h1><p>Green <b>tea</b>\n is <!-- not --> fine, and all of this is long.</p></main>"
    )

    (section,) = open_bytes(page.encode(), "page").sections()

    assert (section.heading, section.text) == ("Shop > Tea", "Green tea is fine, and all of this is long.")


def test_lists_tables_and_code_of_a_page_keep_their_lines() -> None:
    page = html(
        "<ul><li>heron <i>lamp</i></li><li>owl</li></ul><table><tr><th>name</th><th>price</th></tr>"
        "<tr><td>heron</td><td>48</td></tr></table><pre>if tea:\n    drink()</pre>"
    )

    (section,) = open_bytes(page.encode(), "page").sections()

    assert section.text.split("\n\n") == [
        "- heron lamp",
        "- owl",
        "name | price\nheron | 48",
        "if tea:\n    drink()",
    ]


def test_headings_of_a_text_are_those_that_a_reader_sees(tmp_path: Path) -> None:
    (tmp_path / "law.txt").write_text(
        "Article I\n\nSection 1\n\nAll powers.\n\nSection 2\n\nThe house.\n\nArticle II\n\nThe president. Section 3\nis not here.\n"
    )

    found = [(section.heading, section.text) for section in read(tmp_path / "law.txt")]

    assert found == [
        ("Article I > Section 1", "All powers."),
        ("Article I > Section 2", "The house."),
        ("Article II", "The president. Section 3\nis not here."),
    ]


def test_a_comment_between_fences_is_no_heading() -> None:
    text = "Title\n=====\n\nRun:\n\n```sh\n# not a heading\nmake\n```\n\nMore\n----\n\nend\n"

    found = [(section.heading, section.text) for section in open_text(text, "a").sections()]

    assert found == [("Title", "Run:\n\n```sh\n# not a heading\nmake\n```"), ("Title > More", "end")]


def test_a_long_text_is_cut_into_bounded_sections_that_lose_nothing(tmp_path: Path) -> None:
    words = [f"word{number}" for number in range(20_000)]
    (tmp_path / "long.txt").write_text(" ".join(words))

    found = read(tmp_path / "long.txt")

    assert max(len(section.text) for section in found) <= SECTION_CHARS
    assert "".join(section.text for section in found).replace(" ", "") == "".join(words)
    assert [section.last for section in found] == [False] * (len(found) - 1) + [True]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_is_read_in_its_own_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "menu.txt").write_bytes("Crème brûlée, 7 €".encode(encoding))

    assert [section.text for section in read(tmp_path / "menu.txt")] == ["Crème brûlée, 7 €"]


def test_the_kind_is_told_by_the_content_where_the_name_is_wrong(tmp_path: Path) -> None:
    make_all(tmp_path)
    (tmp_path / "letter.docx").rename(tmp_path / "letter.bin")
    (tmp_path / "paper.pdf").rename(tmp_path / "paper.txt")
    (tmp_path / "page.html").rename(tmp_path / "page")

    assert open_file(tmp_path / "letter.bin").kind == "docx"
    assert open_file(tmp_path / "paper.txt").kind == "pdf"
    assert open_file(tmp_path / "page").kind == "html"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("locked.pdf", encrypted_pdf("hello"), "locked.pdf is encrypted with a password"),
        ("torn.pdf", pdf("hello")[:200], "torn.pdf is a broken PDF"),
        ("scan.pdf", pdf(""), "1 page and no text: it seems to be scanned"),
        ("torn.docx", b"PK\x03\x04 word/ torn", "torn.docx is a broken Office file"),
        ("old.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 rest", "old.docx is encrypted, or has the old Office format"),
        ("torn.json", b'{"a": [1, 2', "torn.json is broken JSON"),
        ("torn.jsonl", b'{"a": 1}\n{"b"\n', "torn.jsonl is broken JSON in line 2"),
        ("no.eml", b"just words", "no.eml is not an e-mail"),
        ("empty.txt", b"", "empty.txt is empty: it has 0 bytes"),
        ("blank.txt", b" \n\n ", "blank.txt is empty: there is no text in it"),
        ("photo.png", b"\x89PNG\r\n\x1a\n....", "photo.png is not a supported document: it is an image"),
        ("table.xlsx", b"PK\x03\x04 xl/ rest", "an Excel file; save it as .csv"),
        ("noise", bytes(range(256)), "noise is not a supported document: it is binary"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_what_it_is(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(DocumentError, match=says):
        read(tmp_path / name)


def test_what_is_too_large_for_its_kind_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.json").open("wb") as file:
        file.write(b"[1" + b" " * 10_000)
        file.truncate(100_000_001)

    with pytest.raises(DocumentError, match=r"huge\.json is too large: it has 100,000,001 bytes"):
        open_file(tmp_path / "huge.json")


def test_hidden_files_are_left_out_of_a_folder(tmp_path: Path) -> None:
    for name in ("b.txt", ".hidden", "a/c.txt", ".git/config"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")

    assert [path.relative_to(tmp_path).as_posix() for path in files_below(tmp_path)] == ["a/c.txt", "b.txt"]


def test_a_server_says_which_kind_and_encoding_a_page_is_in() -> None:
    page = open_bytes(
        "<p>Grüße</p>".encode("latin-1"), "example.org/hello", media_type="text/html; charset=latin-1"
    )

    assert [section.text for section in page.sections()] == ["Grüße"]


def test_a_letter_in_html_is_read_as_text() -> None:
    letter = mail("x").replace(b"text/plain", b"text/html").replace(b"\nx\n", b"\n<p>Hello <b>Ada</b></p>\n")

    section = next(open_bytes(letter, "a.eml").sections())

    assert "Hello Ada" in section.text


def letter(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"] = "ben@example.org", subject
    message.set_content("See below.")
    return message


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


def test_json_that_nests_deep_is_read_or_refused_and_never_more() -> None:
    deep = json.loads("[" * 200 + "1" + "]" * 200)

    assert "1" in next(iter(open_bytes(json.dumps(deep).encode(), "deep.json").sections())).text
    with pytest.raises(DocumentError, match="broken JSON"):
        list(open_bytes(b"[" * 200_000, "deeper.json").sections())


@examples(60)
@given(data=st.data())
def test_a_damaged_document_of_any_kind_is_read_or_refused_and_nothing_else(
    documents: dict[str, bytes], caplog: pytest.LogCaptureFixture, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(documents)))
    content = bytearray(documents[name])
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, max(0, len(content) - 1)))
        what = data.draw(st.sampled_from(["cut out", "cut off", "put in", "double"]))
        length = data.draw(st.integers(1, 200))
        if what == "put in":
            content[place:place] = data.draw(st.binary(max_size=40))
        elif what == "double":
            content[place:place] = content[place : place + length]
        else:
            del content[place : place + length if what == "cut out" else None]
    told, again = "", [[Section(1, "", last=True)]] * 2
    try:
        again = [list(open_bytes(bytes(content), name).sections()) for _ in range(2)]
    except DocumentError as error:
        told = str(error)
    assert not told or name in told
    assert again[0] == again[1]
    assert again[0][-1].last
    assert not [each for each in caplog.records if not each.name.startswith("memgpt_autogen")]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in make_all(tmp_path_factory.mktemp("documents"))}
