"""Keys: shown once, stored as a hash, limited in scope, agents and time."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

import memgpt_autogen.memory.storage.accounts.keys as module
from memgpt_autogen.errors import ConfigurationError, NotFoundError, TakenError
from memgpt_autogen.memory.storage.accounts.keys import (
    SCOPES,
    add_key,
    authenticate,
    delete_key,
    find_key,
    revoke_key,
    stored_keys,
)
from memgpt_autogen.memory.storage.accounts.users import add_user
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.tables import metadata
from memgpt_autogen.messages import now


@pytest.fixture
def ada(database: Database) -> Database:
    return database.owned_by(add_user(database, "ada").id)


def test_a_key_is_random_has_a_prefix_and_its_text_is_stored_nowhere(ada: Database) -> None:
    texts = {add_key(ada, f"key {number}")[1] for number in range(20)}

    assert len(texts) == 20
    assert all(re.fullmatch(r"mga_[A-Za-z0-9_-]{43}", text) for text in texts)
    with ada.reading() as connection:
        rows = [str(connection.execute(sa.select(table)).all()) for table in metadata.sorted_tables]
    assert not [text for text in texts if text[4:] in "".join(rows)]
    assert {each.shown for each in stored_keys(ada)} == {f"{text[:8]}...{text[-4:]}" for text in texts}


def test_a_key_is_found_by_its_whole_text_only(ada: Database) -> None:
    key, text = add_key(ada, "phone", scopes=("talk", "read"), agents=["a", "b", "a"])

    authentic = authenticate(ada.owned_by("anyone"), text)

    assert authentic is not None
    found, owner = authentic
    assert owner == "ada"
    assert (found.id, found.owner_id, found.name) == (key.id, ada.owner, "phone")
    assert (found.scopes, found.agents) == (("read", "talk"), ("a", "b"))
    for wrong in (
        "",
        "mga_",
        text[:-1],
        text + "x",
        text.swapcase(),
        key.shown,
        key.id,
        "\ud800",
        text * 1000,
    ):
        assert authenticate(ada, wrong) is None


def test_a_revoked_an_expired_and_a_deleted_key_are_refused(
    ada: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    revoked, first = add_key(ada, "first")
    _, second = add_key(ada, "second", expires_at=now() + timedelta(days=1))
    deleted, third = add_key(ada, "third")
    assert all(authenticate(ada, text) for text in (first, second, third))

    revoke_key(ada, revoked.id)
    delete_key(ada, deleted.id)
    later = now() + timedelta(days=1)
    monkeypatch.setattr(module, "now", lambda: later)

    assert [authenticate(ada, text) for text in (first, second, third)] == [None] * 3
    states = {each.name: each.is_valid(later) for each in stored_keys(ada)}
    assert states == {"first": False, "second": False}


def test_the_last_use_is_written_once_a_minute(ada: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    _, text = add_key(ada, "phone")
    start = now()
    uses = []
    for seconds in (0, 1, 59, 61, 62):
        monkeypatch.setattr(module, "now", lambda seconds=seconds: start + timedelta(seconds=seconds))
        authenticate(ada, text)
        uses.append(stored_keys(ada)[0].used_at)

    assert uses == [start] * 3 + [start + timedelta(seconds=61)] * 2


def test_a_key_needs_scopes_that_exist_and_only_an_admin_has_that_of_admins(database: Database) -> None:
    user = database.owned_by(add_user(database, "ada").id)
    admin = database.owned_by(add_user(database, "ben", role="admin").id)

    assert add_key(admin, "all", scopes=SCOPES)[0].scopes == SCOPES
    with pytest.raises(ConfigurationError, match="only keys of an admin"):
        add_key(user, "all", scopes=SCOPES)
    with pytest.raises(ConfigurationError, match="read, talk, write, speak-for, admin; none is given"):
        add_key(user, "none", scopes=())
    with pytest.raises(ConfigurationError, match="'root' is none"):
        add_key(user, "root", scopes=("read", "root"))  # type: ignore[arg-type]  # what a stranger may send
    with pytest.raises(ConfigurationError, match="would be expired already"):
        add_key(user, "old", expires_at=now() - timedelta(seconds=1))
    assert stored_keys(user) == []


def test_a_name_is_free_again_when_its_key_was_revoked(ada: Database) -> None:
    first, _ = add_key(ada, "phone")
    with pytest.raises(TakenError, match="there is a key 'phone' already"):
        add_key(ada, "phone")

    revoke_key(ada, first.id)
    second, _ = add_key(ada, "phone")

    assert find_key(ada, "phone").id == second.id
    assert find_key(ada, first.shown).id == find_key(ada, first.id).id == first.id


def test_nobody_sees_or_changes_the_keys_of_another(database: Database, ada: Database) -> None:
    key, text = add_key(ada, "phone")
    ben = database.owned_by(add_user(database, "ben").id)
    add_key(ben, "phone")

    assert [each.owner_id for each in stored_keys(ben)] == [ben.owner]
    for change in (revoke_key, delete_key):
        with pytest.raises(NotFoundError):
            change(ben, key.id)
    with pytest.raises(NotFoundError):
        find_key(ben, key.id)
    found = authenticate(database, text)
    assert found is not None
    assert found[0].revoked_at is None
