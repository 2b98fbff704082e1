"""Keys, by which the clients of a server name themselves. Only a hash of each is stored.

A key is 32 random bytes, so a fast hash is enough: nobody can try them all. A key that is lost is replaced.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import bindparam, delete, insert, select, update

from memgpt_autogen.errors import ConfigurationError, NotFoundError, TakenError, quoted
from memgpt_autogen.memory.storage.accounts.changes import accounts_changed
from memgpt_autogen.memory.storage.accounts.limits import delete_limits
from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import from_column, keys, to_column, users
from memgpt_autogen.messages import now
from memgpt_autogen.text.names import check_key_name

Scope = Literal["read", "talk", "write", "speak-for", "admin"]
"""What a key may do.

`read`: see agents and their memory; `talk`: start turns; `write`: create, change and delete; `speak-for`:
name other people as the speaker of a message; `admin`: manage the server and its users.
"""

SCOPES: tuple[Scope, ...] = get_args(Scope)

USUAL_SCOPES: tuple[Scope, ...] = ("read", "talk", "write")

PREFIX = "mga_"
"""The start of every key, by which scanners for secrets find it."""

KEY_BYTES = 32

BY_PASSWORD = "password"  # noqa: S105 - the word, not a password
"""What a session is of that the admin password began."""

BY_CODE = "code"
"""What the row of a login code has as `session_of`. No such row is a key: it only begins a session, once."""

# how often the last use of a key is written
USED_EVERY = timedelta(minutes=1)


Chats = Literal["one", "fork"]
"""How the chats of a client are remembered: all in one log, or each in a fork of the agent."""


@dataclass(frozen=True, slots=True)
class KeyClients:
    """What clients of OpenAI's API get with a key."""

    chats: Chats = "one"
    instructions: bool = True
    """Whether their system texts are instructions for the turn; otherwise they are ignored."""
    thoughts: bool = False
    """Whether they are shown thoughts and the agent's own calls without asking for them."""


USUAL_CLIENTS = KeyClients()


@dataclass(frozen=True, slots=True)
class Key:
    """What is stored of a key."""

    id: str
    owner_id: str
    name: str
    shown: str
    """Its first 8 and last 4 characters, to tell it from others."""
    scopes: tuple[Scope, ...]
    agents: tuple[str, ...] | None
    """The ids of the agents that it may use; None means all of the owner's."""
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None
    """When it was last used, to the minute."""
    revoked_at: datetime | None = None
    session_of: str | None = None
    """For the session of a browser: the id of the key that began it, or `BY_PASSWORD`."""
    clients: KeyClients = USUAL_CLIENTS

    @property
    def is_session(self) -> bool:
        return self.session_of is not None

    def is_valid(self, time: datetime) -> bool:
        """Return whether it is neither revoked nor expired at that time."""
        return self.revoked_at is None and (self.expires_at is None or time < self.expires_at)


@repeatable
def add_key(
    database: Database,
    name: str,
    *,
    scopes: Collection[Scope] = USUAL_SCOPES,
    agents: Iterable[str] | None = None,
    expires_at: datetime | None = None,
    text: str | None = None,
    session_of: str | None = None,
    clients: KeyClients = USUAL_CLIENTS,
) -> tuple[Key, str]:
    """Add a key of the owner; return it, and its text, which is stored nowhere and cannot be had again.

    `agents` are the ids of the only agents that it may use. A session has a `text` of its own, and the id of
    the key that it is a `session_of`, or `BY_PASSWORD`. Raises `ConfigurationError` for an unknown scope,
    for a key that would be expired already, and for `admin` if the owner is no admin; `TakenError` where a
    valid key has the name.
    """
    check_key_name(name)
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        given = f"{quoted(unknown[0])} is none" if unknown else "none is given"
        raise ConfigurationError(f"a key has scopes of {', '.join(SCOPES)}; {given}.")
    text = text or f"{PREFIX}{secrets.token_urlsafe(KEY_BYTES)}"
    made = Key(
        id=str(uuid.uuid4()),
        owner_id=database.owner,
        name=name,
        shown=f"{text[:8]}...{text[-4:]}",
        scopes=tuple(scope for scope in SCOPES if scope in scopes),
        agents=None if agents is None else tuple(dict.fromkeys(agents)),
        created_at=now(),
        expires_at=expires_at,
        session_of=session_of,
        clients=clients,
    )
    if not made.is_valid(made.created_at):
        raise ConfigurationError("the key would be expired already. Give a later time.")
    with database.writing(alone=True) as connection:
        role = connection.scalar(select(users.c.role).where(users.c.id == database.owner))
        if "admin" in made.scopes and role != "admin":
            raise ConfigurationError(
                "only keys of an admin can have the scope 'admin'. Leave it out, or give the user that role."
            )
        same = select(keys).where(owned(keys, database), keys.c.name == name)
        if any(_key(row).is_valid(made.created_at) for row in connection.execute(same)):
            raise TakenError(f"there is a key '{name}' already. Revoke it first, or give another name.")
        connection.execute(
            insert(keys).values(
                id=made.id,
                owner_id=made.owner_id,
                name=name,
                digest=_digest(text),
                shown=made.shown,
                scopes=" ".join(made.scopes),
                agents=None if made.agents is None else json.dumps(made.agents),
                created_at=to_column(made.created_at),
                expires_at=None if expires_at is None else to_column(expires_at),
                session_of=session_of,
                clients=None if clients == USUAL_CLIENTS else json.dumps(asdict(clients)),
            )
        )
    return made, text


def authenticate(database: Database, text: str) -> tuple[Key, str] | None:
    """Return the key with this text, of whichever owner, and the name of that owner.

    A session that a key began stands for that key. None where nobody has it, it is revoked or expired, or its
    owner is suspended.
    """
    digest = _digest(text)
    with database.reading() as connection:
        row = next(iter(_AUTHENTIC.rows(connection, digest=digest)), None)
        known = row is not None and hmac.compare_digest(row.digest, digest)
        if row is None or not known or row.suspended_at is not None:
            return None
        found, time = _key(row), now()
        if not found.is_valid(time):
            return None
        if found.session_of not in (None, BY_PASSWORD):  # of a login code there is no key
            began = connection.execute(select(keys).where(keys.c.id == found.session_of)).first()
            if began is None or not (found := _key(began)).is_valid(time):
                return None
    if found.used_at is None or time - found.used_at >= USED_EVERY:
        _note_use(database, found.id, time)
    return found, str(row.owner_name)


_AUTHENTIC = PreparedQuery(
    select(keys, users.c.suspended_at, users.c.name.label("owner_name"))
    .join(users)
    .where(keys.c.digest == bindparam("digest"))
)


def stored_keys(database: Database) -> list[Key]:
    """Return the keys of the owner, the newest first."""
    listed = owned(keys, database), keys.c.session_of.is_distinct_from(BY_CODE)
    query = select(keys).where(*listed).order_by(keys.c.created_at.desc(), keys.c.id)
    with database.reading() as connection:
        return [_key(row) for row in connection.execute(query)]


def find_key(database: Database, name: str) -> Key:
    """Return the owner's key of that name, id or shown text; the valid one, where several have the name.

    Raises `NotFoundError` where there is none.
    """
    found = [each for each in stored_keys(database) if name in (each.id, each.name, each.shown)]
    if not found:
        raise NotFoundError(f"there is no key {quoted(name)}. memgpt-autogen keys list shows them.")
    time = now()
    return min(found, key=lambda each: not each.is_valid(time))


@repeatable
def revoke_key(database: Database, key_id: str) -> None:
    """Refuse a key of the owner from now on. Raises `NotFoundError` where there is none of that id."""
    mine = owned(keys, database), keys.c.id == key_id
    with database.writing() as connection:
        if connection.scalar(select(keys.c.id).where(*mine)) is None:
            raise NotFoundError(f"there is no key {quoted(key_id)}.")
        revoked = update(keys).where(*mine, keys.c.revoked_at.is_(None))
        connection.execute(revoked.values(revoked_at=to_column(now())))
    accounts_changed()


@repeatable
def end_session(database: Database, text: str) -> None:
    """Refuse a session from now on, by its text. A text that is none of a session changes nothing."""
    ended = update(keys).where(keys.c.digest == _digest(text), keys.c.session_of.is_not(None))
    with database.writing() as connection:
        connection.execute(ended.where(keys.c.revoked_at.is_(None)).values(revoked_at=to_column(now())))
    accounts_changed()


@repeatable
def take_login_code(database: Database, text: str) -> bool:
    """Use up a login code, and those that have expired. Return whether it was valid until now."""
    codes, time = keys.c.session_of == BY_CODE, to_column(now())
    with database.writing() as connection:
        connection.execute(delete(keys).where(codes, keys.c.expires_at <= time))
        taken = delete(keys).where(codes, keys.c.digest == _digest(text))
        return bool(connection.execute(taken).rowcount)


@repeatable
def delete_key(database: Database, key_id: str) -> None:
    """Delete a key of the owner with its limits. Raises `NotFoundError` where there is none of that id."""
    with database.writing() as connection:
        gone = delete(keys).where(owned(keys, database), keys.c.id == key_id)
        if not connection.execute(gone).rowcount:
            raise NotFoundError(f"there is no key {quoted(key_id)}.")
        delete_limits(connection, [("key", key_id)])
        connection.execute(delete(keys).where(owned(keys, database), keys.c.session_of == key_id))
    accounts_changed()


@repeatable
def _note_use(database: Database, key_id: str, time: datetime) -> None:
    with database.writing() as connection:
        connection.execute(update(keys).where(keys.c.id == key_id).values(used_at=to_column(time)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: Any) -> Key:
    expires, used, revoked = (
        from_column(each) if each else None for each in (row.expires_at, row.used_at, row.revoked_at)
    )
    return Key(
        row.id,
        row.owner_id,
        row.name,
        row.shown,
        tuple(scope for scope in SCOPES if scope in row.scopes.split()),
        None if row.agents is None else tuple(json.loads(row.agents)),
        from_column(row.created_at),
        expires,
        used,
        revoked,
        row.session_of,
        KeyClients(**json.loads(row.clients)) if row.clients else USUAL_CLIENTS,
    )
