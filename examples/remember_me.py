"""An agent is told a few facts and closed. Opened again with the same name and home, it still knows them.

    python examples/remember_me.py

Without an API key, the built-in offline rules answer. They are not a language model. With OPENAI_API_KEY, a
real model answers.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import autogen

from memgpt_autogen import MemGPTAgent


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        talk(home, "My name is Ada. I live in Lisbon. I'm allergic to peanuts.")
        talk(home, "Where do I live?")


def talk(home: Path, message: str) -> None:
    """Open the agent as a new process would, and have a short chat with it."""
    sam = MemGPTAgent("sam", home=home)
    ada = autogen.ConversableAgent("ada", llm_config=False, human_input_mode="NEVER")
    print(f"\n=== sam is opened and remembers {sam.memory.log.count()} messages ===\n")

    ada.initiate_chat(sam, message=message, max_turns=1)

    print("=== what sam wrote down about others ===")
    print(sam.memory.core["human"].value)


if __name__ == "__main__":
    main()
