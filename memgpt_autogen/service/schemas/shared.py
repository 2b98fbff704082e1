"""Shared blocks and archives, and grants."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Optional

from pydantic import Field

from memgpt_autogen.memory.context.block import DEFAULT_LIMIT, Block
from memgpt_autogen.memory.context.shared_blocks import SharedBlock
from memgpt_autogen.service.blocks import BlockEdit, block_revision
from memgpt_autogen.service.schemas.base import Answer, Body
from memgpt_autogen.service.schemas.blocks import Limit, Text


class SharedBlockAnswer(Answer):
    """A shared block, and who has it."""

    id: str
    label: str
    value: str
    limit: int
    description: str
    updated_at: datetime
    agents: list[str]
    """The names of the user's agents that have it."""
    others: int
    """How many agents of other users have it."""
    revision: str
    """For `If-Match`: it is another one after each change."""

    @classmethod
    def of(cls, shared: SharedBlock) -> SharedBlockAnswer:
        block = shared.block
        return cls(
            id=shared.id,
            label=block.label,
            value=block.value,
            limit=block.limit,
            description=block.description,
            updated_at=shared.updated_at,
            agents=list(shared.agents),
            others=shared.others,
            revision=block_revision(block),
        )


class NewSharedBlock(Body):
    """A shared block that no agent has yet. Agents get it by its label."""

    label: Annotated[str, Field(min_length=1, max_length=64)]
    value: Text = ""
    limit: Limit = DEFAULT_LIMIT
    description: Text = ""

    def block(self) -> Block:
        return Block(**self.model_dump(), shared=True)


class SharedBlockChange(Body):
    """What changes of a shared block."""

    value: Optional[Text] = None
    limit: Optional[Limit] = None
    description: Optional[Text] = None

    def edit(self) -> BlockEdit:
        return BlockEdit(**self.model_dump())


class ArchiveAnswer(Answer):
    """A shared archive, and who reads it."""

    id: str
    name: str
    agents: list[str]
    """The names of the user's agents that it is attached to."""
    others: int
    """How many agents of other users read it."""


class CountedArchive(ArchiveAnswer):
    """A shared archive with the number of its passages."""

    passages: int


class ReadArchive(Answer):
    """An archive that an agent reads."""

    id: str
    name: Optional[str]
    """null for the agent's own archive, which no other agent reads."""
    own: bool
    """Whether the agent stores its passages there."""
    granted: bool
    """Whether it belongs to another user."""
    passages: Optional[int]
    """null while it cannot be reached."""
    documents: Optional[int]
    """null while it cannot be reached."""
    embedding_model: Optional[str]
    """The model of its vectors; null without vectors, and while it cannot be reached."""
    pending: Optional[int]
    """How many passages have no vector yet, and are found by their words only; null while it cannot be
    reached."""


class ReadArchives(Answer):
    """The archives that an agent reads."""

    items: list[ReadArchive]


class ArchiveName(Body):
    """The name of a shared archive."""

    name: Annotated[str, Field(min_length=1, max_length=120)]


class Emptied(Answer):
    """What was deleted."""

    passages: int


class GrantAnswer(Answer):
    """What one user may do with a thing of another."""

    what: Literal["block", "archive"]
    id: str
    name: str
    """The block's label, or the archive's name."""
    user: str
    """Who may use it."""
    may: Literal["read", "write"]
    created_at: datetime


class GrantsAnswer(Answer):
    """What the user lets others use, and what others let the user use."""

    given: list[GrantAnswer]
    received: list[GrantAnswer]


class Permission(Body):
    """What the other user may do."""

    may: Literal["read", "write"] = "read"
    """An archive of another user can only be read."""
