"""Parameters and paths of programs that are made for other servers."""

from __future__ import annotations

from typing import Any

import pytest
from openai_chats import CHAT, chatting, heard, user
from openai_responses import RESPONSES
from server_apps import client_of

ODD: dict[str, Any] = {
    "options": {"num_ctx": 8192, "num_predict": -1},
    "keep_alive": "5m",
    "num_ctx": 8192,
    "top_k": 40,
    "min_p": 0.05,
    "repeat_penalty": 1.1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "stop": ["\n\n"],
    "seed": 7,
    "ttl": 300,
    "cache_prompt": True,
    "draft_model": None,
    "response_format": {"type": "text"},
    "logit_bias": {},
    "user": None,
    "stream_options": None,
    "tools": None,
    "tool_choice": None,
    "functions": None,
    "metadata": None,
    "max_tokens": -1,
    "max_completion_tokens": None,
    "max_output_tokens": None,
    "temperature": None,
    "top_p": None,
    "n": 1,
    "logprobs": False,
    "store": None,
    "reasoning": None,
    "previous_response_id": None,
    "conversation": None,
    "include": [],
    "truncation": "auto",
    "text": {"format": {"type": "text"}},
    "parallel_tool_calls": False,
    "service_tier": "auto",
    "prompt_cache_key": "x",
    "safety_identifier": "x",
}


@pytest.mark.parametrize("stream", [False, True, None])
@pytest.mark.parametrize("path", [CHAT, RESPONSES])
def test_odd_parameters_are_accepted(path: str, stream: bool | None) -> None:
    given = {"messages": [user("Hi.")]} if path == CHAT else {"input": "Hi."}
    with chatting() as (client, _):
        answer = client.post(path, json={"model": "sam", **given, **ODD, "stream": stream})

        assert answer.status_code == 200, answer.text
        assert "Yes." in answer.text
        assert heard(client) == [("user", "Hi.")]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/tags"), ("POST", "/api/chat"), ("POST", "/api/generate"), ("GET", "/api/v0/models")],
)
def test_who_asks_as_of_ollama_is_told_what_to_use(method: str, path: str) -> None:
    with chatting() as (client, _):
        answer = client_of(client.app, None).request(method, path, json={})  # type: ignore[arg-type]  # our app

    assert answer.status_code == 404
    assert "OpenAI compatible" in answer.json()["error"]
