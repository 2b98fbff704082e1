"""One passage of a shared archive over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_apps import client_of
from server_world import API, add_user


@pytest.fixture
def made(admin: TestClient) -> dict[str, Any]:
    """A passage of the admin's archive `team`."""
    admin.post(f"{API}/archives", json={"name": "team"})
    answer = admin.post(f"{API}/archives/team/passages", json={"text": "Tea grows in the Azores."})
    (passage,) = answer.json()["items"]
    return dict(passage)


def test_a_passage_of_an_archive_is_read_changed_and_deleted(admin: TestClient, made: dict[str, Any]) -> None:
    path = f"{API}/archives/team/passages/{made['id']}"

    read = admin.get(path)
    tagged = admin.patch(path, json={"tags": ["plants"]}, headers={"If-Match": read.headers["etag"]})
    stale = admin.patch(path, json={"text": "No."}, headers={"If-Match": read.headers["etag"]})
    kept = admin.request("DELETE", path, headers={"If-Match": read.headers["etag"]})
    new = admin.patch(path, json={"text": "Tea grows on São Miguel."})
    there = f"{API}/archives/team/passages/{new.json()['id']}"

    assert (read.json(), tagged.json()["tags"]) == (made, ["plants"])
    assert (stale.status_code, stale.json()["current"], stale.json()["yours"]) == (
        412,
        "Tea grows in the Azores.",
        "No.",
    )
    assert kept.status_code == 412
    assert admin.get(there).json()["text"] == "Tea grows on São Miguel."
    assert admin.get(path).status_code == 404
    assert admin.delete(there, headers={"If-Match": new.headers["etag"]}).status_code == 204
    assert admin.get(f"{API}/archives/team/passages").json()["items"] == []
    assert admin.delete(there).status_code == 404


def test_an_archive_that_may_only_be_read_is_changed_by_its_owner_only(
    admin: TestClient, made: dict[str, Any]
) -> None:
    bob = add_user(admin, "bob").client(admin.app)  # type: ignore[arg-type]  # a FastAPI app
    path = f"{API}/archives/team/passages/{made['id']}"
    before = bob.get(path).status_code
    admin.put(f"{API}/archives/team/grants/bob")

    read = bob.get(path)
    refused = [
        bob.patch(path, json={"tags": ["mine"]}),
        bob.delete(path),
        bob.post(f"{API}/archives/team/passages", json={"text": "No."}),
    ]

    assert (before, read.json()) == (404, made)
    assert [each.status_code for each in refused] == [403, 403, 403]
    for each in refused:
        assert each.json()["detail"].startswith("the archive 'team' belongs to another user")
    assert admin.get(path).json() == made
    admin.delete(f"{API}/archives/team/grants/bob")
    assert [bob.get(path).status_code, bob.delete(path).status_code] == [404, 404]


def test_an_own_archive_comes_before_one_of_the_same_name_that_was_granted(
    admin: TestClient, made: dict[str, Any]
) -> None:
    bob = add_user(admin, "bob").client(admin.app)  # type: ignore[arg-type]  # a FastAPI app
    admin.put(f"{API}/archives/team/grants/bob")
    bob.post(f"{API}/archives", json={"name": "team"})

    assert bob.post(f"{API}/archives/team/passages", json={"text": "Mine."}).status_code == 201
    assert [each["text"] for each in bob.get(f"{API}/archives/team/passages").json()["items"]] == ["Mine."]
    assert bob.get(f"{API}/archives/team/passages/{made['id']}").status_code == 404


def test_a_key_for_reading_or_for_certain_agents_changes_no_archive(
    admin: TestClient, made: dict[str, Any]
) -> None:
    app: Any = admin.app
    admin.post(f"{API}/agents", json={"name": "sam"})
    asked: list[dict[str, Any]] = [{"name": "eye", "scopes": ["read"]}, {"name": "phone", "agents": ["sam"]}]
    keys = [admin.post(f"{API}/users/home/keys", json=each).json()["key"] for each in asked]
    path = f"{API}/archives/team/passages/{made['id']}"

    eye, phone = (client_of(app, key) for key in keys)

    assert [eye.get(path).status_code, eye.delete(path).status_code] == [200, 403]
    assert [phone.get(path).status_code, phone.delete(path).status_code] == [403, 403]
    assert admin.get(path).json() == made
