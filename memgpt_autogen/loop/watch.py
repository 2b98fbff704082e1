"""Whoever runs a turn for others: it learns what the turn stores when it is stored, and can cancel it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from memgpt_autogen.concurrency import Cancellation
from memgpt_autogen.events import Event
from memgpt_autogen.llm.protocols import Usage
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

    def delayed(self) -> None:
        """Another turn of the agent must end before this one begins. It does not begin if this raises."""

    def waits(self) -> None:
        """The turn is about to ask a model or to run a tool, and no event comes for a while."""

    def asks(self, model: str) -> AbstractContextManager[Callable[[Usage], object]]:
        """Return the block in which this model is asked once. An answer's usage is told in it."""

    def ends(self, events: Sequence[Event], entries: Sequence[Entry]) -> None:
        """The last step is stored as these entries, in the transaction that is open.

        These events, and no others, follow.
        """


class Unwatched:
    """Nobody watches the turn."""

    cancellation: Cancellation | None = None

    def heard(self, entries: Sequence[Entry]) -> None:
        """Do nothing."""

    def delayed(self) -> None:
        """Do nothing."""

    def waits(self) -> None:
        """Do nothing."""

    def asks(self, model: str) -> AbstractContextManager[Callable[[Usage], object]]:  # noqa: ARG002 - nobody is told
        """Do nothing."""
        return nullcontext(lambda _: None)

    def ends(self, events: Sequence[Event], entries: Sequence[Entry]) -> None:
        """Do nothing."""
