"""AG2 1.x: an agent whose model is our loop, and an agent of another model with our memory."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hosted import run, said_in, speaks

ag2 = pytest.importorskip("ag2")

from ag2 import (  # noqa: E402
    Agent,
    Context,
    ImageInput,
    KnowledgeConfig,
    MemoryStream,
    TaskConfig,
    TextInput,
    ToolResult,
)
from ag2.compact import CompactTrigger, TailWindowCompact  # noqa: E402
from ag2.events import (  # noqa: E402
    BaseEvent,
    ModelMessage,
    ModelMessageChunk,
    ModelReasoning,
    ModelRequest,
    ModelResponse,
    ToolCallEvent,
    ToolNotFoundEvent,
)
from ag2.knowledge import MemoryKnowledgeStore  # noqa: E402
from ag2.response import PromptedSchema  # noqa: E402
from ag2.testing import TestConfig  # noqa: E402
from ag2.tools import WebSearchTool  # noqa: E402
from ag2.tools.subagents import persistent_stream  # noqa: E402
from pydantic import BaseModel  # noqa: E402

from memgpt_autogen.errors import ConfigurationError, ModelError  # noqa: E402
from memgpt_autogen.hosts.ag2 import SPEAKER, MemGPTModel, MemGPTPlugin  # noqa: E402
from memgpt_autogen.llm.protocols import Completion, Messages, ToolChoice, Tools, Usage  # noqa: E402
from memgpt_autogen.testing import ScriptedLLM, call, says  # noqa: E402

Sam = Callable[..., MemGPTModel]

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def published(stream: MemoryStream) -> list[BaseEvent]:
    """Return a list that gets all events of a stream."""
    events: list[BaseEvent] = []

    async def keep(event: BaseEvent) -> None:
        events.append(event)

    stream.subscribe(keep)
    return events


def test_an_agent_answers_and_remembers_who_said_what(make_model: Sam) -> None:
    model = make_model(speaks("Hello Ada"))

    reply = run(Agent("sam", config=model).ask("Hello", variables={SPEAKER: "ada"}))

    assert reply.body == "Hello Ada"
    assert said_in(model.memory) == [("ada", "Hello"), ("sam", "Hello Ada")]


def test_a_conversation_that_goes_on_is_stored_once(make_model: Sam) -> None:
    model = make_model(speaks("One"), speaks("Two"), speaks("Three"))

    async def talk() -> None:
        reply = await Agent("sam", config=model).ask("First")
        reply = await reply.ask("Second")
        await reply.ask("First")

    run(talk())

    words = ["First", "One", "Second", "Two", "First", "Three"]
    assert [text for _, text in said_in(model.memory)] == words


def test_equal_words_on_another_stream_are_new(make_model: Sam) -> None:
    model = make_model(speaks("One"), speaks("Two"))

    async def talk() -> None:
        for _ in range(2):
            await Agent("sam", config=model).ask("Hello")

    run(talk())

    assert [text for _, text in said_in(model.memory)] == ["Hello", "One", "Hello", "Two"]


def test_a_history_that_was_stored_and_loaded_is_old(make_model: Sam) -> None:
    model = make_model(speaks("One"), speaks("Two"))
    agent = Agent("sam", config=model)

    async def talk() -> None:
        reply = await agent.ask("First")
        stored = [(type(event), event.to_dict()) for event in await reply.history.get_events()]
        stream = MemoryStream()
        await stream.history.replace([kind.from_dict(given) for kind, given in stored])
        await agent.ask("Second", stream=stream)

    run(talk())

    assert [text for _, text in said_in(model.memory)] == ["First", "One", "Second", "Two"]


def test_a_history_that_a_client_sends_again_with_each_request_is_old(make_model: Sam) -> None:
    model = make_model(*map(speaks, ("One", "Two", "Three", "Four")))
    agent = Agent("sam", config=model)

    async def request(*words: str) -> None:
        """Ask as a web server does that is sent the whole chat: new events on a new stream."""
        *past, newest = words
        events = [
            ModelResponse(ModelMessage(text)) if place % 2 else ModelRequest([TextInput(text)])
            for place, text in enumerate(past)
        ]
        stream = MemoryStream()
        await stream.history.replace(events)
        await agent.ask(newest, stream=stream)

    async def talk() -> None:
        await request("First")
        await request("Elsewhere")
        await request("First", "One", "Second")
        await request("First", "One", "Second", "Three", "First")

    run(talk())

    words = ["First", "One", "Elsewhere", "Two", "Second", "Three", "First", "Four"]
    assert [text for _, text in said_in(model.memory)] == words


def test_a_conversation_that_another_agent_began_is_heard_as_a_whole(make_model: Sam) -> None:
    model = make_model(speaks("It is in the shed"))
    other = TestConfig(ModelResponse(ModelMessage("Ask sam"), provider="openai"))

    async def talk() -> None:
        reply = await Agent("clerk", config=other).ask("Where is the ladder?")
        await Agent("sam", config=model).ask("sam?", stream=reply.context.stream)

    run(talk())

    assert said_in(model.memory) == [
        ("user", "Where is the ladder?"),
        ("assistant", "Ask sam"),
        ("user", "sam?"),
        ("sam", "It is in the shed"),
    ]


def test_two_agents_with_memory_on_one_stream_know_who_said_what(make_model: Sam, tmp_path: Path) -> None:
    model = make_model(speaks("I am sam"))
    other = MemGPTModel(
        "ben", home=tmp_path / "home", llm=ScriptedLLM(speaks("I am ben"), speaks("Still ben"))
    )

    async def talk() -> None:
        reply = await Agent("sam", config=model).ask("Who are you?")
        for _ in range(2):
            await Agent("ben", config=other).ask("And you?", stream=reply.context.stream)

    run(talk())

    assert said_in(model.memory) == [("user", "Who are you?"), ("sam", "I am sam")]
    heard = [("user", "Who are you?"), ("sam", "I am sam")]
    assert said_in(other.memory)[:4] == [*heard, ("user", "And you?"), ("ben", "I am ben")]
    assert said_in(other.memory)[4:] == [("user", "And you?"), ("ben", "Still ben")]


def test_each_input_can_name_its_speaker(make_model: Sam) -> None:
    model = make_model(speaks("Good evening"))

    parts = [TextInput("Hello", metadata={SPEAKER: name}) for name in ("ada", "ben")]
    run(Agent("sam", config=model).ask(*parts))

    assert said_in(model.memory)[:2] == [("ada", "Hello"), ("ben", "Hello")]


def test_an_image_is_heard_and_its_text_refers_to_it(make_model: Sam) -> None:
    model = make_model(speaks("A dot"))

    run(Agent("sam", config=model).ask("What is this?", ImageInput(data=PIXEL, media_type="image/png")))

    (_, words), _ = said_in(model.memory)
    assert words.startswith("What is this?\n[image 1: image/png, 70 bytes, sha256 ")
    assert len(model.memory.log.images_shown()) == 1


def test_the_agents_prompt_becomes_instructions(make_model: Sam) -> None:
    llm = ScriptedLLM(speaks("Ahoy"))

    run(Agent("sam", "Speak as a sailor.", config=make_model(llm=llm)).ask("Hello"))

    system = llm.requests[0].messages[0]["content"]
    assert "<instructions>\nSpeak as a sailor.\n</instructions>" in system


def stock(article: str) -> int:
    """Return how many are in stock."""
    return {"lamp": 12}[article]


def test_a_tool_of_the_agent_is_run_by_ag2_and_its_result_continues_the_turn(make_model: Sam) -> None:
    model = make_model(says("", call("stock", article="lamp")), speaks("We have 12"))

    reply = run(Agent("sam", config=model, tools=[stock]).ask("How many lamps?"))

    assert reply.body == "We have 12"
    (result,) = [e.message for e in model.memory.log.everything() if e.message.name == "stock"]
    assert (result.text, result.ok) == ("12", True)
    assert not model.agent.waiting()


def test_a_tool_that_raises_is_a_failed_result_without_a_traceback(make_model: Sam) -> None:
    model = make_model(says("", call("stock", article="owl")), speaks("We have none"))

    run(Agent("sam", config=model, tools=[stock]).ask("How many owls?"))

    (result,) = [e.message for e in model.memory.log.everything() if e.message.name == "stock"]
    assert (result.text, result.ok) == ("KeyError: 'owl'", False)


def test_what_a_final_tool_says_is_stored_as_said(make_model: Sam) -> None:
    model = make_model(says("", call("close_ticket")), speaks("You are welcome"))

    def close_ticket() -> ToolResult:
        """Close the ticket."""
        return ToolResult("The ticket is closed.", final=True)

    async def talk() -> str | None:
        reply = await Agent("sam", config=model, tools=[close_ticket]).ask("Please close it")
        await reply.ask("Thanks")
        return reply.body

    assert run(talk()) == "The ticket is closed."
    words = ["Please close it", "The ticket is closed.", "Thanks", "You are welcome"]
    assert [text for _, text in said_in(model.memory)] == words
    assert not model.agent.waiting()


def test_what_is_put_in_during_a_turn_is_heard(make_model: Sam) -> None:
    model = make_model(says("", call("look")), speaks("I take an umbrella"))

    async def look(context: Context) -> str:
        """Look outside."""
        context.enqueue("It rains")
        return "looked"

    run(Agent("sam", config=model, tools=[look]).ask("Go out"))

    assert [text for _, text in said_in(model.memory)] == ["Go out", "It rains", "I take an umbrella"]


def test_a_stream_that_the_host_compacts_loses_nothing(make_model: Sam) -> None:
    model = make_model(*(speaks(f"Answer {number}") for number in range(6)))
    store, trigger = MemoryKnowledgeStore(), CompactTrigger(max_events=4)
    knowledge = KnowledgeConfig(store=store, compact=TailWindowCompact(target=2), compact_trigger=trigger)

    async def talk() -> None:
        reply = await Agent("sam", config=model, knowledge=knowledge).ask("Question 0")
        for number in range(1, 6):
            reply = await reply.ask(f"Question {number}")

    run(talk())

    words = [f"{kind} {number}" for number in range(6) for kind in ("Question", "Answer")]
    assert [text for _, text in said_in(model.memory)] == words


def test_two_delegations_at_once_to_an_agent_that_keeps_its_stream_are_each_heard_once(
    make_model: Sam,
) -> None:
    model = make_model(*(speaks(f"Answer {number}") for number in range(4)))
    tool = Agent("sam", config=model).as_tool(description="Knows the house", stream=persistent_stream())

    def asks(*questions: str) -> list[ToolCallEvent]:
        given = (json.dumps({"objective": question}) for question in questions)
        return [ToolCallEvent("task_sam", arguments=arguments) for arguments in given]

    boss = Agent("boss", config=TestConfig(asks("One", "Two"), asks("Three"), "Done"), tools=[tool])
    run(boss.ask("Go"))

    assert sorted(text for name, text in said_in(model.memory) if name == "user") == ["One", "Three", "Two"]
    assert len(said_in(model.memory)) == 6


def test_calls_of_memory_functions_and_thoughts_are_not_published(make_model: Sam) -> None:
    note = call("core_memory_append", label="human", content="Ada sails", request_heartbeat=True)
    model = make_model(says("She sails", note), speaks("Nice"))
    stream = MemoryStream()
    events = published(stream)

    run(Agent("sam", config=model).ask("I sail", stream=stream))

    hidden = (ToolCallEvent, ToolNotFoundEvent, ModelReasoning, ModelMessageChunk)
    assert [event for event in events if isinstance(event, hidden)] == []
    assert "Ada sails" in model.memory.core["human"].value


def test_thoughts_are_published_where_they_are_wanted(make_model: Sam) -> None:
    stream = MemoryStream()
    events = published(stream)
    model = make_model(says("She sails", call("send_message", message="Nice")), thoughts=True)

    run(Agent("sam", config=model).ask("I sail", stream=stream))

    assert [event.content for event in events if isinstance(event, ModelReasoning)] == ["She sails"]


class Writing:
    """A model that writes its answer word by word."""

    model = "writing"

    def __init__(self, text: str) -> None:
        self._text = text

    def stream(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Any:
        words = self._text.split(" ")
        for count in range(1, len(words) + 1):
            yield speaks(" ".join(words[:count]))

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        return speaks(self._text)


def test_words_are_published_while_they_are_written(make_model: Sam) -> None:
    stream = MemoryStream()
    events = published(stream)

    reply = run(
        Agent("sam", config=make_model(llm=Writing("One two three"), stream=True)).ask("Count", stream=stream)
    )

    chunks = [event.content for event in events if isinstance(event, ModelMessageChunk)]
    assert len(chunks) > 1
    assert "".join(chunks) == reply.body == "One two three"
    assert [event.content for event in events if isinstance(event, ModelMessage)] == ["One two three"]


def test_whole_answers_are_published_where_the_model_does_not_stream(make_model: Sam) -> None:
    stream = MemoryStream()
    events = published(stream)
    model = make_model(
        says("", call("send_message", message="One", request_heartbeat=True)), speaks("Two"), stream=True
    )

    reply = run(Agent("sam", config=model).ask("Count", stream=stream))

    chunks = [event.content for event in events if isinstance(event, ModelMessageChunk)]
    assert chunks == ["One", "\nTwo"]
    assert "".join(chunks) == reply.body


def test_the_tokens_of_a_whole_turn_are_reported(make_model: Sam) -> None:
    note = call("core_memory_append", label="human", content="Ada sails", request_heartbeat=True)
    model = make_model(
        says("", note, usage=Usage(100, 10)), speaks("Nice", usage=Usage(120, 5, cached_tokens=90))
    )

    async def used() -> Any:
        return (await (await Agent("sam", config=model).ask("I sail")).usage()).total

    usage = run(used())
    assert (usage.prompt_tokens, usage.completion_tokens, usage.cache_read_input_tokens) == (220, 15, 90)


class Weather(BaseModel):
    place: str
    degrees: int


@pytest.mark.parametrize("schema", [Weather, PromptedSchema(Weather)])
def test_a_reply_has_the_form_that_is_asked_for(make_model: Sam, schema: Any) -> None:
    right = '{"place": "Lier", "degrees": 21}'
    model = make_model(speaks("It is warm" if schema is Weather else right), speaks(right))

    async def ask() -> Any:
        agent = Agent("sam", config=model)
        return await (await agent.ask("How warm is it?", response_schema=schema)).content()

    assert run(ask()) == Weather(place="Lier", degrees=21)


def test_a_tool_that_only_a_provider_can_run_is_refused_by_its_name(make_model: Sam) -> None:
    agent = Agent("sam", config=make_model(), tools=[WebSearchTool()])

    with pytest.raises(ConfigurationError, match="cannot use the tool 'web_search'"):
        run(agent.ask("Search"))


def test_another_agent_cannot_use_the_memory(make_model: Sam) -> None:
    with pytest.raises(ConfigurationError, match="agent 'ben' called it"):
        run(Agent("ben", config=make_model()).ask("Hello"))


def test_a_sub_task_cannot_use_the_memory_and_the_agent_reads_why(make_model: Sam) -> None:
    model = make_model(says("", call("run_subtask", task="Count")), speaks("It cannot be done"))

    reply = run(Agent("sam", config=model, tasks=TaskConfig()).ask("Count"))

    (result,) = [e.message for e in model.memory.log.everything() if e.message.name == "run_subtask"]
    assert "it is the argument config of TaskConfig" in result.text
    assert reply.body == "It cannot be done"
    assert [text for _, text in said_in(model.memory)] == ["Count", "It cannot be done"]


def test_the_agent_can_be_the_tool_of_another(make_model: Sam) -> None:
    model = make_model(speaks("Behind the blue door"))
    asks = ToolCallEvent("task_sam", arguments='{"objective": "Where is the key?"}')
    tool = Agent("sam", config=model).as_tool(description="Knows the house")

    reply = run(Agent("ben", config=TestConfig(asks, "It is there"), tools=[tool]).ask("The key?"))

    assert reply.body == "It is there"
    assert said_in(model.memory) == [("user", "Where is the key?"), ("sam", "Behind the blue door")]


def test_a_bad_name_is_refused_before_a_memory_is_opened(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="an agent's name"):
        MemGPTModel("sam smith", home=tmp_path / "home")

    assert not (tmp_path / "home").exists()


def test_two_asks_at_once_each_get_their_own_answer(make_model: Sam) -> None:
    def echo(request: Any) -> Completion:
        asked = [message for message in request.messages if '"user_message"' in str(message["content"])]
        return speaks(f"Answer to {str(asked[-1]['content']).split('Question ')[1][0]}")

    model = make_model(echo, echo, echo)

    async def ask() -> list[str | None]:
        agent = Agent("sam", config=model)
        replies = await asyncio.gather(*(agent.ask(f"Question {number}") for number in range(3)))
        return [reply.body for reply in replies]

    assert run(ask()) == ["Answer to 0", "Answer to 1", "Answer to 2"]


class Slow:
    """A model that answers only when it may."""

    model = "slow"

    def __init__(self, *answers: Any) -> None:
        self._llm = ScriptedLLM(*answers)
        self.asked, self.may = threading.Event(), threading.Event()

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        self.asked.set()
        self.may.wait(20)
        return self._llm.complete(messages, tools, tool_choice)


def test_what_a_cancelled_ask_would_have_answered_is_not_stored_as_said(make_model: Sam) -> None:
    llm = Slow(speaks("Too late"), speaks("Here I am"), speaks("Here I am"))
    model = make_model(llm=llm)

    async def talk() -> None:
        agent = Agent("sam", config=model)
        task = asyncio.create_task(agent.ask("Hello"))
        await asyncio.to_thread(llm.asked.wait, 20)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        llm.may.set()
        await agent.ask("Are you there?")

    run(talk())

    assert said_in(model.memory)[:2] == [("user", "Hello"), ("user", "Are you there?")]
    assert len(said_in(model.memory)) == 3


def test_what_an_ask_was_told_that_is_cancelled_while_it_waits_is_heard(make_model: Sam) -> None:
    llm = Slow(speaks("Here I am"))
    model = make_model(llm=llm)

    async def talk() -> None:
        agent = Agent("sam", config=model)
        first = asyncio.create_task(agent.ask("Hello"))
        await asyncio.to_thread(llm.asked.wait, 20)
        second = asyncio.create_task(agent.ask("I sail"))
        await asyncio.sleep(0.2)
        second.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await second
        llm.may.set()
        await first

    run(talk())

    assert said_in(model.memory) == [("user", "Hello"), ("user", "I sail"), ("sam", "Here I am")]


def test_an_agent_whose_model_fails_says_so(make_model: Sam) -> None:
    model = make_model(ModelError("the endpoint is away"))

    reply = run(Agent("sam", config=model).ask("Hello"))

    assert reply.body == "[sam cannot answer now: the endpoint is away]"
    assert said_in(model.memory) == [("user", "Hello"), ("sam", reply.body)]


def test_the_error_of_a_model_can_be_raised(make_model: Sam) -> None:
    with pytest.raises(ModelError, match="the endpoint is away"):
        run(
            Agent("sam", config=make_model(ModelError("the endpoint is away"), model_error="raise")).ask(
                "Hello"
            )
        )


def test_a_silent_agent_says_nothing(make_model: Sam) -> None:
    model = make_model(says(""), says(""), owes_answer=False)

    assert run(Agent("sam", config=model).ask("Just so you know")).body is None
    assert said_in(model.memory) == [("user", "Just so you know")]


def test_the_plugin_gives_memory_to_an_agent_with_another_model(tmp_path: Path) -> None:
    plugin = MemGPTPlugin("ada", home=tmp_path / "home", human="The boss sails.")
    note = ToolCallEvent("core_memory_append", arguments='{"label": "human", "content": "He has two boats."}')
    seen: list[list[str]] = []

    class Seeing(TestConfig):
        def create(self) -> Any:
            client = super().create()

            async def ask(messages: Any, context: Any, **options: Any) -> ModelResponse:
                seen.append(list(context.prompt))
                return await client(messages, context, **options)

            return ask

    agent = Agent("ada", "Be brief.", config=Seeing(note, "Noted"), plugins=[plugin])
    reply = run(agent.ask("I have two boats", variables={SPEAKER: "boss"}))

    assert reply.body == "Noted"
    assert seen[0][0] == "Be brief."
    assert "The boss sails." in seen[0][-1]
    assert "He has two boats." in seen[1][-1]
    assert said_in(plugin.memory) == [("boss", "I have two boats"), ("ada", "Noted")]


def test_the_plugins_tools_have_our_schemas_and_say_what_is_wrong(tmp_path: Path) -> None:
    plugin = MemGPTPlugin("ada", home=tmp_path / "home")
    wrong = ToolCallEvent("core_memory_append", arguments='{"label": "humna", "content": "x"}')
    config = TestConfig(wrong, "Sorry")
    agent = Agent("ada", config=config, plugins=[plugin])

    async def talk() -> tuple[list[str], str]:
        reply = await agent.ask("Hello")
        schemas = [schema for tool in agent.tools for schema in await tool.schemas(reply.context)]
        results = [each.results for each in await reply.history.get_events() if hasattr(each, "results")]
        return [schema.function.name for schema in schemas], results[0][0].result.parts[0].content

    names, result = run(talk())

    assert {"core_memory_append", "conversation_search", "archival_memory_insert"} <= set(names)
    assert "send_message" not in names
    assert "no block 'humna'" in result


def test_the_plugin_and_the_model_share_one_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    plugin = MemGPTPlugin("sam", home=home)
    run(Agent("sam", config=TestConfig("Noted"), plugins=[plugin]).ask("My boat is called Heron"))

    model = MemGPTModel("sam", home=home)
    reply = run(Agent("sam", config=model).ask("What is my boat called?"))

    assert "Heron" in (reply.body or "")
