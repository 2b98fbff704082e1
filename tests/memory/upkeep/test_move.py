"""A whole home moves to servers and back: copied while nobody writes, compared, and only then given up."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from loops import LoopFactory
from postgresql import execute
from sqlalchemy import text as sql
from whole_home import close, fill, state

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import ConfigurationError, StorageError, TurnElsewhereError
from memgpt_autogen.home import agent_names, moved_away
from memgpt_autogen.home_move import move_home
from memgpt_autogen.home_stores import open_home_index
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.recall.index import index_of
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says
from memgpt_autogen.testing.qdrant import QdrantStandIn

pytestmark = pytest.mark.sqlite

Places = Callable[..., Settings]


@pytest.fixture
def at(tmp_path: Path, postgresql_url: str) -> Places:
    """The settings of one home with its memory in these places."""

    def settings(**given: str) -> Settings:
        return Settings.load(home=tmp_path / "home", **given)

    return settings


@pytest.mark.slow
@pytest.mark.postgres
def test_a_home_moves_to_servers_and_back_with_all_that_its_agents_remember(
    at: Places, tmp_path: Path, postgresql_url: str, make_loop: LoopFactory
) -> None:
    here = at()
    fill(here, tmp_path)
    before = state(here)
    with QdrantStandIn() as server:
        there = at(database_url=postgresql_url, qdrant_url=server.url)
        steps: list[int] = []

        moved = move_home(here, there, progress=lambda done, _: steps.append(done))
        after = state(there)
        assert str(moved_away(here)).startswith("this memory was moved to postgresql://")
        assert moved_away(there) is None
        old = open_memory("sam", here)
        with pytest.raises(StorageError, match=r"this memory was moved to postgresql://.*Set database_url"):
            old.log.append(Message.said_by("ada", "lost?"))
        memory = open_memory("sam", there)
        hi = ScriptedLLM(otherwise=says("", call("send_message", message="Hi!")))
        list(make_loop(memory=memory, otherwise=hi.complete([])).run([Message.said_by("ada", "news")]))
        memory.core.set("plan", "The release was on 21 May.")
        changed = state(there)
        close(memory)
        back = move_home(there, here, remove=True)

        assert state(here) == changed
        assert moved_away(here) is None
        assert str(moved_away(there)).startswith("this memory was moved to sqlite:")
        with pytest.raises(StorageError, match=r"moved to sqlite:.*Remove the setting database_url"):
            open_memory("sam", there)
        index = open_home_index(there, None)
        ids = (old.log.agent_id, index_of(old.log.agent_id))
        assert [Archive(each, index).count() for each in ids] == [0, 0]

    assert after == before
    assert steps
    assert (moved.rows["agents"], sum(moved.passages.values())) == (3, 43)
    assert back.rows["entries"] == moved.rows["entries"] + 5
    assert str(moved).startswith("database: 3 agents and ")
    assert (here.home / "archives.moved").is_dir()
    with Database(postgresql_url).reading() as connection:
        assert connection.scalar(sql("SELECT count(*) FROM agents")) == 0


@pytest.mark.slow
@pytest.mark.postgres
def test_the_archives_and_the_database_move_one_after_the_other(
    at: Places, tmp_path: Path, postgresql_url: str
) -> None:
    fill(at(), tmp_path)
    before = state(at())

    with QdrantStandIn() as server:
        places = [
            {},
            {"qdrant_url": server.url},
            {"qdrant_url": server.url, "database_url": postgresql_url},
            {"qdrant_url": server.url},
            {},
        ]
        for old, new in pairwise(places):
            move_home(at(**old), at(**new), remove="database_url" in old)

            assert state(at(**new)) == before
            memory = open_memory("sam", at(**new))
            memory.archival.insert("more", source="more")  # the place is this home's, and not a copy's
            assert memory.archival.delete_source("more") == 1
            close(memory)
        with pytest.raises(StorageError):
            open_memory("sam", at(qdrant_url=server.url, database_url=postgresql_url))


@pytest.mark.postgres
def test_a_move_that_was_interrupted_changes_nothing_and_is_completed_by_running_it_again(
    at: Places, tmp_path: Path, postgresql_url: str
) -> None:
    here, there = at(), at(database_url=postgresql_url)
    fill(here, tmp_path)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        move_home(here, there, progress=dies)
    sam = open_memory("sam", here)
    sam.log.append(Message.said_by("ada", "one more"))
    sam.core.set("human", "changed meanwhile")
    sam.pop(2)
    before = state(here)

    move_home(here, there)

    assert state(there) == before
    assert open_memory("sam", there).log.append(Message.said_by("ada", "on"))[0].seq == sam.log.last_seq() + 1


@pytest.mark.postgres
def test_what_differs_after_the_copy_is_an_error_and_nothing_is_given_up(
    at: Places, tmp_path: Path, postgresql_url: str
) -> None:
    here, there = at(), at(database_url=postgresql_url)
    fill(here, tmp_path)
    execute(
        postgresql_url,
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.text := replace(NEW.text, 'cake 7', 'cake'); RETURN NEW; END $$",
        "CREATE TRIGGER spoil BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION spoil()",
    )

    with pytest.raises(
        StorageError, match=r"the table entries has .* or other contents. Nothing was removed"
    ):
        move_home(here, there)

    assert open_memory("sam", here).log.append(Message.said_by("ada", "still here"))


@pytest.mark.postgres
def test_a_turn_that_runs_keeps_the_move_waiting_and_is_named(
    at: Places, tmp_path: Path, postgresql_url: str, make_loop: LoopFactory
) -> None:
    here, there = at(), at(database_url=postgresql_url)
    loop = make_loop(says("", call("send_message", message="Hi!")), memory=open_memory("sam", here))
    turn = iter(loop.run([Message.said_by("ada", "hello")]))
    next(turn)

    with pytest.raises(
        TurnElsewhereError, match=r"agent 'sam' is in a turn of process .*Nothing was changed"
    ):
        move_home(here, there, wait=0)
    list(turn)

    assert move_home(here, there, wait=0).rows["agents"] == 1


@pytest.mark.postgres
def test_a_target_with_agents_of_its_own_is_refused(at: Places, postgresql_url: str) -> None:
    here, there = at(), at(database_url=postgresql_url)
    open_memory("sam", here)
    open_memory("ann", there)

    with pytest.raises(ConfigurationError, match=r"has agents of its own \(ann\)"):
        move_home(here, there)
    with pytest.raises(ConfigurationError, match="is there already"):
        move_home(here, here)

    assert agent_names(there) == ["ann"]
