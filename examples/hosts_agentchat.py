"""The agent in AgentChat: it listens to a team, remembers in the next one, and lends its archive to others.

    pip install '.[agentchat]'
    python examples/hosts_agentchat.py

Without an API key, the built-in offline rules answer. They are not a language model. With OPENAI_API_KEY, a
real model answers.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import BaseChatMessage, TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_agentchat.ui import Console
from autogen_core.memory import MemoryContent, MemoryMimeType
from autogen_core.model_context import UnboundedChatCompletionContext
from autogen_core.models import UserMessage

from memgpt_autogen.hosts.agentchat import MemGPTChatAgent, MemGPTMemory, listening


class Speaker(BaseChatAgent):
    """A member of AgentChat who says these lines. Yours is an `AssistantAgent`."""

    def __init__(self, name: str, *lines: str) -> None:
        super().__init__(name, "a colleague")
        self._lines = iter(lines)

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        return (TextMessage,)

    async def on_messages(self, *_: object) -> Response:
        return Response(chat_message=TextMessage(content=next(self._lines), source=self.name))

    async def on_reset(self, *_: object) -> None:
        pass


async def main(home: str) -> None:
    print("=== sam is in this team, is never asked, and listens ===")
    sam = MemGPTChatAgent("sam", home=home)
    ada = Speaker("ada", "The launch is on the ninth of May.", "Good, until then.")
    ben = Speaker("ben", "I will paint the sign.")
    team = RoundRobinGroupChat([ada, ben, sam], max_turns=2)
    await Console(listening(team.run_stream(task="Let us plan the launch."), sam))

    print("=== a new team, and sam opened anew ===")
    sam = MemGPTChatAgent("sam", home=home)
    await Console(RoundRobinGroupChat([sam], max_turns=1).run_stream(task="When is the launch?"))

    print("=== an archive as the memory of an agent of AgentChat ===")
    memory = MemGPTMemory("helper", home=home)
    for fact in ("The solar panel costs 340 euros.", "The ladder belongs to Mister Okafor."):
        await memory.add(MemoryContent(content=fact, mime_type=MemoryMimeType.TEXT))
    context = UnboundedChatCompletionContext()  # an AssistantAgent(..., memory=[memory]) does the rest itself
    await context.add_message(UserMessage(content="What does the panel cost?", source="user"))
    await memory.update_context(context)
    for message in await context.get_messages():
        print(f"{message.source if isinstance(message, UserMessage) else ''}: {message.content}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        asyncio.run(main(home))
