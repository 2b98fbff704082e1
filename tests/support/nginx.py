"""Debian's nginx before servers of a test. `python tests/support/nginx.py` installs it and runs these tests.

It runs as an ordinary user, with its configuration and its files in a temporary folder, on a free port of the
loopback interface.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from places import ROOT, temporary_root

PUBLIC_NAME = "memory.example.com"

INSTALL = "apt-get -qq update && apt-get -qq install -y --no-install-recommends nginx"

TESTS = ["tests/server/test_behind_nginx.py", "tests/server/test_several_servers.py"]

FRAME = """
worker_processes 1;
daemon off;
pid nginx.pid;
error_log error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
{inside}
}}
"""
"""What Debian's own configuration has around a site."""

WHOLE = re.compile(r"^```nginx\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def program() -> str | None:
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def site_of_the_page() -> str:
    """The site that the page about the server shows."""
    found = WHOLE.search((ROOT / "docs/server.md").read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


class Nginx:
    """nginx with one site. `upstreams` are the addresses of the servers behind it, such as `127.0.0.1:8283`.

    `site` is a site for port 443 before a server at `127.0.0.1:8283`, by default that of the page.
    """

    def __init__(self, *upstreams: str, site: str | None = None) -> None:
        found = program()
        if found is None:
            raise FileNotFoundError("nginx is not installed; Debian's package is 'nginx'")
        self.folder = Path(tempfile.mkdtemp(prefix="memgpt-autogen-", dir=temporary_root()))
        self.port = free_port()
        self.certificate, key = make_certificate(self.folder)
        site = site_of_the_page() if site is None else site
        servers = " ".join(f"server {each};" for each in upstreams)
        for known, real in {
            "server 127.0.0.1:8283;": servers,
            "listen 443": f"listen 127.0.0.1:{self.port}",
            "/etc/ssl/certs/memory.pem": str(self.certificate),
            "/etc/ssl/private/memory.key": str(key),
        }.items():
            assert known in site, known
            site = site.replace(known, real)
        (self.folder / "nginx.conf").write_text(FRAME.format(inside=site))
        user: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            for path in (self.folder, *self.folder.iterdir()):
                shutil.chown(path, "nobody")
        self._process = subprocess.Popen(
            [found, "-p", str(self.folder), "-c", "nginx.conf", "-e", "error.log"],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "stderr").open("ab"),
            **user,
        )
        self._wait()

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def trust(self) -> ssl.SSLContext:
        """What a client needs to believe the certificate."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def errors(self) -> str:
        return (self.folder / "error.log").read_text(errors="replace")

    def close(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait(self) -> None:
        end = time.monotonic() + 30
        while not listens(self.port):
            told = (self.folder / "stderr").read_text(errors="replace")
            assert self._process.poll() is None, told
            assert time.monotonic() < end, told
            time.sleep(0.02)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def make_certificate(folder: Path, *, password: bytes | None = None) -> tuple[Path, Path]:
    """Make a certificate for the public name and for this machine. Returns its file and that of its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, PUBLIC_NAME)])
    names = [x509.DNSName(PUBLIC_NAME), x509.DNSName("localhost")]
    moment = dt.datetime.now(dt.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - dt.timedelta(days=1))
        .not_valid_after(moment + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "memory.pem", folder / "memory.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    sealed: Any = serialization.NoEncryption()
    if password is not None:
        sealed = serialization.BestAvailableEncryption(password)
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealed)
    )
    return certificate, private


def main() -> int:
    """Install nginx where that is possible, and run the tests with it."""
    if program() is None and shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["/bin/sh", "-c", INSTALL], check=False, env=quiet)
    if program() is None:
        print("SKIPPED: nginx is not installed; Debian's package is 'nginx'.")  # noqa: T201
        return 0
    return subprocess.run([sys.executable, "-m", "pytest", *TESTS, *sys.argv[1:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
