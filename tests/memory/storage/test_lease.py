"""The lease: turns of an agent in several processes follow one another, whatever happens to a process."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from fuzzing import TORTURE
from loops import HELLO, LoopFactory, MemoryFactory, story
from postgresql import URL
from sqlalchemy import insert, select, update
from workers import Worker

from memgpt_autogen.errors import ModelError, StorageError, TurnElsewhereError, TurnInProgressError
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.database import open_database
from memgpt_autogen.memory.storage.tables import leases
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import ScriptedLLM, call, says

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs POSIX signals")

TURNS = int(os.environ.get("MEMGPT_AUTOGEN_TEST_TURNS", "60" if TORTURE else "12"))
"""Turns of each process."""

KILLS = int(os.environ.get("MEMGPT_AUTOGEN_TEST_KILLS", "20" if TORTURE else "4"))

REPLY = says("", call("send_message", message="Hi!"))

WORKER = """
import sys, time
from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says

agent, who, turns, lease_seconds, waits = sys.argv[1:6]
memory = open_memory(agent, Settings.load(), human="0")
tag, sent = "", False

def count(tag: str) -> str:
    "Count a turn."
    memory.core.edit("human", lambda block: block.rewrite(str(int(block.value) + 1)))
    if waits == "wait":
        print("inside", flush=True)
        sys.stdin.readline()
    return f"counted {tag}"

class Model:
    model = "worker"

    def complete(self, messages, tools=(), tool_choice=None):
        global sent
        if not tools:
            return says("we counted")
        if sent:
            return says("", call("send_message", message=f"done {tag}"))
        sent = True
        return says(f"thinks {tag}", call("count", tag=tag, request_heartbeat=True))

options = {"lease_seconds": float(lease_seconds), "turn_wait": 300}
loop = open_loop(memory, Model(), tools=[count], window_tokens=16000, **options)
print("ready", flush=True)
for number in range(int(turns)):
    tag, sent = f"{who}-{number}", False
    try:
        list(loop.run([Message.said_by(who, f"start {tag}")]))
    except Exception as error:
        print(type(error).__name__, error, flush=True)
        break
    print("done", tag, flush=True)
"""


@pytest.fixture(params=["home", "postgresql"], autouse=True)
def _where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs on a SQLite file and on PostgreSQL."""
    if request.param == "postgresql":
        if URL in os.environ:
            pytest.skip("the whole suite runs on PostgreSQL")
        monkeypatch.setenv("MEMGPT_AUTOGEN_DATABASE_URL", request.getfixturevalue("postgresql_url"))


Start = Callable[..., Worker]

Record = Callable[[str, object], None]


@pytest.fixture
def start(make_memory: MemoryFactory, record_property: Record) -> Iterator[Start]:
    """Starts a process that runs turns of an agent, and ends it with the test."""
    make_memory("sam", human="0")
    started: list[Worker] = []

    def begin(
        who: str, turns: int = 10**6, *, agent: str = "sam", lease_seconds: float = 30, waits: str = ""
    ) -> Worker:
        started.append(Worker(WORKER, agent, who, turns, lease_seconds, waits))
        return started[-1]

    yield begin
    record_property("tried: processes", len(started))
    for worker in started:
        worker.close()


def lease_until(memory: MemoryHierarchy) -> float:
    with memory.log.database.reading() as connection:
        return float(connection.scalar(select(leases.c.until)) or 0.0)


def suspend(worker: Worker, memory: MemoryHierarchy) -> None:
    """Stop a process outside transactions: inside one it keeps SQLite's write lock, for which others wait."""
    file = memory.log.database.url.database
    while True:
        os.kill(worker.pid, signal.SIGSTOP)
        if memory.log.database.dialect != "sqlite" or _writable(str(file)):
            return
        os.kill(worker.pid, signal.SIGCONT)
        time.sleep(0.1)


def _writable(file: str) -> bool:
    with closing(sqlite3.connect(file, timeout=0.5, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True


def turns_of(memory: MemoryHierarchy) -> list[str]:
    """The tags of the turns in the log's order; fails where the entries of two of them are mixed."""
    tags: list[str] = []
    entries = memory.log.everything()
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    for entry in entries:
        message = entry.message
        words = message.text.split()
        if message.kind == "message" and words[0] == "start":
            assert words[1] not in tags
            tags.append(words[1])
        elif words and words[0] in ("thinks", "counted"):
            assert words[1] == tags[-1], f"{words[1]} goes on at {entry.seq} in the turn of {tags[-1]}"
        elif message.spoken is not None and message.spoken.startswith("done"):
            assert message.spoken == f"done {tags[-1]}"
    return tags


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_processes_take_turns_of_one_agent_and_nothing_is_mixed_lost_or_doubled(
    start: Start, make_memory: MemoryFactory, record_property: Record
) -> None:
    workers = [start(who, TURNS) for who in ("a", "b", "c")]
    last_lines = [worker.rest()[-1] for worker in workers]

    memory = make_memory("sam")

    assert last_lines == [f"done {who}-{TURNS - 1}" for who in "abc"]
    assert sorted(turns_of(memory)) == sorted(f"{who}-{number}" for who in "abc" for number in range(TURNS))
    assert memory.core["human"].value == str(3 * TURNS)
    results = [entry.message.text for entry in memory.log.everything() if entry.message.kind == "result"]
    assert sum(text.startswith("counted") for text in results) == 3 * TURNS
    record_property("tried: turns of several processes", 3 * TURNS)


@pytest.mark.slow
def test_processes_with_agents_of_their_own_work_at_the_same_time(
    start: Start, make_memory: MemoryFactory
) -> None:
    workers = [start(who, TURNS, agent=f"agent-{who}") for who in ("a", "b", "c")]
    last_lines = [worker.rest()[-1] for worker in workers]

    assert last_lines == [f"done {who}-{TURNS - 1}" for who in "abc"]
    for who in "abc":
        memory = make_memory(f"agent-{who}")
        assert turns_of(memory) == [f"{who}-{number}" for number in range(TURNS)]
        assert memory.core["human"].value == str(TURNS)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_killed_process_does_not_block_its_agent_and_loses_nothing_it_acknowledged(
    start: Start, make_memory: MemoryFactory, make_loop: LoopFactory, record_property: Record
) -> None:
    memory = make_memory("sam")
    loop = make_loop(memory=memory, otherwise=REPLY, turn_wait=5.0)
    chance = random.Random(5)
    acknowledged: list[str] = []
    for kill in range(KILLS):
        worker = start(f"w{kill}")
        assert worker.line() == "ready"
        acknowledged += [worker.line().removeprefix("done ") for _ in range(chance.randint(1, 3))]
        time.sleep(chance.random() * 0.1)
        worker.kill()
        acknowledged += [line.removeprefix("done ") for line in worker.rest()]

        assert story(loop.run([HELLO]))[-1] == "TurnEnded yielded"

    begun = turns_of(memory)
    said = [item.text for item in memory.recall.search("done", page_size=10**6).items]
    assert set(acknowledged) <= set(begun)
    assert {f"done {tag}" for tag in acknowledged} <= set(said)
    assert len(begun) - KILLS <= int(memory.core["human"].value) <= len(begun)
    record_property("tried: kills survived", KILLS)


def test_one_that_stands_still_loses_its_turn_and_cannot_go_on_with_it(
    start: Start, make_memory: MemoryFactory, make_loop: LoopFactory
) -> None:
    worker = start("w", lease_seconds=0.3, waits="wait")
    assert [worker.line(), worker.line()] == ["ready", "inside"]
    loop = make_loop(REPLY, memory=make_memory("sam"), turn_wait=60.0)
    suspend(worker, loop.memory)

    assert "says Hi!" in story(loop.run([HELLO]))
    written = loop.memory.log.last_seq()
    worker.send()
    os.kill(worker.pid, signal.SIGCONT)

    assert worker.line().startswith("TurnElsewhereError agent 'sam' lost its turn to another process")
    assert loop.memory.log.last_seq() == written


def test_one_that_stood_still_goes_on_where_nobody_took_its_turn(
    start: Start, make_memory: MemoryFactory
) -> None:
    worker = start("w", 1, lease_seconds=0.3, waits="wait")
    assert [worker.line(), worker.line()] == ["ready", "inside"]
    memory = make_memory("sam")
    suspend(worker, memory)
    time.sleep(max(0.0, lease_until(memory) - time.time()) + 0.01)
    worker.send()
    os.kill(worker.pid, signal.SIGCONT)

    assert worker.line() == "done w-0"


def test_a_long_turn_keeps_its_lease(
    start: Start, make_memory: MemoryFactory, make_loop: LoopFactory
) -> None:
    worker = start("w", 1, lease_seconds=0.6, waits="wait")
    assert [worker.line(), worker.line()] == ["ready", "inside"]
    loop = make_loop(REPLY, memory=make_memory("sam"), turn_wait=0.0)
    first = lease_until(loop.memory)
    while lease_until(loop.memory) < first + 0.6:
        time.sleep(0.02)

    with pytest.raises(TurnElsewhereError):
        list(loop.run([HELLO]))

    worker.send()
    assert worker.line() == "done w-0"


def test_who_waits_too_long_is_told_who_has_the_turn(
    start: Start, make_memory: MemoryFactory, make_loop: LoopFactory
) -> None:
    worker = start("w", 1, waits="wait")
    assert [worker.line(), worker.line()] == ["ready", "inside"]
    loop = make_loop(REPLY, memory=make_memory("sam"), turn_wait=0.2)

    with pytest.raises(
        TurnElsewhereError, match=rf"'sam' is in a turn of process {worker.pid} on .*, since 20"
    ):
        list(loop.run([HELLO]))
    with pytest.raises(TurnElsewhereError), loop.memory.exclusive(wait=0.2):
        pass
    loop.memory.log.append(Message.said_by("ben", "heard meanwhile"))
    worker.send()

    assert worker.line() == "done w-0"
    assert "says Hi!" in story(loop.run())


def test_what_must_not_cut_into_a_turn_waits_for_that_of_another_process(
    start: Start, make_memory: MemoryFactory
) -> None:
    worker = start("w", 1, waits="wait")
    assert [worker.line(), worker.line()] == ["ready", "inside"]
    memory = make_memory("sam")

    with ThreadPoolExecutor(1) as pool:
        reset = pool.submit(memory.reset)
        time.sleep(0.1)
        assert not reset.done()
        worker.send()
        reset.result(30)

    assert worker.line() == "done w-0"
    assert [entry.message.kind for entry in memory.log.everything()] == ["edit", "edit"]


@pytest.mark.autogen
def test_in_a_chat_a_turn_that_another_process_has_is_a_notice_and_what_was_said_is_kept(
    start: Start, make_memory: MemoryFactory
) -> None:
    from autogen import ConversableAgent

    from memgpt_autogen import MemGPTAgent

    worker = start("w", 1, waits="wait")
    assert [worker.line(), worker.line()] == ["ready", "inside"]
    memory = make_memory("sam")
    agents = [
        MemGPTAgent("sam", memory=memory, llm=ScriptedLLM(REPLY), turn_wait=0.2, model_error=mode)
        for mode in ("reply", "raise")
    ]
    ben = ConversableAgent("ben", llm_config=False, human_input_mode="NEVER")

    chat = ben.initiate_chat(agents[0], message="Are you there?", max_turns=1, silent=True)
    with pytest.raises(TurnElsewhereError):
        ben.initiate_chat(agents[1], message="And now?", max_turns=1, silent=True)

    assert chat.summary.startswith("[sam cannot answer now: agent 'sam' is in a turn of process")
    assert memory.recall.search("there").total == 1
    worker.send()
    assert worker.line() == "done w-0"


@pytest.mark.parametrize("held", ["on another machine", "by a dead process", "by this process, long ago"])
def test_whom_a_lease_of_the_past_keeps_waiting(
    make_memory: MemoryFactory, make_loop: LoopFactory, held: str
) -> None:
    loop = make_loop(REPLY, REPLY, memory=make_memory(), turn_wait=30.0, lease_seconds=1.0)
    turn = iter(loop.run([HELLO]))
    next(turn)
    database, agent_id = loop.memory.log.database, loop.memory.log.agent_id
    with database.reading() as connection:
        row = connection.execute(select(leases)).one()
    list(turn)
    holder = row.holder
    if held == "on another machine":
        holder = holder.replace('"machine": "', '"machine": "other ')
    if held == "by a dead process":
        with subprocess.Popen([sys.executable, "-c", ""]) as process:
            process.wait()
        holder = holder.replace(f'"pid": {os.getpid()}', f'"pid": {process.pid}')
    until = time.time() + (0.5 if held == "on another machine" else 10**6)
    with database.writing() as connection:
        connection.execute(
            insert(leases).values(agent_id=agent_id, token="old", holder=holder, since=row.since, until=until)
        )

    assert "says Hi!" in story(loop.run([HELLO]))
    assert (time.time() >= until) == (held == "on another machine")


def test_a_lease_that_was_taken_stops_every_kind_of_write_of_the_turn(
    make_memory: MemoryFactory, make_loop: LoopFactory
) -> None:
    memory = make_memory()

    def lose() -> str:
        with open_database(memory.log.database.url).writing() as connection:
            connection.execute(update(leases).values(token="another"))
        return ""

    def edit() -> str:
        memory.core.set("human", "from beyond")
        return ""

    def evict() -> str:
        memory.queue.evict(1, "from beyond", "model")
        return ""

    loop = make_loop(
        says("", call("lose"), call("edit"), call("evict")), memory=memory, tools=[lose, edit, evict]
    )
    events = []

    with pytest.raises(TurnElsewhereError, match="lost its turn"):
        events.extend(loop.run([HELLO]))

    memory.core.set("human", "by hand")
    assert memory.queue.summary is None
    assert [entry.message.kind for entry in memory.log.everything()][-3:] == ["message", "step", "edit"]


def test_a_turn_leaves_no_lease_behind(make_memory: MemoryFactory, make_loop: LoopFactory) -> None:
    loop = make_loop(REPLY, KeyError("a bug"), REPLY, memory=make_memory())
    list(loop.run([HELLO]))
    with pytest.raises(ModelError):
        list(loop.run([HELLO]))
    next(iter(loop.run([HELLO])))

    with loop.memory.log.database.reading() as connection:
        assert connection.execute(select(leases)).all() == []


def test_an_exclusive_block_holds_others_of_its_own_and_no_turn(
    make_memory: MemoryFactory, make_loop: LoopFactory
) -> None:
    loop = make_loop(REPLY, memory=make_memory())

    with loop.memory.exclusive():
        loop.memory.reset()
        with pytest.raises(TurnInProgressError):
            list(loop.run([HELLO]))
    turn = iter(loop.run([HELLO]))
    next(turn)

    with pytest.raises(TurnInProgressError), loop.memory.exclusive():
        pass


def test_a_reset_that_dies_halfway_forgot_nothing(
    make_memory: MemoryFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = make_memory(human="Ben")
    memory.log.append(Message.said_by("ben", "hello"))
    memory.core.set("human", "Ben likes tea")
    before = memory.log.everything()

    def dies(_first: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(memory.core, "restart", dies)
    with pytest.raises(StorageError):
        memory.reset()

    assert memory.log.everything() == before
    assert memory.core["human"].value == "Ben likes tea"
