"""A two-agent chat: an ordinary agent says four lines, and sam answers and writes down the lasting facts.

    python examples/two_agents.py

Without an API key, the built-in offline rules answer. They are not a language model. With OPENAI_API_KEY, a
real model answers.
"""

from __future__ import annotations

from typing import Any

import autogen

from memgpt_autogen import MemGPTAgent

LINES = iter(
    [
        "My name is Ada. I work at the harbour.",
        "My dentist is on Friday. What do you know about me?",
        "The dentist has moved to Monday.",
        "When is my dentist?",
    ]
)


def main() -> None:
    # verbose: print its thoughts and memory operations
    sam = MemGPTAgent("sam", ephemeral=True, verbose=True)
    ada = autogen.ConversableAgent("ada", llm_config=False, human_input_mode="NEVER")
    ada.register_reply([autogen.Agent, None], next_line, remove_other_reply_funcs=True)

    ada.initiate_chat(sam, message=next(LINES), max_turns=4)

    print("=== what is in every prompt from now on ===")
    for block in sam.memory.core:
        print(f"[{block.label}] {block.value}")
    print("\n=== what fills the window ===")
    print(sam.context_overview())


def next_line(_agent: Any, **_: Any) -> tuple[bool, str | None]:
    return True, next(LINES, None)


if __name__ == "__main__":
    main()
