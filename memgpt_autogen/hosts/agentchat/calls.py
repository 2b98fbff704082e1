"""AgentChat's tools run inside the agent's turn, and its handoffs end it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Iterable
from dataclasses import replace
from typing import Any, TypeVar, Union

from autogen_agentchat.base import Handoff
from autogen_agentchat.messages import ToolCallExecutionEvent, ToolCallRequestEvent
from autogen_core import CancellationToken, FunctionCall
from autogen_core.models import FunctionExecutionResult
from autogen_core.tools import BaseTool

from memgpt_autogen.assembly import UserTool
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.protocols import ToolSchema
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.tools.tool import Tool

T = TypeVar("T")

HostTool = BaseTool[Any, Any]

ChatTool = Union[UserTool, HostTool]
"""A function, a tool of this package or a tool of AgentChat."""

TOOL_SECONDS = 3600.0
"""How long a tool of AgentChat may take, where `tool_seconds` is not given."""


async def cancelled_by(token: CancellationToken, work: Awaitable[T]) -> T:
    """Await something until the token is cancelled; then cancel it."""
    future = asyncio.ensure_future(work)
    token.link_future(future)
    return await future


def own_tool(tool: UserTool) -> Tool:
    return tool if isinstance(tool, Tool) else Tool.from_function(tool)


def cancellable(tool: Tool, token: CancellationToken) -> Tool:
    """Return the tool with a coroutine that the token cancels. Nothing can cancel other functions."""
    function = tool.function
    if not inspect.iscoroutinefunction(function):
        return tool

    async def run(**arguments: Any) -> Any:
        return await cancelled_by(token, function(**arguments))

    return replace(tool, function=run)


def host_tool(tool: HostTool, token: CancellationToken, seconds: float | None) -> Tool:
    """Return a tool of AgentChat as one of ours. Its coroutine runs on the chat's event loop."""

    async def run(**arguments: Any) -> str:
        returned = await cancelled_by(token, tool.run_json(arguments, token))
        return tool.return_value_as_string(returned)

    about = {key: value for key, value in tool.schema.items() if key != "strict"}
    return Tool.described({"type": "function", "function": about}, run, seconds=seconds or TOOL_SECONDS)


def handoffs_by_name(agent: str, handoffs: Iterable[Handoff | str]) -> dict[str, Handoff]:
    """Return the handoffs by the names of their functions. Raises `ConfigurationError` for equal names."""
    given = [each if isinstance(each, Handoff) else Handoff(target=each) for each in handoffs]
    by_name = {handoff.name: handoff for handoff in given}
    if len(by_name) < len(given):
        raise ConfigurationError(
            f"agent '{agent}' has {len(given)} handoffs with {len(by_name)} names. Give each its own name."
        )
    return by_name


def handoff_schema(handoff: Handoff) -> ToolSchema:
    parameters = {"type": "object", "properties": {}}
    about = {"name": handoff.name, "description": handoff.description, "parameters": parameters}
    return {"type": "function", "function": about}


def requested(call: ToolCall, source: str) -> ToolCallRequestEvent:
    return ToolCallRequestEvent(content=[FunctionCall(call.id, call.arguments, call.name)], source=source)


def executed(call: ToolCall, text: str, source: str, *, ok: bool) -> ToolCallExecutionEvent:
    result = FunctionExecutionResult(content=text, name=call.name, call_id=call.id, is_error=not ok)
    return ToolCallExecutionEvent(content=[result], source=source)
