"""One memory, two branches: an agent is forked at an earlier point, and each fork hears something different.

    python examples/branching_experiment.py

Without an API key, the built-in offline rules answer. They are not a language model. With OPENAI_API_KEY, a
real model answers.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import autogen

from memgpt_autogen import MemGPTAgent


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        sam = MemGPTAgent("sam", home=home)
        tell(sam, "My name is Ada. I live in Lisbon.")
        fork_point = sam.memory.log.last_seq()
        tell(sam, "I'm allergic to peanuts.")

        branch(sam, "stays", fork_point, "I work at the harbour.")
        branch(sam, "moves", fork_point, "I work at the observatory.")
        print("\n=== sam does not know either message ===")
        print(sam.memory.core["human"].value)
        print("\n=== how sam's memory changed ===")
        print(sam.memory.history())


def branch(sam: MemGPTAgent, name: str, at: int, message: str) -> None:
    """Fork sam at this point and send the fork a message that sam never gets."""
    fork = MemGPTAgent(name, memory=sam.memory.fork(name, at=at))
    tell(fork, message)
    print(f"\n=== {name} knows ===")
    print(fork.memory.core["human"].value)


def tell(agent: MemGPTAgent, message: str) -> Any:
    ada = autogen.ConversableAgent("ada", llm_config=False, human_input_mode="NEVER")
    return ada.initiate_chat(agent, message=message, max_turns=1, silent=True)


if __name__ == "__main__":
    main()
