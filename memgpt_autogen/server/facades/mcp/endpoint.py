"""`/mcp/AGENT`: the one address of MCP's Streamable HTTP, for the memory of an agent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Annotated, Any, Optional, Protocol

from fastapi import APIRouter, FastAPI, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from memgpt_autogen.mcp_server.access import Access
from memgpt_autogen.mcp_server.sdk import MISSING, is_sdk_there
from memgpt_autogen.server.authentication import Known
from memgpt_autogen.server.bounded import parsed
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.facades.mcp.saying import say_as
from memgpt_autogen.server.prefix import public_path
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.server.routes.agents import AgentPath
from memgpt_autogen.service.agents import resolve_agent
from memgpt_autogen.text.safe import clean_text

PATH = "/mcp"

ACCESS = "memory_access"
"""The name in the state of a request under which its access is."""


class Transport(Protocol):
    """Answers messages of clients."""

    def answer(self, body: bytes, sent: Any, accept: str) -> Response:
        """Return the answer to a request with this body, which is `sent` as values."""


router = foreign_area("mcp", PATH)

public = APIRouter(prefix=PATH, include_in_schema=False)


@router.post("/{agent}")
@router.post("/{agent}/", name="answer_mcp")  # a redirect would lose the key
async def answer_mcp(
    request: Request,
    caller: Known,
    agent: AgentPath,
    say: Annotated[bool, Query(description="Whether the client may ask for turns.")] = False,  # noqa: FBT002 - a parameter of the query
    read_only: Annotated[bool, Query(description="Whether the client may only read.")] = False,  # noqa: FBT002
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Answer a message of a client of MCP."""
    if not is_sdk_there():
        raise ProblemError(501, MISSING)
    agent_id, name = await run_in_threadpool(resolve_agent, caller.settings, agent, caller.agents)
    body = await request.body()
    sent = _message(body)
    if b"\\ud" in body.lower():  # half characters, which the SDK does not read
        body = clean_text(json.dumps(sent, ensure_ascii=False)).encode()
    scopes = caller.scopes & {"read", "talk"} if read_only else caller.scopes
    access = Access(
        caller.settings,
        agent_id,
        name,
        scopes,
        say=say_as(request, caller, agent_id) if say else None,
        say_hint=f"Connect to {public_path(request.scope)}?say=true with a key that has the scope 'talk'.",
        among=caller.agents,
        key_id=caller.key_id,
    )
    setattr(request.state, ACCESS, access)
    transport = await _opened(request).transport()
    return transport.answer(body, sent, accept)


def _message(body: bytes) -> Any:
    """Return the message of a body. Raises a problem, 400, for one that is not one message in JSON."""
    try:
        sent = parsed(body)
    except ValueError:  # also a number with too many digits
        raise ProblemError(400, "the body is not valid JSON. Send one message of JSON-RPC.") from None
    if not isinstance(sent, dict):
        raise ProblemError(400, "the body is not one message of JSON-RPC. Send an object, and no list.")
    return sent


@router.get("/{agent}")
@router.get("/{agent}/", name="refuse_mcp")
@router.delete("/{agent}", name="refuse_mcp")
@router.delete("/{agent}/", name="refuse_mcp")
async def refuse_mcp(request: Request) -> None:
    """Refuse streams without a question, and the end of sessions: there are none."""
    raise ProblemError(
        405,
        f"{public_path(request.scope)} is an MCP server (Streamable HTTP) without sessions: clients POST "
        "each message to it. Give a client of MCP this address, and a key.",
        {"Allow": "POST"},
    )


@public.api_route("", methods=["GET", "POST", "DELETE"], name="no_agent")
@public.api_route("/", methods=["GET", "POST", "DELETE"], name="no_agent")
async def no_agent(request: Request) -> None:
    """Say that the address of an MCP server has an agent in it."""
    path = public_path(request.scope).rstrip("/")
    raise ProblemError(
        404, f"each agent's memory is an MCP server of its own. Give its address: {path}/AGENT."
    )


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """A block in which messages are answered, if the SDK is installed."""
    app.state.memory_transport = opened = _OpenedLate(app.state.options.body_bytes)
    try:
        yield
    finally:
        await opened.close()


class _OpenedLate:
    """Opens the transport for the first message, since the SDK needs 30 MB and a second."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._loop = asyncio.get_running_loop()
        self._ready: Future[Transport] = Future()
        self._ready.set_running_or_notify_cancel()  # a request that ends does not take it from the others
        self._over = asyncio.Event()
        self._task: Optional[asyncio.Task[None]] = None

    async def transport(self) -> Transport:
        if not self._ready.done():
            self._loop.call_soon_threadsafe(self._begin)  # which may not be the loop of the request
        return await asyncio.wrap_future(self._ready)

    async def close(self) -> None:
        self._over.set()
        if self._task is not None:
            await self._task

    def _begin(self) -> None:
        if self._task is None:
            self._task = self._loop.create_task(self._keep_open())

    async def _keep_open(self) -> None:
        """Have the transport open in this task until the app ends: who has opened it must close it."""
        try:
            made = await run_in_threadpool(import_module, "memgpt_autogen.server.facades.mcp.transport")
            async with made.open_transport(self._most_bytes) as transport:
                self._ready.set_result(transport)
                await self._over.wait()
        except Exception as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)


def _opened(request: Request) -> _OpenedLate:
    opened: _OpenedLate = request.app.state.memory_transport
    return opened
