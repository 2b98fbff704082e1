"""Connections that say nothing, or half of a head, end."""

from __future__ import annotations

import pickle
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from memgpt_autogen.server import patient
from memgpt_autogen.server.options import ServerOptions
from memgpt_autogen.server.patient import Patient
from memgpt_autogen.server.serving import uvicorn_options


class Impatient(Patient):
    """Waits only a moment."""

    head_seconds = 0.3


@pytest.fixture
def port() -> Iterator[int]:
    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("here"))])
    config = uvicorn.Config(
        app, port=0, log_config=None, http=Impatient, timeout_keep_alive=30, lifespan="off"
    )
    server = uvicorn.Server(config)
    bound = config.bind_socket()
    thread = threading.Thread(target=server.run, args=([bound],), daemon=True)
    thread.start()
    end = time.monotonic() + 30
    while not server.started and time.monotonic() < end:
        time.sleep(0.01)
    yield bound.getsockname()[1]
    server.should_exit = True
    thread.join(30)


@pytest.mark.parametrize("head", [b"", b"GET / HTTP/1.1\r\nHost: a", b"GET / HTTP/1.1\r\n"])
def test_a_connection_without_a_whole_head_is_closed(port: int, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(head)

        assert connection.recv(1000) == b""


def test_a_head_that_does_not_end_is_refused_before_it_needs_much_memory(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: ")
        with suppress(OSError):  # it stops listening in the middle
            for _ in range(100):
                connection.sendall(b"x" * 1000)
        with suppress(ConnectionError):
            answer = connection.recv(1000)
            assert answer.split(b" ")[1] in (b"400", b"431")
        assert sent_until_closed(connection) < 5_000_000


def sent_until_closed(connection: socket.socket) -> int:
    sent = 0
    with suppress(OSError):
        while sent < 5_000_000:
            sent += connection.send(b"x" * 10_000)
    return sent


def test_a_whole_head_is_answered_and_half_of_the_next_one_is_not_waited_for(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = connection.recv(1000)
        connection.sendall(b"GET / HTTP/1.1\r\n")
        rest = answer
        while got := connection.recv(1000):
            rest += got

    assert answer.startswith(b"HTTP/1.1 200")
    assert rest.count(b"HTTP/1.1") == 1


def test_a_worker_gets_it_by_its_name() -> None:
    """Workers are started as new processes, to which the configuration is sent."""
    assert pickle.loads(pickle.dumps(uvicorn_options(ServerOptions())["http"])) is Patient


def test_no_part_of_an_answer_waits_for_the_clients_acknowledgment(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The socket that uvicorn makes for several workers has no protocol, so asyncio leaves it as it is."""
    options: list[int] = []
    answers = patient.Patient._answers

    def looked(self: patient.Patient) -> bool:
        made = self.transport.get_extra_info("socket")
        options.append(made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        return answers(self)

    monkeypatch.setattr(patient.Patient, "_answers", looked)

    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")

    assert options
    assert all(options)
