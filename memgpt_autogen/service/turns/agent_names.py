"""Which agents the names in requests stand for, as they were found the last time."""

from __future__ import annotations

from collections.abc import Collection

from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.recently_used import RecentlyUsed
from memgpt_autogen.service.agents import missing_agent, resolve_agent_in

# of how many names it is known
_MOST_KNOWN = 1000


class AgentNames:
    """What names stand for. An agent may have been renamed or deleted since: who begins a run looks again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: RecentlyUsed[tuple[str, str], tuple[str, str]] = RecentlyUsed(
            _MOST_KNOWN, "the names of agents that are known"
        )

    def known(
        self, owner_id: str, called: str, among: Collection[str] | None = None
    ) -> tuple[str, str] | None:
        """Return the id and the name of an agent of this name or id, if it was found before.

        Raises `NotFoundError` for one that is not `among` these.
        """
        found = self._known.find((owner_id, called))
        if found is not None and among is not None and found[0] not in among:
            raise missing_agent(called)
        return found

    def look(self, owner_id: str, called: str, among: Collection[str] | None = None) -> tuple[str, str]:
        """Do what `resolve_agent` does, and know it from now on."""
        found = resolve_agent_in(self._database.owned_by(owner_id), called, among)
        self._known.put((owner_id, called), found)
        return found

    def forget(self, owner_id: str, called: str) -> None:
        """Look again for what is called so."""
        self._known.discard((owner_id, called))
