"""Write the source of the site: the pages in docs, and pages made from examples, notebooks and root files.

    python docs/_site/pages.py build/docs

In the repository a link points to a file. On the site it points to the page that is made from that file.
The output is plain Markdown and a `mkdocs.yml`, so that another site builder can read it too.
"""

from __future__ import annotations

import ast
import fnmatch
import importlib.util
import json
import posixpath
import re
import shutil
import sys
from collections.abc import Collection, Iterable, Iterator
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]

ROOT_PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "reporting.md",
}

# How much a page weighs in the site's search; the first pattern that matches counts. Material multiplies the
# score of a match in a title by 1000, so a group must weigh less than a thousandth to come after another one.
SEARCH_BOOSTS = {
    "decisions/*": 0.01,
    "changelog.md": 0.01,
    "contributing.md": 0.01,
    "reporting.md": 0.01,
    "benchmarks*": 0.1,
    "reference/*": 10,
    "cli.md": 10,
    "examples/*": 1_000,
    "notebooks/*": 1_000,
    "*": 10_000,
}

LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)#\s]+)(#[^)\s]*)?\)")
PICTURE = re.compile(r"^!\[([^\]]*)\]\(([^)\s]*assets/[^)\s]+\.svg)\)$", re.MULTILINE)

# The first of these kinds that an output of a notebook has is shown.
OUTPUT_KINDS = ("image/svg+xml", "image/png", "text/html", "text/markdown", "text/plain")


def program(name: str) -> ModuleType:
    """Return a program of this folder, which is no package."""
    spec = importlib.util.spec_from_file_location(f"site_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


http_api = program("http_api")


def main(target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "docs", target / "pages", ignore=shutil.ignore_patterns("_site", "*.py"))
    pages = {
        path.relative_to(ROOT / "docs").as_posix(): path.read_text(encoding="utf-8") for path in sources()
    }
    pages.update(generated_pages())
    for uri, text in pages.items():
        page = target / "pages" / uri
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(with_boost(site_text(text, uri, pages), uri), encoding="utf-8")

    site = yaml.safe_load((ROOT / "docs/_site/site.yml").read_text(encoding="utf-8"))
    site["nav"] = expand_nav(site["nav"], sorted(pages), named=set(nav_pages(site["nav"])))
    (target / "mkdocs.yml").write_text(yaml.safe_dump(site, sort_keys=False), encoding="utf-8")


def sources() -> list[Path]:
    return sorted(path for path in (ROOT / "docs").rglob("*.md") if "_site" not in path.parts)


def site_text(text: str, uri: str, pages: Collection[str]) -> str:
    """Return a page's Markdown with its links and pictures as the site needs them."""
    origin = next((root for root, page in ROOT_PAGES.items() if page == uri), f"docs/{uri}")
    text = LINK.sub(lambda link: site_link(link, origin, uri, pages), text)
    return PICTURE.sub(lambda picture: inline_picture(picture, uri), text)


def with_boost(text: str, uri: str) -> str:
    """Return the page with its search boost in the front matter, with what is there already."""
    boost = next(boost for pattern, boost in SEARCH_BOOSTS.items() if fnmatch.fnmatch(uri, pattern))
    line = f"search: {{ boost: {boost} }}\n"
    if text.startswith("---\n"):
        return text.replace("---\n", f"---\n{line}", 1)
    return f"---\n{line}---\n\n{text}"


def generated_pages() -> Iterator[tuple[str, str]]:
    """Return the address and the Markdown of every page that has no file of its own in docs."""
    for name, uri in ROOT_PAGES.items():
        yield uri, (ROOT / name).read_text(encoding="utf-8")

    programs = {f"{path.stem}.md": path for path in sorted((ROOT / "examples").glob("*.py"))}
    notebooks = {f"{path.stem}.md": path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
    for uri, path in programs.items():
        yield f"examples/{uri}", program_page(path)
    for uri, path in notebooks.items():
        yield f"notebooks/{uri}", notebook_page(path)
    yield "examples/index.md", examples_index(programs, notebooks)

    yield http_api.PAGE, http_api.http_page(ROOT)

    records = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    yield "decisions/index.md", decisions_index(records)


def program_page(path: Path) -> str:
    code = path.read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(code)) or path.stem
    first, _, rest = docstring.partition("\n")
    body = code[code.index('"""', 3) + 3 :].strip()
    block = code_block(f'python title="{path.name}"', body)
    return "\n\n".join((f"# {title_of(path.stem)}", first, rest.strip(), block)) + "\n"


def notebook_page(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    parts = [part for cell in cells for part in cell_parts(cell)]
    return "\n\n".join(parts) + "\n"


def cell_parts(cell: dict[str, Any]) -> Iterator[str]:
    text = "".join(cell["source"]).strip()
    if cell["cell_type"] != "code":
        yield text
        return
    if text:
        yield code_block("python", text)
    for output in cell["outputs"]:
        if output["output_type"] == "stream":
            yield code_block("text", "".join(output["text"]))
        elif "data" in output:
            yield output_part(output["data"])


def output_part(data: dict[str, Any]) -> str:
    kind = next(kind for kind in OUTPUT_KINDS if kind in data)
    text = "".join(data[kind])
    if kind == "image/png":
        return f'<div class="output"><img alt="" src="data:image/png;base64,{text.strip()}"></div>'
    if kind in {"image/svg+xml", "text/html"}:
        text = re.sub(r"^\s*(<\?xml.*?\?>|<!DOCTYPE.*?>)\s*", "", text, flags=re.DOTALL)
        lines = "\n".join(line for line in text.splitlines() if line.strip())
        return f'<div class="output">\n{lines}\n</div>'
    return text if kind == "text/markdown" else code_block("text", text)


def code_block(language: str, text: str) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def examples_index(programs: dict[str, Path], notebooks: dict[str, Path]) -> str:
    lines = ["# Examples", "", "Every example runs without a key. The tests run all of them.", ""]
    lines += ["## Programs", ""]
    for uri, path in programs.items():
        first = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]
        lines.append(f"- [{title_of(path.stem)}]({uri}): {first}")
    lines += ["", "## Notebooks", ""]
    for uri, path in notebooks.items():
        first = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"]).split("\n")[0]
        lines.append(f"- [{first.lstrip('# ')}](../notebooks/{uri})")
    return "\n".join(lines) + "\n"


def decisions_index(records: Iterable[Path]) -> str:
    intro = "Each record says in half a page what was decided, why, and what it costs."
    lines = ["# Design decisions", "", intro, ""]
    for path in records:
        title = path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
        lines.append(f"- [{title.replace('.', chr(92) + '.', 1)}]({path.name})")
    return "\n".join(lines) + "\n"


def title_of(stem: str) -> str:
    return stem.replace("_", " ").capitalize()


def nav_pages(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        yield from nav_pages(list(nav.values()))
    elif isinstance(nav, list):
        for part in nav:
            yield from nav_pages(part)


def expand_nav(nav: Any, pages: list[str], named: set[str]) -> Any:
    """Replace each pattern of the navigation by the pages that match it and are not named anywhere."""
    if isinstance(nav, dict):
        return {title: expand_nav(part, pages, named) for title, part in nav.items()}
    if isinstance(nav, list):
        return [each for part in nav for each in expand_pattern(part, pages, named)]
    return expand_pattern(nav, pages, named) if "*" in nav else nav


def expand_pattern(part: Any, pages: list[str], named: set[str]) -> list[Any]:
    if not isinstance(part, str) or "*" not in part:
        return [expand_nav(part, pages, named)]
    depth = part.count("/")
    return [
        page
        for page in pages
        if page.count("/") == depth and fnmatch.fnmatch(page, part) and page not in named
    ]


def site_link(link: re.Match[str], origin: str, source: str, pages: Collection[str]) -> str:
    """Return a link as the site needs it. For a file that has no page on the site, return the link's text."""
    text, target, anchor = link[1], link[2], link[3] or ""
    if "://" in target or target.startswith("mailto:"):
        return link[0]
    path = posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))
    uri = page_of(path)
    if uri not in pages:
        return link[0] if path.startswith("docs/") else text
    return f"[{text}]({posixpath.relpath(uri, posixpath.dirname(source) or '.')}{anchor})"


def page_of(path: str) -> str:
    """Return the address of the page that is made from a file of the repository."""
    if path in ROOT_PAGES:
        return ROOT_PAGES[path]
    if path == "README.md":
        return "index.md"
    if path == http_api.SOURCE:
        return str(http_api.PAGE)
    folder, _, name = path.partition("/")
    if folder == "docs":
        return name if posixpath.splitext(name)[1] else f"{name}/index.md"
    if not name:
        return "examples/index.md" if folder in {"examples", "notebooks"} else path
    return f"{folder}/{posixpath.splitext(name)[0]}.md"


def inline_picture(picture: re.Match[str], source: str) -> str:
    """Return one of our pictures as part of the page, so that it follows the dark theme."""
    path = ROOT / "docs" / posixpath.dirname(source) / picture[2]
    text = path.read_text(encoding="utf-8").replace(
        "<svg ", f'<svg role="img" aria-label="{escape(picture[1])}" ', 1
    )
    return f'<div class="picture">\n{text.strip()}\n</div>'


if __name__ == "__main__":
    main(Path(sys.argv[1]))
