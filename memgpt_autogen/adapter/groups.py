"""AutoGen's group chats as their members meet them: where a message was said, when old ones come again, how a chat ends.

A manager is told by its `groupchat`. All three versions of the host behave alike in what is used here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakSet

from memgpt_autogen.errors import ConfigurationError

Hear = Callable[[dict[str, Any], Any], None]


def chat_of(other: Any) -> dict[str, Any]:
    """The chat with this agent as an entry of a message's `extra`; nothing for a chat of two, which its speaker names."""
    groupchat = getattr(other, "groupchat", None)
    if groupchat is None:
        return {}
    return {"chat": [other.name, *sorted(member.name for member in groupchat.agents)]}


def refuse_namesakes(name: str, other: Any) -> None:
    """Raise `ConfigurationError` when a group has two members of this agent's name, which older hosts let pass.

    Each would take the other's words for its own.
    """
    members = getattr(getattr(other, "groupchat", None), "agents", ())
    namesakes = sum(member.name == name for member in members)
    if namesakes > 1:
        raise ConfigurationError(
            f"the group of '{other.name}' has {namesakes} members named '{name}'; names tell members apart, so give each its own."
        )


def with_pictures(message: dict[str, Any], other: Any) -> dict[str, Any]:
    """The message of a group chat with the pictures that its speaker sent: the group passes on `<image>` in their place.

    The message itself where it has none, or where the speaker's own transcript has nothing that it could be.
    """
    content = message.get("content")
    if not isinstance(content, str) or FLAT not in content:
        return message
    members = getattr(getattr(other, "groupchat", None), "agents", ())
    speaker = next((member for member in members if member.name == message.get("name")), None)
    said = getattr(speaker, "chat_messages", {}).get(other) or ()
    for sent in reversed(said[-LOOKED_AT:]):
        parts = sent.get("content")
        if isinstance(parts, list) and _flattened(parts) == content:
            return {**message, "content": parts}
    return message


FLAT = "<image>"
"""What AutoGen's group chats make of a picture."""

LOOKED_AT = 20
"""Messages of a speaker among which one with pictures is looked for; it is the last one, unless several were said at once."""


def _flattened(parts: list[Any]) -> str:
    told = [part if isinstance(part, Mapping) else {} for part in parts]
    return "".join(str(part["text"]) if "text" in part else FLAT for part in told)


class GroupChats:
    """What the agent of this name knows of the group chats it sits in.

    `hear` takes the last message of a chat, which an asynchronous manager delivers to nobody.
    """

    def __init__(self, name: str, hear: Hear) -> None:
        self._name = name
        self._hear = hear
        self._listening: WeakSet[Any] = WeakSet()
        self._asynchronous: WeakSet[Any] = WeakSet()
        self._cleared = False

    def cleared(self, *, all_chats: bool) -> None:
        """A resuming manager clears all chats of its members; a new chat clears one."""
        self._cleared = all_chats

    def begins_again(self, other: Any) -> bool:
        """Whether a group chat's old messages may begin to come again, said once for each time."""
        if not self._cleared or not hasattr(other, "groupchat"):
            return False
        self._cleared = False
        return True

    def listen(self, other: Any, *, asynchronous: bool) -> None:
        """Be there when an asynchronous group chat ends.

        Its manager delivers every message but the one that ends the chat (microsoft/autogen issue 3561). It asks its
        termination predicate about each, that one too, right after adding it to the group's messages.
        """
        if not asynchronous:
            self._asynchronous.discard(other)
            return
        if not hasattr(other, "groupchat"):
            return
        self._asynchronous.add(other)
        if other in self._listening:
            return
        self._listening.add(other)
        ends = other._is_termination_msg  # noqa: SLF001  no public way

        def overheard(message: Any) -> bool:
            over = bool(ends(message))
            said = other.groupchat.messages
            if (
                over
                and other in self._asynchronous
                and said
                and said[-1] is message
                and message.get("name") != self._name
            ):
                self._hear(message, other)
            return over

        other._is_termination_msg = overheard  # noqa: SLF001  no public way
