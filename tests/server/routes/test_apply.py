"""A file of agents over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_apps import client_of
from server_world import API, add_user

TOML = '[agents.sam]\nhuman = "Her name is Ada."\n\n[agents.sam.blocks.notes]\nvalue = "Tea."\n'

FILE = {"agents": {"sam": {"human": "Her name is Ada.", "blocks": {"notes": {"value": "Tea."}}}}}


@pytest.mark.parametrize("body", [{"toml": TOML}, {"file": FILE}])
def test_a_file_is_applied_for_its_user_only(admin: TestClient, body: dict[str, Any]) -> None:
    app: Any = admin.app
    ada, bob = (add_user(admin, name).client(app) for name in ("ada", "bob"))
    bob.post(f"{API}/agents", json={"name": "sam", "human": "Bob's."})

    plan = ada.post(f"{API}/apply", json={**body, "dry_run": True}).json()
    none = ada.get(f"{API}/agents").json()["items"]
    done = ada.post(f"{API}/apply", json=body).json()
    again = ada.post(f"{API}/apply", json=body).json()

    assert (plan["dry_run"], plan["changes"], none) == (True, 3, [])
    assert [(each["action"], each["what"], each["name"]) for each in done["items"]] == [
        ("create", "agent", "sam"),
        ("create", "block", "human"),
        ("create", "block", "notes"),
    ]
    assert (again["changes"], again["conflicts"], again["failed"]) == (0, 0, 0)
    blocks = {each["label"]: each["value"] for each in ada.get(f"{API}/agents/sam").json()["blocks"]}
    assert (blocks["human"], blocks["notes"]) == ("Her name is Ada.", "Tea.")
    assert bob.get(f"{API}/agents/sam/blocks/human").json()["value"] == "Bob's."
    assert ada.get(f"{API}/audit").json()["items"][0]["name"] == "sam"


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({}, 422, "file"),
        ({"toml": TOML, "file": FILE}, 422, "one of them"),
        ({"toml": "[agents.sam"}, 400, "is not TOML"),
        ({"toml": "[agents.sam]\nhuman = 1"}, 400, "line 2"),
        ({"file": {"agents": {"sam": {"humn": "x"}}}}, 422, "humn"),
        ({"toml": '[[agents.sam.sources]]\nfile = "/etc/passwd"'}, 400, "files of the server are not read"),
        ({"toml": TOML, "remove": ["nobody"]}, 404, "nobody"),
    ],
)
def test_what_cannot_be_applied_changes_nothing(
    admin: TestClient, body: dict[str, Any], status: int, told: str
) -> None:
    answer = admin.post(f"{API}/apply", json=body)

    assert answer.status_code == status
    assert told in answer.json()["detail"]
    assert admin.get(f"{API}/agents").json()["items"] == []


def test_addresses_of_this_network_are_no_documents_of_a_file(admin: TestClient) -> None:
    source = {"name": "inside", "url": "http://127.0.0.1:1/"}

    done = admin.post(f"{API}/apply", json={"file": {"agents": {"sam": {"sources": [source]}}}}).json()

    assert [(each["what"], each["action"]) for each in done["items"]] == [
        ("agent", "create"),
        ("source", "failed"),
    ]
    assert "public internet" in done["items"][1]["why"]


def test_a_request_has_few_addresses_to_fetch(admin: TestClient) -> None:
    sources = [{"name": str(number), "url": f"https://example.org/{number}"} for number in range(21)]

    answer = admin.post(f"{API}/apply", json={"file": {"agents": {"sam": {"sources": sources}}}})

    assert answer.status_code == 400
    assert "21 documents with a url; a request may have 20" in answer.json()["detail"]
    assert admin.get(f"{API}/agents").json()["items"] == []


def test_a_key_for_certain_agents_applies_no_file(admin: TestClient) -> None:
    app: Any = admin.app
    ada = add_user(admin, "ada").client(app)
    ada.post(f"{API}/agents", json={"name": "sam"})
    made = ada.post(f"{API}/users/ada/keys", json={"name": "phone", "agents": ["sam"]}).json()

    assert client_of(app, made["key"]).post(f"{API}/apply", json={"toml": TOML}).status_code == 403
