"""Long conversations with the stand-ins for engines: nothing is cut that the agent believes to be there."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.errors import ModelError
from memgpt_autogen.events import Evicted, HeartbeatLimitReached, Replied, ToolReturned
from memgpt_autogen.llm.fallback import FallbackLLM
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.llm.text_calls.plain import with_function_calling
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.messages import Message, ToolCall
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HTTPFailure, call, says
from memgpt_autogen.testing.engines import (
    EngineServer,
    LlamaCppServer,
    LMStudioServer,
    OllamaServer,
    VLLMServer,
)
from memgpt_autogen.testing.engines.template import size_of
from memgpt_autogen.testing.scripted import Request

Make = Callable[..., EngineServer]

ENGINES = [OllamaServer, LMStudioServer, LlamaCppServer, VLLMServer]

SILENT = {
    "Ollama": OllamaServer,
    "LM Studio, truncate middle": lambda *answers, **more: LMStudioServer(*answers, cuts_middle=True, **more),
    "llama.cpp, context shift": lambda *answers, **more: LlamaCppServer(
        *answers, shifts_context=True, **more
    ),
}
"""Engines that leave out a part and say nothing."""

WORDS = "the ferry to the island leaves at ten past ten from the north pier on every day of this week".split()


def answering() -> Callable[[Request], Completion]:
    """A model that talks, remembers, searches and thinks, by turns."""
    count = 0

    def answer(request: Request) -> Completion:
        nonlocal count
        if not request.tools:
            return says("They spoke of ferries and of piers.")
        count += 1
        said = " ".join(WORDS[(count + place) % len(WORDS)] for place in range(count % 30))
        if count % 7 == 0:
            fact = {"label": "human", "content": f"Fact {count}."}
            return says("Worth keeping.", call("core_memory_append", request_heartbeat=True, **fact))
        if count % 5 == 0:
            return says("", call("conversation_search", query="ferry pier", request_heartbeat=True))
        return says("I think so.", call("send_message", message=f"Answer {count}: {said}."))

    return answer


def message(number: int) -> Message:
    return Message.said_by("ada", f"Note {number}. " + " ".join(WORDS * (1 + number * 5 % 9)))


def loop_with(
    server: EngineServer, *, discover: bool = True, function_calling: Any = "native", **options: Any
) -> HeartbeatLoop:
    llm = OpenAILLM(server.model, base_url=server.url, max_retries=0)
    settings = Settings.load(discover=discover)
    memory = open_memory("sam", settings, ephemeral="home" not in options)
    return open_loop(memory, with_function_calling(llm, function_calling), **options)


def talk(loop: HeartbeatLoop, turns: range) -> list[Any]:
    return [event for number in turns for event in loop.run([message(number)])]


def believed_fully(reads: Sequence[Any]) -> None:
    assert [(place, each.left_out) for place, each in enumerate(reads) if each.left_out] == []
    assert [place for place, each in enumerate(reads) if each.refused] == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("function_calling", ["native", "plain"])
@pytest.mark.parametrize("kind", ENGINES)
def test_two_hundred_turns_cut_nothing_that_the_agent_believes_to_be_there(
    kind: Make, function_calling: str
) -> None:
    with kind(otherwise=answering() if function_calling == "native" else None) as server:
        loop = loop_with(server, function_calling=function_calling)
        events = talk(loop, range(200))

    assert loop.pressure.budget.window == 4096
    believed_fully(server.read if kind is not LMStudioServer else server.read[1:])
    assert sum(isinstance(event, Replied) and not event.fallback for event in events) >= 200
    assert sum(isinstance(event, Evicted) for event in events) >= 5
    assert not any(isinstance(event, HeartbeatLimitReached) for event in events)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("engine", SILENT)
def test_an_engine_that_cuts_silently_is_found_out_by_its_counts_and_remembered(
    engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    with SILENT[engine](otherwise=answering()) as server, caplog.at_level(logging.WARNING):
        loop = loop_with(server, discover=False, window_tokens=32_768)
        talk(loop, range(100))
        cuts = [place for place, read in enumerate(server.read) if read.left_out]
        again = open_loop(loop.memory, loop.llm, window_tokens=32_768)
        other = open_loop(loop.memory, loop.llm, window_tokens=16_384)
        begun = len(server.read)
        talk(again, range(100, 110))

    assert 3 <= len(cuts) <= 8
    assert cuts == list(range(cuts[0], cuts[0] + len(cuts)))
    assert 3600 <= again.pressure.budget.window <= 4096
    assert other.pressure.budget.window == 16_384
    believed_fully(server.read[begun:])
    assert caplog.text.count("leaves out a part of the prompt") == 1


@pytest.mark.slow
def test_a_model_that_is_loaded_anew_with_a_smaller_window_is_found_out_and_asked() -> None:
    with OllamaServer(otherwise=answering(), window=16_384) as server:  # ollama#10974
        loop = loop_with(server)
        talk(loop, range(60))
        begun = len(server.read)
        server.default_window = 4096
        server.loaded.clear()
        talk(loop, range(60, 100))
        cuts = [place for place, read in enumerate(server.read[begun:]) if read.left_out]

    assert loop.pressure.budget.window == 4096
    assert cuts == list(range(len(cuts)))  # once it is found out, nothing more is cut
    assert len(cuts) <= 6


@pytest.mark.slow
@pytest.mark.parametrize("kind", [LMStudioServer, LlamaCppServer, VLLMServer])
def test_a_refusal_tells_the_window_and_the_turn_goes_on(
    kind: Make, caplog: pytest.LogCaptureFixture
) -> None:
    with kind(otherwise=answering()) as server, caplog.at_level(logging.WARNING):
        loop = loop_with(server, discover=False, window_tokens=32_768)
        events = talk(loop, range(60))
        again = open_loop(loop.memory, loop.llm, window_tokens=32_768)

    assert sum(read.refused for read in server.read) == 1
    assert sum(isinstance(event, Replied) and not event.fallback for event in events) >= 60
    assert loop.pressure.budget.window == again.pressure.budget.window == 4096
    assert caplog.text.count("says that its window is 4,096 tokens") == 1


@pytest.mark.autogen
@pytest.mark.parametrize("status", [400, 200])
@pytest.mark.parametrize("through", ["AutoGen", "ours", "ours, streamed"])
def test_a_refusal_with_status_200_is_one_in_every_way_to_an_endpoint(status: int, through: str) -> None:
    from memgpt_autogen import MemGPTAgent

    long = " ".join(WORDS * 300)
    with LMStudioServer(refuses_with=status) as server:
        theirs = {"llm_config": server.llm_config}
        ours = {"llm": OpenAILLM(server.model, base_url=server.url), "stream": through != "ours"}
        agent = MemGPTAgent(
            "sam",
            **(theirs if through == "AutoGen" else ours),
            settings=Settings.load(discover=False),
            window_tokens=32_768,
            ephemeral=True,
            silent=True,
            human_input_mode="NEVER",
        )
        reply = agent.generate_reply(messages=[{"role": "user", "name": "ada", "content": long}])

    assert reply == "Noted."
    assert agent.loop is not None
    assert agent.loop.pressure.budget.window == 4096


def test_results_of_tools_follow_a_window_that_turns_out_smaller_in_the_same_turn() -> None:
    def report() -> str:
        """Return a long report."""
        return "The ferry leaves at ten. " * 2000

    def search(request: Request) -> Completion:
        """Three steps after the prompt that was refused."""
        steps = [each["name"] for line in request.messages for each in called(line)]
        if "report" not in steps:
            return says("", call("report", request_heartbeat=True))
        if "conversation_search" not in steps:
            return says("", call("conversation_search", query="pier", request_heartbeat=True))
        return says("", call("send_message", message="Done."))

    def called(line: Any) -> list[Any]:
        return [each["function"] for each in line.get("tool_calls", ())]

    with LlamaCppServer(otherwise=search) as server:
        loop = loop_with(server, discover=False, window_tokens=32_768, tools=[report])
        events = list(loop.run([Message.said_by("ada", " ".join(WORDS * 300))]))

    returned = {event.call.name: event.text for event in events if isinstance(event, ToolReturned)}
    assert server.read[0].refused
    assert returned["report"].endswith(
        "[cut: the first 2,048 of 50,000 characters. Ask for less, or for a part.]"
    )
    assert len(returned["conversation_search"]) < 4096 // 8 + 500  # one result, with its dates and a notice
    believed_fully(server.read[1:])


def test_what_one_of_several_endpoints_taught_is_not_stored() -> None:
    with LlamaCppServer() as server:
        llm = FallbackLLM(*(OpenAILLM("small", base_url=server.url, max_retries=0) for _ in range(2)))
        loop = open_loop(open_memory("sam", ephemeral=True), llm, window_tokens=32_768)
        list(loop.run([Message.said_by("ada", " ".join(WORDS * 300))]))
        again = open_loop(loop.memory, llm, window_tokens=32_768)

    assert (loop.pressure.budget.window, again.pressure.budget.window) == (4096, 32_768)


def test_ollamas_refusal_of_one_long_message_tells_the_window_in_json_in_the_text() -> None:
    with OllamaServer() as server:
        loop = loop_with(server, discover=False, window_tokens=32_768)
        events = list(loop.run([Message.said_by("ada", " ".join(WORDS * 300))]))

    assert [read.refused for read in server.read].count(True) == 1
    assert any(isinstance(event, Replied) and not event.fallback for event in events)
    assert loop.pressure.budget.window == 4096


def test_words_of_overflow_without_a_number_make_the_prompt_smaller_in_the_same_turn() -> None:
    with LMStudioServer(words="0.3.20", otherwise=answering()) as server:
        loop = loop_with(server, discover=False, window_tokens=32_768)
        events = talk(loop, range(60))

    assert 1 <= sum(read.refused for read in server.read) <= 3
    assert sum(isinstance(event, Replied) and not event.fallback for event in events) >= 60


def test_the_answers_room_is_kept_where_it_is_more_than_was_thought() -> None:
    with VLLMServer() as server:
        loop = loop_with(server, discover=False, window_tokens=4096, function_calling="plain")
        talk(loop, range(40))

    assert sum(read.refused for read in server.read) <= 1
    assert loop.pressure.budget.reserve in (512, 1024)


@pytest.mark.parametrize("function_calling", ["native", "plain"])
def test_prompts_leave_free_what_the_person_allows_for_answers(function_calling: Any) -> None:
    with VLLMServer(window=8192) as server:
        llm = OpenAILLM(server.model, base_url=server.url, max_tokens=3000, max_retries=0)
        memory = open_memory("sam", Settings.load(discover=True), ephemeral=True)
        loop = open_loop(memory, with_function_calling(llm, function_calling))
        talk(loop, range(60))

    assert loop.pressure.budget.reserve == 3000
    believed_fully(server.read)
    assert max(read.prompt_tokens for read in server.read) > 3500


class _OddEngine(LlamaCppServer):
    """An engine that refuses prompts in words that nobody knows."""

    def __init__(self, *, from_tokens: int, also_smaller: bool = False, status: int = 400) -> None:
        super().__init__(otherwise=answering(), window=32_768)
        self.from_tokens = from_tokens
        self.also_smaller = also_smaller
        self.status = status
        self.refusals = 0

    def refusal(self, body: Mapping[str, Any]) -> HTTPFailure | None:
        size = size_of(body["messages"], body.get("tools", ()))
        if body.get("tools") and (size >= self.from_tokens or (self.refusals and self.also_smaller)):
            self.refusals += 1
            return HTTPFailure(self.status, {"error": {"message": "some odd words"}})
        return None


@pytest.mark.parametrize("status", [400, 413, 422])
def test_an_unknown_refusal_near_the_window_is_tried_once_smaller(status: int) -> None:
    with _OddEngine(from_tokens=3400, status=status) as server:
        events = talk(loop_with(server, discover=False, window_tokens=4096), range(40))

    assert server.refusals == 1
    assert sum(isinstance(event, Replied) and not event.fallback for event in events) >= 40


def test_an_unknown_refusal_of_a_smaller_prompt_too_is_raised_and_teaches_nothing() -> None:
    with _OddEngine(from_tokens=3300, also_smaller=True) as server:
        loop = loop_with(server, discover=False, window_tokens=4096)
        limit = loop.pressure.budget.limit
        with pytest.raises(ModelError, match="odd words"):
            talk(loop, range(40))

    assert server.refusals == 2
    assert loop.pressure.budget.limit == limit


def test_an_unknown_refusal_of_a_small_prompt_is_not_tried_again() -> None:
    with _OddEngine(from_tokens=0) as server, pytest.raises(ModelError, match="odd words"):
        talk(loop_with(server, discover=False, window_tokens=32_768), range(1))

    assert server.refusals == 1


def test_arguments_that_are_no_json_go_back_as_json() -> None:
    broken = ToolCall("x", "core_memory_append", '{"label": "human", "content": "likes t')
    with OllamaServer(
        says("", broken), says("", ToolCall("y", "send_message", "Hello!")), otherwise=answering()
    ) as server:
        events = talk(loop_with(server), range(3))

    sent = [
        each["function"]["arguments"]
        for line in server.requests[-1]["messages"]
        for each in line.get("tool_calls", ())
    ]
    assert len(sent) >= 3
    assert all(isinstance(json.loads(arguments), dict) for arguments in sent)
    assert not any(read.refused for read in server.read)
    assert sum(isinstance(event, Replied) for event in events) >= 3


@pytest.mark.parametrize("kind", ENGINES)
def test_an_engine_that_ignores_tool_choice_ends_a_turn_too(kind: Make) -> None:
    def never_speaks(_: Request) -> Completion:
        return says("", call("conversation_search", query="ferry", request_heartbeat=True))

    with kind(otherwise=never_speaks) as server:
        loop = loop_with(server)
        events = list(loop.run([message(1)]))

    assert server.requests[-1]["tool_choice"]["function"]["name"] == "send_message"
    assert len(server.read) <= 10
    assert isinstance(events[-2], Replied)


@pytest.mark.slow
def test_a_small_window_keeps_the_head_in_the_cache_and_is_cut_in_big_steps() -> None:
    with LlamaCppServer() as server:
        loop = loop_with(server)
        events = talk(loop, range(100))

    asked = [read for read in server.read if len(read.sent) > 2 or "Note 0" in str(read.sent)]
    steps = [read for read in asked if "leaving" not in str(read.sent[-1])]
    evictions = sum(isinstance(event, Evicted) for event in events)
    heads = {read.messages[0]["content"] for read in steps}
    anew = [
        read
        for read, before in zip(steps[1:], steps, strict=False)
        if read.cached_tokens < before.prompt_tokens
    ]
    cached = sum(read.cached_tokens for read in steps) / sum(read.prompt_tokens for read in steps)
    assert 5 <= evictions <= 100 // 8  # each makes room for eight turns and more
    assert len(heads) <= evictions + 1
    assert len(anew) == evictions  # all other prompts only add to the one before
    assert cached > 0.8
