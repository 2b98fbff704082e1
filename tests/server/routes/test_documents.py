"""Documents over HTTP, as people read them."""

from __future__ import annotations

from typing import Any

import pytest
from document_files import pdf
from fastapi.testclient import TestClient

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.messages import Message
from memgpt_autogen.readers.kinds import SUFFIXES
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says

SAM = "/api/v1/agents/sam"

GUIDE = (
    "# Lamps\n\nWe sell lamps.\n\n## Prices\n\nThe heron lamp costs 48 euros.\n\n## Returns\n\nIn 30 days.\n"
)


@pytest.fixture(autouse=True)
def sam(admin: TestClient) -> None:
    admin.post("/api/v1/agents", json={"name": "sam"})
    open_memory("sam", Settings.load()).attach(text=GUIDE, name="guide.md")


def items(admin: TestClient, path: str, **asked: Any) -> Any:
    answer = admin.get(f"{SAM}/{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_a_document_has_headings_and_passages_in_its_order_page_by_page(
    admin: TestClient, tmp_path: Any
) -> None:
    (tmp_path / "paper.pdf").write_bytes(pdf("First page.", "Second page.", "Third page."))
    open_memory("sam", Settings.load()).attach(tmp_path / "paper.pdf")

    outline = items(admin, "source-outline/guide.md")
    pages = items(admin, "source-outline/paper.pdf")
    first = admin.get(f"{SAM}/source-passages/paper.pdf", params={"limit": 2}).json()
    rest = items(admin, "source-passages/paper.pdf", limit=2, cursor=first["next"])
    from_third = items(admin, "source-passages/paper.pdf", start=3)

    assert [each["heading"] for each in outline] == ["Lamps", "Lamps > Prices", "Lamps > Returns"]
    assert [(each["first"], each["page"]) for each in pages] == [(1, 1), (2, 2), (3, 3)]
    assert [each["text"] for each in first["items"] + rest] == ["First page.", "Second page.", "Third page."]
    assert [each["page"] for each in from_third] == [3]


def test_the_archives_of_an_agent_are_its_own_and_the_attached_ones(admin: TestClient) -> None:
    admin.post("/api/v1/archives", json={"name": "team"})
    admin.post("/api/v1/archives/team/passages", json={"text": "Tea is at four."})
    admin.put(f"{SAM}/archives/team")

    own, team = items(admin, "archives")

    assert (own["name"], own["documents"], own["embedding_model"], own["pending"]) == (None, 1, None, 0)
    assert (team["name"], team["documents"], team["passages"]) == ("team", 0, 1)


def test_the_log_says_what_was_found_opened_and_named(make_client: Any) -> None:
    llm = ScriptedLLM(
        says("", call("archival_memory_search", query="heron lamp")),
        says("", call("open_source", source="guide.md", start=2)),
        says("", call("send_message", message="It costs 48 euros (guide.md, Prices).")),
    )
    admin = make_client(llm=llm)
    admin.post(f"{SAM}/runs", json={"input": "What is a heron lamp?", "background": False})
    others = "Is myguide.md there?", "Or guide.mdx?"
    open_memory("sam", Settings.load()).log.append(*(Message.said_by("ben", text) for text in others))

    uses = items(admin, "source-uses/guide.md")
    first = admin.get(f"{SAM}/source-uses/guide.md", params={"limit": 1}).json()
    rest = items(admin, "source-uses/guide.md", cursor=first["next"])

    assert [each["how"] for each in uses] == ["named", "opened", "found"]
    assert uses[0]["text"] == "It costs 48 euros (guide.md, Prices)."
    assert uses[0]["speaker"] is None
    assert uses[1]["passages"] == [2, 3]
    assert 2 in uses[2]["passages"]
    assert first["items"] + rest == uses


def test_kinds_and_limits_of_documents_are_told(make_client: Any) -> None:
    told = make_client(upload_bytes=12_000).get("/api/v1/document-kinds").json()

    suffixes = {suffix for each in told["kinds"] for suffix in each["suffixes"]}
    assert suffixes >= {*SUFFIXES, ".txt"}
    assert told["upload_bytes"] == 12_000
    assert told["unreadable"][".doc"] == "the old Word format; save it as .docx"


def test_a_dry_run_deletes_nothing_and_tells_what_would_go(admin: TestClient) -> None:
    dry = admin.delete(f"{SAM}/sources/guide.md", params={"dry_run": True})

    assert (dry.status_code, dry.json()["passages"]) == (200, 3)
    assert [each["name"] for each in items(admin, "sources")] == ["guide.md"]


@pytest.mark.parametrize("what", ["source-outline", "source-passages", "source-uses"])
def test_what_is_not_there_is_named(admin: TestClient, what: str) -> None:
    answers = [
        admin.get(f"{SAM}/{what}/none.md"),
        admin.get(f"{SAM}/{what}/guide.md", params={"archive": "none"}),
    ]

    assert [each.status_code for each in answers] == [404, 404]
    assert [each.json()["detail"] for each in answers] == [
        "there is no source 'none.md' in this archive.",
        "no archive 'none' is attached to the agent.",
    ]
