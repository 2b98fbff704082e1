"""The MCP server over standard input and output, for the home of this machine or for a server."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio

from memgpt_autogen.concurrency import start_thread
from memgpt_autogen.mcp_server.access import Access, Said, Say
from memgpt_autogen.mcp_server.saying import SAY_SECONDS, Hearing, said_run
from memgpt_autogen.mcp_server.server import make_server
from memgpt_autogen.memory.storage.accounts.keys import Scope
from memgpt_autogen.service.agents import resolve_agent
from memgpt_autogen.service.turns.following import follow
from memgpt_autogen.settings import Settings
from memgpt_autogen.tools.mcp.noise import unread_line
from memgpt_autogen.tools.mcp.repair import message_in

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

    from memgpt_autogen.client.local.local_home import LocalHome

READING: frozenset[Scope] = frozenset({"read", "talk"})
WRITING: frozenset[Scope] = READING | {"write"}
"""What a program may do that was started so. Talking is switched on or off by itself."""

# how often a wait for a turn looks at the clock, in seconds
_LOOK_SECONDS = 1.0


def serve_home(settings: Settings, agent: str, *, say: bool = False, read_only: bool = False) -> None:
    """Serve the memory of one agent of a home until standard input ends.

    With `say`, clients can ask for turns, which threads of this program run.
    """
    agent_id, name = resolve_agent(settings, agent)
    access = Access(
        settings,
        agent_id,
        name,
        READING if read_only else WRITING,
        say_hint="Start memgpt-autogen mcp with --say.",
        scope_hint="Start memgpt-autogen mcp without --read-only.",
    )
    if not say:
        serve_stdio(make_server(lambda _: access))
        return
    from memgpt_autogen.client.local.local_home import LocalHome  # it takes a second

    home = LocalHome(settings)
    try:
        talking = replace(access, say=_say(home, agent_id))
        serve_stdio(make_server(lambda _: talking))
    finally:
        home.close()


def serve_stdio(server: Server[Any]) -> None:
    """Serve until standard input ends. What else this program writes goes to standard error meanwhile."""
    anyio.run(serve_streams, server)


async def serve_streams(server: Server[Any]) -> None:
    """Do what `serve_stdio` does, on an event loop."""
    from mcp.server.stdio import stdio_server

    send, receive = anyio.create_memory_object_stream[Any](0)
    async with stdio_server() as (read, write), anyio.create_task_group() as group:
        group.start_soon(_forward, read, send)
        await server.run(receive, write, server.create_initialization_options())
        group.cancel_scope.cancel()


async def _forward(read: Any, send: Any) -> None:
    """Pass on what is read, and messages with half characters too: their senders would wait for ever."""
    from mcp.shared.message import SessionMessage

    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        async with send:
            async for message in read:
                found = message_in(unread_line(message)) if isinstance(message, Exception) else None
                await send.send(message if found is None else SessionMessage(found))


def _say(home: LocalHome, agent_id: str) -> Say:
    async def say(text: str) -> Said:
        # not in a thread of anyio, for which the end of the program would wait
        return await asyncio.wrap_future(
            start_thread(partial(_said, home, agent_id, text), name="memgpt-mcp-say")
        )

    return say


def _said(home: LocalHome, agent_id: str, text: str) -> Said:
    run = home.submit(said_run(agent_id, home.speaker, text))
    heard = Hearing(run.id, SAY_SECONDS)
    for event in follow(home.database, home.executor.live, run.id, ping=_LOOK_SECONDS):
        if heard.take(event):
            break
    return heard.said()
