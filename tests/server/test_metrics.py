"""Metrics: turns, calls of models, tokens and what waits, over several workers, without a word of anybody."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from server_apps import client_of, make_app
from server_world import API, add_user
from workers import Worker as Program

from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.testing import ScriptedLLM
from memgpt_autogen.testing.scripted import call, says

RUNS = f"{API}/agents/sam/runs"

ASK = {
    "type": "function",
    "function": {"name": "ask", "description": "Ask.", "parameters": {"type": "object", "properties": {}}},
}


def model(*answers: Any) -> ScriptedLLM:
    hello = says("I answer.", call("send_message", message="A secret."), usage=Usage(10, 5))
    return ScriptedLLM(*answers, otherwise=hello)


@pytest.fixture
def admin() -> Iterator[TestClient]:
    with client_of(make_app(llm=model(says("", call("ask"), usage=Usage(7, 3))))) as client:
        client.post(f"{API}/agents", json={"name": "sam"})
        yield client


def samples(client: TestClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """The metrics when no turn runs: a run has ended a moment before its turn is counted."""
    deadline = time.monotonic() + 30
    while True:
        found = read(client.get("/metrics").text)
        if not found["memgpt_turns_running", ()]:
            return found
        assert time.monotonic() < deadline
        time.sleep(0.02)


def read(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_turns_calls_and_tokens_are_counted_by_how_they_ended(admin: TestClient) -> None:
    admin.post(RUNS, json={"input": "Ask.", "tools": [ASK], "background": False})
    admin.post(RUNS, json={"input": "Hello!", "background": False})

    found = samples(admin)

    assert found["memgpt_turns_total", (("state", "suspended"), ("stop_reason", "suspended"))] == 1
    assert found["memgpt_turns_total", (("state", "ended"), ("stop_reason", "yielded"))] == 1
    assert found["memgpt_tokens_total", (("kind", "prompt"),)] == 17
    assert found["memgpt_tokens_total", (("kind", "completion"),)] == 8
    assert found["memgpt_model_call_seconds_count", (("outcome", "answered"),)] == 2
    assert found["memgpt_turn_seconds_count", ()] == found["memgpt_turn_waiting_seconds_count", ()] == 2
    assert found["memgpt_turns_running", ()] == found["memgpt_streams_open", ()] == 0
    assert found["memgpt_agents_open", ()] == 1
    assert found["memgpt_runs", (("state", "suspended"),)] == 1
    assert found["memgpt_qdrant_servers_away", ()] == found["memgpt_archives_undelivered", ()] == 0


def test_what_waits_is_counted_for_all_servers(admin: TestClient) -> None:
    app: Any = admin.app
    app.state.streams.stop(1.0)
    admin.post(RUNS, json={"input": "Hello!"})

    with client_of(make_app(llm=model(), turns=1)) as other:
        other_app: Any = other.app
        other_app.state.streams.executor._stopping = True
        for client in (admin, other):
            found = samples(client)
            queued = found["memgpt_runs", (("state", "queued"),)]
            assert queued + found["memgpt_runs", (("state", "running"),)] <= 1
            assert found["memgpt_queue_oldest_seconds", ()] >= 0


def test_a_model_that_fails_is_counted_as_failed() -> None:
    class Broken:
        model = "broken"

        def complete(self, *_: Any) -> Any:
            raise RuntimeError("a secret")

    with client_of(make_app(llm=Broken())) as admin:  # type: ignore[arg-type]  # it never answers
        admin.post(f"{API}/agents", json={"name": "sam"})
        admin.post(RUNS, json={"input": "Hello!", "background": False})
        found = samples(admin)

    assert found["memgpt_turns_total", (("state", "failed"), ("stop_reason", "error"))] == 1
    assert found["memgpt_model_call_seconds_count", (("outcome", "failed"),)] == 1


def test_metrics_have_no_name_no_id_and_no_word(admin: TestClient) -> None:
    user = add_user(admin, "ada")
    ada = user.client(admin.app)  # type: ignore[arg-type]  # an app of ours
    ada.post(f"{API}/agents", json={"name": "sam_the_spy"})
    run = ada.post(f"{API}/agents/sam_the_spy/runs", json={"input": "A secret?", "background": False}).json()
    ada.post(f"{API}/agents/sam_the_spy/sources", data={"text": "Secret words.", "name": "diary"})

    text = admin.get("/metrics").text

    for hidden in ("ada", "spy", "ecret", "diary", user.id, user.key_id, run["id"], run["agent_id"]):
        assert hidden not in text
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", text)


WORKER = """
import sys
from server_apps import client_of, make_app
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.testing import ScriptedLLM
from memgpt_autogen.testing.scripted import call, says

hello = says("", call("send_message", message="Hello."), usage=Usage(10, 5))
with client_of(make_app(llm=ScriptedLLM(otherwise=hello))) as client:
    app = client.app
    for _ in range(int(sys.argv[1])):
        client.post("/api/v1/agents/sam/runs", json={"input": "Hello!", "background": False})
    app.state.streams.stop(5.0)
    app.state.metrics.streams.inc()
    print("ready", flush=True)
    sys.stdin.readline()
    print(client.get("/metrics").text.replace("\\n", "\\t"), flush=True)
    sys.stdin.readline()
"""


@pytest.mark.slow
@pytest.mark.sqlite
def test_several_workers_return_the_same_sums_and_a_killed_one_leaves_no_open_stream(
    admin: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    monkeypatch.setenv("MEMGPT_AUTOGEN_QDRANT_URL", "http://127.0.0.1:9")  # they share no embedded archive
    monkeypatch.setenv("MEMGPT_AUTOGEN_QDRANT_TIMEOUT", "1")
    workers = [Program(WORKER, turns) for turns in (1, 2)]
    killed = Program(WORKER, 1)
    for each in (*workers, killed):
        assert each.line() == "ready"
    killed.kill()
    killed.close()

    told = []
    for each in workers:
        each.send()
        told.append(read(each.line().replace("\t", "\n")))

    for found in told:
        assert found["memgpt_turns_total", (("state", "ended"), ("stop_reason", "yielded"))] == 4
        assert found["memgpt_tokens_total", (("kind", "prompt"),)] == 40
        assert found["memgpt_streams_open", ()] == 2
    for each in workers:
        each.close()
