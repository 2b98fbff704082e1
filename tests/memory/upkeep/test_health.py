"""Check and repair: damage is told precisely, an index is made anew, and the log refills an archive."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from finding import holding
from inline_snapshot import snapshot
from loops import HELLO, LoopFactory, MemoryFactory
from sqlalchemy import text

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.passages import Report
from memgpt_autogen.memory.upkeep.health import DatabaseReport, MemoryReport, check_database, rebuild_index
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import call, says

pytestmark = pytest.mark.sqlite

Damage = Callable[[sqlite3.Connection], object]


def tables(memory: MemoryHierarchy) -> list[tuple[str, str]]:
    with memory.log.database.reading() as connection:
        rows = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE name LIKE 'entries_words%' ORDER BY name")
        )
        return [(row.name, row.sql) for row in rows]


def filled(memory: MemoryHierarchy) -> MemoryHierarchy:
    memory.log.append(*(Message.said_by("boss", f"Bees number {number}.") for number in range(10)))
    return memory


def damaged(memory: MemoryHierarchy, home: Path, *statements: str) -> None:
    memory.log.database.close()
    with sqlite3.connect(home / "memory.db") as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


DAMAGES = {
    "a lost row": (
        (
            "INSERT INTO entries_words(entries_words, rowid, spoken) "
            "SELECT 'delete', id, spoken FROM entries WHERE spoken = 'Bees number 3.'"
        ),
    ),
    "emptied": ("INSERT INTO entries_words(entries_words) VALUES ('delete-all')",),
    "garbage": ("UPDATE entries_words_data SET block = zeroblob(40) WHERE id > 1",),
    "parts gone": ("DROP TABLE entries_words_data",),
    "config gone": ("DROP TABLE entries_words_config", "DROP TABLE entries_words_docsize"),
    "all gone": ("DROP TABLE entries_words", "DROP TRIGGER entries_words_insert"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_of_words_is_told_and_made_anew(
    make_memory: MemoryFactory, tmp_path: Path, damage: str
) -> None:
    memory = filled(make_memory())
    before = tables(memory)
    damaged(memory, tmp_path / "home", *DAMAGES[damage])

    report = memory.check()
    assert not report.sound
    assert not report.database.trouble
    assert report.database.index_trouble or report.database.unindexed == (1 if "row" in damage else 10)
    assert memory.repair().indexed == 10

    assert memory.check().sound
    assert tables(memory) == before
    memory.log.append(Message.said_by("boss", "Wasps too."))
    assert len(holding(memory, "wasps")) == len(holding(memory, '"wasps"')) == 1
    assert len(holding(memory, "bees")) == len(holding(memory, '"bees"')) == 10


def test_sound_memory_is_left_alone(make_memory: MemoryFactory) -> None:
    memory = filled(make_memory())
    memory.archival.insert("Ben keeps bees.")

    report, repaired = memory.check(), memory.repair()

    assert report.sound
    assert (repaired.indexed, repaired.archive.kept, repaired.archive.lost, repaired.refilled) == (0, 1, 0, 0)


def test_a_rebuilt_index_ranks_as_the_old_one(make_memory: MemoryFactory) -> None:
    memory = filled(make_memory())
    memory.log.append(Message("assistant", "a thought about bees", "step"))
    before = memory.recall.search('"bees" number', page_size=20)

    rebuild_index(memory.log.database)

    assert memory.recall.search('"bees" number', page_size=20) == before


def test_rows_that_lost_what_they_belong_to_are_told_and_nothing_is_touched(
    make_memory: MemoryFactory, tmp_path: Path
) -> None:
    memory = filled(make_memory())
    damaged(
        memory,
        tmp_path / "home",
        "INSERT INTO summaries (id, agent_id, through_seq, text, source, created_at) "
        "VALUES (1, 'nobody', 1, 'x', 'model', 'now')",
    )

    (trouble,) = check_database(memory.log.database).trouble

    assert "summaries belongs to a missing row of agents" in trouble
    with pytest.raises(StorageError, match="Replace it by a backup"):
        memory.repair()


@pytest.mark.edge
def test_a_lost_archive_is_refilled_from_the_log(
    make_loop: LoopFactory, make_memory: MemoryFactory, tmp_path: Path
) -> None:
    long = "\n\n".join(f"Paragraph {number} is about bees. " * 10 for number in range(20))
    loop = make_loop(
        says(
            "",
            call("archival_memory_insert", content="Ben keeps bees.", tags=["ben"]),
            call("archival_memory_insert", content=long),
            call("archival_memory_insert", content="", request_heartbeat=True),
        ),
        says("", call("send_message", message="Kept.")),
    )
    list(loop.run([HELLO]))
    memory = loop.memory
    before = memory.archival.list(page_size=100).items
    memory.archival.close()
    shutil.rmtree(tmp_path / "home" / "archives")

    assert memory.check().missing == 2
    assert memory.repair().refilled == len(before)

    assert memory.check().missing == 0
    after = memory.archival.list(page_size=100).items
    assert sorted((p.id, p.text, p.tags) for p in after) == sorted((p.id, p.text, p.tags) for p in before)
    assert memory.repair().refilled == 0


def test_a_repair_brings_nothing_back_that_was_forgotten(make_loop: LoopFactory) -> None:
    loop = make_loop(
        says("", call("archival_memory_insert", content="Ada keeps nine hives of bees behind the old mill.")),
        says("", call("send_message", message="Noted.")),
    )
    list(loop.run([HELLO]))

    loop.memory.forget(query="nine hives of bees")

    assert loop.memory.repair().refilled == 0
    assert loop.memory.archival.count() == 0


def test_a_report_is_readable() -> None:
    sound = MemoryReport(DatabaseReport(), Report(3, 3, (), ()), 0)
    damaged = MemoryReport(
        DatabaseReport(("page 7 is not a page",), 2), Report(3, 5, ("a", "b"), ("page 1 is gone",)), 1
    )

    assert str(sound) == snapshot("""\
memory is sound
archive: 3 readable passages\
""")
    assert str(damaged) == snapshot("""\
memory is damaged
database: page 7 is not a page
full-text index: wrong for 2 messages (repair() rebuilds it)
archive: 3 of 5 passages are readable
archive: page 1 is gone
archive: 2 unreadable passages (repair() saves the others)
not in the archive: 1 text that the agent inserted (lost, or deleted since)\
""")
