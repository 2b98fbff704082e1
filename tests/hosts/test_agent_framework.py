"""The agent as a chat client of agent-framework: a stock `Agent` has it as its model."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
import storage_faults
from hosted import run, speaks

pytest.importorskip("agent_framework")

from agent_framework import (
    Agent,
    AgentSession,
    ChatResponse,
    Content,
    FunctionTool,
    InMemoryHistoryProvider,
    Message,
    chat_middleware,
    tool,
)
from framework_models import Scripted, heard
from pydantic import BaseModel

from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.hosts.agent_framework import MemGPTClient
from memgpt_autogen.llm.protocols import Completion, Messages, ToolChoice, Tools, Usage
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.testing import ScriptedLLM, call, says

Make = Callable[..., MemGPTClient]


def requests(client: MemGPTClient) -> list[Any]:
    llm = client.hosted.loop.llm
    assert isinstance(llm, ScriptedLLM)
    return llm.requests


@tool(approval_mode="never_require")
def price(fruit: str) -> str:
    """Return the price of a fruit."""
    return f"{fruit}: 3 euros"


@tool(approval_mode="always_require")
def order(fruit: str) -> str:
    """Order a fruit."""
    return f"{fruit} ordered"


def test_a_stock_agent_answers_and_remembers_without_a_history_of_the_host(make_client: Make) -> None:
    client = make_client(speaks("Hello"), speaks("You said hi"))
    agent = client.as_agent()
    session = agent.create_session()

    answers = [run(agent.run(text, session=session)).text for text in ("Hi", "What did I say?")]

    assert answers == ["Hello", "You said hi"]
    assert heard(client) == [
        ("user", "Hi"),
        ("sam", "Hello"),
        ("user", "What did I say?"),
        ("sam", "You said hi"),
    ]
    assert agent.context_providers == []
    assert session.state == {}


def test_a_session_through_json_goes_on_in_another_process(make_client: Make) -> None:
    first = make_client(speaks("Hello")).as_agent()
    session = first.create_session()
    run(first.run("Hi", session=session))
    stored = json.dumps(session.to_dict())

    client = make_client(speaks("Hello again"))
    run(client.as_agent().run("Hi", session=AgentSession.from_dict(json.loads(stored))))

    assert heard(client) == [("user", "Hi"), ("sam", "Hello"), ("user", "Hi"), ("sam", "Hello again")]
    assert "taken back" not in str(requests(client))


def test_sessions_are_conversations_of_one_memory(make_client: Make) -> None:
    client = make_client(speaks("One"), speaks("Two"))
    agent = client.as_agent()

    for _ in range(2):
        run(agent.run("Hi", session=agent.create_session()))

    assert heard(client) == [("user", "Hi"), ("sam", "One"), ("user", "Hi"), ("sam", "Two")]
    assert str(requests(client)[1]).count("One") == 1


def test_without_a_session_the_whole_conversation_may_be_given_each_time(make_client: Make) -> None:
    client = make_client(speaks("Hello"), speaks("Fine"))
    agent = client.as_agent()
    told = [Message("user", ["Hi"])]
    told += run(agent.run(told)).messages
    told = [Message.from_dict(message.to_dict()) for message in told]

    run(agent.run([*told, Message("user", ["How are you?"])]))

    assert heard(client) == [("user", "Hi"), ("sam", "Hello"), ("user", "How are you?"), ("sam", "Fine")]


def test_words_that_are_said_again_after_an_answer_are_heard_again(make_client: Make) -> None:
    client = make_client(*(speaks(text) for text in ("One", "Two", "Three")))
    agent = client.as_agent()
    again = Message("user", ["Go on"])

    for _ in range(3):
        run(agent.run(again))

    assert [text for name, text in heard(client) if name == "user"] == ["Go on"] * 3


def test_a_message_that_has_an_id_is_known_by_it(make_client: Make) -> None:
    client = make_client(speaks("Hello"), speaks("Fine"))
    agent = client.as_agent()

    run(agent.run(Message("user", ["Hi"], message_id="1")))
    run(agent.run([Message("user", ["Hi"], message_id="1"), Message("user", ["And?"], message_id="2")]))

    assert heard(client) == [("user", "Hi"), ("sam", "Hello"), ("user", "And?"), ("sam", "Fine")]


def test_words_that_are_said_again_after_silence_are_heard_again(make_client: Make) -> None:
    client = make_client(says(""), says(""), says(""), says(""), owes_answer=False)
    agent = client.as_agent()
    session = agent.create_session()

    answers = [run(agent.run("Good", session=session)) for _ in range(2)]

    assert [answer.text for answer in answers] == ["", ""]
    assert heard(client) == [("user", "Good")] * 2


def test_speakers_are_named_by_their_authors(make_client: Make) -> None:
    client = make_client(speaks("Hello"))

    said = [
        Message("user", ["I am here"], author_name="ada"),
        Message("assistant", ["So am I"], author_name="ben"),
        Message("user", ["Me too"]),
    ]
    run(Agent(client, name="Sam Smith").run(said))

    assert heard(client) == [("ada", "I am here"), ("ben", "So am I"), ("user", "Me too"), ("sam", "Hello")]


def test_words_under_the_name_of_the_hosts_agent_are_own_words(make_client: Make) -> None:
    client = make_client(speaks("Hello"), speaks("Yes"))
    agent = Agent(client, name="Sam Smith")
    told = [Message("user", ["Hi"]), *run(agent.run("Hi")).messages, Message("user", ["Really?"])]
    assert told[1].author_name == "Sam Smith"

    run(agent.run([Message(each.role, [each.text], author_name=each.author_name) for each in told]))

    assert heard(client) == [("user", "Hi"), ("sam", "Hello"), ("user", "Really?"), ("sam", "Yes")]


def test_instructions_are_of_the_turn_and_are_not_stored(make_client: Make) -> None:
    client = make_client(speaks("Bonjour"))
    agent = client.as_agent(instructions="Speak French.")

    run(agent.run([Message("system", ["Be brief."]), Message("user", ["Hi"])]))

    system = requests(client)[0].messages[0]["content"]
    assert "<instructions>\nSpeak French.\n\nBe brief.\n</instructions>" in system
    assert heard(client) == [("user", "Hi"), ("sam", "Bonjour")]


def test_the_hosts_tools_run_in_the_hosts_loop_and_their_results_come_back(make_client: Make) -> None:
    client = make_client(says("", call("price", fruit="plum")), speaks("3 euros"))
    agent = client.as_agent(tools=[price])

    answer = run(agent.run("What is a plum?", session=agent.create_session()))

    assert answer.text == "3 euros"
    results = [
        entry.message for entry in client.hosted.memory.log.everything() if entry.message.name == "price"
    ]
    assert [(each.text, each.ok) for each in results] == [("plum: 3 euros", True)]
    assert [content.type for message in answer.messages for content in message.contents] == [
        "function_call",
        "function_result",
        "text",
    ]


def test_a_tool_that_fails_is_a_failed_call(make_client: Make) -> None:
    def fails() -> str:
        """Fail."""
        raise ValueError("no plums")

    client = make_client(says("", call("fails")), speaks("It failed"))

    run(client.as_agent(tools=[fails]).run("Go"))

    results = [
        entry.message for entry in client.hosted.memory.log.everything() if entry.message.name == "fails"
    ]
    assert [each.ok for each in results] == [False]


def test_memory_functions_and_thoughts_are_not_shown(make_client: Make) -> None:
    client = make_client(
        says(
            "Ada likes tea.", call("core_memory_append", label="human", content="tea", request_heartbeat=True)
        ),
        speaks("Noted"),
    )

    answer = run(client.as_agent().run("I like tea"))

    assert [content.type for message in answer.messages for content in message.contents] == ["text"]
    assert answer.text == "Noted"


def test_thoughts_are_reasoning_where_they_are_wanted(make_client: Make) -> None:
    client = make_client(says("A thought.", call("send_message", message="Words")), thoughts=True)

    answer = run(client.as_agent().run("Hi"))

    assert [(content.type, content.text) for content in answer.messages[0].contents] == [
        ("text_reasoning", "A thought."),
        ("text", "Words"),
    ]
    assert answer.text == "Words"


def test_an_approval_is_asked_through_the_host(make_client: Make) -> None:
    client = make_client(says("", call("order", fruit="plum")), speaks("Ordered"))
    agent = client.as_agent(tools=[order])
    session = agent.create_session()

    async def asked(*, approved: bool) -> str:
        first = await agent.run("A plum, please", session=session)
        (request,) = first.user_input_requests
        answer = request.to_function_approval_response(approved=approved)
        return (await agent.run(Message("user", [answer]), session=session)).text

    assert run(asked(approved=True)) == "Ordered"
    results = [
        entry.message.text for entry in client.hosted.memory.log.everything() if entry.message.name == "order"
    ]
    assert results == ["plum ordered"]
    assert heard(client) == [("user", "A plum, please"), ("sam", "Ordered")]


def test_a_refused_approval_is_told(make_client: Make) -> None:
    client = make_client(says("", call("order", fruit="plum")), speaks("Then not"))
    agent = client.as_agent(tools=[order])
    session = agent.create_session()

    async def asked() -> str:
        first = await agent.run("A plum, please", session=session)
        answer = first.user_input_requests[0].to_function_approval_response(approved=False)
        return (await agent.run(Message("user", [answer]), session=session)).text

    assert run(asked()) == "Then not"
    assert not client.hosted.waiting()


def test_usage_is_reported(make_client: Make) -> None:
    spent = Completion("", (ToolCall("c", "send_message", '{"message": "Hello"}'),), Usage(70, 5, 30))
    client = make_client(spent)

    answer = run(client.as_agent().run("Hi"))

    assert answer.usage_details == {
        "input_token_count": 70,
        "output_token_count": 5,
        "total_token_count": 75,
        "cache_read_input_token_count": 30,
    }


class Streaming:
    """A model that writes its answers piece by piece."""

    model = "streaming"

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)

    def stream(
        self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None
    ) -> Generator[Completion, None, None]:
        for written in self._answers.pop(0):
            yield Completion("", (ToolCall("c", "send_message", written),))

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        *_, last = self.stream(messages, tools, tool_choice)
        return last


def written(text: str) -> list[str]:
    """Return the arguments of a message as they are while it is written."""
    whole = json.dumps({"message": text})
    return ['{"message": "', *(whole[: end + 1] for end in range(13, len(whole), 3)), whole]


def test_parts_of_the_reply_come_while_the_model_writes(make_client: Make) -> None:
    client = make_client(llm=Streaming(written("Hello Ada, how are you?")), stream=True)
    agent = client.as_agent()
    session = agent.create_session()

    async def parts() -> tuple[list[str], str]:
        stream = agent.run("Hi", session=session, stream=True)
        texts = [update.text async for update in stream if update.text]
        return texts, (await stream.get_final_response()).text

    texts, whole = run(parts())

    assert len(texts) > 3
    assert "".join(texts) == whole == "Hello Ada, how are you?"
    assert heard(client) == [("user", "Hi"), ("sam", "Hello Ada, how are you?")]


def test_a_part_that_is_withdrawn_is_not_in_the_final_reply(make_client: Make) -> None:
    interrupted = ['{"message": "Hel', '{"message": "Hello', '{"message": "By', '{"message": "Bye"}']
    client = make_client(llm=Streaming(interrupted), stream=True)

    async def whole() -> str:
        stream = client.as_agent().run("Hi", stream=True)
        return (await stream.get_final_response()).text

    assert run(whole()) == "Bye"


def test_several_replies_of_a_turn_are_one_message(make_client: Make) -> None:
    answers = says("", call("send_message", message="One", request_heartbeat=True)), speaks("Two")
    client = make_client(*answers, *answers)
    agent = client.as_agent()

    async def both() -> list[str]:
        stream = agent.run("Hi", stream=True)
        async for _ in stream:
            pass
        return [(await agent.run("Hi")).text, (await stream.get_final_response()).text]

    assert run(both()) == ["One\nTwo"] * 2


class Answer(BaseModel):
    fruit: str
    euros: int


def test_a_response_format_shapes_the_reply(make_client: Make) -> None:
    client = make_client(
        says("", call("send_message", message={"fruit": "plum"})),
        says("", call("send_message", message={"fruit": "plum", "euros": 3})),
    )

    answer = run(client.as_agent().run("What is a plum?", options={"response_format": Answer}))

    assert answer.value == Answer(fruit="plum", euros=3)


def test_a_response_format_that_is_none_is_refused(make_client: Make) -> None:
    client = make_client(speaks("Hello"))

    with pytest.raises(ConfigurationError, match="response_format"):
        run(client.as_agent().run("Hi", options={"response_format": object()}))  # type: ignore[call-overload]


def test_an_image_is_heard_as_an_image(make_client: Make) -> None:
    picture = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg=="
    )
    client = make_client(speaks("A dot"), speaks("A page"), vision=True)
    contents = [Content.from_text("What is this?"), Content.from_data(picture, "image/png")]

    run(client.as_agent().run(Message("user", contents)))
    run(client.as_agent().run(Content.from_uri("https://a.test/x.png", media_type="image/png")))

    first, _, second, _ = heard(client)
    assert first[1].startswith("What is this? [image 1: image/png, ")
    assert second[1] == "[image 1: https://a.test/x.png]"
    shown = [
        part for message in requests(client)[0].messages for part in message["content"] if "image_url" in part
    ]
    assert shown[0]["image_url"]["url"].startswith("data:image/png;base64,")


def test_what_is_no_text_is_named(make_client: Make) -> None:
    client = make_client(speaks("Thanks"))

    run(client.as_agent().run(Content.from_uri("https://a.test/x.pdf", media_type="application/pdf")))

    assert heard(client)[0] == ("user", "[uri application/pdf https://a.test/x.pdf]")


def test_an_empty_part_of_a_message_says_nothing(make_client: Make) -> None:
    client = make_client(speaks("Thanks"), speaks("Still here"))
    parts = [Content.from_text(""), Content.from_text("Hello")]

    run(client.as_agent().run(Message("user", parts)))
    run(client.as_agent().run(Message("user", [""])))

    assert heard(client) == [("user", "Hello"), ("sam", "Thanks"), ("sam", "Still here")]


class Failing:
    model = "failing"

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        raise ModelError("the endpoint is away")


def test_an_agent_whose_model_fails_says_so(make_client: Make) -> None:
    client = make_client(llm=Failing())

    assert run(client.as_agent().run("Hi")).text == "[sam cannot answer now: the endpoint is away]"


def test_an_error_may_be_raised_and_what_was_told_is_heard_once(make_client: Make) -> None:
    agent = make_client(llm=Failing(), model_error="raise").as_agent()
    session = agent.create_session()
    with pytest.raises(ModelError, match="the endpoint is away"):
        run(agent.run("Hi", session=session))

    client = make_client(speaks("Hello"))
    run(client.as_agent().run("Hi", session=session))

    assert heard(client) == [("user", "Hi"), ("sam", "Hello")]


def test_what_was_told_while_the_database_fails_is_stored_once_it_works(
    make_client: Make, tmp_path: Path
) -> None:
    client = make_client(speaks("Hello"), speaks("Both"))
    agent = client.as_agent()
    session = agent.create_session()
    run(agent.run("Hi", session=session))

    with storage_faults.locked(tmp_path / "home"):
        answer = run(agent.run("One", session=session))
    run(agent.run("Two", session=session))

    assert answer.text.startswith("[sam cannot answer now: ")
    assert [text for name, text in heard(client) if name == "user"] == ["Hi", "One", "Two"]
    assert heard(client)[-3:-1] == [("sam", answer.text), ("user", "Two")]


class Waiting:
    """A model that answers only when it may."""

    model = "waiting"

    def __init__(self, *answers: Any) -> None:
        self._llm = ScriptedLLM(*answers)
        self.asked, self.may = threading.Event(), threading.Event()

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        self.asked.set()
        self.may.wait(20)
        return self._llm.complete(messages, tools, tool_choice)


def test_words_of_a_cancelled_run_were_not_said(make_client: Make) -> None:
    llm = Waiting(speaks("Too late"), speaks("Hello"))
    client = make_client(llm=llm)
    agent = client.as_agent()
    session = agent.create_session()

    async def cancelled() -> None:
        task = asyncio.ensure_future(agent.run("Hi", session=session))
        await asyncio.to_thread(llm.asked.wait, 20)
        task.cancel()
        llm.may.set()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await agent.run("Hi", session=session)

    run(cancelled())

    assert heard(client) == [("user", "Hi"), ("sam", "Hello")]


def test_two_sessions_at_once_do_not_hear_each_other(make_client: Make) -> None:
    llm = Waiting(speaks("One"), speaks("Two"))
    client = make_client(llm=llm)
    agent = client.as_agent()

    async def both() -> list[str]:
        first = asyncio.ensure_future(agent.run("First", session=agent.create_session()))
        await asyncio.to_thread(llm.asked.wait, 20)
        second = asyncio.ensure_future(agent.run("Second", session=agent.create_session()))
        await asyncio.sleep(0.2)
        llm.may.set()
        return [(await each).text for each in (first, second)]

    assert run(both()) == ["One", "Two"]
    assert heard(client) == [("user", "First"), ("sam", "One"), ("user", "Second"), ("sam", "Two")]


def test_only_one_call_is_made_where_the_host_wants_one(make_client: Make) -> None:
    client = make_client(
        says("", call("price", fruit="plum"), call("price", fruit="fig")), speaks("Only the plum")
    )
    agent = client.as_agent(tools=[price])

    answer = run(agent.run("Prices?", options={"allow_multiple_tool_calls": False}))

    assert answer.text == "Only the plum"
    results = [
        entry.message for entry in client.hosted.memory.log.everything() if entry.message.name == "price"
    ]
    assert [(each.ok, each.text.split(":")[0]) for each in results] == [(False, "Not run"), (True, "plum")]


def test_no_tool_is_offered_where_none_may_be_called(make_client: Make) -> None:
    client = make_client(speaks("No"), speaks("Yes"))
    agent = client.as_agent(tools=[price])

    run(agent.run("Price?", options={"tool_choice": "none"}))
    run(agent.run("Price?", options={"tool_choice": {"mode": "required", "required_function_name": "price"}}))

    offered = [[each["function"]["name"] for each in request.tools] for request in requests(client)]
    assert ["price" in names for names in offered] == [False, True]
    assert "you must call price before" in str(requests(client)[1].messages[0])


def test_sampling_of_the_host_is_passed_on(make_client: Make) -> None:
    seen: list[Any] = []

    class Seeing(ScriptedLLM):
        def complete(
            self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None
        ) -> Completion:
            from memgpt_autogen.llm.asking import sampling_of_turn

            seen.append(dict(sampling_of_turn()))
            return super().complete(messages, tools, tool_choice)

    client = make_client(llm=Seeing(speaks("Hello")))

    run(client.as_agent(default_options={"temperature": 0.5}).run("Hi", options={"max_tokens": 99}))

    assert seen == [{"temperature": 0.5, "max_tokens": 99}]


def test_an_agent_is_a_tool_of_another(make_client: Make) -> None:
    client = make_client(speaks("It is blue"))
    asked = Content.from_function_call("c1", "sam", arguments='{"task": "Which door?"}')
    boss = Agent(Scripted(asked, "Blue, says sam"), name="boss", tools=[client.as_agent().as_tool()])

    assert run(boss.run("Ask sam which door")).text == "Blue, says sam"
    assert heard(client) == [("user", "Which door?"), ("sam", "It is blue")]


def test_a_history_that_the_host_keeps_is_heard_once(make_client: Make) -> None:
    client = make_client(*(speaks(text) for text in ("One", "Two", "Three")))
    agent = client.as_agent(context_providers=[InMemoryHistoryProvider()], default_options={"store": False})
    session = agent.create_session()

    for text in ("a", "b", "a"):
        run(agent.run(text, session=session))

    assert [text for name, text in heard(client) if name == "user"] == ["a", "b", "a"]


def test_chat_middleware_of_the_host_runs(make_client: Make) -> None:
    seen: list[str] = []

    @chat_middleware
    async def look(context: Any, call_next: Any) -> None:
        await call_next()
        assert isinstance(context.result, ChatResponse)
        seen.append(context.result.text)

    run(make_client(speaks("Hello")).as_agent(middleware=[look]).run("Hi"))

    assert seen == ["Hello"]


def test_a_tool_without_a_function_is_called_by_whoever_asked(make_client: Make) -> None:
    client = make_client(says("", call("look", where="door")), speaks("It is open"))
    look = FunctionTool(
        name="look",
        description="Look somewhere.",
        input_model={"type": "object", "properties": {"where": {"type": "string"}}},
    )
    agent = client.as_agent(tools=[look])
    session = agent.create_session()

    async def asked() -> str:
        (request,) = (await agent.run("Is it open?", session=session)).user_input_requests
        result = Content.from_function_result(str(request.call_id), result="open")
        return (await agent.run(Message("tool", [result]), session=session)).text

    assert run(asked()) == "It is open"


def test_a_tool_of_a_provider_is_left_out_with_a_warning(
    make_client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(speaks("Hello"))

    run(client.as_agent(tools=[{"type": "web_search"}]).run("Hi"))

    assert "sam cannot use the tool {'type': 'web_search'}" in caplog.text


def test_bad_names_and_options_are_refused_before_memory_is_opened(tmp_path: Path) -> None:
    home = tmp_path / "home"

    with pytest.raises(ConfigurationError, match="an agent's name"):
        MemGPTClient("sam smith", home=home)
    with pytest.raises(ConfigurationError, match="on_resume is 'ask'"):
        MemGPTClient("sam", home=home, on_resume="ask")  # type: ignore[arg-type]

    assert not home.exists()
