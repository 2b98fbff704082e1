"""Make web pages and web archives: by pandoc, LibreOffice, Chromium, mail libraries, and real pages."""

from __future__ import annotations

import html
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from email.message import EmailMessage
from functools import lru_cache, partial
from pathlib import Path

from benchmarks.words_lost.browser import Browser, program
from benchmarks.words_lost.drafts import Block, Draft, Heading, Item, Listing, Paragraph, Run
from benchmarks.words_lost.made import Maker

BROWSER = (program() or "chromium",)

FOLDERS = (
    "/usr/share/doc",
    "/usr/share/gtk-doc",
    "/usr/share/perl",
    "/usr/lib/node_modules",
    "/usr/lib/libreoffice",
    "/usr/lib/google-cloud-sdk",
    "/opt",
)
"""Where systems have real pages."""

MOST_PAGE = 300_000

NO_PAGE = (b'http-equiv="refresh', b"\0", b"{%", b"{{")
"""What leads elsewhere, or is the template of a page."""

SAMPLES = Path(__file__).parents[1] / "samples"


def html_of(draft: Draft) -> str:
    """Return a draft as a page: the source that other writers convert."""
    blocks = "\n".join(map(_block, draft.blocks))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{_(draft.title)}</title></head>\n"
        f"<body>\n<h1>{_(draft.title)}</h1>\n{blocks}\n</body></html>\n"
    )


def _(text: object) -> str:
    return html.escape(str(text))


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{_(block.text)}</h{block.level}>"
    if isinstance(block, Paragraph):
        return f"<p>{''.join(map(_run, block.runs))}</p>"
    if isinstance(block, Listing):
        return _listing(block)
    rows = "\n".join(f"<tr>{''.join(f'<td>{_(cell)}</td>' for cell in row)}</tr>" for row in block.rows)
    head = "".join(f"<th>{_(cell)}</th>" for cell in block.header)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _run(run: Run) -> str:
    text = _(run.text)
    text = f"<b>{text}</b>" if run.bold else text
    text = f"<em>{text}</em>" if run.italic else text
    text = f'<a href="{_(run.link)}">{text}</a>' if run.link else text
    return text + (f" <small>({_(run.footnote)})</small>" if run.footnote else "")


def _listing(listing: Listing) -> str:
    name = "ol" if listing.numbered else "ul"
    return f"<{name}>{''.join(map(_item, listing.items))}</{name}>"


def _item(item: Item) -> str:
    return f"<li>{_(item.text)}{''.join(map(_listing, item.inside))}</li>"


def by_pandoc(to: str, options: Sequence[str], draft: Draft, path: Path) -> None:
    source = path.with_suffix(".source")
    source.write_text(html_of(draft), encoding="utf-8")
    command = ["pandoc", "--from=html", f"--to={to}", *options, "--output", str(path), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    source.unlink()


def by_markdown_it(draft: Draft, path: Path) -> None:
    """Write a page as programs do that render Markdown: no title, no frame."""
    from markdown_it import MarkdownIt

    from benchmarks.words_lost.makers.plain import markdown_of

    path.write_text(MarkdownIt("gfm-like", {"linkify": False}).render(markdown_of(draft)), encoding="utf-8")


def site(draft: Draft, path: Path) -> None:
    """Write a page of a site: with menus, a main part, a side column and a footer."""
    blocks = "\n".join(map(_block, draft.blocks))
    links = "".join(
        f'<li><a href="#{at}">{_(each.text)}</a></li>' for at, each in enumerate(draft.of(Heading))
    )
    path.write_text(
        f"""<!DOCTYPE html><html><head><meta charset=utf-8><title>{_(draft.title)} – Heron House</title>
<style>nav {{ float: left }} .upper {{ text-transform: uppercase }}</style></head><body>
<a href="#main" class="skip">Skip to content</a><header><p class=upper>{_(draft.header)}</p>
<nav aria-label="Main"><ul>{links}</ul></nav></header>
<main id=main><h1>{_(draft.title)}</h1><p>By {_(draft.author)}, <time>{draft.day}</time>
<button>Copy</button></p>{blocks}</main>
<aside><h2>Remark</h2><p>{_(draft.remark)}</p></aside><footer>{_(draft.footer)} © 2026</footer>
<script>document.write("never seen")</script></body></html>""",
        encoding="utf-8",
    )


def rare(draft: Draft, path: Path) -> None:
    """Write a page of elements that are seldom used."""
    elements = (SAMPLES / "rare.html").read_text(encoding="utf-8").replace("{n}", str(draft.number))
    page = html_of(draft).replace("</body></html>", elements)
    path.write_text(page, encoding="utf-8")


def encoded(encoding: str, declared: str, text: str, draft: Draft, path: Path) -> None:
    page = (
        f"<html><head>{declared}<title>{text}</title></head><body><h1>{text}</h1><p>{draft.number} {text}</p>"
    )
    path.write_bytes(page.encode(encoding, "xmlcharrefreplace"))


def real(draft: Draft, path: Path) -> None:
    """Copy a page of those that stand on this machine. They are the same for the same machine."""
    pages = real_pages()
    if pages:
        shutil.copyfile(pages[draft.number * 7919 % len(pages)], path)


@lru_cache
def real_pages() -> Sequence[Path]:
    import sysconfig

    folders = (*FOLDERS, sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"))
    return [page for folder in folders for page in _one_in_each(Path(folder))]


def _one_in_each(folder: Path) -> Iterator[Path]:
    """Yield at most three pages of each folder: pages beside each other are alike."""
    seen: dict[Path, int] = {}
    for page in sorted(folder.rglob("*.htm*")):
        seen[page.parent] = seen.get(page.parent, 0) + 1
        if seen[page.parent] <= 3 and page.is_file() and 400 < page.stat().st_size < MOST_PAGE:
            start = page.read_bytes()
            if not any(mark in start.lower() for mark in NO_PAGE):
                yield page


def source(draft: Draft, path: Path) -> None:
    """Write the page that `finish` of the maker converts."""
    path.with_suffix(".source.html").write_text(html_of(draft), encoding="utf-8")


def source_site(draft: Draft, path: Path) -> None:
    site(draft, path.with_suffix(".source.html"))


def source_word(draft: Draft, path: Path) -> None:
    from benchmarks.words_lost.makers.word import by_python_docx

    by_python_docx(draft, path.with_suffix(".docx"))


def by_chromium(paths: Sequence[Path]) -> None:
    with Browser() as browser:
        for path in paths:
            page = path.with_suffix(".source.html")
            (browser.save_pdf if path.suffix == ".pdf" else browser.save_archive)(page, path)
            page.unlink()


def by_libreoffice(to: str, suffix: str, paths: Sequence[Path]) -> None:
    from benchmarks.words_lost.shown.libreoffice import soffice

    sources = [path.with_suffix(suffix) for path in paths]
    soffice(to, sources, paths[0].parent)
    for each in sources:
        each.unlink()


def archive_by_email(draft: Draft, path: Path) -> None:
    """Write a web archive as mail libraries do: a related page and its picture."""
    message = EmailMessage()
    message["From"], message["Subject"] = "<Saved by a test>", draft.title
    message["Snapshot-Content-Location"] = f"https://example.org/{draft.number}"
    message.set_content(html_of(draft), subtype="html", cte="quoted-printable")
    message.make_related()
    message.add_related(b"\x89PNG\r\n\x1a\n" + bytes(200), "image", "png", cid=f"<p{draft.number}>")
    path.write_bytes(message.as_bytes())


ENCODED = (
    ("utf-8", '<meta charset="utf-8">', "Zażółć gęślą jaźń, Müller"),
    (
        "windows-1251",
        '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">',
        "Привет, мир",
    ),
    ("gbk", "<meta charset=gb2312>", "上海的会议开始了"),
    ("shift_jis", '<meta charset="Shift_JIS">', "東京で会議があります"),
    ("iso-8859-2", "<meta charset='iso-8859-2'>", "Zażółć gęślą jaźń"),
    ("utf-16", "", "Straße und ‘curly’ – Ελλάδα"),
    ("utf-8-sig", "", "Ελλάδα και Кипр"),
    ("cp1252", '<meta charset="iso-8859-1">', "“curly” – dash … €"),
    ("utf-8", '<meta charset="utf-16">', "déclaré à tort"),
    ("euc-kr", "<meta charset=euc-kr>", "회의는 서울에서 열립니다"),
)


def _encoded() -> Iterator[Maker]:
    for encoding, declared, text in ENCODED:
        make: Callable[[Draft, Path], None] = partial(encoded, encoding, declared, text)
        yield Maker("html", f"by hand in {encoding}", ".html", make, files=1, damaged=0)


PANDOC = {
    "html5": ("html5", ("--standalone", "--toc")),
    "html4": ("html4", ("--standalone",)),
    "sections": ("html5", ("--section-divs", "--standalone", "--mathml")),
    "fragment": ("html", ()),
    "slides": ("slidy", ("--standalone",)),
    "reveal.js": ("revealjs", ("--standalone", "--metadata=pagetitle:x")),
}

MAKERS = [
    *(
        Maker("html", f"pandoc, {name}", ".html", partial(by_pandoc, to, options), ("pandoc",), files=3)
        for name, (to, options) in PANDOC.items()
    ),
    Maker(
        "html",
        "LibreOffice",
        ".html",
        source_word,
        ("soffice",),
        partial(by_libreoffice, "html:HTML (StarWriter)", ".docx"),
    ),
    Maker("html", "markdown-it", ".html", by_markdown_it, files=3),
    Maker("html", "by hand, a site", ".html", site, files=4, damaged=2),
    Maker("html", "by hand, rare elements", ".html", rare, files=3, damaged=2),
    *_encoded(),
    Maker("html", "real pages", ".html", real, BROWSER, files=60, damaged=12),
    Maker("webarchive", "Chromium", ".mht", source, BROWSER, by_chromium, damaged=2),
    Maker("webarchive", "Chromium, a site", ".mht", source_site, BROWSER, by_chromium, files=3),
    Maker("webarchive", "Python's email", ".mhtml", archive_by_email),
]
