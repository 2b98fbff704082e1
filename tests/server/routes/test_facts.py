"""Models, tools and usage over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_apps import MakeClient
from server_world import API, add_user

from memgpt_autogen.assembly import open_home_database
from memgpt_autogen.memory.storage.runs.run_rows import NewRun
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.settings import Settings


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
    assert hers.get(f"{API}/usage", params={"everyone": True}).status_code == 403
    assert hers.get(f"{API}/usage", params={"by": "moon"}).status_code == 422
