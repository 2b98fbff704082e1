"""Model clients of AgentChat as the model of the agent: what they are asked, and what they answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("autogen_agentchat")

from agentchat_agents import said, text
from autogen_agentchat.messages import MultiModalMessage
from autogen_core import CancellationToken, ComponentModel, FunctionCall, Image
from autogen_core.models import (
    AssistantMessage,
    CreateResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    ModelFamily,
    ModelInfo,
    RequestUsage,
    SystemMessage,
    UserMessage,
)
from autogen_ext.models.replay import ReplayChatCompletionClient
from hosted import run
from PIL import Image as Pillow

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.hosts.agentchat import MemGPTChatAgent
from memgpt_autogen.testing import ScriptedLLM, ScriptedServer, call, says


def calls(*made: tuple[str, dict[str, Any]], thought: str | None = None) -> CreateResult:
    """Return the answer of a model that calls these functions."""
    content = [FunctionCall(f"c{n}", json.dumps(given), name) for n, (name, given) in enumerate(made)]
    usage = RequestUsage(100, 10)
    return CreateResult(
        finish_reason="function_calls", content=content, usage=usage, cached=False, thought=thought
    )


def speaks(message: str, **more: Any) -> CreateResult:
    return calls(("send_message", {"message": message, **more}))


class Watched(ReplayChatCompletionClient):
    """A client that keeps what it was asked, and notes on which event loop."""

    def __init__(self, *answers: str | CreateResult, function_calling: bool = True) -> None:
        info = ModelInfo(
            vision=True,
            function_calling=function_calling,
            json_output=False,
            family=ModelFamily.UNKNOWN,
            structured_output=False,
        )
        super().__init__(list(answers), model_info=info)
        self.prompts: list[list[LLMMessage]] = []
        self.tools: list[list[Any]] = []
        self.loops: set[int] = set()

    async def create(self, messages: Sequence[LLMMessage], **options: Any) -> CreateResult:
        self.prompts.append(list(messages))
        self.tools.append(list(options["tools"]))
        self.loops.add(id(asyncio.get_running_loop()))
        return await super().create(messages, **options)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_it_thinks_acts_and_answers_with_a_client_of_agentchat(home: Path) -> None:
    remembers = ("core_memory_append", {"label": "human", "content": "Ada", "request_heartbeat": True})
    client = Watched(calls(remembers, thought="She is Ada."), speaks("Hello Ada"))
    sam = MemGPTChatAgent("sam", home=home, model_client=client)

    async def talk() -> tuple[Any, int]:
        return await sam.run(task="I am Ada"), id(asyncio.get_running_loop())

    answered, loop = run(talk())

    assert answered.messages[-1].to_text() == "Hello Ada"
    assert answered.messages[-1].models_usage == RequestUsage(200, 20)
    assert client.loops == {loop}
    assert [type(each) for each in client.prompts[1]] == [
        SystemMessage,
        UserMessage,
        AssistantMessage,
        FunctionExecutionResultMessage,
        UserMessage,
    ]
    made, returned = client.prompts[1][2:4]
    assert isinstance(made.content[0], FunctionCall)
    assert isinstance(returned, FunctionExecutionResultMessage)
    assert (returned.content[0].name, returned.content[0].call_id) == (
        made.content[0].name,
        made.content[0].id,
    )
    assert "send_message" in [tool["name"] for tool in client.tools[0]]
    assert "Ada" in sam.memory.core["human"].value


def test_results_of_several_calls_are_one_message(home: Path) -> None:
    two = calls(
        ("conversation_search", {"query": "tea"}),
        ("archival_memory_search", {"query": "tea", "request_heartbeat": True}),
    )
    client = Watched(two, speaks("Nothing"))

    run(MemGPTChatAgent("sam", home=home, model_client=client).run(task="Tea?"))

    results = [each for each in client.prompts[1] if isinstance(each, FunctionExecutionResultMessage)]
    assert [len(each.content) for each in results] == [2]


def test_a_model_that_sees_is_shown_images(home: Path) -> None:
    client = Watched(speaks("Red"))
    picture = Image(Pillow.new("RGB", (2, 2), "red"))
    sam = MemGPTChatAgent("sam", home=home, model_client=client)

    run(sam.run(task=MultiModalMessage(content=["What is this?", picture], source="ada")))

    shown = [
        part for message in client.prompts[0] if isinstance(message.content, list) for part in message.content
    ]
    assert any(isinstance(part, Image) for part in shown)


def test_a_model_that_cannot_call_functions_writes_its_calls(home: Path) -> None:
    client = Watched('{"function": "send_message", "params": {"message": "Hello"}}', function_calling=False)
    sam = MemGPTChatAgent("sam", home=home, model_client=client)

    result = run(sam.run(task="Hi"))

    assert client.tools == [[]]
    assert "Hello" in result.messages[-1].to_text()


def test_an_error_of_the_client_is_a_notice(home: Path) -> None:
    class Away(Watched):
        async def create(self, messages: Sequence[LLMMessage], **options: Any) -> CreateResult:
            raise ConnectionError("nobody answers")

    result = run(MemGPTChatAgent("sam", home=home, model_client=Away()).run(task="Hi"))

    assert "cannot answer now" in result.messages[-1].to_text()
    assert "nobody answers" in result.messages[-1].to_text()


@pytest.mark.parametrize("by", ["token", "asyncio"])
def test_a_cancelled_run_cancels_the_request(home: Path, by: str) -> None:
    ended: list[str] = []

    async def cancelled() -> None:
        asked = asyncio.Event()

        class Waits(Watched):
            async def create(self, messages: Sequence[LLMMessage], **options: Any) -> CreateResult:
                asked.set()
                waiting = asyncio.get_running_loop().create_future()
                try:
                    await options["cancellation_token"].link_future(waiting)
                finally:
                    ended.append("request")
                raise AssertionError

        sam = MemGPTChatAgent("sam", home=home, model_client=Waits())
        token = CancellationToken()
        running = asyncio.create_task(sam.run(task="Hi", cancellation_token=token))
        await asked.wait()
        token.cancel() if by == "token" else running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    run(cancelled())

    assert ended == ["request"]
    sam = MemGPTChatAgent("sam", home=home, model_client=Watched(speaks("Here")))
    run(sam.run(task=text("user", "Still there?")))
    assert said(sam) == [("user", "Hi"), ("user", "Still there?"), ("sam", "Here")]


@pytest.mark.filterwarnings("ignore:Resolved model mismatch")
def test_it_works_over_http_with_the_openai_client(home: Path) -> None:
    models = pytest.importorskip("autogen_ext.models.openai")
    answers = [says("", call("send_message", message=words)) for words in ("One", "Two")]
    with ScriptedServer(*answers) as server:
        client = models.OpenAIChatCompletionClient(model="gpt-4o", base_url=server.url, api_key="none")
        sam = MemGPTChatAgent("sam", home=home, model_client=client)

        async def both() -> list[str]:
            return [(await sam.run(task=task)).messages[-1].to_text() for task in ("First", "Second")]

        assert run(both()) == ["One", "Two"]
    assert sam.agent.loop.llm.model == "gpt-4o"


def test_a_component_contains_the_client_and_no_key(home: Path) -> None:
    models = pytest.importorskip("autogen_ext.models.openai")
    client = models.OpenAIChatCompletionClient(model="gpt-4o", api_key="sk-secret")
    sam = MemGPTChatAgent("sam", home=home, model_client=client)

    dumped = sam.dump_component().model_dump_json()
    again = MemGPTChatAgent.load_component(ComponentModel.model_validate_json(dumped))

    assert "sk-secret" not in dumped
    assert again.agent.loop.llm.model == "gpt-4o"


def test_two_models_are_refused(home: Path) -> None:
    with pytest.raises(ConfigurationError, match="llm and model_client"):
        MemGPTChatAgent("sam", home=home, llm=ScriptedLLM(), model_client=Watched())

    assert not home.exists()
