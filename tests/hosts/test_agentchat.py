"""The agent of AgentChat by itself: what it hears, and what it says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("autogen_agentchat")

from agentchat_agents import last_prompt, said, stream_of, text
from autogen_agentchat.base import Response
from autogen_agentchat.messages import (
    BaseChatMessage,
    HandoffMessage,
    ModelClientStreamingChunkEvent,
    MultiModalMessage,
    StructuredMessage,
    ThoughtEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
)
from autogen_agentchat.tools import AgentTool
from autogen_core import FunctionCall, Image
from autogen_core.models import AssistantMessage, FunctionExecutionResult, FunctionExecutionResultMessage
from hosted import run, speaks
from PIL import Image as Pillow
from pydantic import BaseModel
from storage_faults import FAULTS, Fault

from memgpt_autogen.errors import ModelError
from memgpt_autogen.hosts.agentchat import MemGPTChatAgent
from memgpt_autogen.llm.protocols import Completion, Messages, ToolChoice, Tools, Usage
from memgpt_autogen.testing import ScriptedLLM, call, says

Make = Callable[..., MemGPTChatAgent]


def test_it_answers_and_a_later_process_remembers(member: Make) -> None:
    result = run(member(speaks("Hello Ada")).run(task=text("ada", "Hello")))

    assert [(message.source, message.to_text()) for message in result.messages] == [
        ("ada", "Hello"),
        ("sam", "Hello Ada"),
    ]
    assert said(member()) == [("ada", "Hello"), ("sam", "Hello Ada")]


def test_messages_that_are_delivered_again_are_stored_once(member: Make) -> None:
    agent = member(speaks("One"), speaks("Two"))
    told = [text("ada", "Hello"), text("ben", "Hello")]

    run(agent.run(task=told))
    run(member(speaks("Two")).run(task=[*told, text("ada", "And?")]))

    assert said(agent) == [
        ("ada", "Hello"),
        ("ben", "Hello"),
        ("sam", "One"),
        ("ada", "And?"),
        ("sam", "Two"),
    ]


def test_an_id_that_is_given_twice_hides_no_words(member: Make) -> None:
    agent = member()

    run(agent.hear(text("ada", "One", id="1"), text("ada", "Two", id="1"), text("ada", "One", id="1")))

    assert said(agent) == [("ada", "One"), ("ada", "Two")]


def test_its_own_messages_are_old_when_they_are_delivered(member: Make) -> None:
    agent = member(speaks("Hello Ada"), speaks("Again"))
    first = run(agent.run(task="Hello"))

    run(member(speaks("Again")).run(task=[*first.messages, text("ada", "And?")]))

    assert said(agent) == [("user", "Hello"), ("sam", "Hello Ada"), ("ada", "And?"), ("sam", "Again")]


def test_its_own_message_is_old_also_when_others_have_spoken_since(member: Make) -> None:
    agent = member(speaks("Hello Ada"))
    answer = run(agent.run(task=text("ada", "Hello"))).messages[-1]
    assert isinstance(answer, BaseChatMessage)

    run(agent.hear(text("ben", "Hello too")))
    run(agent.hear(answer))

    assert said(agent) == [("ada", "Hello"), ("sam", "Hello Ada"), ("ben", "Hello too")]


def test_own_words_that_memory_does_not_have_are_stored_as_its_own(member: Make) -> None:
    agent = member(speaks("Yes"))

    run(agent.run(task=[text("ada", "Hello"), text("sam", "I said this elsewhere"), text("ada", "True?")]))

    assert said(agent)[1] == ("sam", "I said this elsewhere")
    assert '"role": "assistant"' in json.dumps(agent.memory.compile())


def test_a_message_has_the_time_at_which_it_was_said(member: Make) -> None:
    agent = member()
    then = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)

    run(agent.hear(text("ada", "Hello", created_at=then)))

    assert agent.memory.log.spoken_tail(1)[0].message.time == then


def test_an_image_is_heard(member: Make) -> None:
    agent = member(speaks("A red square"), vision=True)
    picture = Image(Pillow.new("RGB", (4, 4), "red"))

    run(agent.run(task=MultiModalMessage(content=["What is this?", picture], source="ada")))

    heard = agent.memory.log.spoken_tail(2)[0].message
    assert heard.text.startswith("What is this? [image 1: image/png, ")
    assert "data:image/png;base64," in last_prompt(agent)


class Place(BaseModel):
    city: str
    street: str = ""


def test_a_structured_message_is_heard_as_json_and_as_its_format_says(member: Make) -> None:
    agent = member()
    place = Place(city="Lisbon")

    run(
        agent.hear(
            StructuredMessage[Place](content=place, source="ada"),
            StructuredMessage[Place](content=place, source="ada", format_string="I am in {city}"),
            StructuredMessage[Place](content=place, source="ada", format_string="{no_such_field}"),
        )
    )

    words = [each for _, each in said(agent)]
    assert words[:2] == ['{"city":"Lisbon","street":""}', "I am in Lisbon"]
    assert "Lisbon" in words[2]


def test_what_a_handoff_passes_on_is_heard(member: Make) -> None:
    agent = member()
    looked_up = FunctionExecutionResult(content="12", name="stock", call_id="c1", is_error=False)
    message = HandoffMessage(
        content="Yours",
        source="ada",
        target="sam",
        context=[
            AssistantMessage(content=[FunctionCall("c1", '{"article": "lamp"}', "stock")], source="ada"),
            FunctionExecutionResultMessage(content=[looked_up]),
        ],
    )

    run(agent.hear(message))

    assert said(agent) == [
        ("ada", '[calls stock({"article": "lamp"})]\n[result of a tool call] 12\nYours'),
    ]


def test_a_run_without_a_task_asks_it_all_the_same(member: Make) -> None:
    agent = member(speaks("Good morning"), speaks("Anybody here?"))

    run(agent.run())
    run(agent.run())

    assert said(agent) == [("sam", "Good morning"), ("sam", "Anybody here?")]
    assert agent.memory.compile()[-1]["role"] != "user"
    assert "It is your turn to speak" in last_prompt(agent)


def test_a_turn_after_a_failed_one_needs_no_reminder(member: Make) -> None:
    agent = member(ModelError("away"), speaks("Here"), model_error="raise")
    task = text("ada", "Hello")

    with pytest.raises(ModelError):
        run(agent.run(task=task))
    run(agent.run(task=task))

    assert said(agent) == [("ada", "Hello"), ("sam", "Here")]
    assert "It is your turn" not in last_prompt(agent)


def test_runs_at_once_follow_each_other_and_each_answers_its_own_task(member: Make) -> None:
    agent = member(llm=ScriptedLLM(otherwise=lambda request: speaks(_newest(request))))

    async def together() -> list[str]:
        runs = [agent.run(task=text(f"user{number}", f"Number {number}")) for number in range(4)]
        return [result.messages[-1].to_text() for result in await asyncio.gather(*runs)]

    assert run(together()) == [f"Number {number}" for number in range(4)]


def _newest(request: Any) -> str:
    return str(json.loads(request.messages[-1]["content"])["message"])


def test_an_agent_that_would_wait_for_itself_is_told_so(member: Make) -> None:
    async def ask_tom(task: str) -> str:
        """Ask Tom."""
        return (await tom.run(task=task)).messages[-1].to_text()

    sam = member(says("", call("ask_tom", task="And?")), speaks("He is busy"), tools=[ask_tom])
    asks_sam = says("", call("sam", task="Ask Tom", request_heartbeat=True))
    tom = member(asks_sam, speaks("Never mind"), tools=[AgentTool(sam)], name="tom")

    result = run(tom.run(task="Begin"))

    assert result.messages[-1].to_text() == "Never mind"
    assert said(sam) == [("user", "Ask Tom"), ("sam", "He is busy")]
    assert "is in the middle of a turn" in last_prompt(sam)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_what_it_hears_while_the_database_is_away_is_stored_later(
    member: Make, tmp_path: Path, fault: Fault
) -> None:
    agent = member(speaks("Back"))
    told = [text("ada", "One"), text("ben", "Two")]

    with fault(tmp_path / "home"):
        run(agent.hear(told[0]))
        failed = run(agent.run(task=told))
    run(agent.run(task=[*told, text("ada", "Three")]))

    assert "cannot answer now" in failed.messages[-1].to_text()
    assert [each for each in said(agent) if each[0] != "sam"] == [
        ("ada", "One"),
        ("ben", "Two"),
        ("ada", "Three"),
    ]
    assert said(agent)[-1] == ("sam", "Back")


def test_it_reports_the_tokens_of_its_whole_turn(member: Make) -> None:
    agent = member(
        says(
            "",
            call("core_memory_append", label="human", content="Ada", request_heartbeat=True),
            usage=Usage(100, 10),
        ),
        says("", call("send_message", message="Noted"), usage=Usage(120, 5)),
    )

    answer = run(agent.run(task="I am Ada")).messages[-1]

    assert answer.models_usage is not None
    assert (answer.models_usage.prompt_tokens, answer.models_usage.completion_tokens) == (220, 15)


REMEMBERS = says(
    "She is Ada.", call("core_memory_append", label="human", content="Ada", request_heartbeat=True)
)


def test_thoughts_and_memory_calls_are_not_shown(member: Make) -> None:
    items = run(stream_of(member(REMEMBERS, speaks("Noted")), text("user", "I am Ada")))

    assert [type(item) for item in items] == [Response]
    assert items[0].inner_messages == []


def test_thoughts_and_memory_calls_are_shown_where_that_is_wanted(member: Make) -> None:
    agent = member(REMEMBERS, speaks("Noted"), inner_events=True)

    items = run(stream_of(agent, text("user", "I am Ada")))

    assert [type(item) for item in items] == [
        ThoughtEvent,
        ToolCallRequestEvent,
        ToolCallExecutionEvent,
        Response,
    ]
    assert items[-1].inner_messages == items[:-1]


class Typing(ScriptedLLM):
    """A scripted model that writes its answers in pieces."""

    def stream(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Any:
        whole = self.complete(messages, tools, tool_choice)
        for size in (18, 24, 10_000):
            calls = tuple(type(each)(each.id, each.name, each.arguments[:size]) for each in whole.tool_calls)
            yield Completion(whole.text, calls, whole.usage, whole.finish_reason)


def test_the_pieces_of_a_streamed_answer_are_its_message(member: Make) -> None:
    llm = Typing(
        says("", call("send_message", message="Let me think.", request_heartbeat=True)),
        speaks("It is on the ninth of May."),
    )
    agent = member(llm=llm, stream=True)

    items = run(stream_of(agent, text("ada", "When?")))

    chunks = [item for item in items if isinstance(item, ModelClientStreamingChunkEvent)]
    message = items[-1].chat_message
    assert len(chunks) > 3
    assert "".join(chunk.content for chunk in chunks) == message.content
    assert {chunk.full_message_id for chunk in chunks} == {message.id}
    assert items[-1].inner_messages == []


def test_a_model_that_fails_becomes_a_notice(member: Make) -> None:
    agent = member(ModelError("the endpoint is away"))

    result = run(agent.run(task="Hello"))

    assert result.messages[-1].to_text() == "[sam cannot answer now: the endpoint is away]"


def test_instructions_of_the_host_are_in_the_prompt(member: Make) -> None:
    agent = member(speaks("Aye"), system_message="You are a pirate.")

    run(agent.run(task="Hello"))

    assert "You are a pirate." in last_prompt(agent)
