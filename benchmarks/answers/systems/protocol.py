"""What every system can do: remember the first messages of a conversation, and answer a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from benchmarks.answers.conversations import Asked, Conversation
from benchmarks.answers.reader import Config, Spent


@dataclass(frozen=True, slots=True)
class Setup:
    """What a system is made with."""

    conversation: Conversation
    config: Config
    """The reader's `llm_config`."""
    window: int
    """The reader's window in tokens."""
    k: int
    """How many messages, passages or memories a search hands to the reader, where it is ours to say."""
    instructions: str
    """How to answer, the same for all systems."""
    folder: Path
    """Where the system keeps the memory of this conversation between two runs."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Options of one system, by name."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, what it cost, and what else is worth a look, such as the calls that led to it."""

    text: str
    spent: Spent
    notes: Mapping[str, Any] = field(default_factory=dict)


class System(Protocol):
    """Remembers one conversation. What a system remembers stays in its folder, if a model made it."""

    def remember(self, count: int) -> Answered | None:
        """Remember the first `count` messages, and return what it cost; None where nothing was new.

        The text of what is returned is empty.
        """

    def answer(self, question: Asked) -> Answered:
        """Answer as if no other question had been asked. Raises `CannotAnswerError` where it fails."""


class CannotAnswerError(Exception):
    """A question got no answer. Another run asks it again."""


class CannotRunError(Exception):
    """A system cannot be run here at all. The text says why, and what to do."""
