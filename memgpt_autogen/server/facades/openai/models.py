"""The models that a key may use: the agents of its user."""

from __future__ import annotations

from typing import Any

from fastapi import Path
from starlette.concurrency import run_in_threadpool

from memgpt_autogen.errors import NotFoundError
from memgpt_autogen.server.authentication import Known
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.facades.openai.errors import unknown_model
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.service.agents import Agent, list_agents, resolve_agent

router = foreign_area("openai", "/v1")

# how many agents are read at once
_PAGE = 200


@router.get("/models")
def list_openai_models(caller: Known) -> dict[str, Any]:
    """List the agents that the key may use, by name."""
    _check_may_see(caller)
    found: list[Agent] = []
    cursor: str | None = None
    while True:
        page = list_agents(caller.settings, limit=_PAGE, cursor=cursor, among=caller.agents)
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    return {"object": "list", "data": [_model(each.name, int(each.created_at.timestamp())) for each in found]}


@router.get("/models/{model}")
async def get_openai_model(caller: Known, model: str = Path(max_length=256)) -> dict[str, Any]:
    """Return one of them, by its name or id."""
    _check_may_see(caller)
    return await run_in_threadpool(_found, caller, model)


def _found(caller: Caller, model: str) -> dict[str, Any]:
    try:
        agent_id, name = resolve_agent(caller.settings, model, caller.agents)
    except NotFoundError:
        raise unknown_model(model) from None
    page = list_agents(caller.settings, among={agent_id}, limit=1)
    if not page.items:  # deleted since
        raise unknown_model(model)
    return _model(model if model == agent_id else name, int(page.items[0].created_at.timestamp()))


def _model(name: str, created: int) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": created, "owned_by": "memgpt"}


def _check_may_see(caller: Caller) -> None:
    """Refuse a key that can neither see agents nor talk to them."""
    if not {"read", "talk"} & set(caller.scopes):
        has = ", ".join(sorted(caller.scopes)) or "none"
        raise ProblemError(
            403, f"this needs the scope 'read' or 'talk', and the key has {has}. Ask for a key that has one."
        )
