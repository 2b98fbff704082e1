"""Writes the site's source: the pages of docs, and those made of examples, notebooks and the files at the root.

    python docs/_site/pages.py build/docs

In the repository a link leads to a file; on the site it leads to the page that was made of that file. What comes out is plain Markdown
and a `mkdocs.yml`, so that another builder can take it as well.
"""

from __future__ import annotations

import ast
import fnmatch
import json
import posixpath
import re
import shutil
import sys
from collections.abc import Collection, Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]

AT_THE_ROOT = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "reporting.md",
}

BELOW_THE_GUIDES = "---\nsearch: { boost: 0.5 }\n---\n\n"
"""What a search finds in the reference comes after what it finds in the guides."""

LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)#\s]+)(#[^)\s]*)?\)")
PICTURE = re.compile(r"^!\[([^\]]*)\]\(([^)\s]*assets/[^)\s]+\.svg)\)$", re.MULTILINE)
DRAWN = ("image/svg+xml", "image/png", "text/html", "text/markdown", "text/plain")
"""What of a notebook's output is shown: the first of these that it has."""


def main(target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "docs", target / "pages", ignore=shutil.ignore_patterns("_site", "*.py"))
    written = {
        path.relative_to(ROOT / "docs").as_posix(): path.read_text(encoding="utf-8") for path in sources()
    }
    pages = {**written, **dict(made())}
    for uri, text in pages.items():
        page = target / "pages" / uri
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(on_the_site(text, uri, pages), encoding="utf-8")

    site = yaml.safe_load((ROOT / "docs/_site/site.yml").read_text(encoding="utf-8"))
    site["nav"] = expanded(site["nav"], sorted(pages), named=set(leaves(site["nav"])))
    (target / "mkdocs.yml").write_text(yaml.safe_dump(site, sort_keys=False), encoding="utf-8")


def sources() -> list[Path]:
    return sorted(path for path in (ROOT / "docs").rglob("*.md") if "_site" not in path.parts)


def on_the_site(text: str, uri: str, pages: Collection[str]) -> str:
    """A page's Markdown with its links and pictures as they must be on the site."""
    origin = next((root for root, made in AT_THE_ROOT.items() if made == uri), f"docs/{uri}")
    text = LINK.sub(lambda link: led(link, origin, uri, pages), text)
    text = PICTURE.sub(lambda picture: drawn_inline(picture, uri), text)
    return BELOW_THE_GUIDES + text if uri.startswith("reference/") else text


def made() -> Iterator[tuple[str, str]]:
    """The address and the Markdown of every page that has no file of its own in docs."""
    for name, uri in AT_THE_ROOT.items():
        yield uri, (ROOT / name).read_text(encoding="utf-8")

    programs = {f"{path.stem}.md": path for path in sorted((ROOT / "examples").glob("*.py"))}
    notebooks = {f"{path.stem}.md": path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
    for uri, path in programs.items():
        yield f"examples/{uri}", program(path)
    for uri, path in notebooks.items():
        yield f"notebooks/{uri}", notebook(path)
    yield "examples/index.md", index_of_examples(programs, notebooks)

    records = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    yield "decisions/index.md", index_of_decisions(records)


def program(path: Path) -> str:
    code = path.read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(code)) or path.stem
    first, _, rest = docstring.partition("\n")
    body = code[code.index('"""', 3) + 3 :].strip()
    return (
        "\n\n".join(
            (f"# {titled(path.stem)}", first, rest.strip(), fenced(f'python title="{path.name}"', body))
        )
        + "\n"
    )


def notebook(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    parts = [part for cell in cells for part in told_by(cell)]
    return "\n\n".join(parts) + "\n"


def told_by(cell: dict[str, Any]) -> Iterator[str]:
    text = "".join(cell["source"]).strip()
    if cell["cell_type"] != "code":
        yield text
        return
    if text:
        yield fenced("python", text)
    for output in cell["outputs"]:
        if output["output_type"] == "stream":
            yield fenced("text", "".join(output["text"]))
        elif "data" in output:
            yield shown(output["data"])


def shown(data: dict[str, Any]) -> str:
    kind = next(kind for kind in DRAWN if kind in data)
    text = "".join(data[kind])
    if kind == "image/png":
        return f'<div class="output"><img alt="" src="data:image/png;base64,{text.strip()}"></div>'
    if kind in {"image/svg+xml", "text/html"}:
        text = re.sub(r"^\s*(<\?xml.*?\?>|<!DOCTYPE.*?>)\s*", "", text, flags=re.DOTALL)
        lines = "\n".join(line for line in text.splitlines() if line.strip())
        return f'<div class="output">\n{lines}\n</div>'
    return text if kind == "text/markdown" else fenced("text", text)


def fenced(language: str, text: str) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def index_of_examples(programs: dict[str, Path], notebooks: dict[str, Path]) -> str:
    lines = [
        "# Examples",
        "",
        "Each runs as it stands, without a key, and in the tests.",
        "",
        "## Programs",
        "",
    ]
    for uri, path in programs.items():
        first = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]
        lines.append(f"- [{titled(path.stem)}]({uri}): {first}")
    lines += ["", "## Notebooks", ""]
    for uri, path in notebooks.items():
        first = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"]).split("\n")[0]
        lines.append(f"- [{first.lstrip('# ')}](../notebooks/{uri})")
    return "\n".join(lines) + "\n"


def index_of_decisions(records: Iterable[Path]) -> str:
    lines = ["# Decisions", "", "What was decided, why, and what it costs: half a page each.", ""]
    for path in records:
        title = path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
        lines.append(f"- [{title.replace('.', chr(92) + '.', 1)}]({path.name})")
    return "\n".join(lines) + "\n"


def titled(stem: str) -> str:
    return stem.replace("_", " ").capitalize()


def leaves(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        yield from leaves(list(nav.values()))
    elif isinstance(nav, list):
        for part in nav:
            yield from leaves(part)


def expanded(nav: Any, pages: list[str], named: set[str]) -> Any:
    """The navigation with each pattern replaced by the pages that fit it and are not named anywhere."""
    if isinstance(nav, dict):
        return {title: expanded(part, pages, named) for title, part in nav.items()}
    if isinstance(nav, list):
        return [each for part in nav for each in fitting(part, pages, named)]
    return fitting(nav, pages, named) if "*" in nav else nav


def fitting(part: Any, pages: list[str], named: set[str]) -> list[Any]:
    if not isinstance(part, str) or "*" not in part:
        return [expanded(part, pages, named)]
    depth = part.count("/")
    return [
        page
        for page in pages
        if page.count("/") == depth and fnmatch.fnmatch(page, part) and page not in named
    ]


def led(link: re.Match[str], origin: str, source: str, pages: Collection[str]) -> str:
    """A link as it stands on the site; to a file that has no page there, its text."""
    text, target, anchor = link[1], link[2], link[3] or ""
    if "://" in target or target.startswith("mailto:"):
        return link[0]
    path = posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))
    uri = page_of(path)
    if uri not in pages:
        return link[0] if path.startswith("docs/") else text
    return f"[{text}]({posixpath.relpath(uri, posixpath.dirname(source) or '.')}{anchor})"


def page_of(path: str) -> str:
    """The page that was made of a file of the repository."""
    if path in AT_THE_ROOT:
        return AT_THE_ROOT[path]
    if path == "README.md":
        return "index.md"
    folder, _, name = path.partition("/")
    if folder == "docs":
        return name if posixpath.splitext(name)[1] else f"{name}/index.md"
    if not name:
        return "examples/index.md" if folder in {"examples", "notebooks"} else path
    return f"{folder}/{posixpath.splitext(name)[0]}.md"


def drawn_inline(picture: re.Match[str], source: str) -> str:
    """A picture of our own stands in the page itself, so that it turns dark with it."""
    path = ROOT / "docs" / posixpath.dirname(source) / picture[2]
    text = path.read_text(encoding="utf-8").replace(
        "<svg ", f'<svg role="img" aria-label="{escape(picture[1])}" ', 1
    )
    return f'<div class="picture">\n{text.strip()}\n</div>'


if __name__ == "__main__":
    main(Path(sys.argv[1]))
