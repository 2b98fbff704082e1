"""Attaching through the agent, in a group, over the web, and in the terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from document_files import FACT, encrypted_pdf, html, make_all, pdf
from typer.testing import CliRunner
from web_site import Site

from memgpt_autogen import MemGPTAgent, fetch_page
from memgpt_autogen.assembly import open_memory
from memgpt_autogen.cli import app
from memgpt_autogen.errors import ConfigurationError, FetchError
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.settings import Settings
from memgpt_autogen.tools.toolbox import Toolbox


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.autogen
def test_an_agent_answers_from_what_was_attached(tmp_path: Path) -> None:
    make_all(tmp_path / "shop")
    sam = MemGPTAgent("sam")

    attached = sam.attach(tmp_path / "shop" / "letter.docx", tags=["prices"])
    answer = sam.generate_reply(
        [{"role": "user", "name": "ada", "content": "What does the heron lamp cost?"}]
    )

    assert str(attached).startswith("came: letter.docx: 2 passages")
    assert (
        answer == f"My archive has this (letter.docx, Letter > Prices): “{FACT} in docx. owl lamp | 52 euros”"
    )
    assert [source.name for source in sam.sources()] == ["letter.docx"]
    assert sam.memory.archival.count(tags=["prices"]) == 2
    sam.detach("letter.docx")
    assert sam.sources() == []


@pytest.mark.autogen
def test_an_agent_reads_a_library_that_others_fill(tmp_path: Path) -> None:
    ada, ben = MemGPTAgent("ada", archive="library"), MemGPTAgent("ben")
    ada.attach(text=f"{FACT} in text.", name="prices")

    ben.attach(archive="library")
    answer = ben.generate_reply(
        [{"role": "user", "name": "cleo", "content": "What does the heron lamp cost?"}]
    )

    assert answer == f"My archive has this (prices): “{FACT} in text.”"


@pytest.mark.autogen
def test_pages_of_the_web_are_attached_where_that_is_allowed(site: Site) -> None:
    site.serve("/shop", html(f"<h2>Prices</h2><p>{FACT} in html.</p>").encode(), content_type="text/html")
    site.serve("/paper", pdf(f"{FACT} in pdf."), content_type="application/pdf")
    sam = MemGPTAgent("sam")

    with pytest.raises(FetchError, match="public internet"):
        sam.attach(f"{site.url}/shop")
    sam.attach(f"{site.url}/shop", allow_private=True)
    sam.attach(f"{site.url}/paper", name="paper", allow_private=True)

    host = site.url.partition("://")[2]
    assert [(source.name, source.kind) for source in sam.sources()] == [
        (f"{host}/shop", "html"),
        ("paper", "pdf"),
    ]
    assert sam.sources()[0].origin == f"{site.url}/shop"


@pytest.mark.autogen
def test_no_key_in_an_address_is_kept(site: Site) -> None:
    for number in (1, 2):
        site.serve(
            f"/doc?page={number}&api_key=s3cr3t",
            f"Page {number} is blue.".encode(),
            content_type="text/plain",
        )
        site.serve(f"/doc?page={number}", f"Page {number} is red.".encode(), content_type="text/plain")
    sam = MemGPTAgent("sam")

    for query in ("page=1&api_key=s3cr3t", "page=2&api_key=s3cr3t", "page=1", "page=2"):
        sam.attach(f"{site.url}/doc?{query}", allow_private=True)

    found = sam.sources()
    assert len(found) == 4
    assert "s3cr3t" not in str(list(sam.memory.archival.dump())) + str(found)
    assert [source.name for source in found if "page" in source.name] == [
        f"127.0.0.1:{site.port}/doc?page={number}" for number in (1, 2)
    ]


def test_fetch_page_tells_a_page_as_text_part_by_part(site: Site) -> None:
    words = " ".join(f"word{number}" for number in range(400))
    site.serve("/long", html(f"<h1>Words</h1><p>{words}</p>").encode(), content_type="text/html")
    site.serve("/photo", b"\x89PNG....", content_type="image/png")
    box = Toolbox([fetch_page(allow_private=True, page_chars=2000)])

    def fetched(path: str, page: str = "0") -> str:
        return box.run(
            box.read(ToolCall("1", "fetch_page", f'{{"url": "{site.url}{path}", "page": {page}}}'))
        ).text

    first, second = fetched("/long"), fetched("/long", "1")

    assert first.startswith("Page 0 of 0 to 1; go on with page=1:\n")
    assert "## Shop > Words" in first
    assert "word0 " in first
    assert "word399" in second
    assert "Home About" not in first
    assert len(site.asked) == 1
    assert "it is an image" in fetched("/photo")
    assert "no page 9" in fetched("/long", "9")
    assert "public internet" in _only_public(f"{site.url}/long")


def test_load_tells_what_came_and_fails_where_one_file_did(tmp_path: Path) -> None:
    make_all(tmp_path / "shop")
    (tmp_path / "shop" / "locked.pdf").write_bytes(encrypted_pdf("secret"))

    first = CliRunner().invoke(app, ["load", str(tmp_path / "shop"), "--agent", "sam", "--name", "shop"])
    again = CliRunner().invoke(app, ["load", str(tmp_path / "shop" / "notes.txt"), "--agent", "sam"])

    assert first.exit_code == 1
    assert "loaded: shop/letter.docx: 2 passages" in first.output
    assert "shop/locked.pdf is encrypted with a password" in first.output
    assert (again.exit_code, "already loaded: 1 document" in again.output) == (0, True)
    assert len(open_memory("sam").sources()) == 11


def test_load_says_what_is_not_there(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["load", str(tmp_path / "no.txt"), "--agent", "sam"])

    assert result.exit_code == 1
    assert "no.txt is not there" in result.output


@pytest.mark.slow
def test_a_load_in_the_terminal_that_was_killed_goes_on(tmp_path: Path) -> None:
    lines = "\n\n".join(f"Paragraph {number}. {'It rained. ' * 100}" for number in range(3000))
    (tmp_path / "long.txt").write_text(lines)
    home = tmp_path / "home"
    command = [
        sys.executable,
        "-m",
        "memgpt_autogen.cli",
        "load",
        str(tmp_path / "long.txt"),
        "--agent",
        "sam",
        "--home",
    ]

    first = subprocess.Popen([*command, str(home)], stdout=subprocess.DEVNULL)
    while first.poll() is None and not list(home.glob("archives/*/passages")):
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    memory = open_memory("sam", Settings.load(home=home))
    broken_off = [source.ready for source in memory.sources()]
    memory.archival.close()
    second = subprocess.run([*command, str(home)], check=False, capture_output=True, encoding="utf-8")

    assert broken_off == [False]
    assert second.returncode == 0, second.stderr
    (source,) = memory.sources()
    assert source.ready
    assert source.passages == memory.archival.count() >= 3000
    assert f"loaded: long.txt: {source.size}" in second.stdout


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"what": "no/such/file.txt"}, "is not there. Give the path of a file or folder"),
        ({"what": "two\nlines"}, r"attach\(text=...\)"),
        ({}, "give what to attach"),
        ({"text": " "}, "is empty"),
        ({"what": "a.txt", "archive": "library"}, "takes no document"),
    ],
)
def test_what_cannot_be_attached_is_refused_with_the_way_out(
    memory: MemoryHierarchy, given: dict[str, str], says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        memory.attach(**given)


def _only_public(url: str) -> str:
    box = Toolbox([fetch_page()])
    return box.run(box.read(ToolCall("1", "fetch_page", f'{{"url": "{url}"}}'))).text


def test_a_folders_assets_are_told_and_loaded_where_they_are_asked_for(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in ("tea.md", "a.svg", "b.svg", "c.css"):
        (docs / name).write_text(f"Tea is grown in Assam, says {name}.")
    memory = open_memory("sam")

    attached = memory.attach(docs)

    assert [Path(path).name for path in attached.skipped] == ["a.svg", "b.svg", "c.css"]
    assert "skipped 3 files (2 .svg, 1 .css); to load them too: assets=True" in str(attached)
    assert len(memory.attach(docs, assets=True).came) == 3
    assert memory.attach(docs / "a.svg").skipped == ()


def test_a_home_in_a_folder_is_no_document() -> None:
    Path("tea.md").write_text("Tea is grown in Assam.")
    memory = open_memory("sam", Settings.load(home="memory"))
    memory.archival.insert("Coffee is grown in Kona.")

    attached = memory.attach(".")

    assert [source.name for source in attached.came] == ["tea.md"]
    assert attached.skipped == ("memory",)
