"""When a server starts, and why it does not."""

from __future__ import annotations

import errno
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from live_app import serving
from nginx import make_certificate
from server_apps import PASSWORD, make_app
from typer.testing import CliRunner

from memgpt_autogen.cli import app
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.server.options import ServerOptions
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.server.serving import _why_not, bind, check_options, uvicorn_options
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing.qdrant import QdrantStandIn

MADE = AdminPassword.of("x", "a file", chosen=False)
CHOSEN = AdminPassword.of("x", "the environment")


def refused(options: dict[str, Any], password: AdminPassword = CHOSEN, **settings: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        check_options(ServerOptions(**options), Settings.load(**settings), password)
    return str(caught.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "memory.example"])
def test_other_machines_need_a_password_that_a_person_set(host: str) -> None:
    assert "MEMGPT_AUTOGEN_SERVER_PASS" in refused({"host": host}, MADE)
    check_options(ServerOptions(host=host), Settings.load(), CHOSEN)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_this_machine_needs_none(host: str) -> None:
    check_options(ServerOptions(host=host), Settings.load(), MADE)


@pytest.mark.edge
def test_several_workers_need_a_qdrant_server() -> None:
    assert "MEMGPT_AUTOGEN_QDRANT_URL" in refused({"workers": 2})
    check_options(ServerOptions(workers=2), Settings.load(qdrant_url="http://127.0.0.1:6333"), CHOSEN)


def test_tls_needs_both_files_and_can_read_them(tmp_path: Path) -> None:
    assert refused({"ssl_cert": "a.pem"}) == "TLS needs both --ssl-cert and --ssl-key."
    assert "cannot be read" in refused({"ssl_cert": tmp_path / "a.pem", "ssl_key": tmp_path / "b.pem"})


def test_a_proxy_is_trusted_by_its_address() -> None:
    assert "--trusted-proxy nginx" in refused({"proxies": ("nginx",)})
    given = ServerOptions(proxies=("10.0.0.0/8", "fd00::1"))
    check_options(given, Settings.load(), CHOSEN)
    assert uvicorn_options(given)["forwarded_allow_ips"] == ["127.0.0.1", "::1", "10.0.0.0/8", "fd00::1"]


def test_files_that_are_no_certificate_are_named(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    junk = tmp_path / "junk.pem"
    junk.write_text("junk")
    (tmp_path / "other").mkdir()
    _, other = make_certificate(tmp_path / "other")

    check_options(ServerOptions(ssl_cert=certificate, ssl_key=key), Settings.load(), CHOSEN)
    for pair in ((junk, key), (certificate, junk), (certificate, other), (key, certificate)):
        said = refused({"ssl_cert": pair[0], "ssl_key": pair[1]})
        assert f"--ssl-cert {pair[0]} and --ssl-key {pair[1]} are no certificate and its key" in said
    assert "--ssl-key" in refused({"ssl_cert": certificate, "ssl_key": tmp_path})


def test_a_key_with_a_password_is_refused_and_nobody_is_asked(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, password=b"secret")

    assert "the key has no password" in refused({"ssl_cert": certificate, "ssl_key": key})


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("192.0.2.7", "--host 192.0.2.7 is no address of this machine"),
        ("2001:db8::7", "--host 2001:db8::7 is no address of this machine"),
        ("no-such-host.invalid", "--host no-such-host.invalid is no address of this machine"),
    ],
)
def test_an_address_of_another_machine_is_named(host: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        bind(ServerOptions(host=host, port=0))


def test_a_port_that_only_root_may_use_says_so() -> None:
    said = _why_not(PermissionError(errno.EACCES, "Permission denied"), ServerOptions(port=80))

    assert said.startswith("this user may not listen at port 80. Give a --port from 1024 on")


@pytest.mark.slow
def test_the_server_speaks_tls_itself(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    trusts = ssl.create_default_context(cafile=str(certificate))

    with serving(make_app(ssl_cert=certificate, ssl_key=key)) as address:
        browser = httpx.Client(base_url=address.replace("127.0.0.1", "localhost"), verify=trusts)
        begun = browser.post("/api/v1/login", json={"password": PASSWORD})

    assert address.startswith("https://")
    assert "Secure" in begun.headers["set-cookie"]


@pytest.mark.slow
def test_a_database_that_is_away_is_said_before_anything_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_DATABASE_URL", "postgresql://memgpt:secret@127.0.0.1:1/memgpt")
    monkeypatch.setenv("MEMGPT_AUTOGEN_QDRANT_URL", "http://127.0.0.1:1")
    for workers in ("1", "2"):
        done = run("--port", "0", "--workers", workers)

        assert done.returncode == 1
        assert "the database postgresql://***@127.0.0.1:1/memgpt answered" in done.stderr
        assert "secret" not in done.stderr
        assert "Traceback" not in done.stderr
        assert "listens" not in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_worker_that_is_killed_is_replaced_while_the_others_serve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several processes on SQLite and a Qdrant server."""
    with QdrantStandIn() as qdrant:
        monkeypatch.setenv("MEMGPT_AUTOGEN_QDRANT_URL", qdrant.url)
        with started("--workers", "2") as (server, address):
            workers = serving_children(server.pid, 2)
            agents = httpx.Client(
                base_url=f"{address}/api/v1",
                headers=password_header(),
                timeout=60,
                limits=httpx.Limits(max_keepalive_connections=0),  # those to the one that dies are cut
            )
            assert agents.post("/agents", json={"name": "sam"}).status_code == 201

            os.kill(workers[0], signal.SIGKILL)
            for number in range(10):
                asked = {"input": f"Hello {number}!", "background": False}
                assert agents.post("/agents/sam/runs", json=asked).json()["state"] == "ended"

            assert len({*workers, *serving_children(server.pid, 2, without=workers[0])}) == 3
    assert server.returncode in (0, -15)


def serving_children(parent: int, count: int, *, without: int = 0) -> list[int]:
    """Wait for so many workers of a server, and return their processes."""
    end = time.monotonic() + 60
    while True:
        found = []
        for status in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                pid, _, fields = status.read_text().partition(" (")
                command = (status.parent / "cmdline").read_text()
                if fields.rpartition(") ")[2].split()[1] == str(parent) and "spawn_main" in command:
                    found.append(int(pid))
        if len(found) == count and without not in found:
            return found
        assert time.monotonic() < end, found
        time.sleep(0.05)


def password_header() -> dict[str, str]:
    home = Path(os.environ["MEMGPT_AUTOGEN_HOME"])
    return {"Authorization": f"Bearer {(home / 'server_password').read_text().strip()}"}


def test_a_port_that_is_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(ConfigurationError, match=f"port {port} of 127.0.0.1 is in use"):
            bind(ServerOptions(port=port))


@pytest.mark.slow
@pytest.mark.edge
def test_a_started_server_says_where_it_is_and_a_second_one_who_has_the_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with started("--home", str(home)) as (server, address):
        password = (home / "server_password").read_text().strip()
        metrics = httpx.get(f"{address}/metrics", headers={"Authorization": f"Bearer {password}"}, timeout=10)
        second = run("--home", str(home), "--port", "0")

        assert metrics.status_code == 200
        assert second.returncode == 1
        assert f"process {server.pid} on" in second.stderr
        assert "--home" in second.stderr
    assert server.returncode in (0, -15)


def test_a_home_that_cannot_be_written_is_named_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMGPT_SERVER_PASS", "secret")
    (tmp_path / "file").touch()
    (tmp_path / "home" / "server.lock").mkdir(parents=True)  # also root cannot write it

    nowhere = CliRunner().invoke(app, ["server", "--port", "0", "--home", str(tmp_path / "file/home")])
    closed = CliRunner().invoke(app, ["server", "--port", "0", "--home", str(tmp_path / "home")])

    for answer in (nowhere, closed):
        assert answer.exit_code == 1
        assert str(tmp_path) in answer.output.replace("\n", "")
        assert "bug" not in answer.output
    assert "cannot be created" in nowhere.output
    assert "must belong to the user" in " ".join(closed.output.split())


def test_a_websocket_server_is_refused_by_what_to_use() -> None:
    answer = CliRunner().invoke(app, ["server", "--type", "websocket"])

    assert answer.exit_code == 1
    assert "POST /api/v1/agents/AGENT/runs" in " ".join(answer.output.split())


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "memgpt_autogen.cli", "server", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = re.search(r"http://[\d.]+:\d+", server.stdout.readline())
            assert address is not None
            yield server, answering(address[0])
        finally:
            server.terminate()
            server.communicate(timeout=30)


def answering(address: str) -> str:
    """Wait until the server answers there."""
    # the port is taken already, so that a request waits until the server has started
    assert httpx.get(f"{address}/health", timeout=30).status_code == 200
    return address


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "memgpt_autogen.cli", "server", *options]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
