"""The plain protocol: functions in the prompt, one JSON object as an answer, and how a model comes to be
asked so.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from legal import illegal
from loops import HELLO, LoopFactory, MemoryFactory, story

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.chosen_models import choose_llm
from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.events import Replied, TurnEnded
from memgpt_autogen.llm.fallback import FallbackLLM
from memgpt_autogen.llm.offline import OfflineLLM
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.protocols import LLM, ToolSchema
from memgpt_autogen.llm.text_calls.plain import AdaptiveLLM, PlainLLM, with_function_calling
from memgpt_autogen.llm.text_calls.plain_prompt import describe_functions, plain_messages
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.messages import Message
from memgpt_autogen.prompts import prompt
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HTTPFailure, ScriptedLLM, ScriptedServer, call, says
from memgpt_autogen.testing.scripted import Request

# events and answers in turn, and an event that ends the examples
EXAMPLE = prompt("plain_example").splitlines()


def acts(function: str, thought: str = "So be it.", **arguments: Any) -> str:
    return json.dumps({"thought": thought, "function": function, "arguments": arguments})


NOTE = acts("core_memory_append", label="human", content="likes tea", request_heartbeat=True)
HI = acts("send_message", message="Hi!")


def test_a_turn_runs_without_function_calling(make_memory: MemoryFactory) -> None:
    model = ScriptedLLM(says(NOTE), says(HI))
    loop = open_loop(make_memory(), PlainLLM(model))

    told = story(loop.run([HELLO]))

    assert loop.memory.core["human"].value == "likes tea"
    assert told[-2:] == ["says Hi!", "TurnEnded yielded"]
    assert "thinks So be it." in told
    assert all(not request.tools for request in model.requests)


def test_the_functions_and_examples_are_in_the_prompt_and_calls_and_results_are_text(
    make_memory: MemoryFactory,
) -> None:
    model = ScriptedLLM(says(NOTE), says(HI))
    list(open_loop(make_memory(), PlainLLM(model)).run([HELLO]))

    messages = model.requests[-1].messages

    assert "core_memory_append(label: string, content: string" in messages[0]["content"]
    assert [message["role"] for message in messages[1:]] == ["user", "assistant"] * (
        len(EXAMPLE) // 2 + 1
    ) + ["user"]
    assert json.loads(messages[-2]["content"])["function"] == "core_memory_append"
    assert '"type": "function_result", "status": "OK"' in messages[-1]["content"]
    assert illegal(messages) is None


def test_a_result_speaks_for_itself_and_other_heartbeats_tell_what_is_to_be_answered(
    make_memory: MemoryFactory,
) -> None:
    model = ScriptedLLM(says(NOTE), says("Well."), says(HI))
    list(open_loop(make_memory(), PlainLLM(model)).run([HELLO]))

    after_result, after_text = (request.messages[-1]["content"] for request in model.requests[1:])

    assert "heartbeat" not in after_result
    assert "Go on with what boss said: Hello!" in after_text


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_the_engine_took_for_reasoning_is_the_answer(
    make_memory: MemoryFactory, stream: bool
) -> None:  # lmstudio-bug-tracker#1698
    answer, draft = replace(says(""), thought=HI), replace(says(""), thought=f"I could say {HI}, or not.")
    model = ScriptedLLM(answer, draft, says(HI))
    loop = open_loop(make_memory(), PlainLLM(model), stream=stream)

    first, second = (story(loop.run([HELLO])) for _ in range(2))

    assert "says Hi!" in first
    assert len(model.requests) == 3  # what is no more than a part of the reasoning is none
    assert "says Hi!" in second


def test_what_a_step_answers_begins_its_thought_and_is_a_field_of_the_next_prompt(
    make_memory: MemoryFactory,
) -> None:
    step = {**json.loads(NOTE), "heard": "fact", "thought": "I keep it."}
    model = ScriptedLLM(says(json.dumps(step)), says(HI), says(HI), says(HI))
    loop = open_loop(make_memory(), PlainLLM(model))

    told = story(loop.run([HELLO]))

    assert "thinks fact: I keep it." in told
    again = json.loads(model.requests[-1].messages[-2]["content"])
    assert (again["heard"], again["thought"]) == ("fact", "I keep it.")


def test_an_argument_that_is_called_as_the_kind_of_an_event_stays(make_memory: MemoryFactory) -> None:
    def note(heard: str, thought: str) -> str:
        """Note what was heard.

        Args:
            heard: what
            thought: why
        """
        return f"{heard}!"

    step = {"function": "note", "arguments": {"heard": "fact", "thought": "x"}}
    model = ScriptedLLM(says(json.dumps(step)), says(HI))
    loop = open_loop(make_memory(), PlainLLM(model), tools=[note])

    assert "gets fact!" in story(loop.run([HELLO]))


def test_prompts_are_only_ever_appended_to(make_memory: MemoryFactory) -> None:
    search = acts("conversation_search", query="boat", request_heartbeat=True)
    model = ScriptedLLM(says(search), says(HI), says(HI))
    loop = open_loop(make_memory(), PlainLLM(model))
    list(loop.run([HELLO]))
    list(loop.run([HELLO]))

    texts = ["\n".join(str(message["content"]) for message in request.messages) for request in model.requests]

    assert texts[1].startswith(texts[0])
    assert texts[2].startswith(texts[1])


def test_an_edit_of_core_memory_leaves_functions_and_examples_as_they_are(make_memory: MemoryFactory) -> None:
    model = ScriptedLLM(says(NOTE), says(HI))
    list(open_loop(make_memory(), PlainLLM(model)).run([HELLO]))

    before, after = ([each["content"] for each in request.messages] for request in model.requests)

    same = len(EXAMPLE)
    assert before[:same] == after[:same]
    assert "likes tea" not in before[same]
    assert "likes tea" in after[same]


def test_the_plain_form_is_no_longer_than_the_schemas_it_replaces(make_loop: LoopFactory) -> None:
    tools = make_loop().schemas()
    plain = plain_messages([{"role": "system", "content": ""}], tools)

    assert sum(len(message["content"]) for message in plain) < len(json.dumps(tools))
    assert "inner_thoughts" not in describe_functions(tools)


def test_where_the_examples_functions_are_not_offered_there_are_none() -> None:
    tool = {"type": "function", "function": {"name": json.loads(EXAMPLE[1])["function"], "parameters": {}}}

    assert len(plain_messages([{"role": "system", "content": "x"}], [tool])) == 1


def test_in_the_native_dialect_an_answer_is_a_function_too(make_memory: MemoryFactory) -> None:
    model = ScriptedLLM(says(acts("answer", message="Hello, boss.")))
    loop = open_loop(make_memory(protocol="native"), PlainLLM(model))

    told = list(loop.run([HELLO]))

    assert [event.text for event in told if isinstance(event, Replied)] == ["Hello, boss."]


def test_the_endpoint_is_asked_to_hold_the_model_to_the_functions(make_memory: MemoryFactory) -> None:
    with ScriptedServer(says(HI)) as server:
        list(open_loop(make_memory(), PlainLLM(OpenAILLM("x", base_url=server.url))).run([HELLO]))

    schema = server.requests[0]["response_format"]["json_schema"]["schema"]
    names = [each["properties"]["function"]["const"] for each in schema["anyOf"]]
    assert "send_message" in names
    assert "tools" not in server.requests[0]
    assert server.requests[0]["max_tokens"] > 0
    assert all(each["additionalProperties"] is False for each in schema["anyOf"])


def test_the_last_step_can_only_answer(make_memory: MemoryFactory) -> None:
    with ScriptedServer(says(HI)) as server:
        llm = PlainLLM(OpenAILLM("x", base_url=server.url))
        list(open_loop(make_memory(), llm, limits=Limits(steps=1)).run([HELLO]))

    schema = server.requests[0]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["function"] == {"const": "send_message"}


HEARD = [{"role": "user", "content": "Hi"}]
SPEAK: ToolSchema = {"type": "function", "function": {"name": "send_message", "parameters": {}}}
COUNT: ToolSchema = {"type": "function", "function": {"name": "count", "parameters": {"type": "object"}}}


def asked_formats(server: ScriptedServer) -> list[str | None]:
    return [request.get("response_format", {}).get("type") for request in server.requests]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("status", [400, 404, 422, 500])
def test_a_format_that_the_endpoint_refuses_is_not_asked_for_again(status: int, stream: bool) -> None:
    refusal = HTTPFailure(status, {"error": {"message": "response_format is not supported"}})
    with ScriptedServer(refusal, refusal, says(HI), says(HI)) as server:
        llm = PlainLLM(OpenAILLM("x", base_url=server.url, max_retries=0))
        for _ in range(2):
            answers = llm.stream(HEARD, [SPEAK]) if stream else [llm.complete(HEARD, [SPEAK])]
            assert [*answers][-1].tool_calls

    assert asked_formats(server) == ["json_schema", "json_object", None, None]


def test_a_refused_schema_is_told_once_with_the_reason_and_other_functions_keep_theirs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    refusal = HTTPFailure(400, {"error": {"message": "unknown keyword 'oneOf'"}})
    with ScriptedServer(refusal, says(HI), says(HI), says(HI), refusal, says(HI)) as server:
        llm = PlainLLM(OpenAILLM("tiny", base_url=server.url))
        for tools in ([SPEAK, COUNT], [SPEAK, COUNT], [SPEAK], [COUNT, SPEAK]):
            llm.complete(HEARD, tools)

    assert asked_formats(server) == [
        *("json_schema", "json_object"),
        "json_object",
        "json_schema",
        *("json_schema", "json_object"),
    ]
    warned = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert len(warned) == 1
    assert warned[0].startswith(
        "tiny does not accept the schema of its functions (send_message, count), so it is asked for any JSON "
        "object. The reason: model 'tiny' at "
    )
    assert "unknown keyword 'oneOf'" in warned[0]


def test_another_reason_for_another_schema_is_told_too(caplog: pytest.LogCaptureFixture) -> None:
    first, second = (HTTPFailure(400, {"error": {"message": text}}) for text in ("no oneOf", "no $ref"))
    with ScriptedServer(first, says(HI), second, says(HI)) as server:
        llm = PlainLLM(OpenAILLM("tiny", base_url=server.url))
        llm.complete(HEARD, [SPEAK])
        llm.complete(HEARD, [SPEAK, COUNT])

    assert ["no oneOf" in caplog.messages[0], "no $ref" in caplog.messages[1]] == [True, True]


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_an_endpoint_that_is_away_or_busy_has_refused_no_schema(status: int) -> None:
    failure = HTTPFailure(status, {"error": {"message": "Not now."}})
    with ScriptedServer(failure, says(HI)) as server:
        llm = PlainLLM(OpenAILLM("x", base_url=server.url, max_retries=0))
        with pytest.raises(ModelError, match=r"Not now\."):
            llm.complete(HEARD, [SPEAK])
        llm.complete(HEARD, [SPEAK])

    assert asked_formats(server) == ["json_schema", "json_schema"]


def test_a_server_that_does_not_run_has_refused_no_schema() -> None:
    with ScriptedServer(says(HI)) as server:
        away = PlainLLM(OpenAILLM("x", base_url="http://127.0.0.1:9/v1", max_retries=0))
        with pytest.raises(ModelError, match="could not be reached"):
            away.complete(HEARD, [SPEAK])
        away.llm = OpenAILLM("x", base_url=server.url)
        away.complete(HEARD, [SPEAK])

    assert asked_formats(server) == ["json_schema"]


def test_an_endpoint_that_fails_in_every_format_is_an_error() -> None:
    refusal = HTTPFailure(400, {"error": {"message": "no such model"}})
    with ScriptedServer(refusal, refusal, refusal, says(HI)) as server:
        llm = PlainLLM(OpenAILLM("x", base_url=server.url))
        with pytest.raises(ModelError, match="no such model"):
            llm.complete(HEARD, [SPEAK])
        llm.complete(HEARD, [SPEAK])

    assert asked_formats(server) == ["json_schema", "json_object", None, "json_schema"]


def test_a_model_that_calls_in_text_is_asked_plainly_from_then_on(make_memory: MemoryFactory) -> None:
    model = ScriptedLLM(says(f"```json\n{NOTE}\n```"), says(HI))
    llm = AdaptiveLLM(model)

    told = story(open_loop(make_memory(), llm).run([HELLO]))

    assert llm.function_calling == "plain"
    assert model.requests[0].tools
    assert not model.requests[1].tools
    assert "says Hi!" in told


def test_a_model_that_never_calls_is_asked_plainly_after_two_answers(make_memory: MemoryFactory) -> None:
    llm = AdaptiveLLM(ScriptedLLM(says("Hello there."), says("Hello?"), says(HI)))
    loop = open_loop(make_memory(), llm)

    list(loop.run([HELLO]))

    assert llm.function_calling == "plain"
    assert "says Hi!" in story(loop.run([HELLO]))


def test_where_plain_text_is_an_answer_one_call_in_the_way_of_the_chat_api_settles_it(
    make_memory: MemoryFactory,
) -> None:
    search = call("conversation_search", query="boat")
    model = ScriptedLLM(says("", search), *[says("Well.")] * 6)
    llm = AdaptiveLLM(model)
    loop = open_loop(make_memory(protocol="native"), llm)

    for _ in range(3):
        list(loop.run([HELLO]))

    assert llm.function_calling == "native"
    assert all(request.tools for request in model.requests)


def test_a_model_that_falls_silent_after_its_first_calls_is_asked_plainly(make_memory: MemoryFactory) -> None:
    greets = says("", call("send_message", message="Hi!"))
    llm = AdaptiveLLM(ScriptedLLM(greets, says("Well."), greets, says("Well."), says("Well."), says(HI)))
    loop = open_loop(make_memory(), llm)

    list(loop.run([HELLO]))
    list(loop.run([HELLO]))
    assert llm.function_calling == "native"
    list(loop.run([HELLO]))

    assert llm.function_calling == "plain"


LOCAL = "http://localhost:1/v1"


def test_settings_say_how_a_model_is_asked() -> None:
    def chosen(**given: Any) -> Any:
        return choose_llm(Settings.load(model="x", base_url=LOCAL, **given))

    assert isinstance(chosen(), AdaptiveLLM)
    assert isinstance(chosen(function_calling="plain"), PlainLLM)
    assert isinstance(chosen(function_calling="native"), OpenAILLM)
    assert isinstance(choose_llm(Settings.load(model="gpt-4o", api_key="k")), OpenAILLM)


@pytest.mark.parametrize(
    ("llm", "auto", "plain"),
    [
        (OpenAILLM("x", base_url=LOCAL), AdaptiveLLM, PlainLLM),
        (OpenAILLM("gpt-4o", api_key="k"), OpenAILLM, PlainLLM),
        (OpenAILLM("x", base_url="https://it.openai.azure.com/openai/v1", api_key="k"), OpenAILLM, PlainLLM),
        (ScriptedLLM(), ScriptedLLM, PlainLLM),
        (OfflineLLM(), OfflineLLM, OfflineLLM),
        (PlainLLM(ScriptedLLM()), PlainLLM, PlainLLM),
        (AdaptiveLLM(ScriptedLLM()), AdaptiveLLM, AdaptiveLLM),
    ],
)
def test_a_model_of_ones_own_is_asked_in_the_same_ways(llm: LLM, auto: type[LLM], plain: type[LLM]) -> None:
    assert with_function_calling(llm, "native") is llm
    assert type(with_function_calling(llm, "auto")) is auto
    assert type(with_function_calling(llm, "plain")) is plain
    both = with_function_calling(FallbackLLM(llm, ScriptedLLM()), "plain")
    assert isinstance(both, FallbackLLM)
    assert list(map(type, both.llms)) == [plain, PlainLLM]


def test_another_way_of_calling_functions_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="'text'; give auto, native or plain"):
        with_function_calling(ScriptedLLM(), "text")  # type: ignore[arg-type] # what is tested


TEXTS = st.lists(
    st.sampled_from([NOTE, HI, NOTE[:-9], "Well.", "", '{"function": "send_message"}',
                     '{"function": "nobody", "arguments": {}}', "<think>Hm.", '{"thought": "x"}', "[]",
                     acts("core_memory_append", label=1, content=[])]),
    max_size=12,
)  # fmt: skip


@settings(deadline=None)
@given(texts=TEXTS)
def test_whatever_a_model_writes_the_turn_ends_legally_within_its_limits(texts: list[str]) -> None:
    said = iter(texts)
    model = ScriptedLLM(otherwise=lambda _: says(next(said, "Well.")))
    loop = open_loop(open_memory("sam", ephemeral=True), AdaptiveLLM(model), limits=Limits(steps=5))

    told = list(loop.run([Message.said_by("boss", "Hello!")]))

    assert isinstance(told[-1], TurnEnded)
    assert told[-1].steps <= 5
    assert any(isinstance(event, Replied) and event.text for event in told)
    assert all(illegal(_request(each)) is None for each in model.requests)


def _request(request: Request) -> list[Any]:
    return list(request.messages)
