"""This module handles AutoGen's group chats for one member.

It finds the chat of a message, and knows when old messages are delivered again and how a chat ends.

An agent with a `groupchat` is a manager. All supported versions of AutoGen behave the same in what is used
here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from weakref import WeakSet

from memgpt_autogen.errors import ConfigurationError

Hear = Callable[[dict[str, Any], Any], None]

FLAT_IMAGE = "<image>"
"""What AutoGen's group chats put in place of an image."""

SEARCHED = 20
"""How many messages of a speaker are searched for one with images; usually it is the last one."""


def chat_of(other: Any) -> dict[str, Any]:
    """Return a manager's chat for the `extra` of a message; empty for an agent that is no manager."""
    if getattr(other, "groupchat", None) is None:
        return {}
    return {"chat": [other.name, *_names(other)]}


def outer_chat_of(message: Any, other: Any) -> dict[str, Any]:
    """Return the chat of a message from outside that a manager delivers before its own chat begins; else {}.

    `SocietyOfMindAgent` gives the members of its inner group the whole outer conversation before each answer,
    as messages of the inner manager. They are no part of the inner conversation, and are compared with what
    was given before. The manager's name, which is not in the list of members, marks them.
    """
    groupchat = getattr(other, "groupchat", None)
    if groupchat is None or groupchat.messages or not isinstance(message, dict):
        return {}
    names = sorted(member.name for member in groupchat.agents)
    if message.get("name") in (None, other.name, *names):
        return {}
    return {"chat": [other.name, *names, other.name]}


def check_own_name(name: str, other: Any) -> None:
    """Raise `ConfigurationError` when a group has two members of this agent's name.

    Older AutoGen allows that. Each of them would take the other's words for its own.
    """
    same = sum(member.name == name for member in members(other))
    if same > 1:
        raise ConfigurationError(
            f"the group of '{other.name}' has {same} members named '{name}'. Give each member a name of its "
            "own."
        )


def restore_images(message: dict[str, Any], other: Any) -> dict[str, Any]:
    """Return the message of a group chat with its images.

    The images are from the speaker's transcript, because the group sends `<image>`. Returns the message
    itself where it has no images, or where the transcript has no message that matches.
    """
    content = message.get("content")
    if not isinstance(content, str) or FLAT_IMAGE not in content:
        return message
    speaker = next((member for member in members(other) if member.name == message.get("name")), None)
    said = getattr(speaker, "chat_messages", {}).get(other) or ()
    for sent in reversed(said[-SEARCHED:]):
        parts = sent.get("content")
        if isinstance(parts, list) and _flattened(parts) == content:
            return {**message, "content": parts}
    return message


def _names(other: Any) -> list[str]:
    return sorted(member.name for member in members(other))


def members(other: Any) -> Sequence[Any]:
    """Return the members of a manager's group; none where `other` is no manager."""
    agents: Sequence[Any] = getattr(getattr(other, "groupchat", None), "agents", ())
    return agents


def _flattened(parts: list[Any]) -> str:
    texts = (part["text"] if isinstance(part, Mapping) and "text" in part else FLAT_IMAGE for part in parts)
    return "".join(map(str, texts))


class GroupChats:
    """The group chats of the agent `name`.

    `hear` gets the last message of a chat, which an asynchronous manager does not deliver.
    """

    def __init__(self, name: str, hear: Hear) -> None:
        self._name = name
        self._hear = hear
        self._followed: WeakSet[Any] = WeakSet()
        self._asynchronous: WeakSet[Any] = WeakSet()
        self._cleared = False

    def chats_cleared(self, *, all_chats: bool) -> None:
        """A manager that resumes clears all chats of its members; a new chat clears one."""
        self._cleared = all_chats

    def may_redeliver(self, other: Any) -> bool:
        """Return True once after all chats were cleared: now a manager may deliver old messages again."""
        if not self._cleared or not hasattr(other, "groupchat"):
            return False
        self._cleared = False
        return True

    def follow(self, other: Any, *, asynchronous: bool) -> None:
        """Hear the message that ends an asynchronous group chat.

        Its manager delivers every message except that one (microsoft/autogen issue 3561). But it calls its
        termination predicate for each message, right after it has added it to the group's messages.
        """
        if not asynchronous:
            self._asynchronous.discard(other)
            return
        if not hasattr(other, "groupchat"):
            return
        self._asynchronous.add(other)
        if other in self._followed:
            return
        self._followed.add(other)

        def hear(message: Any, *, over: bool) -> None:
            newest = next(reversed(other.groupchat.messages), None)
            undelivered = over and other in self._asynchronous and newest is message
            if undelivered and message.get("name") != self._name:
                self._hear(message, other)

        watch_termination(other, hear)


def watch_termination(manager: Any, told: Callable[..., None]) -> None:
    """Call `told(message, over=…)` each time that a manager has asked whether a message ends its chat."""
    ends = manager._is_termination_msg  # noqa: SLF001  no public way

    def ends_and_tells(message: Any) -> bool:
        over = bool(ends(message))
        told(message, over=over)
        return over

    manager._is_termination_msg = ends_and_tells  # noqa: SLF001  no public way
