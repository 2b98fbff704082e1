"""The MCP server over standard input and output, of a memory that is on a server: it passes everything on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import anyio
import mcp_types as types
from mcp import Client
from mcp.shared.exceptions import MCPError

from memgpt_autogen.client.requests import address_of
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.mcp_server.saying import SAY_SECONDS
from memgpt_autogen.mcp_server.server import server_of
from memgpt_autogen.mcp_server.stdio import serve_streams
from memgpt_autogen.tools.mcp.servers import Address

T = TypeVar("T")

# a turn's own limit ends first, and says what happened
_CALL_SECONDS = SAY_SECONDS + 30

_START_SECONDS = 30.0


def serve_remote(address: str, key: str | None, agent: str, *, say: bool, read_only: bool) -> None:
    """Serve the memory of an agent of the server at this address until standard input ends.

    Raises `ConfigurationError` if the server cannot be reached, or refuses the key.
    """
    wanted = {name: "true" for name, on in (("say", say), ("read_only", read_only)) if on}
    url = f"{address_of(address)}/mcp/{quote(agent, safe='')}" + (f"?{urlencode(wanted)}" if wanted else "")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    there = Address(url, headers, sse=False, name=f"the server at {address}")
    refusals: list[int] = []
    begun: list[bool] = []
    try:
        anyio.run(_serve, there, refusals, begun)
    except Exception as error:
        if begun:
            raise
        raise _unusable(there, _first(error), refusals) from None


async def _serve(there: Address, refusals: list[int], begun: list[bool]) -> None:
    relay = _Relay(there, refusals)
    with anyio.fail_after(_START_SECONDS):
        async with relay.opened() as client:
            await client.list_tools()
            instructions = client.instructions
    begun.append(True)
    await serve_streams(server_of(relay, instructions))


def _unusable(there: Address, error: BaseException, refusals: list[int]) -> ConfigurationError:
    """Say why a server cannot be used, in its own words where it has some."""
    if refusals:
        return ConfigurationError(f"{there.name} refuses (HTTP {refusals[-1]}): {error}")
    why = (
        "it did not answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
    )
    return ConfigurationError(f"{there.name} cannot be reached: {why}. Check the address, and that it runs.")


def _first(error: BaseException) -> BaseException:
    """Return the first error of a group, which says what happened."""
    inner = getattr(error, "exceptions", ())
    return _first(inner[0]) if inner else error


@dataclass(frozen=True, slots=True)
class _Relay:
    """Handlers that ask the server, each time anew: it may have been started again meanwhile."""

    there: Address
    refusals: list[int]

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Client]:
        async with Client(self.there.transport(_CALL_SECONDS, self.refusals.append)) as client:
            yield client

    async def list_tools(self, _: Any, params: Any) -> types.ListToolsResult:
        return await self._ask(lambda client: client.list_tools(cursor=params and params.cursor))

    async def call_tool(self, context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            return await self._ask(
                lambda client: client.call_tool(
                    params.name,
                    params.arguments,
                    read_timeout_seconds=_CALL_SECONDS,
                    progress_callback=context.session.report_progress,
                )
            )
        except MCPError as error:  # the model reads it, too
            return types.CallToolResult(content=[types.TextContent(text=error.error.message)], is_error=True)

    async def list_resources(self, _: Any, params: Any) -> types.ListResourcesResult:
        return await self._ask(lambda client: client.list_resources(cursor=params and params.cursor))

    async def list_templates(self, _: Any, params: Any) -> types.ListResourceTemplatesResult:
        return await self._ask(lambda client: client.list_resource_templates(cursor=params and params.cursor))

    async def read_resource(
        self, _: Any, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        return await self._ask(lambda client: client.read_resource(params.uri))

    async def list_prompts(self, _: Any, params: Any) -> types.ListPromptsResult:
        return await self._ask(lambda client: client.list_prompts(cursor=params and params.cursor))

    async def get_prompt(self, _: Any, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        return await self._ask(lambda client: client.get_prompt(params.name, params.arguments))

    async def _ask(self, ask: Callable[[Client], Awaitable[T]]) -> T:
        """Ask the server. Raises `MCPError` with its words, or that it does not answer."""
        try:
            async with self.opened() as client:
                return await ask(client)
        except Exception as error:
            cause = _first(error)
            if isinstance(cause, MCPError):
                raise cause from None
            text = f"{self.there.name} does not answer. Try again later, or go on without it."
            raise MCPError(types.INTERNAL_ERROR, text) from error
