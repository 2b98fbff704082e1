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
from mcp_web import UnknownSession, Web
from places import SUPPORT
from proxies import recording_proxy

from memgpt_autogen.errors import ConfigurationError, ToolError
from memgpt_autogen.testing import call, says
from memgpt_autogen.tools.mcp import McpTools, mcp_tools
from memgpt_autogen.tools.tool import Tool

pytest.importorskip("mcp.server.mcpserver", reason="version 2 of the MCP SDK is not installed")
httpx2 = pytest.importorskip("httpx2")

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
        ({"command": ["a"], "env": {"KEY": None}}, r"env\['KEY'\] is None, and has to be a text"),
        ({"url": "http://b", "headers": {"X": 5}}, r"headers\['X'\] is int, and has to be a text"),
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


@pytest.mark.parametrize("sse", [False, True])
def test_a_server_on_this_machine_is_asked_without_a_proxy(
    sse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = Web(sse=sse)
    url = f"http://127.0.0.1:{web.port}/{'sse' if sse else 'mcp'}"
    with recording_proxy(monkeypatch) as asked, mcp_tools(url=url, sse=sse, only=["add"]) as tools:
        assert tools[0].call({"a": 19, "b": 23}) == "42"
        assert asked == []
    web.stop()


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


@pytest.mark.parametrize(
    "refusal",
    [
        UnknownSession(404, -32600),
        UnknownSession(404, -32001),
        UnknownSession(400, -32000, "Bad Request: No valid session ID provided"),
        UnknownSession(404, words="Not Found"),
        UnknownSession(400, words="no such session"),
        UnknownSession(500, -32603, "Internal error"),
    ],
    ids=str,
)
def test_a_server_that_was_started_anew_gets_a_new_session_and_the_call(refusal: UnknownSession) -> None:
    web = Web(sessions=refusal)
    with mcp_tools(url=f"http://127.0.0.1:{web.port}/mcp", only=["add"]) as tools:
        assert tools[0].call({"a": 1, "b": 2}) == "3"
        web.restart()

        assert tools[0].call({"a": 2, "b": 2}) == "4"
        assert tools[0].call({"a": 3, "b": 2}) == "5"
        assert web.calls.count("initialize") == 2
    web.stop()


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, r"wants a login or another key: check the headers \(HTTP 401\)"),
        (403, r"refuses this login or key: check the headers \(HTTP 403\)"),
        (500, r"The server failed: see its log \(HTTP 500\)"),
    ],
)
def test_a_server_that_refuses_the_connection_is_told_with_its_status(status: int, told: str) -> None:
    web = Web(sessions=UnknownSession(status, words="no"), refuses_all=True)
    with pytest.raises(ConfigurationError, match=told):
        mcp_tools(url=f"http://127.0.0.1:{web.port}/mcp")
    web.stop()


def test_a_call_that_is_refused_for_its_key_is_told_with_the_status() -> None:
    web = Web(sessions=UnknownSession(404, -32600))
    with mcp_tools(url=f"http://127.0.0.1:{web.port}/mcp", only=["add"]) as tools:
        web.refused_calls = UnknownSession(401, words="token expired")
        with pytest.raises(ToolError, match=r"add: .* check the headers \(HTTP 401\)"):
            tools[0].call({"a": 1, "b": 2})
    web.stop()


def test_a_gateway_that_may_have_passed_a_call_on_gets_it_only_once() -> None:
    web = Web(sessions=UnknownSession(502, words="Bad Gateway"))
    with mcp_tools(url=f"http://127.0.0.1:{web.port}/mcp", only=["add"]) as tools:
        web.restart()

        with pytest.raises(ToolError, match="which it may have carried out or not"):
            tools[0].call({"a": 1, "b": 2})
        assert tools[0].call({"a": 1, "b": 2}) == "3"
    web.stop()


def test_a_server_of_the_older_way_that_was_started_anew_gets_a_new_session() -> None:
    web = Web(sse=True)
    with mcp_tools(url=f"http://127.0.0.1:{web.port}/sse", sse=True, only=["add"]) as tools:
        web.restart()

        assert tools[0].call({"a": 1, "b": 2}) == "3"
    web.stop()


def test_an_error_that_is_an_answer_opens_no_new_session(web: Web) -> None:
    with mcp_tools(url=f"http://127.0.0.1:{web.port}/mcp", only=["refuse", "add"]) as tools:
        for _ in range(2):
            with pytest.raises(ToolError, match="not today"):
                named(tools, "refuse").call({"code": -32000})
        with pytest.raises(ToolError, match="not today"):
            named(tools, "refuse").call({"code": -32001})

    assert len([each for each in web.calls if each in ("initialize", "server/discover")]) == 1


@pytest.mark.slow
def test_calls_that_wait_for_a_lost_server_fail_together() -> None:
    web = Web(sessions=UnknownSession(404, -32600))
    with mcp_tools(url=f"http://127.0.0.1:{web.port}/mcp", only=["add"], start_seconds=2) as tools:
        web.stop()
        with pytest.raises(ToolError):
            tools[0].call({"a": 1, "b": 2})
        silent = socket.create_server(("127.0.0.1", web.port))  # it takes connections, and never answers
        errors, began = _call_together(tools[0], 4)
        silent.close()

    assert len(errors) == 4
    assert all("did not start within 2 seconds" in error for error in errors)
    assert time.monotonic() - began < 4


@pytest.mark.slow
def test_closing_waits_for_no_call_and_no_opening() -> None:
    tools = mcp_tools(SERVER, only=["hang", "die"], seconds=60, start_seconds=60)
    errors: list[str] = []
    calling = threading.Thread(target=_note_error, args=(named(tools, "hang"), {"seconds": 50}, errors))
    calling.start()
    time.sleep(0.5)

    began = time.monotonic()
    tools.close()
    calling.join(20)

    assert ["was closed" in error for error in errors] == [True]
    assert time.monotonic() - began < 20


@pytest.mark.slow
def test_closing_ends_an_opening_that_others_wait_for(tmp_path: Path) -> None:
    script = tmp_path / "once.py"
    script.write_text(
        "import pathlib, sys, time\n"
        f"sys.path.insert(0, {str(SUPPORT)!r})\n"
        "begun = pathlib.Path('begun')\n"
        "if begun.exists():\n"
        "    time.sleep(50)\n"
        "begun.touch()\n"
        "from mcp_server import server\n"
        "server.run()\n"
    )
    tools = mcp_tools([sys.executable, str(script)], cwd=tmp_path, only=["die"])
    with pytest.raises(ToolError, match="was lost"):
        tools[0].call({"marker": str(tmp_path / "marker")})
    errors: list[str] = []
    calling = threading.Thread(target=_note_error, args=(tools[0], {"marker": "m"}, errors))
    calling.start()
    time.sleep(0.5)

    began = time.monotonic()
    tools.close()
    calling.join(20)

    assert ["was closed" in error for error in errors] == [True]
    assert time.monotonic() - began < 20


def test_a_child_that_was_forked_while_a_session_opens_does_not_wait_for_it() -> None:
    script = (
        "import os, socket, sys, threading, time\n"
        "from memgpt_autogen import mcp_tools\n"
        "from memgpt_autogen.errors import ToolError\n"
        f"tools = mcp_tools({SERVER!r}, only=['add'], start_seconds=30)\n"
        "tools[0].call({'a': 1, 'b': 2})\n"
        "tools._session._attempt.stop()\n"
        "tools._session._server._command[1:] = ['-c', 'import time; time.sleep(20)']\n"
        "waiting = threading.Thread(target=lambda: tools[0].call({'a': 1, 'b': 2}), daemon=True)\n"
        "waiting.start()\n"
        "time.sleep(0.5)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        f"    tools._session._server._command[1:] = {SERVER[1:]!r}\n"
        "    os._exit(7 if tools[0].call({'a': 3, 'b': 4}) == '7' else 1)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
        "tools.close()\n"
    )

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stdout == "7\n", done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_opens_a_session_of_its_own_over_http(web: Web) -> None:
    with mcp_tools(url=f"http://127.0.0.1:{web.port}/mcp", only=["add"], seconds=20) as tools:
        before = len(web.headers)
        child = os.fork()
        if child == 0:
            os._exit(7 if tools[0].call({"a": 3, "b": 4}) == "7" else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        assert len(web.headers) > before + 1
        assert tools[0].call({"a": 1, "b": 2}) == "3"


def test_lines_that_a_program_prints_are_told_once_and_left_out(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    script = tmp_path / "noisy.py"
    script.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(SUPPORT)!r})\n"
        "print()\n"
        "print('Loading the model of', 'hush-5ecret', 'and ' * 40, flush=True)\n"
        'print(\'{"not": "a message"}\', flush=True)\n'
        "from mcp_server import server\n"
        "server.run()\n"
    )
    with mcp_tools([sys.executable, str(script)], env={"KEY": "hush-5ecret"}, only=["add"]) as tools:
        assert tools[0].call({"a": 1, "b": 2}) == "3"

    assert len(caplog.messages) == 1
    assert "prints lines that are no messages, such as 'Loading the model of ***" in caplog.messages[0]
    assert len(caplog.messages[0]) < 300
    assert "Traceback" not in caplog.text + capfd.readouterr().err


def test_a_program_runs_in_the_folder_that_is_given(tmp_path: Path) -> None:
    with mcp_tools(SERVER, cwd=tmp_path, only=["folder"]) as tools:
        assert Path(tools[0].call({})) == tmp_path.resolve()

    with pytest.raises(ConfigurationError, match=r"there is no folder .*nowhere"):
        mcp_tools(SERVER, cwd=tmp_path / "nowhere")


def test_tools_that_run_only_as_tasks_are_left_out_and_told(caplog: pytest.LogCaptureFixture) -> None:
    command = [sys.executable, str(SUPPORT / "mcp_task_server.py")]
    with mcp_tools(command) as tools:
        assert [tool.name for tool in tools] == ["at_once", "either"]
    told = "runs 1 tool only as a task, which is not supported. Left out: later."
    assert caplog.messages == [f"the MCP server '{sys.executable}' {told}"]
    with pytest.raises(ConfigurationError, match="runs later only as a task"):
        mcp_tools(command, only=["later"])


def test_all_pages_of_tools_are_listed_and_many_are_told(caplog: pytest.LogCaptureFixture) -> None:
    with mcp_tools([sys.executable, str(SUPPORT / "mcp_paged_server.py"), "pages"]) as tools:
        assert [tool.name for tool in tools] == [f"tool_{n}" for n in range(120)]

    assert "has 120 tools. OpenAI takes at most 128 in a request" in caplog.text


def test_a_page_that_a_server_sends_again_and_again_is_listed_once(caplog: pytest.LogCaptureFixture) -> None:
    with mcp_tools([sys.executable, str(SUPPORT / "mcp_paged_server.py"), "again"]) as tools:
        assert [tool.name for tool in tools] == [f"tool_{n}" for n in range(40)]

    assert caplog.messages == []


def test_a_time_limit_that_is_raised_holds_over_http_and_in_a_turn(web: Web, make_loop: LoopFactory) -> None:
    waits: list[float] = []

    class Watched(httpx2.AsyncClient):
        def __init__(self, **given: Any) -> None:
            waits.append(given["timeout"].read)
            super().__init__(**given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx2, "AsyncClient", Watched)
        with mcp_tools(url=f"http://127.0.0.1:{web.port}/mcp", only=["add"], seconds=900) as tools:
            assert tools[0].call({"a": 1, "b": 2}) == "3"
            assert waits[0] > 900
            assert (tools[0].seconds or 0) > 900
        with mcp_tools(url=f"http://127.0.0.1:{web.port}/mcp", only=["add"]) as tools:
            assert tools[0].seconds is None


def _call_together(tool: Tool, count: int) -> tuple[list[str], float]:
    """Call a tool in several threads at once. Returns their errors, and when they began."""
    errors: list[str] = []
    arguments = {"a": 1, "b": 2}
    threads = [threading.Thread(target=_note_error, args=(tool, arguments, errors)) for _ in range(count)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return errors, began


def _note_error(tool: Tool, arguments: dict[str, Any], errors: list[str]) -> None:
    try:
        tool.call(arguments)
    except ToolError as error:
        errors.append(str(error))
