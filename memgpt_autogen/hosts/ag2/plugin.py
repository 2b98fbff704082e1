"""The plugin: memory for an agent that keeps its own model."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterable
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from typing import Any

from ag2 import Context, Plugin
from ag2.context import ConversationContext
from ag2.events import (
    BaseEvent,
    DrainedModelRequest,
    ModelRequest,
    ModelResponse,
    ToolCallEvent,
    ToolResultEvent,
)
from ag2.middleware import BaseMiddleware, ToolExecution, ToolResultType
from ag2.observers import observer
from ag2.tools.final import FunctionToolSchema
from ag2.tools.schemas import ToolSchema
from ag2.tools.tool import Tool
from typing_extensions import Unpack

from memgpt_autogen.errors import StorageError
from memgpt_autogen.hosts.ag2.events import heard_in, said_in, speaker_of
from memgpt_autogen.hosts.ag2.network import Ears
from memgpt_autogen.hosts.core import HostedAgent, in_thread
from memgpt_autogen.hosts.options import AgentOptions, open_agent
from memgpt_autogen.memory.context.prompt import core_memory_text
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.log import CHANGES
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.prompts import prompt
from memgpt_autogen.tools.memory.conversation import SEND_MESSAGE
from memgpt_autogen.tools.toolbox import Toolbox

logger = logging.getLogger(__name__)


class MemGPTPlugin(Plugin):
    """Memory for an agent with another model: `Agent("ada", config=..., plugins=[MemGPTPlugin("ada")])`.

    Core memory is in each prompt, the memory functions are tools, and what is said is stored. Of the options
    of `AgentOptions`, those about the model and its turns do nothing here.
    """

    def __init__(self, name: str, **options: Unpack[AgentOptions]) -> None:
        self.agent = open_agent(name, options)
        self.ears = Ears(self.agent)
        toolbox = self.agent.loop.toolbox
        names = [each for each in toolbox.names() if each != SEND_MESSAGE]
        super().__init__(
            tools=[MemoryTool(each, toolbox) for each in names],
            observers=[observer(ModelRequest, self._hear), observer(ModelResponse, self._record)],
        )
        self.add_policy(CoreMemory(self.agent))

    @property
    def memory(self) -> MemoryHierarchy:
        return self.agent.memory

    async def _hear(self, event: ModelRequest, context: Context) -> None:
        """Store a request. In a channel, words come by envelopes; here is only what else was put in."""
        if await self.ears.of(context) is None or isinstance(event, DrainedModelRequest):
            await self.agent.hear(*heard_in(event, str(context.stream.id), speaker_of(context)))

    async def _record(self, event: ModelResponse, context: Context) -> None:
        """Store what the agent said. In a channel, it is stored when it is sent."""
        if event.content and await self.ears.of(context) is None:
            await self.agent.hear(said_in(event, str(context.stream.id)))


class CoreMemory:
    """The policy that shows an agent with another model its core memory, and what it can search."""

    name = "core_memory"

    def __init__(self, agent: HostedAgent) -> None:
        self._agent = agent

    async def apply(
        self,
        prompts: list[str],
        events: list[BaseEvent],
        context: ConversationContext,  # noqa: ARG002
    ) -> tuple[list[str], list[BaseEvent]]:
        try:
            return [*prompts, await in_thread(self._text)], events
        except StorageError as error:
            logger.warning("%s does not see its memory in this prompt: %s", self._agent.name, error)
            return prompts, events

    def _text(self) -> str:
        memory = self._agent.memory
        outside = memory.prompt.outside.text(memory.log.last_seq(*CHANGES), brief=False)
        return "\n\n".join([prompt("host_memory"), core_memory_text([*memory.core]), outside])


class MemoryTool(Tool):
    """A function of memory as a tool of ag2, with its own schema."""

    def __init__(self, name: str, toolbox: Toolbox) -> None:
        self.name = name
        self._toolbox = toolbox

    def __deepcopy__(self, memo: dict[int, Any]) -> MemoryTool:
        return self  # ag2 copies the tools of an agent, but a memory is one

    async def schemas(self, context: Context) -> list[ToolSchema]:  # noqa: ARG002
        offered = await in_thread(self._toolbox.offered)
        schemas = [each.schema(heartbeat=False, thoughts=False) for each in offered if each.name == self.name]
        return [FunctionToolSchema.from_dict(copy.deepcopy(dict(each))) for each in schemas]

    def register(
        self,
        stack: ExitStack | AsyncExitStack,
        context: Context,
        *,
        middleware: Iterable[BaseMiddleware] = (),
    ) -> None:
        execution: ToolExecution = self._run
        for each in middleware:
            execution = partial(each.on_tool_execution, execution)

        async def execute(event: ToolCallEvent, context: Context) -> None:
            if event.name == self.name:
                await context.send(await execution(event, context))

        stack.enter_context(context.stream.where(ToolCallEvent).sub_scope(execute))

    async def _run(
        self,
        event: ToolCallEvent,
        context: ConversationContext,  # noqa: ARG002
    ) -> ToolResultType:
        reading = self._toolbox.read(ToolCall(event.id, event.name, event.arguments or "{}"))
        outcome = await in_thread(partial(self._toolbox.run, reading))
        return ToolResultEvent.from_call(event, outcome.text)
