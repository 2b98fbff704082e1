"""What MemGPT 0.3 had and this server does not: each path says so in a sentence."""

from __future__ import annotations

from fastapi import APIRouter

from memgpt_autogen.server.problems import ProblemError

router = APIRouter(prefix="/v1", include_in_schema=False)

ASSISTANTS = (
    "assistants and threads were for demonstration in MemGPT 0.3, and are not here. An agent is a model of "
    "POST /v1/chat/completions, and POST /api/agents/{id}/messages talks to it."
)

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@router.api_route("/assistants", methods=_METHODS)
@router.api_route("/assistants/{_rest:path}", methods=_METHODS)
@router.api_route("/threads", methods=_METHODS)
@router.api_route("/threads/{_rest:path}", methods=_METHODS)
async def refuse_assistants(_rest: str = "") -> None:
    """Say that there are no assistants."""
    raise ProblemError(404, ASSISTANTS)
