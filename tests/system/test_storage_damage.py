"""Damaged, full, read-only or unreachable storage: a clear error or a failed result; the agent continues."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from autogen_support import agent, group, heard, person
from legal import illegal
from loops import HELLO, LoopFactory, MemoryFactory, story

from memgpt_autogen.errors import StorageError
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import call, says

pytestmark = pytest.mark.sqlite

ROOT = sys.platform.startswith("linux") and os.geteuid() == 0

TOOLS: dict[str, dict[str, Any]] = {
    "archival_memory_insert": {"content": "Ben keeps bees."},
    "archival_memory_search": {"query": "bees"},
}


@pytest.fixture
def no_server() -> Iterator[str]:
    """The URL of a Qdrant server that refuses."""
    with socket.socket() as taken:  # bound, and never listening
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def spoilt(home: Path) -> None:
    """Garbage over every file of the archives."""
    for file in (home / "archives").rglob("*"):
        if file.is_file():
            file.write_bytes(b"garbage" * 40)


@pytest.mark.parametrize("tool", TOOLS)
def test_with_a_damaged_archive_its_tools_fail_and_the_turn_goes_on(
    make_loop: LoopFactory, make_memory: MemoryFactory, tmp_path: Path, tool: str
) -> None:
    memory = make_memory()
    memory.archival.insert("Ann keeps wasps.")
    memory.archival.close()
    spoilt(tmp_path / "home")
    loop = make_loop(
        says("", call(tool, **TOOLS[tool])),
        says("", call("send_message", message="I cannot look.")),
        memory=memory,
    )

    lines = story(loop.run([HELLO]))

    assert any(line.startswith("fails archive") for line in lines), lines
    assert lines[-2:] == ["says I cannot look.", "TurnEnded yielded"]
    assert illegal(memory.compile()) is None
    assert not memory.check().sound
    repaired = memory.repair()
    assert repaired.archive.damaged is not None
    assert memory.check().sound
    memory.archival.insert("Ben keeps bees.")
    assert memory.archival.count() == 1


@pytest.mark.parametrize("tool", TOOLS)
def test_without_the_qdrant_server_its_tools_fail_and_the_turn_goes_on(
    make_loop: LoopFactory, make_memory: MemoryFactory, no_server: str, tool: str
) -> None:
    memory = make_memory(qdrant_url=no_server)
    loop = make_loop(
        says("", call(tool, **TOOLS[tool]), call("core_memory_append", label="human", content="Ben")),
        says("", call("send_message", message="I cannot look.")),
        memory=memory,
    )

    lines = story(loop.run([HELLO]))

    told = next(line for line in lines if "server of archival memory" in line)
    assert told.startswith("gets Stored." if tool == "archival_memory_insert" else "fails"), lines
    assert no_server not in "".join(lines)
    assert lines[-2:] == ["says I cannot look.", "TurnEnded yielded"]
    assert memory.core["human"].value == "Ben"
    assert "archival: not reachable now" in memory.compile()[0]["content"]


def test_a_group_goes_on_without_the_qdrant_server(no_server: str, tmp_path: Path) -> None:
    def model(request: Any) -> Any:
        if any("Ben keeps bees" in str(message) for message in request.messages[-3:]):
            return says("", call("send_message", message="I cannot keep it now."))
        return says("", call("archival_memory_insert", content="Ben keeps bees.", request_heartbeat=True))

    sam = agent("sam", otherwise=model, settings=Settings.load(home=tmp_path / "home", qdrant_url=no_server))
    ann, ben = person("ann", ["a1", "a2"]), person("ben", ["b1", "b2"])
    chat = group(ann, sam, ben, rounds=6)

    ann.initiate_chat(chat, message="hello", silent=True)

    assert len(chat.groupchat.messages) == 6
    assert ("sam", "I cannot keep it now.") in heard(sam)


def test_a_damaged_database_is_a_clear_error(make_memory: MemoryFactory, tmp_path: Path) -> None:
    memory = make_memory()
    memory.log.append(HELLO)
    memory.log.database.close()
    (tmp_path / "home" / "memory.db").write_bytes(b"garbage" * 1000)

    with pytest.raises(StorageError, match=r"file is not a database|was removed or replaced"):
        memory.log.append(HELLO)
    del memory
    with pytest.raises(StorageError, match="file is not a database"):
        make_memory("tom")


def test_pages_of_garbage_are_told_and_a_chat_goes_on(tmp_path: Path) -> None:
    sam, boss = agent(), person("boss", ["b", "c"])
    for number in range(30):
        sam.receive(f"{number} " + "words " * 200, boss, request_reply=False, silent=True)
    sam.memory.log.database.close()
    with (tmp_path / "home" / "memory.db").open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(Path(file.name).stat().st_size - 4096))

    result = boss.initiate_chat(sam, message="a", max_turns=2, silent=True)

    assert len(result.chat_history) == 4
    assert all("cannot answer now" in line["content"] for line in result.chat_history[1::2])
    assert len(sam._recorder.buffer) == 4
    with pytest.raises(StorageError):
        sam.memory.check()


def script(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        timeout=100,
    )


@pytest.mark.skipif(not ROOT, reason="only the superuser may become somebody who may not write")
def test_a_home_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    home = Path("/dev/shm") / f"memgpt-{os.getpid()}-{tmp_path.parent.name}"
    code = """
        import os, sys
        from pathlib import Path
        from memgpt_autogen.assembly import open_memory
        from memgpt_autogen.errors import StorageError
        from memgpt_autogen.messages import Message
        from memgpt_autogen.settings import Settings
        home = Path(sys.argv[1])
        memory = open_memory("sam", Settings.load(home=home))
        memory.log.append(Message.said_by("boss", "hello"))
        memory.log.database.close()
        for path in [home, *home.iterdir()]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        os.setuid(65534)
        writes = lambda: memory.log.append(Message.said_by("boss", "again"))
        opens = lambda: open_memory("tom", Settings.load(home=home))
        for act in (writes, opens):
            try:
                act()
            except StorageError as error:
                print("told:", error)
    """
    try:
        done = script(code, str(home))
    finally:
        subprocess.run(["rm", "-rf", str(home)], check=True)

    assert done.stdout.count("told: the database") == 2, done.stdout + done.stderr


@pytest.mark.skipif(not ROOT, reason="only the superuser may mount a small disk")
def test_on_a_full_disk_nothing_is_lost_and_the_process_lives(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(small)], check=False)
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here")
    code = """
        import sys
        from pathlib import Path
        from memgpt_autogen.assembly import open_loop, open_memory
        from memgpt_autogen.errors import StorageError
        from memgpt_autogen.events import ToolReturned
        from memgpt_autogen.messages import Message
        from memgpt_autogen.settings import Settings
        from memgpt_autogen.testing import ScriptedLLM, call, says
        disk = Path(sys.argv[1])
        memory = open_memory("sam", Settings.load(home=disk / "home"))
        memory.log.append(Message.said_by("boss", "before"))
        def fill(left):
            with (disk / "filler").open("wb", buffering=0) as filler:
                try:
                    while True:
                        filler.write(b"x" * 65536)
                        filler.flush()
                except OSError:
                    pass
            with (disk / "filler").open("r+b") as filler:
                filler.truncate((disk / "filler").stat().st_size - left)
        fill(2_000_000)
        loop = open_loop(memory, ScriptedLLM(
            says("", call("archival_memory_insert", content="bees")),
            says("", call("send_message", message="The archive is full.")),
        ))
        events = loop.run([Message.said_by("boss", "keep bees")])
        print([event.ok for event in events if isinstance(event, ToolReturned)])
        fill(0)
        try:
            memory.log.append(Message.said_by("boss", "lost " * 100_000))
        except StorageError as error:
            print("told:", error)
        (disk / "filler").unlink()
        memory.log.append(Message.said_by("boss", "after"))
        print([entry.message.text for entry in memory.log.everything() if entry.message.kind == "message"])
        memory.archival.insert("bees")
        print(memory.check().sound, memory.archival.count())
    """
    try:
        done = script(code, str(small))
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)

    first, told, kept, sound = done.stdout.splitlines() or pytest.fail(done.stderr)
    assert first == "[False, True]"
    assert "full" in told
    assert kept == "['before', 'keep bees', 'after']"
    assert sound == "True 1"
