"""Several processes and one embedded archive: they take turns, and whoever cannot have it learns who has."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from fuzzing import TORTURE
from workers import Worker

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
from memgpt_autogen.memory.qdrant.edge.open_folders import FolderHeldError, FolderLock
from memgpt_autogen.memory.qdrant.protocol import Space

INSERTS = 400 if TORTURE else 40

WORK = """
import sys
for number in range({count}):
    archive.insert(f"fact {{number}} of {name}")
    if number % 10 == 0:
        assert archive.search(f"fact {{number}} of {name}").items
print("done", flush=True)
input()
"""

HANG = """
from memgpt_autogen.memory.qdrant.protocol import Scope, Space
archive.insert("tea")
with archive._index._folders.held("anna"):
    print("held", flush=True)
    input()
"""


OPEN = """
import pathlib, sys
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
archive = Archive("anna", EdgeIndex(pathlib.Path(sys.argv[1])))
"""

Record = Callable[[str, object], None]

Start = Callable[[str], Worker]


@pytest.fixture
def start(tmp_path: Path, record_property: Record) -> Iterator[Start]:
    """Starts a process with the `archive` of Anna in the test's folder, and ends it with the test."""
    started: list[Worker] = []

    def begin(script: str) -> Worker:
        started.append(Worker(OPEN + script, tmp_path))
        return started[-1]

    yield begin
    for worker in started:
        worker.close()
    record_property("tried: processes", len(started))


def texts(archive: Archive) -> list[str]:
    return sorted(each["text"] for each in archive.dump())


@pytest.mark.slow
@pytest.mark.timeout(1200 if TORTURE else 300)
@pytest.mark.parametrize("processes", [2, 4 if TORTURE else 3])
def test_processes_that_insert_at_once_lose_nothing_and_double_nothing(
    tmp_path: Path, start: Start, processes: int
) -> None:
    names = [f"worker{number}" for number in range(processes)]
    others = [start(WORK.format(count=INSERTS, name=name)) for name in names]

    assert [other.line() for other in others] == ["done"] * processes

    archive = Archive("anna", EdgeIndex(tmp_path))  # the others are alive and had it open
    assert texts(archive) == sorted(f"fact {number} of {name}" for number in range(INSERTS) for name in names)
    archive.close()


@pytest.mark.slow
def test_two_processes_that_use_an_archive_in_turns_need_not_close_it(tmp_path: Path, start: Start) -> None:
    archive = Archive("anna", EdgeIndex(tmp_path))
    other = start("while True:\n    archive.insert(input())\n    print(archive.count(), flush=True)")
    for number in range(INSERTS // 10):
        archive.insert(f"mine {number}")
        other.send(f"theirs {number}")
        assert other.line() == str(2 * number + 2)
        assert archive.count() == 2 * number + 2
    archive.close()


def test_whoever_hangs_in_the_middle_of_a_use_is_named_and_whoever_dies_there_blocks_nobody(
    tmp_path: Path, start: Start
) -> None:
    archive = Archive("anna", EdgeIndex(tmp_path, wait_seconds=0.2))
    other = start(HANG)
    assert other.line() == "held"

    for attempt in (archive.count, lambda: archive.insert("coffee")):
        with pytest.raises(StorageError, match=f"in use by process {other.pid} on .* since 20") as refused:
            attempt()
        assert str(tmp_path) in str(refused.value)
        assert "Qdrant server" in str(refused.value)

    os.kill(other.pid, signal.SIGSTOP)
    with pytest.raises(StorageError, match=f"process {other.pid}"):
        archive.count()

    other.close()
    assert archive.insert("coffee")
    assert texts(archive) == ["coffee", "tea"]
    archive.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("rounds", [40 if TORTURE else 5])
def test_a_process_that_is_killed_at_any_moment_leaves_what_was_acknowledged_and_a_free_archive(
    tmp_path: Path, start: Start, record_property: Record, rounds: int
) -> None:
    acknowledged = set()
    for number in range(rounds):
        other = start(
            f"import itertools\nfor number in itertools.count():\n    text = f'fact {{number}} of {number}'\n"
            f"    archive.insert(text)\n    print(text, flush=True)\n"
        )
        acknowledged.add(other.line())
        mine = Archive("anna", EdgeIndex(tmp_path))
        mine.insert(f"mine {number}")
        acknowledged.add(f"mine {number}")
        time.sleep(0.01 * (number % 7))
        other.kill()
        acknowledged.update(other.rest())

        found = texts(Archive("anna", EdgeIndex(tmp_path)))
        assert acknowledged <= set(found)
        assert (
            len(found) - len(acknowledged) <= number + 1
        )  # one may be stored and not acknowledged each time
        assert len(found) == len(set(found))
    Archive("anna", EdgeIndex(tmp_path)).close()
    record_property("tried: kills survived", rounds)


def test_first_inserts_of_many_processes_make_one_folder(tmp_path: Path, start: Start) -> None:
    for _ in range(10 if TORTURE else 2):
        others = [start(f"archive.insert('tea of {number}')") for number in range(4)]
        for other in others:
            assert other.rest() == []
            assert other.exit_code == 0
        archive = Archive("anna", EdgeIndex(tmp_path))
        assert texts(archive) == [f"tea of {number}" for number in range(4)]
        archive.clear()  # and so the next round begins without a folder
        assert list(tmp_path.iterdir()) == []


def test_notes_and_holders_of_the_dead_do_no_harm_and_go(tmp_path: Path) -> None:
    archive = Archive("anna", EdgeIndex(tmp_path))
    archive.insert("tea")
    archive.close()
    folder = EdgeIndex(tmp_path).folder("anna")
    FolderLock(folder).file("holder").write_text('{"host": "gone", "pid": 1, "since": "never"}')
    FolderLock(folder).file("wanted").touch()

    assert archive.count() == 1
    assert json.loads(FolderLock(folder).file("holder").read_text())["pid"] == os.getpid()
    FolderLock(folder).file("wanted").touch()
    wait_until(lambda: not FolderLock(folder).file("holder").exists())
    archive.insert("coffee")
    assert not FolderLock(folder).file("wanted").exists()
    archive.clear()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("told", ["", "{", "[]", '{"pid": 1}'], ids=["empty", "torn", "no object", "half"])
def test_a_holder_that_cannot_be_read_is_another_process(tmp_path: Path, told: str) -> None:
    lock = FolderLock(tmp_path / "folder")
    lock.take()
    FolderLock(tmp_path / "folder").file("holder").write_text(told)

    with pytest.raises(FolderHeldError, match="held by another process"):
        FolderLock(tmp_path / "folder").take()

    lock.give_back()
    lock.give_back()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_was_taken_while_its_file_was_removed_is_taken_again(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    counts = {"inside": 0, "most": 0}
    guard = threading.Lock()

    def work() -> None:
        done = 0
        while done < 60:
            lock = FolderLock(folder)
            with suppress(FolderHeldError):
                lock.take()
                with guard:
                    counts["inside"] += 1
                    counts["most"] = max(counts["most"], counts["inside"])
                time.sleep(0.0005)
                with guard:
                    counts["inside"] -= 1
                lock.give_back()  # there is no folder, so the lock's file goes each time
                done += 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counts == {"inside": 0, "most": 1}


def test_while_one_archive_is_waited_for_the_others_are_used(tmp_path: Path, start: Start) -> None:
    index = EdgeIndex(tmp_path, wait_seconds=60.0)
    bob = Archive("bob", index)
    bob.insert("tea")
    other = start(HANG)
    assert other.line() == "held"
    waiting = threading.Thread(target=lambda: suppressed(Archive("anna", index).count))
    waiting.start()
    wait_until(FolderLock(index.folder("anna")).is_wanted)

    assert bob.search("tea").total == 1
    assert waiting.is_alive()

    other.close()
    waiting.join()
    index.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_both_sides_of_a_fork_use_the_archive(tmp_path: Path) -> None:
    archive = Archive("anna", EdgeIndex(tmp_path))
    archive.insert("before")
    child = multiprocessing.get_context("fork").Process(target=lambda: archive.insert("of the child"))
    child.start()
    archive.insert("of the parent")
    child.join(60)

    assert child.exitcode == 0
    assert texts(archive) == ["before", "of the child", "of the parent"]
    archive.close()


def suppressed(use: Callable[[], object]) -> None:
    with suppress(StorageError):
        use()


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_open_archive_tells_its_space_while_another_thread_uses_it(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path)
    Archive("anna", index).insert("tea")
    told: list[Space | None] = []

    with index._folders.held("anna"):
        asking = threading.Thread(target=lambda: told.append(index.seen("anna")), daemon=True)
        asking.start()
        asking.join(5)

        assert told == [Space()]


def test_a_closed_archive_tells_the_space_that_it_has_on_disk(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path)
    Archive("anna", index).insert("tea")
    index.close("anna")

    assert index.seen("anna") == Space()
    assert index.seen("ben") is None
