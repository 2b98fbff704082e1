"""Chats over the facade of OpenAI's API: an agent of this test's home, and what its answers say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from server_apps import client_of, make_app
from server_world import API

from memgpt_autogen.testing import ScriptedLLM
from memgpt_autogen.testing.scripted import call, says

CHAT = "/v1/chat/completions"

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def user(text: Any, **more: Any) -> dict[str, Any]:
    return {"role": "user", "content": text, **more}


def assistant(text: str | None, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text, **more}


def sends(*texts: str, **more: Any) -> Any:
    """An answer of the model that says these texts."""
    return says("", *(call("send_message", message=text) for text in texts), **more)


@contextmanager
def chatting(*answers: Any, **options: Any) -> Iterator[tuple[TestClient, ScriptedLLM]]:
    """Yield the admin's client of a server whose home has the agent `sam`, and the agent's model."""
    model = ScriptedLLM(*answers, otherwise=sends("Yes."))
    app: FastAPI = make_app(llm=model, **options)
    with client_of(app) as client:
        client.post(f"{API}/agents", json={"name": "sam"})
        yield client, model


def asks(client: TestClient, *messages: dict[str, Any], headers: Any = None, **more: Any) -> Response:
    body = {"model": "sam", "messages": list(messages), **more}
    return client.post(CHAT, json=body, headers=headers or {})


def chunks(answer: Response) -> list[dict[str, Any]]:
    """The chunks of a stream, which ends as OpenAI's does."""
    lines = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line.startswith("data: ")]
    assert lines[-1] == "[DONE]", answer.text
    return [json.loads(line) for line in lines[:-1]]


def deltas(answer: Response) -> list[dict[str, Any]]:
    return [each["choices"][0]["delta"] for each in chunks(answer) if each.get("choices")]


def heard(client: TestClient) -> list[tuple[str | None, str]]:
    """Who said what to the agent, in the order of its log."""
    items = client.get(f"{API}/agents/sam/log", params={"after": 0}).json()["items"]
    return [(each["name"], each["text"]) for each in items if each["kind"] == "message"]
