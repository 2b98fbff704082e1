"""Blocks: those of an agent by their labels, and all of them by their ids."""

from __future__ import annotations

from typing import Annotated, Any, Optional

from fastapi import Query, Request

from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.facades.letta.agents import State, state_of
from memgpt_autogen.server.facades.letta.bodies import BlockBody, BlockChange
from memgpt_autogen.server.facades.letta.ids import AgentPath, BlockPath, LabelPath
from memgpt_autogen.server.facades.letta.paging import Paged
from memgpt_autogen.server.facades.letta.shapes import block_shape
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.service import agents, blocks, owned_blocks, shared
from memgpt_autogen.service.blocks import BlockEdit

router = foreign_area("letta", "/v1")

Block = dict[str, Any]


@router.get("/agents/{agent_id}/core-memory", name="get_letta_core_memory")
def get_core_memory(caller: Reader, agent_id: AgentPath) -> dict[str, Any]:
    """Return the blocks of an agent."""
    return {"blocks": _of_agent(caller, agent_id)}


@router.get("/agents/{agent_id}/core-memory/blocks", name="list_letta_agent_blocks")
def list_agent_blocks(caller: Reader, agent_id: AgentPath, page: Paged) -> list[Block]:
    """Return the blocks of an agent, in the order of the prompt or the other way round."""
    found = _of_agent(caller, agent_id)
    return page.of(list(reversed(found)), lambda each: str(each["id"]).removeprefix("block-"))


@router.get("/agents/{agent_id}/core-memory/blocks/{block_label}", name="get_letta_agent_block")
def get_agent_block(caller: Reader, agent_id: AgentPath, block_label: LabelPath) -> Block:
    """Return a block of an agent."""
    found, _ = agents.resolve_agent(caller.settings, agent_id, caller.agents)
    block = blocks.find_block(caller.settings, found, block_label, caller.agents)
    return block_shape(owned_blocks.block_ids(caller.settings, found)[block.label], block)


@router.patch("/agents/{agent_id}/core-memory/blocks/{block_label}", name="edit_block")
def edit_agent_block(caller: Writer, agent_id: AgentPath, block_label: LabelPath, body: BlockChange) -> Block:
    """Change a block of an agent."""
    found, _ = agents.resolve_agent(caller.settings, agent_id, caller.agents)
    edit = _edit(block_label, body)
    block = blocks.edit_block(caller.settings, found, block_label, edit, caller.agents)
    return block_shape(owned_blocks.block_ids(caller.settings, found)[block.label], block)


@router.patch("/agents/{agent_id}/core-memory/blocks/attach/{block_id}", name="put_block")
def attach_block(request: Request, caller: Writer, agent_id: AgentPath, block_id: BlockPath) -> State:
    """Give an agent a shared block."""
    found, _ = agents.resolve_agent(caller.settings, agent_id, caller.agents)
    caller.check_whole("what is shared is of all")
    block = shared.find_block(caller.settings, block_id).block
    there = owned_blocks.block_ids(caller.settings, found).get(block.label)
    if there is not None and there != shared.find_block(caller.settings, block_id).id:
        raise ProblemError(
            409,
            f"the agent has a block '{block.label}' already, of its own or another shared one. Detach that "
            "one first.",
        )
    blocks.put_block(caller.settings, found, block, caller.agents)
    return state_of(request, caller, found)


@router.patch("/agents/{agent_id}/core-memory/blocks/detach/{block_id}", name="delete_block")
def detach_block(request: Request, caller: Writer, agent_id: AgentPath, block_id: BlockPath) -> State:
    """Take a block away from an agent. One that no other agent shares is deleted with that."""
    found, _ = agents.resolve_agent(caller.settings, agent_id, caller.agents)
    ids = {id_: label for label, id_ in owned_blocks.block_ids(caller.settings, found).items()}
    label = ids.get(block_id)
    if label is None:
        raise ProblemError(404, "the agent has no such block. Give the id of one of its blocks.")
    blocks.remove_block(caller.settings, found, label, caller.agents)
    return state_of(request, caller, found)


@router.get("/blocks/", name="list_letta_blocks")
def list_blocks(
    caller: Reader,
    page: Paged,
    label: Annotated[Optional[str], Query(max_length=64)] = None,
    label_search: Annotated[Optional[str], Query(max_length=64)] = None,
    value_search: Annotated[Optional[str], Query(max_length=1000)] = None,
) -> list[Block]:
    """Return the user's blocks, those that one agent has alone among them."""
    found = [
        each
        for each in owned_blocks.list_owned(caller.settings, caller.agents)
        if label in (None, each.block.label)
        and (label_search or "").lower() in each.block.label.lower()
        and (value_search or "").lower() in each.block.value.lower()
    ]
    return [block_shape(each.id, each.block) for each in page.of(found, lambda each: each.id)]


@router.get("/blocks/count", name="count_letta_blocks")
def count_blocks(caller: Reader) -> int:
    """Return how many blocks the user has."""
    return len(owned_blocks.list_owned(caller.settings, caller.agents))


@router.post("/blocks/", name="create_shared_block")
def create_block(caller: Writer, body: BlockBody) -> Block:
    """Create a shared block. Agents get it by its id."""
    caller.check_whole("what is shared is of all")
    if body.read_only:
        raise ProblemError(422, "a shared block is read-only for an agent, not for all. Leave read_only out.")
    made = shared.add_block(caller.settings, body.block(shared=True))
    caller.note(made.id, made.block.label)
    return block_shape(made.id, made.block)


@router.get("/blocks/{block_id}", name="get_letta_block")
def get_block(caller: Reader, block_id: BlockPath) -> Block:
    """Return a block."""
    found = owned_blocks.find_owned(caller.settings, block_id, caller.agents)
    return block_shape(found.id, found.block)


@router.patch("/blocks/{block_id}", name="edit_shared_block")
def edit_block(caller: Writer, block_id: BlockPath, body: BlockChange) -> Block:
    """Change a block, for all agents that have it."""
    found = owned_blocks.find_owned(caller.settings, block_id, caller.agents)
    edit = _edit(found.block.label, body)
    if found.block.shared:
        if edit.read_only:
            raise ProblemError(
                422, "a shared block is read-only for an agent, not for all. Leave read_only out."
            )
        return block_shape(found.id, shared.edit_block(caller.settings, found.id, edit).block)
    (agent,) = found.agents
    changed = blocks.edit_block(caller.settings, agent, found.block.label, edit, caller.agents)
    return block_shape(found.id, changed)


@router.delete("/blocks/{block_id}", name="delete_shared_block")
def delete_block(caller: Writer, block_id: BlockPath) -> dict[str, str]:
    """Delete a block that one agent has alone, or a shared one that no agent has."""
    found = owned_blocks.find_owned(caller.settings, block_id, caller.agents)
    if found.block.shared:
        shared.remove_block(caller.settings, found.id)
    else:
        (agent,) = found.agents
        blocks.remove_block(caller.settings, agent, found.block.label, caller.agents)
    caller.note(found.id, found.block.label)
    return {"message": f"block {found.block.label} was deleted"}


@router.get("/blocks/{block_id}/agents", name="list_letta_block_agents")
def list_block_agents(request: Request, caller: Reader, block_id: BlockPath, page: Paged) -> list[State]:
    """Return the agents that have a block."""
    found = owned_blocks.find_owned(caller.settings, block_id, caller.agents)
    return [state_of(request, caller, each) for each in page.of(found.agents, lambda each: each)]


def _of_agent(caller: Caller, agent: str) -> list[Block]:
    detail = agents.agent_detail(caller.settings, agent, caller.agents)
    ids = owned_blocks.block_ids(caller.settings, detail.agent.id)
    return [block_shape(ids[block.label], block) for block in detail.blocks if block.label in ids]


def _edit(label: str, body: BlockChange) -> BlockEdit:
    body.check()
    if body.label not in (None, label):
        raise ProblemError(422, f"a block keeps its label. Create another one, and detach {label}.")
    return BlockEdit(
        value=body.value, limit=body.limit, description=body.description, read_only=body.read_only
    )
