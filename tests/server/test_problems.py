"""Every error is a problem of RFC 9457, and none tells what it should not."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from server_apps import MakeClient, make_app
from server_world import API, add_user

from memgpt_autogen import errors
from memgpt_autogen.server.authentication import Known
from memgpt_autogen.server.logs import JsonLines
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.service.problems import detail_of, status_of
from memgpt_autogen.testing import ScriptedLLM

SECRET = "my sister is ill"


def app_that_raises(error: Exception) -> FastAPI:
    app = make_app()

    @app.get("/boom")
    def boom() -> None:
        raise error

    router = area("boom")

    @router.get("/boom", response_model=None)
    def known_boom(_: Known) -> None:
        raise error

    app.include_router(router, prefix=API)
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


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain"])
def test_json_that_is_sent_as_another_type_is_told_its_header(admin: Any, kind: str) -> None:
    body = f'{{"name": "sam", "human": "{SECRET}"}}'

    answer = admin.post("/api/v1/agents", content=body, headers={"Content-Type": kind})

    assert answer.status_code == 422
    assert answer.json()["detail"] == (
        "the request is not valid: body: it is read only with the header Content-Type: application/json"
    )


RUNS = "/api/v1/agents/sam/runs"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"input": 5}, {"body.input": "a text is expected, or a list is expected"}),
        ({"input": None}, {"body.input": "a text is expected, or a list is expected"}),
        ({"input": [SECRET]}, {"body.input.0": "an object is expected"}),
        ({"input": [{"text": "Hi."}, {"speaker": "ada"}]}, {"body.input.1.text": "it is missing"}),
        ({"input": [{"text": "Hi.", "user": 1}]}, {"body.input.0.user": "there is no such field"}),
        ({"input": "x" * 100_001}, {"body.input": "String should have at most 100000 characters"}),
        ({"input": "Hi.", "tools": [{"name": "f"}]}, {"body.tools": 'a tool is {"type": "function", '}),
        ({"input": "Hi.", "stream": "yes"}, {"body.stream": "true or false is expected"}),
        ({"input": "Hi.", "n" * 1000: 1}, {"body." + "n" * 64 + "…": "there is no such field"}),
        ([SECRET], {"body": "an object is expected"}),
        ({}, {"body": "act=say needs an input, and the other acts have none"}),
    ],
)
def test_what_is_wrong_in_a_body_is_named_as_its_sender_wrote_it(
    admin: Any, body: object, told: dict[str, str]
) -> None:
    answer = admin.post(RUNS, json=body)

    errors = {each["location"]: each["message"] for each in answer.json()["errors"]}
    assert (answer.status_code, list(errors)) == (422, list(told))
    assert all(errors[name].startswith(message) for name, message in told.items()), errors
    assert all(f"{name}: {errors[name]}" in answer.json()["detail"] for name in told)
    assert SECRET not in answer.text


def test_wrong_parameters_and_headers_are_named_as_they_are_sent(admin: Any) -> None:
    said = {"input": "Hi."}
    wrong = [
        (admin.get("/api/v1/runs?limit=many"), ["query.limit"]),
        (admin.get("/api/v1/agents/sam/diff?from=a"), ["query.from", "query.to"]),
        (admin.get("/api/v1/agents/sam/at/now"), ["path.seq"]),
        (
            admin.post(RUNS, json=said, headers={"Idempotency-Key": "k" * 201}),
            ["header.idempotency-key"],
        ),
        (admin.post("/api/v1/agents/import", data={"name": "sam"}), ["body.file"]),
    ]

    assert [[each["location"] for each in answer.json()["errors"]] for answer, _ in wrong] == [
        names for _, names in wrong
    ]


def test_very_many_wrong_values_are_not_all_told(admin: Any) -> None:
    answer = admin.post(RUNS, json={"input": "Hi.", **{f"n{number}": 1 for number in range(1000)}})

    assert (answer.status_code, len(answer.json()["errors"])) == (422, 50)
    assert answer.json()["detail"].endswith("body.n4: there is no such field; and 45 more")


@pytest.mark.parametrize(
    ("body", "line", "column", "expected"),
    [
        ("", 0, 0, "it is missing"),
        ("hello", 1, 1, "a value is expected"),
        ('{"input": }', 1, 11, "a value is expected"),
        ("{'input': 1}", 1, 2, "a name in double quotes is expected"),
        ('{"input" "x"}', 1, 10, "':' is expected"),
        ('\n{\n  "input": "é"\n  "act": "say"}', 4, 3, "',' is expected, or the end of the object or list"),
        ('{"input": "x"} x', 1, 16, "the end is expected, since the value is complete"),
        ('{"input": "x', 1, 11, "the text that begins here has no end"),
        ('{"input": "a\nb"}', 1, 13, "a text has a control character; write a new line as \\n"),
        ('{"input": "\\x"}', 1, 12, "no such escape; write a backslash as \\\\"),
        ('{"input": "\\u12"}', 1, 13, "\\u is followed by four digits from 0 to f"),
    ],
)
def test_a_body_that_is_no_json_is_told_where_and_what_is_expected(
    admin: Any, body: str, line: int, column: int, expected: str
) -> None:
    answer = admin.post(RUNS, content=body.encode(), headers={"Content-Type": "application/json"})

    place = f"no JSON at line {line}, column {column}: " if line else ""
    assert answer.json()["errors"] == [{"location": "body", "message": place + expected}]


def test_a_method_that_a_path_does_not_have_names_those_it_has(admin: Any) -> None:
    answer = admin.delete("/health")

    assert answer.status_code == 405
    assert answer.json()["detail"] == "DELETE is not a method of /health; GET can be used."


def test_all_methods_of_a_path_are_named(admin: Any) -> None:
    """Starlette would name those of one of the functions that serve the path."""
    for path, methods in {
        "/api/v1/agents/sam": "DELETE, GET, PATCH",
        "/api/v1/agents": "GET, POST",
        "/api/v1/agents/import": "POST",
        "/docs": "GET",
    }.items():
        for method in ("TRACE", "OPTIONS"):
            answer = admin.request(method, path)

            assert answer.status_code == 405
            assert answer.headers["allow"] == methods


@pytest.mark.parametrize(
    "body",
    [
        {"label": "plan", "limit": "20"},
        {"label": "plan", "read_only": 0},
        {"label": "plan", "shared": "yes"},
        {"label": 5},
        {"label": "plan", "limit": 20.5},
    ],
)
def test_a_value_of_another_type_is_refused_and_not_taken_for_what_it_may_mean(
    admin: Any, body: dict[str, Any]
) -> None:
    answer = admin.post("/api/v1/agents", json={"name": "sam", "blocks": [body]})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"].startswith("body.blocks.0.")


@pytest.mark.parametrize("time", [0, 0.5, "0.5", "-1", "2026-05-01T09:30:00", True])
def test_a_time_is_a_text_with_a_zone(admin: Any, time: object) -> None:
    """A number would be seconds since 1970, and a time without a zone is another one elsewhere."""
    admin.post("/api/v1/agents", json={"name": "sam"})
    body = {"text": "tea", "created_at": time}

    assert admin.post("/api/v1/agents/sam/passages", json=body).status_code == 422
    assert admin.get("/api/v1/usage", params={"start": str(time)}).status_code == 422


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFoundError("no"), 404),
        (errors.TakenError("no"), 409),
        (errors.TurnInProgressError("no"), 409),
        (errors.OvertakenError("no"), 409),
        (errors.ConfigurationError("no"), 400),
        (errors.BlockError("no"), 422),
        (errors.ModelError("no"), 502),
        (errors.StorageError("no"), 503),
        (errors.MemGPTError("no"), 500),
    ],
)
def test_errors_of_the_package_have_their_status(error: errors.MemGPTError, status: int) -> None:
    assert status_of(error) == status


@pytest.mark.parametrize(
    ("error", "kind"), [(errors.TurnElsewhereError("no"), "TurnInProgressError"), (ValueError("no"), None)]
)
def test_a_problem_names_the_error_of_the_package(
    make_client: MakeClient, error: Exception, kind: str | None
) -> None:
    assert make_client(app=app_that_raises(error)).get("/boom").json().get("kind") == kind


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (errors.ArchiveAwayError("Qdrant at http://10.0.0.7:6333 is away"), 503, "does not answer now"),
        (errors.StorageError("the database /srv/10.0.0.7/memory.db is locked"), 503, "operator"),
        (errors.CopiedHomeError("the home /srv/10.0.0.7 is a copy"), 503, "another agent's home"),
        (errors.ModelError("model 'm' at http://10.0.0.7/v1 said: no"), 502, "does not answer"),
    ],
)
def test_only_the_admin_reads_paths_and_addresses_of_the_operator(
    make_client: MakeClient,
    error: errors.MemGPTError,
    status: int,
    told: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    admin = make_client(app=app_that_raises(error))
    app: Any = admin.app
    ada = add_user(admin, "ada").client(app)

    answers = [ada.get(f"{API}/boom"), ada.get("/boom")]
    lines = [JsonLines().format(record) for record in caplog.records]

    assert [each.status_code for each in answers] == [status] * 2
    assert [told in each.json()["detail"] for each in answers] == [True] * 2
    assert "10.0.0.7" not in "".join(each.text for each in answers)
    assert "10.0.0.7" in admin.get(f"{API}/boom").json()["detail"]
    if isinstance(error, errors.StorageError):  # its text has no words of persons
        assert [json.loads(line)["reason"] for line in lines if "reason" in line] == [str(error)] * 2


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "refuses the server's key"),
        (429, "no more requests now"),
        (500, "has failed"),
        (None, "does not"),
    ],
)
def test_others_learn_of_a_model_what_failed_and_not_where(status: int | None, told: str) -> None:
    error = errors.ModelError("model 'm' at http://10.0.0.7/v1 said: my sister is ill")
    error.status = status

    assert told in detail_of(error)
    assert "10.0.0.7" not in detail_of(error)
    assert detail_of(error, operator=True) == str(error)


def test_a_run_of_a_user_keeps_nothing_of_the_operators_addresses(make_client: MakeClient) -> None:
    fails = errors.ModelError("model 'm' at http://10.0.0.7/v1 said: no")
    admin = make_client(app=make_app(llm=ScriptedLLM(otherwise=fails)))
    app: Any = admin.app

    def error_of(client: TestClient) -> tuple[str, str]:
        client.post(f"{API}/agents", json={"name": "sam"})
        run = client.post(f"{API}/agents/sam/runs", json={"input": "Hi.", "background": False}).json()
        assert run["state"] == "failed"
        return run["error"], client.get(f"{API}/runs/{run['id']}/events").text

    hers, home = error_of(add_user(admin, "ada").client(app)), error_of(admin)

    assert all("endpoint of the model does not answer" in each and "10.0.0.7" not in each for each in hers)
    assert all("10.0.0.7" in each for each in home)


def test_a_server_that_is_away_says_when_to_try_again(make_client: MakeClient) -> None:
    answer = make_client(app=app_that_raises(errors.ArchiveAwayError("away"))).get("/boom")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


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
