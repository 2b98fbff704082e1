"""The passages of an agent over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.settings import Settings

PASSAGES = "/api/v1/agents/sam/passages"


@pytest.fixture(autouse=True)
def sam(admin: TestClient) -> None:
    admin.post("/api/v1/agents", json={"name": "sam"})


def add(admin: TestClient, text: str, **about: Any) -> Any:
    answer = admin.post(PASSAGES, json={"text": text, **about})
    assert answer.status_code == 201, answer.text
    return answer.json()["items"]


def test_a_passage_is_stored_read_found_and_deleted(admin: TestClient) -> None:
    (made,) = add(admin, "Tea grows in the Azores.", tags=["plants", "islands"], source="atlas")

    read = admin.get(f"{PASSAGES}/{made['id']}")
    there = open_memory("sam", Settings.load()).archival.search("azores").items[0].passage
    gone = admin.delete(f"{PASSAGES}/{made['id']}")

    assert read.json() == made
    assert read.headers["etag"] == f'"{made["revision"]}"'
    assert (there.text, there.tags, there.source) == (
        "Tea grows in the Azores.",
        ("plants", "islands"),
        "atlas",
    )
    assert gone.status_code == 204
    assert admin.get(f"{PASSAGES}/{made['id']}").status_code == 404
    assert admin.delete(f"{PASSAGES}/{made['id']}").status_code == 404


def test_a_list_is_filtered_and_comes_in_pages(admin: TestClient) -> None:
    for number in range(5):
        time = f"2026-03-0{number // 2 + 1}T12:00:00Z"  # several have one time
        add(admin, f"Fact {number}.", tags=[f"t{number % 2}"], source=f"s{number % 2}", created_at=time)
    texts, cursor = [], None
    while not texts or cursor:
        page = admin.get(PASSAGES, params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        texts += [each["text"] for each in page["items"]]
        cursor = page["next"]

    def listed(**params: Any) -> list[str]:
        return sorted(each["text"] for each in admin.get(PASSAGES, params=params).json()["items"])

    assert sorted(texts) == [f"Fact {number}." for number in range(5)]
    assert listed(tag=["t1"]) == listed(source=["s1"]) == ["Fact 1.", "Fact 3."]
    assert listed(tag=["t0", "t1"], tag_match="all") == []
    assert listed(start="2026-03-03T00:00:00Z") == ["Fact 4."]
    assert listed(end="2026-03-01T23:00:00Z") == ["Fact 0.", "Fact 1."]


def test_the_newest_come_first_where_that_is_asked_for(admin: TestClient) -> None:
    for number in range(5):
        add(admin, f"Fact {number}.", created_at=f"2026-03-0{number // 2 + 1}T12:00:00Z")
    oldest = [each["id"] for each in admin.get(PASSAGES).json()["items"]]
    newest, cursor = [], None
    while not newest or cursor:
        asked = {"limit": 2, "order": "newest", **({"cursor": cursor} if cursor else {})}
        page = admin.get(PASSAGES, params=asked).json()
        newest += [each["id"] for each in page["items"]]
        cursor = page["next"]

    assert newest == oldest[::-1]


def test_tags_and_the_mark_are_changed_in_place(admin: TestClient) -> None:
    (made,) = add(admin, "The launch is in May.", tags=["a", "b"])
    path = f"{PASSAGES}/{made['id']}"

    changed = admin.patch(path, json={"tags": ["c"], "superseded": True}).json()
    back = admin.patch(path, json={"superseded": False, "tags": []}).json()

    assert (changed["id"], changed["tags"]) == (made["id"], ["c"])
    assert changed["superseded_by"] is not None
    assert (back["tags"], back["superseded_by"], back["text"]) == ([], None, "The launch is in May.")
    assert admin.get(path).json() == back


def test_a_new_text_can_replace_passages_and_the_versions_are_listed(admin: TestClient) -> None:
    (lisbon,) = add(admin, "Ana lives in Lisbon.", created_at="2026-03-01T12:00:00Z")
    (office,) = add(admin, "Ana's office is in Lisbon.", created_at="2026-03-01T12:00:00Z")
    (porto,) = add(admin, "Ana lives in Porto.", created_at="2026-03-02T12:00:00Z", replaces=[lisbon["id"]])

    def listed(as_of: str) -> list[str]:
        return [each["id"] for each in admin.get(PASSAGES, params={"as_of": as_of}).json()["items"]]

    found = admin.get(f"{PASSAGES}/{lisbon['id']}/versions").json()

    assert [each["id"] for each in found["items"]] == [lisbon["id"], porto["id"]]
    assert [each["id"] for each in found["dependents"]] == [office["id"]]
    assert (porto["replaces"], found["items"][0]["replaced_by"]) == ([lisbon["id"]], [porto["id"]])
    assert set(listed("2026-03-01T12:00:00Z")) == {lisbon["id"], office["id"]}
    assert set(listed("2026-03-02T12:00:00Z")) == {porto["id"], office["id"]}


def test_a_search_leads_from_a_replaced_passage_to_the_newest(admin: TestClient) -> None:
    (lisbon,) = add(admin, "Ana lives in Lisbon.")
    (porto,) = add(admin, "Her flat is in Porto.", replaces=[lisbon["id"]])

    answer = admin.post(
        "/api/v1/agents/sam/search", json={"queries": ["Lisbon"], "tiers": ["archival"]}
    ).json()

    assert [[each["id"] for each in hit["newest"]] for hit in answer["items"]] == [[porto["id"]]]


def test_what_is_not_in_the_archive_cannot_be_replaced(admin: TestClient) -> None:
    answer = admin.post(PASSAGES, json={"text": "Ana lives in Porto.", "replaces": ["nothing"]})

    assert answer.status_code == 422
    assert "there is no passage 'nothing' in this archive" in answer.json()["detail"]
    assert admin.get(PASSAGES).json()["items"] == []
    assert admin.get(f"{PASSAGES}/nothing/versions").status_code == 404


def test_another_text_has_the_place_of_the_old_one_in_its_chain(admin: TestClient) -> None:
    (lisbon,) = add(admin, "Ana lives in Lisbon.", created_at="2026-03-01T12:00:00Z")
    (porto,) = add(admin, "Ana lives in Prto.", created_at="2026-03-02T12:00:00Z", replaces=[lisbon["id"]])
    (faro,) = add(admin, "Ana lives in Faro.", created_at="2026-03-03T12:00:00Z", replaces=[porto["id"]])

    new = admin.patch(f"{PASSAGES}/{porto['id']}", json={"text": "Ana lives in Porto."}).json()

    found = admin.get(f"{PASSAGES}/{faro['id']}/versions").json()["items"]
    assert [each["id"] for each in found] == [lisbon["id"], new["id"], faro["id"]]
    assert found[1]["superseded_by"] == porto["created_at"].replace("-02T", "-03T")


def test_another_text_is_another_passage_of_the_same_time(admin: TestClient) -> None:
    (made,) = add(admin, "The launch is in May.", tags=["plan"], source="notes")

    new = admin.patch(f"{PASSAGES}/{made['id']}", json={"text": "The launch is in June."}).json()
    moved = admin.patch(f"{PASSAGES}/{new['id']}", json={"source": "diary"}).json()

    assert (new["text"], new["tags"], new["source"]) == ("The launch is in June.", ["plan"], "notes")
    assert (moved["source"], moved["text"], moved["created_at"]) == (
        "diary",
        "The launch is in June.",
        made["created_at"],
    )
    assert [each["id"] for each in admin.get(PASSAGES).json()["items"]] == [moved["id"]]


def test_a_change_of_what_was_changed_since_is_refused_with_both_texts(admin: TestClient) -> None:
    (made,) = add(admin, "The launch is in May.")
    path, tag = f"{PASSAGES}/{made['id']}", {"If-Match": f'"{made["revision"]}"'}
    admin.patch(path, json={"tags": ["plan"]})

    answers = [
        admin.patch(path, json={"text": "In June."}, headers=tag),
        admin.request("DELETE", path, headers=tag),
    ]

    assert [each.status_code for each in answers] == [412, 412]
    assert [answers[0].json()[name] for name in ("current", "yours")] == ["The launch is in May.", "In June."]


def test_the_text_of_a_part_or_of_a_document_stays_as_it_is(admin: TestClient) -> None:
    parts = add(admin, "One sentence of many. " * 200)
    memory = open_memory("sam", Settings.load())
    memory.attach(text="The manual says so.", name="manual")
    (page,) = memory.archival.search("manual").items

    assert len(parts) > 1
    for id_ in (parts[0]["id"], page.passage.id):
        answer = admin.patch(f"{PASSAGES}/{id_}", json={"text": "New."})
        assert answer.status_code == 409
        assert answer.json()["yours"] == "New."
        assert admin.patch(f"{PASSAGES}/{id_}", json={"tags": ["x"]}).json()["tags"] == ["x"]


def test_a_text_that_is_too_long_for_a_passage_leaves_the_old_one(admin: TestClient) -> None:
    (made,) = add(admin, "Short.")

    answer = admin.patch(f"{PASSAGES}/{made['id']}", json={"text": "One sentence of many. " * 200})

    assert answer.status_code == 409
    assert [each["text"] for each in admin.get(PASSAGES).json()["items"]] == ["Short."]


@pytest.mark.parametrize("id_", ["no-id", "6a0d5c5e-53f4-4c1c-9f0e-0e7d6b8d2f31"])
def test_an_id_of_no_passage_is_not_found(admin: TestClient, id_: str) -> None:
    add(admin, "Tea.")

    assert admin.get(f"{PASSAGES}/{id_}").status_code == 404
    assert admin.patch(f"{PASSAGES}/{id_}", json={"tags": []}).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": ""}, 422),
        ({"text": "  "}, 422),
        ({"text": "x", "created_at": "2026-01-01T00:00:00"}, 422),
        ({"text": "x", "tags": ["t"] * 51}, 422),
        ({"text": 7}, 422),
    ],
)
def test_a_text_that_is_not_valid_is_refused(admin: TestClient, body: Any, status: int) -> None:
    assert admin.post(PASSAGES, json=body).status_code == status
    assert admin.get(PASSAGES).json()["items"] == []
