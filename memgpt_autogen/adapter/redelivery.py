"""The inbox: tells messages that a host delivers again from those that are new.

AutoGen re-delivers a group chat's old messages when it resumes one, with nothing that marks them as old. Then what arrives is
held against the log: as long as it repeats a stretch of it, it waits; what goes beyond is new. The log holds all chats of an
agent, so the lines of other chats may stand between those of a stretch.

Hosts know nothing of what was taken back or rewritten here: they deliver what was said then, which is as old as the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.messages import Message

LEAST_REPEATED = 3
"""Lines that must repeat a stretch in the middle of the log to count as old; at its end, one is enough."""

Chat = tuple[str, ...]
"""Where a line was said: the other agent's name, or a group manager's followed by the members'."""

DELIVERED_AS = "delivered_as"
"""The key of a message's `extra` for the words in which its host delivers it again, where they are others."""

Stretch = tuple[int, frozenset[Chat]]
"""A stretch of the past that fits so far: the place behind it, and the chats that its lines belong to."""


@dataclass(slots=True)
class RedeliveryFilter:
    """Messages that may be repetitions, waiting until it is clear; `armed` while repetitions are expected.

    `lenient` tolerates own lines missing from what is delivered, as hosts that resume a group chat drop them. `anywhere` lets
    a message be a repetition of one from another chat.
    """

    name: str
    lenient: bool = True
    anywhere: bool = False
    _past: list[_Line] = field(default_factory=list)
    _waiting: list[Message] = field(default_factory=list)
    _stretches: set[Stretch] | None = None
    """None before the first message, when a stretch may begin at any place."""
    armed: bool = False

    def arm(self, past: Iterable[Entry]) -> list[Message]:
        """Expect repetitions of `past`, oldest first. Gives what was still waiting and is new."""
        settled = self.settle()
        chat: Chat = ()
        for entry in past:
            line = _line(entry.message, self.name, chat)
            chat = line.chat  # own words that do not say where they went answer the last ones heard
            before = self._past[-1] if self._past else None
            again = line.own and before is not None and before.own and before.optional
            self._past.append(replace(line, optional=_is_optional(entry) or again))
        self.armed = bool(self._past)
        return settled

    def take(self, message: Message) -> list[Message]:
        """Take up one message; gives the messages that are now known to be new, oldest first."""
        if not self.armed:
            return [message]
        said = _line(message, self.name, ())
        stretches = set(self._longer(said))
        if stretches:
            self._waiting.append(message)
            self._stretches = stretches
            return []
        if said.own and self.lenient:
            return [
                message
            ]  # hosts may deliver own words otherwise than they were said; the others' still decide
        return [*self.settle(), message]

    def settle(self) -> list[Message]:
        """Decide about what waits: gives what is new of it, and expects no more repetitions."""
        waiting, self._waiting = self._waiting, []
        repeated = len(waiting) >= LEAST_REPEATED or any(map(self._is_end, self._stretches or ()))
        self._past, self._stretches, self.armed = [], None, False
        return [] if repeated else waiting

    def _longer(self, said: _Line) -> Iterator[Stretch]:
        """The stretches that `said` makes longer by a line, or begins."""
        if self._stretches is None:
            for place in range(len(self._past)):
                yield from self._fitting(place, frozenset(), said)
            return
        for place, chats in self._stretches:
            for start in self._next(place, chats):
                yield from self._fitting(start, chats, said)

    def _next(self, place: int, chats: frozenset[Chat]) -> Iterator[int]:
        """Where the next line of a stretch may stand: before it, its own chats may have left out own lines only."""
        for start in range(place, len(self._past)):
            yield start
            line = self._past[start]
            if line.chat in chats and not self._may_be_missing(line):
                return

    def _fitting(self, start: int, chats: frozenset[Chat], said: _Line) -> Iterator[Stretch]:
        line = self._past[start]
        if (line.own, line.speaker) != (said.own, said.speaker):
            return
        if not (self.anywhere or said.own or line.chat[:1] == said.chat[:1]):
            return
        words, end = line.words, start + 1
        while said.own and end < len(self._past) and said.words.startswith(words + "\n"):
            following = self._past[end]  # a turn's messages are sent as one
            if not following.own:
                break
            words, end = f"{words}\n{following.words}", end + 1
        if words == said.words:
            yield end, chats | {line.chat}

    def _is_end(self, stretch: Stretch) -> bool:
        """Whether nothing, or nothing that may be missing, of the stretch's chats follows."""
        place, chats = stretch
        return all(self._may_be_missing(line) for line in self._past[place:] if line.chat in chats)

    def _may_be_missing(self, line: _Line) -> bool:
        return line.optional or (line.own and self.lenient)


def unheard(messages: Sequence[Message], past: Sequence[Entry], name: str) -> list[Message]:
    """What of a conversation that is handed over whole is not in the log yet."""
    inbox = RedeliveryFilter(name, lenient=False, anywhere=True)
    inbox.arm(past)
    new = [fresh for message in messages for fresh in inbox.take(message)]
    return [*new, *inbox.settle()]


@dataclass(frozen=True, slots=True)
class _Line:
    """What makes two messages the same utterance, and where it was said."""

    own: bool
    speaker: str
    words: str
    chat: Chat
    optional: bool = False
    """Whether a host may not know it: it was taken back, or said in place of what was."""


def _is_optional(entry: Entry) -> bool:
    return entry.hidden or "copy_of" in entry.message.extra


def _line(message: Message, own_name: str, before: Chat) -> _Line:
    own = message.role == "assistant"
    speaker = own_name if own else message.name or ""
    chat = tuple(message.extra.get("chat") or ())
    if not chat and own:
        chat = (str(message.extra["to"]),) if "to" in message.extra else before
    words = message.extra.get(DELIVERED_AS) or message.spoken or message.text
    return _Line(own, speaker, str(words), chat or (speaker,))
