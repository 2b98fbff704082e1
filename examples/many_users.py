"""Many users of one agent: with a home for each user, or in one memory that knows who said what.

    python examples/many_users.py

Without an API key, the built-in offline rules answer. They are not a language model. With OPENAI_API_KEY, a
real model answers.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import autogen

from memgpt_autogen import MemGPTAgent

TOLD = {"ada": "My name is Ada. I'm allergic to peanuts.", "ben": "My name is Ben. I live in Bergen."}


SAID = '"peanuts"'  # in quotation marks: only messages that contain the word itself


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        apart(Path(folder))
        together(Path(folder) / "all")


def apart(folder: Path) -> None:
    """Give each user a home, so that no user can see another user's words."""
    agents = {user: MemGPTAgent("sam", home=folder / user) for user in TOLD}
    for user, message in TOLD.items():
        person(user).initiate_chat(agents[user], message=message, max_turns=1)
    for user, sam in agents.items():
        print(f"\nmessages with 'peanuts' in the home of {user}: {sam.memory.recall.search(SAID).total}")


def together(home: Path) -> None:
    """Use one home for all users: each line has its speaker's name, and users can ask about each other."""
    sam = MemGPTAgent("sam", home=home)
    for user, message in TOLD.items():
        person(user).initiate_chat(sam, message=message, max_turns=1)
    person("cleo").initiate_chat(sam, message="Who is allergic to peanuts?", max_turns=1)
    print(f"\nsaid by ada: {sam.memory.recall.search(SAID, speaker='ada').total}")
    print(f"said by ben: {sam.memory.recall.search(SAID, speaker='ben').total}")


def person(name: str) -> Any:
    return autogen.ConversableAgent(name, llm_config=False, human_input_mode="NEVER")


if __name__ == "__main__":
    main()
