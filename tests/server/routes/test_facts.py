"""Models, tools and usage over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_apps import PASSWORD, MakeClient, client_of
from server_world import API, add_user

from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.memory.storage.runs.run_rows import NewRun
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.server.app import create_app
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.settings import Settings
from memgpt_autogen.tools.tool import Tool


def test_models_are_those_that_doctor_finds_without_keys(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("MEMGPT_AUTOGEN_DISCOVER", "true")
    admin = make_client()
    ada = add_user(admin, "ada").client(admin.app)

    for client in (admin, ada):
        answer = client.get(f"{API}/models")
        assert answer.status_code == 200
        assert "sk-secret" not in answer.text
        assert any(each["has_key"] for each in answer.json()["found"])
    assert all(each["address"] is None for each in ada.get(f"{API}/models").json()["found"])


def test_the_tools_of_an_agent_are_what_its_model_is_offered(admin: TestClient) -> None:
    admin.post(f"{API}/agents", json={"name": "sam"})

    tools = {each["name"]: each for each in admin.get(f"{API}/agents/sam/tools").json()["items"]}

    assert {"send_message", "core_memory_append", "archival_memory_search"} <= tools.keys()
    assert "message" in tools["send_message"]["parameters"]["properties"]


def test_a_tool_is_tried_between_two_turns(admin: TestClient) -> None:
    admin.post(f"{API}/agents", json={"name": "sam", "human": "Ada."})
    path = f"{API}/agents/sam/tools"

    done = admin.post(
        f"{path}/core_memory_append/run", json={"arguments": {"label": "human", "content": "Likes tea."}}
    )
    failed = admin.post(f"{path}/core_memory_append/run", json={"arguments": {"label": "nothing"}})
    unknown = admin.post(f"{path}/rm/run", json={})

    assert done.json()["ok"]
    assert admin.get(f"{API}/agents/sam/blocks/human").json()["value"] == "Ada.\nLikes tea."
    assert not failed.json()["ok"]
    assert unknown.status_code == 404
    assert admin.get(f"{API}/agents/sam/log", params={"kind": "result"}).json()["items"] == []


def test_usage_is_of_ones_own_runs_by_agent_user_and_day(admin: TestClient) -> None:
    ada, bob = add_user(admin, "ada"), add_user(admin, "bob")
    database = open_home_database(Settings.load())
    for user, runs in ((ada, 2), (bob, 1)):
        agent = user.client(admin.app).post(f"{API}/agents", json={"name": "sam"}).json()["id"]
        for _ in range(runs):
            Runs(database.owned_by(user.id)).create(NewRun(agent, {"act": "heartbeat"}))

    def used(client: TestClient, by: str, **params: Any) -> list[tuple[str, int]]:
        answer = client.get(f"{API}/usage", params={"by": by, **params})
        assert answer.status_code == 200, answer.text
        return [(each["name"], each["runs"]) for each in answer.json()["items"]]

    hers = ada.client(admin.app)
    assert used(hers, "agent") == [("sam", 2)]
    assert used(hers, "user") == [("ada", 2)]
    assert [count for _, count in used(hers, "day")] == [2]
    assert used(hers, "day", start="2999-01-01T00:00:00Z") == []
    assert sorted(used(admin, "user", everyone=True)) == [("ada", 2), ("bob", 1)]
    assert used(admin, "agent") == []
    assert used(admin, "total", everyone=True) == [("", 3)]
    assert used(admin, "total") == [("", 0)]
    assert hers.get(f"{API}/usage", params={"everyone": True}).status_code == 403
    assert hers.get(f"{API}/usage", params={"by": "moon"}).status_code == 422


def test_the_functions_of_the_home_say_where_they_come_from_and_who_must_allow_them() -> None:
    def tide(port: str) -> str:
        """Return the tide of a port."""
        return f"high in {port}"

    def send_mail(to: str) -> str:
        """Send a mail."""
        return to

    mail = Tool.from_function(send_mail, approval=True)
    password = AdminPassword.of(PASSWORD, "a test")
    app = create_app(Settings.load(), password=password, tools=[tide, mail])
    with client_of(app) as admin:
        user = add_user(admin, "ada", scopes=["read", "write"]).client(app)
        user.post(f"{API}/agents", json={"name": "sam"})
        items, cursor = [], None
        while not items or cursor:
            page = user.get(f"{API}/tools", params={"limit": 5, **({"cursor": cursor} if cursor else {})})
            items += page.json()["items"]
            cursor = page.json()["next"]
        offered = {each["name"] for each in user.get(f"{API}/agents/sam/tools").json()["items"]}
        run = user.post(f"{API}/agents/sam/tools/tide/run", json={"arguments": {"port": "Lisbon"}})
        refused = user.post(f"{API}/agents/sam/tools/send_mail/run", json={"arguments": {"to": "bob"}})

    found = {each["name"]: (each["origin"], each["approval"]) for each in items}
    # sam has no documents, and nothing has left the prompt
    assert found.keys() - offered == {"list_sources", "open_source", "search_source", "timeline"}
    assert offered <= found.keys()
    assert found["tide"] == ("operator", "never")
    assert found["send_mail"] == ("operator", "always")
    assert found["send_message"] == ("built_in", "never")
    assert [each["parameters"]["required"] for each in items if each["name"] == "tide"] == [["port"]]
    assert run.json() == {"ok": True, "text": "high in Lisbon"}
    assert (refused.status_code, "must be allowed" in refused.json()["detail"]) == (400, True)
