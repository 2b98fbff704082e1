"""The loop runs those of AutoGen's tools that the agent can execute itself.

The others become tool calls to other agents.

The loop runs them as AutoGen does: through the agent's `execute_function`, which may be overridden, with its
events. They run in a thread with a time limit. Coroutines run through `a_execute_function`, on the event loop
of the chat.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from memgpt_autogen.errors import ToolError
from memgpt_autogen.llm.definitions import definitions_at_root
from memgpt_autogen.llm.protocols import ToolSchema
from memgpt_autogen.tools.tool import Tool

FUNCTION_SECONDS = 3600.0
"""How long a registered function may take, where `tool_seconds` is not given."""

GROUP_EXECUTOR = "_Group_Tool_Executor"
"""The member that executes the functions of all agents in an AG2 pattern."""


def autogen_tools(
    agent: Any,
    offered: Sequence[ToolSchema] = (),
    asker: Any = None,
    *,
    seconds: float = FUNCTION_SECONDS,
    served: bool = False,
) -> tuple[list[Tool], list[ToolSchema]]:
    """Return the tools that the agent can execute, and the schemas of those that others execute.

    They come from the agent's `llm_config` and from what a caller has `offered`. `asker` is the agent that
    wants a reply. In an AG2 pattern that is the group's manager, and the group's tool executor runs every
    tool that it can: a result may name the next speaker or change the context variables. A `served` agent's
    service runs the agent's tool objects, with the context variables of its request. A function may take
    `seconds`.
    """
    executor = _group_executor(asker)
    by_service = {tool.name for tool in getattr(agent, "tools", ())} if served else set()
    own: list[Tool] = []
    foreign: list[ToolSchema] = []
    for name, schema in _schemas(agent.llm_config, offered).items():
        by_group = executor is not None and executor.can_execute_function(name)
        if agent.can_execute_function(name) and not by_group and name not in by_service:
            own.append(Tool.described(schema, _execution(agent, name), seconds=seconds))
        else:
            foreign.append(schema)
    return own, foreign


def _schemas(config: Any, offered: Sequence[ToolSchema]) -> dict[str, ToolSchema]:
    """Return the schemas of all tools by name, older forms too; the last one of a name counts."""
    schemas: list[ToolSchema] = []
    for place in (*((config or {}).get("config_list") or ()), config or {}):
        schemas += place.get("tools") or ()
        schemas += [{"type": "function", "function": function} for function in place.get("functions") or ()]
    return {schema["function"]["name"]: _rooted(schema) for schema in (*schemas, *offered)}


def _rooted(schema: ToolSchema) -> ToolSchema:
    function = schema["function"]
    parameters = function.get("parameters")
    rooted = definitions_at_root(parameters) if isinstance(parameters, Mapping) else parameters
    return schema if rooted is parameters else {**schema, "function": {**function, "parameters": rooted}}


def _group_executor(asker: Any) -> Any:
    members: Iterator[Any] = iter(getattr(getattr(asker, "groupchat", None), "agents", ()))
    return next((member for member in members if member.name == GROUP_EXECUTOR), None)


def _execution(agent: Any, name: str) -> Callable[..., Any]:
    def execute(**arguments: Any) -> Any:
        call = _apply_safeguard(agent, "input", {"name": name, "arguments": json.dumps(arguments)})
        if inspect.iscoroutinefunction(inspect.unwrap(agent.function_map[name])):
            return _awaited(agent, call)
        return _result(agent, agent.execute_function(call))

    return execute


async def _awaited(agent: Any, call: dict[str, Any]) -> Any:
    return _result(agent, await agent.a_execute_function(call))


def _result(agent: Any, executed: tuple[bool, dict[str, Any]]) -> Any:
    succeeded, returned = executed
    content = _apply_safeguard(agent, "output", returned).get("content")
    if not succeeded:
        raise ToolError(str(content))
    return content


def _apply_safeguard(agent: Any, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return a call's `input` or `output` after AutoGen 0.14's safeguards; older versions have none."""
    safeguard = getattr(agent, f"_process_tool_{kind}", None)
    checked: dict[str, Any] | None = safeguard(content) if safeguard else content
    if checked is None:
        raise ToolError(f"a safeguard refuses the {kind} of this call.")
    return checked
