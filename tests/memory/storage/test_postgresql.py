"""What only PostgreSQL has: a server that goes and comes back, and words of our own in its full-text index.

That everything else is the same on it, `make postgres` shows by running the suite there.
"""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from finding import holding
from fuzzing import TORTURE
from postgresql import Server, execute, programs
from sqlalchemy import text as sql

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import StorageError
from memgpt_autogen.home import agent_names, import_memory
from memgpt_autogen.memory.storage.agents import find_or_create_agent, find_or_create_archive
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.engine import database_url
from memgpt_autogen.memory.storage.home_mark import HomeMark
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing.qdrant import QdrantStandIn

VOCABULARY = """
    tea teas green Greens swimming swims café the of İstanbul
    o'clock naïve ΣΑΣ straße ½ x² 茶 mate🥰 technology
""".split()


@pytest.fixture
def shared(postgresql_url: str, tmp_path: Path) -> Settings:
    return Settings.load(home=tmp_path / "home", database_url=postgresql_url)


@pytest.fixture
def mortal() -> Iterator[Server]:
    """A server of this test's own, which keeps what it acknowledged, also in a crash."""
    place = programs()
    if place is None:
        pytest.skip("no PostgreSQL server is installed; Debian's package is 'postgresql'")
    server = Server(place, fsync="on", synchronous_commit="on", full_page_writes="on")
    yield server
    server.close()


@pytest.mark.postgres
def test_agents_of_two_homes_share_a_database_by_url(shared: Settings, tmp_path: Path) -> None:
    open_memory("sam", shared, human="Ben").log.append(Message.said_by("ben", "hello"))
    elsewhere = shared.model_copy(update={"home": tmp_path / "elsewhere"})

    assert open_memory("sam", elsewhere).core["human"].value == "Ben"
    assert agent_names(elsewhere) == ["sam"]
    assert not (tmp_path / "home" / "memory.db").exists()
    assert open_memory("sam", shared, ephemeral=True).log.count() == 0


@pytest.mark.postgres
def test_an_agent_moves_to_postgresql_and_back_with_all_it_remembers(
    shared: Settings, tmp_path: Path
) -> None:
    at_home = open_memory("sam", Settings.load(home=tmp_path / "sqlite"), human="Ada: engineer")
    at_home.log.append(
        Message.said_by("ada", "I like green tea. \0 \ud800"), Message.said_by("ben", "cake at noon")
    )
    at_home.queue.evict(3, "Ada said hello.", "model")
    at_home.core.set("human", "Ada: engineer, tea")
    at_home.archival.insert("The release is on 21 May.", tags=["plan"], source="plan.md")

    away = import_memory(at_home.export(tmp_path / "out.zip"), settings=shared)
    back = import_memory(
        away.export(tmp_path / "back.zip"), settings=Settings.load(home=tmp_path / "sqlite again")
    )

    for moved in (away, back):
        assert moved.log.everything() == at_home.log.everything()
        assert moved.compile() == at_home.compile()
        assert list(moved.core) == list(at_home.core)
        assert holding(moved, "tea") == holding(at_home, "tea")
        assert moved.archival.search("release").items[0].passage.tags == ("plan",)


@pytest.mark.postgres
def test_what_is_forgotten_is_in_no_row_and_no_index(shared: Settings) -> None:
    memory = open_memory("sam", shared)
    memory.log.append(Message.said_by("ada", "my code is zebra-4711"), Message.said_by("ben", "cake at noon"))
    assert holding(memory, "zebra")

    forgotten = memory.forget(speaker="ada")

    with Database(
        database_url(str(shared.database_url and shared.database_url.get_secret_value()))
    ).reading() as connection:
        rows = connection.execute(sql("SELECT CAST(entries AS text) FROM entries")).scalars().all()
    assert forgotten.messages == 1
    assert len(rows) == memory.log.last_seq()
    assert "zebra" not in "".join(rows)
    assert holding(memory, "zebra") == []
    assert holding(memory, "cake") == ["cake at noon"]


@pytest.mark.postgres
def test_an_agent_is_forked_and_its_past_is_at_hand(shared: Settings) -> None:
    memory = open_memory("sam", shared, human="Ada: engineer")
    memory.log.append(Message.said_by("ada", "tea"))
    then = memory.log.last_seq()
    memory.core.set("human", "Ada: pilot")
    memory.log.append(Message.said_by("ada", "more tea"))

    fork = memory.fork("kim", at=then)
    memory.undo()

    assert memory.core["human"].value == "Ada: engineer"
    assert memory.at(then)["human"].value == fork.core["human"].value == "Ada: engineer"
    assert (holding(fork, "tea"), holding(memory, "tea")) == (["tea"], ["more tea", "tea"])


@pytest.mark.postgres
def test_a_server_that_crashes_and_comes_back_is_an_error_meanwhile_and_lost_nothing(
    mortal: Server, tmp_path: Path
) -> None:
    settings = Settings.load(home=tmp_path, database_url=mortal.url)
    memory = open_memory("sam", settings)
    memory.log.append(Message.said_by("ben", "tea before"))

    mortal.stop(how=signal.SIGQUIT)
    for use in (
        lambda: memory.log.append(Message.said_by("ben", "lost")),
        lambda: memory.recall.search("tea"),
    ):
        with pytest.raises(StorageError) as refusal:
            use()
        assert mortal.url.split(":")[2].split("@")[0] not in str(refusal.value)
    mortal.start()
    memory.log.append(Message.said_by("ben", "tea after"))

    assert holding(memory, "tea") == ["tea after", "tea before"]


@pytest.mark.postgres
def test_rows_from_elsewhere_and_changed_ones_are_found_by_their_words(shared: Settings) -> None:
    memory = open_memory("sam", shared)
    memory.log.append(*(Message.said_by("ben", f"tea {number}") for number in range(450)))
    with memory.log.database.writing() as connection:
        connection.execute(sql("UPDATE entries SET words = NULL WHERE seq % 2 = 0"))
        connection.execute(sql("UPDATE entries SET spoken = 'coffee' WHERE text = 'tea 7'"))

    assert len(holding(memory, "tea")) == 449
    assert holding(memory, "coffee") == ["coffee"]


@pytest.mark.postgres
def test_searches_find_the_same_in_the_same_order_as_sqlite(shared: Settings, tmp_path: Path) -> None:
    here, there = (
        open_memory("sam", settings)
        for settings in (shared, shared.model_copy(update={"database_url": None}))
    )
    chance = random.Random(3)
    said = [" ".join(chance.choices(VOCABULARY, k=chance.randint(1, 12))) for _ in range(200)]
    for memory in (here, there):
        memory.log.append(*(Message.said_by("ben", text) for text in said))

    queries = [
        " ".join(chance.choices(VOCABULARY, k=chance.randint(1, 3))) for _ in range(60 if TORTURE else 20)
    ]
    for query in [*queries, '"green tea"', '"the tea"', "茶 TEA", '"o\'clock tea" swims']:
        assert sorted(holding(here, query)) == sorted(holding(there, query)), query
        if '"' not in query and "'" not in query:
            assert holding(here, query) == holding(there, query), query


@pytest.mark.postgres
def test_a_text_with_more_words_than_a_row_may_index_is_stored_whole(shared: Settings) -> None:
    memory = open_memory("sam", shared)
    long = " ".join(f"word{number}" for number in range(80_000)) + " " + "x" * 5000

    memory.log.append(Message.said_by("ben", long))

    assert memory.log.everything()[-1].message.text == long
    assert len(holding(memory, "word17")) == 1


@pytest.mark.postgres
def test_two_processes_worth_of_agents_are_made_once(postgresql_url: str) -> None:
    first, second = Database(postgresql_url), Database(postgresql_url)

    assert find_or_create_agent(first, "sam") == find_or_create_agent(second, "sam")
    assert find_or_create_archive(second, "team") == find_or_create_archive(first, "team")


@pytest.mark.postgres
def test_a_cloned_database_is_another_home_and_a_renamed_one_is_not(
    postgresql_url: str, postgresql_server: Server
) -> None:
    original = Database(postgresql_url)
    mark = HomeMark.of(original)
    original.close()
    name = postgresql_url.rpartition("/")[2]
    for statement in (
        f"CREATE DATABASE {name}_clone TEMPLATE {name}",
        f"ALTER DATABASE {name} RENAME TO {name}_2",
    ):
        execute(postgresql_server.url, statement)
    clone, renamed = (Database(f"{postgresql_url}{end}") for end in ("_clone", "_2"))

    assert HomeMark.of(renamed).is_same(mark)
    assert HomeMark.of(clone).id == mark.id
    assert not HomeMark.of(clone).is_same(mark)

    clone.close()
    renamed.close()
    execute(postgresql_server.url, f"DROP DATABASE {name}_clone")
    execute(postgresql_server.url, f"ALTER DATABASE {name}_2 RENAME TO {name}")


@pytest.mark.postgres
def test_what_waits_for_a_qdrant_server_is_delivered_once(shared: Settings) -> None:
    with QdrantStandIn() as server:
        settings = shared.model_copy(update={"qdrant_url": server.url})
        memories = [open_memory("sam", settings) for _ in range(3)]
        with server.refusing():
            for number in range(5):
                memories[0].archival.insert(f"The owl lamp number {number}.")
            assert memories[1].archival.undelivered() == 5
            assert memories[1].archival.search("owl").total == 5
        with ThreadPoolExecutor(3) as pool:
            counts = list(pool.map(lambda memory: memory.archival.count(), memories))

        assert counts == [5, 5, 5]
        assert memories[2].archival.undelivered() == 0
        texts = [passage.text for passage in memories[2].archival.list().items]
        assert texts == [f"The owl lamp number {number}." for number in range(5)]
