"""The agent of AgentChat by itself: what it hears, says, shows and stores."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("autogen_agentchat")

from agentchat_agents import last_prompt, run, said, speaks, text
from autogen_agentchat.base import Handoff, Response
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
from autogen_core import CancellationToken, ComponentModel, FunctionCall, Image
from autogen_core.models import AssistantMessage, FunctionExecutionResult, FunctionExecutionResultMessage
from autogen_core.tools import FunctionTool
from PIL import Image as Pillow
from pydantic import BaseModel

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.hosts.agentchat import MemGPTChatAgent, listening
from memgpt_autogen.llm.protocols import Completion, Messages, ToolChoice, Tools, Usage
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder, ScriptedLLM, call, says
from memgpt_autogen.tools.tool import Tool

Make = Callable[..., MemGPTChatAgent]


@pytest.fixture
def make_agent(tmp_path: Path) -> Make:
    """Open an agent in one home; each call with the same name opens the same memory."""

    def make(*answers: Any, name: str = "sam", **options: Any) -> MemGPTChatAgent:
        llm = options.pop("llm", None) or ScriptedLLM(*answers)
        return MemGPTChatAgent(name, home=tmp_path / "home", llm=llm, **options)

    return make


async def stream_of(agent: MemGPTChatAgent, *messages: BaseChatMessage) -> list[Any]:
    return [item async for item in agent.on_messages_stream(list(messages), CancellationToken())]


# hearing


def test_it_answers_and_a_later_process_remembers(make_agent: Make) -> None:
    result = run(make_agent(speaks("Hello Ada")).run(task=text("ada", "Hello")))

    assert [(message.source, message.to_text()) for message in result.messages] == [
        ("ada", "Hello"),
        ("sam", "Hello Ada"),
    ]
    assert said(make_agent()) == [("ada", "Hello"), ("sam", "Hello Ada")]


def test_messages_that_are_delivered_again_are_stored_once(make_agent: Make) -> None:
    agent = make_agent(speaks("One"), speaks("Two"))
    told = [text("ada", "Hello"), text("ben", "Hello")]

    run(agent.run(task=told))
    run(make_agent(speaks("Two")).run(task=[*told, text("ada", "And?")]))

    assert said(agent) == [
        ("ada", "Hello"),
        ("ben", "Hello"),
        ("sam", "One"),
        ("ada", "And?"),
        ("sam", "Two"),
    ]


def test_an_id_that_is_given_twice_hides_no_words(make_agent: Make) -> None:
    agent = make_agent()

    run(agent.hear(text("ada", "One", id="1"), text("ada", "Two", id="1"), text("ada", "One", id="1")))

    assert said(agent) == [("ada", "One"), ("ada", "Two")]


def test_its_own_messages_are_old_when_they_are_delivered(make_agent: Make) -> None:
    agent = make_agent(speaks("Hello Ada"), speaks("Again"))
    first = run(agent.run(task="Hello"))

    run(make_agent(speaks("Again")).run(task=[*first.messages, text("ada", "And?")]))

    assert said(agent) == [("user", "Hello"), ("sam", "Hello Ada"), ("ada", "And?"), ("sam", "Again")]


def test_own_words_that_memory_does_not_have_are_stored_as_its_own(make_agent: Make) -> None:
    agent = make_agent(speaks("Yes"))

    run(agent.run(task=[text("ada", "Hello"), text("sam", "I said this elsewhere"), text("ada", "True?")]))

    assert said(agent)[1] == ("sam", "I said this elsewhere")
    assert '"role": "assistant"' in json.dumps(agent.memory.compile())


def test_a_message_has_the_time_at_which_it_was_said(make_agent: Make) -> None:
    agent = make_agent()
    then = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)

    run(agent.hear(text("ada", "Hello", created_at=then)))

    assert agent.memory.log.spoken_tail(1)[0].message.time == then


def test_an_image_is_heard(make_agent: Make) -> None:
    agent = make_agent(speaks("A red square"), vision=True)
    picture = Image(Pillow.new("RGB", (4, 4), "red"))

    run(agent.run(task=MultiModalMessage(content=["What is this?", picture], source="ada")))

    heard = agent.memory.log.spoken_tail(2)[0].message
    assert heard.text.startswith("What is this? [image 1: image/png, ")
    assert "data:image/png;base64," in last_prompt(agent)


class Place(BaseModel):
    city: str
    street: str = ""


def test_a_structured_message_is_heard_as_json_and_as_its_format_says(make_agent: Make) -> None:
    agent = make_agent()
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


def test_what_a_handoff_passes_on_is_heard(make_agent: Make) -> None:
    agent = make_agent()
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


def test_a_run_without_a_task_asks_it_all_the_same(make_agent: Make) -> None:
    agent = make_agent(speaks("Good morning"), speaks("Anybody here?"))

    run(agent.run())
    run(agent.run())

    assert said(agent) == [("sam", "Good morning"), ("sam", "Anybody here?")]
    assert agent.memory.compile()[-1]["role"] != "user"
    assert "It is your turn to speak" in last_prompt(agent)


def test_a_turn_after_a_failed_one_needs_no_reminder(make_agent: Make) -> None:
    agent = make_agent(ModelError("away"), speaks("Here"), model_error="raise")
    task = text("ada", "Hello")

    with pytest.raises(ModelError):
        run(agent.run(task=task))
    run(agent.run(task=task))

    assert said(agent) == [("ada", "Hello"), ("sam", "Here")]
    assert "It is your turn" not in last_prompt(agent)


# speaking


def test_it_reports_the_tokens_of_its_whole_turn(make_agent: Make) -> None:
    agent = make_agent(
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


def test_thoughts_and_memory_calls_are_not_shown(make_agent: Make) -> None:
    items = run(stream_of(make_agent(REMEMBERS, speaks("Noted")), text("user", "I am Ada")))

    assert [type(item) for item in items] == [Response]
    assert items[0].inner_messages == []


def test_thoughts_and_memory_calls_are_shown_where_that_is_wanted(make_agent: Make) -> None:
    agent = make_agent(REMEMBERS, speaks("Noted"), inner_events=True)

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


def test_the_pieces_of_a_streamed_answer_are_its_message(make_agent: Make) -> None:
    llm = Typing(
        says("", call("send_message", message="Let me think.", request_heartbeat=True)),
        speaks("It is on the ninth of May."),
    )
    agent = make_agent(llm=llm, stream=True)

    items = run(stream_of(agent, text("ada", "When?")))

    chunks = [item for item in items if isinstance(item, ModelClientStreamingChunkEvent)]
    message = items[-1].chat_message
    assert len(chunks) > 3
    assert "".join(chunk.content for chunk in chunks) == message.content
    assert {chunk.full_message_id for chunk in chunks} == {message.id}
    assert items[-1].inner_messages == []


def test_a_model_that_fails_becomes_a_notice(make_agent: Make) -> None:
    agent = make_agent(ModelError("the endpoint is away"))

    result = run(agent.run(task="Hello"))

    assert result.messages[-1].to_text() == "[sam cannot answer now: the endpoint is away]"


def test_instructions_of_the_host_are_in_the_prompt(make_agent: Make) -> None:
    agent = make_agent(speaks("Aye"), system_message="You are a pirate.")

    run(agent.run(task="Hello"))

    assert "You are a pirate." in last_prompt(agent)


# tools and handoffs


def stock(article: str) -> str:
    """Return how many of an article there are."""
    return f"12 of {article}"


async def where() -> str:
    """Return where the call runs."""
    return f"loop {id(asyncio.get_running_loop())}"


def test_tools_of_agentchat_run_inside_the_turn(make_agent: Make) -> None:
    tools = [FunctionTool(stock, description="stock"), FunctionTool(where, description="where")]
    agent = make_agent(
        says("", call("stock", article="lamp", request_heartbeat=True)),
        says("", call("where", request_heartbeat=True)),
        speaks("Twelve"),
        tools=tools,
    )

    async def turn() -> tuple[list[Any], int]:
        return await stream_of(agent, text("ada", "How many?")), id(asyncio.get_running_loop())

    items, host_loop = run(turn())

    results = [item.content[0].content for item in items if isinstance(item, ToolCallExecutionEvent)]
    assert results == ["12 of lamp", f"loop {host_loop}"]
    requested = [item.content[0].name for item in items if isinstance(item, ToolCallRequestEvent)]
    assert requested == ["stock", "where"]
    assert items[-1].chat_message.content == "Twelve"


def test_functions_are_tools_too_and_their_calls_are_shown(make_agent: Make) -> None:
    agent = make_agent(
        says("", call("stock", article="lamp", request_heartbeat=True)), speaks("Twelve"), tools=[stock]
    )

    items = run(stream_of(agent, text("ada", "How many?")))

    assert [type(item) for item in items] == [ToolCallRequestEvent, ToolCallExecutionEvent, Response]


def test_an_error_of_a_tool_is_its_result(make_agent: Make) -> None:
    def broken(number: int) -> str:
        """Break."""
        raise ValueError(f"no {number}")

    agent = make_agent(
        says("", call("broken", number=4)),
        speaks("Sorry"),
        tools=[FunctionTool(broken, description="breaks")],
    )

    items = run(stream_of(agent, text("ada", "Do it")))

    result = items[1].content[0]
    assert result.is_error
    assert "no 4" in result.content


def test_an_agent_is_a_tool_of_another_one(make_agent: Make) -> None:
    expert = make_agent(speaks("The ninth of May"), name="expert")
    agent = make_agent(
        says("", call("expert", task="When is the launch?", request_heartbeat=True)),
        speaks("On the ninth"),
        tools=[AgentTool(expert, return_value_as_last_message=True)],
    )

    items = run(stream_of(agent, text("ada", "When?")))

    assert items[1].content[0].content == "The ninth of May"
    assert said(expert) == [("user", "When is the launch?"), ("expert", "The ninth of May")]


def test_a_handoff_ends_the_turn_and_has_its_result_in_the_log(make_agent: Make) -> None:
    agent = make_agent(
        says("", call("send_message", message="Ben knows."), call("transfer_to_ben")),
        speaks("Welcome back"),
        handoffs=["ben"],
    )

    items = run(stream_of(agent, text("ada", "Where is it?")))
    run(agent.run(task=text("ben", "Yours again")))

    message = items[-1].chat_message
    assert isinstance(message, HandoffMessage)
    assert (message.target, message.content) == (
        "ben",
        "Ben knows.\nTransferred to ben, adopting the role of ben immediately.",
    )
    assert not agent.agent.waiting()
    assert "interrupted" not in last_prompt(agent).lower()
    assert [type(item) for item in items[:-1]] == [ToolCallRequestEvent, ToolCallExecutionEvent]


def test_of_two_handoffs_in_one_step_the_first_is_done(make_agent: Make) -> None:
    agent = make_agent(
        says("", call("transfer_to_ben"), call("to_the_desk")),
        speaks("Back"),
        handoffs=["ben", Handoff(target="desk", name="to_the_desk")],
    )

    result = run(agent.run(task="Help"))
    run(agent.run(task="And?"))

    assert isinstance(result.messages[-1], HandoffMessage)
    assert result.messages[-1].target == "ben"
    assert "Not done: you handed over to ben" in last_prompt(agent)


@pytest.mark.parametrize(
    "options",
    [
        {"tools": [FunctionTool(stock, description="", name="archival_memory_search")]},
        {"tools": [FunctionTool(stock, description=""), stock]},
        {"handoffs": [Handoff(target="ben", name="stock")], "tools": [stock]},
    ],
)
def test_names_of_functions_that_are_taken_are_refused(make_agent: Make, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="already"):
        make_agent(**options)


def test_handoffs_of_one_name_are_refused(make_agent: Make) -> None:
    with pytest.raises(ConfigurationError, match="2 handoffs with 1 names"):
        make_agent(handoffs=["ben", Handoff(target="Ben")])


# cancellation, pause and reset


class Slow:
    """A model that answers only when it may."""

    model = "slow"

    def __init__(self, answer: Completion) -> None:
        self._answer = answer
        self.asked, self.may = threading.Event(), threading.Event()

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        self.asked.set()
        self.may.wait(20)
        return self._answer


@pytest.mark.parametrize("by", ["token", "asyncio"])
def test_words_of_a_cancelled_turn_are_not_stored_as_said(make_agent: Make, by: str) -> None:
    slow = Slow(speaks("Too late"))
    agent = make_agent(llm=slow)
    task = text("ada", "Hello")

    async def cancelled() -> None:
        token = CancellationToken()
        running = asyncio.create_task(agent.run(task=task, cancellation_token=token))
        await asyncio.to_thread(slow.asked.wait, 20)
        token.cancel() if by == "token" else running.cancel()
        await asyncio.sleep(0)
        slow.may.set()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        assert running.cancelled()

    run(cancelled())
    run(make_agent(speaks("In time")).run(task=task))

    assert said(agent) == [("ada", "Hello"), ("sam", "In time")]


def test_a_paused_agent_says_nothing_until_it_is_resumed(make_agent: Make) -> None:
    slow = Slow(speaks("Here I am"))
    agent = make_agent(llm=slow)

    async def paused() -> tuple[bool, str]:
        running = asyncio.create_task(agent.run(task="Hello"))
        await asyncio.to_thread(slow.asked.wait, 20)
        await agent.on_pause(CancellationToken())
        slow.may.set()
        await asyncio.sleep(0.3)
        spoke = running.done()
        await agent.on_resume(CancellationToken())
        return spoke, (await running).messages[-1].to_text()

    assert run(paused()) == (False, "Here I am")


def test_a_turn_that_is_cancelled_while_it_is_paused_said_nothing(make_agent: Make) -> None:
    agent = make_agent(speaks("Here I am"))

    async def cancelled() -> None:
        token = CancellationToken()
        await agent.on_pause(token)
        running = asyncio.create_task(agent.run(task="Hello", cancellation_token=token))
        await asyncio.sleep(0.2)
        token.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    run(cancelled())

    assert said(agent) == [("user", "Hello")]


def test_a_reset_ends_the_conversation_and_not_the_memory(make_agent: Make) -> None:
    agent = make_agent(speaks("Noted"), speaks("Lisbon"))

    async def talk() -> None:
        await agent.run(task="I live in Lisbon")
        await agent.on_reset(CancellationToken())
        await agent.run(task="Where do I live?")

    run(talk())

    assert "I live in Lisbon" in last_prompt(agent)


# states and components


def test_a_state_has_no_words_and_is_json(make_agent: Make, tmp_path: Path) -> None:
    agent = make_agent(speaks("Noted"))
    run(agent.run(task="The key is under the mat"))

    state = run(agent.save_state())

    assert json.loads(json.dumps(state)) == {
        "type": "MemGPTChatAgentState",
        "name": "sam",
        "home": str(tmp_path / "home"),
        "seq": agent.memory.log.last_seq(),
    }


def test_a_loaded_state_changes_no_memory(make_agent: Make, caplog: pytest.LogCaptureFixture) -> None:
    agent = make_agent(speaks("One"), speaks("Two"))
    run(agent.run(task="First"))
    state = run(agent.save_state())
    run(agent.run(task="Second"))

    with caplog.at_level(logging.WARNING):
        run(agent.load_state(state))

    assert len(said(agent)) == 4
    assert not caplog.records


def test_a_state_of_another_memory_is_reported(
    make_agent: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    agent = make_agent(speaks("One"))
    run(agent.run(task="First"))
    state = run(agent.save_state())
    other = MemGPTChatAgent("sam", home=tmp_path / "other", llm=ScriptedLLM())

    run(other.load_state(state))
    run(other.load_state({**state, "home": str(tmp_path / "other")}))

    assert "Its memory stays as it is" in caplog.records[0].message
    assert "ends at message 2" in caplog.records[1].message


def test_a_state_of_another_kind_of_agent_is_refused(make_agent: Make) -> None:
    with pytest.raises(ConfigurationError, match="'AssistantAgentState'"):
        run(make_agent().load_state({"type": "AssistantAgentState", "llm_context": {}}))


@pytest.mark.parametrize("name", ["sam-2", "Sam Smith", "2sam", ""])
def test_a_name_that_agentchat_refuses_opens_no_memory(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="identifier"):
        MemGPTChatAgent(name, home=tmp_path / "home")

    assert not (tmp_path / "home").exists()


def test_an_agent_that_may_be_silent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="listening"):
        MemGPTChatAgent("sam", home=tmp_path / "home", owes_answer=False)

    assert not (tmp_path / "home").exists()


@pytest.mark.filterwarnings("ignore:(?s).*SECURITY WARNING")
def test_a_component_opens_the_same_memory_and_model(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = Settings.load(
        home=home, model="gpt-x", base_url="http://localhost:1/v1", api_key="secret", timezone="Europe/Lisbon"
    )
    agent = MemGPTChatAgent(
        "sam",
        "keeps things",
        system_message="Be brief.",
        settings=settings,
        blocks=[Block("team", "We are four.")],
        limits=Limits(steps=7),
        handoffs=["ben"],
        tools=[stock],
        plain_text="deliver",
        inner_events=True,
    )
    run(agent.hear(text("ada", "Hello")))

    dumped = agent.dump_component().model_dump_json()
    again = MemGPTChatAgent.load_component(ComponentModel.model_validate_json(dumped))

    assert "secret" not in dumped
    assert "Hello" not in dumped
    assert said(again) == [("ada", "Hello")]
    assert again.agent.loop.llm.model == "gpt-x"
    assert again.agent.loop.limits.steps == 7
    assert [tool["config"]["name"] for tool in agent.dump_component().config["tools"]] == ["stock"]
    assert (again.name, again.description) == ("sam", "keeps things")


def test_an_agent_without_options_can_be_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_HOME", str(tmp_path / "home"))
    agent = MemGPTChatAgent("sam")

    config = agent.dump_component().config

    assert config["settings"]["home"] == str(tmp_path / "home")
    assert (
        MemGPTChatAgent.load_component(agent.dump_component()).memory.log.agent_id
        == agent.memory.log.agent_id
    )


@pytest.mark.parametrize("option", ["llm", "memory", "approve", "embedder"])
def test_objects_are_not_written_into_a_component(tmp_path: Path, option: str) -> None:
    settings = Settings.load(home=tmp_path / "home")
    values: dict[str, Any] = {
        "llm": ScriptedLLM(),
        "memory": open_memory("sam", settings),
        "approve": lambda _: None,
        "embedder": HashingEmbedder(),
    }
    agent = MemGPTChatAgent("sam", settings=settings, **{option: values[option]})

    with pytest.raises(ConfigurationError, match=f"was given {option} as objects"):
        agent.dump_component()


def test_a_password_in_an_address_is_not_written_into_a_component(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path / "home", model="m", base_url="http://me:secret@localhost:1/v1")

    with pytest.raises(ConfigurationError, match="base_url contains a user and a password"):
        MemGPTChatAgent("sam", settings=settings).dump_component()


def test_a_tool_of_this_package_is_not_written_into_a_component(make_agent: Make, tmp_path: Path) -> None:
    agent = MemGPTChatAgent("sam", home=tmp_path / "home", tools=[Tool.from_function(stock)])

    with pytest.raises(ConfigurationError, match="tool 'stock' cannot be written"):
        agent.dump_component()


# listening


def test_listening_passes_everything_on_and_hears_each_message(make_agent: Make) -> None:
    ours, other = make_agent(), make_agent(speaks("Hello"), name="other")

    async def listened() -> list[Any]:
        return [item async for item in listening(other.run_stream(task="Good morning"), ours)]

    items = run(listened())

    assert [type(item).__name__ for item in items] == ["TextMessage", "TextMessage", "TaskResult"]
    assert said(ours) == [("user", "Good morning"), ("other", "Hello")]


def test_what_a_stream_yielded_before_an_error_is_heard(make_agent: Make) -> None:
    ours = make_agent()

    async def stream() -> Any:
        for number in range(50):
            yield text("ada", str(number))
        raise RuntimeError("the team has failed")

    async def listened() -> None:
        async for _ in listening(stream(), ours):
            pass

    with pytest.raises(RuntimeError, match="the team has failed"):
        run(listened())

    assert said(ours) == [("ada", str(number)) for number in range(50)]


def test_what_was_said_before_the_listener_left_is_heard(make_agent: Make) -> None:
    ours = make_agent()

    async def stream() -> Any:
        for number in range(50):
            yield text("ada", str(number))
            await asyncio.sleep(0)

    async def listened() -> None:
        async with contextlib.aclosing(listening(stream(), ours)) as items:
            async for item in items:
                if item.to_text() == "3":
                    await asyncio.sleep(0.1)
                    return

    run(listened())

    assert said(ours) == [("ada", str(number)) for number in range(50)]
