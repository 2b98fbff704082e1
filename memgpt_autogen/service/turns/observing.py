"""Whoever counts and traces turns: it learns how long they took and what they used, and no word of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.memory.storage.runs.run_rows import Run


@dataclass(frozen=True, slots=True)
class TurnSeen:
    """How a worker has left a run: ended, suspended, or for another worker (`left`)."""

    state: str = "left"
    stop_reason: str = ""


class TurnObserver(Protocol):
    """Sees the turns of one worker, in the threads that run them."""

    def turn(self, run: Run) -> AbstractContextManager[Callable[[TurnSeen], object]]:
        """Return the block in which a run is played. How it was left is told in it."""

    def model_call(self, model: str) -> AbstractContextManager[Callable[[Usage], object]]:
        """Return the block in which a model is asked once. What it used is told in it if it answers."""


class Unobserved:
    """Nobody sees the turns."""

    def turn(self, run: Run) -> AbstractContextManager[Callable[[TurnSeen], object]]:  # noqa: ARG002 - nobody is told
        """Do nothing."""
        return nullcontext(lambda _: None)

    def model_call(self, model: str) -> AbstractContextManager[Callable[[Usage], object]]:  # noqa: ARG002 - as above
        """Do nothing."""
        return nullcontext(lambda _: None)
