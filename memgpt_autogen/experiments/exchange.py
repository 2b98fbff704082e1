"""One message to an agent, with the reply and the events of the turn."""

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
    """An agent's reply, and the events of its turn."""

    reply: str
    events: Trace
    """Print them, or show them in a notebook."""

    @property
    def ended(self) -> TurnEnded | None:
        """The end of the turn, with its reason and its steps; None if the model or the database failed."""
        return next((event for event in self.events if isinstance(event, TurnEnded)), None)

    @property
    def calls(self) -> tuple[str, ...]:
        """The names of the called functions, in order."""
        return tuple(event.call.name for event in self.events if isinstance(event, ToolCalled))

    def row(self) -> dict[str, Any]:
        """Columns for an experiment: the reply, the stop reason, counts, and the endpoint's token counts."""
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
    """Send a message from this speaker to an agent, in an AutoGen chat of two, and wait for the reply."""
    return Turn(agent.say(text, speaker=speaker), agent.last_turn)
