"""Users and keys of a server, by the functions that `service.people` has for a home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from memgpt_autogen.client.http_client import Client
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.storage.accounts.keys import USUAL_CLIENTS, KeyClients
from memgpt_autogen.memory.storage.accounts.limits import UsageLimits
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.settings import Settings


@dataclass(frozen=True)
class RemotePeople:
    """The users of a server's home, for its admin, and the keys of a user. The server keeps the audit."""

    client: Client

    def whose(self, settings: Settings) -> str:
        """Return the user whose keys are meant: that of `--owner`, or the one whose key is used."""
        return settings.owner or self.client.me().user.id

    def users(self) -> list[Any]:
        return list(self.client.iterate(self.client.list_users, limit=200))

    def create_user(self, _settings: Settings, name: str, *, role: Any = "user") -> Any:
        return self.client.create_user(name, role=role)

    def get_user(self, _settings: Settings, user: str) -> Any:
        return self.client.get_user(user)

    def change_user(self, _settings: Settings, user: str, *, suspended: bool) -> Any:
        return self.client.change_user(user, suspended)

    def remove_user(self, _settings: Settings, user: str, *, dry_run: bool = False) -> str:
        found = self.client.get_user(user)
        if dry_run:
            agents, keys = counted(found.agents, "agent"), counted(found.keys, "valid key")
            return f"would remove the user {found.name} with {agents} and {keys}"
        self.client.delete_user(user, agents=True)
        return f"removed the user {found.name} with all agents and keys"

    def create_key(
        self,
        _settings: Settings,
        user: str,
        name: str,
        *,
        scopes: Any,
        agents: Sequence[str] | None = None,
        expires_at: datetime | None = None,
        clients: KeyClients = USUAL_CLIENTS,
    ) -> Any:
        made = self.client.create_key(
            user,
            name,
            scopes=list(scopes),
            agents=None if agents is None else list(agents),
            expires_at=expires_at,
            chats=clients.chats,
            instructions=clients.instructions,
            thoughts=clients.thoughts,
        )
        return SimpleNamespace(key=made, text=made.key)

    def list_keys(self, _settings: Settings, user: str, *, limit: int = 50, cursor: str | None = None) -> Any:
        return self.client.list_keys(user, limit=limit, cursor=cursor)

    def get_key(self, _settings: Settings, user: str, key: str) -> Any:
        page = self.client.iterate(self.client.list_keys, user, limit=200)
        found = [each for each in page if key in (each.id, each.name, each.shown)]
        if not found:
            raise ConfigurationError(f"there is no key '{key}'. memgpt-autogen keys list shows them.")
        return min(found, key=lambda each: each.revoked_at is not None)

    def end_key(self, settings: Settings, user: str, key: str) -> Any:
        return self.client.revoke_key(user, self.get_key(settings, user, key).id)

    def remove_key(self, _settings: Settings, user: str, key: str) -> Any:
        return self.client.revoke_key(user, key, remove=True)

    def agents_of_key(self, _settings: Settings, key: Any) -> list[str] | None:
        return None if key.agents is None else list(key.agents)

    def get_limits(self, settings: Settings, _what: str, id_: str) -> UsageLimits:
        found = self.client.get_key_limits(self.whose(settings), id_)
        names = ("turns_at_once", "turns_a_day", "tokens_a_day", "cost_a_day")
        return UsageLimits(**{name: getattr(found, name) for name in names})

    def put_limits(self, settings: Settings, _what: str, id_: str, limits: UsageLimits) -> Any:
        names = ("turns_at_once", "turns_a_day", "tokens_a_day", "cost_a_day")
        given = {name: getattr(limits, name) for name in names}
        return self.client.put_key_limits(self.whose(settings), id_, **given)

    def note(self, *_: object, **__: object) -> None:
        """Note nothing: the server has."""
