"""Every Python block of the README and the pages in docs runs, and prints what the page says it prints.

A page's blocks run in order in one process, as a reader would run them. `# -> text` behind a line says
what it prints. An `llm_config` with the key "..." meets a scripted endpoint, which says "Noted." through
`send_message` and picks sam as the next speaker of a group chat.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from places import ROOT
from workers import run_program

from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.testing import ScriptedServer, call, says
from memgpt_autogen.testing.scripted import Request

pytestmark = pytest.mark.autogen

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
WITHOUT_PYTHON = [ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", [page for page in PAGES if BLOCK.search(page.read_text(encoding="utf-8"))],
                         ids=lambda page: page.stem)  # fmt: skip
def test_a_pages_python_runs_and_prints_what_the_page_says(page: Path, tmp_path: Path) -> None:
    code = python_of(page)
    script = tmp_path / f"{page.stem}.py"
    script.write_text(code, encoding="utf-8")

    with ScriptedServer(otherwise=answer) as server:
        done = run_program(script, OPENAI_BASE_URL=server.url)

    assert done.returncode == 0, done.stderr
    place = 0
    for promised in re.findall(r"# -> (.+)$", code, re.MULTILINE):
        place = done.stdout.find(promised, place)
        assert place >= 0, f"{promised!r} is not printed, or not in this place:\n{done.stdout}"
        place += len(promised)


@pytest.mark.parametrize("page", [*PAGES, *WITHOUT_PYTHON], ids=lambda page: page.stem)
def test_a_pages_links_lead_to_files(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]

    assert [link for link in links if not (page.parent / link).exists()] == []


def python_of(page: Path) -> str:
    """The blocks at their own line numbers, so that an error names the line of the page."""
    text = page.read_text(encoding="utf-8")
    lines = [""] * (text.count("\n") + 1)
    for block in BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(1))
        for number, line in enumerate(block[1].splitlines()):
            lines[first + number] = line
    return "\n".join(lines)


def answer(request: Request) -> Completion:
    if any(tool["function"]["name"] == "send_message" for tool in request.tools):
        return says("", call("send_message", message="Noted."))
    return says("sam")
