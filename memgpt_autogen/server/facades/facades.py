"""All facades."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from memgpt_autogen.server.facades.facade import Facade
from memgpt_autogen.server.facades.letta.facade import LETTA
from memgpt_autogen.server.facades.mcp.facade import MCP
from memgpt_autogen.server.facades.memgpt.facade import MEMGPT
from memgpt_autogen.server.facades.openai.facade import OPENAI

FACADES: tuple[Facade, ...] = (OPENAI, MCP, LETTA, MEMGPT)
"""In the order in which a path is looked for: where two have the same one, the first wins."""


def add_facades(app: FastAPI) -> None:
    """Add the paths and errors of all facades to the app."""
    shapes = [each.shapes for each in reversed(FACADES)]
    app.state.error_shapes = {prefix: shape for each in shapes for prefix, shape in each.items()}
    for facade in FACADES:
        for router in facade.routers:
            app.include_router(router)
        for kind, answer in facade.errors.items():
            app.add_exception_handler(kind, answer)


@asynccontextmanager
async def running_facades(app: FastAPI) -> AsyncIterator[None]:
    """A block in which the facades have open what they need."""
    async with AsyncExitStack() as stack:
        for facade in FACADES:
            if facade.running is not None:
                await stack.enter_async_context(facade.running(app))
        yield
