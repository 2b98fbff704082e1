"""The agent in Microsoft agent-framework: it listens to a group chat, remembers in the next one, and forks.

    pip install '.[agent-framework]' agent-framework-orchestrations
    python examples/hosts_agent_framework.py

Without an API key, the built-in offline rules answer. They are not a language model. With OPENAI_API_KEY, a
real model answers.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from typing import Any

from agent_framework import (
    Agent,
    AgentSession,
    BaseChatClient,
    ChatResponse,
    ChatResponseUpdate,
    Content,
    FunctionInvocationLayer,
)
from agent_framework.orchestrations import GroupChatBuilder

from memgpt_autogen.hosts.agent_framework import MemGPTClient, listening


class Speaker(FunctionInvocationLayer[Any], BaseChatClient[Any]):
    """A model that says these lines. Yours is an `OpenAIChatClient`."""

    def __init__(self, *lines: str) -> None:
        super().__init__()
        self._lines = iter(lines)

    def _inner_get_response(self, *, stream: bool, **_: Any) -> Any:
        return self._build_response_stream(self._updates()) if stream else self._whole()

    async def _updates(self) -> AsyncIterator[ChatResponseUpdate]:
        yield ChatResponseUpdate(role="assistant", contents=[Content.from_text(next(self._lines))])

    async def _whole(self) -> ChatResponse:
        return self._finalize_response_updates([update async for update in self._updates()])


def opened(home: str, **options: Any) -> Agent[Any]:
    return MemGPTClient("sam", home=home, **options).as_agent()


async def main(home: str) -> None:
    print("=== sam is in this group chat, is never asked, and listens ===")
    ada = Agent(Speaker("The launch is on the ninth of May."), name="ada")
    ben = Agent(Speaker("I will paint the sign."), name="ben")
    workflow = GroupChatBuilder(
        participants=[ada, ben, listening(opened(home))],
        selection_func=lambda state: ("ada", "ben")[state.current_round],
        max_rounds=2,
    ).build()
    async for event in listening(workflow).run("Let us plan the launch.", stream=True):
        if event.type == "group_chat":
            print(event.data)

    print("=== another day, and sam opened anew ===")
    sam = opened(home)
    session = sam.create_session()
    for question in ("When is the launch?", "Who paints the sign?"):
        print(f"{question}\n{(await sam.run(question, session=session)).text}")

    print("=== two ways on from one session ===")
    forking = opened(home, on_resume="fork")
    saved = session.to_dict()
    await forking.run("My desk is red.", session=session)
    again = AgentSession.from_dict(saved)
    await forking.run("My desk is green.", session=again)
    for each in (session, again):
        print(f"{each.service_session_id}: {(await forking.run('What is my desk?', session=each)).text}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        asyncio.run(main(home))
