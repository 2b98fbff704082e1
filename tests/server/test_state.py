"""`/health`, `/ready` and `/metrics`."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_apps import MakeClient
from server_world import add_user

from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.memory.storage.tables import HEAD
from memgpt_autogen.server import readiness_cache
from memgpt_autogen.settings import Settings


@pytest.mark.sqlite
def test_a_new_home_is_ready(make_client: MakeClient) -> None:
    client = make_client(key=None)

    assert client.get("/health").json()["status"] == "ok"
    answer = client.get("/ready").json()
    assert answer["ready"]
    assert {part["name"]: part["ok"] for part in answer["parts"]} == dict.fromkeys(
        ("database", "index", "model"), True
    )


def test_ready_tells_the_schema_and_is_not_ready_when_a_newer_version_has_migrated_it(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client(key=None)
    before = client.get("/ready").json()["parts"][0]["detail"]
    with open_home_database(Settings.load()).writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    monkeypatch.setattr(readiness_cache.time, "monotonic", lambda: float("inf"))

    after = client.get("/ready")

    assert before.endswith(f", schema {HEAD}")
    assert after.status_code == 503
    assert after.json()["parts"][0]["detail"].endswith(
        f"schema 9999; this version has schema {HEAD}: restart it"
    )


def test_an_index_that_is_away_is_not_ready_and_its_address_is_not_told(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_QDRANT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("MEMGPT_AUTOGEN_QDRANT_TIMEOUT", "1")

    answer = make_client(key=None).get("/ready")

    assert answer.status_code == 503
    assert not answer.json()["ready"]
    assert "127.0.0.1" not in answer.text


def test_a_model_that_is_away_is_said_and_the_server_is_ready(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_MODEL", "llama")
    monkeypatch.setenv("MEMGPT_AUTOGEN_BASE_URL", "http://127.0.0.1:9/v1")

    answer = make_client(key=None).get("/ready").json()

    assert answer["ready"]
    assert [part["ok"] for part in answer["parts"] if part["name"] == "model"] == [False]


def test_requests_are_counted_by_route_without_what_they_contain(admin: Any) -> None:
    admin.get("/api/v1/sam%20the%20spy?q=secret")
    admin.get("/health")

    text = admin.get("/metrics").text

    assert 'memgpt_requests_total{method="GET",route="/health",status="200"} 1.0' in text
    assert 'route="unknown",status="404"' in text
    assert "spy" not in text
    assert "secret" not in text


def test_the_admin_sees_the_state_and_what_waits_of_all_users(admin: TestClient) -> None:
    admin.post("/api/v1/agents", json={"name": "sam"})
    ask = {
        "type": "function",
        "function": {"name": "ask", "parameters": {"type": "object", "properties": {}}},
    }
    admin.post("/api/v1/agents/sam/runs", json={"input": "Call ask.", "tools": [ask], "background": False})
    hers = add_user(admin, "ada").client(admin.app)  # type: ignore[arg-type]  # it is our app

    state = admin.get("/api/v1/state").json()

    assert (state["ready"], [each["name"] for each in state["parts"]]) == (
        True,
        ["database", "index", "model"],
    )
    assert state["version"] == admin.get("/health").json()["version"]
    listed = admin.get("/api/v1/runs", params={"state": "suspended"}).json()["items"]
    assert (state["waiting"]["suspended"], state["waiting"]["queued"]) == (len(listed), 0)
    assert hers.get("/api/v1/state").status_code == 403
