"""What one client of the MCP server may do, and with whose memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Optional
from urllib.parse import quote

from memgpt_autogen.errors import NotAllowedError
from memgpt_autogen.memory.storage.accounts.keys import Scope
from memgpt_autogen.service.people import note
from memgpt_autogen.settings import Settings

SCHEME = "memory"
"""What the addresses of memories begin with."""


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a turn that was asked for."""

    state: str
    """The state of its run: `ended`, `failed`, `cancelled`, `suspended`, or `running` if it takes longer."""
    replies: tuple[str, ...] = ()
    run_id: str = ""
    error: Optional[str] = None


Say = Callable[[str], Awaitable[Said]]
"""Says something to the agent, and waits for the end of its turn."""


@dataclass(frozen=True, slots=True)
class Access:
    """One agent's memory, as a client with these scopes reaches it."""

    settings: Settings
    agent: str
    """The agent's id."""
    name: str
    scopes: frozenset[Scope]
    say: Optional[Say] = None
    """None where turns are switched off."""
    say_hint: str = ""
    """How turns are switched on."""
    scope_hint: str = "Go on without, or ask the user for a key that has it."
    """How a scope is got that is missing."""
    among: Optional[Collection[str]] = None
    """The ids of the only agents that the key may use."""
    key_id: Optional[str] = None

    def check(self, tool: str, scope: Scope) -> None:
        """Raise `NotAllowedError`, which names the scope, if the client has not got it."""
        if scope not in self.scopes:
            has = ", ".join(sorted(self.scopes)) or "none"
            raise NotAllowedError(
                f"{tool} needs the scope '{scope}', and this connection has {has}. {self.scope_hint}"
            )

    def address(self, tier: str, place: str = "") -> str:
        """Return the address of a memory, such as `memory://sam/recall/12`."""
        return f"{SCHEME}://{quote(self.name, safe='')}/{tier}" + (
            f"/{quote(place, safe='')}" if place else ""
        )

    def note(self, action: str, what: str, place: str = "") -> None:
        """Note in the audit what a tool changed, without any contents."""
        named = f"{self.name}/{place}" if place else self.name
        note(self.settings, action, what, name=named, key_id=self.key_id)
