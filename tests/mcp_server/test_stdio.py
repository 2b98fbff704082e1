"""`memgpt-autogen mcp`: real programs over standard input and output, with the SDK's own client."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import anyio
import pytest
from command_line import run
from mcp_memory import add_line, client_of, command, told

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.home import agent_names
from memgpt_autogen.mcp_server import sdk
from memgpt_autogen.mcp_server.prompts import NAME
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings

pytest.importorskip("mcp_types", reason="version 2 of the MCP SDK is not installed")


def test_a_program_offers_five_tools_resources_and_a_prompt() -> None:
    open_memory("sam", Settings.load(), human="Ada lives in Lisbon.").log.append(
        Message.said_by("ada", "The boat is called Heron.")
    )

    async def look() -> None:
        async with client_of("--agent", "sam") as client:
            tools = (await client.list_tools()).tools
            assert [tool.name for tool in tools] == ["search", "fetch", "remember", "read_core", "edit_core"]
            hints = {tool.name: tool.annotations for tool in tools}
            assert [name for name, hint in hints.items() if hint.read_only_hint] == [
                "search",
                "fetch",
                "read_core",
            ]
            assert [name for name, hint in hints.items() if hint.destructive_hint] == ["edit_core"]
            assert [name for name, hint in hints.items() if not hint.idempotent_hint] == ["edit_core"]
            assert not any(hint.open_world_hint for hint in hints.values())
            assert "search" in client.instructions

            (found,) = (await told(client, "search", query="heron"))["results"]
            answer = await client.call_tool("fetch", {"id": found["id"]})
            assert answer.structured_content["text"] == "The boat is called Heron."
            off = await client.call_tool("say", {"message": "Hello"})
            assert (off.is_error, "--say" in off.content[0].text) == (True, True)

            uris = [str(each.uri) for each in (await client.list_resources()).resources]
            assert uris == ["memory://sam/core", "memory://sam/recent"]
            texts = [(await client.read_resource(uri)).contents[0].text for uri in (*uris, found["url"])]
            assert "Ada lives in Lisbon." in texts[0]
            assert "ada: The boat is called Heron." in texts[1]
            assert json.loads(texts[2])["id"] == found["id"]
            assert [
                each.uri_template for each in (await client.list_resource_templates()).resource_templates
            ] == ["memory://sam/{tier}/{id}"]
            with pytest.raises(Exception, match="there is no resource 'memory://ann/core'"):
                await client.read_resource("memory://ann/core")

            (prompt,) = (await client.list_prompts()).prompts
            assert prompt.name == NAME
            text = (
                (await client.get_prompt(NAME, {"question": "What is the boat called?"}))
                .messages[0]
                .content.text
            )
            assert "search" in text
            assert text.endswith("My question: What is the boat called?")

    anyio.run(look)


def test_a_program_can_be_read_only_and_another_can_let_talk() -> None:
    open_memory("sam", Settings.load())

    async def look() -> None:
        async with client_of("--agent", "sam", "--read-only", "--model", "offline", "--say") as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            assert names == ["search", "fetch", "read_core", "say"]
            refused = (await client.call_tool("remember", {"text": "x"})).content[0].text
            assert "needs the scope 'write'" in refused
            assert "without --read-only" in refused
            answer = await told(client, "say", message="My name is Ada.")
            assert "Ada" in answer["reply"]
            assert answer["state"] == "ended"

    anyio.run(look)
    assert any(entry.message.spoken == "My name is Ada." for entry in open_memory("sam").log.everything())


def test_nothing_but_messages_is_on_standard_output_and_the_program_ends_with_its_input() -> None:
    """Not a word of a new agent, of logs, or of lines that are no messages."""
    first = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    odd = {"name": "remember", "arguments": {"text": "Half: \ud83d"}}
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": first},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        "this is no message",
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "read_core", "arguments": {}}},
        {"jsonrpc": "2.0", "id": 3, "method": "no/method"},
        # half a character, as programs write it that cut texts at some length
        {"jsonrpc": "2.0", "id": 4, "method": "tools/call", "params": odd},
    ]
    typed = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    program = subprocess.Popen(
        command("--agent", "ada"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write(typed)
    program.stdin.flush()

    read: list[dict[str, Any]] = []
    while not {1, 2, 3, 4} <= {each.get("id") for each in read}:
        read.append(json.loads(program.stdout.readline()))
    rest, errors = program.communicate(timeout=60)

    assert rest == ""
    assert program.returncode == 0, errors
    answers = {each["id"]: each for each in read if each.get("id")}
    assert answers[1]["result"]["protocolVersion"] == "2025-06-18"
    assert not answers[2]["result"]["isError"]
    assert "error" in answers[3]
    assert not answers[4]["result"]["isError"]
    assert agent_names(Settings.load()) == ["ada"]


def test_without_a_name_the_only_agent_is_meant_and_several_need_one() -> None:
    for name in ("ann", "ben"):
        open_memory(name, Settings.load())

    result = subprocess.run(
        command(), check=False, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )

    assert result.returncode != 0
    assert result.stdout == ""
    assert "several agents: ann, ben. Name one with --agent" in result.stderr


def test_without_the_sdk_an_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdk.importlib.util, "find_spec", lambda _: None)

    assert "pip install 'memgpt-autogen[mcp]'" in run("mcp", "--agent", "sam", code=1)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_two_programs_that_write_at_once_lose_nothing() -> None:
    """Each of them has 100 writes: notes, and lines that are added to one block."""
    open_memory("sam", Settings.load())
    edit_block_limit(100_000)

    async def write(name: str) -> None:
        async with client_of("--agent", "sam") as client:
            for number in range(50):
                await told(client, "remember", text=f"Note {number} of {name}.", tags=[name])
                await add_line(client, f"Line {number} of {name}.")

    async def both() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(write, "one")
            group.start_soon(write, "two")

    anyio.run(both)
    memory = open_memory("sam", Settings.load())
    wanted = [f"{number} of {name}." for name in ("one", "two") for number in range(50)]
    assert memory.archival.count(tags=["one"]) == memory.archival.count(tags=["two"]) == 50
    assert sorted(memory.core["human"].value.split("\n")) == sorted(f"Line {each}" for each in wanted)


def edit_block_limit(limit: int) -> None:
    from memgpt_autogen.service.blocks import BlockEdit, edit_block

    edit_block(Settings.load(), "sam", "human", BlockEdit(value="", limit=limit))
