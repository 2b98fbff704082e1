"""Forked processes: both sides keep what they were told, nobody waits for ever, and nothing is shared."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from fuzzing import TORTURE

from memgpt_autogen import Settings, open_memory
from memgpt_autogen.messages import Message

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "register_at_fork"), reason="this system has no forks"),
]

BEGIN = """
import multiprocessing, os, sys, threading, time, warnings
from pathlib import Path
from memgpt_autogen import Settings, open_memory
from memgpt_autogen.errors import MemGPTError, StorageError, TurnElsewhereError
from memgpt_autogen.messages import Message

warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of forks with threads
home = Path(sys.argv[1])
settings = Settings.load(home=home)
memory = open_memory("sam", settings)

def say(speaker, count):
    for number in range(count):
        memory.log.append(Message.said_by(speaker, f"{speaker} {number}"))

def in_child(work):
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        work()
        code = 0
    except BaseException as error:
        print(type(error).__name__, error, flush=True)
    finally:
        os._exit(code)

def until(true):
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)
"""


def start(script: str, home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", BEGIN + script, str(home)], stdout=subprocess.PIPE, text=True
    )


def output(script: str, home: Path) -> str:
    process = start(script, home)
    try:
        told, _ = process.communicate(timeout=100)
    finally:
        process.kill()
    assert process.returncode == 0
    return told


def said(home: Path, speaker: str) -> int:
    log = open_memory("sam", Settings.load(home=home)).log
    return sum(entry.message.name == speaker for entry in log.everything())


def test_what_a_child_says_after_its_parent_has_ended_is_kept(tmp_path: Path) -> None:
    script = """
say("parent", 5)
if os.fork() == 0:
    until((home / "go").exists)
    say("child", 40)
    (home / "done").touch()
"""
    process = start(script, tmp_path)
    process.wait(60)  # the parent's end
    third = open_memory("sam", Settings.load(home=tmp_path))
    third.log.append(Message.said_by("third", "before"))
    (tmp_path / "go").touch()
    end = time.monotonic() + 60
    while not (tmp_path / "done").exists():
        third.log.append(Message.said_by("third", "meanwhile"))
        assert time.monotonic() < end
        time.sleep(0.02)

    assert said(tmp_path, "parent") == 5
    assert said(tmp_path, "child") == 40


@pytest.mark.timeout(2000 if TORTURE else 240)
@pytest.mark.parametrize("seed", range(40 if TORTURE else 1))
def test_what_parents_and_children_were_told_survives_their_kills(
    tmp_path: Path, record_property: Callable[[str, object], None], seed: int
) -> None:
    """A tree of forks says and acknowledges lines while its processes are killed one after the other."""
    script = """
def told(line):
    ledger = os.open(home / "ledger", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(ledger, f"{os.getpid()} {line}\\n".encode())
    os.close(ledger)

def live(depth):
    told("lives")
    for number in range(400):
        if number in (3, 9) and depth < 2 and os.fork() == 0:
            live(depth + 1)
            os._exit(0)
        line = f"line {os.getpid()} {number}"
        memory.log.append(Message.said_by("tree", line))
        if number % 5 == 0:
            memory.archival.insert(line)
        told(line)

live(0)
"""
    chance = random.Random(seed)
    process = start(script, tmp_path)
    end, killed = time.monotonic() + 60, set[int]()
    while len(ledger(tmp_path)) < 20:  # by then there are children
        assert time.monotonic() < end
        time.sleep(0.02)
    while len(killed) < 4 and time.monotonic() < end:
        time.sleep(chance.uniform(0.02, 0.3))
        living = {int(line.split()[0]) for line in ledger(tmp_path) if line.endswith("lives")} - killed
        if not living:
            break
        killed.add(victim := chance.choice(sorted(living)))
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
    process.kill()
    for each in {int(line.split()[0]) for line in ledger(tmp_path)}:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    process.wait(10)

    memory = open_memory("sam", Settings.load(home=tmp_path))
    kept = {entry.message.text for entry in memory.log.everything()}
    acknowledged = [line.partition(" ")[2] for line in ledger(tmp_path) if " line " in line]
    assert acknowledged
    assert [line for line in acknowledged if line not in kept] == []
    record_property("tried: kills in trees of forks", len(killed))


def ledger(home: Path) -> list[str]:
    path = home / "ledger"
    return path.read_text("utf-8").splitlines() if path.exists() else []


def test_processes_of_a_pool_write_and_search_beside_their_parent(tmp_path: Path) -> None:
    told = output(
        """
def work(number):
    say(f"child{number}", 10)
    memory.archival.insert(f"The heron of child {number} sleeps.")
    return memory.recall.search(f"child{number}").total >= 10, memory.archival.search("heron").total > 0

memory.archival.insert("The heron of the parent sleeps.")
say("parent", 5)
with multiprocessing.get_context("fork").Pool(3) as pool:
    results = pool.map_async(work, range(6))
    say("parent", 5)
    print(results.get(60), memory.archival.search("heron").total)
""",
        tmp_path,
    )

    assert told == f"{[(True, True)] * 6} 7\n"
    assert [said(tmp_path, f"child{number}") for number in range(6)] == [10] * 6
    assert said(tmp_path, "parent") == 10


def test_a_fork_waits_for_the_transactions_of_other_threads(tmp_path: Path) -> None:
    told = output(
        """
database, begun = memory.log.database, threading.Event()

def write():
    with database.writing():
        begun.set()
        time.sleep(1)
        say("thread", 1)

thread = threading.Thread(target=write)
thread.start()
begun.wait()
print(in_child(lambda: say("child", 3)))
thread.join()
say("parent", 3)
""",
        tmp_path,
    )

    assert told == "0\n"
    assert [said(tmp_path, speaker) for speaker in ("thread", "child", "parent")] == [1, 3, 3]


@pytest.mark.sqlite
def test_a_child_of_a_thread_inside_a_transaction_is_told_why_it_cannot_write(tmp_path: Path) -> None:
    told = output(
        """
with memory.log.database.writing():
    say("parent", 1)
    def work():
        memory.log.database._local = threading.local()  # what the parent began is not the child's
        say("child", 1)
    in_child(work)
    say("parent", 1)
say("parent", 1)
""",
        tmp_path,
    )

    assert told.startswith("StorageError this process was forked while a transaction of ")
    assert "'spawn'" in told
    assert [said(tmp_path, speaker) for speaker in ("child", "parent")] == [0, 3]


def test_a_child_that_is_forked_in_another_threads_turn_does_not_wait_for_ever(tmp_path: Path) -> None:
    told = output(
        """
inside, end = threading.Event(), threading.Event()

def turn():
    with memory.lock.turn("sam"):
        inside.set()
        end.wait(60)

thread = threading.Thread(target=turn)
thread.start()
inside.wait()

def work():
    with memory.lock.turn("sam", wait=0.5):
        pass

in_child(work)
end.set()
thread.join()
print(in_child(work))
""",
        tmp_path,
    )

    assert told.startswith("TurnElsewhereError agent 'sam' is in a turn of process ")
    assert told.endswith("\n0\n")


def test_a_child_that_is_forked_inside_a_turn_does_not_write_as_the_turn(tmp_path: Path) -> None:
    told = output(
        """
from memgpt_autogen.memory.storage.database import current_fence

with memory.lock.exclusive("sam"):
    in_child(lambda: say("child", 1))
    in_child(lambda: memory.lock.turn("sam").__enter__())
    say("parent", 1)
in_child(lambda: say("child", 1))
""",
        tmp_path,
    )

    first, second = told.splitlines()
    assert first.startswith("TurnElsewhereError this process was forked in the middle of a turn")
    assert second.startswith("TurnInProgressError")
    assert [said(tmp_path, speaker) for speaker in ("child", "parent")] == [1, 1]


def test_a_child_that_ends_leaves_the_temporary_home_of_its_parent(tmp_path: Path) -> None:
    told = output(
        """
temporary = open_memory("ana", ephemeral=True)
child = os.fork()
if child == 0:
    sys.exit()
os.waitpid(child, 0)
temporary.log.append(Message.said_by("ada", "Still here."))
print(sum(entry.message.name == "ada" for entry in temporary.log.everything()))
""",
        tmp_path,
    )

    assert told == "1\n"


def test_a_child_asks_models_by_connections_of_its_own(tmp_path: Path) -> None:
    told = output(
        """
from memgpt_autogen.adapter.llm import AutoGenLLM
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.testing import ScriptedServer, says

with ScriptedServer(otherwise=says("Hi!")) as server:
    models = [AutoGenLLM(server.llm_config), OpenAILLM("m", base_url=server.url, api_key="x")]
    ask = [{"role": "user", "content": "Hello"}]
    before = [model.complete(ask).text for model in models]
    clients = [models[0]._wrapper, models[1]._endpoint._client]
    def work():
        assert models[0]._wrapper is not clients[0]
        assert models[1]._endpoint._client is not clients[1]
        os.write(1, str([model.complete(ask).text for model in models] == before).encode() + b"\\n")
    print(in_child(work))
""",
        tmp_path,
    )

    assert told.splitlines()[-2:] == ["True", "0"]


def test_a_lock_that_another_thread_keeps_is_free_in_a_child(tmp_path: Path) -> None:
    told = output(
        """
from memgpt_autogen.concurrency import Lock

lock, own, taken, end = Lock("the kettle"), Lock("the cup"), threading.Event(), threading.Event()

def keep():
    with lock:
        taken.set()
        end.wait(60)

thread = threading.Thread(target=keep)
thread.start()
taken.wait()

def work():
    with lock:
        pass
    own.release()
    own.acquire(0)

own.acquire()
print(in_child(work))
end.set()
""",
        tmp_path,
    )

    assert told == "0\n"
