"""Streams go on when connections break, and tell everything once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from memgpt_autogen import errors
from memgpt_autogen.client import (
    AsyncClient,
    Client,
    RunFailedError,
    ServerAwayError,
    async_client,
    http_client,
    retries,
)

ADDRESS = "http://127.0.0.1:8283"

Read = Callable[..., list[str]]


def frame(kind: str, number: int | None = None, **data: Any) -> bytes:
    id_ = "" if number is None else f"id: r:{number}\n"
    return f"{id_}event: {kind}\ndata: {json.dumps({'run_id': 'r', **data})}\n\n".encode()


HEARD = frame("heard", 1)
GOOD = frame("reply_part", text="Good ", anew=True)
GOOD_MORNING = frame("reply_part", text="Good morning", anew=True)
REPLIED = frame("replied", 2, text="Good morning, Ada", fallback=False)
ENDED = frame("turn_ended", 3, stop_reason="yielded", steps=1)


class Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    """What one connection brings, before it breaks."""

    def __init__(self, *pieces: bytes | Exception) -> None:
        self.pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


class Server:
    """Brings these connections one after the other. A run has the last of the `states` in the end."""

    def __init__(self, *connections: Any, states: tuple[str, ...] = ("running",)) -> None:
        self.connections = list(connections)
        self.states = list(states)
        self.asked: list[tuple[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers["accept"] != "text/event-stream":
            state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            return httpx.Response(200, json=run(state))
        self.asked.append((request.method, request.url.query.decode()))
        found = self.connections.pop(0) if len(self.connections) > 1 else self.connections[0]
        if isinstance(found, Exception):
            raise found
        if isinstance(found, httpx.Response):
            return httpx.Response(found.status_code, headers=found.headers, content=found.content)
        return httpx.Response(200, headers={"x-run-id": "r"}, stream=found)


def run(state: str) -> dict[str, Any]:
    times = {"created": "2026-11-29T00:00:00Z", "started": None, "ended": None}
    numbers = {"steps": 1, "prompt_tokens": 1, "completion_tokens": 1, "cost": None}
    error = "the model does not answer" if state == "failed" else None
    return {
        "id": "r", "agent_id": "a", "state": state, "stop_reason": None, "error": error, **times, **numbers
    }  # fmt: skip


def broken() -> httpx.RemoteProtocolError:
    return httpx.RemoteProtocolError("peer closed connection without sending complete message body")


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits pass at once, and the clock goes on by them."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    # of these modules alone: other threads have the true ones
    monkeypatch.setattr(http_client, "time", SimpleNamespace(sleep=waited.append))
    monkeypatch.setattr(async_client, "asyncio", SimpleNamespace(**{**vars(asyncio), "sleep": sleep}))
    monkeypatch.setattr(retries, "time", SimpleNamespace(monotonic=lambda: 1000 + sum(waited)))
    return waited


@pytest.fixture(params=["Client", "AsyncClient"])
def read(request: pytest.FixtureRequest, waits: list[float]) -> Read:
    """Reads a stream to its end: the texts of its replies, or the kinds of its events."""
    del waits

    def read_all(server: Server, *, what: str = "texts", follow: int | None = None) -> list[str]:
        options: dict[str, Any] = {"transport": httpx.MockTransport(server), "reconnect_seconds": 60}
        if request.param == "Client":
            with Client(ADDRESS, **options) as client:
                stream = (
                    client.stream_run("sam", "Hi") if follow is None else client.follow_run("r", after=follow)
                )
                return list(stream.texts()) if what == "texts" else [each.kind for each in stream]

        async def read_async() -> list[str]:
            async with AsyncClient(ADDRESS, **options) as client:
                stream = (
                    client.stream_run("sam", "Hi") if follow is None else client.follow_run("r", after=follow)
                )
                if what == "texts":
                    return [each async for each in stream.texts()]
                return [each.kind async for each in stream]

        return asyncio.run(read_async())

    return read_all


def test_a_whole_stream_is_one_request(read: Read) -> None:
    server = Server(Pieces(HEARD + GOOD, REPLIED, ENDED))

    assert "".join(read(server)) == "Good morning, Ada"
    assert server.asked == [("POST", "")]


def test_a_stream_goes_on_after_the_last_event_that_was_read(read: Read) -> None:
    server = Server(
        Pieces(HEARD, GOOD, broken()), Pieces(GOOD_MORNING, broken()), Pieces(HEARD, REPLIED, ENDED)
    )

    assert "".join(read(server)) == "Good morning, Ada"
    assert server.asked == [("POST", ""), ("GET", "after=1"), ("GET", "after=1")]


def test_no_event_comes_twice(read: Read) -> None:
    server = Server(Pieces(HEARD, REPLIED, broken()), Pieces(HEARD, REPLIED, ENDED))

    assert read(server, what="kinds") == ["heard", "replied", "turn_ended"]


def test_a_stream_outlives_a_server_that_is_started_again(read: Read, waits: list[float]) -> None:
    away = httpx.ConnectError("Connection refused")
    starting = httpx.Response(503, text="Bad Gateway")
    server = Server(Pieces(HEARD, GOOD, broken()), away, away, away, away, starting, Pieces(REPLIED, ENDED))

    assert "".join(read(server)) == "Good morning, Ada"
    assert waits == sorted(waits) or max(waits) <= 5  # longer each time, up to a limit
    assert len(waits) == 6


def test_a_run_that_was_asked_for_in_vain_is_asked_for_with_the_same_key(read: Read) -> None:
    keys: list[str] = []
    server = Server(broken(), Pieces(HEARD, REPLIED, ENDED))

    def noting(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers.get("idempotency-key", ""))
        return server(request)

    assert "".join(read(noting)) == "Good morning, Ada"
    assert keys[0] == keys[1] != ""


def test_a_stream_that_ends_without_an_end_is_read_on(read: Read) -> None:
    server = Server(Pieces(HEARD), Pieces(b": ping\n\n"), Pieces(REPLIED, ENDED))

    assert read(server, what="kinds") == ["heard", "replied", "turn_ended"]


def test_what_came_after_the_stream_had_ended_is_read_although_the_run_is_over(read: Read) -> None:
    server = Server(Pieces(HEARD), Pieces(REPLIED), Pieces(b""), states=("ended",))

    assert read(server, what="kinds") == ["heard", "replied"]


def test_a_suspended_run_is_read_on(read: Read) -> None:
    suspended = frame("turn_ended", 2, stop_reason="suspended", steps=1)
    server = Server(
        Pieces(HEARD, suspended, frame("tool_returned", 3), frame("turn_ended", 4, stop_reason="yielded"))
    )

    assert read(server, what="kinds") == ["heard", "turn_ended", "tool_returned", "turn_ended"]


def test_a_server_that_does_not_come_back_ends_the_stream_and_says_how_to_go_on(
    read: Read, waits: list[float]
) -> None:
    server = Server(Pieces(HEARD, broken()), httpx.ConnectError("Connection refused"))

    with pytest.raises(ServerAwayError, match=r"did not come back .*follow_run\('r', after=1\)"):
        read(server)
    assert 55 <= sum(waits) <= 70


def test_a_server_that_sends_nothing_ends_the_stream_too(read: Read, waits: list[float]) -> None:
    with pytest.raises(ServerAwayError, match="it sends nothing"):
        read(Server(Pieces(HEARD), Pieces(b"")))
    assert 55 <= sum(waits) <= 70


def test_a_server_that_was_never_there_is_said_soon(read: Read, waits: list[float]) -> None:
    with pytest.raises(ServerAwayError, match="Start one with `memgpt-autogen server`"):
        read(Server(httpx.ConnectError("Connection refused")))
    assert len(waits) == 2


@pytest.mark.parametrize("status", [401, 403, 404, 409, 422])
def test_what_is_refused_is_not_asked_again(read: Read, status: int) -> None:
    body = {"title": "t", "status": status, "detail": "no", "instance": "/", "request_id": "q"}
    server = Server(httpx.Response(status, json=body))

    with pytest.raises(errors.MemGPTError, match="no"):
        read(server)
    assert len(server.asked) == 1


def test_a_run_is_followed_from_any_event_on(read: Read) -> None:
    server = Server(Pieces(REPLIED, ENDED))

    assert read(server, what="kinds", follow=1) == ["replied", "turn_ended"]
    assert server.asked == [("GET", "after=1")]


def test_a_stream_that_is_left_closes_its_connection_and_asks_for_nothing_more() -> None:
    server = Server(Pieces(HEARD, REPLIED, ENDED))
    with Client(ADDRESS, transport=httpx.MockTransport(server)) as client:
        with client.stream_run("sam", "Hi") as stream:
            assert next(stream).kind == "heard"
        assert list(stream) == []
        assert (stream.run_id, stream.after) == ("r", 1)
    assert len(server.asked) == 1


def test_saying_something_waits_for_the_end_and_has_the_replies(waits: list[float]) -> None:
    server = Server(Pieces(HEARD, broken()), Pieces(REPLIED, ENDED), states=("ended",))
    client = Client(ADDRESS, transport=httpx.MockTransport(server))

    assert client.say("sam", "Hi").replies == ["Good morning, Ada"]
    del waits


def test_a_turn_that_fails_is_an_error_where_its_end_is_waited_for() -> None:
    server = Server(Pieces(HEARD, frame("error", 2, error="ModelError", text="no")), states=("failed",))
    client = Client(ADDRESS, transport=httpx.MockTransport(server))

    with pytest.raises(RunFailedError, match="the model does not answer") as caught:
        client.say("sam", "Hi")
    assert caught.value.run.state == "failed"
