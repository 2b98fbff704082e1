"""A whole home in one file, made while others write to it, and complete or not there."""

from __future__ import annotations

import json
import threading
import zipfile
from collections import namedtuple
from pathlib import Path

import pytest
from whole_home import add_people, close, fill
from workers import Worker

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.home import agent_names
from memgpt_autogen.home_backup import back_up, read_backup
from memgpt_autogen.home_restore import restore_home
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.memory.passages import Draft
from memgpt_autogen.memory.storage import sqlite_copy
from memgpt_autogen.memory.storage.holdings import Holdings
from memgpt_autogen.memory.storage.tables import HEAD
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder

WRITES = """
import sys
from memgpt_autogen.assembly import open_memory
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
memory = open_memory(sys.argv[1], Settings.load(home=sys.argv[2]))
number = 0
while True:
    number += 1
    memory.log.append(Message.said_by("ada", f"said {number}"))
    memory.core.set("human", f"edit {number}")
    memory.archival.insert(f"passage {number}")
    print(number, flush=True)
"""

DIES = """
import os, signal, sys
from memgpt_autogen.home_backup import back_up
from memgpt_autogen.settings import Settings
def die(done, total):
    if done > (1 if total is None else total / 2):  # rows of another database are not counted before
        os.kill(os.getpid(), signal.SIGKILL)
back_up(Settings.load(home=sys.argv[1]), sys.argv[2], progress=die)
"""


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    return Settings.load(home=tmp_path / "home")


def empty_home(place: Path) -> Settings:
    """A home of its own, in SQLite also where the suite's database is another one."""
    return Settings.load(home=place).model_copy(update={"database_url": None})


def test_a_backup_is_one_private_file_with_its_counts_and_hashes(here: Settings, tmp_path: Path) -> None:
    fill(here, tmp_path)
    add_people(here)
    steps: list[tuple[int, int | None]] = []

    made = back_up(here, tmp_path / "home.backup", progress=lambda *step: steps.append(step))

    assert made.path.stat().st_mode & 0o777 == 0o600
    assert str(made).startswith(f"{made.path}: ")
    assert "database: 4 agents of 2 users, " in str(made)
    assert "archives: 44 passages in 4 archives, with their vectors" in str(made)
    assert made.manifest.db_schema == HEAD
    assert steps[-1] == (44, 44)
    assert read_backup(made.path) == made
    with zipfile.ZipFile(made.path) as opened:
        assert opened.namelist()[-1] == "manifest.json"
        assert json.loads(opened.read("manifest.json"))["format"] == "memgpt-autogen backup"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".home.backup")] == []


def test_secrets_of_the_home_are_not_in_a_backup_and_it_says_so(here: Settings, tmp_path: Path) -> None:
    open_memory("sam", here)
    (here.home / "server_password").write_text("sesame-4711")
    (here.home / "settings.toml").write_text(
        '# mine\nmodel = "offline"\napi_key = "sk-4711"\nbase_url = "http://ada:pw-4711@localhost/v1"\n'
        'qdrant_url = "http://localhost:6333"\n'
    )
    (here.home / "personas").mkdir()
    (here.home / "personas" / "kind.txt").write_text("I am kind.")

    made = back_up(here.model_copy(update={"qdrant_url": None}), tmp_path / "home.backup")

    with zipfile.ZipFile(made.path) as opened:
        everything = b"".join(opened.read(name) for name in opened.namelist())
        settings = opened.read("files/settings.toml").decode()
        assert opened.read("files/personas/kind.txt") == b"I am kind."
    assert b"4711" not in everything
    assert (settings, made.manifest.left_out[0]) == (
        '# mine\nmodel = "offline"\n',
        "server_password, since a server makes one",
    )


@pytest.mark.slow
def test_what_was_acknowledged_before_a_backup_began_is_in_it_while_processes_go_on_writing(
    here: Settings, tmp_path: Path
) -> None:
    workers = {name: Worker(WRITES, name, here.home) for name in ("sam", "kim")}
    acknowledged: dict[str, int] = {}
    for name, worker in workers.items():
        while acknowledged.get(name, 0) < 5:
            acknowledged[name] = int(worker.line())

    made = [back_up(here, tmp_path / f"{number}.backup") for number in range(3)]

    for worker in workers.values():
        worker.kill()
    for number, each in enumerate(made):
        there = empty_home(tmp_path / f"there{number}")
        assert restore_home(there, each.path).trouble == ()
        for name, count in acknowledged.items():
            memory = open_memory(name, there)
            said = [entry.message.text for entry in memory.log.everything() if entry.message.name == "ada"]
            assert said == [f"said {number}" for number in range(1, len(said) + 1)]
            assert len(said) >= count
            kept = {record["text"] for record in memory.archival.dump()}
            assert kept >= {f"passage {number}" for number in range(1, count + 1)}
            assert memory.check().sound
            close(memory)


def test_a_backup_that_is_killed_leaves_no_file_and_the_next_one_cleans_up(
    here: Settings, tmp_path: Path
) -> None:
    memory = open_memory("sam", here)
    memory.log.append(*(Message.said_by("ada", "x" * 20_000) for _ in range(1000)))
    close(memory)
    path = tmp_path / "out" / "home.backup"
    path.parent.mkdir()

    killed = Worker(DIES, here.home, path)
    killed.rest()

    assert killed.exit_code == -9
    assert not path.exists()
    assert len(list(path.parent.iterdir())) > 1
    with pytest.raises(ConfigurationError, match="is no backup"):
        read_backup(next(each for each in path.parent.iterdir() if each.name.endswith(".part")))
    back_up(here, path)
    assert [each.name for each in path.parent.iterdir()] == ["home.backup"]


def test_a_file_that_is_there_is_replaced_only_if_asked_for_and_as_a_whole(
    here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_memory("sam", here)
    path = tmp_path / "home.backup"
    back_up(here, path)
    before = path.read_bytes()

    with pytest.raises(ConfigurationError, match=r"exists, and nothing was written\. .* --force"):
        back_up(here, path)
    usage = namedtuple("usage", "total used free")(10**9, 10**9 - 1000, 1000)  # noqa: PYI024 - as of shutil
    monkeypatch.setattr(sqlite_copy.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(StorageError, match=r"has 1 MB free, and \d+ MB are needed. Make room"):
        back_up(here, path, replace=True)
    monkeypatch.undo()

    assert path.read_bytes() == before
    path.chmod(0o644)
    back_up(here, path, replace=True)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["", "missing/home.backup"])
def test_a_place_that_is_no_file_is_refused_with_the_way_out(
    here: Settings, tmp_path: Path, name: str
) -> None:
    open_memory("sam", here)

    with pytest.raises(ConfigurationError, match=r"is a folder. Give a file name|there is no folder"):
        back_up(here, tmp_path / name)


@pytest.mark.sqlite
def test_a_home_that_is_not_there_is_not_made(here: Settings, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no memory"):
        back_up(here, tmp_path / "home.backup")

    assert not here.home.exists()


def test_passages_that_their_server_has_lost_are_not_left_out_in_silence(
    here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sam = open_memory("sam", here)
    sam.archival.insert("The heron lamp stands in the hall.")
    close(sam)
    holdings = Holdings(open_home_database(here), "http://localhost:6333")
    holdings.put(sam.log.agent_id, 3)

    with pytest.raises(StorageError, match=r"a backup would lack what is missing: .*3"):
        back_up(here, tmp_path / "home.backup")

    assert not (tmp_path / "home.backup").exists()


def test_an_archive_that_is_embedded_again_meanwhile_is_read_again(here: Settings, tmp_path: Path) -> None:
    sam = open_memory("sam", here)
    sam.archival.insert_many(Draft(f"passage {number}") for number in range(600))
    close(sam)
    began = threading.Event()

    def reembed(done: int, total: int | None) -> None:
        if total == 600 and not began.is_set():
            began.set()
            again = open_memory("sam", here, embedder=HashingEmbedder())
            again.archival.reembed()
            close(again)

    made = back_up(here, tmp_path / "home.backup", progress=reembed)

    (summary,) = made.manifest.archives.values()
    assert began.is_set()
    assert (summary.passages, summary.model) == (600, HashingEmbedder().model)
    there = empty_home(tmp_path / "there")
    assert restore_home(there, made.path).trouble == ()
    assert agent_names(there) == ["sam"]
