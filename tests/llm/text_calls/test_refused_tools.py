"""An engine that refuses functions in the chat API is asked plainly, in the same turn."""

from __future__ import annotations

from typing import Any

import pytest
from loops import HELLO, story
from openai_endpoints import HELLO as PROMPT
from openai_endpoints import TOOL, llm_of, refusal

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.errors import ContextOverflowError, ModelError
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.text_calls.plain import AdaptiveLLM, with_function_calling
from memgpt_autogen.testing import HTTPFailure, ScriptedServer, call, says
from memgpt_autogen.testing.engines import (
    EngineServer,
    LlamaCppServer,
    LMStudioServer,
    OllamaServer,
    VLLMServer,
)

HI = '{"thought": "A greeting.", "function": "send_message", "arguments": {"message": "Hi!"}}'

# how other servers say it, with the thread where somebody met it
IN_OTHER_WORDS = [
    refusal("Unsupported param: tools", 500, code=500, type="server_error"),  # llama.cpp#10920
    refusal("tools is not supported in this model. See the list of models."),  # flexeval#242
    refusal("Tool choice has not supported yet", 501),  # mlx-openai-server#149
    refusal("model features function calling not support", 400),  # aider-desk#86
    refusal("stablelm2:latest does not support tools", 400, type="api_error"),  # ollama#6027
    refusal("No endpoints found that support tool use.", 404),
    refusal("This model doesn't support function calling", 403),
    HTTPFailure(422, {"detail": [{"loc": ["body", "tools"], "msg": "Extra inputs are not permitted"}]}),
    HTTPFailure(400, {"error": "Model 'm' does not support tools."}),
    HTTPFailure(400, 'json: unknown field "tools"'),
    HTTPFailure(500, "tool calling is disabled for this model"),
    refusal("tool_choice is only allowed when a tools parser is set"),
    HTTPFailure(422, {"detail": [{"loc": ["body", "tools"], "msg": "tools: Input should be empty"}]}),
    refusal("Tool call parser not configured. Please set --tool-call-parser"),
]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("kind", [OllamaServer, LMStudioServer, LlamaCppServer, VLLMServer])
def test_an_engine_without_functions_is_asked_plainly_in_the_same_turn(
    kind: type[EngineServer], streamed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    waits: list[float] = []
    with kind(refuses_tools=True, window=16_384) as server:
        llm = OpenAILLM(server.model, base_url=server.url, sleep=waits.append)
        adaptive = with_function_calling(llm, "auto")
        loop = open_loop(open_memory("sam", ephemeral=True), adaptive, window_tokens=16_384, stream=streamed)
        told = [story(loop.run([HELLO])) for _ in range(2)]

    assert all("says Noted." in each for each in told)
    assert isinstance(adaptive, AdaptiveLLM)
    assert adaptive.function_calling == "plain"
    assert ["tools" in each for each in server.requests] == [True, False, False]
    assert waits == []  # the same refusal is not asked for again
    assert caplog.text.count("is asked plainly now") == 1


@pytest.mark.parametrize("streamed", [False, True])
def test_a_refusal_with_status_200_is_one_too(streamed: bool) -> None:
    words = HTTPFailure(200, {"error": "Model 'small' does not support tools."})
    with ScriptedServer(words, says(HI)) as server:
        llm = AdaptiveLLM(llm_of(server))
        answer = list(llm.stream(PROMPT, [TOOL]))[-1] if streamed else llm.complete(PROMPT, [TOOL])

    assert [each.name for each in answer.tool_calls] == ["send_message"]
    assert llm.function_calling == "plain"


ROLES = [
    # llama.cpp#19851, mistral-vibe#1006
    "After the optional system message, conversation roles must alternate user and assistant roles except",
    "Conversation roles must alternate user/assistant/user/assistant/...",  # sdialog#122, llama_index#11731
    'messages: roles must alternate between "user" and "assistant"',
    "After the system message(s), user or tool message(s) should alternate with assistant message(s).",
]


@pytest.mark.parametrize("words", ROLES, ids=lambda each: each[:30])
@pytest.mark.parametrize("status", [400, 500])
def test_a_template_that_wants_roles_in_turn_is_asked_plainly_also_after_a_call(
    words: str, status: int, waits: list[float]
) -> None:
    greets = says("", call("send_message", message="Hi!"))
    with ScriptedServer(greets, refusal(words, status), says(HI)) as server:
        llm = AdaptiveLLM(llm_of(server, waits))
        loop = open_loop(open_memory("sam", ephemeral=True), llm, window_tokens=16_384)
        told = [story(loop.run([HELLO])) for _ in range(2)]

    assert all("says Hi!" in each for each in told)
    assert llm.function_calling == "plain"
    assert waits == []
    roles = [each["role"] for each in server.requests[-1]["messages"][1:]]
    assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]


@pytest.mark.parametrize("words", IN_OTHER_WORDS, ids=lambda each: str(each.body)[:60])
def test_a_refusal_is_known_in_any_words(words: HTTPFailure) -> None:
    with ScriptedServer(words, says(HI)) as server:
        answer = AdaptiveLLM(llm_of(server)).complete(PROMPT, [TOOL])

    assert [each.name for each in answer.tool_calls] == ["send_message"]
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "unsaid", [refusal("bad request"), refusal("Value is not callable: null at row 1", 500)]
)
def test_a_server_that_does_not_say_what_it_refuses_is_asked_plainly_once(unsaid: HTTPFailure) -> None:
    with ScriptedServer(unsaid, says(HI)) as server:
        llm = AdaptiveLLM(llm_of(server, max_retries=0))
        assert llm.complete(PROMPT, [TOOL]).tool_calls

    assert llm.function_calling == "plain"


def test_where_the_plain_request_is_refused_too_the_first_refusal_is_raised() -> None:
    answers: list[Any] = [refusal("bad seed"), *[refusal("bad request")] * 3]
    with ScriptedServer(*answers) as server:
        llm = AdaptiveLLM(llm_of(server))
        with pytest.raises(ModelError, match="bad seed"):
            llm.complete(PROMPT, [TOOL])

    assert llm.function_calling == "auto"


def test_a_plain_prompt_that_is_too_long_is_told_as_such() -> None:
    too_long = refusal("This model's maximum context length is 2048 tokens")
    with ScriptedServer(refusal("strange"), too_long) as server, pytest.raises(ContextOverflowError):
        AdaptiveLLM(llm_of(server)).complete(PROMPT, [TOOL])


@pytest.mark.parametrize(
    "failure",
    [HTTPFailure(401), HTTPFailure(404), HTTPFailure(429), HTTPFailure(500), HTTPFailure(503), HTTPFailure(0),
     refusal("model 'my-tools' not found", 404)],
)  # fmt: skip
def test_other_failures_are_no_refusal(failure: HTTPFailure) -> None:
    with ScriptedServer(failure) as server, pytest.raises(ModelError):
        AdaptiveLLM(llm_of(server, max_retries=0)).complete(PROMPT, [TOOL])

    assert len(server.requests) == 1


def test_a_model_that_called_before_is_asked_plainly_only_if_the_server_says_so() -> None:
    greets = says("", call("send_message", message="Hi!"))
    unsaid, said = refusal("strange"), refusal("small does not support tools")
    with ScriptedServer(greets, unsaid, said, says(HI)) as server:
        llm = AdaptiveLLM(llm_of(server))
        llm.complete(PROMPT, [TOOL])
        with pytest.raises(ModelError, match="strange"):
            llm.complete(PROMPT, [TOOL])
        assert llm.function_calling == "native"
        llm.complete(PROMPT, [TOOL])

    assert llm.function_calling == "plain"


def test_where_the_person_wants_native_calls_the_error_says_the_way_out() -> None:
    with LlamaCppServer(refuses_tools=True) as server, pytest.raises(ModelError) as caught:
        llm_of(server).complete(PROMPT, [TOOL])

    assert "use function_calling 'auto' or 'plain'" in str(caught.value)
    assert "--jinja" in str(caught.value)
