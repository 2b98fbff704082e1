"""When a server starts, and why it does not."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from memgpt_autogen.cli import app
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.server.options import ServerOptions
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.server.serving import bind, check_options
from memgpt_autogen.settings import Settings

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
