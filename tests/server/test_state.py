"""`/health`, `/ready` and `/metrics`."""

from __future__ import annotations

from typing import Any

import pytest
from server_apps import MakeClient


@pytest.mark.sqlite
def test_a_new_home_is_ready(make_client: MakeClient) -> None:
    client = make_client(key=None)

    assert client.get("/health").json()["status"] == "ok"
    answer = client.get("/ready").json()
    assert answer["ready"]
    assert {part["name"]: part["ok"] for part in answer["parts"]} == dict.fromkeys(
        ("database", "index", "model"), True
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
