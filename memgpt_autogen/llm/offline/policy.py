"""The offline model's decision: what to do in this step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from memgpt_autogen.llm.offline.actions import Act, asked, edits, errand, lookup, question_in, rescue
from memgpt_autogen.llm.offline.answers import answer
from memgpt_autogen.llm.offline.prompt import Prompt

STEPS = 8
"""The most steps of a turn, with the answer."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that fits its schema."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    thought: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """An answer."""

    text: str
    thought: str


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing to do: the turn ends without an answer."""

    thought: str


def decide(prompt: Prompt) -> Call | Say | Rest:
    """Return the next step: store, search, answer or rest.

    A turn makes no call twice, and every turn ends.
    """
    if prompt.steps < STEPS - 2:  # one step to answer, one more if the answer is refused
        for act in _wishes(prompt):
            if call := fitted(act, prompt):
                return call
    if not prompt.heard:
        return Rest("Nothing is waiting for me.")
    said = answer(prompt)
    refused = [call.arguments.get("message") for call in prompt.tried if call.name == "send_message"]
    if refused and prompt.steps >= STEPS - 1:
        return Rest("My answer was refused, and this turn was long enough.")
    if said not in refused:
        return Say(said, _closing_thought(prompt))
    if len(refused) == 1:
        return Say(
            "I could not put my answer into words; please ask me again.", "My answer was refused; I say so."
        )
    return Rest("My answer was refused twice; I leave it at that.")


def fitted(act: Act, prompt: Prompt) -> Call | None:
    """Return the call, if its function is offered, accepts the arguments, and did not have them before."""
    tool = prompt.tools.get(act.name)
    arguments = tool.arguments(act.wanted, act.optional) if tool else None
    if arguments is None or any(
        call.name == act.name and _same(call.arguments, arguments) for call in prompt.tried
    ):
        return None
    return Call(act.name, arguments, act.thought)


def _wishes(prompt: Prompt) -> Iterator[Act]:
    """Yield the useful actions before the answer, most important first."""
    yield from edits(prompt)
    if prompt.warned and (saved := rescue(prompt)):
        yield saved
    line = asked(prompt)
    if line is None:
        return
    if helpful := errand(prompt, line):
        yield helpful
        return
    question = question_in(line)
    if question and (search := lookup(prompt, line, question)):
        yield search


def _same(made: Any, wanted: dict[str, Any]) -> bool:
    return {k: v for k, v in made.items() if k != "inner_thoughts"} == {
        k: v for k, v in wanted.items() if k != "inner_thoughts"
    }


def _closing_thought(prompt: Prompt) -> str:
    if prompt.tried:
        return "I have what I need; time to answer."
    return "I can answer this right away."
