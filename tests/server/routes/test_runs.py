"""Runs over HTTP: asked for, followed as streams, cancelled, and hidden from others."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_apps import PASSWORD, client_of

from memgpt_autogen.assembly import open_home_database
from memgpt_autogen.events_json import KINDS
from memgpt_autogen.memory.storage.accounts.users import add_user
from memgpt_autogen.server.app import create_app
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.options import ServerOptions
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.settings import Settings

RUNS = "/api/v1/agents/sam/runs"

ASK = {
    "type": "function",
    "function": {"name": "ask", "description": "Ask.", "parameters": {"type": "object", "properties": {}}},
}


@dataclass(frozen=True)
class Frame:
    """One event of a stream, as a browser reads it."""

    id: str
    event: str
    data: dict[str, Any]


def frames(lines: Iterator[str]) -> Iterator[Frame]:
    fields: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value
        elif not line and "event" in fields:
            yield Frame(fields.get("id", ""), fields["event"], json.loads(fields["data"]))
            fields = {}


def streamed(client: TestClient, run_id: str, **options: Any) -> list[Frame]:
    with client.stream("GET", f"/api/v1/runs/{run_id}/events", **options) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        return list(frames(answer.iter_lines()))


@pytest.fixture(autouse=True)
def sam(admin: TestClient) -> None:
    admin.post("/api/v1/agents", json={"name": "sam"})


def test_a_run_is_accepted_and_its_events_are_read_later_and_again(admin: TestClient) -> None:
    asked = admin.post(RUNS, json={"input": "Hello!"})
    run = asked.json()

    whole = streamed(admin, run["id"])

    assert (asked.status_code, run["state"] in ("queued", "running")) == (202, True)
    assert asked.headers["location"].endswith(f"/api/v1/runs/{run['id']}")
    assert [frame.id for frame in whole] == [f"{run['id']}:{n}" for n in range(1, len(whole) + 1)]
    assert {frame.event for frame in whole} <= KINDS.keys()
    assert (whole[0].event, whole[0].data["message"]["text"]) == ("heard", "Hello!")
    assert whole[-1].event == "turn_ended"
    assert whole[0].data["run_id"] == run["id"]
    for headers, params in (({"Last-Event-ID": whole[1].id}, {}), ({}, {"after": 2})):
        assert streamed(admin, run["id"], headers=headers, params=params) == whole[2:]
    found = admin.get(f"/api/v1/runs/{run['id']}").json()
    assert (found["state"], found["stop_reason"], found["steps"]) == ("ended", "yielded", 1)
    listed = admin.get(f"/api/v1/runs/{run['id']}/events", headers={"Accept": "application/json"}).json()
    assert [item["number"] for item in listed["items"]] == [*range(1, len(whole) + 1)]
    assert [item["data"] for item in listed["items"]] == [frame.data for frame in whole]


def test_a_run_is_streamed_at_once_or_waited_for(admin: TestClient) -> None:
    with admin.stream("POST", RUNS, json={"input": "Hello!", "stream": True}) as answer:
        run_id, seen = answer.headers["x-run-id"], list(frames(answer.iter_lines()))
    waited = admin.post(RUNS, json={"input": "My name is Ada.", "background": False})

    assert seen == streamed(admin, run_id)
    assert (waited.status_code, waited.json()["state"]) == (200, "ended")
    (said,) = [
        frame.data["text"] for frame in streamed(admin, waited.json()["id"]) if frame.event == "replied"
    ]
    assert waited.json()["replies"] == [said]


def test_the_same_key_is_one_run_also_after_a_restart(admin: TestClient) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = admin.post(RUNS, json={"input": "Hello!"}, headers=headers).json()
    streamed(admin, first["id"])
    with client_of(create_app(Settings.load(), password=AdminPassword.of(PASSWORD, "a test"))) as later:
        again = later.post(RUNS, json={"input": "Hello!"}, headers=headers)
        other = later.post(RUNS, json={"input": "Good morning!"}, headers=headers)
        assert streamed(later, first["id"]) == streamed(admin, first["id"])

    assert again.json()["id"] == first["id"]
    assert other.status_code == 422
    assert "asked something else" in other.json()["detail"]


def test_runs_are_listed_in_pages(admin: TestClient) -> None:
    made = [admin.post(RUNS, json={"input": f"Hello {n}!"}).json()["id"] for n in range(3)]

    first = admin.get("/api/v1/runs", params={"limit": 2, "agent": "sam"}).json()
    second = admin.get("/api/v1/runs", params={"limit": 2, "cursor": first["next"]}).json()

    assert [run["id"] for run in (*first["items"], *second["items"])] == made[::-1]
    assert second["next"] is None
    assert admin.get("/api/v1/runs", params={"agent": "tom"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "act=say needs an input"),
        ({"input": "Hello!", "act": "login"}, "the other acts have none"),
        ({"input": "Hello!", "if_busy": "maybe"}, "if_busy"),
        ({"input": [{"txt": "Hello!"}]}, "text"),
    ],
)
def test_a_request_that_says_nothing_or_nonsense_is_refused(
    admin: TestClient, body: dict[str, Any], told: str
) -> None:
    answer = admin.post(RUNS, json=body)

    assert answer.status_code == 422
    assert told in answer.text


def test_what_is_not_there_or_not_waiting_is_a_problem_with_a_way_out(admin: TestClient) -> None:
    run_id = admin.post(RUNS, json={"input": "Hello!", "background": False}).json()["id"]

    results = admin.post(f"/api/v1/runs/{run_id}/results", json={"results": {"c1": {"text": "Yes."}}})
    foreign = admin.get(f"/api/v1/runs/{run_id}/events", headers={"Last-Event-ID": "other:3"})

    assert (results.status_code, "waits for no results" in results.json()["detail"]) == (409, True)
    assert (foreign.status_code, "?after=" in foreign.json()["detail"]) == (400, True)
    assert admin.post(f"/api/v1/runs/{run_id}/cancel").json()["state"] == "ended"
    for path in ("/api/v1/runs/nothing", "/api/v1/runs/nothing/events"):
        assert admin.get(path).status_code == 404


class Ring:
    """Keys of users, by what they are called here."""

    def __init__(self, *callers: Caller) -> None:
        self._callers = {f"mga_{caller.user}": caller for caller in callers}

    def find(self, key: str) -> Caller | None:
        return self._callers.get(key)


@pytest.fixture
def users(admin: TestClient) -> Iterator[tuple[TestClient, TestClient]]:
    """The clients of Ada and Ben, whose keys may read and talk."""
    settings = Settings.load()
    callers = []
    for name in ("ada", "ben"):
        user = add_user(open_home_database(settings), name)
        own = settings.model_copy(update={"owner": user.id})
        callers.append(Caller(own, user.id, name, frozenset({"read", "talk", "write"})))
    app = create_app(
        settings, ServerOptions(), password=AdminPassword.of(PASSWORD, "a test"), keys=Ring(*callers)
    )
    with client_of(app, "mga_ada") as ada:
        yield ada, TestClient(app, "http://127.0.0.1:8283", headers={"Authorization": "Bearer mga_ben"})


def test_the_runs_of_another_user_are_not_there(users: tuple[TestClient, TestClient]) -> None:
    ada, ben = users
    ada.post("/api/v1/agents", json={"name": "sam"})
    run_id = ada.post(RUNS, json={"input": "I am Ada.", "background": False}).json()["id"]

    answers = [
        ben.get(f"/api/v1/runs/{run_id}"),
        ben.get(f"/api/v1/runs/{run_id}/events"),
        ben.post(f"/api/v1/runs/{run_id}/cancel"),
        ben.post(f"/api/v1/runs/{run_id}/results", json={"results": {"c1": {"text": "Yes."}}}),
        ben.post(RUNS, json={"input": "Hello!"}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert "Ada" not in "".join(answer.text for answer in answers)
    assert ben.get("/api/v1/runs").json()["items"] == []
    heard = streamed(ada, run_id)[0].data["message"]
    assert heard["name"] == "ada"


def test_to_speak_as_somebody_else_needs_a_scope(users: tuple[TestClient, TestClient]) -> None:
    ada, _ = users
    ada.post("/api/v1/agents", json={"name": "sam"})

    refused = ada.post(RUNS, json={"input": [{"text": "Hello!", "speaker": "ben"}]})
    own = ada.post(RUNS, json={"input": "Hello!", "speaker": "ada"})

    assert (refused.status_code, "speak-for" in refused.json()["detail"]) == (403, True)
    assert own.status_code == 202


def test_a_stream_tells_the_queue_and_ends_with_a_cancelled_run(admin: TestClient) -> None:
    first = admin.post(RUNS, json={"input": "Hello!"}).json()["id"]
    second = admin.post(RUNS, json={"input": "Are you there?", "tools": [ASK]}).json()["id"]
    admin.post(f"/api/v1/runs/{second}/cancel")

    ends = [streamed(admin, run_id)[-1] for run_id in (first, second)]

    assert [end.event for end in ends] == ["turn_ended"] * 2
    deadline = time.monotonic() + 30
    while admin.get(f"/api/v1/runs/{second}").json()["state"] not in ("cancelled", "ended"):
        assert time.monotonic() < deadline
