"""The blocks of an agent: list, read, write, edit, take away, history and undo."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Response

from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.history.history import Change
from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.etags import Matching, set_etag
from memgpt_autogen.server.routes.agents import AgentPath
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.routes.parameters import Cursor, Limit
from memgpt_autogen.service import blocks
from memgpt_autogen.service.pages import Page
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.blocks import BlockChange, ChangeAnswer, EditableBlock, WholeBlock

router = area("blocks")

LabelPath = Annotated[str, Path(alias="label", max_length=64, description="The label of a block.")]


@router.get("/agents/{agent}/blocks")
def list_blocks(
    caller: Reader, agent: AgentPath, limit: Limit = 50, cursor: Cursor = None
) -> PageOf[EditableBlock]:
    """Return the blocks of an agent, in the order of its prompt."""
    page = blocks.list_blocks(caller.settings, agent, caller.agents, limit=limit, cursor=cursor)
    return PageOf(items=list(map(EditableBlock.of, page.items)), next=page.next)


@router.get("/agents/{agent}/blocks/{label}")
def get_block(caller: Reader, agent: AgentPath, label: LabelPath, response: Response) -> EditableBlock:
    """Return a block; its ETag is for `If-Match`."""
    return _answer(response, blocks.find_block(caller.settings, agent, label, caller.agents))


@router.put(
    "/agents/{agent}/blocks/{label}",
    responses={201: {"model": EditableBlock, "description": "The block is new."}},
)
def put_block(
    caller: Writer,
    agent: AgentPath,
    label: LabelPath,
    body: WholeBlock,
    expected: Matching,
    response: Response,
) -> EditableBlock:
    """Give an agent this block, in place of that of the same label if it has one.

    A shared block that the user has already keeps its text when an agent gets it. Where the block is not as
    `If-Match` says, the answer is 412 and has both texts.
    """
    if body.shared:
        caller.check_whole("what is shared is of all")
    block, is_new = blocks.put_block(
        caller.settings, agent, body.block(label), caller.agents, expected=expected
    )
    if is_new:
        response.status_code = 201
    return _answer(response, block)


@router.patch("/agents/{agent}/blocks/{label}")
def edit_block(
    caller: Writer,
    agent: AgentPath,
    label: LabelPath,
    body: BlockChange,
    expected: Matching,
    response: Response,
) -> EditableBlock:
    """Change the text of a block, its limit, its description, or whether its agent may only read it.

    409 with both texts if the text to replace is not in it exactly once.
    """
    block = blocks.edit_block(caller.settings, agent, label, body.edit(), caller.agents, expected=expected)
    return _answer(response, block)


@router.delete("/agents/{agent}/blocks/{label}", status_code=204, response_model=None)
def delete_block(caller: Writer, agent: AgentPath, label: LabelPath, expected: Matching) -> None:
    """Take a block away from an agent. A shared block stays for the others, and its texts in the history."""
    blocks.remove_block(caller.settings, agent, label, caller.agents, expected=expected)


@router.get("/agents/{agent}/blocks/{label}/history", response_model=PageOf[ChangeAnswer])
def get_block_history(
    caller: Reader, agent: AgentPath, label: LabelPath, limit: Limit = 50, cursor: Cursor = None
) -> Page[Change]:
    """Return the changes of a block, the newest first."""
    return blocks.block_history(caller.settings, agent, label, caller.agents, limit=limit, cursor=cursor)


@router.post("/agents/{agent}/blocks/{label}/undo")
def undo_block(
    caller: Writer, agent: AgentPath, label: LabelPath, expected: Matching, response: Response
) -> EditableBlock:
    """Take back the newest edit of a block. 409 if there is none, or if another agent has edited it since."""
    return _answer(
        response, blocks.undo_block(caller.settings, agent, label, caller.agents, expected=expected)
    )


@router.post("/agents/{agent}/blocks/{label}/share")
def share_block(caller: Writer, agent: AgentPath, label: LabelPath, response: Response) -> EditableBlock:
    """Make a block of an agent's own a shared one, with its text and its history. Others get it by its label.

    409 if there is another shared block of that label.
    """
    caller.check_whole("what is shared is of all")
    return _answer(response, blocks.share_block(caller.settings, agent, label, caller.agents))


def _answer(response: Response, block: Block) -> EditableBlock:
    answer = EditableBlock.of(block)
    set_etag(response, answer.revision)
    return answer
