"""Clients: `Client` of a server, `AsyncClient` for event loops, and `LocalClient` of a home without a server.

`connect` gives the first or the last. The methods are the operations of the API, with the names that the
server's `/docs` shows.

`create_client` and `Admin` have the methods of MemGPT 0.3's clients instead. They are in `client.memgpt`.
"""

from memgpt_autogen.client.async_client import AsyncClient
from memgpt_autogen.client.connect import connect
from memgpt_autogen.client.errors import (
    ApiError,
    ForbiddenError,
    JobFailedError,
    JobTimeoutError,
    RunFailedError,
    ServerAwayError,
    UnauthorizedError,
    UnreadableAnswerError,
)
from memgpt_autogen.client.http_client import Client
from memgpt_autogen.client.local.local_client import LocalClient
from memgpt_autogen.client.memgpt.admin import Admin
from memgpt_autogen.client.memgpt.create import create_client
from memgpt_autogen.client.memgpt.rest import RESTClient
from memgpt_autogen.client.run_events import StreamedEvent
from memgpt_autogen.client.run_stream import AsyncRunStream, RunStream

__all__ = [
    "Admin",
    "ApiError",
    "AsyncClient",
    "AsyncRunStream",
    "Client",
    "ForbiddenError",
    "JobFailedError",
    "JobTimeoutError",
    "LocalClient",
    "RESTClient",
    "RunFailedError",
    "RunStream",
    "ServerAwayError",
    "StreamedEvent",
    "UnauthorizedError",
    "UnreadableAnswerError",
    "connect",
    "create_client",
]
