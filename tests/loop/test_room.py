"""Reasoning that uses up an answer: asked once more, with room."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from loops import HELLO, MemoryFactory

from memgpt_autogen.assembly import open_loop
from memgpt_autogen.chosen_models import choose_llm
from memgpt_autogen.events import Event, Evicted, Replied, Thought, TurnEnded
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.protocols import Completion, Usage
from memgpt_autogen.llm.text_calls.plain import AdaptiveLLM, PlainLLM
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HTTPFailure, ScriptedServer, call, says
from memgpt_autogen.testing.engines import LlamaCppServer

HI = says("", call("send_message", message="Hi!"))
PLAIN = says('{"thought": "x", "function": "send_message", "arguments": {"message": "Hi!"}}')
USED_UP = Completion("<think>Let me see.", usage=Usage(100, 1024), finish_reason="length")


def replies(told: list[Event]) -> list[str]:
    return [event.text for event in told if isinstance(event, Replied)]


def limits(server: ScriptedServer) -> list[Any]:
    return [request.get("max_tokens") for request in server.requests]


def llm_of(server: ScriptedServer, **settings: Any) -> OpenAILLM:
    return OpenAILLM("scripted", base_url=server.url, sleep=lambda _: None, **settings)


@pytest.fixture
def memory(make_memory: MemoryFactory) -> MemoryHierarchy:
    return make_memory()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("way", "answer"), [(PlainLLM, PLAIN), (AdaptiveLLM, HI)])
def test_an_answer_that_reasoning_used_up_is_asked_for_with_room(
    memory: MemoryHierarchy, way: Callable[[OpenAILLM], Any], answer: Completion, stream: bool
) -> None:
    with ScriptedServer(USED_UP, answer, answer) as server:
        loop = open_loop(memory, way(llm_of(server)), window_tokens=32_768, stream=stream)
        told = [*loop.run([HELLO]), *loop.run([HELLO])]

    assert replies(told) == ["Hi!", "Hi!"]
    assert limits(server) == [1024 if way is PlainLLM else None, 4096, 4096]
    assert next(event.text for event in told if isinstance(event, Thought)) == "Let me see."
    assert next(event.usage.completion_tokens for event in told if isinstance(event, TurnEnded)) > 1024


def test_it_is_asked_once_and_told_what_to_do(
    memory: MemoryHierarchy, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), ScriptedServer(otherwise=USED_UP) as server:
        told = list(open_loop(memory, llm_of(server), window_tokens=8192).run([HELLO]))

    assert replies(told) == ["(no answer)"]
    assert all(limit is None or limit <= 8192 for limit in limits(server))
    assert caplog.text.count("used up its answer with reasoning and said nothing") == 1


class _Thinker(LlamaCppServer):
    """A model that reasons for 1,500 tokens, in a window that it shares with its prompt."""

    def take(self, body: dict[str, Any], headers: dict[str, str]) -> Any:
        answer = super().take(body, headers)
        left = self.window - self.read[-1].prompt_tokens
        room = min(left, body.get("max_tokens") or left)
        if room >= 1500 or isinstance(answer, HTTPFailure):
            return answer
        return Completion("<think>Let me see.", usage=Usage(self.window - left, room), finish_reason="length")


@pytest.mark.parametrize(("way", "stream"), [(PlainLLM, False), (AdaptiveLLM, True), (AdaptiveLLM, False)])
def test_a_prompt_that_leaves_reasoning_no_room_becomes_smaller_in_the_same_turn(
    memory: MemoryHierarchy, way: Callable[[OpenAILLM], Any], stream: bool
) -> None:
    with _Thinker(window=4096) as server:
        loop = open_loop(memory, way(llm_of(server)), window_tokens=4096, stream=stream)
        told = [
            event
            for number in range(40)
            for event in loop.run([Message.said_by("ada", f"Note {number}. " + "The ferry left. " * 15)])
        ]

    assert replies(told) == ["Noted."] * 40
    assert any(isinstance(event, Evicted) for event in told)
    assert loop.pressure.budget.reserve == 2048


def test_a_limit_that_the_person_has_set_is_kept(
    memory: MemoryHierarchy, caplog: pytest.LogCaptureFixture
) -> None:
    with ScriptedServer(USED_UP, HI) as server:
        told = list(open_loop(memory, llm_of(server, max_tokens=1024), window_tokens=32_768).run([HELLO]))

    assert replies(told) == ["Hi!"]
    assert limits(server) == [1024, 1024]
    assert "its limit is answer_tokens=1024, set it higher" in caplog.text


@pytest.mark.parametrize("function_calling", ["native", "plain"])
def test_the_setting_is_the_limit_of_every_answer(memory: MemoryHierarchy, function_calling: str) -> None:
    answer = PLAIN if function_calling == "plain" else HI
    with ScriptedServer(answer) as server:
        llm = choose_llm(
            Settings.load(
                model="m", base_url=server.url, answer_tokens=3000, function_calling=function_calling
            )
        )
        list(open_loop(memory, llm).run([HELLO]))

    assert limits(server) == [3000]


def test_an_endpoint_that_refuses_so_long_an_answer_loses_nothing(memory: MemoryHierarchy) -> None:
    refused = HTTPFailure(400, {"error": {"message": "max_tokens is too large", "type": "invalid"}})
    with ScriptedServer(USED_UP, refused, HI) as server:
        told = list(open_loop(memory, llm_of(server), window_tokens=32_768).run([HELLO]))

    assert replies(told) == ["Hi!"]
    assert limits(server) == [None, 4096, None]


def test_reasoning_that_began_in_the_prompt_is_not_said_where_it_is_cut_off(
    make_memory: MemoryFactory,
) -> None:
    memory = make_memory(protocol="native")
    cut = Completion("Okay, she greets me, so", finish_reason="length", usage=Usage(9, 9))
    with ScriptedServer(says("Hm.</think>Hi!"), cut, says("Hm.</think>Bye!")) as server:
        loop = open_loop(memory, llm_of(server), window_tokens=32_768)
        told = [*loop.run([HELLO]), *loop.run([HELLO])]

    assert replies(told) == ["Hi!", "Bye!"]


def test_a_model_that_is_silent_plainly_is_asked_through_the_chat_api_again(memory: MemoryHierarchy) -> None:
    with ScriptedServer(says("Hm."), says("Hm."), says("..."), says("..."), HI, HI) as server:
        llm = AdaptiveLLM(llm_of(server))
        loop = open_loop(memory, llm, window_tokens=32_768)
        told = [*loop.run([HELLO]), *loop.run([HELLO]), *loop.run([HELLO])]

    assert replies(told)[-1] == "Hi!"
    assert llm.function_calling == "native"


def test_reasoning_that_used_up_an_answer_does_not_count_as_silence(memory: MemoryHierarchy) -> None:
    cut = replace(USED_UP, usage=Usage(100, 30_000))  # no room for more
    with ScriptedServer(cut, cut, HI) as server:
        llm = AdaptiveLLM(llm_of(server))
        told = list(open_loop(memory, llm, window_tokens=32_768).run([HELLO]))

    assert replies(told) == ["Hi!"]
    assert llm.function_calling == "native"


def test_a_summary_is_asked_for_with_room_and_has_no_reasoning(memory: MemoryHierarchy) -> None:
    memory.log.append(*(Message.said_by("boss", f"Tea number {n}. ") for n in range(12)))
    with ScriptedServer(USED_UP, says("<think>Tea.</think>They spoke of tea.")) as server:
        list(open_loop(memory, llm_of(server), window_tokens=8192).compact())

    summary = memory.prompt.look().summary
    assert summary is not None
    assert summary.text.endswith(" boss: They spoke of tea.")
    assert limits(server)[0] is None
    assert limits(server)[1] > 1024
