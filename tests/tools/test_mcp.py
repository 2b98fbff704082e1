"""MCP servers: real ones, over standard input and output and over HTTP, and what becomes of their tools."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot
from loops import HELLO, LoopFactory, story
from places import SUPPORT

from memgpt_autogen.errors import ConfigurationError, ToolError
from memgpt_autogen.testing import call, says
from memgpt_autogen.tools.mcp import McpTools, mcp_tools
from memgpt_autogen.tools.tool import Tool

pytest.importorskip("mcp.server.mcpserver", reason="version 2 of the MCP SDK is not installed")

SERVER = [sys.executable, str(SUPPORT / "mcp_server.py")]


@pytest.fixture(scope="module")
def tools() -> Iterator[McpTools]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", "sk-not-for-servers")
        with mcp_tools(SERVER, env={"WORKSHOP_KEY": "hush-5ecret"}) as tools:
            yield tools


def named(tools: McpTools, name: str) -> Tool:
    return next(tool for tool in tools if tool.name == name)


def test_a_servers_tools_are_called_with_its_own_schemas(tools: McpTools) -> None:
    add = named(tools, "add")

    assert add.call({"a": 19, "b": 23}) == "42"
    assert add.description == "Add two numbers."
    assert add.parameters["properties"]["a"]["type"] == "integer"
    assert add.parameters["required"] == ["a", "b"]


def test_an_error_that_the_server_answers_is_told_to_the_model(tools: McpTools) -> None:
    with pytest.raises(ToolError, match="the glue is wet"):
        named(tools, "fail").call({"why": "the glue is wet"})


def test_arguments_that_do_not_fit_are_told_by_the_server(tools: McpTools) -> None:
    with pytest.raises(ToolError, match="b"):
        named(tools, "add").call({"a": "x"})


def test_an_optional_argument_that_is_null_counts_as_not_given(tools: McpTools) -> None:
    told = named(tools, "beat").call({"request_heartbeat_argument": "hop", "inner_thoughts_argument": None})

    assert told == "hop / none"


def test_what_is_no_text_is_named_with_its_size(tools: McpTools) -> None:
    assert named(tools, "show").call({}) == snapshot("""\
see:
[image: image/png, 3 kB]
[resource: plan, file:///plan.pdf]
a note\
""")


def test_a_structured_answer_without_a_text_is_json(tools: McpTools) -> None:
    assert named(tools, "measured").call({}) == '{"height_cm":98}'


def test_an_answer_without_anything_is_told_as_such(tools: McpTools) -> None:
    assert named(tools, "silent").call({}) == "(nothing)"


def test_names_that_the_chat_api_does_not_take_are_mended_and_stay_apart(tools: McpTools) -> None:
    names = [tool.name for tool in tools if tool.name.startswith("files")]

    assert names == ["files_read", "files_read_2"]
    assert [named(tools, name).call({}) for name in names] == ["dotted", "plain"]


def test_arguments_that_are_called_as_the_loops_own_reach_the_server(
    make_loop: LoopFactory, tools: McpTools
) -> None:
    loop = make_loop(
        says(
            "",
            call(
                "beat", request_heartbeat_argument="hop", inner_thoughts_argument="hm", request_heartbeat=True
            ),
        ),
        says("", call("send_message", message="Done.")),
        tools=list(tools),
    )

    assert story(loop.run([HELLO]))[:4] == snapshot(
        [
            "Heard",
            'calls beat {"request_heartbeat_argument": "hop", "inner_thoughts_argument": "hm"}',
            "gets hop / hm",
            'calls send_message {"message": "Done."}',
        ]
    )


def test_a_server_sees_the_environment_it_is_given_and_no_keys(tools: McpTools) -> None:
    assert named(tools, "environment").call({"name": "OPENAI_API_KEY"}) == "(not set)"
    assert named(tools, "environment").call({"name": "WORKSHOP_KEY"}) == "hush-5ecret"
    assert "hush" not in repr(tools)


@pytest.mark.slow
def test_a_server_that_dies_is_told_and_started_again_by_the_next_call(tmp_path: Path) -> None:
    with mcp_tools(SERVER, only=["die"]) as tools:
        with pytest.raises(ToolError, match="was lost during die, which it may have carried out or not"):
            tools[0].call({"marker": str(tmp_path / "marker")})

        assert tools[0].call({"marker": str(tmp_path / "marker")}).startswith("alive")


@pytest.mark.slow
def test_a_call_that_takes_too_long_is_left_and_the_next_one_is_answered() -> None:
    with mcp_tools(SERVER, only=["hang", "add"], seconds=1) as tools:
        with pytest.raises(ToolError, match="hang was not answered within 1 seconds"):
            named(tools, "hang").call({"seconds": 30})

        assert named(tools, "add").call({"a": 1, "b": 2}) == "3"


def test_calls_of_several_threads_are_each_answered(tools: McpTools) -> None:
    sums: dict[int, str] = {}
    threads = [
        threading.Thread(target=lambda n=n: sums.update({n: named(tools, "add").call({"a": n, "b": n})}))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sums == {n: str(2 * n) for n in range(8)}


def test_a_closed_session_answers_no_more_and_its_program_ends() -> None:
    tools = mcp_tools(SERVER, only=["process", "add"])
    process = int(tools[1].call({}))

    tools.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)

    with pytest.raises(ToolError, match="was closed"):
        tools[0].call({"a": 1, "b": 2})


@pytest.mark.slow
def test_the_session_ends_with_the_program() -> None:
    script = (
        "from memgpt_autogen import mcp_tools\n"
        f"tools = mcp_tools({SERVER!r}, only=['add'])\n"
        "print(tools[0].call({'a': 1, 'b': 2}))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "3\n", "")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_opens_a_session_of_its_own_and_leaves_its_parents() -> None:
    script = (
        "import os, sys\n"
        "from memgpt_autogen import mcp_tools\n"
        f"tools = mcp_tools({SERVER!r}, only=['process'])\n"
        "first = tools[0].call({})\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    sys.exit(7 if tools[0].call({}) != first else 1)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), tools[0].call({}) == first)\n"
    )

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "7 True\n", "")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "either command=.* or url="),
        ({"command": ["a"], "url": "http://b"}, "exactly one"),
        ({"command": "uvx server"}, "is a list such as"),
        ({"command": ["no-such-program-here"]}, "there is no such program"),
        ({"command": [sys.executable, "-c", "pass"]}, "cannot be reached"),
        (
            {"command": [sys.executable, "-c", "import time; time.sleep(60)"], "start_seconds": 1},
            "did not start within 1 seconds",
        ),
    ],
)
def test_a_server_that_cannot_be_had_is_told_to_the_developer(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        mcp_tools(**given)


class Web:
    """The same server over HTTP on a free port of this machine."""

    def __init__(self, *, sse: bool = False) -> None:
        import uvicorn
        from mcp_server import server

        self.headers: list[dict[str, str]] = []
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        app = server.sse_app() if sse else server.streamable_http_app()

        async def watched(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
            await app(scope, receive, send)

        config = uvicorn.Config(watched, log_level="error", timeout_graceful_shutdown=1)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listening]}, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)


@pytest.fixture
def web() -> Iterator[Web]:
    made = Web()
    yield made
    made.stop()


def test_a_server_is_reached_by_http_with_the_headers_it_wants(web: Web) -> None:
    url = f"http://ada:hush-5ecret@127.0.0.1:{web.port}/mcp"
    with mcp_tools(url=url, headers={"X-Team": "herons"}, only=["add"]) as tools:
        assert tools[0].call({"a": 19, "b": 23}) == "42"
        assert "hush" not in repr(tools)
    assert all(headers["x-team"] == "herons" for headers in web.headers)
    assert all(headers["authorization"].startswith("Basic ") for headers in web.headers)


def test_only_some_tools_are_taken_under_a_prefix(web: Web) -> None:
    url = f"http://127.0.0.1:{web.port}/mcp"
    with mcp_tools(url=url, only=["add", "fail"], prefix="shop_") as tools:
        assert [tool.name for tool in tools] == ["shop_add", "shop_fail"]
        assert tools[0].call({"a": 1, "b": 1}) == "2"
    with pytest.raises(ConfigurationError, match=r"has no tool subtract\. It has: add, "):
        mcp_tools(url=url, only=["add", "subtract"])


def test_a_server_is_reached_in_the_older_way() -> None:
    made = Web(sse=True)
    with mcp_tools(url=f"http://127.0.0.1:{made.port}/sse", sse=True, only=["add"]) as tools:
        assert tools[0].call({"a": 19, "b": 23}) == "42"
    made.stop()


def test_a_server_that_is_not_there_is_told_without_what_is_secret() -> None:
    with pytest.raises(
        ConfigurationError, match=r"the MCP server at http://127\.0\.0\.1:9/mcp cannot be reached"
    ) as failed:
        mcp_tools(url="http://ada:hush-5ecret@127.0.0.1:9/mcp?key=hush")
    assert "hush" not in str(failed.value)


def test_a_server_that_goes_away_between_two_calls_is_told(web: Web) -> None:
    with mcp_tools(url=f"http://127.0.0.1:{web.port}/mcp", only=["add"]) as tools:
        assert tools[0].call({"a": 1, "b": 2}) == "3"
        web.stop()

        with pytest.raises(ToolError, match=r"was lost during add|cannot be reached"):
            tools[0].call({"a": 1, "b": 2})
