"""The caller of a request as the service of MemGPT's calls knows it."""

from __future__ import annotations

from fastapi import Request

from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.routes.parameters import equipment_of
from memgpt_autogen.service.memgpt.asker import Asker


def asker_of(request: Request, caller: Caller) -> Asker:
    return Asker(
        caller.settings,
        caller.user_id,
        equipment_of(request),
        caller.agents,
        shows_addresses=caller.is_admin,
    )


def whole_asker(request: Request, caller: Caller) -> Asker:
    """Return the asker for what is of all agents. Raises a problem, 403, for a key for certain agents."""
    caller.check_whole("this is of all agents")
    return asker_of(request, caller)
