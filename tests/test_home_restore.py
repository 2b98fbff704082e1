"""A backup is read into a home: into any database and Qdrant, as a whole, or to be run again."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from loops import LoopFactory
from schema import make_older
from sqlalchemy import text as sql
from whole_home import add_people, close, fill, rows, state
from workers import Worker

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import (
    ConfigurationError,
    MemGPTError,
    StorageError,
    TakenError,
    TurnElsewhereError,
)
from memgpt_autogen.home import agent_names, moved_away
from memgpt_autogen.home_backup import back_up, read_backup
from memgpt_autogen.home_lock import only_server_of
from memgpt_autogen.home_restore import restore_home
from memgpt_autogen.home_stores import open_home_database, open_home_index
from memgpt_autogen.memory.qdrant.protocol import Scope
from memgpt_autogen.memory.storage.accounts.keys import authenticate
from memgpt_autogen.memory.storage.tables import HEAD
from memgpt_autogen.memory.upkeep.move_rows import TABLES
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder, call, says
from memgpt_autogen.testing.qdrant import QdrantStandIn

pytestmark = pytest.mark.sqlite

DIES = """
import os, signal, sys
import memgpt_autogen.home_restore as module
from memgpt_autogen.settings import Settings
left = module._write_files
def die(*given):
    left(*given)
    os.kill(os.getpid(), signal.SIGKILL)
module._write_files = die
module.restore_home(Settings.load(home=sys.argv[1]), sys.argv[2], force=True)
"""

RESTORES = """
import sys
from memgpt_autogen.assembly import open_memory
from memgpt_autogen.home_restore import restore_home
from memgpt_autogen.settings import Settings
settings = Settings.load(home=sys.argv[1], qdrant_url=sys.argv[2])
print(restore_home(settings, sys.argv[3]).trouble)
print([passage.text for passage in open_memory("sam", settings).archival.list().items])
"""

Place = Callable[..., Settings]


@pytest.fixture
def at(tmp_path: Path) -> Place:
    """The settings of a home of this name."""
    return lambda name, **given: Settings.load(home=tmp_path / name, **given)


@pytest.fixture
def saved(at: Place, tmp_path: Path) -> Path:
    """A backup of a home with something of everything."""
    fill(at("here"), tmp_path)
    add_people(at("here"))
    return back_up(at("here"), tmp_path / "home.backup").path


@pytest.mark.slow
@pytest.mark.postgres
def test_a_backup_goes_into_any_database_and_qdrant_with_all_that_the_home_had(
    at: Place, tmp_path: Path, postgresql_url: str
) -> None:
    here = at("here")
    fill(here, tmp_path)
    key = add_people(here)
    before, tables = state(here), rows(here)
    saved = back_up(here, tmp_path / "1.backup").path

    with QdrantStandIn() as server:
        there = at("there", database_url=postgresql_url, qdrant_url=server.url)
        first = restore_home(there, saved)
        assert rows(there) == tables
        assert state(there) == before
        again = back_up(there, tmp_path / "2.backup")
        assert {**again.manifest.rows, "holdings": 0} == read_backup(saved).manifest.rows
    back = at("back")
    second = restore_home(back, again.path)

    assert rows(back) == tables
    assert state(back) == before
    assert authenticate(open_home_database(back), key) is not None
    assert again.manifest.database == "postgresql"
    assert (first.trouble, second.trouble) == ((), ())
    assert str(second).splitlines()[0].startswith("restored 4 agents and 44 passages from ")
    sam = open_memory("sam", back)
    assert sam.log.append(Message.said_by("ada", "on"))[0].seq == sam.log.last_seq()


def test_vectors_come_back_without_the_embedder(at: Place, tmp_path: Path) -> None:
    memory = open_memory("sam", at("here"), embedder=HashingEmbedder())
    memory.archival.insert("The heron lamp stands in the hall.")
    memory.archival.settle()
    close(memory)
    saved = back_up(at("here"), tmp_path / "home.backup").path

    restore_home(at("there"), saved)

    there = open_memory("sam", at("there"), embedder=HashingEmbedder())
    assert there.archival.pending() == 0
    assert there.archival.check().sound
    pages = []
    for settings in (at("here"), at("there")):
        index = open_home_index(settings, None)
        space = index.space(there.log.agent_id)
        assert space is not None
        pages.append(index.page(Scope(there.log.agent_id, space), None, 10))
    assert pages[0] == pages[1]
    assert pages[0][0][0].meaning is not None


def test_a_home_that_is_not_empty_is_replaced_only_by_force_and_backed_up_before(
    at: Place, saved: Path
) -> None:
    there = at("there")
    other = open_memory("zoe", there)
    other.archival.insert("Zoe plays chess.")
    other.log.append(Message.said_by("zoe", "I play chess."))
    close(other)

    with pytest.raises(TakenError, match=r"not empty: it has 1 agent, 2 blocks\. Nothing was restored"):
        restore_home(there, saved)
    assert agent_names(there) == ["zoe"]
    done = restore_home(there, saved, force=True)

    assert agent_names(there) == ["kim", "lee", "sam"]
    assert done.kept is not None
    assert done.trouble == ()
    assert done.kept.stat().st_mode & 0o777 == 0o600
    folders = [each.name for each in (there.home / "archives").iterdir() if not each.name.startswith(".")]
    assert not [name for name in folders if other.log.agent_id in name]
    back = restore_home(at("back"), done.kept)
    assert back.agents == 1
    assert open_memory("zoe", at("back")).archival.search("chess").total == 1


def spoiled(saved: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """Write the backup again with changed parts."""
    with zipfile.ZipFile(saved) as opened:
        parts = {name: opened.read(name) for name in opened.namelist()}
    change(parts)
    path = saved.with_name("spoiled.backup")
    with zipfile.ZipFile(path, "w") as opened:
        for name, content in parts.items():
            opened.writestr(name, content)
    return path


def of_manifest(**fields: object) -> Callable[[dict[str, bytes]], object]:
    def change(parts: dict[str, bytes]) -> None:
        parts["manifest.json"] = json.dumps({**json.loads(parts["manifest.json"]), **fields}).encode()

    return change


def without_archive(parts: dict[str, bytes]) -> None:
    parts.pop(next(name for name in parts if name.startswith("archives/")))


def outside(parts: dict[str, bytes]) -> None:
    manifest = json.loads(parts["manifest.json"])
    parts["files/../../evil"] = b"x"
    manifest["parts"]["files/../../evil"] = {"bytes": 1, "sha256": hashlib.sha256(b"x").hexdigest()}
    parts["manifest.json"] = json.dumps(manifest).encode()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda parts: parts.update({"memory.db": parts["memory.db"][:-1] + b"x"}), "memory.db is not what"),
        (lambda parts: parts.update({"memory.db": parts["memory.db"] + b"x"}), "memory.db is not what"),
        (without_archive, "is missing, or not in its manifest"),
        (lambda parts: parts.update({"more": b""}), "more is missing, or not in its manifest"),
        (lambda parts: parts.pop("manifest.json"), "has no manifest"),
        (lambda parts: parts.update({"manifest.json": b"{"}), "has a damaged manifest"),
        (of_manifest(format="memgpt-autogen"), "is no backup of a home"),
        (of_manifest(version=2), "newer than this one .* Upgrade memgpt-autogen"),
        (of_manifest(db_schema="9999"), "with schema 9999, newer than this one .* Upgrade memgpt-autogen"),
        (outside, "has a file outside the home"),
    ],
)
def test_a_damaged_or_newer_file_is_refused_before_anything_is_written(
    at: Place, tmp_path: Path, change: Callable[[dict[str, bytes]], object], told: str
) -> None:
    memory = open_memory("sam", at("here"))
    memory.archival.insert("The heron lamp stands in the hall.")
    close(memory)
    path = spoiled(back_up(at("here"), tmp_path / "home.backup").path, change)

    with pytest.raises(ConfigurationError, match=told):
        restore_home(at("there"), path)

    assert not (at("there").home / "memory.db").exists()


@pytest.mark.parametrize("cut", [0, 10, 1000, -1, -100])
def test_a_file_that_was_cut_or_is_something_else_is_refused(at: Place, tmp_path: Path, cut: int) -> None:
    open_memory("sam", at("here"))
    saved = back_up(at("here"), tmp_path / "home.backup").path
    saved.write_bytes(saved.read_bytes()[:cut])

    with pytest.raises(ConfigurationError, match=r"home\.backup is no backup, or is damaged"):
        restore_home(at("there"), saved)
    with pytest.raises(ConfigurationError, match="there is no file"):
        restore_home(at("there"), tmp_path / "nothing.backup")


def test_a_bundle_of_one_agent_is_told_from_a_backup(at: Place, tmp_path: Path) -> None:
    bundle = open_memory("sam", at("here")).export(tmp_path / "sam.zip")

    with pytest.raises(ConfigurationError, match=r"is no backup of a home\. memgpt-autogen import"):
        read_backup(bundle)


def test_a_backup_of_an_older_schema_is_migrated(at: Place, tmp_path: Path) -> None:
    saved = back_up_of(at("here"), tmp_path)
    old = tmp_path / "old.db"
    make_older(f"sqlite:///{old}", "0009")
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("INSERT INTO agents VALUES ('a', 'tim', '2026-01-01T00:00:00.000000', NULL)")
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    content = old.read_bytes()

    def older(parts: dict[str, bytes]) -> None:
        manifest = json.loads(parts["manifest.json"])
        of_db = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        manifest["parts"] = {**manifest["parts"], "memory.db": of_db}
        parts.update({"memory.db": content})
        of_manifest(**{**manifest, "db_schema": "0009"})(parts)

    restore_home(at("there"), spoiled(saved, older))

    assert agent_names(at("there")) == ["tim"]
    assert open_home_database(at("there")).schema() == HEAD
    assert not (at("there").home / "backups").exists()


def back_up_of(settings: Settings, folder: Path) -> Path:
    """Make a backup of a home with one agent."""
    memory = open_memory("sam", settings)
    memory.log.append(Message.said_by("ada", "I like green tea."))
    close(memory)
    return back_up(settings, folder / "home.backup").path


def test_a_restore_that_is_killed_lets_nobody_write_until_it_is_run_again(
    at: Place, saved: Path, tmp_path: Path
) -> None:
    there = at("there")
    zoe = open_memory("zoe", there)
    close(zoe)
    killed = Worker(DIES, there.home, saved)
    killed.rest()
    assert killed.exit_code == -signal.SIGKILL

    again = rf"being restored from {saved}\. .*run it again: memgpt-autogen restore"
    with pytest.raises(StorageError, match=again):
        open_memory("zoe", there).log.append(Message.said_by("ada", "lost?"))
    with pytest.raises(ConfigurationError, match=r"being restored .*Nothing was backed up"):
        back_up(there, tmp_path / "half.backup")
    assert str(moved_away(there)).startswith("this memory is being restored")
    done = restore_home(there, saved)

    assert (done.kept, done.trouble) == (None, ())
    assert moved_away(there) is None
    assert len(list((there.home / "backups").glob("before-restore-*"))) == 1  # of the first attempt
    assert state(there) == state(at("here"))
    assert not (there.home / ".restoring").exists()


@pytest.mark.parametrize("step", ["_write_archives", "_write_files", "copy_rows"])
def test_an_error_in_the_middle_says_that_it_is_to_be_run_again(
    at: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    saved = back_up_of(at("here"), tmp_path)

    def fails(*_: object, **__: object) -> None:
        raise StorageError("the disk is full.")

    monkeypatch.setattr(f"memgpt_autogen.home_restore.{step}", fails)
    with pytest.raises(StorageError, match=r"the disk is full\. The restore is not complete, .* again"):
        restore_home(at("there"), saved)
    monkeypatch.undo()

    assert restore_home(at("there"), saved).agents == 1


def test_a_server_and_a_turn_keep_a_restore_away(at: Place, tmp_path: Path, make_loop: LoopFactory) -> None:
    saved = back_up_of(at("here"), tmp_path)
    there = at("there")
    with only_server_of(there.home), pytest.raises(ConfigurationError, match="has a server: process"):
        restore_home(there, saved)
    loop = make_loop(says("", call("send_message", message="Hi!")), memory=open_memory("zoe", there))
    turn = iter(loop.run([Message.said_by("ada", "hello")]))
    next(turn)

    with pytest.raises(TurnElsewhereError, match="agent 'zoe' is in a turn"):
        restore_home(there, saved, force=True, wait=0)
    list(turn)

    assert agent_names(there) == ["zoe"]
    assert restore_home(there, saved, force=True, wait=0).agents == 1


def test_archives_of_a_home_that_goes_on_are_not_replaced_on_its_server(at: Place, tmp_path: Path) -> None:
    with QdrantStandIn() as server:
        here, there = (at(name, qdrant_url=server.url) for name in ("here", "there"))
        sam = open_memory("sam", here)
        sam.archival.insert("The heron lamp stands in the hall.")
        saved = back_up(here, tmp_path / "home.backup").path
        sam.archival.insert("This came after the backup.")

        with pytest.raises(ConfigurationError, match=r"belongs to the home .*QDRANT_PREFIX.*--original"):
            restore_home(there, saved)
        assert sam.archival.count() == 2
        apart = restore_home(there.model_copy(update={"qdrant_prefix": "apart"}), saved)
        assert (apart.passages, apart.trouble, sam.archival.count()) == (1, (), 2)
        close(sam)
        shutil.rmtree(here.home)
        original = restore_home(at("third", qdrant_url=server.url), saved, original=True)

        assert (original.passages, original.trouble) == (1, ())
        third = open_memory("sam", at("third", qdrant_url=server.url))
        assert third.archival.count() == 1
        third.archival.insert("It goes on.")


def test_a_home_that_was_lost_comes_back_at_its_place(at: Place, tmp_path: Path) -> None:
    with QdrantStandIn() as server:
        here = at("here", qdrant_url=server.url)
        sam = open_memory("sam", here)
        sam.archival.insert("The heron lamp stands in the hall.")
        saved = back_up(here, tmp_path / "home.backup").path
        sam.archival.insert("This came after the backup.")
        close(sam)
        open_home_database(here).close()
        shutil.rmtree(here.home)

        restored = Worker(RESTORES, here.home, server.url, saved)

        assert restored.rest() == ["()", "['The heron lamp stands in the hall.']"]


def test_numbers_are_not_given_again_after_a_restore(at: Place, tmp_path: Path) -> None:
    here = at("here")
    memory = open_memory("lee", here, archive="team")
    memory.attach(text="The team meets on Mondays.", name="notes.md")
    memory.readable.news.skip()
    with open_home_database(here).writing() as connection:
        highest = connection.scalar(sql("SELECT max(id) FROM news"))
        connection.execute(sql("DELETE FROM news"))
    close(memory)

    restore_home(at("there"), back_up(here, tmp_path / "home.backup").path)
    there = open_memory("lee", at("there"), archive="team")
    there.attach(text="The team meets on Fridays.", name="other.md")

    with open_home_database(at("there")).reading() as connection:
        assert connection.scalar(sql("SELECT max(id) FROM news")) > highest


def test_settings_and_images_come_back_where_there_are_none(at: Place, tmp_path: Path) -> None:
    here, there = at("here"), at("there")
    memory = open_memory("sam", here)
    picture = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    content = [{"type": "image_url", "image_url": {"url": picture}}]
    memory.log.append(Message.said_by("ada", "A picture.", content=content))
    (here.home / "settings.toml").write_text('model = "offline"\n')
    (here.home / "humans").mkdir()
    (here.home / "humans" / "ada.txt").write_text("Ada")
    there.home.mkdir()
    (there.home / "settings.toml").write_text('timezone = "Europe/Lisbon"\n')

    restore_home(there, back_up(here, tmp_path / "home.backup").path)

    assert (there.home / "settings.toml").read_text() == 'timezone = "Europe/Lisbon"\n'
    assert (there.home / "humans" / "ada.txt").read_text() == "Ada"
    images = [sorted(each.name for each in (home / "images").iterdir()) for home in (here.home, there.home)]
    assert images[0] == images[1] != []


def test_every_table_is_in_a_backup_or_left_out_on_purpose(at: Place) -> None:
    open_memory("sam", at("here"))
    with open_home_database(at("here")).reading() as connection:
        names = connection.execute(sql("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
    own = {name for name in names if not name.startswith(("entries_words", "sqlite_"))}

    assert own - {table.name for table in TABLES} == {"alembic_version", "leases"}


def test_a_memory_that_moved_away_is_neither_backed_up_nor_restored_into(
    at: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = back_up_of(at("here"), tmp_path)
    told = "this memory was moved to postgresql://localhost/x. Set database_url to it."
    for module in ("home_backup", "home_restore"):
        monkeypatch.setattr(f"memgpt_autogen.{module}.moved_to", lambda _: told)

    for act in (
        lambda: back_up(at("here"), tmp_path / "second.backup"),
        lambda: restore_home(at("here"), saved, force=True),
    ):
        with pytest.raises(ConfigurationError, match="this memory was moved to postgresql") as refused:
            act()
        assert isinstance(refused.value, MemGPTError)
