"""AutoGen's tools: those the agent can execute itself take part in its loop, the others go out as tool calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from memgpt_autogen.llm.protocols import ToolSchema
from memgpt_autogen.tools.tool import Tool


def host_tools(
    config: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]], offered: Sequence[ToolSchema]
) -> tuple[list[Tool], list[ToolSchema]]:
    """Our tools, and the schemas of foreign ones, from an `llm_config`, a function map and what a caller offers."""
    schemas = [*(config.get("tools") or ()), *offered]
    schemas += [{"type": "function", "function": function} for function in config.get("functions") or ()]
    own: list[Tool] = []
    foreign: list[ToolSchema] = []
    for schema in {schema["function"]["name"]: schema for schema in schemas}.values():
        function = functions.get(schema["function"]["name"])
        if function is None:
            foreign.append(schema)
        else:
            own.append(Tool.described(schema, function))
    return own, foreign
