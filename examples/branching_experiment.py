"""One memory, two branches: an agent is forked at a point of its past, and each fork is told something else there.

    python examples/branching_experiment.py

Without a key the built-in rules answer, which are no language model; with OPENAI_API_KEY set, a real one does.
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
        print("\n=== sam knows nothing of either ===")
        print(sam.memory.core["human"].value)
        print("\n=== how sam came to know it ===")
        print(sam.memory.history())


def branch(sam: MemGPTAgent, name: str, at: int, message: str) -> None:
    """An agent that begins with what sam knew at that point, and is told something sam never hears."""
    fork = MemGPTAgent(name, memory=sam.memory.fork(name, at=at))
    tell(fork, message)
    print(f"\n=== {name} knows ===")
    print(fork.memory.core["human"].value)


def tell(agent: MemGPTAgent, message: str) -> Any:
    ada = autogen.ConversableAgent("ada", llm_config=False, human_input_mode="NEVER")
    return ada.initiate_chat(agent, message=message, max_turns=1, silent=True)


if __name__ == "__main__":
    main()
