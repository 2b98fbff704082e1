"""Compare the server with Letta's last Python server: start, memory when idle, and turns one after the other.

    python -m benchmarks.server_letta [--letta PYTHON] [--turns 40] [--json]

Both ask the scripted server on loopback, in a process of its own, which answers at once. `PYTHON` is an
interpreter with letta 0.16.8 and pgserver, which brings PostgreSQL with the vector extension:

    python -m venv letta; letta/bin/pip install 'letta[postgres]==0.16.8' pgserver

Without it, or where Letta does not start, its side is skipped, and the result says why. The start is the time
until the first answered request. In every round, each side has one turn, by a connection of its own.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks import measuring
from benchmarks.overhead import scripted_server
from benchmarks.served import QUESTION, Client, resident_mb, serving, wait_for

START_SECONDS = 120

# creates the tables of Letta in a database of its own, and keeps that until its input ends
DATABASE = """
import os, sys, pgserver
server = pgserver.get_server(sys.argv[1])
server.psql("CREATE EXTENSION IF NOT EXISTS vector")
os.environ["LETTA_PG_URI"] = server.get_uri()
import asyncio
import letta.orm
from letta.orm.base import Base
from sqlalchemy.ext.asyncio import create_async_engine

async def create():
    engine = create_async_engine(server.get_uri().replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)

asyncio.run(create())
# its migrations, which the wheel lacks, number the messages
server.psql("CREATE SEQUENCE numbers OWNED BY messages.sequence_id; "
            "ALTER TABLE messages ALTER COLUMN sequence_id SET DEFAULT nextval('numbers')")
print("URI", server.get_uri(), flush=True)
sys.stdin.read()
"""


class SkippedError(Exception):
    """A side cannot be measured; the text says why."""


def main() -> None:
    options = _options()
    result = measure(options)
    rows = [
        [name, each.get("start_s"), each.get("idle_mb"), each.get("turn_ms"), each.get("skipped", "")]
        for name, each in result["sides"].items()
    ]
    print(measuring.table(["server", "start, s", "idle, MB", "a turn, ms (p50 / p95)", "skipped"], rows))
    if options.json:
        measuring.emit(result)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    sides: dict[str, dict[str, Any]] = {}
    turns: dict[str, Callable[[], object]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        endpoint = stack.enter_context(scripted_server())
        server = stack.enter_context(serving(folder / "ours", base_url=endpoint.url))
        time.sleep(2)
        sides["ours"] = {"start_s": round(server.start_seconds, 2), "idle_mb": round(server.resident_mb(), 1)}
        server.client().ask("POST", "/api/v1/agents", {"name": "sam"})
        turns["ours"] = lambda: server.client().turn("sam")
        try:
            sides["letta"], turns["letta"] = stack.enter_context(_letta(options, folder, endpoint.url))
        except (SkippedError, OSError, RuntimeError) as error:
            sides["letta"] = {"skipped": str(error)}
        times: dict[str, list[float]] = {name: [] for name in turns}
        for number in range(-3, options.turns):
            for name, turn in turns.items():
                taken = measuring.milliseconds(turn)
                if number >= 0:
                    times[name].append(taken)
        for name, values in times.items():
            sides[name]["turn_ms"] = measuring.percentiles(values)
    return {
        "benchmark": "server_letta",
        "machine": measuring.machine("fastapi", "uvicorn", "sqlalchemy", "openai"),
        "turns": options.turns,
        "sides": sides,
    }


@contextmanager
def _letta(
    options: argparse.Namespace, folder: Path, endpoint: str
) -> Iterator[tuple[dict[str, Any], Callable[[], object]]]:
    if options.letta is None:
        raise SkippedError("no --letta PYTHON")
    database = subprocess.Popen(
        [options.letta, "-c", DATABASE, str(folder / "postgresql")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=(folder / "database.log").open("w"),
        text=True,
    )
    server = None
    try:
        assert database.stdout is not None
        uri = next((line.split()[1] for line in database.stdout if line.startswith("URI ")), None)
        if uri is None:
            raise SkippedError(f"its database does not start: {_end_of(folder / 'database.log')}")
        port, began = _free_port(), time.perf_counter()
        environment = {
            **os.environ,
            "HOME": str(folder),
            "LETTA_PG_URI": uri,
            "PGUSER": "postgres",  # it leaves the user of the address out
            "OPENAI_API_KEY": "not-needed",
            "OPENAI_API_BASE": endpoint,
            "PYTHONPATH": "",
        }
        command = Path(options.letta).with_name("letta")
        server = subprocess.Popen(
            [command, "server", "--port", str(port)],
            cwd=folder,  # it writes files there
            stdout=(folder / "letta.log").open("w"),
            stderr=subprocess.STDOUT,
            env=environment,
        )
        address = f"127.0.0.1:{port}"
        if not wait_for(address, "/v1/health/", seconds=START_SECONDS):
            raise SkippedError(f"it does not start: {_end_of(folder / 'letta.log')}")
        start = time.perf_counter() - began
        time.sleep(2)
        idle = resident_mb(server.pid)
        agent = Client(address).ask(
            "POST",
            "/v1/agents/",
            {
                "name": "sam",
                "agent_type": "memgpt_v2_agent",
                "llm_config": _model(endpoint),
                "embedding_config": _embedder(endpoint),
            },
        )
        said = {"messages": [{"role": "user", "content": QUESTION}]}
        yield (
            {"start_s": round(start, 2), "idle_mb": round(idle, 1)},
            lambda: Client(address).ask("POST", f"/v1/agents/{agent['id']}/messages", said),
        )
    finally:
        for process in (server, database):
            if process is not None:
                process.terminate()
                process.wait(60)


def _model(endpoint: str) -> dict[str, Any]:
    return {
        "model": "scripted",
        "model_endpoint_type": "openai",
        "model_endpoint": endpoint,
        "context_window": 32_000,
        "put_inner_thoughts_in_kwargs": False,
    }


def _embedder(endpoint: str) -> dict[str, Any]:
    return {
        "embedding_model": "scripted",
        "embedding_endpoint_type": "openai",
        "embedding_endpoint": endpoint,
        "embedding_dim": 256,
    }


def _end_of(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it wrote nothing"


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _options() -> argparse.Namespace:
    parser = measuring.parser(__doc__ or "")
    parser.add_argument("--letta", metavar="PYTHON", help="an interpreter with letta 0.16.8 and pgserver")
    parser.add_argument("--turns", type=int, default=40, help="how many rounds are measured")
    return parser.parse_args()


if __name__ == "__main__":
    main()
