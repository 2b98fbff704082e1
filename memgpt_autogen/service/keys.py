"""The keys of an owner: list, add, revoke and delete."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from memgpt_autogen.assembly import create_home, open_home_database
from memgpt_autogen.memory.storage.accounts.audit import note_act
from memgpt_autogen.memory.storage.accounts.keys import USUAL_SCOPES, Key, Scope, find_key, stored_keys
from memgpt_autogen.memory.storage.accounts.keys import add_key as store_key
from memgpt_autogen.memory.storage.accounts.keys import delete_key as erase_key
from memgpt_autogen.memory.storage.accounts.keys import revoke_key as end_key
from memgpt_autogen.memory.storage.accounts.limits import UsageLimits, set_usage_limits, usage_limits
from memgpt_autogen.memory.storage.agents import agent_record
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.service.agents import resolve_agent
from memgpt_autogen.settings import Settings


@dataclass(frozen=True, slots=True)
class KeyDetail:
    """A key, as a list shows it."""

    key: Key
    agents: tuple[str, ...] | None
    """The names of the agents that it may use; None means all of the owner's."""
    limits: UsageLimits


def list_keys(settings: Settings) -> list[KeyDetail]:
    """Return the keys of the owner, the newest first; those that were revoked too."""
    database = _database(settings)
    return [_detail(database, key) for key in stored_keys(database)]


def add_key(
    settings: Settings,
    name: str,
    *,
    scopes: Collection[Scope] = USUAL_SCOPES,
    agents: Collection[str] | None = None,
    expires_at: datetime | None = None,
    limits: UsageLimits | None = None,
    key_id: str | None = None,
) -> tuple[KeyDetail, str]:
    """Add a key of the owner; return it, and its text, which is stored nowhere.

    `agents` are the names or ids of the only agents that it may use. `key_id` is the key of whoever asks for
    it. Raises what `add_key` of the stores raises, and `NotFoundError` for an unknown agent.
    """
    ids = None if agents is None else [resolve_agent(settings, agent)[0] for agent in agents]
    database = _database(settings)
    with database.writing(alone=True):
        key, text = store_key(database, name, scopes=scopes, agents=ids, expires_at=expires_at)
        if limits is not None:
            set_usage_limits(database, "key", key.id, limits)
        note_act(database, "create", "key", target_id=key.id, name=name, key_id=key_id)
    return _detail(database, key), text


def revoke_key(settings: Settings, name: str, *, key_id: str | None = None) -> Key:
    """Refuse a key of the owner from now on, by its name, id or shown text."""
    return _end(settings, name, key_id, delete=False)


def delete_key(settings: Settings, name: str, *, key_id: str | None = None) -> Key:
    """Delete a key of the owner, by its name, id or shown text."""
    return _end(settings, name, key_id, delete=True)


def _end(settings: Settings, name: str, key_id: str | None, *, delete: bool) -> Key:
    database = _database(settings)
    key = find_key(database, name)
    with database.writing(alone=True):
        (erase_key if delete else end_key)(database, key.id)
        action = "delete" if delete else "revoke"
        note_act(database, action, "key", target_id=key.id, name=key.name, key_id=key_id)
    return key


def _detail(database: Database, key: Key) -> KeyDetail:
    names = None
    if key.agents is not None:
        found = [agent_record(database, each) for each in key.agents]
        names = tuple(each.name for each in found if each is not None)  # others were deleted since
    return KeyDetail(key, names, usage_limits(database, "key", key.id))


def _database(settings: Settings) -> Database:
    create_home(settings.home)
    return open_home_database(settings)
