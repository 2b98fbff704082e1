"""The window of an agent over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_apps import PASSWORD, client_of

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.chosen_models import choose_llm
from memgpt_autogen.home_stores import create_home, open_home_database
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.accounts.mcp_servers import put_mcp_server
from memgpt_autogen.messages import Message
from memgpt_autogen.server.app import create_app
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says
from memgpt_autogen.tools.mcp.stored import ListedTool
from memgpt_autogen.tools.tool import Tool

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


def test_what_was_evicted_is_listed_with_its_cause(admin: TestClient, sam: MemoryHierarchy) -> None:
    sam.queue.evict(1, "By an older version.", "extract")
    for number in range(6):
        sam.log.append(Message.said_by("ada", f"{number}: " + "The launch was moved again. " * 8))
    before = admin.get(f"{SAM}/window").json()
    compacted = admin.post(f"{SAM}/compact").json()

    newest, old = admin.get(f"{SAM}/evictions").json()["items"]

    assert (newest["cause"], newest["messages"]) == ("compact", compacted["messages"])
    assert (newest["prompt_tokens"], newest["limit_tokens"]) == (
        before["prompt_tokens"],
        before["limit_tokens"],
    )
    assert (newest["before"], newest["summary"]) == ("By an older version.", compacted["summary"])
    assert (newest["after_seq"], newest["at_seq"]) == (1, sam.log.last_seq())
    assert (old["cause"], old["messages"], old["before"], old["number"]) == (None, None, None, 1)
    first = admin.get(f"{SAM}/evictions", params={"limit": 1}).json()
    rest = admin.get(f"{SAM}/evictions", params={"cursor": first["next"]}).json()
    assert (first["items"], rest) == ([newest], {"items": [old], "next": None})


def pay(amount: int) -> str:
    """Pay an amount."""
    return f"paid {amount}"


@pytest.fixture
def scripted() -> ScriptedLLM:
    return ScriptedLLM(otherwise=says("I greet.", call("send_message", message="Hello, Ada.")))


@pytest.fixture
def equipped(scripted: ScriptedLLM) -> Iterator[TestClient]:
    """A server with a model of its own, a tool of the operator and one of an MCP server."""
    create_home(Settings.load().home)
    put_mcp_server(
        open_home_database(Settings.load()),
        "shop",
        user_id=None,
        agents=None,
        place={"url": "http://127.0.0.1:9/mcp"},
        tools=[ListedTool("buy", None, "Buy.", {"type": "object", "properties": {}}).as_json()],
        approval=True,
        is_checked=True,
    )
    password = AdminPassword.of(PASSWORD, "a test")
    tools = [Tool.from_function(pay, approval=True)]
    with client_of(create_app(Settings.load(), password=password, llm=scripted, tools=tools)) as client:
        client.post("/api/v1/agents", json={"name": "sam"})
        yield client


def test_the_window_has_the_model_and_the_tools_of_the_operator_and_of_mcp_servers(
    equipped: TestClient, scripted: ScriptedLLM
) -> None:
    said = {"input": "Hello!", "background": False}
    equipped.post(f"{SAM}/runs", json=said)

    window = equipped.get(f"{SAM}/window").json()
    equipped.post(f"{SAM}/runs", json=said)

    sent, shown = scripted.requests[-1], window["request"]
    assert (shown["model"], shown["tools"]) == ("scripted", sent.tools)
    assert sent.messages[: len(shown["messages"])] == shown["messages"]
    assert len(sent.messages) == len(shown["messages"]) + 1  # what was heard
    assert {"pay", "shop__buy"} < {each["function"]["name"] for each in sent.tools}
    assert equipped.get(f"{SAM}/tools").json()["items"] == [each["function"] for each in sent.tools]


def test_a_retry_has_the_tools_of_the_turn_and_compacting_its_model(
    equipped: TestClient, scripted: ScriptedLLM
) -> None:
    for text in ("Hello!", "I am here.", "It rains."):
        equipped.post(f"{SAM}/runs", json={"input": text, "background": False})
    first = scripted.requests[-1]

    run = equipped.post(f"{SAM}/retry").json()
    equipped.get(f"/api/v1/runs/{run['id']}/events")  # until its end
    again = scripted.requests[-1]
    asked = len(scripted.requests)
    equipped.post(f"{SAM}/compact")

    assert again.tools == first.tools
    assert len(scripted.requests) == asked + 1
