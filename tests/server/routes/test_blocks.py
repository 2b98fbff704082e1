"""The blocks of an agent over HTTP."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.home import import_memory
from memgpt_autogen.settings import Settings

SAM = "/api/v1/agents/sam"
HUMAN = f"{SAM}/blocks/human"


@pytest.fixture(autouse=True)
def sam(admin: TestClient) -> None:
    admin.post("/api/v1/agents", json={"name": "sam", "human": "Her name is Ada."})


def test_a_block_is_read_written_and_edited(admin: TestClient) -> None:
    read = admin.get(HUMAN)
    put = admin.put(HUMAN, json={"value": "Ada.", "limit": 50, "description": "who"})
    appended = admin.patch(HUMAN, json={"append": "Likes tea."})
    replaced = admin.patch(HUMAN, json={"replace": {"old": "tea", "new": "coffee"}})
    shaped = admin.patch(HUMAN, json={"limit": 30, "read_only": True})

    assert read.json()["value"] == "Her name is Ada."
    assert read.headers["etag"] == f'"{read.json()["revision"]}"'
    assert (put.status_code, put.json()["limit"], put.json()["description"]) == (200, 50, "who")
    assert appended.json()["value"] == "Ada.\nLikes tea."
    assert replaced.json()["value"] == "Ada.\nLikes coffee."
    assert (shaped.json()["limit"], shaped.json()["read_only"]) == (30, True)
    there = open_memory("sam", Settings.load()).core["human"]
    assert (there.value, there.limit, there.read_only) == ("Ada.\nLikes coffee.", 30, True)


def test_an_edit_of_what_was_changed_since_is_refused_with_both_texts(admin: TestClient) -> None:
    tag = admin.get(HUMAN).headers["etag"]
    admin.patch(HUMAN, json={"value": "Her name is Bea."})

    answers = [
        admin.put(HUMAN, json={"value": "Her name is Cleo."}, headers={"If-Match": tag}),
        admin.patch(HUMAN, json={"value": "Her name is Cleo."}, headers={"If-Match": tag}),
        admin.request("DELETE", HUMAN, headers={"If-Match": tag}),
        admin.post(f"{HUMAN}/undo", headers={"If-Match": tag}),
    ]

    assert [each.status_code for each in answers] == [412] * 4
    for answer in answers:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["current"] == "Her name is Bea."
    assert [each.json().get("yours") for each in answers] == ["Her name is Cleo."] * 2 + [None] * 2
    assert admin.get(HUMAN).json()["value"] == "Her name is Bea."


def test_of_edits_at_once_with_one_revision_only_one_is_written(admin: TestClient) -> None:
    tag = admin.get(HUMAN).headers["etag"]
    answers: dict[str, int] = {}

    def edit(name: str) -> None:
        said = admin.put(HUMAN, json={"value": name}, headers={"If-Match": tag})
        answers[name] = said.status_code

    threads = [threading.Thread(target=edit, args=(f"name {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(answers.values()) == [200] + [412] * 5
    (won,) = [name for name, status in answers.items() if status == 200]
    assert admin.get(HUMAN).json()["value"] == won


def test_a_text_to_replace_that_is_not_there_once_is_a_conflict(admin: TestClient) -> None:
    answers = [admin.patch(HUMAN, json={"replace": {"old": old, "new": "x"}}) for old in ("Zoe", "e", "")]

    assert [each.status_code for each in answers] == [409] * 3
    assert all(each.json()["current"] == "Her name is Ada." for each in answers)
    assert all(each.json()["yours"] == "x" for each in answers)


def test_a_new_block_is_created_once(admin: TestClient) -> None:
    new = {"value": "in May"}

    only_new = {"If-None-Match": "*"}
    missing = admin.put(f"{SAM}/blocks/plan", json=new, headers={"If-Match": '"abc"'})
    made = admin.put(f"{SAM}/blocks/plan", json=new, headers=only_new)
    again = admin.put(f"{SAM}/blocks/plan", json={"value": "in June"}, headers=only_new)
    listed = admin.get(f"{SAM}/blocks").json()

    assert [each.status_code for each in (missing, made, again)] == [412, 201, 412]
    assert again.json()["current"] == "in May"
    assert [each["label"] for each in listed["items"]] == ["persona", "human", "plan"]


def test_a_list_comes_in_pages(admin: TestClient) -> None:
    first = admin.get(f"{SAM}/blocks", params={"limit": 1}).json()
    second = admin.get(f"{SAM}/blocks", params={"limit": 1, "cursor": first["next"]}).json()

    assert [each["label"] for each in first["items"] + second["items"]] == ["persona", "human"]
    assert second["next"] is None


def test_a_block_that_is_taken_away_is_in_the_past_only(admin: TestClient) -> None:
    memory = open_memory("sam", Settings.load())
    admin.put(f"{SAM}/blocks/plan", json={"value": "in May"})
    admin.patch(f"{SAM}/blocks/plan", json={"value": "in June"})
    then = memory.log.last_seq()

    gone = admin.delete(f"{SAM}/blocks/plan")
    last = [admin.delete(f"{SAM}/blocks/{label}").status_code for label in ("persona", "human")]

    assert (gone.status_code, gone.content) == (204, b"")
    assert admin.get(f"{SAM}/blocks/plan").status_code == 404
    assert last == [204, 422]
    assert "plan" not in memory.core
    assert memory.at(then)["plan"].value == "in June"
    assert [block.label for block in memory.at(memory.log.last_seq()).blocks] == ["human"]
    history = admin.get(f"{SAM}/blocks/plan/history").json()["items"]
    assert [each["what"] for each in history] == ["detach", "set", "block"]
    assert memory.history().standing() == ()
    assert admin.post(f"{SAM}/blocks/plan/undo").status_code == 404


@pytest.mark.sqlite
def test_a_bundle_keeps_that_a_block_was_taken_away_and_its_shape(admin: TestClient, tmp_path: Any) -> None:
    memory = open_memory("sam", Settings.load())
    admin.put(f"{SAM}/blocks/plan", json={"value": "in May"})
    admin.patch(f"{SAM}/blocks/plan", json={"limit": 70, "description": "what comes"})
    then = memory.log.last_seq()
    admin.delete(f"{SAM}/blocks/plan")
    file = memory.export(tmp_path / "sam.zip")

    came = import_memory(file, "ann", Settings.load())

    assert [block.label for block in came.core] == ["persona", "human"]
    assert (came.at(then)["plan"].limit, came.at(then)["plan"].description) == (70, "what comes")


def test_the_history_of_a_block_goes_back_in_pages(admin: TestClient) -> None:
    for value in ("one", "two", "three"):
        admin.patch(HUMAN, json={"value": value})

    first = admin.get(f"{HUMAN}/history", params={"limit": 2}).json()
    rest = admin.get(f"{HUMAN}/history", params={"limit": 2, "cursor": first["next"]}).json()

    told = [(each["before"], each["after"]) for each in first["items"] + rest["items"]]
    assert told == [
        ("two", "three"),
        ("one", "two"),
        ("Her name is Ada.", "one"),
        (None, "Her name is Ada."),
    ]


def test_undo_takes_back_the_edits_of_this_block_only(admin: TestClient) -> None:
    admin.patch(HUMAN, json={"value": "one"})
    admin.patch(HUMAN, json={"description": "another use"})
    admin.patch(f"{SAM}/blocks/persona", json={"value": "I am new."})

    undone = [admin.post(f"{HUMAN}/undo") for _ in range(2)]

    assert undone[0].json()["value"] == "Her name is Ada."
    assert undone[1].status_code == 409
    assert admin.get(f"{SAM}/blocks/persona").json()["value"] == "I am new."


def test_undo_of_everything_passes_by_changes_of_shape(admin: TestClient) -> None:
    memory = open_memory("sam", Settings.load())
    admin.patch(HUMAN, json={"value": "one"})
    admin.patch(HUMAN, json={"limit": 100})

    memory.undo()

    assert (memory.core["human"].value, memory.core["human"].limit) == ("Her name is Ada.", 100)
    assert memory.at(memory.log.last_seq())["human"].limit == 100


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"value": "a", "append": "b"}, 422),
        ({"value": "x" * 3000}, 422),
        ({"limit": 3}, 422),
        ({"label": "other"}, 422),
        ({"replace": {"old": "Ada", "new": "x" * 3000}}, 422),
    ],
)
def test_a_change_that_is_not_valid_changes_nothing(admin: TestClient, body: Any, status: int) -> None:
    answer = admin.patch(HUMAN, json=body)

    assert answer.status_code == status
    assert admin.get(HUMAN).json()["value"] == "Her name is Ada."


def test_a_shared_block_is_one_text_for_its_agents(admin: TestClient) -> None:
    admin.post("/api/v1/agents", json={"name": "ann"})
    shared = {"value": "in May", "shared": True}
    for name in ("sam", "ann"):
        admin.put(f"/api/v1/agents/{name}/blocks/plan", json=shared)

    admin.patch(f"{SAM}/blocks/plan", json={"value": "in June", "limit": 80})
    own = admin.put(f"{SAM}/blocks/plan", json={"value": "mine", "shared": False})
    admin.delete(f"{SAM}/blocks/plan")

    there = admin.get("/api/v1/agents/ann/blocks/plan").json()
    assert (there["value"], there["limit"], own.status_code) == ("in June", 80, 409)
    assert [each["by"] for each in admin.get("/api/v1/agents/ann/blocks/plan/history").json()["items"]] == [
        "sam",
        "sam",
        None,
    ]


@pytest.mark.parametrize("label", ["a b", "core_memory", "x" * 65])
def test_a_label_that_is_not_valid_is_refused(admin: TestClient, label: str) -> None:
    assert admin.put(f"{SAM}/blocks/{label}", json={"value": "x"}).status_code == 422
    assert admin.get(f"{SAM}/blocks/{label}").status_code in (404, 422)
