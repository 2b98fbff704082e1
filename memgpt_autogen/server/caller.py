"""Who sent a request, and what that caller may do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from memgpt_autogen.memory.storage.accounts.keys import SCOPES, USUAL_CLIENTS, KeyClients, Scope
from memgpt_autogen.memory.storage.tables import HOME
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.settings import Settings

ALL_SCOPES: frozenset[Scope] = frozenset(SCOPES)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request."""

    settings: Settings
    """The settings of the home, as its user sees it: what belongs to others is not there."""
    user_id: str
    user: str
    """The name of the user."""
    scopes: frozenset[Scope] = ALL_SCOPES
    key_id: str | None = None
    """The key; None for the admin's password."""
    agents: frozenset[str] | None = None
    """The ids of the agents that the key may use; None means all of the user."""
    clients: KeyClients = USUAL_CLIENTS
    """What clients of OpenAI's API get."""
    made: dict[str, str] = field(default_factory=dict, compare=False)
    """The id and the name of what the request made or deleted, for the audit."""

    def note(self, target_id: str, name: str, *, action: str | None = None) -> None:
        """Say what this request makes or deletes. `action` is what it does, if its route can do several."""
        self.made.update(target_id=target_id, name=name, **({} if action is None else {"action": action}))

    def again(self) -> Caller:
        """Return the same caller for another request."""
        return replace(self, made={})

    @property
    def speaker(self) -> str:
        """Who speaks to an agent by default: the user by name; in the home itself `user`."""
        return "user" if self.user_id == HOME else self.user

    def check_whole(self, what: str) -> None:
        """Raise a problem, 403, for a key for certain agents: `what` is of all agents."""
        if self.agents is not None:
            raise ProblemError(
                403, f"this key is for certain agents only, and {what}. Ask for a key of all agents."
            )

    @property
    def is_admin(self) -> bool:
        return "admin" in self.scopes
