"""MCP servers over HTTP: the admin adds real ones, agents are offered their tools, and some go away."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from mcp_web import Web
from places import SUPPORT
from server_apps import MakeClient, make_app
from server_world import API, add_user

from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.service import mcp_offers
from memgpt_autogen.testing import ScriptedLLM, call, says

pytest.importorskip("mcp.server.mcpserver", reason="version 2 of the MCP SDK is not installed")

COMMAND = [sys.executable, str(SUPPORT / "mcp_server.py")]

# What `calls_add` asks for. No time of day, which an answer of a tool carries, contains it.
SUM = "777777"

SECRET = "hush-5ecret-of-mcp"


def added(admin: TestClient, name: str = "shop", **given: Any) -> dict[str, Any]:
    check = given.pop("check", True)
    answer = admin.post(f"{API}/mcp-servers", json={"name": name, **given}, params={"check": check})
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


def refusal(admin: TestClient, **given: Any) -> str:
    answer = admin.post(f"{API}/mcp-servers", json={"name": "shop", **given})
    assert answer.status_code == 400, answer.text
    return str(answer.json()["detail"])


def calls_add(request: Any) -> Completion:
    """Call the tool `shop__add`, and then say what it returned."""
    if "Add." in str(request.messages[-1]["content"]):
        return says("", call("shop__add", a=355555, b=422222, request_heartbeat=True))
    told = [str(each["content"]) for each in request.messages if each["role"] == "tool"]
    return says("", call("send_message", message=f"It says: {told[-1]}"))


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web()
    yield web
    web.stop()


def asked(client: TestClient) -> dict[str, Any]:
    answer = client.post(f"{API}/agents/sam/runs", json={"input": "Add.", "background": False})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def offered(client: TestClient, agent: str = "sam") -> set[str]:
    items = client.get(f"{API}/agents/{agent}/tools").json()["items"]
    return {each["name"] for each in items if "__" in each["name"]}


def test_an_agent_of_a_user_calls_a_tool_of_a_program_in_a_run(make_client: MakeClient) -> None:
    admin = make_client(app=make_app(llm=ScriptedLLM(otherwise=calls_add)))
    ada = add_user(admin, "ada").client(admin.app)  # type: ignore[arg-type]  # a FastAPI app
    ada.post(f"{API}/agents", json={"name": "sam"})

    made = added(admin, command=COMMAND, only=["add"])
    run = asked(ada)
    home = ada.get(f"{API}/tools", params={"limit": 200}).json()["items"]
    tried = ada.post(f"{API}/agents/sam/tools/shop__add/run", json={"arguments": {"a": 1, "b": 2}})

    assert made["tools"] == ["add"]
    assert SUM in run["replies"][0]
    assert [(each["name"], each["server"]) for each in home if each["origin"] == "mcp"] == [
        ("shop__add", "shop")
    ]
    assert offered(ada) == {"shop__add"}
    assert tried.json() == {"ok": True, "text": "3"}
    assert [each["name"] for each in admin.get(f"{API}/mcp-servers").json()["items"]] == ["shop"]


def test_a_server_that_went_away_fails_its_calls_and_no_turn(make_client: MakeClient, web: Web) -> None:
    admin = make_client(app=make_app(llm=ScriptedLLM(otherwise=calls_add)))
    admin.post(f"{API}/agents", json={"name": "sam"})
    added(admin, url=f"http://127.0.0.1:{web.port}/mcp", only=["add"])
    before = asked(admin)
    web.stop()

    after = asked(admin)

    assert SUM in before["replies"][0]
    assert (after["state"], after["stop_reason"]) == ("ended", "yielded")
    assert "the MCP server 'shop'" in after["replies"][0]
    admin.delete(f"{API}/mcp-servers/shop")
    assert offered(admin) == set()


def test_another_server_on_the_home_sees_what_is_added_and_deleted(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mcp_offers, "ROWS_SECONDS", 0.0)
    one, two = (make_client(app=make_app(llm=ScriptedLLM(otherwise=calls_add))) for _ in range(2))
    one.post(f"{API}/agents", json={"name": "sam"})
    asked(two)  # it has the agent open

    added(one, command=COMMAND, only=["add"])
    with_it = asked(two)
    one.delete(f"{API}/mcp-servers/shop")

    assert SUM in with_it["replies"][0]
    assert offered(two) == set()
    assert SUM not in asked(two)["replies"][0]


def test_tools_are_for_all_agents_or_a_users_or_some(admin: TestClient) -> None:
    app: Any = admin.app
    ada, bob = add_user(admin, "ada").client(app), add_user(admin, "bob").client(app)
    for client in (ada, bob):
        client.post(f"{API}/agents", json={"name": "sam"})
        client.post(f"{API}/agents", json={"name": "ann"})

    def who() -> list[bool]:
        return [bool(offered(client, agent)) for client in (ada, bob) for agent in ("sam", "ann")]

    added(admin, command=COMMAND, only=["add"])
    assert who() == [True, True, True, True]
    assert added(admin, command=COMMAND, only=["add"], user="ada", check=False)["tools"] == ["add"]
    assert who() == [True, True, False, False]
    added(admin, command=COMMAND, only=["add"], user="ada", agents=["ann"], check=False)
    assert who() == [False, True, False, False]
    assert [each for each in ada.get(f"{API}/tools?limit=200").json()["items"] if each["server"]] == []
    unknown = {"command": COMMAND, "user": "ada", "agents": ["eve"]}
    assert admin.post(f"{API}/mcp-servers", json={"name": "shop", **unknown}).status_code == 404
    admin.delete(f"{API}/users/ada", params={"agents": True})
    assert admin.get(f"{API}/mcp-servers").json()["items"] == []


def test_a_secret_is_named_and_never_stored_or_shown(
    admin: TestClient, web: Web, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MCP_TOKEN", SECRET)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-server")
    url = f"http://127.0.0.1:{web.port}/mcp"
    value = "Bearer ${MCP_TOKEN}"

    made = added(admin, url=url, headers={"Authorization": value}, only=["add"])
    web.stop()
    down = refusal(admin, url=f"{url}?token=${{MCP_TOKEN}}", headers={"Authorization": value})
    literal = refusal(admin, url=url, headers={"Authorization": f"Bearer {SECRET}"})
    in_url = refusal(admin, url=f"{url}?api_key={SECRET}")
    userinfo = refusal(admin, url=f"http://me:{SECRET}@127.0.0.1/mcp")
    others = refusal(admin, url=f"{url}/${{OPENAI_API_KEY}}")
    missing = refusal(admin, url=url, headers={"X-Key": "${MCP_NOT_SET}"})
    audit = admin.get(f"{API}/audit").text

    assert any(each.get("authorization") == f"Bearer {SECRET}" for each in web.headers)
    assert made["headers"] == {"Authorization": value}
    assert "cannot be reached" in down
    assert "check=false" in down
    assert "MCP_" in literal
    assert "MCP_" in others
    assert "api_key" in in_url
    assert "user name" in userinfo
    assert "MCP_NOT_SET" in missing
    shown = admin.get(f"{API}/mcp-servers").text + audit + caplog.text
    for text in (down, literal, in_url, userinfo, others, missing, shown):
        assert SECRET not in text
        assert "sk-of-the-server" not in text
    assert [each["tools"] for each in admin.get(f"{API}/mcp-servers").json()["items"]] == [["add"]]


def test_a_program_gets_the_variables_that_are_named_and_no_others(
    admin: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCP_TOKEN", SECRET)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-server")
    admin.post(f"{API}/agents", json={"name": "sam"})
    added(admin, command=COMMAND, env={"WORKSHOP_KEY": "${MCP_TOKEN}"}, only=["environment"])

    def told(name: str) -> str:
        path = f"{API}/agents/sam/tools/shop__environment/run"
        return str(admin.post(path, json={"arguments": {"name": name}}).json()["text"])

    assert told("WORKSHOP_KEY") == SECRET
    assert told("OPENAI_API_KEY") == "(not set)"


def test_a_call_that_somebody_must_allow_is_not_run_in_a_test(admin: TestClient) -> None:
    admin.post(f"{API}/agents", json={"name": "sam"})
    added(admin, command=COMMAND, only=["add"], approval=True)

    answer = admin.post(f"{API}/agents/sam/tools/shop__add/run", json={"arguments": {"a": 1, "b": 2}})

    assert (answer.status_code, "must be allowed" in answer.json()["detail"]) == (400, True)


def test_a_server_may_refuse_programs_and_says_so(make_client: MakeClient) -> None:
    willing = make_client()
    willing.post(f"{API}/agents", json={"name": "sam"})
    added(willing, command=COMMAND, only=["add"])
    careful = make_client(mcp_programs=False)

    again = refusal(careful, command=COMMAND)
    tried = careful.post(f"{API}/agents/sam/tools/shop__add/run", json={"arguments": {"a": 1, "b": 2}})

    assert "--no-mcp-programs" in again
    assert not tried.json()["ok"]
    assert "--no-mcp-programs" in tried.json()["text"]


def test_what_cannot_be_an_mcp_server_says_why(admin: TestClient) -> None:
    assert "exactly one" in refusal(admin)
    assert "exactly one" in refusal(admin, command=["x"], url="http://x/mcp")
    assert "not valid" in refusal(admin, url="ftp://x/mcp")
    assert "env is for" in refusal(admin, url="http://x/mcp", env={"A": "${MCP_A}"})
    assert "headers" in refusal(admin, command=["x"], headers={"A": "${MCP_A}"})
    assert "no such program" in refusal(admin, command=["there-is-none-of-that-name"])
    assert "has no tool nothing" in refusal(admin, command=COMMAND, only=["nothing"])
    assert "letters and digits" in refusal(admin, name="a__b", command=COMMAND)
    later = added(admin, command=["there-is-none-of-that-name"], check=False)
    assert (later["tools"], later["checked_at"]) == ([], None)
    assert admin.delete(f"{API}/mcp-servers/other").status_code == 404
