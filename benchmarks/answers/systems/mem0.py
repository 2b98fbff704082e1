"""Mem0 2: a model extracts facts from the messages, a search finds some, and the reader answers from them.

The facts are in Mem0's local Qdrant, with vectors of WordLlama. The open-source version takes no times
(`timestamp` is for its platform), so each message begins with its time, as in the other prompts.
"""

from __future__ import annotations

from benchmarks.answers.conversations import Asked
from benchmarks.answers.reader import Reader
from benchmarks.answers.systems.baselines import prompt
from benchmarks.answers.systems.peers import Peer
from benchmarks.answers.systems.protocol import Answered, Setup

REQUIREMENTS = ("mem0ai>=2,<3", "wordllama>=0.4")


class Mem0(Peer):
    def __init__(self, setup: Setup) -> None:
        super().__init__(setup, "mem0_child", "mem0", REQUIREMENTS)
        self._reader = Reader(setup.config)

    def answer(self, question: Asked) -> Answered:
        found = self.ask({"do": "search", "question": question.text})
        text = prompt("What is remembered of the conversation", found["memories"], question)
        answer, spent = self._reader.ask(self.setup.instructions, text)
        return Answered(answer, spent + self.spent(found), {"memories": len(found["memories"])})
