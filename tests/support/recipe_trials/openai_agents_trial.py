"""The session of the OpenAI Agents SDK, with a model that follows a script."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from agents import Agent, Model, ModelResponse, Runner, Usage, function_tool
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText
from openai_agents_memory import MemGPTSession, ask
from trial import Trials, classic_answer, memory_of, said

tries = Trials()


class Scripted(Model):
    """Gives these answers: a text, or a call as its name and arguments. It keeps what it was given."""

    def __init__(self, *answers: Any) -> None:
        self.answers = [*answers]
        self.given: list[Any] = []

    async def get_response(self, *_: Any, **given: Any) -> ModelResponse:
        self.given.append((given["system_instructions"], json.loads(json.dumps(given["input"]))))
        answer = self.answers.pop(0)
        number = str(len(self.given))
        if isinstance(answer, str):
            text = ResponseOutputText(text=answer, type="output_text", annotations=[], logprobs=[])
            output: Any = ResponseOutputMessage(
                id=f"m{number}", content=[text], role="assistant", status="completed", type="message"
            )
        else:
            name, arguments = answer
            output = ResponseFunctionToolCall(
                call_id=f"c{number}", name=name, arguments=json.dumps(arguments), type="function_call"
            )
        return ModelResponse(output=[output], usage=Usage(), response_id=None)

    def stream_response(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError


def asked(home: str, question: str, model: Scripted, session: str = "one", speaker: str = "ada") -> str:
    return asyncio.run(ask(question, model, session=session, speaker=speaker, home=home))


@tries
def a_later_run_gets_the_conversation_and_a_search_finds_the_rest(home: str) -> None:
    asked(home, "The spare key lies under the third flowerpot.", Scripted("Noted."))
    model = Scripted(("search_memory", {"query": "spare key"}), "Under the third flowerpot.")

    assert asked(home, "Where is the spare key?", model, session="two", speaker="ben") == (
        "Under the third flowerpot."
    )

    first, second = (items for _, items in model.given)
    assert [item["content"] for item in first] == ["Where is the spare key?"]  # a session of its own
    assert "third flowerpot" in second[-1]["output"]
    assert "ada" in second[-1]["output"]


@tries
def calls_and_results_come_back_as_they_were(home: str) -> None:
    @function_tool
    def stock(article: str) -> str:
        """How many are there?"""
        return "12"

    memory = memory_of(home)
    agent = Agent(name="sam", tools=[stock], model=Scripted(("stock", {"article": "lamp"}), "There are 12."))
    asyncio.run(Runner.run(agent, "How many lamps?", session=MemGPTSession("one", memory, "ada")))
    again = Scripted("Still 12.")
    agent = Agent(name="sam", tools=[stock], model=again)
    asyncio.run(Runner.run(agent, "And now?", session=MemGPTSession("one", memory_of(home), "ada")))

    ((_, items),) = again.given
    assert [item.get("type") or item["role"] for item in items] == [
        "user",
        "function_call",
        "function_call_output",
        "message",
        "user",
    ]
    assert items[1]["arguments"] == '{"article": "lamp"}'
    assert items[2] == {"call_id": "c1", "output": "12", "type": "function_call_output"}
    assert said(memory) == [
        ("ada", "How many lamps?"),
        ("sam", "There are 12."),
        ("ada", "And now?"),
        ("sam", "Still 12."),
    ]


@tries
def odd_items_and_limits_are_kept(home: str) -> None:
    async def run() -> None:
        session = MemGPTSession("one", memory_of(home), "ada")
        items: list[Any] = [
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAA"},
            {"role": "user", "content": [{"type": "input_image", "image_url": "data:image/png;base64,AA=="}]},
            {"role": "user", "content": [{"type": "input_text", "text": "What is this?"}]},
            {"role": "developer", "content": "Be brief."},
            {"role": "assistant", "content": None},
        ]
        await session.add_items([])
        await session.add_items(items)
        assert await session.get_items() == items
        assert await session.get_items(2) == items[-2:]
        assert await session.get_items(0) == []
        assert await session.get_items(99) == items
        assert await MemGPTSession("two", memory_of(home), "ada").get_items() == []

    asyncio.run(run())
    assert said(memory_of(home)) == [("ada", "What is this?")]


@tries
def an_item_that_was_popped_is_not_said_any_more(home: str) -> None:
    async def run() -> None:
        session = MemGPTSession("one", memory_of(home), "ada")
        items: list[Any] = [{"role": "user", "content": text} for text in ("I like tea.", "I like coffee.")]
        await session.add_items(items)
        assert await session.pop_item() == items[1]
        assert await session.get_items() == items[:1]
        assert said(session.memory) == [("ada", "I like tea.")]
        assert session.memory.recall.search("coffee").total == 0
        await session.clear_session()
        assert await session.get_items() == []
        assert await session.pop_item() is None
        await session.add_items(items[1:])
        assert await session.get_items() == items[1:]

    asyncio.run(run())


@tries
def forgetting_reaches_the_items(home: str) -> None:
    memory = memory_of(home)
    session = MemGPTSession("one", memory, "ada")
    asyncio.run(session.add_items([{"role": "user", "content": "The code is zebra."}]))

    memory.forget(query="zebra")

    assert "zebra" not in str(asyncio.run(session.get_items()))


@tries
def the_agent_of_classic_autogen_knows_what_was_said(home: str) -> None:
    asked(home, "The spare key lies under the third flowerpot.", Scripted("Noted."))

    assert "third flowerpot" in classic_answer(home, "Where does the spare key lie?")


tries.run()
