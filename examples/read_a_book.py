"""Read a text, answer questions about it, and cite each answer by source, article and section.

The text is the Constitution of the United States, which is in the public domain. The example needs no API
key: the offline rules search for words and quote. To use a model, pass `llm_config`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from memgpt_autogen import MemGPTAgent

BOOK = Path(__file__).with_name("constitution.txt")

QUESTIONS = (
    "At what age is a person eligible to the office of President?",
    "Who has the sole power to try all impeachments?",
    "What consists treason against the United States in?",
    "At what day and hour do the terms of the President and Vice President end?",
    "Which article repealed the eighteenth amendment?",
)

clerk = MemGPTAgent("clerk", home=tempfile.mkdtemp(prefix="memgpt-autogen-example-"))
print(clerk.attach(BOOK))

for question in QUESTIONS:
    print(f"\n{question}\n  {clerk.say(question, speaker='reader')}")
