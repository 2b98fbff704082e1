"""What works with clients of MCP: the official SDK's of 1.30 and of today, `fastmcp` and AG2.

Each is tried over HTTP, at the server, and over standard input and output, with a program of its own on the
home of the server.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

from journey import KEY, NAME, URL, Journey, ask, check, heard

journey = Journey()

PROGRAM: dict[str, Any] = json.loads(os.environ["MEMGPT_JOURNEY_PROGRAM"])
"""How the command line is started on the home of the server: a `command` and its `env`."""

SECONDS = 60

READING = ["search", "fetch", "read_core"]


class Client(Protocol):
    """A client of one kind, with one form for all of them."""

    async def tools(self) -> dict[str, Any]:
        """The tools by name, each with whether it only reads; None where the client does not tell."""

    async def call(self, tool: str, **arguments: Any) -> str:
        """The text that a model reads. Raises `RefusedError` with it where that is an error."""

    async def read(self, uri: str) -> str: ...

    async def resources(self) -> list[str]: ...

    async def prompt(self, **arguments: str) -> str: ...


class RefusedError(Exception):
    """The text of an error."""


# How each kind is opened


def program(*options: str) -> tuple[str, list[str]]:
    command, *words = PROGRAM["command"]
    return command, [*words, "mcp", "--agent", "mcp-sam", *options]


def address(path: str, key: str) -> tuple[str, dict[str, str]]:
    return f"{URL}/mcp/mcp-sam{path}", {"Authorization": f"Bearer {key}"}


class OldSdk:
    """The SDK's session, before its version 2."""

    def __init__(self, session: Any) -> None:
        self.session = session

    async def tools(self) -> dict[str, Any]:
        found = (await self.session.list_tools()).tools
        return {tool.name: tool.annotations.readOnlyHint for tool in found}

    async def call(self, tool: str, **arguments: Any) -> str:
        return told(await self.session.call_tool(tool, arguments))

    async def read(self, uri: str) -> str:
        return str((await self.session.read_resource(uri)).contents[0].text)

    async def resources(self) -> list[str]:
        return [str(each.uri) for each in (await self.session.list_resources()).resources]

    async def prompt(self, **arguments: str) -> str:
        (prompt,) = (await self.session.list_prompts()).prompts
        return str((await self.session.get_prompt(prompt.name, arguments)).messages[0].content.text)


def told(result: Any) -> str:
    text = str(result.content[0].text)
    if getattr(result, "isError", None) or getattr(result, "is_error", None):
        raise RefusedError(text)
    return text


async def old_session(
    stack: AsyncExitStack, transport: str, options: tuple[str, ...], path: str, key: str
) -> Any:
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    if transport == "HTTP":
        from mcp.client.streamable_http import streamablehttp_client

        url, headers = address(path, key)
        read, write, _ = await stack.enter_async_context(streamablehttp_client(url, headers=headers))
    else:
        command, words = program(*options)
        parameters = StdioServerParameters(command=command, args=words, env=PROGRAM["env"])
        read, write = await stack.enter_async_context(stdio_client(parameters))
    session = await stack.enter_async_context(ClientSession(read, write))
    await session.initialize()
    return session


class NewSdk(OldSdk):
    """The client of version 2 of the SDK."""

    async def tools(self) -> dict[str, Any]:
        return {
            tool.name: tool.annotations.read_only_hint for tool in (await self.session.list_tools()).tools
        }


async def new_client(
    stack: AsyncExitStack, transport: str, options: tuple[str, ...], path: str, key: str
) -> Any:
    from mcp import Client as SdkClient
    from mcp.client.stdio import StdioServerParameters, stdio_client

    if transport == "HTTP":
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        url, headers = address(path, key)
        opened = await stack.enter_async_context(httpx2.AsyncClient(headers=headers, timeout=SECONDS))
        streams: Any = streamable_http_client(url, http_client=opened)
    else:
        command, words = program(*options)
        streams = stdio_client(StdioServerParameters(command=command, args=words, env=PROGRAM["env"]))
    return await stack.enter_async_context(SdkClient(streams))


class FastMcp:
    """The client of `fastmcp`."""

    def __init__(self, client: Any) -> None:
        self.client = client

    async def tools(self) -> dict[str, Any]:
        return {tool.name: tool.annotations.read_only_hint for tool in await self.client.list_tools()}

    async def call(self, tool: str, **arguments: Any) -> str:
        from fastmcp.exceptions import ToolError

        try:
            return told(await self.client.call_tool(tool, arguments))
        except ToolError as error:
            raise RefusedError(str(error)) from error

    async def read(self, uri: str) -> str:
        return str((await self.client.read_resource(uri))[0].text)

    async def resources(self) -> list[str]:
        return [str(each.uri) for each in await self.client.list_resources()]

    async def prompt(self, **arguments: str) -> str:
        (prompt,) = await self.client.list_prompts()
        return str((await self.client.get_prompt(prompt.name, arguments)).messages[0].content.text)


async def fast_client(
    stack: AsyncExitStack, transport: str, options: tuple[str, ...], path: str, key: str
) -> Any:
    from fastmcp import Client as FastClient
    from fastmcp.client.transports import StdioTransport, StreamableHttpTransport

    if transport == "HTTP":
        url, headers = address(path, key)
        streams: Any = StreamableHttpTransport(url, headers=headers)
    else:
        command, words = program(*options)
        streams = StdioTransport(command, words, env=PROGRAM["env"], keep_alive=False)
    return await stack.enter_async_context(FastClient(streams))


class Ag2(OldSdk):
    """AG2's toolkit of a session: tools, and resources as one more tool. Prompts are of the session."""

    def __init__(self, session: Any, toolkit: Any) -> None:
        super().__init__(session)
        self.toolkit = {tool.name: tool for tool in toolkit.tools}

    async def tools(self) -> dict[str, Any]:
        return {name: None for name in self.toolkit if name != "memory"}

    async def call(self, tool: str, **arguments: Any) -> str:
        if tool not in self.toolkit:  # the session has it nevertheless
            return await super().call(tool, **arguments)
        try:
            text, _ = await self.toolkit[tool].func(**arguments)
        except ValueError as error:
            raise RefusedError(str(error)) from error
        return str(text)

    async def read(self, uri: str) -> str:
        return str((await self.toolkit["memory"].func(uri=uri)).contents[0].text)


async def ag2_toolkit(
    stack: AsyncExitStack, transport: str, options: tuple[str, ...], path: str, key: str
) -> Ag2:
    from autogen.mcp import create_toolkit
    from autogen.mcp.mcp_client import MCPClientSessionManager, StdioConfig

    if transport == "HTTP":  # AG2 has no configuration for it, so the session is the SDK's
        session = await old_session(stack, transport, options, path, key)
    else:
        command, words = program(*options)
        config = StdioConfig(server_name="memory", command=command, args=words, environment=PROGRAM["env"])
        manager = MCPClientSessionManager()
        await stack.enter_async_context(manager.exit_stack)
        session = await stack.enter_async_context(manager.open_session(config))
    return Ag2(session, await create_toolkit(session))


@asynccontextmanager
async def opened(transport: str, *options: str, path: str = "", key: str = KEY) -> AsyncIterator[Any]:
    """Open the client of this journey's name."""
    asked = transport, options, path, key
    async with AsyncExitStack() as stack:
        if NAME == "fastmcp":
            yield FastMcp(await fast_client(stack, *asked))
        elif NAME == "ag2-mcp":
            yield await ag2_toolkit(stack, *asked)
        elif NAME == "mcp":
            yield NewSdk(await new_client(stack, *asked))
        else:
            yield OldSdk(await old_session(stack, *asked))


# What is tried

Try = Callable[[str], Awaitable[None]]


def over_both(what: str) -> Callable[[Try], Try]:
    """Return a decorator for what is tried over both transports."""

    def add(tries: Try) -> Try:
        for transport in ("HTTP", "stdio"):
            journey.call(f"{what}, over {transport}")(
                lambda transport=transport: asyncio.run(asyncio.wait_for(tries(transport), SECONDS))
            )
        return tries

    return add


async def values(client: Client, tool: str, **arguments: Any) -> Any:
    return json.loads(await client.call(tool, **arguments))


async def refusal(client: Client, tool: str, **arguments: Any) -> str:
    try:
        text = await client.call(tool, **arguments)
    except RefusedError as error:
        return str(error)
    raise AssertionError(f"it was not refused: {text}")


@over_both("the list of tools")
async def _tools(transport: str) -> None:
    async with opened(transport) as client:
        tools = await client.tools()
    check(list(tools), ["search", "fetch", "remember", "read_core", "edit_core"])
    check([name for name, reads in tools.items() if reads], READING if any(tools.values()) else [])


@over_both("`remember`, `search` and `fetch`")
async def _search(transport: str) -> None:
    async with opened(transport) as client:
        note = f"The boat of {transport} is called Heron."
        (id_,) = (await values(client, "remember", text=note, tags=["boats", transport]))["ids"]
        found = (await values(client, "search", query="boat", tags=[transport]))["results"]
        check([(each["id"], each["text"], each["why"]) for each in found], [(id_, note, "words: boat")])
        check((await values(client, "fetch", id=id_))["text"], note)


@over_both("`read_core` and `edit_core`, also of a block that somebody else has changed")
async def _core(transport: str) -> None:
    async with opened(transport) as client:
        (block,) = (await values(client, "read_core", label="human"))["blocks"]
        edit = {"label": "human", "old": "", "revision": block["revision"]}
        await values(client, "edit_core", new=f"First of {transport}.", **edit)
        text = await refusal(client, "edit_core", new=f"Second of {transport}.", **edit)
        check([f"First of {transport}." in text, f"Second of {transport}." in text], [True, True])


@over_both("`say`, once it is switched on")
async def _say(transport: str) -> None:
    async with opened(transport) as client:
        check("switched off" in await refusal(client, "say", message="Hello."), True)
    async with opened(transport, "--say", path="?say=true") as client:
        said = await values(client, "say", message=f"Hello over {transport}.")
        check(said["reply"], f"You said: Hello over {transport}.")
    check(f"Hello over {transport}." in [text for _, text in heard("mcp-sam")], True)


@over_both("reading only: three tools, and the others say what is missing")
async def _read_only(transport: str) -> None:
    made = ask("POST", "/users/home/keys", {"name": f"reader-{transport}", "scopes": ["read"]})
    async with opened(transport, "--read-only", key=made["key"]) as client:
        check(list(await client.tools()), READING)
        text = await refusal(client, "remember", text="x")
        check("needs the scope 'write'" in text, True)


@over_both("the words of errors")
async def _errors(transport: str) -> None:
    async with opened(transport) as client:
        check("is not a date" in await refusal(client, "search", query="x", start_date="soon"), True)
        check("is no id of a memory" in await refusal(client, "fetch", id="soon"), True)


@over_both("resources")
async def _resources(transport: str) -> None:
    async with opened(transport) as client:
        check(await client.resources(), ["memory://mcp-sam/core", "memory://mcp-sam/recent"])
        check((await client.read("memory://mcp-sam/core")).startswith("## persona"), True)


@over_both("the prompt")
async def _prompt(transport: str) -> None:
    async with opened(transport) as client:
        text = await client.prompt(question="What is the boat called?")
        check(text.endswith("What is the boat called?"), True)


@journey.call("a wrong key is refused, over HTTP")
def _wrong_key() -> None:
    async def look() -> None:
        async with opened("HTTP", key="mga_wrong") as client:
            await client.tools()

    try:
        asyncio.run(asyncio.wait_for(look(), SECONDS))
    except BaseException:  # noqa: BLE001 - each client has its own
        return
    raise AssertionError("it was not refused")


ask("POST", "/agents", {"name": "mcp-sam"})
journey.run()
