"""The redelivery filter: it separates old messages that AutoGen delivers again from new ones.

When AutoGen resumes a group chat, it delivers the old messages again, without a mark. Then each message is
compared with the log: as long as the messages repeat a part of it, they wait; the first one that does not is
new. The log contains all chats of an agent, so lines of other chats may be between those that are repeated.

AutoGen does not know what was taken back or rewritten here. It delivers the original words, which are old
too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from memgpt_autogen.memory.history.checked import hashed
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.messages import HEARD_AS, Message

LEAST_REPEATED = 3
"""This many lines that repeat the middle of the log are old; at its end, one line is enough."""

Chat = tuple[str, ...]
"""Where a line was said: the other agent's name, or a group manager's name and the members' names."""

DELIVERED_AS = "delivered_as"
"""The key of a message's `extra` for the words with which AutoGen delivers it again, where they differ."""

Match = tuple[int, frozenset[Chat]]
"""A part of the past that the messages repeat so far: the position after it, and the chats of its lines."""


@dataclass(slots=True)
class RedeliveryFilter:
    """Keeps messages that may be old until that is certain; `armed` while old messages are expected.

    `lenient` accepts that own lines are missing, since AutoGen drops them when it resumes a group chat.
    `anywhere` also compares a message with those of other chats.
    """

    name: str
    lenient: bool = True
    anywhere: bool = False
    _past: list[_Line] = field(default_factory=list)
    _waiting: list[Message] = field(default_factory=list)
    _matches: set[Match] | None = None
    """None before the first message, when a match may start at any position."""
    armed: bool = False

    def arm(self, past: Iterable[Entry]) -> list[Message]:
        """Expect the messages of `past`, oldest first, again. Returns messages that waited and are new."""
        settled = self.settle()
        chat: Chat = ()
        for entry in past:
            line = _line(entry.message, self.name, chat)
            chat = line.chat  # own words without a chat answer the last words that were heard
            before = self._past[-1] if self._past else None
            again = line.own and before is not None and before.own and before.optional
            self._past.append(replace(line, optional=_is_optional(entry) or again))
        self.armed = bool(self._past)
        return settled

    def take(self, message: Message) -> list[Message]:
        """Take one message; return the messages that are now known to be new, oldest first."""
        if not self.armed:
            return [message]
        said = _line(message, self.name, ())
        matches = set(self._extended(said))
        if matches:
            self._waiting.append(message)
            self._matches = matches
            return []
        if said.own and self.lenient:
            # AutoGen may have changed own words; the words of others still decide
            return [message]
        return [*self.settle(), message]

    def settle(self) -> list[Message]:
        """Decide about the messages that wait: return those that are new, and expect no more old ones."""
        waiting, self._waiting = self._waiting, []
        old = len(waiting) >= LEAST_REPEATED or any(map(self._is_end, self._matches or ()))
        self._past, self._matches, self.armed = [], None, False
        return [] if old else waiting

    def _extended(self, said: _Line) -> Iterator[Match]:
        """Yield the matches that `said` starts, or makes one line longer."""
        if self._matches is None:
            for position in range(len(self._past)):
                yield from self._matches_at(position, frozenset(), said)
            return
        for position, chats in self._matches:
            for start in self._next(position, chats):
                yield from self._matches_at(start, chats, said)

    def _next(self, position: int, chats: frozenset[Chat]) -> Iterator[int]:
        """Yield where the next line of a match may be: only lines that may be missing are skipped."""
        for start in range(position, len(self._past)):
            yield start
            line = self._past[start]
            if line.chat in chats and not self._may_be_missing(line):
                return

    def _matches_at(self, start: int, chats: frozenset[Chat], said: _Line) -> Iterator[Match]:
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
        if words == said.words or (line.heard_as and line.heard_as == hashed(said.words)):
            yield end, chats | {line.chat}

    def _is_end(self, match: Match) -> bool:
        """Return whether all later lines of the match's chats may be missing."""
        position, chats = match
        return all(self._may_be_missing(line) for line in self._past[position:] if line.chat in chats)

    def _may_be_missing(self, line: _Line) -> bool:
        return line.optional or (line.own and self.lenient)


def new_messages(messages: Sequence[Message], past: Sequence[Entry], name: str) -> list[Message]:
    """Return the messages of a whole conversation that are not in the log yet.

    Calls and their results are all new: what reads them knows them by their ids.
    """
    redelivery = RedeliveryFilter(name, lenient=False, anywhere=True)
    redelivery.arm(past)
    said = [message for message in messages if message.spoken is not None]
    new = [fresh for message in said for fresh in redelivery.take(message)]
    known = {id(message) for message in (*new, *redelivery.settle())}
    return [message for message in messages if message.spoken is None or id(message) in known]


@dataclass(frozen=True, slots=True)
class _Line:
    """What identifies a message, and where it was said."""

    own: bool
    speaker: str
    words: str
    chat: Chat
    heard_as: str = ""
    """The hash of the words with which AutoGen delivers it again, where a safeguard has changed them."""
    optional: bool = False
    """Whether AutoGen may not know it: it was taken back, or it replaces something."""


def _is_optional(entry: Entry) -> bool:
    return entry.hidden or "copy_of" in entry.message.extra


def _line(message: Message, own_name: str, before: Chat) -> _Line:
    own = message.role == "assistant"
    speaker = own_name if own else message.name or ""
    chat = tuple(message.extra.get("chat") or ())
    if not chat and own:
        chat = (str(message.extra["to"]),) if "to" in message.extra else before
    words = message.extra.get(DELIVERED_AS) or message.spoken or message.text
    return _Line(own, speaker, str(words), chat or (speaker,), str(message.extra.get(HEARD_AS) or ""))
