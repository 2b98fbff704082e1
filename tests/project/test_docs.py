"""Every Python block of the README and the pages in docs runs, and prints what the page says it prints.

A page's blocks run in order in one process, as a reader would run them. `# -> text` behind a line is the
whole line that it prints; `...` stands for any text. An `llm_config` with the key "..." meets a scripted
endpoint, which says "Noted." through `send_message` and picks sam as the next speaker of a group chat.
Blocks with a title are files of their own, and the page about hosts has parts that need other packages;
tests/hosts runs both.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from page_code import BLOCK, broken_promises, missing, python_of
from places import ROOT
from workers import run_program

from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.testing import ScriptedServer, call, says
from memgpt_autogen.testing.scripted import Request

pytestmark = pytest.mark.autogen

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
WITHOUT_PYTHON = [ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")]
ABOUT_HOSTS = ROOT / "docs/hosts.md"
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


WITH_PYTHON = [
    page for page in PAGES if BLOCK.search(page.read_text(encoding="utf-8")) and page != ABOUT_HOSTS
]


@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: page.stem)
def test_a_pages_python_runs_and_prints_what_the_page_says(page: Path, tmp_path: Path) -> None:
    code = python_of(page.read_text(encoding="utf-8"))
    script = tmp_path / f"{page.stem}.py"
    script.write_text(code, encoding="utf-8")

    with ScriptedServer(otherwise=answer) as server:
        done = run_program(script, OPENAI_BASE_URL=server.url)

    assert done.returncode == 0, done.stderr
    assert broken_promises(code, done.stdout) == [], done.stdout


@pytest.mark.parametrize(
    ("promised", "printed", "is_missing"),
    [
        (["2 found"], "2 found\n", []),
        (["2"], "2 found\n", ["2"]),
        (["found"], "2 found\n", ["found"]),
        (["2 ..."], "2 found\n", []),
        (["... found"], "2 found\n", []),
        (["3 ..."], "2 found\n", ["3 ..."]),
        (["a.b"], "a-b\n", ["a.b"]),
        (["second", "first"], "first\nsecond\n", ["first"]),
        (["once", "once"], "once\n", ["once"]),
    ],
)
def test_a_promise_is_a_whole_line_in_its_order(
    promised: list[str], printed: str, is_missing: list[str]
) -> None:
    assert missing(promised, printed) == is_missing


@pytest.mark.parametrize("page", [*PAGES, *WITHOUT_PYTHON], ids=lambda page: page.stem)
def test_a_pages_links_lead_to_files(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]

    assert [link for link in links if not (page.parent / link).exists()] == []


def answer(request: Request) -> Completion:
    if any(tool["function"]["name"] == "send_message" for tool in request.tools):
        return says("", call("send_message", message="Noted."))
    return says("sam")
