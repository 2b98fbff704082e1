"""PostgreSQL as operators run it: encodings, isolation by default, poolers and restarts."""

from __future__ import annotations

import operator
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pgbouncer import Pooler, is_installed
from postgresql import Server, execute, programs

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of these tests' own, whose superuser they may be, and which keeps what it acknowledged."""
    place = programs()
    if place is None:
        pytest.skip("no PostgreSQL server is installed; Debian's package is 'postgresql'")
    server = Server(place, fsync="on", synchronous_commit="on", full_page_writes="on")
    yield server
    server.close()


@pytest.fixture
def pooler(server: Server) -> Iterator[Pooler]:
    if not is_installed():
        pytest.skip("PgBouncer is not installed; Debian's package is 'pgbouncer'")
    pooler = Pooler(server)
    yield pooler
    pooler.close()


def database(server: Server, made: str = "", *settings: str, url: str = "") -> str:
    """Create a database of one test and return its URL."""
    name = f"t{secrets.token_hex(8)}"
    execute(server.admin_url, f"CREATE DATABASE {name} OWNER memgpt {made}")
    execute(server.admin_url, *(f"ALTER DATABASE {name} SET {each}" for each in settings))
    return f"{(url or server.url).rpartition('/')[0]}/{name}"


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "WIN1252", "EUC_JP"])
def test_a_database_that_cannot_store_every_text_is_refused_at_opening(
    server: Server, tmp_path: Path, encoding: str
) -> None:
    url = database(server, f"ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")

    with pytest.raises(ConfigurationError, match=f"'t.*' has the encoding {encoding}, "):
        open_memory("sam", Settings.load(home=tmp_path, database_url=url))


@pytest.mark.parametrize("how", ["database", "url", "environment"])
def test_a_connection_that_cannot_transfer_every_text_is_refused_at_opening(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    url = database(server, "", *(["client_encoding = 'LATIN1'"] if how == "database" else []))
    if how == "environment":
        monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    url += "?client_encoding=LATIN1" if how == "url" else ""

    with pytest.raises(ConfigurationError, match=r"client_encoding LATIN1.*Set it to UTF8"):
        open_memory("sam", Settings.load(home=tmp_path, database_url=url))


def write_from_threads(memories: list[MemoryHierarchy], rounds: int = 8) -> list[str]:
    """Write from one thread for each memory at the same time; return the errors."""

    def work(number: int, memory: MemoryHierarchy) -> str:
        try:
            for turn in range(rounds):
                words = f"{number}.{turn}"
                memory.log.append(Message.said_by("ada", words))
                memory.core.edit("human", operator.methodcaller("append", words))
        except StorageError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(len(memories)) as pool:
        return [error for error in pool.map(work, range(len(memories)), memories) if error]


@pytest.mark.parametrize("level", ["read committed", "repeatable read", "serializable"])
def test_writers_of_one_agent_wait_for_each_other_whatever_isolation_is_the_default(
    server: Server, tmp_path: Path, level: str
) -> None:
    isolation = f"default_transaction_isolation = '{level}'"
    url = database(server, "", isolation, "default_transaction_read_only = on")
    settings = Settings.load(home=tmp_path, database_url=url)
    memories = [open_memory("sam", settings) for _ in range(4)]

    assert write_from_threads(memories) == []

    assert memories[0].log.count() == 32
    assert len(memories[0].core["human"].value.split()) == 32


PROCESS = """
import sys
from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says

memory = open_memory("sam", Settings.load())
llm = ScriptedLLM(otherwise=says("", call("send_message", message="Hi!")))
loop = open_loop(memory, llm, window_tokens=64000)
for number in range(int(sys.argv[2])):
    list(loop.run([Message.said_by("ada", f"{sys.argv[1]}.{number}")]))
    memory.core.edit("human", lambda block: block.append(f"{sys.argv[1]}.{number}"))
    memory.recall.search("ada")
print("done")
"""


@pytest.mark.slow
def test_processes_behind_a_pooler_that_shares_connections_lose_and_mix_nothing(
    server: Server, pooler: Pooler, tmp_path: Path
) -> None:
    url = database(server, url=pooler.url)
    settings = Settings.load(home=tmp_path / "home", database_url=url)
    memory = open_memory("sam", settings)
    environment = {
        **os.environ,
        "MEMGPT_AUTOGEN_DATABASE_URL": url,
        "MEMGPT_AUTOGEN_HOME": str(tmp_path / "home"),
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(number), "10"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in range(3)
    ]

    assert [process.communicate(timeout=100)[0] for process in processes] == ["done\n"] * 3

    edits = [f"{process}.{number}" for process in range(3) for number in range(10)]
    assert sorted(memory.core["human"].value.split()) == edits
    assert memory.log.count() == 60


@pytest.mark.parametrize(
    ("mode", "options", "advice"),
    [
        ("statement", "", "set its pool_mode to transaction or session"),
        ("transaction", "?options=-c%20geqo%3Doff", "remove it from database_url"),
        ("transaction", "?prepare_threshold=0", "remove prepare_threshold from database_url"),
    ],
)
def test_what_a_pooler_cannot_do_is_named_with_the_way_out(
    server: Server, tmp_path: Path, mode: str, options: str, advice: str
) -> None:
    if not is_installed():
        pytest.skip("PgBouncer is not installed; Debian's package is 'pgbouncer'")
    pooler = Pooler(server, mode=mode)
    url = f"{database(server, url=pooler.url)}{options}"

    def use() -> None:
        # each has connections of its own
        places = [f"{url}{'&' if options else '?'}application_name={number}" for number in range(3)]
        memories = [open_memory("sam", Settings.load(home=tmp_path, database_url=place)) for place in places]
        raise StorageError(" ".join(write_from_threads(memories)))

    try:
        with pytest.raises(StorageError) as refusal:
            use()
    finally:
        pooler.close()

    assert advice in str(refusal.value)


@pytest.mark.slow
def test_restarts_in_the_middle_of_turns_lose_nothing_that_was_acknowledged(
    server: Server, tmp_path: Path
) -> None:
    url = database(server)
    settings = Settings.load(home=tmp_path, database_url=url)
    acknowledged: list[str] = []
    over = threading.Event()
    hi = says("", call("send_message", message="Hi!"))

    def turns(name: str) -> int:
        loop = open_loop(open_memory(name, settings), ScriptedLLM(otherwise=hi), window_tokens=64_000)
        number = 0
        while not over.is_set():
            number += 1
            try:
                list(loop.run([Message.said_by("ada", f"{name}.{number}")]))
            except StorageError:
                continue
            acknowledged.append(f"{name}.{number}")
        return number

    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(turns, name) for name in ("sam", "kim", "ben")]
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGINT):
            before = len(acknowledged)
            while len(acknowledged) < before + 6:
                threading.Event().wait(0.02)
            server.stop(how=how)
            server.start()
        before = len(acknowledged)
        while len(acknowledged) < before + 6:
            threading.Event().wait(0.02)
        over.set()
        assert min(future.result(60) for future in running) > 0

    logged: list[str] = []
    for name in ("sam", "kim", "ben"):
        entries = open_memory(name, settings).log.everything()
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        logged += [entry.message.text for entry in entries if entry.message.kind == "message"]
    assert set(acknowledged) <= set(logged)
    assert len(logged) == len(set(logged))
