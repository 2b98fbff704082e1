"""What clients send, what they send again, and what they make of answers."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from memgpt_autogen import errors
from memgpt_autogen.client import (
    ApiError,
    AsyncClient,
    Client,
    ForbiddenError,
    ServerAwayError,
    UnauthorizedError,
    UnreadableAnswerError,
)
from memgpt_autogen.client.requests import address_of

ADDRESS = "http://127.0.0.1:8283"

Answer = Callable[[httpx.Request], httpx.Response]

RUN = {
    "id": "r",
    "agent_id": "a",
    "state": "queued",
    "stop_reason": None,
    "created": "2026-11-29T00:00:00Z",
    "started": None,
    "ended": None,
    "error": None,
    "steps": 0,
    "prompt_tokens": 0,
    "completion_tokens": 0,
    "cost": None,
}


class Script:
    """Answers requests one after the other, with the last answer again and again, and keeps them."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def client(self, key: str = "mga_x", **options: Any) -> Client:
        return Client(ADDRESS, key, transport=httpx.MockTransport(self), **options)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that clients wait for in these tests, which pass at once."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=waited.append))
    monkeypatch.setattr("tenacity.asyncio._portable_async_sleep", sleep)
    return waited


def problem(status: int, headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
    body = {
        "title": "t",
        "status": status,
        "detail": "do that",
        "instance": "/x",
        "request_id": "q",
        **fields,
    }
    return httpx.Response(status, json=body, headers=headers)


OK = httpx.Response(200, json={"status": "ok", "version": "1"})
CREATED = httpx.Response(202, json=RUN)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("http://127.0.0.1:8283", "http://127.0.0.1:8283"),
        ("http://127.0.0.1:8283/", "http://127.0.0.1:8283"),
        ("https://example.com/memory/api/v1/", "https://example.com/memory"),
        (" http://[::1]:8283 ", "http://[::1]:8283"),
    ],
)
def test_an_address_is_that_of_the_server(given: str, address: str) -> None:
    assert address_of(given) == address


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("localhost:8283", "Write it like http://127.0.0.1:8283"),
        ("ftp://example.com", "Write it like"),
        ("http://", "Write it like"),
        ("http://ada:secret@example.com", "Give the key as `key`"),
        ("http://example.com?x=1", "has a query"),
        ("http://example.com:eighty", "no address"),
    ],
)
def test_what_is_no_address_says_how_one_is_written(given: str, said: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=said) as caught:
        Client(given)
    assert "secret" not in str(caught.value)


def test_a_key_is_sent_and_shown_nowhere() -> None:
    script = Script(OK)
    client = script.client("mga_secret")
    client.health()

    assert script.requests[0].headers["authorization"] == "Bearer mga_secret"
    assert "secret" not in repr(client)
    with pytest.raises(errors.ConfigurationError, match="the key has characters"):
        script.client("mga_secret\n")


def test_the_environment_has_the_address_and_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_SERVER", "http://example.com/memory")
    monkeypatch.setenv("MEMGPT_AUTOGEN_SERVER_KEY", "mga_env")
    script = Script(OK)
    with Client(transport=httpx.MockTransport(script)) as client:
        client.health()

    assert str(script.requests[0].url) == "http://example.com/memory/health"
    assert script.requests[0].headers["authorization"] == "Bearer mga_env"


@pytest.mark.parametrize("name", ["", ".", "..", "a/..", "../users/ada"])
def test_a_name_never_leads_to_another_path(name: str) -> None:
    script = Script(OK)

    with pytest.raises(errors.ConfigurationError, match="no name of anything"):
        script.client().delete_block(name, "human")
    assert not script.requests


def test_names_are_written_so_that_they_stay_names() -> None:
    script = Script(httpx.Response(204))
    script.client().delete_block("a/b?c#d é%", "human")

    assert script.requests[0].url.raw_path == b"/api/v1/agents/a%2Fb%3Fc%23d%20%C3%A9%25/blocks/human"


def test_revisions_are_quoted_as_http_wants_it() -> None:
    script = Script(httpx.Response(204))
    for revision in ("abc", '"abc"', "*"):
        script.client().delete_block("sam", "human", if_match=revision)

    assert [each.headers["if-match"] for each in script.requests] == ['"abc"', '"abc"', "*"]


def test_a_document_is_sent_as_a_form_with_its_name(tmp_path: Path) -> None:
    script = Script(httpx.Response(202, json={}))
    (tmp_path / "moon.txt").write_text("far away")
    for file in (tmp_path / "moon.txt", ("moon.txt", b"far away"), ("moon.txt", io.BytesIO(b"far away"))):
        with pytest.raises(UnreadableAnswerError):  # the answer is of no interest here
            script.client().load_source("sam", file, tag=["a", "b"])

    for request in script.requests:
        assert b'name="file"; filename="moon.txt"' in request.content
        assert b"far away" in request.content
        assert request.content.count(b'name="tag"') == 2
    with pytest.raises(errors.ConfigurationError, match="cannot be read"):
        script.client().load_source("sam", tmp_path / "none.txt")


# Errors


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (problem(401), UnauthorizedError),
        (problem(403), ForbiddenError),
        (problem(404), errors.NotFoundError),
        (problem(409, kind="TakenError"), errors.TakenError),
        (problem(409, kind="TurnInProgressError"), errors.TurnInProgressError),
        (problem(412, kind="StaleError", current="a", yours="b"), errors.StaleError),
        (problem(422), errors.ConfigurationError),
        (problem(502, kind="ModelError"), errors.ModelError),
        (problem(409, kind="InventedLaterError"), ApiError),
        (problem(500), ApiError),
    ],
)
def test_a_problem_is_the_error_that_the_package_would_raise(
    answer: httpx.Response, kind: type[Exception]
) -> None:
    with pytest.raises(kind) as caught:
        Script(answer).client().create_agent("sam")

    error = caught.value
    assert isinstance(error, ApiError)
    assert (error.status, error.detail, error.request_id) == (answer.status_code, "do that", "q")
    assert str(error) == "do that"


def test_a_conflict_has_both_texts() -> None:
    script = Script(problem(412, kind="StaleError", current="a", yours="b"))
    with pytest.raises(errors.StaleError) as caught:
        script.client().edit_block("sam", "human", value="b", if_match="x")

    assert (caught.value.current, caught.value.yours) == ("a", "b")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, text="<html>nginx</html>"),
        httpx.Response(502, text="Bad Gateway"),
        httpx.Response(500, json=["no", "problem"]),
    ],
)
def test_an_answer_of_something_between_says_so(answer: httpx.Response) -> None:
    with pytest.raises(ApiError, match="without saying why") as caught:
        Script(answer).client().create_agent("sam")
    assert ADDRESS in str(caught.value)


@pytest.mark.parametrize("body", [{"content": b"<html>"}, {"json": {"a": 1}}, {"content": b"\xff"}])
def test_an_answer_of_another_program_is_not_read_as_ours(body: dict[str, Any]) -> None:
    with pytest.raises(UnreadableAnswerError, match=ADDRESS):
        Script(httpx.Response(200, **body)).client().health()


def test_a_redirect_is_no_answer_and_gets_no_key() -> None:
    script = Script(httpx.Response(301, headers={"location": "https://elsewhere.example/"}))
    with pytest.raises(UnreadableAnswerError, match=r"https://elsewhere.example/"):
        script.client().health()
    assert len(script.requests) == 1


def test_a_server_that_is_not_there_is_named_with_the_way_to_start_one() -> None:
    with pytest.raises(ServerAwayError) as caught:
        Client("http://127.0.0.1:1", attempts=1).health()

    assert "http://127.0.0.1:1" in str(caught.value)
    assert "memgpt-autogen server" in str(caught.value)


# Trying again


def calls(script: Script, call: Callable[[Client], Any]) -> int:
    """Return how often something is asked for, and show nothing of what comes of it."""
    with pytest.raises((ApiError, ServerAwayError)):
        call(script.client())
    return len(script.requests)


def read(client: Client) -> Any:
    return client.health()


def write(client: Client) -> Any:
    return client.create_agent("sam")


def ask(client: Client) -> Any:
    return client.create_run("sam", "Hi")


def answer(client: Client) -> Any:
    return client.give_run_results("1d6f0a53", {"c1": {"text": "Yes."}})


def put(client: Client) -> Any:
    return client.put_block("sam", "human", "x")


def put_once(client: Client) -> Any:
    return client.put_block("sam", "human", "x", if_match="abc")


BROKEN = httpx.RemoteProtocolError("the peer closed the connection")
REFUSED = httpx.ConnectError("Connection refused")


@pytest.mark.parametrize(
    ("failure", "again"),
    [
        (REFUSED, {read, write, ask, answer, put, put_once}),
        (problem(429, {"Retry-After": "1"}), {read, write, ask, answer, put, put_once}),
        (BROKEN, {read, ask, answer, put}),
        (httpx.ReadTimeout("slow"), {read, ask, answer, put}),
        (problem(503, {"Retry-After": "5"}), {read, ask, answer, put}),
        (problem(502), {read, ask, answer, put}),
        (problem(429, {"Retry-After": "3600"}), set()),
        (problem(500), set()),
        (problem(409, kind="TurnInProgressError"), set()),
        (problem(404), set()),
        (httpx.UnsupportedProtocol("no"), set()),
    ],
)
def test_only_what_does_no_harm_is_sent_again(failure: Any, again: set[Any]) -> None:
    for call in (read, write, ask, answer, put, put_once):
        assert calls(Script(failure), call) == (3 if call in again else 1), call.__name__


def test_a_run_that_is_asked_for_again_is_one_run() -> None:
    script = Script(BROKEN, problem(503), CREATED)
    script.client().create_run("sam", "Hi")
    script.client().create_run("sam", "Hi")
    script.client().create_run("sam", "Hi", idempotency_key="mine")

    keys = [each.headers["idempotency-key"] for each in script.requests]
    assert keys[0] == keys[1] == keys[2]
    assert keys[3] != keys[0]
    assert keys[4] == "mine"


def test_a_server_says_when_it_wants_to_be_asked_again(waits: list[float]) -> None:
    Script(problem(429, {"Retry-After": "7"}), OK).client().health()

    assert waits == [7.0]


def test_a_limit_of_a_day_is_told_and_not_waited_for(waits: list[float]) -> None:
    script = Script(problem(429, {"Retry-After": "3600"}, kind="LimitReachedError"))
    with pytest.raises(errors.LimitReachedError) as caught:
        script.client().create_run("sam", "Hi")

    assert caught.value.retry_after == 3600
    assert not waits


def test_a_file_that_can_be_read_only_once_is_not_sent_again() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    def load(client: Client) -> Any:
        return client.load_source("sam", ("a.txt", Pipe(b"x")))

    assert calls(Script(problem(429, {"Retry-After": "1"})), load) == 1


def test_a_client_on_an_event_loop_does_the_same() -> None:
    script = Script(BROKEN, OK)
    again, failing = AsyncClient(ADDRESS, "k", transport=httpx.MockTransport(script)), Script(problem(404))

    async def use() -> None:
        assert (await again.health()).status == "ok"
        await again.aclose()
        async with AsyncClient(ADDRESS, transport=httpx.MockTransport(failing)) as client:
            with pytest.raises(errors.NotFoundError):
                await client.get_agent("sam")

    asyncio.run(use())
    asyncio.run(again.health())  # and on the next loop

    assert len(script.requests) == 3


def test_a_server_of_this_machine_is_asked_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    with pytest.raises(ServerAwayError, match="no server answers"):
        Client("http://127.0.0.1:1", attempts=1).health()
    assert Client(ADDRESS)._http.trust_env is False
    assert Client("https://memory.example.com")._http.trust_env is True
