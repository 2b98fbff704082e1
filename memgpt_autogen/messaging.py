"""A tool by which one agent of a home leaves word for another."""

from __future__ import annotations

from difflib import get_close_matches

from memgpt_autogen.assembly import agent_names, open_memory
from memgpt_autogen.errors import ToolError
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.tools.tool import Tool

LONGEST = 10_000
"""Characters of a message."""


def message_agent(sender: str, settings: Settings | None = None) -> Tool:
    """A tool `message_agent` for the agent of this name: what it writes stands in the other's log, under the sender's name.

    The other one hears it in its next turn, whoever runs that; nothing comes back but that it is there, so no agent sees
    another's memory.
    """

    def leave_word(name: str, message: str) -> str:
        """Leave a message for another agent, who hears it the next time that it acts.

        Args:
            name: the other agent
            message: complete in itself; the other knows only who it is from
        """
        home = settings or Settings.load()
        others = [other for other in agent_names(home) if other != sender]
        if name not in others:
            near = get_close_matches(name, others, n=3) or others[:10]
            listed = f"Did you mean {', '.join(near)}?" if near else "There is no other agent yet."
            raise ToolError(f"there is no other agent '{name}' here. {listed}")
        if not message.strip():
            raise ToolError("the message is empty. Write what the other agent should hear.")
        if len(message) > LONGEST:
            raise ToolError(
                f"the message has {len(message):,} characters, and at most {LONGEST:,} are taken. Shorten it."
            )
        open_memory(name, home).log.append(Message.said_by(sender, message))
        return f"{name} will hear it the next time that it acts."

    return Tool.of(leave_word, name="message_agent")
