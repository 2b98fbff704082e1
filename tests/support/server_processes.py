"""Servers of one home as programs, as on several machines, and clients that go on when one of them dies."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from nginx import free_port, listens
from server_apps import PASSWORD

API = "/api/v1"

# how long a client tries to get an answer, in seconds
PATIENCE = 240.0


class ServerProcess:
    """`memgpt-autogen server` on a port of its own, which it keeps when it is started again."""

    def __init__(self, folder: Path, *options: str, environment: Mapping[str, str]) -> None:
        self.port = free_port()
        self._log = folder / f"server-{self.port}.log"
        self._options = options
        self._environment = {**os.environ, **environment, "MEMGPT_SERVER_PASS": PASSWORD}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def upstream(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "memgpt_autogen.cli", "server", "--port", str(self.port)]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *self._options], env=self._environment, stdout=log, stderr=log
            )

    def wait(self) -> None:
        """Wait until it answers."""
        end = time.monotonic() + 300
        while not (listens(self.port) and self.is_healthy()):
            assert self.process is not None
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.05)

    def is_healthy(self) -> bool:
        try:
            return httpx.get(f"http://{self.upstream}/health", timeout=30).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """Kill it as a machine that loses its power does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(30)

    def stop(self) -> int:
        """Ask it to end, and return its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def log(self) -> str:
        return self._log.read_text(errors="replace")[-4000:]


@dataclass
class Told:
    """What a client knows at the end of one run."""

    agent: str
    text: str
    key: str
    run: str = ""
    events: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    """The number, kind and data of each event that it read, in order."""
    breaks: int = 0
    """How often it asked again."""


class Talker:
    """A client that says some things, one after the other, and reads the stream of each run to its end.

    Where a connection ends it asks again: for the run by the same `Idempotency-Key`, and for the events after
    the last one that it has.
    """

    def __init__(self, address: str, name: str, agent: str, *, seed: int, **http: Any) -> None:
        self.told: list[Told] = []
        self.error: BaseException | None = None
        self._name, self._agent = name, agent
        self._random = random.Random(seed)
        headers = {"Authorization": f"Bearer {PASSWORD}", **http.pop("headers", {})}
        self._client = httpx.Client(base_url=address, headers=headers, timeout=60, **http)
        self._thread: threading.Thread | None = None

    def start(self, count: int) -> None:
        self._thread = threading.Thread(target=self._live, args=(count,), daemon=True)
        self._thread.start()

    def join(self) -> None:
        assert self._thread is not None
        self._thread.join(PATIENCE * 2)
        assert not self._thread.is_alive(), f"{self._name} still waits: {self.told[-1]}"
        if self.error is not None:
            raise self.error

    def ask_again(self, told: Told) -> str:
        """Send the request of a run once more, and return the id of the run that answers it."""
        for answer in self._answers("POST", self._path, json=self._body(told.text), headers=_key(told)):
            return str(answer.json()["id"])
        raise AssertionError

    @property
    def _path(self) -> str:
        return f"{API}/agents/{self._agent}/runs"

    def _live(self, count: int) -> None:
        try:
            for _ in range(count):
                self._say()
                time.sleep(self._random.uniform(0, 0.1))
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            self.error = error

    def _say(self) -> None:
        text = f"{self._name} says {len(self.told)}."
        told = Told(self._agent, text, f"{self._name}-{len(self.told)}")
        self.told.append(told)
        told.run = self.ask_again(told)
        end = time.monotonic() + PATIENCE
        while not self._read(told):
            told.breaks += 1
            assert time.monotonic() < end, f"the stream of {told} does not end"
            time.sleep(0.1)

    def _body(self, text: str) -> dict[str, Any]:
        return {"input": text, "speaker": self._name}

    def _answers(self, method: str, path: str, **given: Any) -> Iterator[httpx.Response]:
        """Yield answers until the caller has one that it wants."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self._client.request(method, path, **given)
                if answer.status_code < 300:
                    yield answer
                assert answer.status_code in (502, 503, 504), answer.text
            except httpx.TransportError:
                pass
            assert time.monotonic() < end, f"no answer to {method} {path}"
            time.sleep(0.1)

    def _read(self, told: Told) -> bool:
        """Read on in the stream of a run, and return whether it has ended."""
        last = {"Last-Event-ID": f"{told.run}:{told.events[-1][0]}"} if told.events else {}
        try:
            with self._client.stream("GET", f"{API}/runs/{told.run}/events", headers=last) as answer:
                if answer.status_code in (502, 503, 504):
                    return False
                assert answer.status_code == 200, answer.read()
                for number, kind, data in frames(answer.iter_lines()):
                    if number is not None:
                        told.events.append((number, kind, data))
                    if kind == "turn_ended":
                        return True
        except httpx.TransportError:
            pass
        return False


def frames(lines: Iterator[str]) -> Iterator[tuple[int | None, str, dict[str, Any]]]:
    """Yield the number, kind and data of each whole event of a stream."""
    found: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            found[name] = value.strip()
            continue
        if "event" in found:
            number = int(found["id"].rpartition(":")[2]) if "id" in found else None
            yield number, found["event"], json.loads(found["data"])
        found = {}


def _key(told: Told) -> dict[str, str]:
    return {"Idempotency-Key": told.key}


@contextmanager
def running(servers: list[ServerProcess]) -> Iterator[None]:
    """Start all servers at once, wait until they answer, and end them after the block."""
    try:
        for server in servers:
            server.start()
        for server in servers:
            server.wait()
        yield
    finally:
        for server in servers:
            server.close()
