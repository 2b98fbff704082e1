"""Messages that a front end knows by ids: which one is said again, and which one was edited.

Without ids, the same words again are said again. With them, the newest message of the agent's log can be
meant: asked again for another answer, or replaced by other words. Then it is taken back with its turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from memgpt_autogen.messages import Message
from memgpt_autogen.server.facades.speakers import header

MESSAGES = ("x-openwebui-user-message-id", "x-librechat-message-id")

ANSWERS = ("x-openwebui-message-id",)

PARENTS = ("x-openwebui-user-message-parent-id", "x-librechat-parent-message-id")


@dataclass(frozen=True, slots=True)
class MessageIds:
    """What a front end calls a message."""

    message: str = ""
    answer: str = ""
    """The answer that it asks for."""
    parent: str = ""
    """The message before it, an answer; empty for the first one of a chat."""
    is_first: bool = False
    """Whether the agent has said nothing before it in the chat."""

    @classmethod
    def of(cls, headers: Mapping[str, str], *, is_first: bool) -> MessageIds:
        return cls(header(headers, *MESSAGES), header(headers, *ANSWERS), header(headers, *PARENTS), is_first)

    def stored(self) -> dict[str, Any]:
        """Return what the log keeps of them; nothing where the front end gives none."""
        given = {"message": self.message, "answer": self.answer, "parent": self.parent}
        found: dict[str, Any] = {name: value for name, value in given.items() if value}
        return {**found, "is_first": True} if found and self.is_first else found

    def means(self, heard: Message, *, speaker: str, chat: str) -> bool:
        """Return whether this message is asked again, or replaces a message that was heard.

        It replaces another one after the same parent, or, as the first one of a chat, another first one.
        Nobody replaces what somebody else has said.
        """
        known = heard.extra.get("ids") or {}
        place = heard.extra.get("chat") or [""]
        if heard.name != speaker or place[0] != chat:
            return False
        if self.message and self.message == known.get("message"):
            return True
        if self.answer and self.answer == known.get("answer"):
            return True
        if not (self.message and known.get("message")):
            return False
        parent = known.get("parent", "")
        both_first = bool(chat) and self.is_first and bool(known.get("is_first"))
        return parent == self.parent and (bool(parent) or both_first)
