"""Saved searches over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings

SEARCHES = "/api/v1/agents/sam/searches"


@pytest.fixture(autouse=True)
def sam(admin: TestClient) -> None:
    admin.post("/api/v1/agents", json={"name": "sam", "human": "Ada drinks tea."})
    memory = open_memory("sam", Settings.load())
    memory.log.append(
        Message.said_by("ada", "I bought green tea in Porto."),
        Message.said_by("ben", "The budget is 300 euros."),
    )
    memory.archival.insert("Tea grows in the Azores.", tags=["plants"], source="atlas")


def save(admin: TestClient, query: str, tier: str, id_: str, **about: Any) -> Any:
    body = {"search": {"queries": [query]}, "expected": {"tier": tier, "id": id_}, **about}
    answer = admin.post(SEARCHES, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def run(admin: TestClient, id_: str) -> Any:
    answer = admin.post(f"{SEARCHES}/{id_}/run")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_saved_search_is_run_again_and_says_the_place_of_what_it_should_find(admin: TestClient) -> None:
    found = admin.post("/api/v1/agents/sam/search", json={"queries": ["azores"]}).json()["items"][0]
    saved = save(admin, "azores", "archival", found["id"], within=1)

    assert (saved["rank"], saved["within"], saved["expected"]["text"]) == (1, 1, "Tea grows in the Azores.")
    assert saved["search"]["queries"] == ["azores"]
    first = run(admin, saved["id"])
    assert (first["rank"], first["passed"]) == (1, True)

    open_memory("sam", Settings.load()).archival.insert("Azores, azores: the Azores!")
    second = run(admin, saved["id"])
    assert (second["rank"], second["passed"]) == (2, False)

    open_memory("sam", Settings.load()).archival.delete(found["id"])
    gone = run(admin, saved["id"])
    assert (gone["rank"], gone["passed"], gone["expected"]["text"]) == (None, False, None)


def test_each_tier_has_something_to_expect(admin: TestClient) -> None:
    said = save(admin, "euros", "recall", "4")
    block = save(admin, "tea", "core", "human:7")
    missed = save(admin, "zebra", "core", "human")

    assert (said["expected"]["text"], said["rank"]) == ("The budget is 300 euros.", 1)
    assert (block["expected"]["text"], block["rank"]) == ("Ada drinks tea.", 1)
    assert missed["rank"] is None
    listed = admin.get(SEARCHES).json()["items"]
    assert listed == [said, block, missed]
    first = admin.get(SEARCHES, params={"limit": 2}).json()
    rest = admin.get(SEARCHES, params={"limit": 2, "cursor": first["next"]}).json()
    assert first["items"] + rest["items"] == listed

    assert admin.delete(f"{SEARCHES}/{block['id']}").status_code == 204
    assert admin.delete(f"{SEARCHES}/{block['id']}").status_code == 404
    assert [each["id"] for each in admin.get(SEARCHES).json()["items"]] == [said["id"], missed["id"]]


@pytest.mark.parametrize(
    ("tier", "id_"), [("recall", "99"), ("recall", "x"), ("core", "x:1"), ("archival", "1")]
)
def test_what_is_not_there_cannot_be_expected(admin: TestClient, tier: str, id_: str) -> None:
    body = {"search": {"queries": ["tea"]}, "expected": {"tier": tier, "id": id_}}
    answer = admin.post(SEARCHES, json=body)

    assert answer.status_code == 400
    assert "Give the tier and the id" in answer.json()["detail"]


def test_a_search_with_the_words_goes_when_they_are_forgotten_and_all_with_a_reset(admin: TestClient) -> None:
    of_porto = save(admin, "green tea in Porto", "recall", "3")
    other = save(admin, "euros", "recall", "4")
    memory = open_memory("sam", Settings.load())

    dry = memory.forget(query="Porto", dry_run=True)
    assert admin.get(SEARCHES).json()["items"][0]["id"] == of_porto["id"]
    report = memory.forget(query="Porto")

    assert (dry.searches, report.searches) == (1, 1)
    assert "removed 1 saved search" in str(report)
    assert [each["id"] for each in admin.get(SEARCHES).json()["items"]] == [other["id"]]
    memory.reset()
    assert admin.get(SEARCHES).json()["items"] == []
