"""The gate between an agent and its model: checks of prompts and answers, and a stand-in for the model."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from memgpt_autogen.errors import CallRefusedError, ModelError
from memgpt_autogen.llm.asking import limits_waits
from memgpt_autogen.llm.protocols import LLM, Completion, Messages, ToolChoice, Tools
from memgpt_autogen.messages import WireMessage


class Gate(Protocol):
    """What a host has put between an agent and its model."""

    @property
    def checks(self) -> bool:
        """Whether prompts and answers are checked now."""

    def stand_in(self) -> LLM | None:
        """Return the model that answers now in place of the agent's own; None where that answers."""

    def check_prompt(self, messages: list[WireMessage]) -> list[WireMessage] | None:
        """Return what the model may read, or None where it must not be asked. It may change `messages`."""

    def check_answer(self, completion: Completion) -> Completion:
        """Return the answer as it may be used."""


class OpenGate:
    """The gate that lets everything through."""

    checks = False

    def stand_in(self) -> LLM | None:
        return None

    def check_prompt(self, messages: list[WireMessage]) -> list[WireMessage] | None:
        return messages

    def check_answer(self, completion: Completion) -> Completion:
        return completion


def checked_prompt(gate: Gate, messages: Sequence[WireMessage]) -> Sequence[WireMessage]:
    """Return what the model may read. Raises `CallRefusedError` where it must not be asked."""
    if not gate.checks:
        return messages
    checked = gate.check_prompt(copy.deepcopy(list(messages)))
    if checked is None:
        raise CallRefusedError("a safeguard refuses this prompt, so the model was not asked.")
    return checked


@dataclass(frozen=True, slots=True)
class GatedSummaries:
    """The model that writes summaries, behind the gate. A stand-in for the agent's model writes none."""

    llm: LLM
    gate: Gate

    @property
    def model(self) -> str:
        return self.llm.model

    @property
    def limits_waits(self) -> bool:
        """Whether the model ends its waits itself."""
        return limits_waits(self.llm)

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        if self.gate.stand_in() is not None:
            raise ModelError("the stand-in for the model writes no summaries.")
        return self.gate.check_answer(
            self.llm.complete(checked_prompt(self.gate, messages), tools, tool_choice)
        )
