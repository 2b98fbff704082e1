"""Suspended runs over HTTP: what they ask for, results and approvals, what is refused, and a restart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from server_apps import PASSWORD, client_of
from server_world import API, add_user

from memgpt_autogen.server.app import create_app
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM
from memgpt_autogen.testing.scripted import call, says
from memgpt_autogen.tools.tool import Tool

RUNS = f"{API}/agents/sam/runs"

ASK = {
    "type": "function",
    "function": {"name": "ask", "description": "Ask.", "parameters": {"type": "object", "properties": {}}},
}

paid: list[int] = []


def pay(amount: int) -> str:
    """Pay an amount."""
    paid.append(amount)
    return f"paid {amount}"


def app(*answers: Any) -> FastAPI:
    """A server whose operator gives agents a tool that needs approval."""
    reply = says("", call("send_message", message="Done."))
    return create_app(
        Settings.load(),
        password=AdminPassword.of(PASSWORD, "a test"),
        llm=ScriptedLLM(*answers, otherwise=reply),
        tools=[Tool.from_function(pay, approval=True)],
    )


@pytest.fixture
def admin() -> Iterator[TestClient]:
    paid.clear()
    asks = says("", call("pay", amount=5), call("ask"))
    with client_of(app(asks)) as client:
        client.post(f"{API}/agents", json={"name": "sam"})
        yield client


def suspended(client: TestClient, **given: Any) -> dict[str, Any]:
    body = {"input": "Pay them.", "tools": [ASK], "background": False, **given}
    run: dict[str, Any] = client.post(RUNS, json=body).json()
    assert run["state"] == "suspended", run
    return run


def answer(client: TestClient, run: dict[str, Any], **given: Any) -> Any:
    return client.post(f"{API}/runs/{run['id']}/results", json=given)


def ended(client: TestClient, run: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while True:
        found: dict[str, Any] = client.get(f"{API}/runs/{run['id']}").json()
        if found["state"] in ("ended", "failed", "cancelled"):
            return found
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_list_of_agents_tells_that_a_run_waits(admin: TestClient) -> None:
    suspended(admin)

    (listed,) = admin.get(f"{API}/agents").json()["items"]
    (active,) = admin.get(f"{API}/activity").json()["items"]
    assert listed["overview"]["activity"] == {"running": False, "queued": 0, "suspended": 1}
    assert active == {"id": listed["id"], "activity": listed["overview"]["activity"]}


def test_a_run_says_what_it_waits_for_and_another_server_goes_on_with_it(admin: TestClient) -> None:
    run = suspended(admin, result_seconds=600)
    found = admin.get(f"{API}/runs/{run['id']}").json()
    pays, asks = found["waiting"]
    assert run["waiting"] == found["waiting"]
    assert [(each["name"], each["asks"]) for each in (pays, asks)] == [("pay", "approval"), ("ask", "result")]
    assert (pays["arguments"], found["stop_reason"]) == ('{"amount": 5}', "suspended")
    assert found["expires_at"] is not None
    with admin.stream("GET", f"{API}/runs/{run['id']}/events") as stream:
        told = next(line for line in stream.iter_lines() if "approvals" in line)
    assert pays["id"] in told

    with client_of(app()) as later:  # as after a restart
        half = answer(later, run, results={asks["id"]: {"text": "They agree."}})
        assert (half.status_code, half.json()["state"]) == (200, "suspended")
        assert [each["id"] for each in half.json()["waiting"]] == [pays["id"]]
        whole = answer(admin, run, approvals={pays["id"]: {"allowed": True}})
        assert (whole.status_code, whole.json()["waiting"]) == (200, [])
        done = ended(later, run)

    assert (done["state"], done["stop_reason"], done["waiting"], done["expires_at"]) == (
        "ended",
        "yielded",
        [],
        None,
    )
    assert paid == [5]


def test_what_is_not_asked_is_409_and_the_wrong_kind_is_422(admin: TestClient) -> None:
    run = suspended(admin)
    pays, asks = run["waiting"]
    yes, said = {"allowed": True}, {"text": "They agree."}

    refused = [
        answer(admin, run),
        answer(admin, run, results={asks["id"]: {"text": 5}}),
        answer(admin, run, results={asks["id"]: {"allowed": True}}),
        answer(admin, run, approvals={pays["id"]: {"reason": "no"}}),
        answer(admin, run, results={pays["id"]: said}),
        answer(admin, run, approvals={asks["id"]: yes}),
        answer(admin, run, results={"c9": said}),
    ]

    assert [each.status_code for each in refused] == [422] * 6 + [409]
    assert asks["id"] in refused[-1].json()["detail"]
    assert admin.get(f"{API}/runs/{run['id']}").json()["state"] == "suspended"
    assert answer(admin, run, approvals={pays["id"]: {"allowed": False, "reason": "no"}}).status_code == 200
    assert answer(admin, run, approvals={pays["id"]: yes}).status_code == 409
    answer(admin, run, results={asks["id"]: said})
    assert ended(admin, run)["state"] == "ended"
    late = answer(admin, run, results={"c9": said})
    assert (late.status_code, "Start another run" in late.json()["detail"]) == (409, True)
    assert paid == []


def test_the_same_answer_may_be_sent_again_at_any_time(admin: TestClient) -> None:
    run = suspended(admin)
    pays, asks = (each["id"] for each in run["waiting"])
    result: dict[str, Any] = {"results": {asks: {"text": "They agree."}}}
    approval: dict[str, Any] = {"approvals": {pays: {"allowed": True}}}

    first = answer(admin, run, **result)
    again = answer(admin, run, **result)
    assert (first.json()["repeated"], again.json()["repeated"]) == ([], [asks])
    assert (again.status_code, again.json()["state"]) == (200, "suspended")
    assert answer(admin, run, **result, **approval).json()["repeated"] == [asks]
    assert ended(admin, run)["state"] == "ended"
    late = answer(admin, run, **result, **approval)
    others = [
        answer(admin, run, results={asks: {"text": "They agree.", "ok": False}}),
        answer(admin, run, approvals={pays: {"allowed": False}}),
        answer(admin, run, approvals={asks: {"allowed": True}}),
    ]

    assert (late.status_code, late.json()["state"], late.json()["repeated"]) == (200, "ended", [asks, pays])
    assert [each.status_code for each in others] == [409] * 3
    assert all("the first answer counts" in each.json()["detail"] for each in others)
    assert paid == [5]


@pytest.mark.parametrize("seconds", [0, -1, 7 * 24 * 3600 + 1, 1.5])
def test_how_long_a_run_waits_has_bounds(admin: TestClient, seconds: float) -> None:
    body = {"input": "Pay them.", "tools": [ASK], "result_seconds": seconds}

    assert admin.post(RUNS, json=body).status_code == 422


def test_a_run_that_nobody_answers_ends_as_expired(admin: TestClient) -> None:
    run = suspended(admin, result_seconds=1)

    done = ended(admin, run)

    assert (done["state"], done["stop_reason"]) == ("ended", "expired")
    late = answer(admin, run, approvals={run["waiting"][0]["id"]: {"allowed": True}})
    assert (late.status_code, "did not come in time" in late.json()["detail"]) == (409, True)
    assert paid == []


def test_another_user_neither_sees_nor_answers(admin: TestClient) -> None:
    run = suspended(admin)
    server: Any = admin.app
    other = add_user(admin, "bob").client(server)

    given = answer(other, run, approvals={run["waiting"][0]["id"]: {"allowed": True}})

    assert given.status_code == 404
    assert admin.get(f"{API}/runs/{run['id']}").json()["waiting"] == run["waiting"]
