"""The window: what the next prompt of an agent contains, and what an earlier one did."""

from __future__ import annotations

from typing import Annotated, Optional

from fastapi import Query

from memgpt_autogen.server.authentication import Reader
from memgpt_autogen.server.routes.agents import AgentPath
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.schemas.base import Seq
from memgpt_autogen.server.schemas.window import WindowAnswer
from memgpt_autogen.service.window import agent_window

router = area("window")


@router.get("/agents/{agent}/window")
def get_window(
    caller: Reader,
    agent: AgentPath,
    at: Annotated[
        Optional[Seq], Query(description="The entry of the log that is the newest one; without it, all are.")
    ] = None,
) -> WindowAnswer:
    """Return the next prompt by section, with tokens and texts, and the exact request.

    With `at` it is the prompt of that time, with nothing clipped, with the window and the tools of today.
    """
    return WindowAnswer.of(agent_window(caller.settings, agent, caller.agents, at=at))
