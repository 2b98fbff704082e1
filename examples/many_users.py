"""Many users of one agent: apart, each in a home of their own, or together in one memory that knows who said what.

    python examples/many_users.py

Without a key the built-in rules answer, which are no language model; with OPENAI_API_KEY set, a real one does.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import autogen

from memgpt_autogen import MemGPTAgent

TOLD = {"ada": "My name is Ada. I'm allergic to peanuts.", "ben": "My name is Ben. I live in Bergen."}


SAID = '"peanuts"'  # in quotes: what holds the word itself, and not what stands beside it


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        apart(Path(folder))
        together(Path(folder) / "all")


def apart(folder: Path) -> None:
    """A home for each user: nobody's words can reach anybody else."""
    agents = {user: MemGPTAgent("sam", home=folder / user) for user in TOLD}
    for user, message in TOLD.items():
        person(user).initiate_chat(agents[user], message=message, max_turns=1)
    for user, sam in agents.items():
        print(f"\n{user}'s sam finds 'peanuts' {sam.memory.recall.search(SAID).total} times")


def together(home: Path) -> None:
    """One home for all: each line is kept under its speaker's name, and one user may ask about another."""
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
