"""Documents of every kind: their pages and headings, and the errors for files that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from document_files import FACT, encrypted_pdf, make_all, pdf
from fuzzing import examples
from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.open import files_below, open_bytes, open_file
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
        ("old.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 rest", "old.docx is encrypted, or has the old"),
        ("torn.json", b'{"a": [1, 2', "torn.json is broken JSON"),
        ("torn.jsonl", b'{"a"\n{"b"\n', "torn.jsonl is broken JSON in line 1"),
        ("no.eml", b"just words", "no.eml is not an e-mail"),
        ("empty.txt", b"", "empty.txt is empty: it has 0 bytes"),
        ("blank.txt", b" \n\n ", "blank.txt is empty: there is no text in it"),
        ("photo.png", b"\x89PNG\r\n\x1a\n....", "photo.png is not a supported document: it is an image"),
        ("table.xlsx", b"PK\x03\x04 xl/ rest", "table.xlsx is a (?:broken or encrypted )?spreadsheet"),
        ("torn.odt", b"PK\x03\x04 rest", "torn.odt is a broken Office file"),
        ("torn.epub", b"PK\x03\x04 rest", "torn.epub is a broken book"),
        ("mail.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Outlook message; save it as .eml"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "the old Word format; save it as .docx"),
        ("draw.ps", b"%!PS-Adobe-3.0", "a PostScript file; convert it with ps2pdf"),
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


def test_what_is_no_document_is_skipped_in_a_folder(tmp_path: Path) -> None:
    skips = (
        "A.SVG",
        "a.css",
        "a.min.js",
        "a.js.map",
        "a.png",
        "a.woff2",
        "uv.lock",
        "package-lock.json",
    )
    documents = (
        "a.csv",
        "a.html",
        "a.js",
        "a.json",
        "a.md",
        "a.pdf",
        "a.py",
        "a.txt",
        "a.ts",
        "a.zip",
        "notes",
    )
    for name in (*skips, *documents):
        (tmp_path / name).write_text("text")
    (tmp_path / "sub" / "node_modules").mkdir(parents=True)
    (tmp_path / "sub" / "node_modules" / "read.md").write_text("text")
    skipped: list[Path] = []

    found = [path.name for path in files_below(tmp_path, skipped=skipped)]

    assert found == sorted(documents)
    assert sorted(path.name for path in skipped) == sorted((*skips, "node_modules"))
    assert len(list(files_below(tmp_path))) == len(skips) + len(documents) + 1


@pytest.mark.parametrize("file", ["memory.db", "archives/a1/edge_config.json"])
def test_a_folder_in_which_agents_are_stored_is_skipped(tmp_path: Path, file: str) -> None:
    (tmp_path / "agents" / file).parent.mkdir(parents=True)
    (tmp_path / "agents" / file).write_text("{}")
    (tmp_path / "archives").mkdir()
    (tmp_path / "archives" / "letter.txt").write_text("text")
    skipped: list[Path] = []

    found = [path.name for path in files_below(tmp_path, skipped=skipped)]

    assert (found, [path.name for path in skipped]) == (["letter.txt"], ["agents"])


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_a_broken_line_of_json_lines_is_kept_as_text_and_named(name: str) -> None:
    document = open_bytes(b'{"town": "Oslo"}\n{"town": "Ber\n\n{"town": "Bodo"}\n', name)

    (section,) = document.sections()

    assert section.text == 'town: Oslo\n\n{"town": "Ber\n\ntown: Bodo'
    (note,) = document.notes
    assert note.startswith(f"{name}: line 2 is broken JSON, and kept as text (")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.txt", b"The ferry\0 leaves at nine.", "1 NUL character"),
        ("a.log", b"The ferry\0 leaves\0 at nine. caf\xe9 \0\0", "2 NUL characters"),
        ("a", b"The ferry\0 leaves at nine.", "1 NUL character"),
        ("a.csv", b"what,when\nferry,\0nine\nbus,ten\n", "1 NUL character"),
        ("a.json", b'{"ferry": "ni\0ne"}', "1 NUL character"),
        ("a.txt", b"a" * 3_000_000 + b" x\0y\n", "1 NUL character"),
    ],
)
def test_a_text_with_a_nul_is_text_and_the_load_says_so(name: str, content: bytes, says: str) -> None:
    document = open_bytes(content, name)

    text = " ".join(section.text for section in document.sections())

    assert "\ufffd" in text
    assert any(f"{says}, shown as \ufffd" in note for note in document.notes)


def test_nuls_at_the_end_of_a_text_are_no_part_of_it() -> None:
    document = open_bytes(b"The ferry leaves at nine." + bytes(5000), "a.txt")

    assert [section.text for section in document.sections()] == ["The ferry leaves at nine."]
    assert document.notes == []


@pytest.mark.parametrize("content", [b"\x01\x02\0", b"\0\0\0\x18ftypmp42", bytes(range(256)) * 4])
def test_bytes_that_are_no_text_stay_binary(content: bytes) -> None:
    with pytest.raises(DocumentError, match="it is binary"):
        open_bytes(content, "a.dat")


def test_of_many_broken_lines_the_first_are_named() -> None:
    document = open_bytes(b'{"a": 1}\n' + b"{\n" * 8, "a.jsonl")

    list(document.sections())

    (note,) = document.notes
    assert "lines 2, 3, 4, 5, 6 and 3 more are broken JSON, and kept as text (" in note
