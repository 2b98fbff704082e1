"""A temporary PostgreSQL server, and the tests on it: `python tests/support/postgresql.py [pytest options]`.

The server is Debian's, on a free port of the loopback interface, with its files in a temporary folder. Tests
connect as an ordinary role that owns its databases and nothing else.

The tests of storage and recall run a second time, on a server as some operators set it up: serializable
transactions by default, and PgBouncer with transaction pooling in front of it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from places import temporary_root

URL = "MEMGPT_AUTOGEN_TEST_POSTGRES"
"""Names the server for the whole suite, by a URL of a role that may create databases."""

POOLER = "MEMGPT_AUTOGEN_TEST_POOLER"
"""The port of a pooler in front of that server, which tests connect to."""

INSTALL = (
    "apt-get -qq update && "
    "DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends postgresql pgbouncer"
)

STRICT = {"default_transaction_isolation": "serializable"}
"""The settings of the second server."""

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "400",
    "shared_buffers": "64MB",
    "autovacuum": "off",
}


WITHOUT_SQL = """
    adapter/test_install.py
    benchmarks
    display/test_event_lines.py
    hosts/test_ag2.py
    hosts/test_ag2_network.py
    hosts/test_agent_framework.py
    hosts/test_agent_framework_devui.py
    hosts/test_agent_framework_memory.py
    hosts/test_agent_framework_reports.py
    hosts/test_agent_framework_resumed.py
    hosts/test_agent_framework_teams.py
    hosts/test_agentchat.py
    hosts/test_agentchat_calls.py
    hosts/test_agentchat_listening.py
    hosts/test_agentchat_memory.py
    hosts/test_agentchat_model.py
    hosts/test_agentchat_reports.py
    hosts/test_agentchat_states.py
    hosts/test_agentchat_teams.py
    hosts/test_install.py
    hosts/test_page.py
    hosts/test_recipes.py
    llm/embedders
    llm/test_asking.py
    llm/test_tokens.py
    llm/text_calls/test_arguments.py
    llm/wire
    memory/archival/test_archive.py
    memory/archival/test_damage.py
    memory/archival/test_maintenance.py
    memory/archival/test_records.py
    memory/context/test_budget.py
    memory/qdrant/edge/test_open_folders.py
    memory/qdrant/test_index.py
    portal
    project
    readers
    rendering
    server/facades/test_clients.py
    system/test_fuzz.py
    test_concurrency.py
    test_messages.py
    testing
    text
    tools/memory/test_dates.py
    tools/test_event_loop.py
    tools/test_folder_files.py
    tools/test_tool.py
    tools/test_toolbox.py
    web
""".split()
"""Tests that store nothing in a database, or nothing that would differ on another one."""


def programs() -> Path | None:
    """Where `initdb` and `postgres` are; None where PostgreSQL is not installed."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: -int(place.parent.name.split(".")[0])
    )
    return next((place for place in places if (place / "postgres").exists()), None)


class Server:
    """A server in a temporary folder. `url` is the ordinary role's."""

    def __init__(self, place: Path, **settings: str) -> None:
        self._place = place
        # the path of a socket must be short
        self._folder = Path(tempfile.mkdtemp(prefix="memgpt-autogen-", dir=temporary_root()))
        self._settings = {**SETTINGS, **settings, "unix_socket_directories": str(self._folder)}
        self._admin_password, self.password = secrets.token_hex(8), secrets.token_hex(8)
        self._process: subprocess.Popen[bytes] | None = None
        self._as: dict[str, Any] = {}
        if os.name == "posix" and os.geteuid() == 0:  # PostgreSQL refuses root
            user = ordinary_user()
            shutil.chown(self._folder, user)
            self._as = {"user": user, "group": user if user == "postgres" else None, "extra_groups": []}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        words = self._folder / "password"
        words.write_text(self._admin_password)
        if self._as:
            shutil.chown(words, self._as["user"])
        options = ["-U", "postgres", "-E", "UTF8", "--locale=C", "-A", "scram-sha-256", "--no-sync"]
        self._run("initdb", "-D", self._data, *options, f"--pwfile={words}")
        self.start()
        self.execute(
            f"CREATE ROLE memgpt LOGIN CREATEDB PASSWORD '{self.password}'",
            "CREATE DATABASE memgpt OWNER memgpt",
            url=self._url("postgres", self._admin_password, "postgres"),
        )

    @property
    def url(self) -> str:
        return self._url("memgpt", self.password, "memgpt")

    @property
    def admin_url(self) -> str:
        """The superuser's URL, for what an operator does."""
        return self._url("postgres", self._admin_password, "postgres")

    def start(self) -> None:
        options = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(
            [self._place / "postgres", "-D", self._data, "-p", str(self.port), *options],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=(self._folder / "log").open("ab"),
            **self._as,
        )
        deadline = time.monotonic() + 60
        admin = self._url("postgres", self._admin_password, "postgres")
        while not answers(admin):
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError((self._folder / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.05)

    def stop(self, *, how: int = signal.SIGINT) -> None:
        """SIGINT disconnects everyone and shuts down; SIGQUIT is a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def close(self) -> None:
        self.stop(how=signal.SIGQUIT)
        shutil.rmtree(self._folder, ignore_errors=True)

    def execute(self, *statements: str, url: str | None = None) -> None:
        execute(url or self.url, *statements)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _url(self, role: str, password: str, database: str) -> str:
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{database}"

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run(
            [self._place / program, *arguments],
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
            **self._as,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr}")


def answers(url: str) -> bool:
    import psycopg

    try:
        execute(url, "SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def execute(url: str, *statements: str) -> None:
    """Run statements one by one, outside transactions."""
    import psycopg

    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@contextmanager
def database_like(url: str, template: str) -> Iterator[str]:
    """The URL of a new database that begins as a copy of `template`."""
    name = f"t{secrets.token_hex(8)}"
    execute(url, f"CREATE DATABASE {name} TEMPLATE {template}")
    place, _, port = url.rpartition("/")[0].rpartition(":")
    try:
        yield f"{place}:{os.environ.get(POOLER, port)}/{name}"
    finally:
        execute(url, f"DROP DATABASE {name} WITH (FORCE)")


def ordinary_user() -> str:
    import pwd

    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return "nobody"


def main() -> int:
    """Start a server, installing it where that is possible, and run the suite on it."""
    if programs() is None and shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["/bin/sh", "-c", INSTALL], check=False)
    place = programs()
    if place is None:
        print("SKIPPED: no PostgreSQL server is installed; Debian's package is 'postgresql'.")  # noqa: T201
        return 0
    return _run_on(place) or _run_on(place, "tests/memory/storage", "tests/memory/recall", strict=True)


def _run_on(place: Path, *paths: str, strict: bool = False) -> int:
    """Run the tests on a new server. A strict one has a pooler, if PgBouncer is installed."""
    from pgbouncer import Pooler, is_installed

    # tests that start servers of their own have run on the first one
    chosen = "not sqlite and not postgres and not autogen" + (" and not slow" if strict else "")
    ignored = [f"--ignore=tests/{name}" for name in WITHOUT_SQL]
    server = Server(place, **(STRICT if strict else {}))
    pooler = Pooler(server) if strict and is_installed() else None
    environment = {**os.environ, URL: server.url}
    if strict and pooler is None:
        print("SKIPPED: PgBouncer is not installed; Debian's package is 'pgbouncer'.")  # noqa: T201
    if pooler is not None:
        environment[POOLER] = str(pooler.port)
    try:
        command = [sys.executable, "-m", "pytest", "-m", chosen, *ignored, *sys.argv[1:], *paths]
        return subprocess.run(command, check=False, env=environment).returncode
    finally:
        if pooler is not None:
            pooler.close()
        server.close()


if __name__ == "__main__":
    sys.exit(main())
