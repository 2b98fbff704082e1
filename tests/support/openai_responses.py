"""Responses over the facade of OpenAI's API, and the events of their streams."""

from __future__ import annotations

import json
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response

RESPONSES = "/v1/responses"

WEATHER = {
    "type": "function",
    "name": "weather",
    "description": "The weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}


def responds(client: TestClient, given: Any, headers: Any = None, **more: Any) -> Response:
    return client.post(RESPONSES, json={"model": "sam", "input": given, **more}, headers=headers or {})


def told(answer: Response) -> list[dict[str, Any]]:
    """The events of a stream, whose names and numbers are right."""
    found = []
    for block in answer.text.split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        if lines:
            name, data = lines
            found.append(json.loads(data.removeprefix("data: ")))
            assert name == f"event: {found[-1]['type']}"
    numbers = [each["sequence_number"] for each in found]
    assert numbers == sorted(set(numbers))
    return found


def kinds(events: list[dict[str, Any]]) -> list[str]:
    """The names of events, without what all have in common."""
    return [each["type"].removeprefix("response.") for each in events]


def words(events: list[dict[str, Any]]) -> str:
    """What a client shows that only adds to a text."""
    return "".join(each["delta"] for each in events if each["type"] == "response.output_text.delta")


def texts(response: dict[str, Any]) -> list[str]:
    """What the agent says in a response."""
    return [part["text"] for item in response["output"] for part in item.get("content", ())]


def result(call: dict[str, Any], output: Any) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call["call_id"], "output": output}
