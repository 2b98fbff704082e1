"""Runs over HTTP: asked for, followed as streams, cancelled, and hidden from others."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_apps import PASSWORD, client_of, make_app
from server_world import add_user as add_user_with_key
from sse_frames import Frame, frames

from memgpt_autogen.events_json import KINDS
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.memory.storage.accounts.users import add_user
from memgpt_autogen.server.app import create_app
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.options import ServerOptions
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says

RUNS = "/api/v1/agents/sam/runs"

ASK = {
    "type": "function",
    "function": {"name": "ask", "description": "Ask.", "parameters": {"type": "object", "properties": {}}},
}


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

    known = find


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


def test_a_run_tells_what_its_agent_has_not_heard_yet() -> None:
    goes_on = threading.Event()

    def wait(_request: Any) -> Completion:
        goes_on.wait(30)
        return says("", call("send_message", message="Noted."))

    with client_of(make_app(llm=ScriptedLLM(otherwise=wait))) as admin:
        first = admin.post(RUNS, json={"input": "Hello!"}).json()["id"]
        second = admin.post(RUNS, json={"input": "Are you there?", "speaker": "Ada", "chat": "club"}).json()
        waits = admin.get(f"/api/v1/runs/{second['id']}").json()
        goes_on.set()
        streamed(admin, second["id"])
        heard = [admin.get(f"/api/v1/runs/{run_id}").json()["unheard"] for run_id in (first, second["id"])]

    assert waits["unheard"] == [{"text": "Are you there?", "speaker": "Ada", "chat": "club"}]
    assert heard == [[], []]


def test_half_a_character_in_json_is_told_in_plain_words(admin: TestClient) -> None:
    """JSON can write it as an escape, and UTF-8 has no such text."""
    sent = {"content-type": "application/json"}
    for body, place in (('{"input": "a\\ud800b"}', "body.input"), ('{"\\udfff": "Hi"}', "body")):
        answer = admin.post(RUNS, content=body.encode(), headers=sent)

        assert answer.status_code == 422
        assert f"{place}: it has a surrogate" in answer.json()["detail"]
    whole = admin.post(RUNS, content=b'{"input": "\\ud83d\\ude00", "background": false}', headers=sent)
    assert whole.status_code == 200, "a pair is one character"


def test_runs_are_found_by_why_they_ended_and_when_they_were_asked_for(admin: TestClient) -> None:
    ended, _ = (admin.post(RUNS, json={"input": "Hello!", "background": False}).json() for _ in range(2))
    admin.post(RUNS, json={"input": "Please ask.", "tools": [ASK], "background": False})

    def found(**params: Any) -> list[str]:
        return [each["stop_reason"] for each in admin.get("/api/v1/runs", params=params).json()["items"]]

    assert found(stop_reason=ended["stop_reason"]) == [ended["stop_reason"]] * 3
    assert found(stop_reason="cancelled") == []
    assert len(found(end=ended["created"])) == 1
    assert len(found(start=ended["created"])) == 3
    assert found(start="2999-01-01T00:00:00Z") == []


def test_one_run_says_what_was_said_where_it_was_heard_and_who_asked(admin: TestClient) -> None:
    user = add_user_with_key(admin, "ada")
    hers = user.client(admin.app)  # type: ignore[arg-type]  # it is our app
    hers.post("/api/v1/agents", json={"name": "sam"})
    run_id = hers.post(RUNS, json={"input": "Hello!", "background": False}).json()["id"]

    run, listed = hers.get(f"/api/v1/runs/{run_id}").json(), hers.get("/api/v1/runs").json()["items"][0]

    assert run["said"] == [{"text": "Hello!", "speaker": "ada", "chat": None}]
    assert (run["key_id"], run["act"]) == (user.key_id, "say")
    heard = hers.get("/api/v1/agents/sam/log", params={"after": run["heard_seq"] - 1}).json()["items"]
    assert "Hello!" in [each["text"] for each in heard if each["seq"] == run["heard_seq"]]
    assert (listed["said"], listed["key_id"]) == ([], user.key_id)
