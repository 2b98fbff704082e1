"""Grants: a shared block or archive of one user that agents of another may use, until the grant ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import BlockError, ConfigurationError, NotFoundError
from memgpt_autogen.home import remove_agent
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.accounts.grants import (
    Granted,
    add_grant,
    end_grant,
    given_grants,
    received_grants,
)
from memgpt_autogen.memory.storage.accounts.users import add_user
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.settings import Settings

PLAN = Block("plan", "Meet on Monday.", shared=True)


class Two:
    """Ada, who has a shared block and a shared archive, and Ben, who has nothing."""

    def __init__(self, home: Path) -> None:
        settings = Settings.load(home=home)
        open_memory("sam", settings)
        database = open_home_database(settings)
        self.ada, self.ben = add_user(database, "ada"), add_user(database, "ben")
        self.hers = settings.model_copy(update={"owner": "ada"})
        self.his = settings.model_copy(update={"owner": "ben"})
        open_memory("kim", self.hers, blocks=[PLAN])
        open_memory("lee", self.hers, archive="library").archival.insert("Herons nest in March.")

    @property
    def owner(self) -> Database:
        return open_home_database(self.hers)

    def ben_opens(self, name: str = "tom") -> MemoryHierarchy:
        return open_memory(name, self.his, blocks=[Block("plan", "My own.", shared=True)])


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return Two(tmp_path / "home")


def test_a_granted_block_is_read_and_only_with_that_grant_written(two: Two) -> None:
    add_grant(two.owner, "block", "plan", two.ben.id)
    tom = two.ben_opens()

    assert (tom.core["plan"].value, tom.core["plan"].read_only) == ("Meet on Monday.", True)
    with pytest.raises(BlockError, match="read-only"):
        tom.core.edit("plan", lambda block: block.append("No."))
    with pytest.raises(BlockError, match="belongs to another user, who lets you only read it"):
        tom.core.set("plan", "No.")
    add_grant(two.owner, "block", "plan", two.ben.id, "write")
    tom.core.edit("plan", lambda block: block.append("On Tuesday."))

    assert open_memory("kim", two.hers).core["plan"].value == "Meet on Monday.\nOn Tuesday."
    add_grant(two.owner, "block", "plan", two.ben.id, "read")
    with pytest.raises(BlockError):
        tom.undo()
    assert tom.core["plan"].read_only


def test_a_block_that_is_taken_away_is_gone_at_once_and_an_own_one_takes_its_place(two: Two) -> None:
    add_grant(two.owner, "block", "plan", two.ben.id)
    tom = two.ben_opens()

    end_grant(two.owner, "block", "plan", two.ben.id)

    assert "plan" not in tom.core
    assert two.ben_opens().core["plan"].value == "My own."
    assert open_memory("kim", two.hers).core["plan"].value == "Meet on Monday."


def test_an_own_block_comes_before_a_granted_one(two: Two) -> None:
    two.ben_opens()
    add_grant(two.owner, "block", "plan", two.ben.id)

    assert two.ben_opens("max").core["plan"].value == "My own."


def test_a_granted_archive_is_searched_until_the_grant_ends(two: Two) -> None:
    tom = two.ben_opens()
    with pytest.raises(ConfigurationError, match="has no shared archive 'library'"):
        tom.attach(archive="library")
    add_grant(two.owner, "archive", "library", two.ben.id)

    tom.attach(archive="library")
    found = tom.readable.search("herons").items
    end_grant(two.owner, "archive", "library", two.ben.id)

    assert [hit.passage.text for hit in found] == ["Herons nest in March."]
    assert list(tom.readable.search("herons").items) == []
    open_memory("uli", two.his, archive="library").archival.insert("Larks sing.")
    tom.attach(archive="library")  # his own one, of the same name
    assert [hit.passage.text for hit in tom.readable.search("herons larks").items] == ["Larks sing."]


def test_grants_are_listed_on_both_sides_by_the_names_of_things_and_users(two: Two) -> None:
    add_grant(two.owner, "block", "plan", two.ben.id, "write")
    add_grant(two.owner, "archive", "library", two.ben.id)
    his = open_home_database(two.his)

    assert [(each.name, each.user, each.may) for each in given_grants(two.owner, "block")] == [
        ("plan", "ben", "write")
    ]
    assert [(each.name, each.may) for each in received_grants(his, "archive")] == [("library", "read")]
    assert given_grants(his, "block") == received_grants(two.owner, "block") == []


def test_only_what_is_shared_can_be_granted_and_only_by_its_owner(two: Two) -> None:
    his = open_home_database(two.his)
    wrong: list[tuple[Database, Granted, str, str]] = [
        (two.owner, "block", "persona", two.ben.id),
        (two.owner, "archive", "kim", two.ben.id),
        (his, "block", "plan", two.ada.id),
        (his, "archive", "library", two.ada.id),
    ]
    for database, what, name, user_id in wrong:
        with pytest.raises(NotFoundError, match=f"there is no shared {what} '{name}'"):
            add_grant(database, what, name, user_id)
    with pytest.raises(NotFoundError, match="there is no user"):
        add_grant(two.owner, "block", "plan", "nobody")
    with pytest.raises(ConfigurationError, match="may use it already"):
        add_grant(two.owner, "block", "plan", two.ada.id)
    with pytest.raises(ConfigurationError, match="can be read only"):
        add_grant(two.owner, "archive", "library", two.ben.id, "write")
    with pytest.raises(NotFoundError, match="is not granted"):
        end_grant(two.owner, "block", "plan", two.ben.id)


def test_the_other_neither_deletes_nor_cuts_what_was_granted(two: Two) -> None:
    add_grant(two.owner, "block", "plan", two.ben.id, "write")
    two.ben_opens()
    remove_agent("kim", two.hers)  # ben's agent has her block now, and it is still hers
    tom = two.ben_opens()

    report = tom.forget(query="Monday", shared=True)
    removed = remove_agent("tom", two.his)

    assert (report.blocks_changed, report.blocks_left) == ((), ("plan",))
    assert "plan" in removed.left
    assert open_memory("pia", two.hers, blocks=[PLAN]).core["plan"].value == "Meet on Monday."


def test_a_deleted_block_leaves_no_grant(two: Two) -> None:
    add_grant(two.owner, "block", "plan", two.ben.id)

    remove_agent("kim", two.hers)

    assert given_grants(two.owner, "block") == []
    assert two.ben_opens().core["plan"].value == "My own."
