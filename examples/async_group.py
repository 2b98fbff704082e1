"""An asynchronous group chat: `a_initiate_chat` runs turns in a thread and does not block your event loop.

    python examples/async_group.py

Without an API key, the built-in offline rules answer. They are not a language model. With OPENAI_API_KEY, a
real model answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import autogen

from memgpt_autogen import MemGPTAgent


async def main() -> None:
    ada = speaker("ada", ["The release has moved to 21 May.", "Sam, when is the release?"])
    ben = speaker("ben", ["My printer is out of paper again.", "I took the stairs today."])
    sam = MemGPTAgent("sam", ephemeral=True)
    order = iter([ada, sam, ben, ada, sam])
    chat = autogen.GroupChat(
        agents=[ada, ben, sam],
        messages=[],
        max_round=6,
        speaker_selection_method=lambda _last, _chat: next(order),
    )
    manager = autogen.GroupChatManager(groupchat=chat, llm_config=False)

    ticking = asyncio.create_task(tick())
    await ben.a_initiate_chat(manager, message="Good morning! My name is Ben.")
    ticking.cancel()

    print(sam.context_overview())


def speaker(name: str, lines: Sequence[str]) -> Any:
    """Return an ordinary AutoGen agent that says these lines."""
    agent = autogen.ConversableAgent(name, llm_config=False, human_input_mode="NEVER")
    left = iter(lines)

    async def say(_agent: Any, **_: Any) -> tuple[bool, str]:
        return True, next(left)

    agent.register_reply([autogen.Agent, None], say, remove_other_reply_funcs=True)
    return agent


async def tick() -> None:
    """Do something else at the same time, as your program would."""
    while True:
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main())
