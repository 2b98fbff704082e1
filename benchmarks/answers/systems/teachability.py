"""AutoGen's Teachability: an agent whose model decides for each message what to note down, and when.

Each message passes the hook that Teachability adds to an agent; a reply to it is not asked for. A question is
a message to the same agent. Its notes are in Chroma, with vectors of WordLlama, since Chroma's own model is
downloaded. `k` is its `max_num_retrievals`.
"""

from __future__ import annotations

from benchmarks.answers.conversations import Asked
from benchmarks.answers.systems.baselines import prompt
from benchmarks.answers.systems.peers import Peer
from benchmarks.answers.systems.protocol import Answered, Setup

REQUIREMENTS = ("pyautogen[teachable,openai]==0.9", "wordllama>=0.4")


class Teachability(Peer):
    def __init__(self, setup: Setup) -> None:
        super().__init__(setup, "teachability_child", "teachability", REQUIREMENTS)

    def answer(self, question: Asked) -> Answered:
        done = self.ask({"do": "answer", "question": prompt("", (), question)})
        return Answered(done["text"], self.spent(done), {"memos": done["memos"]})
