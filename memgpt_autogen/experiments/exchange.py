"""One message to an agent, and everything that came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from memgpt_autogen.display.turn_trace import Trace
from memgpt_autogen.events import Evicted, ToolCalled, TurnEnded
from memgpt_autogen.llm.protocols import Usage

if TYPE_CHECKING:
    from memgpt_autogen.conversable import MemGPTAgent


@dataclass(frozen=True, slots=True)
class Turn:
    """What an agent answered, and the events on the way there."""

    reply: str
    events: Trace
    """Print them, or show them in a notebook."""

    @property
    def ended(self) -> TurnEnded | None:
        """Why it ended, after how many steps; None where the model or the database failed."""
        return next((event for event in self.events if isinstance(event, TurnEnded)), None)

    @property
    def calls(self) -> tuple[str, ...]:
        """The names of the functions that were called, in order."""
        return tuple(event.call.name for event in self.events if isinstance(event, ToolCalled))

    def row(self) -> dict[str, Any]:
        """Columns for an experiment: the reply, what it took, and tokens as the endpoint counts them."""
        ended = self.ended
        usage = ended.usage if ended else Usage()
        return {
            "reply": self.reply,
            "stop": ended.stop_reason if ended else "failed",
            "steps": ended.steps if ended else 0,
            "calls": len(self.calls),
            "evictions": sum(isinstance(event, Evicted) for event in self.events),
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
        }


def say(agent: MemGPTAgent, text: str, speaker: str = "user") -> Turn:
    """Say something to an agent as this speaker, in an AutoGen chat of two, and wait for what it does."""
    from autogen import ConversableAgent

    person = ConversableAgent(speaker, llm_config=False, human_input_mode="NEVER")
    agent.receive(text, person, request_reply=False, silent=True)
    reply = agent.generate_reply(sender=person)
    said = reply.get("content") if isinstance(reply, dict) else reply
    return Turn(str(said or ""), agent.last_turn)
