"""How long two agents answer each other where no limit was given.

AutoGen ends a chat after a hundred replies of an agent in a row. An agent that lives for months would reach
that in a group, or with a person. So the replies are counted for one exchange only: from a message that
nobody's answer has caused, to the end of all answers that it causes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

# the chats whose message is being answered by this code
_answering: ContextVar[frozenset[tuple[int, int]]] = ContextVar("_answering", default=frozenset())


class Exchanges:
    """The exchanges of one agent. Where the developer has `limited` its replies in a row, AutoGen counts."""

    def __init__(self, agent: Any, *, limited: bool) -> None:
        self._agent = agent
        self._limited = limited

    @contextmanager
    def answering(self, sender: Any) -> Iterator[None]:
        """Answer a message of the sender inside the block."""
        self.begin(sender)
        token = _answering.set(_answering.get() | {(id(self._agent), id(sender))})
        try:
            yield
        finally:
            _answering.reset(token)

    def begin(self, sender: Any) -> None:
        """Count from zero, unless this is an answer to an answer of the agent."""
        agent = self._agent
        if self._limited or sender is None or (id(agent), id(sender)) in _answering.get():
            return
        if agent.max_consecutive_auto_reply(sender) == agent.MAX_CONSECUTIVE_AUTO_REPLY:
            agent.reset_consecutive_auto_reply_counter(sender)
