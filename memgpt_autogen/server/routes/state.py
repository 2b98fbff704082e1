"""How the server is: `/health`, `/ready` and `/metrics`."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from memgpt_autogen._version import __version__
from memgpt_autogen.server.authentication import Admin
from memgpt_autogen.server.metrics import CONTENT_TYPE, Metrics
from memgpt_autogen.server.problems import RESPONSES
from memgpt_autogen.server.readiness_cache import ReadinessCache
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.schemas.base import Answer

public = APIRouter(tags=["server"], responses=RESPONSES)
"""What a load balancer asks, without a key."""

router = area("server")


class Health(Answer):
    """The server answers."""

    status: Literal["ok"]
    version: str


class PartState(Answer):
    """How one part of the server is."""

    name: Literal["database", "index", "model"]
    ok: bool
    detail: str
    """In words, without addresses."""


class Readiness(Answer):
    """Whether the server can serve now."""

    ready: bool
    parts: list[PartState]


@public.get("/health")
async def health() -> Health:
    """Whether the server is alive. It reads nothing."""
    return Health(status="ok", version=__version__)


@public.get("/ready", responses={503: {"model": Readiness, "description": "A part is not ready."}})
def ready(request: Request) -> Response:
    """Whether database and index can be used. A model that does not answer is only reported."""
    cache: ReadinessCache = request.app.state.readiness
    parts = [PartState(name=part.name, ok=part.ok, detail=part.detail) for part in cache.parts()]
    serves = all(part.ok for part in parts if part.name != "model")
    return JSONResponse(Readiness(ready=serves, parts=parts).model_dump(), 200 if serves else 503)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(request: Request, caller: Admin) -> Response:  # noqa: ARG001 - the admin alone
    """The counts of the server, as Prometheus reads them."""
    counted: Metrics = request.app.state.metrics
    return Response(counted.text(), media_type=CONTENT_TYPE)
