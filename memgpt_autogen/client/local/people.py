"""Users, their keys and limits, and what was done."""

from __future__ import annotations

from typing import Any

from memgpt_autogen.client.local.local_home import LocalHome
from memgpt_autogen.memory.storage.accounts.keys import SCOPES
from memgpt_autogen.memory.storage.accounts.limits import Limited
from memgpt_autogen.service import people
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.people import (
    ActAnswer,
    KeyAnswer,
    LimitsAnswer,
    LimitsBody,
    Me,
    NewKeyAnswer,
    NewKeyBody,
    NewUser,
    RemovedUserAnswer,
    UserAnswer,
    UserChange,
)


def me(home: LocalHome) -> Me:
    user = UserAnswer.model_validate(people.get_user(home.settings, home.owner))
    return Me(user=user, scopes=list(SCOPES), key=None, agents=None)


def list_users(home: LocalHome, limit: int = 50, cursor: str | None = None) -> PageOf[UserAnswer]:
    return PageOf[UserAnswer].model_validate(people.list_users(home.settings, limit=limit, cursor=cursor))


def create_user(home: LocalHome, body: NewUser) -> UserAnswer:
    made = people.create_user(home.settings, body.name, role=body.role)
    home.note(made.id, made.name)
    return UserAnswer.model_validate(made)


def get_user(home: LocalHome, user: str) -> UserAnswer:
    return UserAnswer.model_validate(people.get_user(home.settings, user))


def change_user(home: LocalHome, user: str, body: UserChange) -> UserAnswer:
    return UserAnswer.model_validate(people.change_user(home.settings, user, suspended=body.suspended))


def delete_user(
    home: LocalHome, user: str, *, agents: bool = False, dry_run: bool = False
) -> RemovedUserAnswer:
    return RemovedUserAnswer.of(*people.remove_user(home.settings, user, agents=agents, dry_run=dry_run))


def list_keys(home: LocalHome, user: str, limit: int = 50, cursor: str | None = None) -> PageOf[KeyAnswer]:
    page = people.list_keys(home.settings, user, limit=limit, cursor=cursor)
    return PageOf[KeyAnswer].model_validate(page)


def create_key(home: LocalHome, user: str, body: NewKeyBody) -> NewKeyAnswer:
    made = people.create_key(
        home.settings,
        user,
        body.name,
        scopes=body.scopes,
        agents=body.agents,
        expires_at=body.expires_at,
        clients=body.clients(),
    )
    home.note(made.key.id, made.key.name)
    return NewKeyAnswer.of(made)


def revoke_key(home: LocalHome, user: str, key: str, *, remove: bool = False) -> KeyAnswer:
    found = people.get_key(home.settings, user, key)
    home.note(found.id, found.name, action="delete_key" if remove else None)
    end = people.remove_key if remove else people.end_key
    return KeyAnswer.model_validate(end(home.settings, found.owner_id, found.id))


def get_limits(home: LocalHome, user: str) -> LimitsAnswer:
    return _limits(home, "user", people.get_user(home.settings, user).id)


def put_limits(home: LocalHome, user: str, body: LimitsBody) -> LimitsAnswer:
    found = people.get_user(home.settings, user)
    people.put_limits(home.settings, "user", found.id, body.limits())
    return _limits(home, "user", found.id)


def get_key_limits(home: LocalHome, user: str, key: str) -> LimitsAnswer:
    return _limits(home, "key", people.get_key(home.settings, user, key).id)


def put_key_limits(home: LocalHome, user: str, key: str, body: LimitsBody) -> LimitsAnswer:
    found = people.get_key(home.settings, user, key)
    people.put_limits(home.settings, "key", found.id, body.limits())
    return _limits(home, "key", found.id)


def list_acts(home: LocalHome, **about: Any) -> PageOf[ActAnswer]:
    page = people.list_acts(home.settings, **about)
    return PageOf(items=[ActAnswer.of(*each) for each in page.items], next=page.next)


def _limits(home: LocalHome, what: Limited, id_: str) -> LimitsAnswer:
    return LimitsAnswer.of(
        people.get_limits(home.settings, what, id_), people.used_today(home.settings, what, id_)
    )
