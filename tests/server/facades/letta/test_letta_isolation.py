"""What belongs to another user is not there, on every path of Letta's API; and which scope each needs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from server_apps import client_of
from server_world import add_user

from memgpt_autogen.server.authentication import scope_of
from memgpt_autogen.server.facades.letta.facade import LETTA

NOBODYS = "5f0c9b1e-0000-4000-8000-00000000dead"

BODIES: dict[str, dict[str, Any]] = {
    "create_run": {"input": "stolen"},
    "edit_block": {"value": "stolen"},
    "edit_shared_block": {"value": "stolen"},
    "rename_archive": {"name": "stolen"},
    "change_agent": {"name": "stolen"},
    "add_passages": {"text": "stolen"},
    "run_tool": {"args": {}},
}

SEARCH = {"query": "Lisbon"}


def routes() -> Iterator[tuple[str, str, APIRoute]]:
    for router in LETTA.routers:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods or ():
                yield method, route.path, route


def things(ada: TestClient) -> dict[str, str]:
    """Make Ada's things, and return their ids, by the names that they have in paths."""
    state = ada.post("/v1/agents/", json={"name": "sam"}).json()
    agent = f"/v1/agents/{state['id']}"
    block = ada.post("/v1/blocks/", json={"label": "plan", "value": "Lisbon"}).json()["id"]
    folder = ada.post("/v1/folders/", json={"name": "team"}).json()["id"]
    file = ada.post(f"/v1/folders/{folder}/upload", files={"file": ("a.txt", b"Lisbon")}).json()["id"]
    end = time.monotonic() + 60
    while ada.get(f"/v1/folders/{folder}/files/{file}").json()["processing_status"] != "completed":
        assert time.monotonic() < end
        time.sleep(0.05)
    passage = ada.post(f"{agent}/archival-memory", json={"text": "Lisbon"}).json()[0]["id"]
    told = ada.post(f"{agent}/messages", json={"input": "I live in Lisbon."}).json()
    return {
        "agent_id": state["id"],
        "block_id": block,
        "folder_id": folder,
        "archive_id": folder.replace("source-", "archive-"),
        "file_id": file,
        "passage_id": passage,
        "run_id": told["usage"]["run_ids"][0],
        "own_block": state["blocks"][0]["id"],
    }


PLACES = {"block_label": "human", "tool_name": "send_message"}


def asked(client: TestClient, method: str, path: str, route: APIRoute, ids: dict[str, str]) -> Any:
    sent: dict[str, Any] = {"params": {"query": "Lisbon"}} if path.endswith("/search") else {}
    if path.endswith("/upload"):
        sent["files"] = {"file": ("a.txt", b"stolen")}
    elif path.endswith("/batch"):
        sent["json"] = {"passages": [{"text": "stolen"}]}
    elif path.endswith("/passages") and method == "POST":
        sent["json"] = {"text": "stolen"}
    elif route.name in BODIES and method != "GET":
        sent["json"] = BODIES[route.name]
    return client.request(method, path.format_map({**PLACES, **ids}), **sent)


def test_every_path_with_anothers_key_is_404_as_for_what_nobody_has(admin: TestClient) -> None:
    app: Any = admin.app
    ada, bob = add_user(admin, "ada").client(app), add_user(admin, "bob").client(app)
    hers = things(ada)
    mine = bob.post("/v1/agents/", json={"name": "mine"}).json()["id"]
    before = [ada.get(path).text for path in ("/v1/agents/", "/v1/blocks/", "/v1/folders/")]
    bobs = [bob.get(path).text for path in ("/v1/agents/", "/v1/blocks/", "/v1/folders/")]
    tried = 0
    for method, path, route in routes():
        named = [each for each in hers if f"{{{each}}}" in path]
        if route.name == "letta_undone" or not named:
            continue
        tried += 1
        worlds = [hers, {**hers, "block_id": hers["own_block"]}]
        if "agent_id" in named and len(named) > 1:  # a thing of hers in an agent of one's own
            worlds.append({**hers, "agent_id": mine})
        for world in worlds:
            kind = {
                each: f"{world[each].partition('-')[0]}-{NOBODYS}" for each in named if world[each] != mine
            }
            answers = [asked(bob, method, path, route, each) for each in (world, {**world, **kind})]
            assert [each.status_code for each in answers] == [404, 404], (method, path, answers[0].text)
            texts = [each.json()["detail"] for each in answers]
            for each in (*hers.values(), *kind.values()):
                bare = each.partition("-")[2]
                texts = [text.replace(each, "IT").replace(bare, "IT") for text in texts]
            assert texts[0] == texts[1], (method, path)
    assert tried > 40
    assert [ada.get(path).text for path in ("/v1/agents/", "/v1/blocks/", "/v1/folders/")] == before
    assert [bob.get(path).text for path in ("/v1/agents/", "/v1/blocks/", "/v1/folders/")] == bobs
    for body in ({"agent_id": hers["agent_id"]}, {"archive_id": hers["archive_id"]}):
        assert bob.post("/v1/passages/search", json={**SEARCH, **body}).status_code == 404
    for path in ("/v1/agents/", "/v1/blocks/", "/v1/folders/", "/v1/archives/", "/v1/runs/"):
        assert "Lisbon" not in bob.get(path).text
        assert hers["run_id"] not in bob.get(path).text


def test_a_key_for_one_agent_reaches_nothing_of_another(admin: TestClient) -> None:
    app: Any = admin.app
    user = add_user(admin, "ada")
    ada = user.client(app)
    hers = things(ada)
    ada.post("/v1/agents/", json={"name": "ann"})
    made = ada.post("/api/v1/users/ada/keys", json={"name": "phone", "agents": ["ann"]}).json()
    phone = client_of(app, made["key"])
    before = [ada.get(path).text for path in ("/v1/agents/", "/v1/blocks/", "/v1/folders/")]

    for method, path, route in routes():
        if route.name == "letta_undone" or not any(f"{{{each}}}" in path for each in hers):
            continue
        for world in (hers, {**hers, "block_id": hers["own_block"]}):
            answer = asked(phone, method, path, route, world)
            assert answer.status_code in (403, 404), (method, path, answer.text)
            assert "Lisbon" not in answer.text

    assert [each["name"] for each in phone.get("/v1/agents/").json()] == ["ann"]
    assert {each["label"] for each in phone.get("/v1/blocks/").json()} == {"human", "persona"}
    assert phone.get("/v1/runs/").json() == []
    for path, body in (("/v1/agents/", {"name": "x"}), ("/v1/blocks/", {"label": "x", "value": ""})):
        assert phone.post(path, json=body).status_code == 403
    assert [ada.get(path).text for path in ("/v1/agents/", "/v1/blocks/", "/v1/folders/")] == before


def test_each_path_needs_the_scope_of_what_it_does() -> None:
    for method, path, route in routes():
        scope = scope_of(route)
        if route.name in ("letta_undone", "letta_health"):
            assert scope is None
        elif (
            path.endswith(("/messages", "/messages/stream", "/messages/async", "/cancel"))
            and method == "POST"
        ):
            assert scope == "talk", path
        elif method == "GET" or route.name in ("search", "follow_run"):
            assert scope == "read", path
        else:
            assert scope == "write", path
