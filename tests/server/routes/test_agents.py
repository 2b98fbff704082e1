"""The agents of a user over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.home import agent_names
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings

AGENTS = "/api/v1/agents"


def test_an_agent_is_created_read_renamed_and_deleted(admin: TestClient) -> None:
    made = admin.post(AGENTS, json={"name": "sam", "human": "Her name is Ada."})
    renamed = admin.patch(f"{AGENTS}/sam", json={"name": "samuel"})
    by_id = admin.get(f"{AGENTS}/{made.json()['id']}").json()
    would = admin.delete(f"{AGENTS}/samuel", params={"dry_run": True}).json()
    there = admin.get(AGENTS).json()
    gone = admin.delete(f"{AGENTS}/samuel").json()

    assert made.status_code == 201
    assert {block["label"]: block["value"] for block in made.json()["blocks"]}["human"] == "Her name is Ada."
    assert renamed.json()["name"] == by_id["name"] == "samuel"
    assert (would["dry_run"], gone["dry_run"]) == (True, False)
    assert [each["name"] for each in there["items"]] == ["samuel"]
    assert gone["blocks"] == ["persona", "human"]
    assert admin.get(f"{AGENTS}/samuel").status_code == 404
    assert admin.get(AGENTS).json() == {"items": [], "next": None}


def test_what_the_terminal_made_is_there_and_the_other_way_round(admin: TestClient) -> None:
    open_memory("terry", Settings.load())
    admin.post(AGENTS, json={"name": "sam"})

    assert {each["name"] for each in admin.get(AGENTS).json()["items"]} == {"terry", "sam"}
    assert agent_names(Settings.load()) == ["sam", "terry"]


def test_a_list_comes_in_pages_without_gaps_or_repetitions(admin: TestClient) -> None:
    for number in range(5):
        admin.post(AGENTS, json={"name": f"agent{number}"})
    pages, cursor = [], None
    while not pages or cursor:
        page = admin.get(AGENTS, params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        pages.append([each["name"] for each in page["items"]])
        cursor = page["next"]

    assert pages == [["agent4", "agent3"], ["agent2", "agent1"], ["agent0"]]
    assert [each["name"] for each in admin.get(AGENTS, params={"search": "T3"}).json()["items"]] == ["agent3"]


def test_a_list_tells_what_was_said_last_used_today_and_goes_on_now(admin: TestClient) -> None:
    admin.post(AGENTS, json={"name": "sam", "human": "Her name is Ada." + "x" * 300})
    admin.post(AGENTS, json={"name": "ann"})
    admin.post(f"{AGENTS}/sam/runs", json={"input": "I live in Lisbon.", "background": False})
    said(admin, "sam", "See you!")
    (run,) = admin.get("/api/v1/runs").json()["items"]

    memory = open_memory("sam", Settings.load())
    idle = {"running": False, "queued": 0, "suspended": 0}
    with memory.exclusive():
        during = admin.get(AGENTS).json()["items"]
        active = admin.get("/api/v1/activity").json()["items"]
    ann, sam = (each["overview"] for each in admin.get(AGENTS).json()["items"])

    assert [each["overview"]["activity"] for each in during] == [idle, {**idle, "running": True}]
    assert active == [{"id": memory.log.agent_id, "activity": {**idle, "running": True}}]
    assert admin.get("/api/v1/activity").json() == {"items": [], "next": None}
    assert (ann["last_words"], ann["tokens_today"], ann["activity"]) == (None, 0, idle)
    assert (sam["last_words"]["text"], sam["last_words"]["speaker"]) == ("See you!", "ada")
    assert sam["tokens_today"] == run["prompt_tokens"] + run["completion_tokens"] > 0
    assert sam["human"] == ("Her name is Ada." + "x" * 300)[:240]
    assert sam["persona"]
    assert admin.get(f"{AGENTS}/sam").json()["overview"] == sam


def test_a_page_needs_as_many_queries_for_many_agents_as_for_one(
    admin: TestClient, statements: list[str]
) -> None:
    counts = []
    for names in (["a"], ["b", "c", "d", "e"]):
        for name in names:
            said(admin, name, "Hello.")
        statements.clear()
        admin.get(AGENTS)
        counts.append(len(statements))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0", "bnVsbA", "[" * 400])
def test_a_cursor_of_nobody_is_refused(admin: TestClient, cursor: str) -> None:
    answer = admin.get(AGENTS, params={"cursor": cursor})

    assert answer.status_code == 400
    assert "`next`" in answer.json()["detail"]


@pytest.mark.parametrize("limit", [0, 201, -1])
def test_a_page_has_a_limit(admin: TestClient, limit: int) -> None:
    assert admin.get(AGENTS, params={"limit": limit}).status_code == 422


def test_a_name_that_is_taken_is_a_conflict_and_changes_nothing(admin: TestClient) -> None:
    admin.post(AGENTS, json={"name": "sam", "persona": "I am the first."})
    admin.post(AGENTS, json={"name": "ann"})

    answers = [
        admin.post(AGENTS, json={"name": "sam", "persona": "I am the second."}),
        admin.patch(f"{AGENTS}/ann", json={"name": "sam"}),
        admin.post(f"{AGENTS}/ann/fork", json={"name": "sam"}),
    ]

    assert [each.status_code for each in answers] == [409, 409, 409]
    assert all("'sam'" in each.json()["detail"] for each in answers)
    assert admin.get(f"{AGENTS}/sam").json()["blocks"][0]["value"] == "I am the first."


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "sam the great"}, 400),
        ({"name": "sam", "blocks": [{"label": "a b"}]}, 422),
        ({"name": "sam", "persona": "x" * 3000}, 400),
        ({"name": "sam", "colour": "blue"}, 422),
        ({"name": 7}, 422),
        ({}, 422),
    ],
)
def test_an_agent_that_is_not_valid_leaves_nothing(admin: TestClient, body: Any, status: int) -> None:
    answer = admin.post(AGENTS, json=body)

    assert answer.status_code == status
    assert admin.get(AGENTS).json()["items"] == []


def test_a_fork_begins_with_the_memory_of_its_agent(admin: TestClient) -> None:
    said(admin, "sam", "Ada lives in Lisbon.")

    forked = admin.post(f"{AGENTS}/sam/fork", json={"name": "sam2"})

    assert forked.status_code == 201
    assert forked.json()["messages"] == 1
    assert forked.json()["id"] != admin.get(f"{AGENTS}/sam").json()["id"]


def test_an_export_is_imported_under_another_name(admin: TestClient) -> None:
    said(admin, "sam", "Ada lives in Lisbon.")
    file = admin.get(f"{AGENTS}/sam/export")

    taken = admin.post(f"{AGENTS}/import", files={"file": ("sam.zip", file.content)})
    came = admin.post(f"{AGENTS}/import", files={"file": ("sam.zip", file.content)}, data={"name": "sam2"})

    assert file.headers["content-type"] == "application/zip"
    assert 'filename="sam.zip"' in file.headers["content-disposition"]
    assert taken.status_code == 409
    assert came.status_code == 201
    assert came.json()["messages"] == 1


def test_a_shared_archive_that_an_agent_is_made_or_imported_with_is_read_by_it(admin: TestClient) -> None:
    admin.post(AGENTS, json={"name": "sam"})
    admin.post(f"{AGENTS}/sam/passages", json={"text": "Tea grows in the Azores."})
    file = admin.get(f"{AGENTS}/sam/export").content
    about = {"name": "ann", "archive": "team"}
    admin.post(f"{AGENTS}/import", files={"file": ("sam.zip", file)}, data=about)
    admin.post(AGENTS, json={"name": "ben", "archive": "team"})

    for name in ("ann", "ben"):
        found = admin.post(f"{AGENTS}/{name}/search", json={"queries": ["azores"]}).json()["items"]
        assert [(each["text"], each["archive"]) for each in found] == [("Tea grows in the Azores.", "team")]


def test_a_file_that_is_no_export_is_refused_without_a_path_of_the_server(admin: TestClient) -> None:
    answer = admin.post(f"{AGENTS}/import", files={"file": ("sam.zip", b"no zip at all")})

    assert answer.status_code == 400
    assert "/" not in answer.json()["detail"]
    assert answer.json()["detail"].startswith("the file is not a bundle")


def test_forgetting_is_reported_before_and_after(admin: TestClient) -> None:
    said(admin, "sam", "Ada lives in Lisbon.")

    would = admin.post(f"{AGENTS}/sam/forget", json={"query": "Lisbon", "dry_run": True})
    before = admin.get(f"{AGENTS}/sam").json()["messages"]
    did = admin.post(f"{AGENTS}/sam/forget", json={"query": "Lisbon"})

    assert would.json() | {"dry_run": False, "scrubbed": True} == did.json() | {"scrubbed": True}
    assert (would.json()["messages"], before) == (1, 1)
    assert admin.get(f"{AGENTS}/sam").json()["messages"] == 0
    assert "Lisbon" not in did.text


def test_a_dry_run_shows_the_texts_that_would_go_if_it_is_asked_for_them(admin: TestClient) -> None:
    admin.post(AGENTS, json={"name": "sam", "human": "Ada likes tea. Ada lives in Lisbon."})
    said(admin, "sam", "I live in Lisbon \ud83d.")
    admin.post(f"{AGENTS}/sam/passages", json={"text": "Lisbon has trams."})
    asked = {"query": "Lisbon", "dry_run": True, "texts": 10}

    shown = admin.post(f"{AGENTS}/sam/forget", json=asked).json()["texts"]
    first = admin.post(f"{AGENTS}/sam/forget", json={**asked, "texts": 1}).json()["texts"]
    done = admin.post(f"{AGENTS}/sam/forget", json={**asked, "dry_run": False})

    assert [(each["what"], each["name"], each["before"], each["after"]) for each in shown][:3] == [
        ("message", "ada", "I live in Lisbon \ufffd.", None),
        ("passage", None, "Lisbon has trams.", None),
        ("block", "human", "Ada likes tea. Ada lives in Lisbon.", "Ada likes tea. "),
    ]
    assert first == shown[:1]
    assert done.json()["texts"] == []
    assert "Lisbon" not in done.text


def test_forgetting_without_a_condition_says_what_is_missing(admin: TestClient) -> None:
    admin.post(AGENTS, json={"name": "sam"})

    answer = admin.post(f"{AGENTS}/sam/forget", json={})

    assert answer.status_code == 400
    assert "speaker, source, start, end or query" in answer.json()["detail"]


def said(admin: TestClient, name: str, text: str) -> None:
    admin.post(AGENTS, json={"name": name})
    open_memory(name, Settings.load()).log.append(Message.said_by("ada", text))
