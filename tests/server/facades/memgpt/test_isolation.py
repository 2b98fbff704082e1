"""On MemGPT's paths, too, what belongs to another user is not there."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from server_apps import client_of
from server_world import API, add_user

from memgpt_autogen.server import stored_keys
from memgpt_autogen.server.facades.memgpt.facade import MEMGPT

NOBODYS = "5f0c9b1e-0000-4000-8000-00000000dead"

SENT: dict[str, dict[str, Any]] = {
    "rename_memgpt_agent": {"json": {"agent_name": "stolen"}},
    "update_memgpt_memory": {"json": {"human": "stolen"}},
    "insert_memgpt_archival": {"json": {"content": "stolen"}},
    "delete_memgpt_archival": {"params": {"id": NOBODYS}},
    "get_memgpt_messages": {"params": {"start": 0, "count": 10}},
    "send_memgpt_message": {"json": {"message": "stolen"}},
    "run_memgpt_command": {"json": {"command": "/pop"}},
    "update_memgpt_source": {"json": {"name": "stolen"}},
    "attach_memgpt_source": {"params": {"agent_id": "own"}},
    "detach_memgpt_source": {"params": {"agent_id": "own"}},
    "upload_memgpt_file": {"files": {"file": ("a.txt", b"stolen")}},
}
"""What is sent to paths that need more than their ids."""

OF_ALL = {f"{verb}_memgpt{admin}_tool" for verb in ("get", "delete") for admin in ("", "_admin")}
"""The functions of agents are the server's own."""


def routes() -> Iterator[tuple[str, str, str]]:
    """Yield the name, method and path of every path of MemGPT that names a thing."""
    for router in MEMGPT.routers:
        for route in router.routes:
            if not isinstance(route, APIRoute) or "{" not in route.path or "_rest" in route.path:
                continue
            if route.name not in OF_ALL:
                yield route.name, next(iter(route.methods)), route.path


def things(client: TestClient) -> dict[str, str]:
    """Make a user's things, and return their ids, by the names that they have in paths."""
    made = client.post("/api/agents", json={"config": {"name": "sam", "human": "Lisbon"}}).json()
    client.post("/api/agents/sam/messages", json={"message": "Lisbon"})
    client.post("/api/agents/sam/archival", json={"content": "Lisbon"})
    client.post("/api/humans", json={"name": "kind_one", "text": "Lisbon"})
    client.post("/api/personas", json={"name": "kind_one", "text": "Lisbon"})
    preset = client.post("/api/presets", json={"name": "kind_one", "functions_schema": []}).json()
    source = client.post("/api/sources", json={"name": "notes"}).json()["id"]
    job = client.post(f"/api/sources/{source}/upload", files={"file": ("a.txt", b"Lisbon")}).json()["id"]
    agent = made["agent_state"]["id"]
    return {
        "agent": agent,
        "source": source,
        "job": job,
        "name": "kind_one",
        "preset": preset["preset"]["id"],
    }


def test_every_path_with_anothers_key_is_404_as_for_what_nobody_has(
    admin: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_keys, "KNOWN_SECONDS", 3600)
    app: Any = admin.app
    ada, bob = add_user(admin, "ada").client(app), add_user(admin, "bob").client(app)
    hers = things(ada)
    bob.post("/api/agents", json={"config": {"name": "own"}})
    before = ada.get("/api/agents/sam/memory").json()

    for name, method, path in routes():
        told = []
        for ids in (hers, {**dict.fromkeys(hers, NOBODYS)}, {**hers, "agent": "sam", "source": "notes"}):
            answer = bob.request(method, path.format(**ids), **SENT.get(name, {}))
            assert answer.status_code == 404, (name, answer.text)
            assert list(answer.json()) == ["detail"]
            text = answer.json()["detail"]
            for each in sorted(ids.values(), key=len, reverse=True):
                text = text.replace(each, "IT")
            told.append(text)
        assert len(set(told)) == 1, told
    own = bob.get("/api/agents/own/config").json()["agent_state"]["id"]
    stolen = bob.post(f"/api/sources/{hers['source']}/attach", params={"agent_id": own})
    assert stolen.status_code == 404
    theirs = ada.post(f"/api/sources/{hers['source']}/attach", params={"agent_id": own})
    assert theirs.status_code == 404
    assert ada.get("/api/agents/sam/memory").json() == before


def test_lists_are_of_one_user(admin: TestClient) -> None:
    app: Any = admin.app
    ada, bob = add_user(admin, "ada").client(app), add_user(admin, "bob").client(app)
    things(ada)

    for path in ("agents", "sources", "humans", "personas", "presets"):
        shown = set(re.findall(r"\w+", bob.get(f"/api/{path}").text))
        assert not shown & {"kind_one", "sam", "notes"}


def test_a_key_for_one_agent_reaches_nothing_of_another(admin: TestClient) -> None:
    app: FastAPI = admin.app  # type: ignore[assignment]  # a client's app is an ASGI app of any kind
    ada = add_user(admin, "ada").client(app)
    hers = things(ada)
    ada.post("/api/agents", json={"config": {"name": "ann"}})
    made = ada.post(f"{API}/users/ada/keys", json={"name": "phone", "agents": ["ann"]}).json()
    phone = client_of(app, made["key"])

    for name, method, path in routes():
        sent = {**SENT.get(name, {}), **({"params": {"agent_id": "ann"}} if "tach" in name else {})}
        answer = phone.request(method, path.format(**hers), **sent)
        reads_template = name in ("get_memgpt_human", "get_memgpt_persona", "get_memgpt_preset")
        assert answer.status_code in ((200, 404) if reads_template else (403, 404)), (name, answer.text)
    assert [each["name"] for each in phone.get("/api/agents").json()["agents"]] == ["ann"]
    assert phone.get("/api/sources").status_code == 403
    assert phone.post("/api/agents", json={"config": {"name": "new"}}).status_code == 403
    assert ada.get("/api/agents/sam/memory").json()["archival_memory"] == 1


def test_a_message_of_another_agent_is_no_place_to_go_on_from(admin: TestClient) -> None:
    hers = things(admin)
    admin.post("/api/agents", json={"config": {"name": "ann"}})
    rows = admin.get(f"/api/agents/{hers['agent']}/messages?start=0&count=1").json()["messages"]

    for id_ in (rows[0]["id"], str(uuid.uuid4())):
        assert admin.get(f"/api/agents/ann/messages-cursor?before={id_}").status_code == 404
