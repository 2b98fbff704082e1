"""The inbox: tells messages that a host delivers again from those that are new.

AutoGen re-delivers a conversation's old messages after `clear_history()` and `resume`, with nothing that marks them as old.
Then what arrives is held against the log: as long as it repeats a stretch of it, it waits; what goes beyond is new.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from memgpt_autogen.memory.log import Entry
from memgpt_autogen.messages import Message

LEAST_REPEATED = 3
"""Lines that must repeat a stretch in the middle of the log to count as old; at its end, one is enough."""

Key = tuple[bool, str, str]
"""Whether the agent itself spoke, the speaker, and the words."""


def key(message: Message, own_name: str) -> Key:
    """What makes two messages the same utterance."""
    own = message.role == "assistant"
    return own, own_name if own else message.name or "", message.spoken or message.text


@dataclass(slots=True)
class Inbox:
    """Messages that may be repetitions, waiting until it is clear; `armed` while repetitions are expected.

    `lenient` tolerates own lines missing from what is delivered, as hosts that resume a group chat drop them.
    """

    name: str
    lenient: bool = True
    _past: list[Key] = field(default_factory=list)
    _waiting: list[Message] = field(default_factory=list)
    _places: list[int] = field(default_factory=list)
    """Where in the past the next message would have to stand, one for each stretch that fits so far."""
    armed: bool = False

    def arm(self, past: Iterable[Entry]) -> list[Message]:
        """Expect repetitions of `past`, oldest first. Gives what was still waiting and is new."""
        settled = self.settle()
        self._past = [key(entry.message, self.name) for entry in past]
        self._places = list(range(len(self._past)))
        self.armed = bool(self._past)
        return settled

    def take(self, message: Message) -> list[Message]:
        """Take up one message; gives the messages that are now known to be new, oldest first."""
        if not self.armed:
            return [message]
        said = key(message, self.name)
        places = [after for place in self._places if (after := self._after(place, said)) is not None]
        if places:
            self._waiting.append(message)
            self._places = places
            return []
        return [*self.settle(), message]

    def settle(self) -> list[Message]:
        """Decide about what waits: gives what is new of it, and expects no more repetitions."""
        waiting, self._waiting = self._waiting, []
        repeated = len(waiting) >= LEAST_REPEATED or any(self._is_end(place) for place in self._places)
        self._past, self._places, self.armed = [], [], False
        return [] if repeated else waiting

    def _after(self, place: int, said: Key) -> int | None:
        """The place behind the past line that equals `said`, if that is the next one at `place`."""
        while place < len(self._past):
            if self._past[place] == said:
                return place + 1
            if not (self.lenient and self._past[place][0] and not said[0]):
                return None
            place += 1
        return None

    def _is_end(self, place: int) -> bool:
        """Whether nothing, or nothing that may be missing, of the past follows."""
        rest = self._past[place:]
        return not rest or (self.lenient and all(own for own, _, _ in rest))


def unheard(messages: Sequence[Message], past: Sequence[Entry], name: str) -> list[Message]:
    """What of a conversation that is handed over whole is not in the log yet."""
    inbox = Inbox(name, lenient=False)
    inbox.arm(past)
    new = [fresh for message in messages for fresh in inbox.take(message)]
    return [*new, *inbox.settle()]
