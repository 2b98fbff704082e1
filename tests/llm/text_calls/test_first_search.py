"""What a rule searches before a model without function calling is asked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from loops import MemoryFactory, story

from memgpt_autogen.assembly import open_loop
from memgpt_autogen.llm.text_calls.plain import PlainLLM
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import ScriptedLLM, says

SAID = says(
    json.dumps({"thought": "So it is.", "function": "send_message", "arguments": {"message": "In Lima."}})
)


def ask(memory: MemoryHierarchy, question: str, **options: Any) -> tuple[list[str], ScriptedLLM]:
    """Return the story of a turn that answers the question, and the model that was asked."""
    model = ScriptedLLM(SAID)
    loop = open_loop(memory, PlainLLM(model), **options)
    return story(loop.run([Message.said_by("ana", question)])), model


@pytest.mark.parametrize("stream", [False, True])
def test_the_model_reads_a_question_together_with_what_was_said(
    make_memory: MemoryFactory, stream: bool
) -> None:
    memory = make_memory()
    memory.log.append(Message.said_by("olaf", "The boat goes to Lima."))

    told, model = ask(memory, "Where does the boat of Olaf go?", stream=stream)

    (request,) = model.requests
    assert "olaf: The boat goes to Lima." in request.messages[-1]["content"]
    assert told[-2:] == ["says In Lima.", "TurnEnded yielded"]


@pytest.mark.parametrize(
    "message", ["How are you?", "And you?", "Olaf flies to Lima in May.", "Lima? I was there in May.", "?"]
)
def test_what_asks_about_nothing_is_not_searched_for(make_memory: MemoryFactory, message: str) -> None:
    memory = make_memory()
    memory.log.append(Message.said_by("olaf", "The boat goes to Lima. How are you?"))

    told, _ = ask(memory, message)

    assert not any("conversation_search" in each for each in told)


def test_what_nobody_said_is_searched_in_archival_memory(make_memory: MemoryFactory) -> None:
    memory = make_memory()
    memory.archival.insert("The boiler is drained in winter.")

    _, model = ask(memory, "When is the boiler drained?")

    (request,) = model.requests
    assert "The boiler is drained in winter." in request.messages[-1]["content"]


def test_a_question_that_nothing_answers_comes_to_the_model_after_both_searches(
    make_memory: MemoryFactory,
) -> None:
    told, model = ask(make_memory(), "Where is the lighthouse?")

    assert [each.split()[1] for each in told if each.startswith("calls")] == [
        "conversation_search",
        "archival_memory_search",
        "send_message",
    ]
    assert len(model.requests) == 1


def test_the_last_step_of_a_turn_is_the_models_own(make_memory: MemoryFactory) -> None:
    """A turn that may not go on must answer, so its last step is not a search by rule."""
    told, model = ask(make_memory(), "Where is the lighthouse?", limits=Limits(steps=1))

    assert len(model.requests) == 1
    assert told[-2] == "says In Lima."
