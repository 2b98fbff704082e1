"""Read Office files: check the package, and read Word by `word.py` and PowerPoint by python-pptx."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import IO, Any

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.numbering import Counter, slide_level
from memgpt_autogen.readers.refusals import refuse_broken, refuse_without
from memgpt_autogen.readers.sections import Part
from memgpt_autogen.readers.word import name_of_comment, paragraphs, read_word
from memgpt_autogen.readers.xml import local_name, parse_xml, value

NUMBERED = "{http://schemas.openxmlformats.org/drawingml/2006/main}buAutoNum"

MOST_UNPACKED = 1_000_000_000
MOST_RATIO = 500
"""A file that is compressed more than this is a zip bomb."""


def read_docx(file: IO[bytes], name: str) -> Iterator[Part]:
    """Yield what the pages show; see `read_word`."""
    with refuse_broken(f"{name} is a broken Word file", "Save it again."):
        yield from read_word(file)


def read_pptx(file: IO[bytes], name: str) -> Iterator[Part]:
    """Yield a part for each slide: its texts, tables and notes, its title as heading, its number as page."""
    with refuse_without("python-pptx", f"{name} is a PowerPoint file"):
        import pptx
    with refuse_broken(f"{name} is a broken PowerPoint file", "Save it again."):
        show = pptx.Presentation(file)
        authors = _authors(show)
        for number, slide in enumerate(show.slides, 1):
            title = slide.shapes.title
            heading = title.text_frame.text.strip() if title is not None else ""
            texts = [text for shape in slide.shapes if shape != title for text in _shape(shape)]
            notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
            if notes is not None and notes.text.strip():
                texts.append(f"Notes: {notes.text}")
            texts += _further(slide, "\n".join([heading, *texts]))
            texts += _comments(slide, authors)
            hidden = slide._element.get("show") in ("0", "false")  # noqa: SLF001  # python-pptx has no call
            note = f"slide {number} is hidden, and was read too" if hidden else ""
            yield Part("\n\n".join(texts) or heading, page=number, heading=heading or None, note=note)


def _table(table: Any) -> str:
    return "\n".join(" | ".join(" ".join(cell.text.split()) for cell in row.cells) for row in table.rows)


def _shape(shape: Any) -> Iterator[str]:
    if getattr(shape, "shapes", None) is not None:  # a group
        for inner in shape.shapes:
            yield from _shape(inner)
    elif getattr(shape, "has_table", False):
        yield _table(shape.table)
    elif getattr(shape, "has_text_frame", False) and shape.text_frame.text.strip():
        yield "\n".join(_numbered(shape.text_frame))


def _numbered(frame: Any) -> Iterator[str]:
    """Yield the paragraphs of a text, with the numbers of those that are numbered automatically."""
    counters: dict[int, tuple[str, Counter]] = {}
    for paragraph in frame.paragraphs:
        properties = paragraph._p.pPr  # noqa: SLF001  # python-pptx has no call for numbers
        numbers = None if properties is None else properties.find(NUMBERED)
        place = paragraph.level
        counters = {level: known for level, known in counters.items() if level <= place}
        if numbers is None:
            counters.pop(place, None)
            yield paragraph.text
            continue
        kind = numbers.get("type", "")
        if place not in counters or counters[place][0] != kind:
            counters[place] = kind, Counter({0: slide_level(kind, int(numbers.get("startAt", "1")))})
        yield f"{counters[place][1].mark(0)} {paragraph.text}"


def _further(slide: Any, known: str) -> list[str]:
    """Return the paragraphs of diagrams, charts and newer shapes, which python-pptx does not know."""
    blobs = [slide.part.blob] + [
        relation.target_part.blob
        for relation in slide.part.rels.values()
        if not relation.is_external and relation.reltype.endswith(("/diagramData", "/chart"))
    ]
    texts: list[str] = []
    for paragraph in chain.from_iterable(map(paragraphs, blobs)):
        text = " ".join(paragraph.split())
        if text and text not in known and text not in texts and not text.replace(".", "").isdecimal():
            texts.append(text)
    return texts


def _authors(show: Any) -> dict[str, str]:
    """Return who has written comments, by the ids of both kinds of comments."""
    parts = (
        relation.target_part.blob
        for relation in show.part.rels.values()
        if not relation.is_external and relation.reltype.endswith(("/commentAuthors", "/authors"))
    )
    nodes = chain.from_iterable(parse_xml(blob).iter() for blob in parts)
    return {value(node, "id"): value(node, "name") for node in nodes}


def _comments(slide: Any, authors: Mapping[str, str]) -> Iterator[str]:
    """Yield the comments of a slide and their answers, with who wrote them."""
    for relation in slide.part.rels.values():
        if relation.is_external or not relation.reltype.endswith("/comments"):
            continue
        for node in parse_xml(relation.target_part.blob).iter():
            if local_name(node) in ("cm", "reply"):
                body = [each for each in node if local_name(each) in ("text", "txBody")]
                words = (" ".join("".join(each.itertext()).split()) for each in body)
                if text := " ".join(filter(None, words)):
                    yield f"{name_of_comment(authors.get(value(node, 'authorId'), ''))}: {text}"


def check_zip(file: IO[bytes], name: str, what: str = "Office file") -> None:
    """Raise `DocumentError` for a file that is no zip archive, or a zip bomb."""
    try:
        with zipfile.ZipFile(file) as packed:
            infos = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        file.seek(0)
        if file.read(8) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            raise DocumentError(
                f"{name} is encrypted, or has the old Office format. "
                "Save it as .docx or .pptx without a password."
            ) from error
        raise DocumentError(f"{name} is a broken {what}: {error}. Save it again.") from error
    unpacked = sum(info.file_size for info in infos)
    packed_size = sum(info.compress_size for info in infos)
    if unpacked > MOST_UNPACKED or (unpacked > 10_000_000 and unpacked > MOST_RATIO * packed_size):
        raise DocumentError(
            f"{name} has {unpacked:,} bytes when it is unpacked, which is far too many for its size. "
            "It was not read."
        )
    file.seek(0)
