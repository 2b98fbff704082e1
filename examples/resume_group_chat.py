"""A group chat that stops and then resumes, as it would in another process.

`resume` delivers all messages again, and the memory stores each of them once.

    python examples/resume_group_chat.py

Without an API key, the built-in offline rules answer. They are not a language model. With OPENAI_API_KEY, a
real model answers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import autogen

from memgpt_autogen import MemGPTAgent


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)

        manager = group(home, ["My name is Ada. The release is on 14 May."], rounds=3)
        ada = manager.groupchat.agents[0]
        ada.initiate_chat(manager, message="Good morning!")
        said = manager.groupchat.messages  # save this list of dictionaries

        print("\n=== resumed ===\n")
        manager = group(home, ["Sam, when is the release?"], rounds=6)
        last, message = manager.resume(messages=said)
        last.initiate_chat(manager, message=message, clear_history=False)

        sam = manager.groupchat.agents[1]
        heard = sam.memory.log.spoken_tail(100)
        print(f"\nthe chat has {len(manager.groupchat.messages)} messages, and sam's memory {len(heard)}")


def group(home: Path, lines: Sequence[str], rounds: int) -> Any:
    """Return a group of ada, who says these lines, and sam, opened as a new process would open it."""
    ada = autogen.ConversableAgent("ada", llm_config=False, human_input_mode="NEVER")
    left = iter(lines)
    ada.register_reply(
        [autogen.Agent, None],
        lambda _agent, **_: (True, next(left, "Thank you.")),
        remove_other_reply_funcs=True,
    )
    sam = MemGPTAgent("sam", home=home)
    chat = autogen.GroupChat(
        agents=[ada, sam], messages=[], max_round=rounds, speaker_selection_method="round_robin"
    )
    return autogen.GroupChatManager(groupchat=chat, llm_config=False)


if __name__ == "__main__":
    main()
