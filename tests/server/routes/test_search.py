"""A search over all tiers of an agent's memory over HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from fastapi.testclient import TestClient

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings

SEARCH = "/api/v1/agents/sam/search"


@pytest.fixture(autouse=True)
def sam(admin: TestClient) -> None:
    admin.post("/api/v1/agents", json={"name": "sam", "human": "Ada drinks tea.\nShe lives in Lisbon."})
    memory = open_memory("sam", Settings.load())
    memory.log.append(
        Message.said_by("ada", "I bought green tea in Porto."),
        Message.said_by("ben", "The budget is 300 euros."),
        Message.said_by("ben", "My tea is black."),
    )
    memory.archival.insert("Tea grows in the Azores.", tags=["plants"], source="atlas")


def found(admin: TestClient, *queries: str, **about: Any) -> Any:
    answer = admin.post(SEARCH, json={"queries": queries, **about})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_one_search_finds_in_all_tiers_and_tells_where(admin: TestClient) -> None:
    items = found(admin, "tea")["items"]

    assert {each["tier"] for each in items} == {"core", "recall", "archival"}
    by_tier = {each["tier"]: each for each in items}
    assert (by_tier["core"]["label"], by_tier["core"]["text"]) == ("human", "Ada drinks tea.")
    assert by_tier["archival"]["passage"]["source"] == "atlas"
    recalled = {each["seq"]: each["text"] for each in items if each["tier"] == "recall"}
    assert recalled[3] == "I bought green tea in Porto."
    assert all(each["why"] is None for each in items)
    assert [each["score"] for each in items] == sorted((each["score"] for each in items), reverse=True)


def test_a_result_says_why_by_signal(admin: TestClient) -> None:
    items = found(admin, "what did ada buy in Porto", tiers=["recall"], explain=True)["items"]
    tea = found(admin, "tea azores", tiers=["archival"], explain=True)["items"]

    (why,) = items[0]["why"]
    assert items[0]["text"] == "I bought green tea in Porto."
    assert "porto" in why["words"]
    assert (why["speaker"], why["time"], why["meaning"]) == (True, False, None)
    (why,) = tea[0]["why"]
    assert (why["words"], why["rank"]) == (["tea", "azores"], 1)
    assert why["lexical"] > 0


def test_what_several_queries_find_comes_first(admin: TestClient) -> None:
    items = found(admin, "budget", "euros", "green", tiers=["recall"], explain=True)["items"]

    assert items[0]["text"] == "The budget is 300 euros."
    assert [reason["query"] for reason in items[0]["why"]][:2] == ["budget", "euros"]
    assert len({each["id"] for each in items}) == len(items)


def test_a_condition_leaves_out_the_tiers_that_cannot_meet_it(admin: TestClient) -> None:
    tomorrow = (datetime.now(timezone.utc) + timedelta(days=1)).isoformat()

    of_ben = found(admin, "tea", speaker="BEN")["items"]
    assert of_ben[0]["text"] == "My tea is black."
    assert {each["speaker"] for each in of_ben} == {"ben"}
    assert {each["tier"] for each in found(admin, "tea", tags=["plants"])["items"]} == {"archival"}
    assert {each["tier"] for each in found(admin, "tea", end=tomorrow)["items"]} == {"recall", "archival"}
    assert found(admin, "tea", start=tomorrow)["items"] == []


def test_a_search_as_of_a_time_finds_what_was_known_then(admin: TestClient) -> None:
    memory = open_memory("sam", Settings.load())
    old = memory.archival.insert("Tea costs 5 euros.")[0]
    before = datetime.now(timezone.utc).isoformat()
    new = memory.archival.insert("Tea costs 6 euros.", replaces=old)[0]
    memory.log.append(Message.said_by("ada", "Tea has become dear."))

    now = {each["id"]: each for each in found(admin, "tea")["items"]}
    then = {each["id"]: each for each in found(admin, "tea", as_of=before)["items"]}

    assert [each["id"] for each in now[old.id]["newest"]] == [new.id]
    assert (then[old.id]["newest"], new.id in then) == ([], False)
    assert {each["tier"] for each in then.values()} == {"recall", "archival"}
    assert "Tea has become dear." in {each["text"] for each in now.values()}
    assert "Tea has become dear." not in {each["text"] for each in then.values()}
    assert found(admin, "tea", as_of="2020-01-01T00:00:00Z", explain=True)["excluded"] == [
        {"condition": "dates", "found": len(now)}
    ]


def test_the_texts_fit_into_the_budget(admin: TestClient) -> None:
    whole = found(admin, "tea")
    cut = found(admin, "tea", budget_tokens=whole["tokens"] - 1)
    none = found(admin, "tea", budget_tokens=1)

    assert sum(each["tokens"] for each in whole["items"]) == whole["tokens"]
    assert cut["tokens"] < whole["tokens"]
    assert cut["left_out"] == len(whole["items"]) - len(cut["items"]) > 0
    assert (none["items"], none["left_out"]) == ([], len(whole["items"]))


def test_an_archive_that_cannot_be_searched_is_said_and_the_rest_is_found(
    admin: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.load(qdrant_url="http://127.0.0.1:9", qdrant_timeout=1)
    admin.app.state.authenticator._admin_settings = settings  # type: ignore[attr-defined]  # a FastAPI app

    result = found(admin, "tea")

    assert {each["tier"] for each in result["items"]} >= {"core"}
    assert any(each.startswith("archival: ") for each in result["troubles"])
    assert "127.0.0.1" not in str(result["troubles"])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"queries": []},
        {"queries": [""]},
        {"queries": ["x"] * 11},
        {"queries": ["tea"], "tiers": ["cloud"]},
        {"queries": ["tea"], "start": "2026-01-01T00:00:00"},
        {"queries": ["tea"], "limit": 0},
    ],
)
def test_a_search_that_is_not_valid_is_refused(admin: TestClient, body: Any) -> None:
    assert admin.post(SEARCH, json=body).status_code == 422


def test_words_of_one_role_and_passages_of_one_document_are_found(admin: TestClient) -> None:
    memory = open_memory("sam", Settings.load())
    memory.log.append(Message("assistant", "I like tea, too.", "spoken"))
    memory.archival.insert("Tea grows in Kenya.", source="lexicon")

    own = found(admin, "tea", role="assistant")["items"]
    others = found(admin, "tea", role="user")["items"]
    of_atlas = found(admin, "tea", sources=["atlas"])["items"]

    assert [each["text"] for each in own] == ["I like tea, too."]
    assert {each["speaker"] for each in others} == {"ada", "ben"}
    assert [each["text"] for each in of_atlas] == ["Tea grows in the Azores."]


def test_a_result_has_the_matching_words_as_its_text_writes_them(admin: TestClient) -> None:
    items = found(admin, "teas", "the budgets", explain=True)["items"]

    forms = {each["text"]: each["forms"] for each in items}
    assert forms["Tea grows in the Azores."] == ["Tea"]
    assert forms["The budget is 300 euros."] == ["budget"]
    assert all(each["forms"] is None for each in found(admin, "tea")["items"])


def test_an_empty_answer_says_which_condition_excludes_most(admin: TestClient) -> None:
    tomorrow = (datetime.now(timezone.utc) + timedelta(days=1)).isoformat()

    one = found(admin, "tea", start=tomorrow, speaker="ben", explain=True)
    both = found(admin, "tea", tiers=["core"], speaker="nobody", tags=["none"], explain=True)
    word = found(admin, "zebra", speaker="ben", explain=True)

    assert one["excluded"] == [{"condition": "dates", "found": 2}]
    assert (both["items"], [each["condition"] for each in both["excluded"]]) == ([], ["all"])
    assert word["excluded"] == []
    assert found(admin, "tea", explain=True)["excluded"] is None
    assert found(admin, "zebra", speaker="ben")["excluded"] is None
    assert one["seconds"] > 0


def test_what_excludes_most_comes_first(admin: TestClient) -> None:
    archive = open_memory("sam", Settings.load()).archival
    archive.insert("Tea grows in Kenya.", tags=["far"], source="lexicon")
    archive.insert("Tea grows in Assam.", tags=["far"], source="lexicon")

    excluded = found(admin, "tea", tags=["far"], sources=["atlas"], explain=True)["excluded"]

    assert excluded == [{"condition": "sources", "found": 2}, {"condition": "tags", "found": 1}]


def test_a_query_without_words_finds_nothing_and_is_no_error(admin: TestClient) -> None:
    assert found(admin, "??", " ", "\u0000")["items"] == []
