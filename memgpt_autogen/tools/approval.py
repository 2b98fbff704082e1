"""Approval: a call that somebody must allow before it is run, and whose denial the model is told with its reason."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from memgpt_autogen.messages import ToolCall

YES = ("", "y", "yes", "ok", "allow", "approve")
NO = ("n", "no", "deny")


@dataclass(frozen=True, slots=True)
class Approval:
    """Whether a call may be run."""

    allowed: bool
    reason: str = ""
    """Why not; the model is told."""


Approve = Callable[[ToolCall], Approval]
"""Asks whoever may allow a call; it runs in the turn's thread, which waits as long as it takes."""


def question(name: str, call: ToolCall) -> str:
    """What a person is asked."""
    return f"{name} wants to call {call.name} {call.arguments}. Enter allows it; 'no' or a reason denies it: "


def answered(text: str) -> Approval:
    """A person's answer: nothing or a yes allows, a no denies, and anything else denies and is the reason."""
    word = text.strip().lower()
    if word in YES:
        return Approval(allowed=True)
    return Approval(allowed=False, reason="" if word in NO else text.strip())


def in_terminal(call: ToolCall) -> Approval:
    """Ask in the terminal; where there is none, or its input has ended, nothing is allowed."""
    if not sys.stdin.isatty():
        return Approval(allowed=False, reason="nobody is at the terminal")
    try:
        return answered(input(question("The agent", call)))
    except EOFError:
        return Approval(allowed=False, reason="nobody is at the terminal")
