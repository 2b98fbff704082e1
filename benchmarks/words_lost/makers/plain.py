"""Make texts in many encodings, Markdown, notebooks, subtitles, calendars, contacts and JSON."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.words_lost.drafts import NAMES, Block, Draft, Heading, Item, Listing, Paragraph, Run, Table
from benchmarks.words_lost.made import Maker

SAMPLES = Path(__file__).parents[1] / "samples"

LANGUAGES: dict[str, str] = json.loads((SAMPLES / "languages.json").read_text(encoding="utf-8"))
"""A few sentences of each language."""

ENCODINGS = (
    "utf-8:vi utf-8-sig:tr utf-16:ru utf-16-le:de utf-16-be:fr utf-32:zh utf-32-le:de cp1252:de "
    "cp1252:fr iso8859-15:fr cp1250:pl cp1250:cs iso8859-2:hu cp1251:ru cp1251:uk cp1251:bg koi8-r:ru "
    "cp866:ru cp1253:el iso8859-7:el cp1254:tr cp1255:he cp1256:ar gbk:zh gb18030:zh big5:zh-tw "
    "shift_jis:ja euc-jp:ja iso2022_jp:ja euc-kr:ko cp874:th mac-roman:fr utf-16:ar "
).split()
"""Encodings with the languages that are written in them."""

PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 3 + b"x").decode()


def encoded(encoding: str, language: str, draft: Draft, path: Path) -> str:
    """Write some English lines around a text in a language, in an encoding."""
    text = f"{draft.number}. {LANGUAGES[language]}\n\nEND OF NOTES\n\n{LANGUAGES[language]}\n"
    path.write_bytes(text.replace("\n", "\r\n" if draft.number % 2 else "\n").encode(encoding, "replace"))
    return text


def plain(draft: Draft, path: Path) -> None:
    """Write a text with headings as people type them, some of them without a text below."""
    shown: list[str] = [draft.title.upper(), "=" * 20, ""]
    for block in draft.blocks:
        if isinstance(block, Heading):
            shown += [
                "",
                block.text.upper() if block.level == 1 else f"Chapter {block.level}: {block.text}",
                "",
            ]
        elif isinstance(block, Table):
            shown += ["\t".join(map(str, row)) for row in (block.header, *block.rows)]
        else:
            shown += [_markdown(block, {}).replace("*", ""), ""]
    path.write_text("\n".join(shown), encoding="utf-8")


def markdown_of(draft: Draft, *, rich: bool = False) -> str:
    """Return a draft as Markdown. With `rich`, it has front matter, footnotes, HTML, code and pictures."""
    notes: dict[str, str] = {}
    blocks = [_markdown(block, notes if rich else None) for block in draft.blocks]
    text = f"# {draft.title}\n\n" + "\n\n".join(blocks) + "\n"
    if not rich:
        return text
    footnotes = "\n".join(f"[^{name}]: {note}" for note, name in notes.items())
    front = f"---\ntitle: {draft.title}\nauthor: {draft.author}\ndate: {draft.day}\ntags: [work, b]\n---\n\n"
    html = (
        f"<details><summary>Open {draft.number}</summary>\n\nInside **it**.\n\n</details>\n\n"
        '<div align="center"><b>Centred</b> &amp; bold</div>\n\n<!-- a remark of the author -->\n\n'
        "- [ ] open task\n- [x] done task\n"
    )
    code = f"```python\n# not a heading {draft.number}\nprint('code')\n```\n\n    # code by indent\n"
    picture = f"![A picture {draft.number}](data:image/png;base64,{PICTURE})\n"
    setext = (
        f"Underlined {draft.number}\n-----\n\nText before a rule\n\n---\n\n> quoted {draft.number}\n---\n"
    )
    pieces = [text, html, code, picture, setext, footnotes]
    return front + "\n".join(pieces) + "\n"


def _markdown(block: Block, notes: dict[str, str] | None) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {block.text}"
    if isinstance(block, Paragraph):
        return "".join(_run(run, notes) for run in block.runs).strip()
    if isinstance(block, Listing):
        return "\n".join(_listing(block, ""))
    rows = [" | ".join(map(str, row)) for row in block.rows]
    head = [" | ".join(block.header), " | ".join("---" for _ in block.header)]
    return "\n".join(f"| {row} |" for row in (*head, *rows))


def _run(run: Run, notes: dict[str, str] | None) -> str:
    text = f"**{run.text}**" if run.bold else f"*{run.text}*" if run.italic else run.text
    text = f"[{text}]({run.link})" if run.link else text
    if run.footnote and notes is not None:
        return f"{text}[^{notes.setdefault(run.footnote, f'n{len(notes)}')}]"
    return text + (f" ({run.footnote})" if run.footnote else "")


def _listing(listing: Listing, indent: str) -> Iterator[str]:
    for number, item in enumerate(listing.items, 1):
        yield f"{indent}{f'{number}.' if listing.numbered else '-'} {_item(item)}"
        for inner in item.inside:
            yield from _listing(inner, indent + "   ")


def _item(item: Item) -> str:
    return item.text


def markdown(rich: bool, draft: Draft, path: Path) -> None:  # noqa: FBT001  # a variant of a maker
    path.write_text(markdown_of(draft, rich=rich), encoding="utf-8")


def markdown_by_pandoc(flavour: str, draft: Draft, path: Path) -> None:
    from benchmarks.words_lost.makers.pages import html_of

    command = ["pandoc", "--from=html", f"--to={flavour}", "--output", str(path)]
    subprocess.run(command, check=True, input=html_of(draft).encode(), capture_output=True)


def notebook(draft: Draft, path: Path) -> None:
    """Write a notebook with outputs of many kinds, by nbformat."""
    import nbformat
    from nbformat import v4

    output = partial(v4.new_output, "execute_result", execution_count=1)
    outputs = [
        v4.new_output("stream", text=f"printed {draft.number}\n\x1b[31mred\x1b[0m\n"),
        output({"text/plain": f"'value {draft.number}'"}),
        output(
            {"text/html": f"<table><tr><th>name<td>cell {draft.number}</table>", "text/plain": "name cell"}
        ),
        output({"image/png": PICTURE, "text/plain": "<Figure size 640x480 with 1 Axes>"}),
        output({"text/markdown": f"**marked** {draft.number}"}),
        output({"application/json": {"key": [draft.number, "listed"]}}),
        v4.new_output(
            "error", ename="ValueError", evalue=f"wrong {draft.number}", traceback=["Traceback", "line"]
        ),
    ]
    cells: list[Any] = [v4.new_markdown_cell(f"# {draft.title}")]
    for block in draft.blocks:
        cells.append(v4.new_markdown_cell(_markdown(block, None)))
        if isinstance(block, Heading):
            code = f"total = {block.level}  # the sum of {block.text}\nprint(total)"
            cells.append(v4.new_code_cell(code, outputs=[outputs[len(cells) % len(outputs)]]))
    cells += [v4.new_code_cell("x", outputs=outputs), v4.new_raw_cell(f"raw {draft.number}")]
    cells[1]["attachments"] = {"a.png": {"image/png": PICTURE}}
    nbformat.write(v4.new_notebook(cells=cells), str(path))


def old_notebook(draft: Draft, path: Path) -> None:
    import nbformat

    notebook(draft, path)
    nbformat.write(nbformat.convert(nbformat.read(str(path), 4), 3), str(path))


def subtitles(web: bool, draft: Draft, path: Path) -> str:  # noqa: FBT001  # a variant of a maker
    """Write a cue for each sentence, with speakers, styles and remarks."""
    lines = (
        ["WEBVTT - a talk", "", "NOTE a remark of the author", "", "STYLE", "::cue { color: red }", ""]
        if web
        else []
    )
    shown = []
    texts = [each for each in draft.text.splitlines() if len(each) > 10]
    for number, text in enumerate(texts):
        mark = "." if web else ","
        time = f"00:{number // 60:02}:{number % 60:02}{mark}"
        times = f"{time}000 --> {time}900"
        speaker = NAMES[number % 3]
        half = len(text) // 2
        half = text.find(" ", half) if " " in text[half:] else len(text)
        said = f"{text[:half]}\n{text[half + 1 :]}".strip()
        shown.append(text)
        said = said.replace("&", "&amp;").replace("<", "&lt;") if web else said
        if web and number % 2:
            said, shown = f"<v {speaker}>{said}</v>", [*shown, speaker]
        elif number % 4 == 0:
            said = f"<i>{said}</i>"
        lines += [
            f"cue {number}" if web and number % 3 == 0 else str(number + 1),
            times + (" line:0" if web else ""),
            said,
            "",
        ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return "\n".join(shown)


def calendar(draft: Draft, path: Path) -> None:
    """Write events as calendar programs do, with folded lines, alarms and a time zone."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//A program//EN",
        f"X-WR-CALNAME:{_escaped(draft.title)}",
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Berlin",
        "BEGIN:STANDARD",
        "DTSTART:19701025T030000",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]
    for number, block in enumerate(draft.of(Paragraph)):
        day = f"{draft.day:%Y%m%d}"
        lines += [
            "BEGIN:VEVENT",
            f"UID:{number}@example.org",
            f"DTSTAMP:{day}T080000Z",
            f"DTSTART;TZID=Europe/Berlin:{day}T0900{number % 60:02}",
            f"DTEND:{day}T100000Z",
            f"SUMMARY:{_escaped(draft.title)} {number}",
            f"DESCRIPTION:{_escaped(block.text)}\\nSecond line",
            f"LOCATION:Room {number}\\, second floor",
            f'ORGANIZER;CN="{draft.author}":mailto:head{number}@example.org',
            f"ATTENDEE;CN={NAMES[number % 7]};ROLE=REQ-PARTICIPANT:mailto:guest{number}@example.org",
            "CATEGORIES:work,travel",
            "RRULE:FREQ=WEEKLY;COUNT=3",
            "URL:https://example.org/meeting",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:Reminder {number}",
            "TRIGGER:-PT15M",
            "END:VALARM",
            "END:VEVENT",
        ]
    lines += [
        "BEGIN:VTODO",
        f"SUMMARY:Task {draft.number}",
        f"DUE:{draft.day:%Y%m%d}",
        "STATUS:NEEDS-ACTION",
        f"COMMENT:{_escaped(draft.remark)}",
        "END:VTODO",
        "END:VCALENDAR",
        "",
    ]
    path.write_bytes("\r\n".join(map(_folded, lines)).encode())


def contacts(version: str, draft: Draft, path: Path) -> None:
    lines: list[str] = []
    for number, name in enumerate(NAMES):
        first, last = name.split(" ", 1)
        photo = (
            f"PHOTO:data:image/png;base64,{PICTURE}"
            if version == "4.0"
            else f"PHOTO;ENCODING=b;TYPE=PNG:{PICTURE}"
        )
        lines += [
            "BEGIN:VCARD",
            f"VERSION:{version}",
            f"N:{last};{first};;Dr.;",
            f"FN:{name}",
            "ORG:Heron House;Lamps",
            f"TITLE:{_escaped(draft.of(Heading)[0].text)}",
            f"EMAIL;TYPE=work:{first.lower()}{number}@example.org",
            f"item1.EMAIL:second{number}@example.org",
            "item1.X-ABLabel:Second address",
            f"TEL;TYPE=CELL:+49 30 {1000 + number}",
            "ADR;TYPE=HOME:;;Main Street 5;Berlin;;10115;Germany",
            f"BDAY:1980-0{number + 1}-12",
            f"NOTE:{_escaped(draft.remark)}\\nSecond line\\; with a sign",
            photo,
            "NICKNAME:Bird",
            "END:VCARD",
        ]
    path.write_bytes("\r\n".join(map(_folded, [*lines, ""])).encode())


def old_contacts(draft: Draft, path: Path) -> None:
    """Write contacts as old phones do: quoted-printable in an old encoding's words."""
    lines = []
    for name in NAMES:
        quoted = "".join(f"={byte:02X}" for byte in name.encode())
        lines += [
            "BEGIN:VCARD",
            "VERSION:2.1",
            f"N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;{quoted};;;",
            f"FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{quoted}",
            "TEL;CELL;PREF:+49301234",
            f"NOTE;ENCODING=QUOTED-PRINTABLE:first line=0D=0A=\r\nsecond line {draft.number}",
            "END:VCARD",
        ]
    path.write_bytes("\r\n".join([*lines, ""]).encode())


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Return a line in pieces of at most 75 bytes, as the standards ask."""
    pieces, rest = [], line.encode()
    while len(rest) > 74:
        end = 74
        while rest[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        pieces.append(rest[:end].decode())
        rest = rest[end:]
    return "\r\n ".join([*pieces, rest.decode()])


def _value(draft: Draft) -> dict[str, Any]:
    return {
        "title": draft.title,
        "author": {"name": draft.author, "day": str(draft.day), "active": True, "left": None},
        "blocks": [{"kind": type(block).__name__, "text": _markdown(block, None)} for block in draft.blocks],
        "numbers": [1, 2.5, -3e8],
        "empty": [],
        "none": {},
        "deep": [[["inner"], [draft.number]]],
        "rows": [
            dict(zip(table.header, map(str, row), strict=True))
            for table in draft.of(Table)
            for row in table.rows
        ],
    }


def json_file(ascii_only: bool, draft: Draft, path: Path) -> None:  # noqa: FBT001  # a variant of a maker
    path.write_text(json.dumps(_value(draft), ensure_ascii=ascii_only, indent=2), encoding="utf-8")


def json_lines(draft: Draft, path: Path) -> None:
    values = _value(draft)
    lines = [*values["blocks"], *values["rows"], draft.remark, 17, [draft.title, None]]
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")


MAKERS = [
    *(
        Maker(
            "text",
            f"{encoding}, {language}",
            f".{encoding}.txt",
            partial(encoded, encoding, language),
            files=1,
        )
        for encoding, language in (each.split(":") for each in ENCODINGS)
    ),
    Maker("text", "by hand", ".utf-8.txt", plain, files=3, damaged=2),
    Maker("markdown", "by hand", ".md", partial(markdown, False), damaged=1),
    Maker("markdown", "by hand, rich", ".md", partial(markdown, True), damaged=2),
    *(
        Maker("markdown", f"pandoc, {name}", ".md", partial(markdown_by_pandoc, name), ("pandoc",), files=2)
        for name in ("markdown", "gfm", "commonmark", "markdown_mmd", "markdown_phpextra", "markdown_strict")
    ),
    Maker("notebook", "nbformat", ".ipynb", notebook, files=4),
    Maker("notebook", "nbformat, version 3", ".ipynb", old_notebook, files=2),
    Maker("subtitles", "by hand, WebVTT", ".vtt", partial(subtitles, True)),
    Maker("subtitles", "by hand, SubRip", ".srt", partial(subtitles, False)),
    Maker("calendar", "by hand", ".ics", calendar, damaged=2),
    *(
        Maker("contacts", f"by hand, {each}", ".vcf", partial(contacts, each), files=2)
        for each in ("3.0", "4.0")
    ),
    Maker("contacts", "by hand, 2.1", ".vcf", old_contacts, files=1),
    Maker("json", "Python's json", ".json", partial(json_file, True), files=2),
    Maker("json", "Python's json, Unicode", ".json", partial(json_file, False), files=2),
    Maker("jsonl", "Python's json", ".jsonl", json_lines, files=3),
]
