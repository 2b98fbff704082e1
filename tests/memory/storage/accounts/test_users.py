"""Users: added, found, suspended and deleted; the home itself is one that stays."""

from __future__ import annotations

import pytest

from memgpt_autogen.errors import ConfigurationError, NotFoundError, TakenError
from memgpt_autogen.memory.storage.accounts.keys import add_key, authenticate
from memgpt_autogen.memory.storage.accounts.limits import UsageLimits, set_usage_limits, usage_limits
from memgpt_autogen.memory.storage.accounts.templates import put_template
from memgpt_autogen.memory.storage.accounts.users import (
    add_user,
    delete_user,
    find_user,
    password_hash,
    resume_user,
    set_password,
    stored_users,
    suspend_user,
)
from memgpt_autogen.memory.storage.agents import find_or_create_agent
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.tables import HOME


def test_a_new_home_has_itself_as_its_only_user(database: Database) -> None:
    (home,) = stored_users(database)

    assert (home.id, home.name, home.role, home.is_home) == (HOME, "home", "admin", True)
    assert database.owner == HOME


def test_users_are_listed_with_how_many_agents_and_valid_keys_they_have(database: Database) -> None:
    ben, ada = add_user(database, "ben"), add_user(database, "ada", role="admin")
    find_or_create_agent(database, "of the home")
    find_or_create_agent(database.owned_by(ben.id), "sam")
    add_key(database.owned_by(ben.id), "phone")

    found = [(each.name, each.role, each.agents, each.keys) for each in stored_users(database)]
    assert found == [("home", "admin", 1, 0), ("ada", "admin", 0, 0), ("ben", "user", 1, 1)]
    assert find_user(database, ada.id) == find_user(database, "ada") == ada


def test_names_are_unique_and_must_not_be_taken_for_ids(database: Database) -> None:
    add_user(database, "ada")

    with pytest.raises(TakenError, match="there is a user 'ada' already"):
        add_user(database, "ada")
    with pytest.raises(TakenError, match="'home' already"):
        add_user(database, "home")
    for name in ("", "a b", "x" * 65, "a:b", "a\u200bb", HOME):
        with pytest.raises(ConfigurationError, match="a user's name"):
            add_user(database, name)


def test_an_unknown_user_is_not_found_and_no_other_is_named(database: Database) -> None:
    add_user(database, "ada")

    with pytest.raises(NotFoundError, match="there is no user 'bob'") as refusal:
        find_user(database, "bob")
    assert "ada" not in str(refusal.value)
    with pytest.raises(NotFoundError):
        suspend_user(database, "no such id")


def test_a_suspended_user_can_be_resumed_and_meanwhile_keys_and_password_do_not_count(
    database: Database,
) -> None:
    ada = add_user(database, "ada", password="a hash")
    _, text = add_key(database.owned_by(ada.id), "phone")

    suspend_user(database, ada.id)
    assert authenticate(database, text) is None
    assert password_hash(database, ada.id) is None
    assert find_user(database, "ada").suspended_at is not None
    resume_user(database, ada.id)

    assert authenticate(database, text) is not None
    assert password_hash(database, ada.id) == "a hash"
    set_password(database, ada.id, None)
    assert password_hash(database, ada.id) is None


def test_a_deleted_user_leaves_no_key_limit_or_template(database: Database) -> None:
    ada = add_user(database, "ada")
    key, text = add_key(database.owned_by(ada.id), "phone")
    for what, id_ in (("user", ada.id), ("key", key.id)):
        set_usage_limits(database, what, id_, UsageLimits(turns_a_day=1))  # type: ignore[arg-type]  # a pair
    put_template(database.owned_by(ada.id), "persona", "cook", "I cook.")

    delete_user(database, ada.id)

    assert [user.name for user in stored_users(database)] == ["home"]
    assert authenticate(database, text) is None
    assert usage_limits(database, "user", ada.id) == usage_limits(database, "key", key.id) == UsageLimits()


def test_a_user_with_agents_is_not_deleted_and_neither_is_the_home(database: Database) -> None:
    ada = add_user(database, "ada")
    find_or_create_agent(database.owned_by(ada.id), "sam")

    with pytest.raises(
        ConfigurationError, match=r"still has 1 agent\. Delete these first, or say that all of it goes"
    ):
        delete_user(database, ada.id)
    for refused in (delete_user, suspend_user):
        with pytest.raises(ConfigurationError, match="the user 'home' is the home itself"):
            refused(database, HOME)
