"""Errors under `/v1` have OpenAI's shape, wherever they come from."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from openai_chats import CHAT, asks, chatting, chunks, user
from server_apps import PASSWORD, client_of, make_app
from server_world import API, add_user

from memgpt_autogen.errors import ModelError

KEYS = {"message", "type", "param", "code"}


def error(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error"}
    assert set(answer.json()["error"]) == KEYS
    found: dict[str, Any] = answer.json()["error"]
    return found


def test_credentials() -> None:
    with client_of(make_app(), "mga_wrong") as client:
        assert error(client.get("/v1/models"), 401)["code"] == "invalid_api_key"
        assert error(asks(client, user("Hi.")), 401)["type"] == "invalid_request_error"


def test_unknown_paths_and_methods(admin: TestClient) -> None:
    message = error(admin.post("/v1/embeddings", json={}), 404)["message"]
    assert message.startswith("there is no /v1/embeddings here, but /v1/models, /v1/chat/completions")
    error(admin.get("/v1/nothing/at/all"), 404)
    error(admin.get(CHAT), 405)
    assert admin.get("/v2/models").headers["content-type"] == "application/problem+json"


def test_bodies(admin: TestClient) -> None:
    sent = {"content-type": "application/json"}
    assert error(admin.post(CHAT, content=b"{", headers=sent), 400)["type"] == "invalid_request_error"
    error(admin.post(CHAT, content=b"[" * 500, headers=sent), 400)
    error(admin.post(CHAT, content=b"x" * 1_500_000, headers=sent), 413)
    error(admin.get("/v1/models", headers={"Host": "evil.example"}), 421)
    error(admin.get("/v1/models", headers={"Origin": "https://evil.example"}), 403)


def test_limits_are_429_with_a_time_to_wait() -> None:
    with chatting() as (client, _):
        client.put(f"{API}/agents/sam/limits", json={"turns_a_day": 0})
        answer = asks(client, user("Hi."))

    assert error(answer, 429)["code"] == "rate_limit_exceeded"
    assert int(answer.headers["retry-after"]) > 0


def test_scopes() -> None:
    with chatting() as (client, _):
        reader = add_user(client, "ada", scopes=["read"]).client(client.app)  # type: ignore[arg-type]
        writer = add_user(client, "bob", scopes=["write"]).client(client.app)  # type: ignore[arg-type]
        assert "'talk'" in error(asks(reader, user("Hi.")), 403)["message"]
        error(writer.get("/v1/models"), 403)
        assert reader.get("/v1/models").json() == {"object": "list", "data": []}


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_that_fails(stream: bool) -> None:
    with chatting(ModelError("the endpoint is away")) as (client, _):
        answer = asks(client, user("Hi."), stream=stream)

    if stream:
        first, last = chunks(answer)
        assert first["choices"][0]["delta"]["role"] == "assistant"
        assert last["error"]["message"] == "the endpoint is away"
        assert set(last["error"]) == KEYS
    else:
        assert error(answer, 502)["type"] == "server_error"
        assert answer.headers["x-should-retry"] == "false"


def test_names_of_tools_that_the_agent_has_itself() -> None:
    tool = {"type": "function", "function": {"name": "send_message", "parameters": {}}}
    with chatting() as (client, _):
        assert "send_message" in error(asks(client, user("Hi."), tools=[tool]), 400)["message"]


def test_the_password_is_a_key_too(admin: TestClient) -> None:
    assert admin.headers["Authorization"] == f"Bearer {PASSWORD}"
    assert admin.get("/v1/models").status_code == 200
