"""The image is built from the wheel, and its servers keep what they know, as compose.yaml runs them."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from container_engine import Engine, OwnEngine, engine_at_hand
from image import CHOSEN
from places import ROOT

from memgpt_autogen import __version__
from memgpt_autogen.client import Client

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(CHOSEN not in os.environ, reason="`make image` runs them: they build an image"),
]

MOST_BYTES = 300_000_000

IMAGE = "memgpt-autogen-test"

PAGE = (ROOT / "docs/docker.md").read_text(encoding="utf-8")

COMPILED = """
import importlib.util, json, sys
import memgpt_autogen, memgpt_autogen.server.app
from pathlib import Path
old = []
for module in list(sys.modules.values()):
    source = getattr(module, "__file__", None) or ""
    if source.endswith(".py"):
        compiled = Path(importlib.util.cache_from_source(source))
        stamp = int.from_bytes(compiled.read_bytes()[8:12], "little") if compiled.exists() else None
        if stamp != int(Path(source).stat().st_mtime):
            old.append(source)
print(json.dumps({"from": memgpt_autogen.__file__, "version": memgpt_autogen.__version__, "old": old}))
"""

WRITES = """
import os
for place in ("/x", "/opt/memgpt/x", "/usr/x", "/tmp/x", "/data/x"):
    try:
        open(place, "w").close()
        print(place, os.getuid())
    except OSError as error:
        print(place, error.strerror)
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """The engine at hand, or Debian's with Debian's minimal system."""
    engine = engine_at_hand() or OwnEngine(ROOT / ".venvs/engine")
    try:
        yield engine
    finally:
        engine.close()


class Composed:
    """The services of compose.yaml under a name of their own, so that they meet nothing that runs already."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.name = f"memgpt-test-{secrets.token_hex(4)}"
        self.folder = engine.folder / self.name
        self.folder.mkdir()
        self.password = secrets.token_urlsafe()
        self.ports = {name: free_port() for name in ("server", "scaled")}
        self.variables = {
            "MEMGPT_SERVER_PASS": self.password,
            "MEMGPT_IMAGE": IMAGE,
            "MEMGPT_SECRETS": str(self.folder / "secrets"),
            **{f"MEMGPT_{name.upper()}_PORT": str(port) for name, port in self.ports.items()},
        }

    def __call__(self, *arguments: str) -> str:
        return self.engine.compose(self.name, *arguments, **self.variables)

    def run(self, commands: str) -> None:
        """Run commands of the page in a folder of their own, with this project in place of the usual one."""
        script = commands.replace("memgpt-autogen_home", f"{self.name}_home")
        here = " ".join(["docker", *self.engine.of_project(self.name)])
        script = re.sub("^docker compose", here, script, flags=re.MULTILINE)
        done = subprocess.run(
            ["bash", "-euc", script],
            check=False, capture_output=True, text=True, timeout=300, cwd=self.folder,
            env={**self.engine.environment, **self.variables},
        )  # fmt: skip
        logs = self("--profile", "scale", "logs", "--tail", "40") if done.returncode else ""
        assert done.returncode == 0, f"{script}\n{done.stdout[-3000:]}{done.stderr[-6000:]}{logs}"

    def state(self, service: str) -> dict[str, Any]:
        (found,) = json.loads(self.engine.docker("inspect", f"{self.name}-{service}-1"))
        return found

    def client(self, service: str = "server") -> Client:
        return Client(f"http://127.0.0.1:{self.ports[service]}", self.password)

    def say(self, text: str, service: str = "server") -> str:
        return " ".join(self.client(service).say("sam", text).replies)


@pytest.fixture
def composed(engine: Engine) -> Iterator[Composed]:
    made = Composed(engine)
    try:
        yield made
    finally:
        made("--profile", "scale", "down", "--volumes", "--timeout", "5")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def commands(heading: str, number: int = 0) -> str:
    """Return one of the blocks of commands under a heading of the page."""
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```bash\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)[number]


def test_one_command_serves_a_home_that_outlives_a_kill_and_its_container(composed: Composed) -> None:
    composed("up", "--build", "--detach", "--wait")
    client = composed.client()
    client.create_agent("sam")
    composed.say("My name is Ada. The spare key is in the blue drawer.")

    composed("kill", "--signal", "KILL", "server")
    composed("up", "--detach", "--wait")
    after_a_kill = composed.say("Where is the spare key?")
    began = time.monotonic()
    composed("stop")
    seconds, told = time.monotonic() - began, composed("logs", "server")
    composed("down")
    composed("up", "--detach", "--wait")
    in_a_new_container = composed.say("What do you know of the spare key?")

    assert client.health().status == "ok"
    assert "blue drawer" in after_a_kill
    assert "blue drawer" in in_a_new_container
    assert "Finished server process" in told, "it was killed, since nobody told it to end"
    assert seconds < 20


def test_the_image_is_small_and_has_the_wheel_and_nothing_to_install_with(
    engine: Engine, composed: Composed, record_property: Callable[[str, object], None]
) -> None:
    composed("build", "server")
    (image,) = json.loads(engine.docker("image", "inspect", IMAGE))
    found = json.loads(
        engine.docker("run", "--rm", "--network", "none", "--entrypoint", "python", IMAGE, "-c", COMPILED)
    )

    record_property("megabytes", image["Size"] / 1e6)
    assert image["Size"] < MOST_BYTES
    assert image["Config"]["User"] == "1000:1000"
    assert found["from"].startswith("/opt/memgpt/lib/python3.")
    assert found["version"] == __version__
    assert found["old"] == [], "these would be compiled at every start"
    for program in ("sh", "bash", "apt-get", "pip", "curl"):
        tried = engine.tried("run", "--rm", "--network", "none", "--entrypoint", program, IMAGE)
        assert "executable file not found" in tried.stderr


def test_a_container_can_write_to_its_volume_and_to_tmp_only(composed: Composed) -> None:
    composed("up", "--build", "--detach", "--wait")
    closed = composed.state("server")["HostConfig"]

    written = dict(
        line.split(maxsplit=1) for line in composed("exec", "server", "python", "-c", WRITES).splitlines()
    )

    assert written == {
        "/x": "Read-only file system",
        "/opt/memgpt/x": "Read-only file system",
        "/usr/x": "Read-only file system",
        "/tmp/x": "1000",
        "/data/x": "1000",
    }
    assert closed["CapDrop"] == ["ALL"]
    assert (
        composed("exec", "server", "python", "-c", "print(open('/proc/self/status').read())").count(
            "\t0000000000000000"
        )
        >= 4
    )


def test_nothing_starts_without_a_password(engine: Engine, composed: Composed) -> None:
    refused = engine.tried(*engine.of_project(composed.name), "up", MEMGPT_SERVER_PASS="")

    assert refused.returncode != 0
    assert "MEMGPT_SERVER_PASS" in refused.stderr
    assert "file .env" in refused.stderr


def test_another_user_may_have_the_volume(engine: Engine, composed: Composed) -> None:
    composed("build", "server")
    volume = [
        f"--volume={composed.name}_other:/data",
        "--user=4321:4321",
        "--read-only",
        "--tmpfs=/tmp",
        "--network=none",
    ]
    try:
        made = "from memgpt_autogen import MemGPTAgent; MemGPTAgent('sam')"
        engine.docker("run", "--rm", *volume, "--entrypoint=python", IMAGE, "-c", made)
        listed = engine.docker("run", "--rm", *volume, IMAGE, "list", "agents")
    finally:
        engine.docker("volume", "rm", f"{composed.name}_other")

    assert "sam" in listed


def test_a_backup_goes_back_into_the_volume_by_the_commands_of_the_page(composed: Composed) -> None:
    composed("up", "--build", "--detach", "--wait")
    composed.client().create_agent("sam")
    composed.say("The spare key is in the blue drawer.")

    composed.run(commands("Backup and upgrade", 0))
    assert (composed.folder / "home.backup").stat().st_size > 10_000
    composed.client().delete_agent("sam")
    composed.run(commands("Backup and upgrade", 2))

    assert "blue drawer" in composed.say("Where is the spare key?")


def test_a_memory_goes_on_in_postgresql_and_qdrant_by_the_commands_of_the_page(composed: Composed) -> None:
    composed("up", "--build", "--detach", "--wait")
    with_stores(composed.engine)
    composed.client().create_agent("sam")
    composed.client().add_passages("sam", "The boiler is serviced in May.")
    composed.run(commands("Backup and upgrade", 0))

    composed.run(commands("PostgreSQL and Qdrant", 0))
    composed.run(commands("PostgreSQL and Qdrant", 1))
    composed.say("The spare key is in the blue drawer.", "scaled")
    composed("kill", "--signal", "KILL", "scaled", "postgres")
    composed("up", "--detach", "--wait", "scaled")

    assert "blue drawer" in composed.say("Where is the spare key?", "scaled")
    assert "serviced in May" in str(composed.client("scaled").search("sam", ["boiler"]))
    listed = composed("exec", "scaled", "python", "-c", "import os; print(os.listdir('/data/home'))")
    assert "memory.db" not in listed
    assert "archives" not in listed
    assert "server" not in composed("ps", "--services").split()
    for store in ("postgres", "qdrant"):
        state = composed.state(store)
        assert not any(state["NetworkSettings"]["Ports"].values())
        for secret in ("postgres_password", "qdrant_api_key"):
            assert (composed.folder / "secrets" / secret).read_text().strip() not in json.dumps(state)


def with_stores(engine: Engine) -> None:
    """Have the images of the stores: those of the registry, or stand-ins where no registry is asked."""
    if isinstance(engine, OwnEngine):
        engine.stand_in("postgres", "postgres:17")
        engine.stand_in("qdrant", "qdrant/qdrant:v1.19", SERVER=IMAGE)
