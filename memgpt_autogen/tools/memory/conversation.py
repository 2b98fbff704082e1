"""Tools of the conversation itself: speak, and pause timed heartbeats."""

from __future__ import annotations

from datetime import timedelta

from memgpt_autogen.errors import ToolError
from memgpt_autogen.memory.context.queue import SENT
from memgpt_autogen.memory.storage.agents import Pause
from memgpt_autogen.messages import now
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.tools.tool import Tool

SEND_MESSAGE = "send_message"

MOST_MINUTES = 360


def send_message(message: str) -> str:
    """Say something to the others. Nothing else you write is heard.

    Args:
        message: the words
    """
    if not message.strip():
        raise ToolError("the message is empty; say something, or end your turn with a thought alone.")
    return SENT


def conversation_tools() -> list[Tool]:
    return [Tool.from_function(send_message, own=True)]


def pause_tool(pause: Pause) -> Tool:
    """Return `pause_heartbeats`, for agents that a timer wakes."""

    def pause_heartbeats(minutes: int) -> str:
        """Do not wake me by timer for a while. Messages still do.

        Args:
            minutes: 1 to 360
        """
        if minutes < 1:
            raise ToolError(f"cannot pause for {minutes} minutes; give 1 to {MOST_MINUTES}.")
        kept = min(minutes, MOST_MINUTES)
        pause.set(now() + timedelta(minutes=kept))
        cut = f" ({MOST_MINUTES} is the most; you asked for {minutes})" if kept < minutes else ""
        return f"Timed heartbeats are paused for {counted(kept, 'minute')}{cut}."

    return Tool.from_function(pause_heartbeats, own=True)
