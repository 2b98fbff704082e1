"""Approval: somebody must allow a call before it is run. The model reads the reason of a denial."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from memgpt_autogen.messages import ToolCall

YES = ("", "y", "yes", "ok", "allow", "approve")
NO = ("n", "no", "deny")


@dataclass(frozen=True, slots=True)
class Approval:
    """Whether a call may be run."""

    allowed: bool
    reason: str = ""
    """Why not; the model reads it."""


Approve = Callable[[ToolCall], Approval]
"""Asks the person who may allow a call. It runs in the turn's thread, which waits for the answer."""

LATER: Literal["later"] = "later"
"""Instead of `Approve`: nobody is asked now. The turn is suspended, and the next runs what was allowed."""


def denied(call: ToolCall, reason: str = "") -> str:
    """Return what the model reads of a call that was not allowed."""
    return f"Not run: {call.name} was denied{f': {reason}' if reason else '.'}"


def question(name: str, call: ToolCall) -> str:
    """Return the question for a person."""
    return f"{name} wants to call {call.name} {call.arguments}. Enter allows it; 'no' or a reason denies it: "


def answered(text: str) -> Approval:
    """Read an answer: nothing or a yes allows, a no denies, and other text denies and is the reason."""
    word = text.strip().lower()
    if word in YES:
        return Approval(allowed=True)
    return Approval(allowed=False, reason="" if word in NO else text.strip())


def in_terminal(call: ToolCall) -> Approval:
    """Ask in the terminal. Without a terminal, or after the end of its input, nothing is allowed."""
    with suppress(EOFError):
        if sys.stdin.isatty():
            return answered(input(question("The agent", call)))
    return Approval(allowed=False, reason="nobody is at the terminal")
