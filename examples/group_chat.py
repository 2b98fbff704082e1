"""A group chat in which the agent with the memory is silent until somebody says its name.

It stores every line at once, with the speaker's name. When it is asked something later, it searches its
memory.

    python examples/group_chat.py

Without an API key, the built-in offline rules answer. They are not a language model. With OPENAI_API_KEY, a
real model answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import autogen

from memgpt_autogen import MemGPTAgent


def main() -> None:
    ada = speaker("ada", ["The staging server is called heron.", "The coffee is cold.", "Sam, who is Ben?"])
    ben = speaker("ben", ["I'm allergic to nuts.", "Sam, what is the staging server called?"])
    sam = MemGPTAgent("sam", ephemeral=True, description="Knows everything that was said here.")
    chat = autogen.GroupChat(
        agents=[ada, ben, sam], messages=[], max_round=8, speaker_selection_method=who_is_next
    )
    manager = autogen.GroupChatManager(groupchat=chat, llm_config=False)

    ben.initiate_chat(manager, message="Good morning! I'm Ben.")

    print("=== what sam heard, also while it was silent ===")
    for found in sam.memory.recall.search(role="user", page_size=20).items:
        print(f"{found.name}: {found.text}")


def who_is_next(_last: Any, chat: Any) -> Any:
    """Return sam if the last line starts with its name, else the other one of ada and ben."""
    ada, ben, sam = chat.agents
    if chat.messages[-1]["content"].startswith("Sam"):
        return sam
    spoke = [message["name"] for message in chat.messages if message["name"] != sam.name]
    return ada if spoke[-1] == ben.name else ben


def speaker(name: str, lines: Sequence[str]) -> Any:
    """Return an ordinary AutoGen agent that says these lines."""
    agent = autogen.ConversableAgent(name, llm_config=False, human_input_mode="NEVER")
    left = iter(lines)
    agent.register_reply(
        [autogen.Agent, None], lambda _agent, **_: (True, next(left)), remove_other_reply_funcs=True
    )
    return agent


if __name__ == "__main__":
    main()
