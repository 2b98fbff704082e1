"""What a database refuses: a transaction that it wants again, and a text that it never takes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from loops import LoopFactory, MemoryFactory
from postgresql import execute
from sqlalchemy import text as sql

from memgpt_autogen.adapter.write_buffer import WriteBuffer
from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import BlockError, OvertakenError, StorageError
from memgpt_autogen.home import import_memory, remove_agent
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.storage import refusals
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.tables import metadata
from memgpt_autogen.messages import Message, now
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import call, says

BAD = "kot 猫"

# refuses statements, or commits, with this SQLSTATE: the first `armed` ones
CONFLICTS = (
    "CREATE SEQUENCE armed START 1000000",
    """CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('armed') < 0 THEN RAISE EXCEPTION 'try again' USING ERRCODE = '{}'; END IF; RETURN NULL;
    END $$""",
    *(
        f"CREATE TRIGGER refuses BEFORE INSERT OR UPDATE OR DELETE ON {table} EXECUTE FUNCTION conflict()"
        for table in metadata.tables
    ),
)
COMMITS = tuple(
    statement.replace("CREATE TRIGGER refuses BEFORE", "CREATE CONSTRAINT TRIGGER refuses AFTER").replace(
        " EXECUTE", " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE"
    )
    for statement in CONFLICTS
)


def arm(url: str, times: int = 1) -> None:
    """Let the next `times` statements, or commits, fail."""
    execute(url, "ALTER SEQUENCE armed MINVALUE -1000000 ", f"ALTER SEQUENCE armed RESTART WITH {-times}")


def has_fired(url: str) -> bool:
    database = Database(url)
    try:
        with database.reading() as connection:
            return bool(connection.scalar(sql("SELECT is_called FROM armed")))
    finally:
        database.close()


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize(
    ("statements", "state"), [(CONFLICTS, "40001"), (COMMITS, "40001"), (CONFLICTS, "40P01")]
)
def test_every_write_is_tried_again_where_the_database_asks_for_it(
    postgresql_url: str,
    tmp_path: Path,
    make_loop: LoopFactory,
    statements: tuple[str, ...],
    state: str,
) -> None:
    settings = Settings.load(home=tmp_path / "home", database_url=postgresql_url)
    open_memory("ben", settings, archive="team").archival.insert("The team meets on Mondays.")
    document = tmp_path / "plan.md"
    document.write_text("# Plan\n\nThe release is on 21 May.\n")
    chat = tmp_path / "chat.txt"
    chat.write_text("[21/05/2024, 10:00:00] Ada: hello there\n[21/05/2024, 10:01:00] Sam: hello Ada\n")
    execute(postgresql_url, *(each.format(state) for each in statements))

    def tried(work: Callable[[], object]) -> None:
        arm(postgresql_url)
        work()
        assert has_fired(postgresql_url)

    memory = open_memory("kim", settings)
    tried(lambda: open_memory("sam", settings))
    memory = open_memory("sam", settings)
    loop = make_loop(memory=memory, otherwise=says("thinks", call("send_message", message="Hi!")))
    tried(lambda: open_memory("sam", settings, blocks=[Block("plan", "none yet")]))
    tried(lambda: list(loop.run([Message.said_by("ada", "hello")])))
    tried(lambda: memory.log.append(Message.said_by("ada", "tea at noon")))
    tried(lambda: memory.core.edit("human", lambda block: block.append("Ada")))
    tried(lambda: memory.core.set("human", "Ada likes tea"))
    tried(memory.undo)
    tried(memory.redo)
    tried(lambda: memory.rethink("other thoughts"))
    tried(lambda: memory.rewrite("other words"))
    tried(lambda: memory.attach(document))
    tried(lambda: list(loop.run([Message.said_by("ada", "what is new?")])))
    tried(lambda: list(loop.retry()))
    tried(lambda: memory.pop(1))
    tried(lambda: memory.readable.attach("team"))
    tried(lambda: memory.readable.detach("team"))
    tried(lambda: memory.pause.set(now()))
    tried(lambda: memory.import_chat(chat))
    tried(lambda: memory.fork("fork"))
    tried(lambda: memory.forget(query="noon"))
    tried(lambda: memory.queue.evict(3, "Ada said hello.", "model"))
    file = memory.export(tmp_path / "sam.zip")
    tried(lambda: import_memory(file, "again", settings))
    tried(memory.reset)
    tried(lambda: remove_agent("again", settings))
    with memory.log.database.writing() as connection:
        connection.execute(sql("UPDATE entries SET words = NULL"))

    assert [entry.message.text for entry in memory.log.everything() if entry.message.spoken] == []
    assert memory.core["plan"].value == "none yet"
    assert sorted(each.name for each in open_memory("fork", settings).readable) == ["plan.md"]


@pytest.mark.postgres
def test_a_conflict_that_does_not_end_is_an_error_after_some_attempts(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = open_memory("sam", Settings.load(home=tmp_path, database_url=postgresql_url))
    execute(postgresql_url, *(each.format("40001") for each in CONFLICTS))
    arm(postgresql_url, 1000)

    with pytest.raises(StorageError, match="try again"):
        memory.log.append(Message.said_by("ada", "hello"))

    with memory.log.database.reading() as connection:
        tried = 1001 + int(connection.scalar(sql("SELECT last_value FROM armed")) or 0)
    assert tried == refusals.ATTEMPTS


@pytest.mark.postgres
def test_two_transactions_that_wait_for_each_other_both_end(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    execute(
        postgresql_url,
        "CREATE TABLE t (n integer PRIMARY KEY, v integer)",
        "INSERT INTO t VALUES (1, 0), (2, 0)",
    )
    both = threading.Barrier(2)
    attempts: list[int] = []

    @refusals.repeatable
    def change(*order: int) -> None:
        attempts.append(order[0])
        with database.writing() as connection:
            for number in order:
                connection.execute(sql("UPDATE t SET v = v + 1 WHERE n = :n"), {"n": number})
                if len(attempts) <= 2 and number == order[0]:
                    both.wait(30)

    threads = [threading.Thread(target=change, args=order) for order in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    with database.reading() as connection:
        assert connection.execute(sql("SELECT v FROM t ORDER BY n")).scalars().all() == [2, 2]
    assert len(attempts) >= 3
    database.close()


def refuse(database: Database, condition: str) -> None:
    """Let the database refuse rows of the log for which this is true, as a trigger of an operator may."""
    with database.writing() as connection:
        if database.dialect == "sqlite":
            connection.execute(
                sql(
                    f"CREATE TRIGGER refuses BEFORE INSERT ON entries WHEN {condition} "
                    "BEGIN SELECT RAISE(ABORT, 'forbidden text'); END"
                )
            )
            return
        connection.execute(
            sql(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'forbidden text'; END $$"
            )
        )
        connection.execute(
            sql(
                f"CREATE TRIGGER refuses BEFORE INSERT ON entries FOR EACH ROW WHEN ({condition}) "
                "EXECUTE FUNCTION refuse()"
            )
        )


@pytest.mark.parametrize(
    "condition",
    [
        "new.text LIKE '%猫%'",
        "new.text LIKE '%猫%' OR new.spoken LIKE '%猫%' OR new.payload LIKE '%732b%' OR new.name = 'ada'",
    ],
)
def test_a_message_that_the_database_refuses_is_kept_whole_and_the_next_turns_run(
    where: str,
    make_memory: MemoryFactory,
    make_loop: LoopFactory,
    condition: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    memory = make_memory()
    refuse(memory.log.database, condition)
    loop = make_loop(memory=memory, otherwise=says(f"sees a {BAD}", call("send_message", message="Fine.")))
    caplog.set_level(logging.WARNING)

    for text in ("plain", BAD, "plain again"):
        assert list(loop.run([Message.said_by("ada", text)]))

    heard = [e.message for e in memory.log.everything() if e.message.kind == "message"]
    assert [message.text for message in heard] == ["plain", BAD, "plain again"]
    assert {message.name for message in heard} == {"ada"}
    thoughts = [e.message.text for e in memory.log.everything() if e.message.kind == "step"]
    assert thoughts == [f"sees a {BAD}"] * 3
    assert memory.recall.search("Fine").items[0].text == "Fine."
    assert "forbidden text" in caplog.text
    assert memory.forget(speaker="ada").messages == 3
    assert BAD not in "".join(e.message.text for e in memory.log.everything() if e.message.kind == "message")


def test_a_message_that_is_refused_in_every_form_that_has_its_text_leaves_its_place(
    where: str, make_memory: MemoryFactory
) -> None:
    memory = make_memory()
    refuse(memory.log.database, "length(new.payload) > 100 AND new.kind = 'message'")

    memory.log.append(Message.said_by("ada", "x" * 200), Message.said_by("ben", "y" * 50))
    memory.log.append(Message("user", "z" * 200, name="ada", extra={"note": "w" * 200}))

    assert [e.message.text[:40] for e in memory.log.everything() if e.message.kind == "message"] == [
        "x" * 40,
        "y" * 40,
        "(a message of 200 characters is not stor",
    ]


def test_what_can_never_be_stored_keeps_nothing_else_of_a_chat_from_being_stored(
    where: str, make_memory: MemoryFactory
) -> None:
    memory = make_memory()
    refuse(memory.log.database, "length(new.text) = 200 OR new.text LIKE '(%' OR new.text LIKE '%two%'")
    buffer = WriteBuffer("sam", memory.log)

    for text in ("one", "x" * 200, "two", "three"):
        buffer.write(lambda text=text: [Message.said_by("ada", text)], 1)

    assert len(buffer) == 0
    assert [e.message.text for e in memory.log.everything() if e.message.kind == "message"] == [
        "one",
        "three",
    ]
    assert [message.text for message in buffer.refused] == ["x" * 200, "two"]


def test_a_block_that_the_database_refuses_is_an_error_for_the_model(
    where: str, make_memory: MemoryFactory
) -> None:
    memory = make_memory(human="Ada")
    database = memory.log.database
    with database.writing() as connection:
        if database.dialect == "sqlite":
            connection.execute(
                sql(
                    "CREATE TRIGGER no BEFORE UPDATE ON blocks WHEN new.value LIKE '%猫%' "
                    "BEGIN SELECT RAISE(ABORT, 'forbidden text'); END"
                )
            )
        else:
            connection.execute(sql("ALTER TABLE blocks ADD CHECK (position('猫' in value) = 0)"))

    with pytest.raises(BlockError, match="the database refused the new text of block 'human'") as refusal:
        memory.core.edit("human", lambda block: block.append(BAD))

    assert "postgresql://" not in str(refusal.value)
    assert memory.core["human"].value == "Ada"


def test_a_summary_that_the_database_refuses_does_not_keep_the_prompt_full(
    where: str, make_memory: MemoryFactory
) -> None:
    memory = make_memory()
    memory.log.append(Message.said_by("ada", "hello"), Message.said_by("ada", "tea?"))
    database = memory.log.database
    with database.writing() as connection:
        if database.dialect == "sqlite":
            connection.execute(
                sql(
                    "CREATE TRIGGER no BEFORE INSERT ON summaries WHEN new.text LIKE '%猫%' "
                    "BEGIN SELECT RAISE(ABORT, 'forbidden text'); END"
                )
            )
        else:
            connection.execute(sql("ALTER TABLE summaries ADD CHECK (position('猫' in text) = 0)"))

    memory.queue.evict(memory.log.last_seq(), f"Ada has a {BAD}.", "model")

    assert memory.queue.entries() == []
    assert memory.queue.summary is not None


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_a_row_about_what_was_deleted_at_the_same_moment_is_refused_in_words_without_addresses(
    where: str, make_memory: MemoryFactory, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == "postgresql":
        monkeypatch.setenv("MEMGPT_AUTOGEN_DATABASE_URL", request.getfixturevalue("postgresql_url"))
    memory = make_memory()
    remove_agent("sam", Settings.load())

    with pytest.raises(OvertakenError) as caught:
        memory.log.append(Message.said_by("ada", "hello"))

    assert "Read it again" in caught.value.plain
    twice = sql("INSERT INTO users (id, name, role, created_at) SELECT id, name, role, created_at FROM users")
    with pytest.raises(OvertakenError), memory.log.database.writing() as connection:
        connection.execute(twice)
