"""The keys in the home's database, as the callers that they stand for."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime

from memgpt_autogen.memory.storage.accounts.changes import state_of_accounts
from memgpt_autogen.memory.storage.accounts.keys import BY_PASSWORD
from memgpt_autogen.messages import now
from memgpt_autogen.recently_used import RecentlyUsed
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.service.people import key_of_text
from memgpt_autogen.settings import Settings

KNOWN_SECONDS = 5.0
"""How long a key counts as it was read, if another process changes it."""

# of how many keys it is known whose they are
_MOST_KNOWN = 1000


@dataclass(frozen=True, slots=True)
class _Known:
    caller: Caller
    until: float
    expires_at: datetime | None
    state: int


class StoredKeys:
    """Finds the user of a key, and how that user sees the home."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: RecentlyUsed[bytes, _Known] = RecentlyUsed(_MOST_KNOWN, "the keys that are known")

    def known(self, key: str) -> Caller | None:
        """Return whose key this is, if it was found a moment ago. It reads nothing.

        What this process changes counts at once.
        """
        found = self._known.find(_digest(key))
        if found is None or found.state != state_of_accounts() or time.monotonic() >= found.until:
            return None
        if found.expires_at is not None and now() >= found.expires_at:
            return None
        return found.caller.again()

    def find(self, key: str) -> Caller | None:
        state, until = state_of_accounts(), time.monotonic() + KNOWN_SECONDS
        read = key_of_text(self._settings, key)
        if read is None:
            return None
        found, name = read
        caller = Caller(
            self._settings.model_copy(update={"owner": found.owner_id}),
            found.owner_id,
            name,
            frozenset(found.scopes),
            None if found.session_of == BY_PASSWORD else found.id,
            None if found.agents is None else frozenset(found.agents),
            found.clients,
        )
        self._known.put(_digest(key), _Known(caller, until, found.expires_at, state))
        return caller


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
