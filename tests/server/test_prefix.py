"""The prefix of a reverse proxy, which passes it on or takes it away."""

from __future__ import annotations

import pytest
from server_apps import MakeClient
from server_world import API


@pytest.mark.parametrize("passed_on", ["", "/memory"])
def test_addresses_in_answers_have_the_prefix(make_client: MakeClient, passed_on: str) -> None:
    client = make_client(root_path="/memory")
    client.post(f"{passed_on}{API}/agents", json={"name": "sam"}).raise_for_status()

    run = client.post(f"{passed_on}{API}/agents/sam/runs", json={"input": "Hello!"})
    problem = client.get(f"{passed_on}{API}/nothing").json()

    assert run.headers["location"] == f"/memory{API}/runs/{run.json()['id']}"
    assert client.get(run.headers["location"]).json()["id"] == run.json()["id"]
    assert problem["instance"] == f"/memory{API}/nothing"
    assert "/memory/docs lists the paths" in problem["detail"]
    assert client.get(f"{passed_on}/openapi.json").json()["servers"] == [{"url": "/memory"}]
    assert client.request("TRACK", f"{passed_on}{API}/agents").headers["allow"] == "GET, POST"


def test_a_path_that_only_begins_with_the_same_letters_has_no_prefix(make_client: MakeClient) -> None:
    client = make_client(root_path="/mem")

    assert client.get("/memory").json()["instance"] == "/mem/memory"


def test_without_a_prefix_addresses_have_none(make_client: MakeClient) -> None:
    client = make_client()
    client.post(f"{API}/agents", json={"name": "sam"})

    run = client.post(f"{API}/agents/sam/runs", json={"input": "Hello!"})

    assert run.headers["location"] == f"{API}/runs/{run.json()['id']}"
    assert "servers" not in client.get("/openapi.json").json()


def test_the_page_of_a_prefix_ends_with_a_slash_since_its_addresses_are_relative(
    make_client: MakeClient,
) -> None:
    client = make_client(root_path="/memory", key=None)

    answer = client.get("/memory", follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (308, "/memory/")
    assert client.get("/memory/").text == client.get("/").text
    assert "./portal/" in client.get("/memory/").text
