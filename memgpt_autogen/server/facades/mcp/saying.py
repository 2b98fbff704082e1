"""`say` over HTTP: a run of the server, with the limits of the key, the user and the agent."""

from __future__ import annotations

from contextlib import aclosing

from fastapi import Request

from memgpt_autogen.errors import ToolError
from memgpt_autogen.mcp_server.access import Said, Say
from memgpt_autogen.mcp_server.saying import SAY_SECONDS, Hearing, said_run
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.facades.asking import ask_turn
from memgpt_autogen.server.problems import ProblemError


def say_as(request: Request, caller: Caller, agent_id: str) -> Say:
    """Return what says something to the agent as this caller, and waits for the end of the turn."""

    async def say(text: str) -> Said:
        new = said_run(agent_id, caller.speaker, text, caller.key_id)
        try:
            turn = await ask_turn(request, caller, lambda: new, new.id, streams_parts=False)
        except ProblemError as problem:
            raise ToolError(str(problem.detail)) from None
        heard = Hearing(turn.run.id, SAY_SECONDS)
        async with aclosing(turn.events()) as events:
            async for event in events:
                if heard.take(event):
                    break
        return heard.said()

    return say
