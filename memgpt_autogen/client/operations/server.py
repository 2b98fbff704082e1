"""The operations of `server`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation
from memgpt_autogen.service.schemas.state import Health, Readiness, ServerState

HEALTH: Operation[Health] = Operation(
    "health",
    "GET",
    "/health",
    parameters=(),
    area="server",
    answer=Health,
)

READY: Operation[Readiness] = Operation(
    "ready",
    "GET",
    "/ready",
    parameters=(),
    area="server",
    also=(503,),
    answer=Readiness,
)

GET_SERVER_STATE: Operation[ServerState] = Operation(
    "get_server_state",
    "GET",
    "/api/v1/state",
    parameters=(),
    area="server",
    answer=ServerState,
)

METRICS: Operation[str] = Operation(
    "metrics",
    "GET",
    "/metrics",
    parameters=(),
    area="server",
    answer=str,
)


class ServerOperations(Caller):
    """The operations of `server`."""

    def health(self) -> Health:
        """Whether the server is alive. It reads nothing."""
        return self._call(HEALTH, {})

    def ready(self) -> Readiness:
        """Whether database and index can be used. A model that does not answer is only reported."""
        return self._call(READY, {})

    def get_server_state(self) -> ServerState:
        """How database, index and model are, which version this is, and what waits and runs, of all
        users.
        """
        return self._call(GET_SERVER_STATE, {})

    def metrics(self) -> str:
        """The counts of the server, as Prometheus reads them."""
        return self._call(METRICS, {})


class AsyncServerOperations(AsyncCaller):
    """The operations of `server`, for an event loop."""

    async def health(self) -> Health:
        """Whether the server is alive. It reads nothing."""
        return await self._call(HEALTH, {})

    async def ready(self) -> Readiness:
        """Whether database and index can be used. A model that does not answer is only reported."""
        return await self._call(READY, {})

    async def get_server_state(self) -> ServerState:
        """How database, index and model are, which version this is, and what waits and runs, of all
        users.
        """
        return await self._call(GET_SERVER_STATE, {})

    async def metrics(self) -> str:
        """The counts of the server, as Prometheus reads them."""
        return await self._call(METRICS, {})
