"""Lines that a program wrote into AutoGen's transcripts itself, and that no agent sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

Line = Mapping[str, Any]
"""A message of AutoGen as a transcript has it."""


class Transcripts:
    """Knows the lines of an agent's transcripts that were sent or received.

    A line is known by its dictionary and not by its words: people repeat themselves. All other lines were
    given as `chat_messages`, or written into the transcript by a program.
    """

    def __init__(self) -> None:
        # the known lines of each chat by their ids; the lines are kept, so that no id is used again
        self._known: WeakKeyDictionary[Any, dict[int, Line]] = WeakKeyDictionary()

    def note(self, other: Any, line: Line) -> None:
        """Note that this line of the chat with `other` was sent or received."""
        self._known.setdefault(other, {})[id(line)] = line

    def written(self, other: Any, transcript: Sequence[Line]) -> frozenset[int]:
        """Return the places of the lines that a program wrote since the last call."""
        known = self._known.get(other, {})
        places = frozenset(place for place, line in enumerate(transcript) if id(line) not in known)
        if places or len(known) != len(transcript):
            self._known[other] = {id(line): line for line in transcript}
        return places
