"""How much may be used, who speaks, and what happens to a turn when its client or the server goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_apps import client_of, make_app
from server_world import API, User, add_user
from sqlalchemy import update

from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.memory.storage.runs.retention import Kept, clean
from memgpt_autogen.memory.storage.tables import runs
from memgpt_autogen.server.sse import Streams
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM
from memgpt_autogen.testing.scripted import call, says

RUNS = f"{API}/agents/sam/runs"


@pytest.fixture
def admin() -> Iterator[TestClient]:
    """The admin's client of a server whose model always says hello."""
    hello = says("I answer.", call("send_message", message="Hello."), usage=Usage(10, 5))
    with client_of(make_app(llm=ScriptedLLM(otherwise=hello))) as client:
        yield client


@pytest.fixture
def user(admin: TestClient) -> User:
    return add_user(admin, "ada")


@pytest.fixture
def ada(admin: TestClient, user: User) -> TestClient:
    app: Any = admin.app
    client = user.client(app)
    client.post(f"{API}/agents", json={"name": "sam"})
    return client


def ask(client: TestClient, text: str = "Hello?", **headers: str) -> Any:
    return client.post(RUNS, json={"input": text, "background": False}, headers=headers)


@pytest.mark.parametrize("limited", ["key", "user", "agent"])
def test_a_limit_that_is_reached_is_429_and_says_when(
    admin: TestClient, ada: TestClient, user: User, limited: str
) -> None:
    paths = {
        "key": f"users/ada/keys/{user.key_id}/limits",
        "user": "users/ada/limits",
        "agent": "agents/sam/limits",
    }
    giver = ada if limited == "agent" else admin
    assert giver.put(f"{API}/{paths[limited]}", json={"turns_a_day": 1}).status_code == 200
    key = {"Idempotency-Key": "a-1"}

    first, second, again = ask(ada, **key), ask(ada), ask(ada, **key)

    assert [first.status_code, second.status_code, again.status_code] == [200, 429, 200]
    assert 86_000 < int(second.headers["retry-after"]) <= 86_400
    assert f"the {limited}" in second.json()["detail"]


def test_tokens_count_too(admin: TestClient, ada: TestClient) -> None:
    admin.put(f"{API}/users/ada/limits", json={"tokens_a_day": 1})

    answers = [ask(ada), ask(ada)]

    assert [each.status_code for each in answers] == [200, 429]


def test_the_user_speaks_by_name_and_the_home_as_in_the_terminal(admin: TestClient, ada: TestClient) -> None:
    admin.post(f"{API}/agents", json={"name": "sam"})
    for client, name in ((ada, "ada"), (admin, "user")):
        run = ask(client).json()["id"]
        events = client.get(f"{API}/runs/{run}/events", headers={"Accept": "application/json"}).json()[
            "items"
        ]
        assert events[0]["data"]["message"]["name"] == name


def test_streams_end_when_the_server_has_stopped(admin: TestClient, ada: TestClient) -> None:
    """Also one of a run that waits: a client goes on with the next server."""
    app: Any = admin.app
    streams: Streams = app.state.streams
    streams.stop(1.0)

    answer = ada.post(RUNS, json={"input": "Hello?", "stream": True})

    assert answer.status_code == 200
    assert "turn_ended" not in answer.text
    assert ada.get(f"{API}/runs").json()["items"][0]["state"] == "queued"


def test_a_turn_is_no_act_of_the_audit(ada: TestClient) -> None:
    ask(ada)

    assert [each["action"] for each in ada.get(f"{API}/audit").json()["items"]] == ["create_agent"]


@pytest.fixture
def other_worker(admin: TestClient, user: User, ada: TestClient) -> Iterator[TestClient]:
    """Ada's client of another server of the same home."""
    hello = says("I answer.", call("send_message", message="Hello."), usage=Usage(10, 5))
    with client_of(make_app(llm=ScriptedLLM(otherwise=hello)), user.key) as client:
        yield client


@pytest.mark.parametrize("given", [{"turns_a_day": 2}, {"tokens_a_day": 30}])
def test_two_servers_count_together_and_show_what_was_used(
    admin: TestClient, ada: TestClient, other_worker: TestClient, user: User, given: dict[str, int]
) -> None:
    key = f"{API}/users/ada/keys/{user.key_id}/limits"
    admin.put(key, json=given)

    answers = [ask(ada), ask(other_worker, "And here?"), ask(ada), ask(other_worker)]

    assert [each.status_code for each in answers] == [200, 200, 429, 429]
    for path in (key, f"{API}/users/ada/limits", f"{API}/agents/sam/limits"):
        used = other_worker.get(path).json()["used"]
        assert used == {"running": 0, "turns": 2, "tokens": 30, "cost": 0.0}


def test_a_run_that_is_sent_again_counts_once(admin: TestClient, ada: TestClient) -> None:
    admin.put(f"{API}/users/ada/limits", json={"turns_a_day": 2})
    key = {"Idempotency-Key": "a-1"}

    answers = [ask(ada, **key), ask(ada, **key), ask(ada, **key), ask(ada), ask(ada)]

    assert [each.status_code for each in answers] == [200, 200, 200, 200, 429]


def test_a_deleted_agent_frees_nothing(admin: TestClient, ada: TestClient) -> None:
    admin.put(f"{API}/users/ada/limits", json={"turns_a_day": 1})
    ask(ada)

    assert ada.delete(f"{API}/agents/sam").status_code == 200
    ada.post(f"{API}/agents", json={"name": "sam"})

    assert ask(ada).status_code == 429
    (usage,) = ada.get(f"{API}/usage?by=agent").json()["items"]
    assert (usage["name"], usage["runs"], usage["prompt_tokens"]) == ("", 1, 10)
    (usage,) = ada.get(f"{API}/usage?by=model").json()["items"]
    assert (usage["key"], usage["runs"]) == ("scripted", 1)


def test_turns_at_once_are_of_all_agents_of_a_key(admin: TestClient, ada: TestClient, user: User) -> None:
    """Turns that wait count, since they will run."""
    admin.put(f"{API}/users/ada/keys/{user.key_id}/limits", json={"turns_at_once": 1})
    app: Any = admin.app
    app.state.streams.stop(1.0)  # what is asked for now waits

    first = ada.post(RUNS, json={"input": "Hello?"})
    second = ada.post(RUNS, json={"input": "Hello?"})

    assert [first.status_code, second.status_code] == [202, 429]
    assert second.headers["retry-after"] == "2"
    assert ada.post(f"{API}/runs/{first.json()['id']}/cancel").json()["state"] == "cancelled"
    assert ada.post(RUNS, json={"input": "Hello?"}).status_code == 202


def test_events_that_were_deleted_are_410_and_the_log_is_named(ada: TestClient) -> None:
    key = {"Idempotency-Key": "a-1"}
    run = ask(ada, **key).json()
    database = open_home_database(Settings.load())
    with database.writing() as connection:
        connection.execute(update(runs).values(ended_at="2020-01-01T00:00:00.000000"))
    clean(database, Kept(30, 10**5))

    for headers in ({}, {"Accept": "application/json"}):
        gone = ada.get(f"{API}/runs/{run['id']}/events", headers=headers)
        assert gone.status_code == 410
        assert f"/agents/{run['agent_id']}/log" in gone.json()["detail"]
    streamed = ada.post(RUNS, json={"input": "Hello?", "stream": True}, headers=key)
    assert streamed.status_code == 410
    again = ask(ada, **key)
    assert (again.status_code, again.json()["id"], again.json()["replies"]) == (200, run["id"], [])
