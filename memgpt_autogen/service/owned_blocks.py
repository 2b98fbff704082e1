"""All blocks of an owner by their ids, whether one agent has them alone or several share them."""

from __future__ import annotations

from collections.abc import Collection

from memgpt_autogen.errors import NotFoundError, quoted
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.memory.context import owned_blocks
from memgpt_autogen.memory.context.owned_blocks import OwnedBlock
from memgpt_autogen.settings import Settings


def list_owned(settings: Settings, among: Collection[str] | None = None) -> list[OwnedBlock]:
    """Return the owner's blocks, or those that an agent `among` these has alone."""
    return [each for each in owned_blocks.owned_blocks(open_home_database(settings)) if _may_see(each, among)]


def find_owned(settings: Settings, block_id: str, among: Collection[str] | None = None) -> OwnedBlock:
    """Return a block. Raises `NotFoundError` where there is none, or where none of these agents has it."""
    found = owned_blocks.find_owned_block(open_home_database(settings), block_id)
    if found is None or not _may_see(found, among):
        raise NotFoundError(f"there is no block {quoted(block_id)}.")
    return found


def block_ids(settings: Settings, agent_id: str) -> dict[str, str]:
    """Return the ids of the blocks of an agent by their labels."""
    return owned_blocks.block_ids(open_home_database(settings), agent_id)


def _may_see(found: OwnedBlock, among: Collection[str] | None) -> bool:
    return among is None or (not found.block.shared and any(each in among for each in found.agents))
