"""An agent is told something and goes away; under the same name in the same home it comes back and still knows.

    python examples/remember_me.py

Without a key the built-in rules answer, which are no language model; with OPENAI_API_KEY set, a real one does.
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
    """One short chat with an agent that is opened for it, as a new process would open it."""
    sam = MemGPTAgent("sam", home=home)
    ada = autogen.ConversableAgent("ada", llm_config=False, human_input_mode="NEVER")
    print(f"\n=== sam is opened and remembers {sam.memory.log.count()} messages ===\n")

    ada.initiate_chat(sam, message=message, max_turns=1)

    print("=== what sam has written down about others ===")
    print(sam.memory.core["human"].value)


if __name__ == "__main__":
    main()
