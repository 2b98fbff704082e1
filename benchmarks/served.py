"""A server of its own process for the benchmarks, and a client that costs as little as possible.

    python -m benchmarks.served HOME [--seconds S] [--turns N] [--base-url URL]

It is what `memgpt-autogen server` starts, with a model in the process that answers at once, or after so many
seconds, or with the model of an endpoint.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

PASSWORD = "a password for a benchmark"

QUESTION = "Is the meeting with Priya on Thursday?"

ANSWER = "Yes, at noon."

START_SECONDS = 60


class Ready:
    """A model that answers after so many seconds, with one reply."""

    model = "scripted"
    limits_waits = True

    def __init__(self, seconds: float = 0) -> None:
        self._seconds = seconds

    def complete(self, *_: Any) -> Any:
        from memgpt_autogen.llm.protocols import Usage
        from memgpt_autogen.testing import call, says

        time.sleep(self._seconds)
        return says("", call("send_message", message=ANSWER), usage=Usage(1000, 10))


class Client:
    """One connection to a server."""

    def __init__(self, address: str, key: str = PASSWORD) -> None:
        self.key = key
        self._connection = http.client.HTTPConnection(address, timeout=120)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Return the JSON of the answer. Raises `RuntimeError` for an error."""
        answer = self.open(method, path, body)
        read = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {read[:300]!r}")
        return json.loads(read) if read else None

    def open(self, method: str, path: str, body: Any = None) -> http.client.HTTPResponse:
        """Return the answer once it begins."""
        try:
            self._connection.request(method, path, None if body is None else json.dumps(body), self._headers)
            return self._connection.getresponse()
        except (OSError, http.client.HTTPException):
            self._connection.close()  # the next request opens it again
            raise

    def turn(self, agent: str) -> Any:
        """Run one turn, and return its run."""
        run = self.ask("POST", f"/api/v1/agents/{agent}/runs", {"input": QUESTION, "background": False})
        if run["state"] != "ended":
            raise RuntimeError(f"a run ended as {run['state']}: {run['error']}")
        return run


class Server:
    """The process of a server."""

    def __init__(self, address: str, pid: int, seconds: float) -> None:
        self.address = address
        self.pid = pid
        self.start_seconds = seconds
        """From its start to the first answer."""

    def client(self, key: str = PASSWORD) -> Client:
        return Client(self.address, key)

    def processor_ms(self) -> float:
        """Return its processor time so far."""
        return processor_ms(self.pid)

    def resident_mb(self) -> float:
        return resident_mb(self.pid)

    def user(self, name: str) -> Client:
        """Return the client of a new user."""
        admin = self.client()
        admin.ask("POST", "/api/v1/users", {"name": name})
        made = admin.ask(
            "POST", f"/api/v1/users/{name}/keys", {"name": "k", "scopes": ["read", "talk", "write"]}
        )
        return self.client(made["key"])


def processor_ms(pid: int) -> float:
    """Return the processor time of a process of this machine, to the nanosecond (Linux)."""
    return time.clock_gettime((~pid) << 3 | 2) * 1000


def resident_mb(pid: int) -> float:
    """Return how much memory a process has now (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def serving(home: Path, *, seconds: float = 0, turns: int = 8, base_url: str = "") -> Iterator[Server]:
    """Start a server in this home, and end it after the block."""
    began = time.perf_counter()
    arguments = ["--seconds", str(seconds), "--turns", str(turns), "--base-url", base_url]
    with (home.parent / f"{home.name}.log").open("w") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.served", str(home), *arguments],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        assert child.stdout is not None
        address = child.stdout.readline().strip().rpartition("/")[2]
        if not wait_for(address):
            raise RuntimeError(f"the server does not answer; its log is {log.name}")
        yield Server(address, child.pid, time.perf_counter() - began)
    finally:
        child.terminate()
        child.wait(60)


def wait_for(address: str, path: str = "/health", *, seconds: float = START_SECONDS) -> bool:
    """Wait until a server answers this path, and return whether it does within so many seconds."""
    until = time.monotonic() + seconds
    while not _answers(address, path):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _answers(address: str, path: str) -> bool:
    try:
        Client(address).ask("GET", path)
    except (OSError, RuntimeError, http.client.HTTPException):
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--base-url", default="")
    given = parser.parse_args()

    from memgpt_autogen.server import serving as started
    from memgpt_autogen.server.app import create_app
    from memgpt_autogen.server.options import ServerOptions
    from memgpt_autogen.server.password import AdminPassword
    from memgpt_autogen.settings import Settings

    settings = Settings.load(home=given.home)
    if given.base_url:
        settings = settings.model_copy(update={"model": "scripted", "base_url": given.base_url})
    else:
        started.create_app = partial(create_app, llm=Ready(given.seconds))
    options = ServerOptions(port=0, turns=given.turns)
    password = AdminPassword.of(PASSWORD, "a benchmark")
    started.serve(settings, options, password, started=lambda address: print(address, flush=True))


if __name__ == "__main__":
    main()
