"""A user is deleted with all that the user has."""

from __future__ import annotations

from pathlib import Path

import pytest

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import ConfigurationError, NotFoundError
from memgpt_autogen.home import agent_names, each_owner
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.storage.accounts.grants import add_grant
from memgpt_autogen.memory.storage.accounts.keys import add_key
from memgpt_autogen.messages import Message
from memgpt_autogen.named_texts import named_texts
from memgpt_autogen.service.people import create_user, get_user, remove_user
from memgpt_autogen.service.user_removal import agents_of_users
from memgpt_autogen.service.user_removal import remove_user as remove_with_all
from memgpt_autogen.settings import Settings

WORD = "kanariquux"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load(home=tmp_path / "home")


def fill(settings: Settings) -> Settings:
    """Let ada have everything that a user can have, with one word in all of it."""
    ada = create_user(settings, "ada")
    ben = create_user(settings, "ben")
    hers = settings.model_copy(update={"owner": ada.id})
    sam = open_memory("sam", hers, human=f"Knows {WORD}.", blocks=[Block("plan", "Meet.", shared=True)])
    sam.log.append(Message.said_by("boss", f"The {WORD} sings."))
    sam.archival.insert(f"A fact of {WORD}.")
    sam.recall.search(WORD)
    lee = open_memory("lee", hers, archive="library")
    lee.attach(text=f"# Of {WORD}\n\nIt flies.", name="notes.md")
    sam.attach(archive="library")
    named_texts(hers, "persona").add("bird", f"I am a {WORD}.")
    add_key(open_home_database(hers), WORD)
    add_grant(open_home_database(hers), "block", "plan", ben.id)
    add_grant(open_home_database(hers), "archive", "library", ben.id)
    tom = open_memory("tom", settings, owner="ben", blocks=[Block("plan", "", shared=True)])
    tom.attach(archive="library")
    for memory in (sam, lee, tom):
        memory.archival.close()
        memory.recall.close()
    return hers


@pytest.mark.sqlite
def test_a_user_is_deleted_with_all_that_the_user_has(settings: Settings) -> None:
    hers = fill(settings)

    would = remove_with_all(settings, "ada", dry_run=True)
    assert agent_names(hers) == ["lee", "sam"]
    removed = remove_with_all(settings, "ada")

    counts = "2 agents: 1 message, 2 passages"
    assert f"would remove the user 'ada' with 1 key\nwould remove {counts}" in str(would)
    assert str(removed) == f"removed the user 'ada' with 1 key\nremoved {counts}"
    assert [user.name for user, _ in each_owner(settings)] == ["home", "ben"]
    with pytest.raises(NotFoundError, match="there is no user"):
        agent_names(hers)
    assert holding_of(settings) == []
    tom = open_memory("tom", settings, owner="ben")
    assert "plan" not in tom.core
    assert list(tom.readable.others()) == []


def holding_of(settings: Settings) -> list[str]:
    """The files of the home that have the word."""
    found = [file for file in settings.home.rglob("*") if file.is_file()]
    return [str(file) for file in found if WORD.encode() in file.read_bytes()]


def test_a_removal_that_was_interrupted_is_done_by_the_next(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(settings)
    monkeypatch.setattr("memgpt_autogen.service.user_removal.remove_archive", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        remove_with_all(settings, "ada")
    monkeypatch.undo()
    left = get_user(settings, "ada")
    assert (left.agents, left.suspended_at is None) == (0, False)

    remove_with_all(settings, "ada")

    assert [user.name for user, _ in each_owner(settings)] == ["home", "ben"]


def test_the_home_itself_is_not_deleted(settings: Settings) -> None:
    open_memory("sam", settings)

    with pytest.raises(ConfigurationError, match="is the home itself and cannot be deleted"):
        remove_user(settings, "home", agents=True)

    assert agent_names(settings) == ["sam"]


def test_agents_of_users_are_counted_without_the_homes(settings: Settings) -> None:
    assert agents_of_users(settings) == (0, 0)
    open_memory("sam", settings)
    create_user(settings, "ada")
    create_user(settings, "ben")
    for name in ("sam", "kim"):
        open_memory(name, settings, owner="ada")

    assert agents_of_users(settings) == (2, 1)
