"""PgBouncer before a temporary PostgreSQL server: each transaction may get another connection."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from places import temporary_root
from postgresql import Server, answers, ordinary_user

CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={server}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users
pool_mode = {mode}
max_client_conn = 1000
default_pool_size = 4
max_db_connections = 4
server_idle_timeout = 5
query_wait_timeout = 60
"""


class Pooler:
    """A pooler in a temporary folder. `url` is that of the server, by way of the pooler."""

    def __init__(self, server: Server, *, mode: str = "transaction") -> None:
        program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            raise FileNotFoundError("PgBouncer is not installed; Debian's package is 'pgbouncer'")
        self._folder = Path(tempfile.mkdtemp(prefix="memgpt-autogen-", dir=temporary_root()))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        configuration = self._folder / "pgbouncer.ini"
        configuration.write_text(
            CONFIGURATION.format(server=server.port, port=self.port, folder=self._folder, mode=mode)
        )
        (self._folder / "users").write_text(f'"memgpt" "{server.password}"\n')
        run_as = ordinary_user() if os.geteuid() == 0 else None  # PgBouncer refuses root
        if run_as is not None:
            for path in (self._folder, *self._folder.iterdir()):
                shutil.chown(path, run_as)
        self._process = subprocess.Popen(
            [program, "-q", str(configuration)],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=(self._folder / "log").open("ab"),
            user=run_as,
            extra_groups=None if run_as is None else [],
        )
        self.url = server.url.replace(f":{server.port}/", f":{self.port}/")
        deadline = time.monotonic() + 30
        while not answers(self.url):
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError((self._folder / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.05)

    def close(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(60)
        shutil.rmtree(self._folder, ignore_errors=True)


def is_installed() -> bool:
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is not None
