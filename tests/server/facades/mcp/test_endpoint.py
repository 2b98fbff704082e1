"""`/mcp/AGENT`: keys, scopes, statuses and errors as a client of MCP meets them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_apps import MakeClient, client_of
from server_world import API, add_user

from memgpt_autogen.server.app import create_app
from memgpt_autogen.server.facades.mcp import endpoint

pytest.importorskip("mcp_types", reason="version 2 of the MCP SDK is not installed")

MCP = "/mcp/sam"

BOTH = {"Accept": "application/json, text/event-stream"}


def asked(client: TestClient, method: str, path: str = MCP, **params: Any) -> Any:
    """Send a message as clients of the protocol of 2025 do."""
    message = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}
    return client.post(path, json=message, headers=BOTH)


def called(client: TestClient, tool: str, path: str = MCP, **arguments: Any) -> dict[str, Any]:
    """The result of a tool."""
    answer = asked(client, "tools/call", path, name=tool, arguments=arguments)
    assert answer.status_code == 200, answer.text
    text = answer.text
    if answer.headers["content-type"].startswith("text/event-stream"):
        text = next(line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: "))
    found: dict[str, Any] = json.loads(text)["result"]
    return found


def text_of(client: TestClient, tool: str, path: str = MCP, **arguments: Any) -> str:
    """What a model reads of a call that fails."""
    result = called(client, tool, path, **arguments)
    assert result["isError"] is True, result
    return str(result["content"][0]["text"])


def listed(client: TestClient, path: str = MCP) -> list[str]:
    return [tool["name"] for tool in asked(client, "tools/list", path).json()["result"]["tools"]]


def problem(answer: Any, status: int) -> str:
    """The words of an error in the shape of JSON-RPC."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert (body["jsonrpc"], body["id"]) == ("2.0", None)
    assert body["error"]["data"] == {"status": status, "request_id": answer.headers["x-request-id"]}
    return str(body["error"]["message"])


@pytest.fixture
def sam(admin: TestClient) -> TestClient:
    admin.post(f"{API}/agents", json={"name": "sam", "human": "Ada lives in Lisbon."})
    listed(admin)  # the first message opens the transport, on the loop of its client, which is open longest
    return admin


def test_a_client_begins_without_a_session_and_calls_tools_by_name_or_id(sam: TestClient) -> None:
    first = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    begun = asked(sam, "initialize", **first)
    agent = sam.get(f"{API}/agents/sam").json()["id"]

    assert begun.json()["result"]["protocolVersion"] == "2025-06-18"
    assert "mcp-session-id" not in begun.headers
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert sam.post(MCP, json=ready, headers=BOTH).status_code == 202
    for path in (MCP, f"{MCP}/", f"/mcp/{agent}"):
        assert listed(sam, path) == ["search", "fetch", "remember", "read_core", "edit_core"]
        assert called(sam, "search", path, query="Lisbon")["structuredContent"]["results"]


def test_an_answer_needs_no_more_of_accept_than_it_uses(sam: TestClient) -> None:
    message = {"jsonrpc": "2.0", "id": 7, "method": "tools/list"}
    for accept, kind in (
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("text/event-stream", "text/event-stream"),
    ):
        answer = sam.post(MCP, json=message, headers={"Accept": accept})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["x-accel-buffering"] == "no"


def test_credentials(sam: TestClient) -> None:
    app: Any = sam.app
    for key, words, challenge in (
        (None, "Authorization: Bearer KEY", 'Bearer realm="memgpt-autogen"'),
        ("mga_wrong", "the key is not valid", 'Bearer realm="memgpt-autogen", error="invalid_token"'),
    ):
        answer = asked(client_of(app, key), "tools/list")
        assert words in problem(answer, 401)
        assert answer.headers["www-authenticate"] == challenge


def test_an_agent_of_another_user_is_not_there(sam: TestClient) -> None:
    app: Any = sam.app
    ada, bob = add_user(sam, "ada"), add_user(sam, "bob")
    made = ada.client(app).post(f"{API}/agents", json={"name": "rex"}).json()
    ada.client(app).post(f"{API}/agents", json={"name": "max"})
    key = (
        ada.client(app).post(f"{API}/users/ada/keys", json={"name": "phone", "agents": ["max"]}).json()["key"]
    )
    clients = {"bob": bob.client(app), "a key for another agent": client_of(app, key)}

    assert listed(ada.client(app), "/mcp/rex")
    for client in clients.values():
        for path in ("rex", made["id"]):
            foreign, unknown = (
                problem(asked(client, "tools/list", f"/mcp/{each}"), 404) for each in (path, "nobody")
            )
            assert foreign.replace(path, "IT") == unknown.replace("nobody", "IT")


@pytest.mark.parametrize(
    ("scopes", "tools"),
    [
        (["read"], ["search", "fetch", "read_core"]),
        (["write"], ["remember", "edit_core"]),
        (["talk"], ["say"]),
        (["read", "talk"], ["search", "fetch", "read_core", "say"]),
    ],
)
def test_a_key_has_the_tools_of_its_scopes_and_others_name_the_scope(
    sam: TestClient, scopes: list[str], tools: list[str]
) -> None:
    app: Any = sam.app
    key = sam.post(f"{API}/users/home/keys", json={"name": "one", "scopes": scopes}).json()["key"]
    client, path = client_of(app, key), f"{MCP}?say=true"

    assert listed(client, path) == tools
    if "write" not in scopes:
        assert "needs the scope 'write', and this connection has " in text_of(
            client, "remember", path, text="x"
        )
    if "read" not in scopes:
        assert "needs the scope 'read'" in text_of(client, "search", path, query="x")
        assert asked(client, "resources/list").json()["result"]["resources"] == []
        read = asked(client, "resources/read", uri="memory://sam/core").json()
        assert "needs the scope 'read'" in read["error"]["message"]


def test_say_is_off_until_the_address_switches_it_on(sam: TestClient) -> None:
    off = text_of(sam, "say", message="My name is Ada.")

    assert "/mcp/sam?say=true" in off
    assert "say" not in listed(sam)
    said = called(sam, "say", f"{MCP}?say=true", message="My name is Ada.")["structuredContent"]
    assert "Ada" in said["reply"]
    run = sam.get(f"{API}/runs/{said['run']}").json()
    assert run["state"] == "ended"
    spoken = [entry["spoken"] for entry in sam.get(f"{API}/agents/sam/log").json()["items"]]
    assert "My name is Ada." in spoken


def test_limits_hold_for_say_and_their_words_reach_the_model(sam: TestClient) -> None:
    sam.put(f"{API}/agents/sam/limits", json={"turns_a_day": 0})

    assert "turns" in text_of(sam, "say", f"{MCP}?say=true", message="Hello")


def test_a_connection_can_be_read_only(sam: TestClient) -> None:
    path = f"{MCP}?read_only=true"

    assert listed(sam, path) == ["search", "fetch", "read_core"]
    assert "needs the scope 'write'" in text_of(sam, "remember", path, text="x")


def test_changes_are_noted_with_the_key_and_readings_are_not(sam: TestClient) -> None:
    app: Any = sam.app
    key = sam.post(f"{API}/users/home/keys", json={"name": "one", "scopes": ["read", "write"]}).json()
    client = client_of(app, key["key"])
    called(client, "remember", text="The mast is blue.")
    called(client, "search", query="mast")

    newest = sam.get(f"{API}/audit").json()["items"][0]

    assert (newest["action"], newest["name"], newest["key_id"]) == ("add_passages", "sam", key["id"])


def test_streams_and_ends_of_sessions_are_405_and_a_path_without_an_agent_says_so(sam: TestClient) -> None:
    for method in ("GET", "DELETE", "PUT"):
        for path in (MCP, f"{MCP}/"):
            answer = sam.request(method, path)
            assert "POST" in problem(answer, 405)
            assert answer.headers["allow"] == "POST"
    for method in ("GET", "POST", "DELETE"):
        for path in ("/mcp", "/mcp/"):
            assert "/mcp/AGENT" in problem(sam.request(method, path), 404)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{", 400, "not valid JSON"),
        (b"", 400, "not valid JSON"),
        (b"\xff\xfe", 400, "UTF-8"),
        (b"9" * 5000, 400, "JSON"),
        (b"[" * 5000, 400, "levels deep"),
        (b"[]", 400, "no list"),
        (b"x" * 1_500_000, 413, "1,000,000 bytes"),
    ],
)
def test_a_body_that_is_no_message_is_refused_in_words(
    sam: TestClient, body: bytes, status: int, words: str
) -> None:
    answer = sam.post(MCP, content=body, headers={**BOTH, "Content-Type": "application/json"})

    assert words in problem(answer, status)


def test_half_a_character_is_replaced(sam: TestClient) -> None:
    params = {"name": "remember", "arguments": {"text": "Half: \ud83d"}}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()

    answer = sam.post(MCP, content=body, headers={**BOTH, "Content-Type": "application/json"})

    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["isError"] is False


def test_foreign_hosts_and_pages_are_refused(sam: TestClient) -> None:
    message = {"jsonrpc": "2.0", "id": 7, "method": "tools/list"}

    assert "--allowed-host evil.example" in problem(
        sam.post(MCP, json=message, headers={"Host": "evil.example"}), 421
    )
    answer = sam.post(MCP, json=message, headers={"Origin": "https://evil.example"})
    assert "--allowed-origin" in problem(answer, 403)


def test_a_page_that_is_allowed_may_call_it(make_client: MakeClient) -> None:
    admin = make_client(origins=("https://app.example",))
    admin.post(f"{API}/agents", json={"name": "sam"})
    page = {"Origin": "https://app.example"}
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "mcp-protocol-version"}

    assert admin.options(MCP, headers={**page, **asks}).status_code == 200
    message = {"jsonrpc": "2.0", "id": 7, "method": "tools/list"}
    assert admin.post(MCP, json=message, headers={**BOTH, **page}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp/sam",
        "/.well-known/oauth-authorization-server/mcp/sam",
        "/.well-known/openid-configuration",
    ],
)
def test_who_looks_for_oauth_is_told_to_use_a_key(sam: TestClient, path: str) -> None:
    app: Any = sam.app
    for answer in (client_of(app, None).get(path), client_of(app, None).post("/register", json={})):
        assert answer.status_code == 404
        assert "Authorization: Bearer KEY" in answer.json()["detail"]


def test_it_works_under_a_prefix(make_client: MakeClient) -> None:
    admin = make_client(root_path="/memory")
    admin.post(f"{API}/agents", json={"name": "sam"})

    for path in (MCP, f"/memory{MCP}"):
        assert listed(admin, path)
    assert "/memory/mcp/sam?say=true" in text_of(admin, "say", message="Hello")
    assert "/memory/mcp/AGENT" in problem(admin.get("/memory/mcp"), 404)


def test_a_server_can_be_started_twice_in_a_process(sam: TestClient) -> None:
    app: Any = sam.app
    with client_of(app) as again:
        assert listed(again)


def test_without_the_sdk_the_extra_is_named(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "is_sdk_there", lambda: False)
    admin = make_client()
    admin.post(f"{API}/agents", json={"name": "sam"})

    assert "pip install 'memgpt-autogen[mcp]'" in problem(asked(admin, "tools/list"), 501)


def test_its_paths_are_not_in_the_openapi_file() -> None:
    assert not [path for path in create_app().openapi()["paths"] if "mcp/" in path or "well-known" in path]
