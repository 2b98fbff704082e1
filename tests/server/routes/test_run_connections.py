"""Runs and their connections: who hangs up, and who asks twice at once, at one server or at two."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from live_app import serving
from server_apps import PASSWORD, make_app
from server_world import API

from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.testing import call, says

RUNS = f"{API}/agents/sam/runs"

HEADERS = {"Authorization": f"Bearer {PASSWORD}"}


class Slow:
    """A model that answers when it may."""

    model = "slow"

    def __init__(self) -> None:
        self.asked, self.may = threading.Event(), threading.Event()

    def complete(self, *_: Any) -> Completion:
        self.asked.set()
        self.may.wait(60)
        return says("", call("send_message", message="Hi!"))


@pytest.fixture
def model() -> Iterator[Slow]:
    slow = Slow()
    yield slow
    slow.may.set()


@pytest.fixture
def server(model: Slow) -> Iterator[httpx.Client]:
    with (
        serving(make_app(llm=model)) as address,
        httpx.Client(base_url=address, headers=HEADERS, timeout=60) as client,
    ):
        client.post(f"{API}/agents", json={"name": "sam"})
        yield client


def state_of(client: httpx.Client, run_id: str, *wanted: str) -> str:
    deadline = time.monotonic() + 30
    while (state := str(client.get(f"{API}/runs/{run_id}").json()["state"])) not in wanted:
        assert time.monotonic() < deadline, state
        time.sleep(0.05)
    return state


@pytest.mark.parametrize(
    ("on_disconnect", "ends"), [("cancel", "cancelled"), ("continue", "ended"), (None, "ended")]
)
def test_a_client_that_hangs_up_cancels_its_run_only_if_it_said_so(
    server: httpx.Client, model: Slow, on_disconnect: str | None, ends: str
) -> None:
    body = {"input": "Hello!", "stream": True}
    if on_disconnect is not None:
        body["on_disconnect"] = on_disconnect
    with server.stream("POST", RUNS, json=body) as stream:
        run_id = stream.headers["x-run-id"]
        assert next(line for line in stream.iter_lines() if line.startswith("event:")) == "event: heard"
    if ends == "ended":
        assert model.asked.wait(30)
        time.sleep(0.2)  # time in which it could be cancelled
        model.may.set()

    assert state_of(server, run_id, "cancelled", "ended") == ends


def test_a_reader_that_hangs_up_cancels_nothing(server: httpx.Client, model: Slow) -> None:
    run_id = server.post(RUNS, json={"input": "Hello!", "on_disconnect": "cancel"}).json()["id"]
    with server.stream("GET", f"{API}/runs/{run_id}/events") as stream:
        assert next(line for line in stream.iter_lines() if line.startswith("event:")) == "event: heard"
    time.sleep(0.2)
    model.may.set()

    assert state_of(server, run_id, "cancelled", "ended") == "ended"


def test_requests_with_one_key_are_one_run_while_it_runs_at_any_server(
    server: httpx.Client, model: Slow
) -> None:
    headers, body = {"Idempotency-Key": "k"}, {"input": "Hello!", "background": False}
    with (
        serving(make_app(llm=model)) as address,
        httpx.Client(base_url=address, headers=HEADERS, timeout=60) as other,
        ThreadPoolExecutor(6) as pool,
    ):
        asked = [
            pool.submit(client.post, RUNS, json=body, headers=headers)
            for _ in range(3)
            for client in (server, other)
        ]
        assert model.asked.wait(30)
        changed = other.post(RUNS, json={"input": "Good morning!"}, headers=headers)
        accepted = other.post(RUNS, json={"input": "Hello!"}, headers=headers)
        model.may.set()
        answers = [each.result(60) for each in asked]

        assert changed.status_code == 422
        assert accepted.status_code == 202
        assert {each.status_code for each in answers} == {200}
        assert {each.json()["id"] for each in answers} == {accepted.json()["id"]}
        assert {each.json()["state"] for each in answers} == {"ended"}
        assert {tuple(each.json()["replies"]) for each in answers} == {("Hi!",)}
        assert len(server.get(f"{API}/runs").json()["items"]) == 1
