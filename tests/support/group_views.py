"""Group chats as the database has them."""

from __future__ import annotations

from memgpt_autogen import MemGPTAgent
from memgpt_autogen.memory.storage.groups.groups import Group, GroupMessage, group_messages, group_page


def groups_of(sam: MemGPTAgent) -> list[Group]:
    """The groups of this agent's owner, the oldest first."""
    return group_page(sam.memory.log.database, limit=100)[::-1]


def only_group(sam: MemGPTAgent) -> Group:
    (group,) = groups_of(sam)
    return group


def messages_in(sam: MemGPTAgent, group: Group | None = None) -> list[GroupMessage]:
    group = group or only_group(sam)
    return group_messages(sam.memory.log.database, group.id, limit=1000)


def told_in(sam: MemGPTAgent, group: Group | None = None) -> list[tuple[str, str]]:
    """Who said what in a group."""
    return [(each.speaker, each.text) for each in messages_in(sam, group)]


def logged(sam: MemGPTAgent, seq: int) -> tuple[str, str]:
    """Who said what at an entry of an agent's log."""
    (entry,) = sam.memory.log.among([(seq, seq)])
    own = entry.message.role == "assistant"
    return sam.name if own else entry.message.name or "", entry.message.spoken or ""
