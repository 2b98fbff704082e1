"""The MCP server of a memory in tests: calls of its tools, in this process or in a program."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio

from memgpt_autogen.mcp_server.access import Access, Say
from memgpt_autogen.mcp_server.tools import ToolAnswer, call_tool
from memgpt_autogen.memory.storage.accounts.keys import Scope
from memgpt_autogen.service.agents import resolve_agent
from memgpt_autogen.settings import Settings

ALL: tuple[Scope, ...] = ("read", "write", "talk")


def access_to(agent: str = "sam", scopes: Collection[Scope] = ALL, say: Say | None = None) -> Access:
    settings = Settings.load()
    id_, name = resolve_agent(settings, agent)
    return Access(settings, id_, name, frozenset(scopes), say=say, say_hint="Start it with --say.")


def call(access: Access, tool: str, **arguments: Any) -> ToolAnswer:
    """Call a tool as a client does."""
    return anyio.run(call_tool, access, tool, arguments)


def values(access: Access, tool: str, **arguments: Any) -> dict[str, Any]:
    """What a tool returns, which is no error."""
    answer = call(access, tool, **arguments)
    assert answer.values is not None, answer.text
    assert json.loads(answer.text) == answer.values
    return answer.values


def refusal(access: Access, tool: str, **arguments: Any) -> str:
    """What a model reads of a call that fails."""
    answer = call(access, tool, **arguments)
    assert answer.is_error, answer.text
    return answer.text


def command(*options: str, before: Sequence[str] = ()) -> list[str]:
    return [sys.executable, "-m", "memgpt_autogen.cli", *before, "mcp", *options]


@asynccontextmanager
async def client_of(*options: str, before: Sequence[str] = ()) -> AsyncIterator[Any]:
    """The SDK's client of a program of its own, with these options of the command and those `before` it."""
    from mcp import Client
    from mcp.client.stdio import StdioServerParameters, stdio_client

    words = command(*options, before=before)
    program = StdioServerParameters(command=words[0], args=words[1:], env=dict(os.environ))
    with anyio.fail_after(120):
        async with Client(stdio_client(program)) as client:
            yield client


async def told(client: Any, tool: str, **arguments: Any) -> Any:
    """What a tool answers to the SDK's client, as values."""
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer.content[0].text
    return json.loads(answer.content[0].text)


async def add_line(client: Any, line: str) -> None:
    """Add a line to a block, and again with the block as it is now if somebody else was quicker."""
    for _ in range(1000):
        (block,) = (await told(client, "read_core", label="human"))["blocks"]
        edit = {"label": "human", "old": "", "new": line, "revision": block["revision"]}
        answer = await client.call_tool("edit_core", edit)
        if not answer.is_error:
            return
        assert "was changed since you read it" in answer.content[0].text
    raise AssertionError(line)
