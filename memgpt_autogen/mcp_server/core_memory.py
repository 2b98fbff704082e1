"""`read_core` and `edit_core`: the blocks that are always in the agent's prompt."""

from __future__ import annotations

from typing import Any

from memgpt_autogen.errors import BlockError, ConflictError, NotFoundError, StaleError
from memgpt_autogen.mcp_server.access import Access
from memgpt_autogen.mcp_server.arguments import EditCoreArguments, ReadCoreArguments
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.service.blocks import BlockEdit, block_revision, edit_block, find_block, list_blocks
from memgpt_autogen.service.pages import MOST
from memgpt_autogen.service.revisions import Expected

CORE_CHARACTERS = 20_000
"""The most characters of all blocks together; one block is always shown whole."""


def read_core(access: Access, asked: ReadCoreArguments) -> dict[str, Any]:
    """Return the blocks with their revisions. Blocks for which there is no room have their first words."""
    if asked.label is not None:
        return {"blocks": [_shown(find_block(access.settings, access.agent, asked.label, access.among))]}
    room, shown = CORE_CHARACTERS, []
    for block in list_blocks(access.settings, access.agent, access.among, limit=MOST).items:
        kept = block.value[: max(0, room)]
        room -= len(kept)
        found = _shown(block)
        if kept != block.value:
            found |= {
                "text": kept,
                "cut": f"{len(block.value):,} characters; read_core with its label for all",
            }
        shown.append(found)
    return {"blocks": shown}


def edit_core(access: Access, asked: EditCoreArguments) -> dict[str, Any]:
    """Replace a text in a block, and return the block.

    Raises `ConflictError`, whose text has both the block's and the caller's, where the block is not as the
    caller believes it to be.
    """
    # for callers over HTTP, * is any revision
    label, expected = asked.label, Expected([asked.revision.strip().replace("*", "none")])
    block = find_block(access.settings, access.agent, label, access.among)
    if block.read_only:
        raise BlockError(f"block '{label}' is read-only. Only its owner changes it; go on without.")
    edit = BlockEdit(append=asked.new) if not asked.old else BlockEdit(old=asked.old, new=asked.new)
    try:
        edited = edit_block(access.settings, access.agent, label, edit, access.among, expected=expected)
    except ConflictError as conflict:
        raise _with_both(access, label, asked.new, conflict) from conflict
    access.note("edit_block", "blocks", label)
    return {"block": _shown(edited)}


def _with_both(access: Access, label: str, yours: str, conflict: ConflictError) -> ConflictError:
    """Return the error with the block as it is now, so that the caller can edit it at once."""
    try:
        block = find_block(access.settings, access.agent, label, access.among)
    except NotFoundError as gone:
        return ConflictError(str(gone), None, yours)
    why = str(conflict)
    if isinstance(conflict, StaleError):  # its own words are for callers that have the two texts beside it
        why = f"block '{label}' was changed since you read it, and nothing was written."
    return ConflictError(
        f"{why}\nIts revision now: {block_revision(block)}\nIts text now:\n{block.value}\n\n"
        f"You wanted to write:\n{yours}\n\nPut both together, and call edit_core with this revision.",
        block.value,
        yours,
    )


def _shown(block: Block) -> dict[str, Any]:
    found: dict[str, Any] = {
        "label": block.label,
        "text": block.value,
        "revision": block_revision(block),
        "characters": len(block.value),
        "limit": block.limit,
    }
    if block.description:
        found["description"] = block.description
    if block.read_only:
        found["read_only"] = True
    if block.shared:
        found["shared"] = "other agents have it, too"
    return found
