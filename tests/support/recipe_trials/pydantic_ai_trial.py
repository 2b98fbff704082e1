"""The capability for pydantic-ai, with a model that follows a script."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai_memory import MemGPTMemory, ask
from trial import Trials, classic_answer, memory_of, said

tries = Trials()


def scripted(*answers: Any, seen: list[tuple[str, list[ModelMessage]]] | None = None) -> FunctionModel:
    """Return a model that gives these answers: a text, a call as its name and arguments, or an error."""
    left = [*answers]

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        if seen is not None:
            seen.append((info.instructions or "", [*messages]))
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return ModelResponse(
            parts=[TextPart(given) if isinstance(given, str) else ToolCallPart(given[0], given[1])]
        )

    return FunctionModel(answer)


def asked(home: str, question: str, model: FunctionModel, speaker: str = "ada") -> str:
    return asyncio.run(ask(question, model, speaker=speaker, home=home))


@tries
def the_model_edits_core_memory_and_sees_it_in_its_next_request(home: str) -> None:
    seen: list[tuple[str, list[ModelMessage]]] = []
    edit = "core_memory_append", {"label": "human", "content": "Ada lives in Bergen."}

    assert asked(home, "I live in Bergen.", scripted(edit, "Noted.", seen=seen)) == "Noted."

    before, after = (instructions for instructions, _ in seen)
    assert "Bergen" not in before
    assert "Ada lives in Bergen." in after
    assert said(memory_of(home)) == [("ada", "I live in Bergen."), ("sam", "Noted.")]


@tries
def another_run_finds_what_was_said_and_by_whom(home: str) -> None:
    asked(home, "The spare key lies under the third flowerpot.", scripted("Noted."))
    seen: list[tuple[str, list[ModelMessage]]] = []
    search = "conversation_search", {"query": "spare key"}
    asked(home, "Where is it?", scripted(search, "There.", seen=seen), speaker="ben")

    result = str(seen[1][1][-1].parts[0].content)  # type: ignore[union-attr]
    assert "third flowerpot" in result
    assert "ada" in result


@tries
def an_error_of_a_tool_is_a_retry(home: str) -> None:
    wrong = "core_memory_append", {"label": "humna", "content": "x"}
    right = "core_memory_append", {"label": "human", "content": "Likes tea."}
    seen: list[tuple[str, list[ModelMessage]]] = []

    asked(home, "I like tea.", scripted(wrong, right, "Noted.", seen=seen))

    assert "humna" in str(seen[1][1][-1].parts[0].content)  # type: ignore[union-attr]
    assert memory_of(home).core["human"].value == "Likes tea."


@tries
def what_was_told_is_kept_when_the_model_fails(home: str) -> None:
    try:
        asked(home, "The heating is off.", scripted(RuntimeError("the endpoint is away")))
    except RuntimeError:
        pass
    else:
        raise AssertionError("the run did not fail")

    assert said(memory_of(home)) == [("ada", "The heating is off.")]


@tries
def a_history_that_is_given_back_is_not_stored_again(home: str) -> None:
    memory = memory_of(home)
    agent = Agent(scripted("Hello Ada.", "You are welcome."), capabilities=[MemGPTMemory(memory, "ada")])

    async def talk() -> None:
        first = await agent.run("Hello")
        await agent.run("Thanks", message_history=first.all_messages())

    asyncio.run(talk())
    assert said(memory) == [
        ("ada", "Hello"),
        ("sam", "Hello Ada."),
        ("ada", "Thanks"),
        ("sam", "You are welcome."),
    ]


@tries
def a_run_can_name_its_speaker_and_have_an_output_with_a_form(home: str) -> None:
    class City(BaseModel):
        name: str

    memory = memory_of(home)
    form = FunctionModel(
        lambda _, info: ModelResponse([ToolCallPart(info.output_tools[0].name, {"name": "Bergen"})])
    )
    agent: Agent[None, City] = Agent(form, output_type=City)

    asyncio.run(agent.run("Where?", capabilities=[MemGPTMemory(memory, "ben")]))

    assert said(memory) == [("ben", "Where?"), ("sam", '{"name":"Bergen"}')]


@tries
def the_agent_of_classic_autogen_knows_what_was_said(home: str) -> None:
    asked(home, "The spare key lies under the third flowerpot.", scripted("Noted."))

    assert "third flowerpot" in classic_answer(home, "Where does the spare key lie?")


tries.run()
