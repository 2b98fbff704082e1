"""The page Documents: load, read, find in the log, delete."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from browser import MakeServer, MakeVisitor
from document_files import pdf
from playwright.sync_api import Page, expect
from server_apps import PASSWORD

from memgpt_autogen.client import Client
from memgpt_autogen.testing import ScriptedLLM, call, says

PAPER = pdf("Welcome to the shop.", "The heron lamp costs 48 euros.", "We open at nine.")


def choose(page: Page, *files: tuple[str, bytes]) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files([{"name": name, "mimeType": "", "buffer": content} for name, content in files])


def drop(page: Page, *files: tuple[str, bytes]) -> None:
    """Drop files on the page, as a person drags them there."""
    given = [[name, base64.b64encode(content).decode()] for name, content in files]
    transfer = page.evaluate_handle(
        """files => {
            const transfer = new DataTransfer();
            for (const [name, content] of files) {
                const bytes = Uint8Array.from(atob(content), each => each.charCodeAt(0));
                transfer.items.add(new File([bytes], name));
            }
            return transfer;
        }""",
        given,
    )
    page.locator(".drop").dispatch_event("drop", {"dataTransfer": transfer})


def test_a_pdf_is_uploaded_and_an_answer_cites_it(serve: MakeServer, visit: MakeVisitor) -> None:
    llm = ScriptedLLM(
        says("", call("archival_memory_search", query="heron lamp")),
        says("", call("send_message", message="It costs 48 euros (paper.pdf, page 2).")),
    )
    address = serve(llm=llm)
    with Client(address, PASSWORD) as admin:
        admin.create_agent("sam")
        visitor = visit(address)
        page = visitor.open("agents/sam/documents")
        expect(page.get_by_text("No documents yet")).to_be_visible()
        page.get_by_text("What can be read, up to 200 MB a file").first.click()
        expect(page.get_by_text("the old Word format; save it as .docx").first).to_be_visible()

        choose(page, ("paper.pdf", PAPER), ("broken.pdf", b"%PDF-1.4 no more"))

        expect(page.get_by_text("paper.pdf is loaded: 3 passages.")).to_be_visible(timeout=60_000)
        expect(page.locator(".load-failed")).to_contain_text("broken.pdf", timeout=60_000)
        row = page.get_by_role("row").filter(has_text="paper.pdf")
        expect(row).to_contain_text(re.compile(r"pdf\s*3\s*3\s*3"))
        expect(page.get_by_role("row").filter(has_text="broken.pdf")).to_have_count(0)
        page.get_by_text("Loads so far").click()
        expect(page.locator(".jobs .load")).to_have_count(2)
        expect(page.get_by_text("3 passages, 1 document, searched by words only")).to_be_visible()

        admin.say("sam", "What does the heron lamp cost?")

    row.get_by_role("link", name="paper.pdf").click()
    used = page.locator(".use")
    expect(used).to_have_count(2)
    expect(used.first).to_contain_text("sam named it")
    expect(used.first).to_contain_text("It costs 48 euros (paper.pdf, page 2).")
    expect(used.last).to_contain_text("sam found it")
    used.last.get_by_role("link", name="2", exact=True).click()
    expect(page.locator("[aria-current=location]")).to_contain_text("The heron lamp costs 48 euros.")
    expect(page.get_by_label("Passages", exact=True)).to_be_focused()
    page.get_by_role("navigation", name="Headings and pages").get_by_role("link", name="Page 3").click()
    expect(page.locator("[aria-current=location]")).to_contain_text("We open at nine.")
    page.get_by_role("link", name="Earlier passages").click()
    expect(page.locator(".passage")).to_have_count(3)
    page.get_by_role("link", name="Search in it").click()
    page.get_by_label("Question or words").fill("lamp")
    page.get_by_label("Question or words").press("Enter")
    page.get_by_role("link", name="Open the document at page 2").click()
    expect(page.locator("[aria-current=location]")).to_contain_text("48 euros")
    used.first.get_by_role("link", name="Open in the chat").click()
    expect(page).to_have_url(re.compile(r"chat\?seq=\d+$"))


def test_two_dropped_files_a_refused_address_and_what_is_too_large(
    serve: MakeServer, visit: MakeVisitor
) -> None:
    address = serve(upload_bytes=50_000)
    with Client(address, PASSWORD) as admin:
        admin.create_agent("sam")
    visitor = visit(address, viewport={"width": 360, "height": 740})
    page = visitor.open("agents/sam/documents")
    expect(page.get_by_text("What can be read, up to 50 kB a file").first).to_be_visible()

    drop(page, ("الشاي.txt", "الشاي ينمو في جزر الأزور.".encode()), ("Bäume.md", "# Bäume\n\nHoch.".encode()))
    drop(page, ("large.txt", b"x " * 40_000))
    expect(page.get_by_text("الشاي.txt is loaded: 1 passage.")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Bäume.md is loaded: 1 passage.")).to_be_visible(timeout=60_000)
    expect(page.locator(".load-failed")).to_contain_text("large.txt: It is larger than this server takes")
    page.get_by_role("button", name="Take large.txt from this list").click()
    expect(page.get_by_role("heading", name="Load documents")).to_be_focused()

    page.get_by_label("Address of a page or a file").fill("http://127.0.0.1:8283/admin")
    page.get_by_role("button", name="Load the address").click()
    expect(page.locator(".load-failed")).to_contain_text("could not be fetched", timeout=60_000)
    page.get_by_role("button", name="Try again: http://127.0.0.1:8283/admin").click()
    expect(page.locator(".load-failed")).to_contain_text("could not be fetched", timeout=60_000)

    visitor.open("agents/sam/search")
    visitor.open("agents/sam/documents")
    expect(page.get_by_text("Bäume.md is loaded: 1 passage.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_an_upload_tells_how_far_it_is_and_can_be_cancelled(
    address: str, admin: Client, visit: MakeVisitor
) -> None:
    admin.create_agent("sam")
    visitor = visit(address)
    page = visitor.open("agents/sam/documents")
    slow = visitor.context.new_cdp_session(page)
    slow.send("Network.enable")
    slow.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 40_000},
    )

    choose(page, ("long.txt", b"Tea. " * 60_000))
    expect(page.get_by_text(re.compile(r"Sending long.txt, \d+ kB of 300 kB"))).to_be_visible()
    page.get_by_role("button", name="Cancel long.txt").click()

    expect(page.get_by_text("was not loaded: you cancelled it")).to_be_visible()
    assert admin.list_jobs().items == []
    slow.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    page.get_by_role("button", name="Try again: long.txt").click()
    expect(page.get_by_text("long.txt is loaded")).to_be_visible(timeout=60_000)
    assert [each.what for each in admin.list_jobs().items] == ["long.txt"]


def test_a_document_is_deleted_by_its_numbers_and_an_archive_attached(
    address: str, admin: Client, visit: MakeVisitor, tmp_path: Path
) -> None:
    admin.create_agent("sam")
    admin.create_archive("team")
    (tmp_path / "paper.pdf").write_bytes(PAPER)
    job = admin.load_source("sam", tmp_path / "paper.pdf")
    page = visit(address).open("agents/sam/documents")
    while admin.get_job(job.id).state not in ("ended", "failed"):
        page.wait_for_timeout(200)
    page.reload()

    page.get_by_role("button", name="Delete paper.pdf").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("3 passages, 3 pages, 66 characters")
    dialog.get_by_role("button", name="Close").click()
    assert [each.name for each in admin.list_sources("sam").items] == ["paper.pdf"]
    page.get_by_role("button", name="Delete paper.pdf").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No documents yet")).to_be_visible()
    expect(page.get_by_role("heading", name="Documents", exact=True)).to_be_focused()
    assert admin.list_sources("sam").items == []
    page.goto(f"{address}/#/agents/sam/documents/paper.pdf")
    page.get_by_role("link", name="Look at the documents that there are").click()

    page.get_by_label("Let it read a shared archive too").select_option("team")
    page.get_by_role("button", name="Attach").click()
    expect(page.locator(".archives > li")).to_have_count(2)
    assert [each.name for each in admin.list_agent_archives("sam").items] == [None, "team"]
    page.get_by_role("button", name="Stop reading it: team").click()
    dialog.get_by_role("button", name="Stop reading it").click()
    expect(page.locator(".archives > li")).to_have_count(1)
