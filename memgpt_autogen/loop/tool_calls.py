"""The tool calls of a step: which of them may run, what they return, and what others hear of it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal

from memgpt_autogen.events import Event, Replied, ToolCalled, ToolReturned
from memgpt_autogen.loop.turn import TurnState
from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.memory.storage.turn_lock import TurnLock
from memgpt_autogen.messages import Message, ToolCall, spoken_text
from memgpt_autogen.tools.approval import LATER, Approve, denied
from memgpt_autogen.tools.memory.conversation import SEND_MESSAGE
from memgpt_autogen.tools.tool import Tool
from memgpt_autogen.tools.toolbox import Outcome, Reading


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one call: what the log gets, and what is reported."""

    messages: list[Message]
    events: list[Event]
    ok: bool


class ToolCalls:
    """Runs the calls of one agent's model. `approve` is asked before a tool with `approval` is run."""

    def __init__(self, log: Log, lock: TurnLock, approve: Approve | Literal["later"] | None) -> None:
        self._log = log
        self._lock = lock
        self._approve = approve

    def run(self, turn: TurnState, reading: Reading) -> Generator[Event, None, bool]:
        """Run one call, log its result and return whether it succeeded. Someone else runs a foreign call."""
        call = reading.call
        yield ToolCalled(call)
        if call.name in turn.foreign_names and reading.error is None and turn.limit is None:
            turn.waiting.append(call)
            return True
        if self._waits_for_approval(turn, reading):
            turn.waiting.append(call)
            turn.unapproved.append(call.id)
            return True
        turn.watch.waits()
        result = self.execute(turn, reading)
        self._log.append(*result.messages)
        yield from result.events
        return result.ok

    def run_approved(self, turn: TurnState, call: ToolCall) -> Generator[Event, None, None]:
        """Run a call that is in the log and was allowed, and log its result."""
        turn.watch.waits()
        result = self.execute(turn, turn.toolbox.read(call), approved=True)
        self._log.append(*result.messages)
        yield from result.events

    def execute(self, turn: TurnState, reading: Reading, *, approved: bool = False) -> Result:
        """Run one call. What it says to the others is a reply of the turn."""
        call, outcome = reading.call, self._outcome(turn, reading, approved=approved)
        messages = [Message.result_of(call, outcome.text, ok=outcome.ok)]
        events: list[Event] = [ToolReturned(call, outcome.text, outcome.ok)]
        said = spoken_text(call) if outcome.ok else None
        if outcome.ok and call.name != SEND_MESSAGE:
            tool = turn.toolbox.get(call.name)
            if tool is not None and tool.returns_directly and outcome.text.strip():
                said = outcome.text
                messages.append(Message("assistant", said, "spoken", extra=turn.extra))
                turn.stop = "yielded"
        if said:
            events.append(Replied(said))
            turn.owes_answer = False
        return Result(messages, events, outcome.ok)

    def _waits_for_approval(self, turn: TurnState, reading: Reading) -> bool:
        """Return whether only an approval is missing, which will be given later."""
        tool = turn.toolbox.get(reading.call.name)
        if self._approve != LATER or tool is None or not tool.approval or reading.error is not None:
            return False
        if turn.limit is not None or self._is_too_often(turn, tool):
            return False
        return tool.needs_approval(reading.arguments)

    def _outcome(self, turn: TurnState, reading: Reading, *, approved: bool = False) -> Outcome:
        """Return the outcome of one call, which is run where the turn and the tool's own rules allow it."""
        call = reading.call
        if turn.limit is not None and call.name != SEND_MESSAGE and not approved:
            return Outcome("Not run: in the last step of a turn there is only time to answer.", ok=False)
        turn.made[call.name, call.arguments] += 1
        times = turn.made[call.name, call.arguments]
        if times >= turn.limits.same_call:
            turn.repeated = True
            return Outcome(
                f"Not run: {call.name} was called with these arguments {times} times in this turn. "
                "Do something else.",
                ok=False,
            )
        tool = turn.toolbox.get(call.name)
        with self._lock.tool_running():
            refused = (
                self._refused(turn, tool, reading, approved=approved)
                if tool and reading.error is None
                else None
            )
            return refused or turn.toolbox.run(reading, others=turn.foreign_names)

    def _refused(
        self, turn: TurnState, tool: Tool, reading: Reading, *, approved: bool = False
    ) -> Outcome | None:
        """Return what the model is told where the tool's own rules forbid this call."""
        most = tool.most_per_turn
        if self._is_too_often(turn, tool):
            often = "once" if most == 1 else f"{most} times"
            return Outcome(
                f"Not run: {tool.name} is run at most {often} in a turn. Go on with what you have.", ok=False
            )
        if tool.approval and not approved and tool.needs_approval(reading.arguments):
            if self._approve is None or self._approve == LATER:
                return Outcome(
                    f"Not run: {tool.name} needs somebody's approval, and nobody is here to give it. Go on "
                    "without it.",
                    ok=False,
                )
            approval = self._approve(reading.call)
            if not approval.allowed:
                return Outcome(denied(reading.call, approval.reason), ok=False)
        turn.ran[tool.name] += 1
        return None

    @staticmethod
    def _is_too_often(turn: TurnState, tool: Tool) -> bool:
        return tool.most_per_turn is not None and turn.ran[tool.name] >= tool.most_per_turn
