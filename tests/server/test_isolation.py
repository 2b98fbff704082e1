"""What belongs to another user is not there.

Every path that names a thing is called with the key of another user: the answer is 404, the same as for a
thing that nobody has. A new area adds the ids of its things to `things`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from autogen_support import agent as autogen_agent
from autogen_support import group, person
from fastapi.testclient import TestClient
from server_apps import client_of
from server_world import API, add_user

from memgpt_autogen.server import stored_keys
from memgpt_autogen.server.openapi import FILE
from memgpt_autogen.settings import Settings

NOBODYS = "5f0c9b1e-0000-4000-8000-00000000dead"

BODIES: dict[str, dict[str, Any]] = {
    "forget": {"query": "Lisbon"},
    "edit_block": {"value": "stolen"},
    "edit_passage": {"text": "stolen"},
    "edit_archive_passage": {"text": "stolen"},
    "create_run": {"input": "stolen"},
    "give_run_results": {"results": {"call": {"text": "stolen"}}},
}
"""What is sent to operations that need more than the required fields of their bodies."""

PLACES = {"label": "human", "seq": "1", "kind": "persona", "other": "ada", "tool": "send_message"}
"""What names a place within a thing."""

FOR_THE_ADMIN = {
    "change_user",
    "delete_user",
    "put_limits",
    "put_key_limits",
    "get_mcp_server",
    "delete_mcp_server",
}

BY_ONES_OWN_NAME = {"put_template"}
"""What creates a thing of one's own under any name; with `If-Match`, only what is there is changed."""


def things(ada: TestClient, user_id: str, key_id: str) -> dict[str, str]:
    """Make Ada's things, and return their ids, by the names that they have in paths."""
    agent = ada.post(f"{API}/agents", json={"name": "sam", "human": "Her secret is Lisbon."}).json()["id"]
    passage = ada.post(f"{API}/agents/sam/passages", json={"text": "Lisbon"}).json()["items"][0]["id"]
    job = ada.post(f"{API}/agents/sam/sources", data={"text": "Lisbon", "name": "notes"}).json()["id"]
    block = ada.post(f"{API}/blocks", json={"label": "plan"}).json()["id"]
    archive = ada.post(f"{API}/archives", json={"name": "team"}).json()["id"]
    kept = {"search": {"queries": ["Lisbon"]}, "expected": {"tier": "core", "id": "human:1"}}
    search = ada.post(f"{API}/agents/sam/searches", json=kept).json()["id"]
    ada.put(f"{API}/templates/persona/kind_one", json={"text": "Lisbon"})
    wait_for(lambda: ada.get(f"{API}/jobs/{job}").json()["state"] == "ended")
    asked = {"input": "I live in Lisbon.", "background": False}
    run = ada.post(f"{API}/agents/sam/runs", json=asked).json()["id"]
    sam, ben = autogen_agent("sam", settings=Settings.load(owner=user_id)), person("ben")
    ben.initiate_chat(group(sam, ben, rounds=1), message="Lisbon", silent=True)
    (chat,) = ada.get(f"{API}/groups").json()["items"]
    return {
        "group": chat["id"],
        "agent": agent,
        "user": user_id,
        "key": key_id,
        "passage": passage,
        "source": "notes",
        "job": job,
        "run": run,
        "block": block,
        "archive": archive,
        "search": search,
        "template": "kind_one",
        "server": "tickets",  # the admin's
    }


def wait_for(is_so: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def operations() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield the id, method and path of every operation that names a thing, and what is sent to it."""
    described = json.loads(FILE.read_text(encoding="utf-8"))
    for path, found in described["paths"].items():
        for method, operation in found.items():
            if not {part[1:-1] for part in path.split("/") if part.startswith("{")} - PLACES.keys():
                continue
            name = operation["operationId"]
            content = operation.get("requestBody", {}).get("content", {})
            needed = [each for each in operation["parameters"] if each["required"] and each["in"] == "query"]
            sent: dict[str, Any] = {
                "headers": {"If-Match": "*"},
                "params": {each["name"]: example(each["schema"], {}) for each in needed},
            }
            if "application/json" in content:
                schema = content["application/json"]["schema"]
                sent["json"] = BODIES.get(name) or example(schema, described["components"]["schemas"])
            elif "multipart/form-data" in content:
                sent["files"] = {"file": ("a.txt", b"Lisbon")}
            yield name, method.upper(), path, sent


def example(schema: dict[str, Any], named: dict[str, Any]) -> Any:
    """The least value that a schema allows: an object has its required fields."""
    if "$ref" in schema:
        return example(named[schema["$ref"].rpartition("/")[2]], named)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return example(schema[choice][0], named)
    if "enum" in schema or "const" in schema:
        return schema["enum"][0] if "enum" in schema else schema["const"]
    kind = schema.get("type", "object")
    if kind == "object":
        needed = schema.get("required", ())
        return {name: example(schema["properties"][name], named) for name in needed}
    if kind == "array":
        return [example(schema.get("items", {}), named)] * schema.get("minItems", 0)
    return {"string": "stolen", "integer": schema.get("minimum", 0), "number": 0, "boolean": False}.get(kind)


@pytest.mark.parametrize("named", ["id", "name"])
def test_every_path_with_anothers_key_is_404_as_for_what_nobody_has(
    admin: TestClient, named: str, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # else a slow request looks up its key again, and the one after it does not
    monkeypatch.setattr(stored_keys, "KNOWN_SECONDS", 3600)
    app: Any = admin.app
    ada, bob = add_user(admin, "ada"), add_user(admin, "bob")
    hers = things(ada.client(app), ada.id, ada.key_id)
    if named == "name":
        hers |= {"agent": "sam", "user": "ada", "key": "laptop"}
    before = ada.client(app).get(f"{API}/agents/sam").json()
    client = bob.client(app)
    client.get(f"{API}/me")  # the last use of the key is noted once a minute
    for operation, method, path, sent in operations():
        answers, work = [], []
        for each in (hers, dict.fromkeys(hers, NOBODYS)):
            statements.clear()
            answers.append(client.request(method, path.format_map({**PLACES, **each}), **sent))
            work.append(list(statements))

        expected = 403 if operation in FOR_THE_ADMIN else 412 if operation in BY_ONES_OWN_NAME else 404
        codes = [each.status_code for each in answers]
        assert codes == [expected, expected], (operation, answers[0].text)
        foreign, unknown = (told(each.json(), hers) for each in answers)
        assert foreign == unknown, operation
        assert work[0] == work[1], f"{operation} does other work, so its time tells which of them there is"
    assert ada.client(app).get(f"{API}/agents/sam").json() == before


def told(problem: dict[str, Any], hers: dict[str, str]) -> dict[str, Any]:
    """A problem without the names that the request itself has."""
    text = problem["detail"]
    for each in (*hers.values(), NOBODYS):
        text = text.replace(each, "IT")
    return {**problem, "detail": text, "instance": "", "request_id": ""}


def test_lists_and_names_are_of_one_user(admin: TestClient) -> None:
    app: Any = admin.app
    ada, bob = add_user(admin, "ada").client(app), add_user(admin, "bob").client(app)
    mine = {name: each.post(f"{API}/agents", json={"name": "sam"}) for name, each in (("a", ada), ("b", bob))}

    assert [each.status_code for each in mine.values()] == [201, 201]
    for client, made in ((ada, mine["a"]), (bob, mine["b"])):
        assert [each["id"] for each in client.get(f"{API}/agents").json()["items"]] == [made.json()["id"]]
        assert client.get(f"{API}/audit", params={"everyone": True}).status_code == 403
        assert [act["name"] for act in client.get(f"{API}/audit").json()["items"]] == ["sam"]
    assert admin.get(f"{API}/agents").json()["items"] == []


def test_a_key_for_certain_agents_sees_no_other(admin: TestClient) -> None:
    app: Any = admin.app
    user = add_user(admin, "ada")
    ada = user.client(app)
    for name in ("sam", "ann"):
        ada.post(f"{API}/agents", json={"name": name})
    made = ada.post(f"{API}/users/ada/keys", json={"name": "phone", "agents": ["sam"]}).json()

    phone = client_of(app, made["key"])

    assert [each["name"] for each in phone.get(f"{API}/agents").json()["items"]] == ["sam"]
    assert phone.get(f"{API}/agents/sam").status_code == 200
    assert phone.get(f"{API}/agents/ann").status_code == 404
    assert phone.post(f"{API}/agents", json={"name": "new"}).status_code == 403
    assert phone.post(f"{API}/agents/sam/fork", json={"name": "new"}).status_code == 403
    more = phone.post(f"{API}/users/ada/keys", json={"name": "tablet", "agents": ["ann"]})
    same = phone.post(f"{API}/users/ada/keys", json={"name": "watch"})
    assert more.status_code == 404
    assert same.json()["agents"] == made["agents"]


OF_THE_WHOLE_USER = {"get_user", "get_limits", "get_template", "create_key"}
"""What a key for certain agents may do although it is of the user. Keys that it makes are for its agents."""


def test_a_key_for_one_agent_reaches_nothing_of_another_on_any_path(admin: TestClient) -> None:
    app: Any = admin.app
    user = add_user(admin, "ada")
    ada = user.client(app)
    hers = things(ada, user.id, user.key_id)
    ada.post(f"{API}/agents", json={"name": "ann"})
    made = ada.post(f"{API}/users/ada/keys", json={"name": "phone", "agents": ["ann"]}).json()
    phone = client_of(app, made["key"])
    before = [ada.get(f"{API}/{path}").text for path in ("agents/sam", "agents/ann", "blocks", "archives")]

    for operation, method, path, sent in operations():
        for agent in (hers["agent"], "sam"):
            answer = phone.request(method, path.format_map({**PLACES, **hers, "agent": agent}), **sent)

            expected = {200, 201, 409} if operation in OF_THE_WHOLE_USER else {403, 404}
            assert answer.status_code in expected, (operation, answer.text)
            assert "Lisbon" not in answer.text or operation == "get_template", operation

    for path, found in json.loads(FILE.read_text(encoding="utf-8"))["paths"].items():
        if "{" not in path and "get" in found:
            answer = phone.get(path)
            assert hers["agent"] not in answer.text, path
            assert answer.status_code == 403 or hers["run"] not in answer.text, path
    for path, body in (
        ("blocks/plan", {"value": "", "shared": True}),  # what is shared is not reached through its agent
        ("archives/team", None),
    ):
        assert phone.put(f"{API}/agents/ann/{path}", json=body).status_code == 403
    assert [
        ada.get(f"{API}/{path}").text for path in ("agents/sam", "agents/ann", "blocks", "archives")
    ] == before
    assert phone.delete(f"{API}/users/ada/keys/{made['id']}").status_code == 200, "it may end itself"


def test_forgetting_tells_nothing_of_others(admin: TestClient) -> None:
    """Neither that another user's agent has the words, nor what the home's files contain."""
    app: Any = admin.app
    ada, bob = add_user(admin, "ada").client(app), add_user(admin, "bob").client(app)
    ada.post(f"{API}/agents", json={"name": "sam", "human": "Lisbon"})
    bob.post(f"{API}/agents", json={"name": "spy", "human": "Lisbon"})

    report = bob.post(f"{API}/agents/spy/forget", json={"query": "Lisbon", "dry_run": True}).json()

    assert report["heard_by"] == {}
    assert report["names_left"] == {}
    assert "sam" not in json.dumps(report)
