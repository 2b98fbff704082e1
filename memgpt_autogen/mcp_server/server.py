"""The server object of the MCP SDK, whose handlers are the tools, the resources and the prompt.

It needs the SDK: `check_sdk` comes before it is imported.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import anyio
import anyio.to_thread
import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from memgpt_autogen._version import __version__
from memgpt_autogen.errors import MemGPTError
from memgpt_autogen.mcp_server import prompts
from memgpt_autogen.mcp_server.access import Access
from memgpt_autogen.mcp_server.arguments import input_schema
from memgpt_autogen.mcp_server.resources import JSON, RESOURCES, TEXT, read_resource, template
from memgpt_autogen.mcp_server.tools import MemoryTool, call_tool, offered
from memgpt_autogen.service.problems import detail_of

PROGRESS_SECONDS = 5.0
"""How often a client that asked for it hears that a call is still running."""

# the code of JSON-RPC for wrong parameters, which the SDK's own servers use for unknown resources, too
_INVALID_PARAMS = -32602

AccessOf = Callable[[Any], Access]
"""Returns the access of the client whose request this is, from what the SDK gives to its handlers."""


class Handlers(Protocol):
    """What answers the requests of clients."""

    async def list_tools(self, context: Any, params: Any, /) -> types.ListToolsResult: ...

    async def call_tool(
        self, context: Any, params: types.CallToolRequestParams, /
    ) -> types.CallToolResult: ...

    async def list_resources(self, context: Any, params: Any, /) -> types.ListResourcesResult: ...

    async def list_templates(self, context: Any, params: Any, /) -> types.ListResourceTemplatesResult: ...

    async def read_resource(
        self, context: Any, params: types.ReadResourceRequestParams, /
    ) -> types.ReadResourceResult: ...

    async def list_prompts(self, context: Any, params: Any, /) -> types.ListPromptsResult: ...

    async def get_prompt(
        self, context: Any, params: types.GetPromptRequestParams, /
    ) -> types.GetPromptResult: ...


def make_server(access_of: AccessOf) -> Server[Any]:
    """Return a server that answers each client by its access."""
    return server_of(_Handlers(access_of), prompts.INSTRUCTIONS)


def server_of(handlers: Handlers, instructions: str | None) -> Server[Any]:
    """Return a server with these handlers."""
    return Server(
        "memgpt-autogen",
        version=__version__,
        title="Memory of an agent",
        instructions=instructions,
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_resources=handlers.list_resources,
        on_list_resource_templates=handlers.list_templates,
        on_read_resource=handlers.read_resource,
        on_list_prompts=handlers.list_prompts,
        on_get_prompt=handlers.get_prompt,
    )


@dataclass(frozen=True, slots=True)
class _Handlers:
    """What answers requests from the memory itself."""

    access_of: AccessOf

    async def list_tools(self, context: Any, _: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=list(map(tool_of, offered(self.access_of(context)))))

    async def call_tool(self, context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        async with _telling_progress(context):
            answer = await call_tool(self.access_of(context), params.name, params.arguments)
        return types.CallToolResult(
            content=[types.TextContent(text=answer.text)],
            structured_content=answer.values,
            is_error=answer.is_error,
        )

    async def list_resources(self, context: Any, _: Any) -> types.ListResourcesResult:
        access = self.access_of(context)
        found = [
            types.Resource(
                name=each.place,
                title=each.title,
                uri=access.address(each.place),
                description=each.description,
                mime_type=TEXT,
            )
            for each in RESOURCES
            if "read" in access.scopes
        ]
        return types.ListResourcesResult(resources=found)

    async def list_templates(self, context: Any, _: Any) -> types.ListResourceTemplatesResult:
        access = self.access_of(context)
        found = types.ResourceTemplate(
            name="memory",
            title="One memory",
            uri_template=template(access),
            description="A result of search, by its address.",
            mime_type=JSON,
        )
        return types.ListResourceTemplatesResult(
            resource_templates=[found] if "read" in access.scopes else []
        )

    async def read_resource(
        self, context: Any, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        try:
            work = partial(read_resource, self.access_of(context), str(params.uri))
            kind, text = await anyio.to_thread.run_sync(work)
        except MemGPTError as error:
            raise MCPError(_INVALID_PARAMS, detail_of(error)) from None
        contents = types.TextResourceContents(uri=params.uri, mime_type=kind, text=text)
        return types.ReadResourceResult(contents=[contents])

    async def list_prompts(self, _: Any, __: Any) -> types.ListPromptsResult:
        question = types.PromptArgument(
            name=prompts.QUESTION, description="What you want to know.", required=False
        )
        prompt = types.Prompt(
            name=prompts.NAME, title=prompts.TITLE, description=prompts.DESCRIPTION, arguments=[question]
        )
        return types.ListPromptsResult(prompts=[prompt])

    async def get_prompt(self, context: Any, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        if params.name != prompts.NAME:
            raise MCPError(_INVALID_PARAMS, f"there is no prompt {params.name!r}. There is {prompts.NAME}.")
        text = prompts.text_of(self.access_of(context).name, params.arguments)
        message = types.PromptMessage(role="user", content=types.TextContent(text=text))
        return types.GetPromptResult(description=prompts.DESCRIPTION, messages=[message])


def tool_of(tool: MemoryTool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=input_schema(tool.arguments),
        output_schema=tool.output or None,
        annotations=types.ToolAnnotations(
            read_only_hint=tool.reads,
            destructive_hint=tool.destroys,
            idempotent_hint=tool.repeatable,
            open_world_hint=tool.asks_others,
        ),
    )


@asynccontextmanager
async def _telling_progress(context: Any) -> AsyncIterator[None]:
    """A block in which the client hears again and again that its call is running; the SDK knows if it asked.

    Clients that end a call after a time without news wait longer then.
    """
    async with anyio.create_task_group() as group:
        group.start_soon(_tell_progress, context)
        yield
        group.cancel_scope.cancel()


async def _tell_progress(context: Any) -> None:
    passed = 0.0
    while True:
        await anyio.sleep(PROGRESS_SECONDS)
        passed += PROGRESS_SECONDS
        await context.session.report_progress(passed, None, "still at work")
