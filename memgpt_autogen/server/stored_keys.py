"""The keys in the home's database, as the callers that they stand for."""

from __future__ import annotations

from memgpt_autogen.server.caller import Caller
from memgpt_autogen.service.people import key_of_text
from memgpt_autogen.settings import Settings


class StoredKeys:
    """Finds the user of a key, and how that user sees the home."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def find(self, key: str) -> Caller | None:
        known = key_of_text(self._settings, key)
        if known is None:
            return None
        found, user = known
        return Caller(
            self._settings.model_copy(update={"owner": user.id}),
            user.id,
            user.name,
            frozenset(found.scopes),
            found.id,
            None if found.agents is None else frozenset(found.agents),
        )
