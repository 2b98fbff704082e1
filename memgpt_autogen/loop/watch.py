"""Whoever runs a turn for others: it learns what the turn stores when it is stored, and can cancel it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from memgpt_autogen.concurrency import Cancellation
from memgpt_autogen.events import Event
from memgpt_autogen.memory.storage.log import Entry


class TurnWatch(Protocol):
    """Watches one turn. What `heard` and `ends` write is committed together with what the turn stores.

    The database may ask to repeat a transaction, so these two may be called again for the same entries and
    events.
    """

    @property
    def cancellation(self) -> Cancellation | None:
        """What cancels the turn; None if nobody can."""

    def heard(self, entries: Sequence[Entry]) -> None:
        """The inputs of the turn are stored as these entries, in the transaction that is open."""

    def waits(self) -> None:
        """The turn is about to ask a model or to run a tool, and no event comes for a while."""

    def ends(self, events: Sequence[Event]) -> None:
        """The last step is stored in the transaction that is open. These events, and no others, follow."""


class Unwatched:
    """Nobody watches the turn."""

    cancellation: Cancellation | None = None

    def heard(self, entries: Sequence[Entry]) -> None:
        """Do nothing."""

    def waits(self) -> None:
        """Do nothing."""

    def ends(self, events: Sequence[Event]) -> None:
        """Do nothing."""
