"""The blocks of an agent."""

from __future__ import annotations

from memgpt_autogen.client.local.local_home import LocalHome
from memgpt_autogen.service import blocks
from memgpt_autogen.service.revisions import expected_of
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.blocks import BlockChange, ChangeAnswer, EditableBlock, WholeBlock


def list_blocks(
    home: LocalHome, agent: str, limit: int = 50, cursor: str | None = None
) -> PageOf[EditableBlock]:
    page = blocks.list_blocks(home.settings, agent, limit=limit, cursor=cursor)
    return PageOf(items=list(map(EditableBlock.of, page.items)), next=page.next)


def get_block(home: LocalHome, agent: str, label: str) -> EditableBlock:
    return EditableBlock.of(blocks.find_block(home.settings, agent, label))


def put_block(
    home: LocalHome,
    agent: str,
    label: str,
    body: WholeBlock,
    if_match: str | None = None,
    if_none_match: str | None = None,
) -> EditableBlock:
    expected = expected_of(if_match, if_none_match)
    return EditableBlock.of(blocks.put_block(home.settings, agent, body.block(label), expected=expected)[0])


def edit_block(
    home: LocalHome,
    agent: str,
    label: str,
    body: BlockChange,
    if_match: str | None = None,
    if_none_match: str | None = None,
) -> EditableBlock:
    expected = expected_of(if_match, if_none_match)
    return EditableBlock.of(blocks.edit_block(home.settings, agent, label, body.edit(), expected=expected))


def delete_block(
    home: LocalHome, agent: str, label: str, if_match: str | None = None, if_none_match: str | None = None
) -> None:
    blocks.remove_block(home.settings, agent, label, expected=expected_of(if_match, if_none_match))


def get_block_history(
    home: LocalHome, agent: str, label: str, limit: int = 50, cursor: str | None = None
) -> PageOf[ChangeAnswer]:
    page = blocks.block_history(home.settings, agent, label, limit=limit, cursor=cursor)
    return PageOf[ChangeAnswer].model_validate(page)


def share_block(home: LocalHome, agent: str, label: str) -> EditableBlock:
    return EditableBlock.of(blocks.share_block(home.settings, agent, label))


def undo_block(
    home: LocalHome, agent: str, label: str, if_match: str | None = None, if_none_match: str | None = None
) -> EditableBlock:
    expected = expected_of(if_match, if_none_match)
    return EditableBlock.of(blocks.undo_block(home.settings, agent, label, expected=expected))
