"""What a client hears of a turn that it asked for: the replies, and how it ended."""

from __future__ import annotations

import time
import uuid
from typing import Optional

from memgpt_autogen.mcp_server.access import Said
from memgpt_autogen.memory.storage.runs.run_input import run_input
from memgpt_autogen.memory.storage.runs.run_rows import NewRun
from memgpt_autogen.service.turns.following import Streamed

SAY_SECONDS = 600.0
"""How long `say` waits for the end of a turn. The turn goes on after it."""


def said_run(agent_id: str, speaker: str, text: str, key_id: Optional[str] = None) -> NewRun:
    """Return the run in which this speaker says something to the agent."""
    said = {"text": text, "speaker": speaker}
    return NewRun(agent_id, run_input(said, speaker=speaker), key_id=key_id, id=str(uuid.uuid4()))


class Hearing:
    """Takes the events of one run until its turn ends, or the time is up."""

    def __init__(self, run_id: str, seconds: float) -> None:
        self._run_id = run_id
        self._until = time.monotonic() + seconds
        self._replies: list[str] = []
        self._state = "running"
        self._error: Optional[str] = None

    def take(self, event: Streamed | None) -> bool:
        """Note an event; None is that nothing happened. Return whether nothing more is waited for."""
        if event is None:
            return time.monotonic() >= self._until
        if event.kind == "replied":
            self._replies.append(str(event.data["text"]))
        elif event.kind == "error":
            self._state, self._error = "failed", str(event.data["text"])
            return True
        elif event.kind == "turn_ended":
            reason = str(event.data["stop_reason"])
            self._state = reason if reason in ("suspended", "cancelled") else "ended"
            return True
        return time.monotonic() >= self._until

    def said(self) -> Said:
        """Return what was heard."""
        return Said(self._state, tuple(self._replies), self._run_id, self._error)
