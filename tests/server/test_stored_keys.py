"""The keys that are known for a moment: what this process changes counts at once."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from memgpt_autogen.home_stores import create_home, open_home_database
from memgpt_autogen.memory.storage.accounts import changes
from memgpt_autogen.memory.storage.accounts.keys import add_key, delete_key, revoke_key
from memgpt_autogen.memory.storage.accounts.users import add_user, delete_user, suspend_user
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.messages import now
from memgpt_autogen.server import stored_keys
from memgpt_autogen.server.stored_keys import KNOWN_SECONDS, StoredKeys
from memgpt_autogen.settings import Settings


@pytest.fixture
def home() -> Database:
    create_home(Settings.load().home)
    return open_home_database(Settings.load())


def test_a_key_is_read_once_in_a_second(home: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    _, key = add_key(home.owned_by(add_user(home, "ada").id), "laptop")
    ring = StoredKeys(Settings.load())
    assert ring.known(key) is None

    found = ring.find(key)

    assert found is not None
    assert ring.known(key) == found
    assert ring.known(key) is not found, "what a request makes is its own"
    assert ring.known(key + "x") is None
    later = time.monotonic() + KNOWN_SECONDS
    monkeypatch.setattr(stored_keys.time, "monotonic", lambda: later)
    assert ring.known(key) is None


@pytest.mark.parametrize("how", ["revoked", "deleted", "suspended", "user deleted"])
def test_a_key_that_this_process_refuses_is_unknown_at_once(home: Database, how: str) -> None:
    ada = add_user(home, "ada")
    theirs = home.owned_by(ada.id)
    made, key = add_key(theirs, "laptop")
    ring = StoredKeys(Settings.load())
    assert ring.find(key) is not None

    match how:
        case "revoked":
            revoke_key(theirs, made.id)
        case "deleted":
            delete_key(theirs, made.id)
        case "suspended":
            suspend_user(home, ada.id)
        case _:
            delete_user(home, ada.id)

    assert ring.known(key) is None
    assert ring.find(key) is None


def test_a_key_that_was_read_before_a_change_is_not_known_after_it(
    home: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is revoked between its reading and its being noted."""
    theirs = home.owned_by(add_user(home, "ada").id)
    made, key = add_key(theirs, "laptop")
    ring, read = StoredKeys(Settings.load()), stored_keys.key_of_text

    def revoked_meanwhile(settings: Settings, text: str) -> object:
        found = read(settings, text)
        revoke_key(theirs, made.id)
        return found

    monkeypatch.setattr(stored_keys, "key_of_text", revoked_meanwhile)
    assert ring.find(key) is not None

    assert ring.known(key) is None
    assert changes.state_of_accounts() > 0


def test_a_key_that_expires_is_unknown_then(home: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    _, key = add_key(home.owned_by(add_user(home, "ada").id), "laptop", expires_at=now() + timedelta(hours=1))
    ring = StoredKeys(Settings.load())
    assert ring.find(key) is not None
    later = now() + timedelta(hours=1)
    monkeypatch.setattr(stored_keys, "now", lambda: later)

    assert ring.known(key) is None
