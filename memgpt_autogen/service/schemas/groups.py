"""Group chats, and what was said in them."""

from __future__ import annotations

from datetime import datetime
from typing import Optional

from pydantic import Field

from memgpt_autogen.memory.storage.groups.groups import State
from memgpt_autogen.service.schemas.base import Answer


class MemberAnswer(Answer):
    """A participant of a group."""

    name: str
    agent_id: Optional[str]
    """The agent of yours; null for participants that are not yours, or not of this home."""


class GroupAnswer(Answer):
    """A group chat of AutoGen in which agents of yours take part."""

    id: str
    """It stays the same when the program with the group is started again."""
    name: Optional[str]
    """The name of the group's manager; null before an agent of yours has heard anything."""
    members: list[MemberAnswer]
    """As of the newest message."""
    state: State
    """`going_on`; `quiet`, if nothing was said for 10 minutes and no end is known; `ended`; or `lost`, if its
    process is gone without an end of the chat."""
    created_at: datetime
    ended_at: Optional[datetime]
    last_message_at: Optional[datetime]
    last_number: int
    """The number of the newest message; 0 before there is one."""


class HeardByAnswer(Answer):
    """Where an agent has a message in its log."""

    agent_id: str
    seq: int
    """The number of the entry in the agent's log."""


class GroupMessageAnswer(Answer):
    """What a participant said, once, whoever has heard it."""

    number: int
    """Its number in the group. Later messages have larger numbers, with gaps."""
    time: datetime
    speaker: str
    agent_id: Optional[str]
    """The agent of yours that said it."""
    text: str
    """As the others heard it; as its speaker said it, if no other agent of yours heard it."""
    said_at: list[int]
    """The entries of the speaker's log in which it said this, for an agent of yours."""
    heard_by: list[HeardByAnswer]
    """The agents of yours that heard it."""


class GroupMessagesAnswer(Answer):
    """Messages of a group after a number, or before one, in order."""

    items: list[GroupMessageAnswer]
    next: Optional[int] = Field(...)
    """`after`, or `before`, of the next page; null if there are no more messages now."""
