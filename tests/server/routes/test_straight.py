"""The straight way to a run answers as FastAPI's route does, and takes only what is as usual."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_apps import MakeClient, make_app
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from memgpt_autogen.server.routes.straight import StraightWay

RUNS = "/api/v1/agents/sam/runs"

HELLO = b'{"input": "Hello!", "background": false}'

JSON = {"Content-Type": "application/json"}

# what differs between two answers to the same request
VARIES = ("id", "agent_id", "created", "started", "ended", "request_id")


def in_two_parts() -> Any:
    yield HELLO[:10]
    yield HELLO[10:]


USUAL: dict[str, dict[str, Any]] = {
    "json": {"content": HELLO, "headers": JSON},
    "json with its charset": {
        "content": HELLO,
        "headers": {"Content-Type": "application/json; charset=utf-8"},
    },
    "in the background": {"content": b'{"input": "Hello!"}', "headers": JSON},
    "with a key": {"content": HELLO, "headers": {**JSON, "Idempotency-Key": "k" * 200}},
    "with a mark of UTF-8": {"content": b"\xef\xbb\xbf" + HELLO, "headers": JSON},
}

UNUSUAL: dict[str, dict[str, Any]] = {
    "in two parts": {"content": in_two_parts, "headers": JSON},
    "no type": {"content": HELLO},
    "another type": {"content": HELLO, "headers": {"Content-Type": "text/plain"}},
    "another type of JSON": {"content": HELLO, "headers": {"Content-Type": "application/x+json"}},
    "no JSON": {"content": b'{"input": ', "headers": JSON},
    "no object": {"content": b"[1]", "headers": JSON},
    "nothing": {"content": b"", "headers": JSON},
    "an unknown field": {"content": b'{"input": "Hello!", "inputs": 1}', "headers": JSON},
    "a wrong type": {"content": b'{"input": 1}', "headers": JSON},
    "a long body": {"content": b'{"input": "' + b"x" * 60_000 + b'"}', "headers": JSON},
    "an empty key": {"content": HELLO, "headers": {**JSON, "Idempotency-Key": ""}},
    "a long key": {"content": HELLO, "headers": {**JSON, "Idempotency-Key": "k" * 201}},
    "a cookie": {"content": HELLO, "headers": {**JSON, "Cookie": "a=b"}},
    "no caller": {"content": HELLO, "headers": {**JSON, "Authorization": ""}},
    "an unknown caller": {"content": HELLO, "headers": {**JSON, "Authorization": f"Bearer mga_{'x' * 43}"}},
}

ELSEWHERE = {"GET of it": ("GET", RUNS), "a long name": ("POST", f"/api/v1/agents/{'x' * 65}/runs")}


def asked(client: TestClient, request: dict[str, Any], method: str = "POST", path: str = RUNS) -> Any:
    content = request.get("content")
    return client.request(method, path, **{**request, "content": content() if callable(content) else content})


def with_usual(client: TestClient, usual: ASGIApp) -> TestClient:
    """The client of an app whose straight way leads to this when it ends."""
    app: Any = client.app
    assert isinstance(app.router.routes[0], StraightWay)
    app.router.routes[0] = StraightWay(usual)
    return client


@pytest.fixture
def client(make_client: MakeClient) -> TestClient:
    found = make_client(app=make_app())
    found.post("/api/v1/agents", json={"name": "sam"})
    return found


@pytest.mark.parametrize("name", USUAL)
def test_what_is_usual_goes_the_straight_way(client: TestClient, name: str) -> None:
    found = asked(with_usual(client, PlainTextResponse("FastAPI", 418)), USUAL[name])

    assert found.status_code in (200, 202)
    assert found.headers["location"].endswith(found.json()["id"])


@pytest.mark.parametrize("name", UNUSUAL)
def test_what_is_unusual_goes_on_to_the_route_of_fastapi(client: TestClient, name: str) -> None:
    found = asked(with_usual(client, PlainTextResponse("FastAPI", 418)), UNUSUAL[name])

    assert found.status_code == (401 if name == "no caller" else 418)


@pytest.mark.parametrize("name", sorted({*USUAL, *UNUSUAL, *ELSEWHERE} - {"an empty key"}))  # one for both
def test_both_ways_answer_alike(client: TestClient, make_client: MakeClient, name: str) -> None:
    app = make_app()
    del app.router.routes[0]
    other = make_client(app=app)
    other.post("/api/v1/agents", json={"name": "kim"})
    method, path = ELSEWHERE.get(name, ("POST", RUNS))
    request = {**USUAL, **UNUSUAL}.get(name, USUAL["json"])
    headers = request.get("headers", {})
    own_key = {"Idempotency-Key": headers["Idempotency-Key"].replace("k", "j")} if "key" in name else {}

    straight = asked(client, request, method, path)
    usual = asked(other, {**request, "headers": {**headers, **own_key}}, method, path.replace("sam", "kim"))

    assert straight.status_code == usual.status_code
    told = json.loads(usual.text.replace("kim", "sam"))
    assert {**straight.json(), **dict.fromkeys(VARIES)} == {**told, **dict.fromkeys(VARIES)}
    for header in ("content-type", "www-authenticate", "allow", "cache-control"):
        assert straight.headers.get(header) == usual.headers.get(header)


def test_a_key_without_the_scope_is_refused_by_the_route_of_fastapi(
    client: TestClient, make_client: MakeClient
) -> None:
    client.post("/api/v1/users", json={"name": "ann"})
    made = client.post("/api/v1/users/ann/keys", json={"name": "k", "scopes": ["read"]}).json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    client.get("/api/v1/agents", headers=headers)  # its key is known from now on

    found = client.post(RUNS, json={"input": "Hello!"}, headers=headers)

    assert (found.status_code, "the scope 'talk'" in found.json()["detail"]) == (403, True)


def test_a_body_that_is_nested_too_deep_is_refused_on_the_straight_way_too(client: TestClient) -> None:
    deep = b'{"input": "Hello!", "tools": ' + b"[" * 101 + b"]" * 101 + b"}"

    found = client.post(RUNS, content=deep, headers=JSON)

    assert (found.status_code, "nested more than" in found.json()["detail"]) == (400, True)
