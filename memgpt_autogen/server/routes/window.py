"""The window: what the next prompt of an agent contains, and what an earlier one did."""

from __future__ import annotations

from typing import Annotated, Optional

from fastapi import Query, Request

from memgpt_autogen.server.authentication import Reader
from memgpt_autogen.server.routes.agents import AgentPath
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.routes.parameters import Cursor, Limit, equipment_of
from memgpt_autogen.service.schemas.base import PageOf, Seq
from memgpt_autogen.service.schemas.window import EvictionAnswer, WindowAnswer
from memgpt_autogen.service.window import agent_window, evictions

router = area("window")


@router.get("/agents/{agent}/window")
def get_window(
    request: Request,
    caller: Reader,
    agent: AgentPath,
    at: Annotated[
        Optional[Seq], Query(description="The entry of the log that is the newest one; without it, all are.")
    ] = None,
) -> WindowAnswer:
    """Return the next prompt by section, with tokens and texts, and the exact request.

    With `at` it is the prompt of that time, with nothing clipped, with the window and the tools of today.
    """
    found = agent_window(caller.settings, agent, caller.agents, equipment=equipment_of(request), at=at)
    return WindowAnswer.of(found)


@router.get("/agents/{agent}/evictions")
def list_evictions(
    caller: Reader, agent: AgentPath, limit: Limit = 50, cursor: Cursor = None
) -> PageOf[EvictionAnswer]:
    """Return what left the prompt, when and why, the newest first, with the summaries before and after."""
    page = evictions(caller.settings, agent, caller.agents, limit=limit, cursor=cursor)
    return PageOf(items=list(map(EvictionAnswer.of, page.items)), next=page.next)
