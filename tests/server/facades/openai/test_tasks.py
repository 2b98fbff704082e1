"""Tasks of front ends are answered by the bare model, and no memory has them."""

from __future__ import annotations

from typing import Any

import pytest
from openai_chats import asks, chatting, chunks, deltas, heard, user
from server_apps import client_of, make_app
from server_world import API

from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.testing.scripted import says

TASK = "### Task:\nGenerate a concise title.\n### Chat History:\nUSER: I live in Lisbon."


@pytest.mark.parametrize(
    "given",
    [
        {"messages": [user(TASK)]},
        {"messages": [user([{"type": "text", "text": f"\n{TASK}"}])], "stream": False},
        {"messages": [user("A title?")], "headers": {"X-OpenWebUI-Task": "title_generation"}},
        {"messages": [user("A title?")], "metadata": {"task": "title_generation"}},
    ],
)
def test_a_task_is_answered_by_the_bare_model(given: dict[str, Any]) -> None:
    messages = given.pop("messages")
    with chatting(says("<think>Hm.</think>Life in Lisbon", usage=Usage(50, 5))) as (client, model):
        answer = asks(client, *messages, tools=[{"bad": "tool"}], **given)

        assert answer.json()["choices"][0]["message"]["content"] == "Life in Lisbon"
        assert answer.json()["usage"]["total_tokens"] == 55
        assert heard(client) == []
        assert client.get(f"{API}/runs").json()["items"] == []
    (request,) = model.requests
    assert not request.tools
    assert "memory" not in str(request.messages[0]).lower()


def test_a_task_may_stream_where_a_header_says_that_it_is_one() -> None:
    with chatting(says("Lisbon")) as (client, _):
        answer = asks(client, user("A title?"), headers={"X-OpenWebUI-Task": "title_generation"}, stream=True)

    assert deltas(answer)[0]["role"] == "assistant"
    assert "".join(each.get("content", "") for each in deltas(answer)) == "Lisbon"
    assert chunks(answer)[-1]["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    "given",
    [
        {"stream": True},
        {"headers": {"X-OpenWebUI-Task": ""}},
        {"headers": {"X-OpenWebUI-Task": "{{TASK}}"}, "stream": True},
        {"metadata": {"task": ""}, "stream": True},
    ],
)
def test_what_nobody_marks_as_a_task_is_heard(given: dict[str, Any]) -> None:
    text = TASK if given.get("stream") else "My task: ### Task: is a heading."
    with chatting() as (client, _):
        asks(client, user(text), **given)

        assert [words for _, words in heard(client)] == [text]


def test_a_task_counts_for_limits() -> None:
    with chatting(says("Lisbon", usage=Usage(900, 100))) as (client, model):
        client.put(f"{API}/agents/sam/limits", json={"tokens_a_day": 500})
        first = asks(client, user(TASK))
        second = asks(client, user(TASK))
        used = client.get(f"{API}/usage", params={"by": "model"}).json()["items"]

    assert (first.status_code, second.status_code) == (200, 429)
    assert len(model.requests) == 1
    assert [(each["name"], each["runs"], each["prompt_tokens"]) for each in used] == [("scripted", 0, 900)]


def test_without_a_model_a_task_has_a_short_answer() -> None:
    with client_of(make_app()) as client:
        client.post(f"{API}/agents", json={"name": "sam"})
        answer = asks(client, user(TASK))

    assert answer.json()["choices"][0]["message"]["content"] == "Chat"
