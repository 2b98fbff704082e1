"""Blocks of core memory, and their history."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Optional

from pydantic import Field, model_validator

from memgpt_autogen.memory.context.block import DEFAULT_LIMIT, LARGEST_LIMIT, Block
from memgpt_autogen.service.blocks import BlockEdit, block_revision
from memgpt_autogen.service.schemas.agents import LONGEST_TEXT, BlockAnswer
from memgpt_autogen.service.schemas.base import Answer, Body

Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Limit = Annotated[int, Field(ge=1, le=LARGEST_LIMIT)]


class EditableBlock(BlockAnswer):
    """A block with its revision, which is also its ETag."""

    revision: str
    """For `If-Match`: it is another one after each change."""

    @classmethod
    def of(cls, block: Block) -> EditableBlock:
        return cls(**BlockAnswer.model_validate(block).model_dump(), revision=block_revision(block))


class WholeBlock(Body):
    """All of a block but its label."""

    value: Text
    limit: Limit = DEFAULT_LIMIT
    description: Text = ""
    read_only: bool = False
    shared: bool = False
    """Whether all agents of the user with a shared block of this label have one text."""

    def block(self, label: str) -> Block:
        return Block(label=label, **self.model_dump())


class Replacement(Body):
    """A text in place of another one."""

    old: Text
    """It is in the block exactly once."""
    new: Text


class BlockChange(Body):
    """What changes of a block. Of `value`, `append` and `replace` at most one is given."""

    value: Optional[Text] = None
    """The whole text."""
    append: Optional[Text] = None
    """A text for a new line at the end."""
    replace: Optional[Replacement] = None
    limit: Optional[Limit] = None
    description: Optional[Text] = None
    read_only: Optional[bool] = None

    @model_validator(mode="after")
    def _one_way(self) -> BlockChange:
        if sum(each is not None for each in (self.value, self.append, self.replace)) > 1:
            raise ValueError("value, append and replace are three ways to change the text; give one of them")
        if all(each is None for each in self.model_dump().values()):
            raise ValueError("nothing is given that changes")
        return self

    def edit(self) -> BlockEdit:
        about: dict[str, Any] = self.model_dump(exclude={"replace"})
        if self.replace is not None:
            about |= {"old": self.replace.old, "new": self.replace.new}
        return BlockEdit(**about)


WhatChanged = Literal[
    "block",
    "edit",
    "set",
    "shape",
    "detach",
    "eviction",
    "pop",
    "rethink",
    "rewrite",
    "retry",
    "fork",
    "undo",
    "redo",
]
"""The kinds of changes."""


class ChangeAnswer(Answer):
    """One change of an agent's memory."""

    seq: int
    """Its number in the log; for an eviction, that of the newest entry at its time."""
    time: datetime
    what: str
    """The kind of the change.

    It is `block` (the first text), `edit`, `set` (from code), `shape`, `detach`, `eviction`, `pop`,
    `rethink`, `rewrite`, `retry`, `fork`, `undo` or `redo`.
    """
    label: Optional[str]
    """The label of the block, for changes of one block."""
    before: Optional[str]
    after: Optional[str]
    by: Optional[str]
    """The other agent, for its edit of a shared block."""
    of: Optional[int]
    """The change that this one takes back or does again."""
