"""What kind of event a step of the plain protocol answers.

A small model that must first say what it heard then does what fits; without it, it often repeats the message.
The kind is a field of its own in the protocol, and the beginning of the thought everywhere else.
"""

from __future__ import annotations

HEARD = ("small talk", "fact", "change", "wish", "question", "task", "result")
"""Small talk; a new lasting fact; a change of a known one; a wish how to act; and so on."""


def join_heard(heard: str, thought: str) -> str:
    """Return the thought with the kind before it: `fact: I keep it.`"""
    return f"{heard}: {thought}"


def split_heard(thought: str) -> tuple[str, str]:
    """Return the kind, empty where it was not said, and the thought."""
    kind, mark, rest = thought.partition(": ")
    return (kind, rest) if mark and kind in HEARD else ("", thought)
