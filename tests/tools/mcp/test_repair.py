"""What real servers do wrong does not cost the other tools, nor the answer of a call that was carried out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from places import SUPPORT

from memgpt_autogen.errors import ToolError
from memgpt_autogen.tools.mcp import McpTools, mcp_tools
from memgpt_autogen.tools.mcp.repair import message_in, repair_result
from memgpt_autogen.tools.tool import Tool

pytest.importorskip("mcp_types", reason="version 2 of the MCP SDK is not installed")

VERSION = "2025-11-25"


@pytest.fixture(scope="module")
def tools() -> Iterator[McpTools]:
    with mcp_tools([sys.executable, str(SUPPORT / "mcp_odd_server.py")], seconds=10) as tools:
        yield tools


def named(tools: McpTools, name: str) -> Tool:
    return next(tool for tool in tools if tool.name == name)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("other_form", 'it is 7\n{"n":"seven"}'),
        ("without_form", "it is 7"),
        ("no_form", 'it is 7\n{"n":7}'),
        ("other_encoding", "Grüße"),
        ("unknown_block", 'words\n7\n{"type": "video", "mimeType": "video/mp4", "data": "AAAA"}'),
        ("no_content", "[1, 2]"),
        ("words_in_front", "found"),
        ("half_a_character", "a\ufffdb"),
        ("link", "[resource: plan, file:///plan.pdf, application/pdf, The plan of the house, 12 kB]"),
    ],
)
def test_an_answer_that_the_sdk_refuses_is_told(tools: McpTools, name: str, told: str) -> None:
    assert named(tools, name).call({}) == told


def test_an_error_with_a_structured_part_only_is_told(tools: McpTools) -> None:
    with pytest.raises(ToolError, match="BUSY"):
        named(tools, "error_in_form").call({})


def test_a_tool_that_the_sdk_refuses_does_not_hide_the_others(caplog: pytest.LogCaptureFixture) -> None:
    command = [sys.executable, str(SUPPORT / "mcp_odd_server.py")]

    with mcp_tools(command) as tools:
        names = [tool.name for tool in tools]

    assert names[0] == "other_form"
    assert names[-4:] == ["no_schema", "wrong_schema", "wrong_notes", "choice"]
    told = "describes 1 tool in a way that cannot be read. Left out: None."
    assert caplog.messages == [f"the MCP server '{sys.executable}' {told}"]


def test_a_choice_at_the_root_is_one_object_and_the_call_is_checked_by_the_choice(tools: McpTools) -> None:
    choice = named(tools, "choice")

    assert set(choice.parameters) == {"type", "properties"}
    assert choice.description.startswith("Read a page. Words Words")
    assert choice.description.endswith(" Words… Give at least one of: route; file.")
    assert 980 < len(choice.description) <= 1000
    assert choice.call({"route": "/a", "StartTime": '{"n": 1}'}) == '{"route": "/a", "StartTime>": {"n": 1}}'
    with pytest.raises(ToolError, match=r"choice: .* Give at least one of: route; file\."):
        choice.call({"StartTime": {"n": 1}})


def test_a_list_that_is_wrong_as_a_whole_is_left_to_the_sdk() -> None:
    tool = {"name": "a", "inputSchema": {"type": "object"}}
    without_what_this_version_wants = {"tools": [tool]}

    assert repair_result(without_what_this_version_wants, "2026-07-28") == []
    assert without_what_this_version_wants["tools"] == [tool]


@pytest.mark.parametrize(
    ("result", "repaired"),
    [
        ({"content": None, "isError": "failed"}, {"content": [], "isError": True}),
        ({"content": "words"}, {"content": [{"type": "text", "text": "words"}]}),
        ({"content": [{"type": "text", "text": None}]}, {"content": [{"type": "text", "text": ""}]}),
        ({"contents": [7]}, {"contents": [7]}),
        ({}, {}),
    ],
)
def test_only_what_is_wrong_is_repaired(result: dict[str, Any], repaired: dict[str, Any]) -> None:
    assert repair_result(result, VERSION) == []
    assert result == repaired


@pytest.mark.parametrize(
    "line", ["", "words", '{"a": 1}', '{"jsonrpc": "2.0"', '{"jsonrpc": "1.0", "id": 1}', '{"jsonrpc"' * 9]
)
def test_a_line_without_a_message_has_none(line: str) -> None:
    assert message_in(line) is None
