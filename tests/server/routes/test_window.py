"""The window of an agent over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from memgpt_autogen.assembly import choose_llm, open_loop, open_memory
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings

SAM = "/api/v1/agents/sam"


@pytest.fixture
def sam(admin: TestClient) -> MemoryHierarchy:
    admin.post("/api/v1/agents", json={"name": "sam", "human": "Her name is Ada."})
    memory = open_memory("sam", Settings.load())
    memory.log.append(Message.said_by("ada", "The launch is in May."))
    return memory


def sections(window: Any) -> dict[str, Any]:
    return {each["name"]: each for each in window["sections"]}


def test_the_window_has_the_texts_and_sizes_that_the_terminal_shows(
    admin: TestClient, sam: MemoryHierarchy
) -> None:
    overview = open_loop(sam, choose_llm(Settings.load())).context_overview()

    window = admin.get(f"{SAM}/window").json()

    parts = sections(window)
    assert {name: part["tokens"] for name, part in parts.items()} == {
        name: getattr(overview, name) for name in ("system", "core_memory", "tools", "summary", "queue")
    }
    assert sum(part["tokens"] for part in parts.values()) == window["prompt_tokens"]
    assert "Her name is Ada." in parts["core_memory"]["text"]
    assert "Her name is Ada." not in parts["system"]["text"]
    assert "<outside_view>" in parts["system"]["text"]
    assert "The launch is in May." in parts["queue"]["text"]
    assert parts["summary"] == {"name": "summary", "tokens": 0, "text": ""}
    assert (window["recall_messages"], window["queue_messages"]) == (1, 1)


def test_the_request_is_the_one_that_a_turn_sends(admin: TestClient, sam: MemoryHierarchy) -> None:
    request = admin.get(f"{SAM}/window").json()["request"]

    assert request["messages"] == sam.compile()
    assert request["model"] == "offline"
    names = [tool["function"]["name"] for tool in request["tools"]]
    assert "send_message" in names
    assert json.loads(request["messages"][-1]["content"])["message"] == "The launch is in May."


def test_the_request_has_what_the_endpoint_would_get_and_no_key(
    admin: TestClient, sam: MemoryHierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = admin.app.state.settings  # type: ignore[attr-defined]  # a FastAPI app
    admin.app.state.authenticator._admin_settings = Settings.load(  # type: ignore[attr-defined]
        home=settings.home,
        model="gpt-4.1-mini",
        base_url="http://127.0.0.1:9/v1",
        api_key="sk-secret",
        answer_tokens=300,
        discover=False,
    )

    answer = admin.get(f"{SAM}/window")

    assert answer.json()["request"]["max_tokens"] == 300
    assert "sk-secret" not in answer.text


def test_an_earlier_window_has_the_blocks_and_messages_of_its_time(
    admin: TestClient, sam: MemoryHierarchy
) -> None:
    then = sam.log.last_seq()
    sam.core.set("human", "Her name is Bea.")
    sam.log.append(Message.said_by("ada", "It was moved to June."))

    old, new = (admin.get(f"{SAM}/window", params=about).json() for about in ({"at": then}, {}))

    assert (old["seq"], new["seq"]) == (then, sam.log.last_seq())
    assert "Ada" in sections(old)["core_memory"]["text"]
    assert "Bea" in sections(new)["core_memory"]["text"]
    assert "June" not in sections(old)["queue"]["text"]
    assert (old["queue_messages"], new["queue_messages"]) == (1, 2)
    assert old["request"]["messages"] == sam.compile_at(then)


@pytest.mark.parametrize(("at", "status"), [(99, 409), (-1, 422), (2**31, 422), ("x", 422)])
def test_an_entry_that_is_not_there_is_refused(
    admin: TestClient, sam: MemoryHierarchy, at: Any, status: int
) -> None:
    assert admin.get(f"{SAM}/window", params={"at": at}).status_code == status
