"""Every error is a problem of RFC 9457, and none tells what it should not."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest
from fastapi import FastAPI
from server_apps import MakeClient, make_app

from memgpt_autogen import errors
from memgpt_autogen.server.logs import JsonLines
from memgpt_autogen.server.problems import status_of

SECRET = "my sister is ill"


def app_that_raises(error: Exception) -> FastAPI:
    app = make_app()

    @app.get("/boom")
    def boom() -> None:
        raise error

    return app


def test_an_unknown_path_is_a_problem_that_names_it(admin: Any) -> None:
    answer = admin.get("/api/v1/nothing", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "there is no /api/v1/nothing here. /docs lists the paths.",
        "instance": "/api/v1/nothing",
        "request_id": answer.headers["x-request-id"],
    }


def test_a_method_that_a_path_does_not_have_names_those_it_has(admin: Any) -> None:
    answer = admin.delete("/health")

    assert answer.status_code == 405
    assert answer.json()["detail"] == "DELETE is not a method of /health; GET can be used."


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFoundError("no"), 404),
        (errors.TakenError("no"), 409),
        (errors.TurnInProgressError("no"), 409),
        (errors.ConfigurationError("no"), 400),
        (errors.BlockError("no"), 422),
        (errors.ModelError("no"), 502),
        (errors.StorageError("no"), 503),
        (errors.MemGPTError("no"), 500),
    ],
)
def test_errors_of_the_package_have_their_status(error: errors.MemGPTError, status: int) -> None:
    assert status_of(error) == status


def test_a_server_that_is_away_says_when_to_try_again(make_client: MakeClient) -> None:
    away = errors.ArchiveAwayError("Qdrant at http://10.0.0.7:6333 does not answer")

    answer = make_client(app=app_that_raises(away)).get("/boom")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "10.0.0.7" not in answer.text


def test_an_unknown_error_says_nothing_of_its_content(
    make_client: MakeClient, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(app=app_that_raises(RuntimeError(SECRET)))

    answer = client.get("/boom", headers={"X-Request-Id": "r-1"})

    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "r-1"
    assert SECRET not in answer.text
    lines = [JsonLines().format(record) for record in caplog.records]
    assert SECRET not in "".join(lines)
    failed = next(json.loads(line) for line in lines if "failed" in line)
    assert failed["error"] == "RuntimeError"
    assert any("boom" in place for place in failed["at"])


def test_arguments_of_a_log_record_are_left_out() -> None:
    record = logging.LogRecord("memgpt_autogen.x", logging.WARNING, "x.py", 1, "heard %r", (SECRET,), None)

    assert json.loads(JsonLines().format(record))["message"] == "heard %r"


def test_each_request_has_an_id_and_a_harmless_one_is_taken_over(admin: Any) -> None:
    first, second = admin.get("/health"), admin.get("/health", headers={"X-Request-Id": "trace.7_a-b"})
    evil = admin.get("/health", headers={"X-Request-Id": b"a b\xe9" * 40})

    assert re.fullmatch("[0-9a-f]{32}", first.headers["x-request-id"])
    assert second.headers["x-request-id"] == "trace.7_a-b"
    assert re.fullmatch("[0-9a-f]{32}", evil.headers["x-request-id"])


def test_numbers_are_filled_into_a_line_of_the_log() -> None:
    record = logging.LogRecord("a", logging.INFO, "a.py", 1, "Started server process [%d]", (17,), None)

    assert json.loads(JsonLines().format(record))["message"] == "Started server process [17]"
