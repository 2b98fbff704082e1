"""What the others of a group are told of an agent: its `description`, or the start of its instructions."""

from __future__ import annotations

from typing import Any

from memgpt_autogen.adapter.messages import text_of
from memgpt_autogen.text.chunking import split_text

# AutoGen shows a whole system message in each prompt that selects a speaker; this is enough to know a role
MOST_CHARS = 300


def described(name: str, description: str | None, instructions: Any) -> str:
    """Return the description: the given one, or the first sentences of the instructions, on one line."""
    if description is not None:
        return description
    told = " ".join(text_of({"content": instructions}).split())
    if not told:
        return f"{name}, an assistant that remembers everything said in this chat."
    first = split_text(told, MOST_CHARS)[0][0]
    return first if first == told or first.endswith((".", "!", "?", "。")) else f"{first} ..."
