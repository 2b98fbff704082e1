"""Several processes and one embedded archive: they take turns, and whoever cannot have it learns who has."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from fuzzing import TORTURE
from places import ROOT

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
from memgpt_autogen.memory.qdrant.edge.open_folders import FolderHeldError, FolderLock

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


Record = Callable[[str, object], None]

_started: list[int] = []


@pytest.fixture(autouse=True)
def _counted(record_property: Record) -> Iterator[None]:
    before = len(_started)
    yield
    record_property("tried: processes", len(_started) - before)


def other_process(folder: Path, script: str) -> subprocess.Popen[str]:
    """Another process with the `archive` of Anna in that folder."""
    begin = (
        f"import pathlib\n"
        f"from memgpt_autogen.memory.archival.archive import Archive\n"
        f"from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex\n"
        f"archive = Archive('anna', EdgeIndex(pathlib.Path({str(folder)!r})))\n"
    )
    home = str(ROOT)
    process = subprocess.Popen(
        [sys.executable, "-c", begin + script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": home},
    )
    _started.append(process.pid)
    return process


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def texts(archive: Archive) -> list[str]:
    return sorted(each["text"] for each in archive.dump())


@pytest.mark.timeout(1200 if TORTURE else 300)
@pytest.mark.parametrize("processes", [2, 4 if TORTURE else 3])
def test_processes_that_insert_at_once_lose_nothing_and_double_nothing(
    tmp_path: Path, processes: int
) -> None:
    names = [f"worker{number}" for number in range(processes)]
    others = [other_process(tmp_path, WORK.format(count=INSERTS, name=name)) for name in names]

    assert [line(other) for other in others] == ["done"] * processes

    archive = Archive("anna", EdgeIndex(tmp_path))
    began = time.monotonic()
    assert texts(archive) == sorted(f"fact {number} of {name}" for number in range(INSERTS) for name in names)
    assert time.monotonic() - began < 5  # though the others are alive and had it open
    archive.close()
    for other in others:
        other.kill()
        other.communicate()


def test_two_processes_that_use_an_archive_in_turns_need_not_close_it(tmp_path: Path) -> None:
    archive = Archive("anna", EdgeIndex(tmp_path))
    with other_process(
        tmp_path,
        "for line in iter(input, 'end'):\n    archive.insert(line)\n    print(archive.count(), flush=True)",
    ) as other:
        assert other.stdin
        for number in range(INSERTS // 10):
            archive.insert(f"mine {number}")
            print(f"theirs {number}", file=other.stdin, flush=True)
            assert line(other) == str(2 * number + 2)
            assert archive.count() == 2 * number + 2
        print("end", file=other.stdin, flush=True)
    archive.close()


def test_whoever_hangs_in_the_middle_of_a_use_is_named_and_whoever_dies_there_blocks_nobody(
    tmp_path: Path,
) -> None:
    archive = Archive("anna", EdgeIndex(tmp_path, wait_seconds=0.5))
    with other_process(tmp_path, HANG) as other:
        assert line(other) == "held"

        for attempt in (archive.count, lambda: archive.insert("coffee")):
            with pytest.raises(
                StorageError, match=f"in use by process {other.pid} on .* since 20"
            ) as refused:
                attempt()
            assert str(tmp_path) in str(refused.value)
            assert "Qdrant server" in str(refused.value)

        other.send_signal(signal.SIGSTOP)
        with pytest.raises(StorageError, match=f"process {other.pid}"):
            archive.count()

        other.send_signal(signal.SIGKILL)
        other.wait(60)
    assert archive.insert("coffee")
    assert texts(archive) == ["coffee", "tea"]
    archive.close()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("rounds", [40 if TORTURE else 5])
def test_a_process_that_is_killed_at_any_moment_leaves_what_was_acknowledged_and_a_free_archive(
    tmp_path: Path, record_property: Record, rounds: int
) -> None:
    acknowledged = set()
    for number in range(rounds):
        script = (
            f"import itertools\nfor number in itertools.count():\n"
            f"    text = f'fact {{number}} of {number}'\n    archive.insert(text)\n    print(text, flush=True)\n"
        )
        with other_process(tmp_path, script) as other:
            acknowledged.add(line(other))
            mine = Archive("anna", EdgeIndex(tmp_path))
            mine.insert(f"mine {number}")
            acknowledged.add(f"mine {number}")
            time.sleep(0.01 * (number % 7))
            other.send_signal(signal.SIGKILL)
            acknowledged.update(each.strip() for each in other.stdout or ())

        found = texts(Archive("anna", EdgeIndex(tmp_path)))
        assert acknowledged <= set(found)
        assert len(found) - len(acknowledged) <= number + 1  # one may be in and unsaid each time
        assert len(found) == len(set(found))
    Archive("anna", EdgeIndex(tmp_path)).close()
    record_property("tried: kills survived", rounds)


def test_first_inserts_of_many_processes_make_one_folder(tmp_path: Path) -> None:
    for _ in range(10 if TORTURE else 2):
        others = [other_process(tmp_path, f"archive.insert('tea of {number}')") for number in range(4)]
        for other in others:
            assert other.wait(60) == 0
            other.communicate()
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


def test_while_one_archive_is_waited_for_the_others_are_used(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path, wait_seconds=3.0)
    bob = Archive("bob", index)
    bob.insert("tea")
    with other_process(tmp_path, HANG) as other:
        assert line(other) == "held"
        waiting = threading.Thread(target=lambda: suppressed(Archive("anna", index).count))
        waiting.start()
        time.sleep(0.2)

        began = time.monotonic()
        assert bob.search("tea").total == 1
        assert time.monotonic() - began < 1.5
        assert waiting.is_alive()

        other.kill()
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
