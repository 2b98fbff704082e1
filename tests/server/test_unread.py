"""The rest of a body that nobody reads does not end the connection before the answer is read."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from live_app import serving
from server_apps import make_app

from memgpt_autogen.server import unread

AS_JSON = "Content-Type: application/json\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MEMGPT_AUTOGEN_HOME", str(tmp_path_factory.mktemp("home")))
        with serving(make_app()) as address:
            yield int(address.rpartition(":")[2])


def opened(port: int, head: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), 30)
    connection.sendall(f"{head}\r\nHost: 127.0.0.1\r\n".encode())
    return connection


def sent_after_the_answer(connection: socket.socket, body_bytes: int) -> bytes:
    """Send a body only when the head was answered, and then ask for something else; return its answer."""
    answer = connection.recv(10_000)
    for _ in range(body_bytes // 1000):
        connection.sendall(b" " * 1000)
    connection.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    while answer.count(b"HTTP/1.1 ") < 2 and (more := connection.recv(10_000)):
        answer += more  # the end of the first one may come alone
    return answer


@pytest.mark.parametrize(
    ("head", "code", "body_bytes"),
    [
        ("POST /api/v1/agents HTTP/1.1", b"413", 1_100_000),
        ("POST /api/v1/nothing HTTP/1.1", b"404", 900_000),
        ("PUT /api/v1/agents HTTP/1.1", b"405", 900_000),
        ("POST /api/v1/agents/sam/runs HTTP/1.1", b"401", 900_000),
        ("GET /health HTTP/1.1", b"200", 900_000),
    ],
)
def test_a_body_that_comes_after_its_answer_is_taken(
    port: int, head: str, code: bytes, body_bytes: int
) -> None:
    with opened(port, head) as connection:
        connection.sendall(f"{AS_JSON}Content-Length: {body_bytes}\r\n\r\n".encode())

        both = sent_after_the_answer(connection, body_bytes)

    first, second = both.split(b"HTTP/1.1 ")[1:]
    assert first.startswith(code)
    assert second.startswith(b"200")


def test_a_body_that_never_comes_is_waited_for_some_seconds(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unread, "MOST_SECONDS", 0.2)
    with opened(port, "POST /api/v1/agents HTTP/1.1") as connection:
        connection.sendall(b"Content-Length: 1100000\r\n\r\n")
        begun = time.monotonic()

        assert connection.recv(10_000).startswith(b"HTTP/1.1 413")

        connection.settimeout(10)
        sent = until_closed(connection)
    assert sent < 1_100_000
    assert time.monotonic() - begun < 10


def until_closed(connection: socket.socket) -> int:
    time.sleep(1)
    sent = 0
    try:
        while sent < 1_100_000:
            sent += connection.send(b" " * 1000)
            time.sleep(0.001)
    except OSError:
        pass
    return sent


def test_a_client_that_asks_first_need_not_send_its_body(port: int) -> None:
    with opened(port, "POST /api/v1/agents HTTP/1.1") as connection:
        connection.sendall(b"Content-Length: 1100000\r\nExpect: 100-continue\r\n\r\n")

        assert connection.recv(10_000).startswith(b"HTTP/1.1 413")
