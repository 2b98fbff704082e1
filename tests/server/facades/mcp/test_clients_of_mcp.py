"""The server's memory with the SDK's own client: over HTTP, and by a program that passes everything on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio
import httpx
import pytest
from live_app import serving
from mcp_memory import add_line, client_of, told
from server_apps import PASSWORD, make_app
from server_world import API

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.service.blocks import BlockEdit, edit_block
from memgpt_autogen.settings import Settings

pytest.importorskip("mcp_types", reason="version 2 of the MCP SDK is not installed")
httpx2 = pytest.importorskip("httpx2")


@asynccontextmanager
async def connected(address: str, path: str = "/mcp/sam", key: str = PASSWORD) -> AsyncIterator[Any]:
    """The SDK's client of a server."""
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    headers = {"Authorization": f"Bearer {key}"}
    opened = httpx2.AsyncClient(headers=headers, timeout=60)
    streams = streamable_http_client(f"{address}{path}", http_client=opened)
    with anyio.fail_after(120):
        async with opened, Client(streams) as client:
            yield client


def through(address: str, *options: str, key: str = PASSWORD) -> Any:
    """The SDK's client of a program that passes everything on to a server."""
    return client_of("--agent", "sam", *options, before=("--server", address, "--key", key))


@pytest.mark.slow
def test_a_program_passes_on_what_a_server_has() -> None:
    open_memory("sam", Settings.load(), human="Ada lives in Lisbon.")

    async def look(address: str) -> None:
        async with through(address) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            assert names == ["search", "fetch", "remember", "read_core", "edit_core"]
            await told(client, "remember", text="The boat is called Heron.")
            (found,) = (await told(client, "search", query="boat"))["results"]
            assert (await told(client, "fetch", id=found["id"]))["text"] == "The boat is called Heron."
            wrong = await client.call_tool("fetch", {"id": "nothing"})
            assert (wrong.is_error, "is no id of a memory" in wrong.content[0].text) == (True, True)
            off = await client.call_tool("say", {"message": "Hello"})
            assert "?say=true" in off.content[0].text
            core = (await client.read_resource("memory://sam/core")).contents[0].text
            assert "Ada lives in Lisbon." in core
            with pytest.raises(Exception, match="there is no resource"):
                await client.read_resource("memory://ann/core")
            (prompt,) = (await client.list_prompts()).prompts
            assert (await client.get_prompt(prompt.name, {})).messages
        async with through(address, "--say", "--read-only") as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            assert names == ["search", "fetch", "read_core", "say"]
            assert "Ada" in (await told(client, "say", message="My name is Ada."))["reply"]

    with serving(make_app()) as address:
        anyio.run(look, address)


@pytest.mark.slow
def test_a_program_whose_server_goes_away_says_so_to_the_model_and_goes_on_when_it_is_back() -> None:
    open_memory("sam", Settings.load())

    async def look() -> None:
        async with AsyncExitStack() as stack:
            with serving(make_app()) as address:
                client = await stack.enter_async_context(through(address))
                await told(client, "remember", text="The boat is called Heron.")
            gone = await client.call_tool("search", {"query": "boat"})
            assert gone.is_error
            assert f"the server at {address} does not answer" in gone.content[0].text
            with serving(make_app(), port=int(address.rpartition(":")[2])):
                assert (await told(client, "search", query="boat"))["results"]

    anyio.run(look)


@pytest.mark.parametrize(
    ("key", "agent", "words"),
    [("mga_wrong", "sam", "the key is not valid"), (PASSWORD, "nobody", "there is no agent 'nobody'")],
)
def test_a_program_that_a_server_refuses_ends_with_the_servers_words(
    key: str, agent: str, words: str
) -> None:
    open_memory("sam", Settings.load())

    with serving(make_app()) as address:
        done = started("--server", address, "--key", key, "mcp", "--agent", agent)

    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr


def test_a_program_without_a_server_at_the_address_says_so() -> None:
    done = started("--server", "http://127.0.0.1:9", "mcp", "--agent", "sam")

    assert (done.returncode, done.stdout) == (1, "")
    assert "the server at http://127.0.0.1:9 cannot be reached" in done.stderr


def started(*words: str) -> Any:
    command = [sys.executable, "-m", "memgpt_autogen.cli", *words]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=90, stdin=subprocess.DEVNULL
    )


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_server_and_a_program_that_write_at_once_lose_nothing() -> None:
    """Each of them has 100 writes: notes, and lines that are added to one block."""
    open_memory("sam", Settings.load())
    edit_block(Settings.load(), "sam", "human", BlockEdit(value="", limit=100_000))

    async def write(client: Any, name: str) -> None:
        for number in range(50):
            await told(client, "remember", text=f"Note {number} of {name}.", tags=[name])
            await add_line(client, f"Line {number} of {name}.")

    async def both(address: str) -> None:
        async with (
            connected(address) as one,
            client_of("--agent", "sam") as two,
            anyio.create_task_group() as group,
        ):
            group.start_soon(write, one, "one")
            group.start_soon(write, two, "two")

    with serving(make_app()) as address:
        anyio.run(both, address)

    memory = open_memory("sam", Settings.load())
    assert memory.archival.count(tags=["one"]) == memory.archival.count(tags=["two"]) == 50
    wanted = {f"Line {number} of {name}." for name in ("one", "two") for number in range(50)}
    lines = memory.core["human"].value.split("\n")
    assert len(lines) == 100
    assert set(lines) == wanted


def test_a_call_goes_on_after_a_restart_since_there_are_no_sessions() -> None:
    open_memory("sam", Settings.load())

    async def look() -> None:
        async with AsyncExitStack() as stack:
            with serving(make_app()) as address:
                client = await stack.enter_async_context(connected(address))
                await told(client, "read_core")
            with serving(make_app(), port=int(address.rpartition(":")[2])):
                await told(client, "read_core")

    anyio.run(look)


def test_an_answer_that_takes_long_is_a_stream_with_news_of_it() -> None:
    """A client that asks for progress hears of it, and no proxy keeps the stream back."""
    open_memory("sam", Settings.load())
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "say", "arguments": {"message": "Hello"}, "_meta": {"progressToken": 0}},
    }
    with serving(make_app()) as address:
        headers = {"Authorization": f"Bearer {PASSWORD}", "Accept": "application/json, text/event-stream"}
        answer = httpx.post(f"{address}/mcp/sam?say=true", json=message, headers=headers, timeout=60)
        runs = httpx.get(f"{address}{API}/runs", headers=headers, timeout=60).json()["items"]

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-accel-buffering"] == "no"
    assert len(runs) == 1
