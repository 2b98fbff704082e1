"""The memory of an agent for a model of the host: what it knows, its functions, and the conversation."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, cast

from agent_framework import (
    AgentSession,
    ContextProvider,
    FunctionTool,
    HistoryProvider,
    SessionContext,
    SupportsAgentRun,
)
from agent_framework import Message as HostMessage
from typing_extensions import Unpack

from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.hosts.agent_framework.client import MemGPTClient
from memgpt_autogen.hosts.agent_framework.content import USER, read_said
from memgpt_autogen.hosts.core import HostedAgent, in_thread
from memgpt_autogen.hosts.hearing import PAST, chat_of
from memgpt_autogen.hosts.options import AgentOptions, open_agent
from memgpt_autogen.llm.offline import OfflineLLM
from memgpt_autogen.memory.context.prompt import core_memory_text
from memgpt_autogen.memory.storage.log import CHANGES, Entry
from memgpt_autogen.messages import Message, ToolCall, format_time
from memgpt_autogen.prompts import prompt
from memgpt_autogen.rendering.plain_text import shorten
from memgpt_autogen.text.safe import clip
from memgpt_autogen.tools.memory.conversation import SEND_MESSAGE
from memgpt_autogen.tools.tool import Tool
from memgpt_autogen.tools.toolbox import Toolbox

logger = logging.getLogger(__name__)

FOUND_CHARS = 400
"""The most characters of each thing that was found."""

FOUND = "From your memory, found by the last message; it may or may not matter now:"


class MemGPTContext(ContextProvider):
    """Gives the model of an agent this memory: core memory, what a search finds, and the memory functions.

    What is said is recorded once: by a `MemGPTHistory` where the agent has one, else here. `results` is how
    many things a search may find; 0 for no search. The options are those of `MemGPTClient`; no model of them
    is used.
    """

    def __init__(
        self, name: str, *, source_id: str = "memgpt", results: int = 5, **options: Unpack[AgentOptions]
    ) -> None:
        super().__init__(source_id)
        self.hosted = _opened(name, options)
        self._results = results
        self._toolbox = Toolbox(tool for tool in self.hosted.loop.toolbox if tool.name != SEND_MESSAGE)

    async def before_run(
        self,
        *,
        agent: SupportsAgentRun,
        session: AgentSession,
        context: SessionContext,
        **_: Any,
    ) -> None:
        """Add core memory to the instructions, what was found to the messages, and the functions."""
        if isinstance(getattr(agent, "client", None), MemGPTClient):
            raise ConfigurationError(
                f"agent '{agent.name}' has a MemGPTClient, and so its memory already. MemGPTContext gives "
                "memory to other models; leave it out here."
            )
        if not _has_history(agent):
            await _record(self.hosted, context.input_messages, agent, session.session_id)
        shown = context.get_messages(include_input=True)
        # without a MemGPTHistory, the host shows the whole conversation itself
        elsewhere = "" if _has_history(agent) else session.session_id
        try:
            core, found = await in_thread(partial(self._look, shown, elsewhere))
        except StorageError as error:
            logger.warning("%s answers without its memory: %s", self.hosted.name, error)
            return
        context.extend_instructions(self.source_id, f"{prompt('host_memory')}\n\n{core}")
        if found:
            context.extend_messages(self, [HostMessage("user", [found], author_name="memory")])
        context.extend_tools(self.source_id, [self._function(tool) for tool in self._toolbox.offered()])

    async def after_run(
        self,
        *,
        agent: SupportsAgentRun,
        session: AgentSession,
        context: SessionContext,
        **_: Any,
    ) -> None:
        """Record what the agent said."""
        if context.response is not None and not _has_history(agent):
            await _record(self.hosted, context.response.messages, agent, session.session_id)

    def _look(self, messages: Sequence[HostMessage], but: str) -> tuple[str, str]:
        """Return the section with core memory, and what a search for the last message finds.

        What was said in the conversation `but` is left out.
        """
        memory = self.hosted.memory
        query = next((each.text for each in reversed(messages) if each.text.strip()), "")
        lines = []
        if query and self._results:
            shown = {message.text for message in messages}
            tail = memory.log.spoken_tail(PAST) if but else ()
            here = {each.seq for each in tail if chat_of(each.message) == but}
            said = memory.recall.search(query, page_size=self._results + len(shown) + len(here)).items
            other = [each for each in said if each.seq not in here and each.text not in shown]
            lines = [
                f"- {format_time(each.time, memory.zone)} {each.name}: "
                f"{shorten(each.part or each.text, FOUND_CHARS)}"
                for each in other[: self._results]
            ]
            stored = memory.archival.search(query, page_size=self._results).items
            lines += [f"- stored: {shorten(each.passage.text, FOUND_CHARS)}" for each in stored]
        known = [
            core_memory_text([*memory.core]),
            memory.prompt.outside.text(memory.log.last_seq(*CHANGES), brief=False),
        ]
        return "\n\n".join(known), "\n".join([FOUND, *lines]) if lines else ""

    def _function(self, tool: Tool) -> FunctionTool:
        async def run(**arguments: Any) -> str:
            call = ToolCall(tool.name, tool.name, json.dumps(arguments, default=str))
            outcome = await in_thread(lambda: self._toolbox.run(self._toolbox.read(call)))
            return outcome.text if outcome.ok else f"Failed: {outcome.text}"

        schema = tool.schema(heartbeat=False, thoughts=False)["function"]
        return FunctionTool(
            name=tool.name, description=tool.description, func=run, input_model=schema["parameters"]
        )


class MemGPTHistory(HistoryProvider):
    """Keeps the conversations of a stock agent in this memory, and shows the model their newest messages.

    With it, the host keeps no transcript of its own. At most `newest` messages are shown, of `most_chars`
    characters together; what is older is found by a search, so give the agent a `MemGPTContext` of the same
    name too. The options are those of `MemGPTClient`; no model of them is used.
    """

    def __init__(
        self,
        name: str,
        *,
        source_id: str = "memgpt_history",
        newest: int = 20,
        most_chars: int = 20_000,
        load_messages: bool = True,
        store_inputs: bool = True,
        store_outputs: bool = True,
        **options: Unpack[AgentOptions],
    ) -> None:
        super().__init__(
            source_id, load_messages=load_messages, store_inputs=store_inputs, store_outputs=store_outputs
        )
        self.hosted = _opened(name, options)
        self._newest = newest
        self._most_chars = most_chars
        self._own_names = {name}

    async def before_run(self, *, agent: SupportsAgentRun, **given: Any) -> None:
        """Learn the agent's name, and load."""
        self._own_names.add(agent.name or "")
        await super().before_run(agent=agent, **given)

    async def after_run(self, *, agent: SupportsAgentRun, **given: Any) -> None:
        """Learn the agent's name, and store."""
        self._own_names.add(agent.name or "")
        await super().after_run(agent=agent, **given)

    async def get_messages(self, session_id: str | None, **_: Any) -> list[HostMessage]:
        """Return the newest messages of a conversation, oldest first."""
        entries = await in_thread(partial(self.hosted.memory.log.spoken_tail, PAST))
        of_chat = [
            each for each in entries if chat_of(each.message) == (session_id or "") and not each.hidden
        ]
        shown: list[HostMessage] = []
        left = self._most_chars
        for entry in reversed(of_chat[-self._newest :] if self._newest > 0 else ()):
            if left <= 0:
                break
            shown.insert(0, self._shown(entry, left))
            left -= len(entry.message.spoken or "")
        return shown

    async def save_messages(
        self,
        session_id: str | None,
        messages: Sequence[HostMessage],
        **_: Any,
    ) -> None:
        """Store what is new of these messages."""
        said = [said for each in messages if (said := read_said(each, self._own_names)) is not None]
        await self.hosted.hear_conversation(said, session_id or "")

    def _shown(self, entry: Entry, most: int) -> HostMessage:
        message, words = entry.message, clip(entry.message.spoken or "", most)
        if message.role == "assistant":
            return HostMessage("assistant", [words], author_name=self.hosted.name)
        return HostMessage("user", [words], author_name=None if message.name == USER else message.name)


def _opened(name: str, options: AgentOptions) -> HostedAgent:
    return open_agent(name, cast(AgentOptions, {"llm": OfflineLLM(), **options}))


def _has_history(agent: SupportsAgentRun) -> bool:
    return any(isinstance(each, MemGPTHistory) for each in getattr(agent, "context_providers", ()))


async def _record(
    hosted: HostedAgent, messages: Iterable[HostMessage], agent: SupportsAgentRun, chat: str
) -> None:
    read = (read_said(each, (hosted.name, agent.name)) for each in messages)
    said: list[Message] = [message for message in read if message is not None]
    await hosted.hear_conversation(said, chat)
