"""How the server is: `/health`, `/ready` and `/metrics`."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from memgpt_autogen._version import __version__
from memgpt_autogen.memory.storage.runs.counts import server_counts
from memgpt_autogen.server.authentication import Admin
from memgpt_autogen.server.metrics import CONTENT_TYPE, Metrics
from memgpt_autogen.server.readiness_cache import ReadinessCache
from memgpt_autogen.server.routes.area import PREFIX, area
from memgpt_autogen.server.sse import streams_of
from memgpt_autogen.service.schemas.state import Health, Readiness, ServerState

public = APIRouter(tags=["server"])
"""What a load balancer asks, without a key."""

router = area("server")


@public.get("/health")
async def health() -> Health:
    """Whether the server is alive. It reads nothing."""
    return Health(status="ok", version=__version__)


@public.get(
    "/ready",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "A part is not ready."}},
)
def ready(request: Request) -> Response:
    """Whether database and index can be used. A model that does not answer is only reported."""
    cache: ReadinessCache = request.app.state.readiness
    found = Readiness.of(cache.parts())
    return JSONResponse(found.model_dump(), 200 if found.ready else 503)


@router.get(f"{PREFIX}/state")
def get_server_state(request: Request, caller: Admin) -> ServerState:  # noqa: ARG001 - the admin alone
    """How database, index and model are, which version this is, and what waits and runs, of all users."""
    cache: ReadinessCache = request.app.state.readiness
    counts = server_counts(streams_of(request).executor.database)
    return ServerState.with_counts(Readiness.of(cache.parts()), counts, __version__)


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(request: Request, caller: Admin) -> Response:  # noqa: ARG001 - the admin alone
    """The counts of the server, as Prometheus reads them."""
    counted: Metrics = request.app.state.metrics
    database = streams_of(request).executor.database
    return Response(counted.text(database), media_type=CONTENT_TYPE)
