"""Calls over the facade of Letta's API: an agent of this test's home, and what its answers say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response
from server_apps import client_of, make_app

from memgpt_autogen.testing import ScriptedLLM
from memgpt_autogen.testing.scripted import call, says

ASK = {"name": "ask", "description": "Ask.", "parameters": {"type": "object", "properties": {}}}


def sends(text: str, thought: str = "") -> Any:
    """An answer of the model that says this."""
    return says(thought, call("send_message", message=text))


@contextmanager
def calling(*answers: Any, **options: Any) -> Iterator[tuple[TestClient, str]]:
    """Yield the admin's client of a server whose home has an agent, and the agent's id."""
    app = make_app(llm=ScriptedLLM(*answers, otherwise=sends("Yes.")), **options)
    with client_of(app) as client:
        made = client.post("/v1/agents/", json={"name": "sam"})
        assert made.status_code == 200, made.text
        yield client, made.json()["id"]


def say(client: TestClient, agent: str, text: str = "Hi.", **more: Any) -> Response:
    message = {"role": "user", "content": text, **more.pop("message", {})}
    body = {"messages": [message], **more}
    return client.post(f"/v1/agents/{agent}/messages", json=body, headers=body.pop("headers", {}))


def stream(answer: Response) -> list[dict[str, Any]]:
    """The messages of a stream, which ends as Letta's does."""
    assert answer.headers["content-type"].startswith("text/event-stream"), answer.text
    frames = [each for each in answer.text.split("\n\n") if each and not each.startswith(":")]
    assert frames[-1] == "data: [DONE]", answer.text
    return [json.loads(each.partition("data: ")[2]) for each in frames[:-1]]


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    return [each["message_type"] for each in messages]


def heard(client: TestClient, agent: str) -> list[tuple[str, str]]:
    """Who said what to the agent."""
    items = client.get(f"/api/v1/agents/{agent.removeprefix('agent-')}/log?after=0&limit=200").json()["items"]
    return [(each["name"], each["text"]) for each in items if each["kind"] == "message"]
