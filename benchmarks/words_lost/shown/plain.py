"""The words of texts, Markdown, notebooks, subtitles, calendars, contacts and JSON."""

from __future__ import annotations

import json
import quopri
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.words_lost.made import Reader, Refused, Words
from benchmarks.words_lost.shown.pages import text_of_html

UNSEEN_FIELDS = re.compile(
    r"(?:PRODID|VERSION|UID|DTSTAMP|CREATED|LAST-MODIFIED|SEQUENCE|TRANSP|CALSCALE|METHOD|REV|CLASS|PRIORITY|"
    r"X-ALT-DESC|PHOTO|LOGO|SOUND|KEY|BEGIN|END)\b",
    re.IGNORECASE,
)
"""What calendars and address books do not show as text."""

TIMES = ("DTSTART", "DTEND", "DUE", "RECURRENCE-ID")

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def text_by_iconv(path: Path) -> Words:
    """Show a text by `iconv`, from the encoding that the name of the file has before its suffix."""
    command = ["iconv", "-c", f"--from-code={_iconv_name(path)}", "--to-code=UTF-8", str(path)]
    shown = subprocess.run(command, check=False, capture_output=True).stdout
    return Words(shown.decode("utf-8", "replace").lstrip("\ufeff"))


def _iconv_name(path: Path) -> str:
    name = path.suffixes[-2].lstrip(".")
    name = {"utf-8-sig": "utf-8", "mac-roman": "macintosh", "iso2022_jp": "iso-2022-jp"}.get(name, name)
    return re.sub(r"^iso(?=8859)", "iso-", name)


def text_by_python(path: Path) -> Words:
    return Words(path.read_bytes().decode(path.suffixes[-2].lstrip("."), "ignore").lstrip("\ufeff"))


def markdown_by_pandoc(path: Path) -> Words:
    """Show Markdown as pandoc renders it, with its front matter as the lines that are written."""
    text = path.read_bytes().decode("utf-8", "replace")
    front, text = _front_matter(text)
    command = ["pandoc", f"--from={FLAVOUR}", "--to=html", "--wrap=preserve"]
    page = subprocess.run(command, check=False, capture_output=True, input=text.encode()).stdout.decode()
    return Words(f"{front}\n{_as_stored(page)}")


FLAVOUR = (
    "markdown-yaml_metadata_block-pandoc_title_block-smart-implicit_figures+autolink_bare_uris+task_lists"
)


def markdown_by_markdown_it(path: Path) -> Words:
    from markdown_it import MarkdownIt

    front, text = _front_matter(path.read_bytes().decode("utf-8", "replace"))
    text = re.sub(r"\[\^(\w+)\](?!:)", "", text)  # the number of a footnote
    page = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    return Words(f"{front}\n{_as_stored(page)}")


def _as_stored(page: str) -> str:
    """Return the text of Markdown's page. Markdown is stored as it is written.

    So the address of a link is after its text, tags in it stay, and a footnote has its name, not a number.
    """
    page = re.sub(r'<a [^>]*class="footnote-(?:ref|back)".*?</a>', "<br>", page, flags=re.DOTALL)
    return text_of_html(
        re.sub(r"(?=<a |<img |</?(?:span|small|sup|sub|div|details|summary)\b)|(?<=</a>)", "<br>", page)
    )


def _front_matter(text: str) -> tuple[str, str]:
    found = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    return (found.group(1), text[found.end() :]) if found else ("", text)


def notebook(path: Path) -> Words:
    """Show the cells and the richest text of their outputs, by nbformat."""
    import nbformat

    try:
        cells = nbformat.read(str(path), 4).cells
    except Exception as error:
        raise Refused(f"nbformat does not read it: {error}") from error
    return Words("\n".join(text for cell in cells for text in _of_cell(cell)))


def _of_cell(cell: Any) -> Iterator[str]:
    if cell.cell_type == "markdown":
        from markdown_it import MarkdownIt

        yield text_of_html(MarkdownIt("gfm-like", {"linkify": False}).render(cell.source))
        return
    yield cell.source
    for output in cell.get("outputs", ()):
        if output.output_type == "stream":
            yield COLOURS.sub("", output.text)
        elif output.output_type == "error":
            yield f"{output.ename}: {output.evalue}"
        else:
            data = output.data
            if "text/html" in data:
                yield text_of_html(data["text/html"])
            elif "text/markdown" in data or not any(each.startswith("image/") for each in data):
                shown = (
                    data.get("text/markdown") or data.get("text/plain") or data.get("application/json", "")
                )
                yield shown if isinstance(shown, str) else json.dumps(shown)


def subtitles(path: Path) -> Words:
    """Show what is said and by whom: the lines below the times."""
    text = path.read_bytes().decode("utf-8", "replace")
    shown = []
    for block in re.split(r"\n\s*\n", text):
        _, times, said = block.partition("-->")
        if not times:
            continue
        said = said.partition("\n")[2]
        shown += re.findall(r"<v ([^>]+)>", said)
        said = re.sub(r"<[^>]*>", "", said).replace("\n", " ")
        shown.append(said.replace("&lt;", "<").replace("&amp;", "&"))
    return Words("\n".join(shown))


def cards(path: Path) -> Words:
    """Show the values of the fields that calendars and address books show, and the names of people."""
    return Words(text_of_cards(path.read_bytes().decode("utf-8", "replace")))


def text_of_cards(text: str) -> str:
    text = re.sub(r"\r?\n[ \t]", "", text)
    text = re.sub(r"=\r?\n", "", text)
    shown: list[str] = []
    inside: list[str] = []
    for line in text.splitlines():
        head, _, value = line.partition(":")
        while head.count('"') % 2 and ":" in value:
            more, _, value = value.partition(":")
            head = f"{head}:{more}"
        name = head.split(";")[0].rpartition(".")[2].upper()
        if name == "BEGIN":
            inside.append(value.upper())
        elif name == "END":
            inside = inside[:-1]
        elif not UNSEEN_FIELDS.fullmatch(name) and not {"VALARM", "VTIMEZONE"} & set(inside) and value:
            if "QUOTED-PRINTABLE" in head.upper():
                value = quopri.decodestring(value.encode()).decode("utf-8", "replace")
            shown += [each.strip('"') for each in re.findall(r';CN=("[^"]*"|[^;:]*)', head)]
            shown += _values(name, value)
    return "\n".join(shown)


def _values(name: str, value: str) -> list[str]:
    if name in TIMES:
        found = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?", value)
        return [" ".join(filter(None, found.groups())).replace("Z", "UTC")] if found else [value]
    value = re.sub(r"\\[nN]", "\n", value)
    parts = re.split(r"(?<!\\)[;]", value) if name in ("N", "ADR", "ORG") else [value]
    return [re.sub(r"^mailto:", "", re.sub(r"\\(.)", r"\1", part)) for part in parts]


def json_values(path: Path) -> Words:
    """Show all keys and values. A key is stored once for a list of values."""
    try:
        found = json.loads(path.read_text(encoding="utf-8", errors="replace"))
    except ValueError as error:
        raise Refused(f"it is no JSON: {error}") from error
    return Words("\n".join(_leaves(found)))


def json_lines(path: Path) -> Words:
    shown: list[str] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            shown += _leaves(json.loads(line))
        except ValueError as error:  # noqa: PERF203  # one line is broken
            raise Refused(f"it is no JSON: {error}") from error
    return Words("\n".join(shown))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if inner not in ({}, []):
                yield str(key)
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value if isinstance(value, str) else json.dumps(value)


MARKDOWN_IT = Reader("markdown-it", markdown_by_markdown_it)

SHOWN = {
    "text": (Reader("iconv", text_by_iconv, ("iconv",)), Reader("Python's codecs", text_by_python)),
    "markdown": (Reader("pandoc", markdown_by_pandoc, ("pandoc",)), MARKDOWN_IT),
    "notebook": (Reader("nbformat", notebook),),
    "subtitles": (Reader("lines", subtitles),),
    "calendar": (Reader("lines", cards),),
    "contacts": (Reader("lines", cards),),
    "json": (Reader("Python's json", json_values),),
    "jsonl": (Reader("Python's json", json_lines),),
}
