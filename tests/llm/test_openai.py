"""OpenAI-compatible chat models: requests, answers, prices, settings."""

from __future__ import annotations

import math
from typing import Any

import pytest
from openai_endpoints import HELLO, TOOL, llm_of

from memgpt_autogen.chosen_models import choose_llm
from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import Delayed, HTTPFailure, ScriptedServer, call, says


def test_an_answer_arrives_with_its_text_calls_and_usage() -> None:
    noted = call("send_message", message="Noted.")
    with ScriptedServer(says("Thinking.", noted, usage=Usage(120, 9))) as server:
        completion = llm_of(server).complete(HELLO, [TOOL], "required")

    assert completion.text == "Thinking."
    assert completion.tool_calls == (noted,)
    assert completion.usage == Usage(120, 9)
    assert completion.finish_reason == "tool_calls"


def test_the_request_holds_what_was_asked_and_nothing_more() -> None:
    with ScriptedServer(otherwise=says("Hi.")) as server:
        llm_of(server, temperature=0.2, max_tokens=50, extra={"top_k": 7}).complete(HELLO, [TOOL], "required")
        llm_of(server).complete(HELLO, [], "none")

    full, bare = server.requests
    assert full == {
        "model": "scripted",
        "messages": HELLO,
        "tools": [TOOL],
        "tool_choice": "required",
        "temperature": 0.2,
        "max_tokens": 50,
        "top_k": 7,
    }
    assert bare == {"model": "scripted", "messages": HELLO}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "upstream is down"}}, "without choices.*upstream is down"),
        ({"choices": []}, "without choices"),
        ("<html>proxy</html>", "without choices"),
    ],
)
def test_nonsense_with_status_200_is_a_model_error(body: Any, words: str) -> None:
    with ScriptedServer(HTTPFailure(200, body)) as server, pytest.raises(ModelError, match=words):
        llm_of(server).complete(HELLO)


@pytest.mark.parametrize("streamed", [False, True])
def test_an_error_with_status_200_that_has_a_code_is_tried_again_like_that_code(streamed: bool) -> None:
    upstream = HTTPFailure(200, {"error": {"message": "Provider returned error", "code": 502}})
    with ScriptedServer(upstream, says("Hi.")) as server:
        llm = llm_of(server, [], max_retries=1)
        answer = list(llm.stream(HELLO))[-1] if streamed else llm.complete(HELLO)

    assert answer.text == "Hi."
    denied = HTTPFailure(200, {"error": {"message": "No such key", "code": 401}})
    with ScriptedServer(denied) as server, pytest.raises(ModelError, match="200 with an error: No such key"):
        llm_of(server, [], max_retries=1).complete(HELLO)


def test_a_price_makes_a_cost_and_without_one_there_is_none() -> None:
    taken = says("Hi.", usage=Usage(1_000_000, 500_000, 400_000))
    with ScriptedServer(otherwise=taken) as server:
        costs = [
            llm_of(server, price=price).complete(HELLO).usage.cost for price in ((2, 8), (2, 8, 0.5), None)
        ]
        (streamed,) = {llm.usage.cost for llm in list(llm_of(server, price=(2, 8)).stream(HELLO))[-1:]}

    assert costs == [pytest.approx(6.0), pytest.approx(5.4), None]
    assert streamed == pytest.approx(6.0)


def test_an_endpoint_that_tells_the_cost_is_believed() -> None:
    with ScriptedServer(says("Hi.", usage=Usage(1000, 200, cost=0.25))) as server:
        assert llm_of(server, price=(2, 8)).complete(HELLO).usage.cost == 0.25


@pytest.mark.parametrize("price", [(1,), (1, 2, 3, 4), (-1, 2), (math.inf, 1)])
def test_a_price_that_is_none_is_refused(price: tuple[float, ...]) -> None:
    with pytest.raises(ConfigurationError, match="price is"):
        OpenAILLM("m", base_url="http://localhost/v1", price=price)


def test_the_settings_say_how_patient_a_model_is() -> None:
    with ScriptedServer(Delayed(3600, says("Never."))) as server:
        settings = Settings.load(model="x", base_url=server.url, request_seconds=0.2, max_retries=0)
        with pytest.raises(ModelError, match="no answer in time"):
            choose_llm(settings).complete(HELLO)


def test_the_settings_say_how_dear_a_model_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_PRICE", "[2, 8]")
    with ScriptedServer(says("Hi.", usage=Usage(1_000_000, 0))) as server:
        assert choose_llm(Settings.load(model="x", base_url=server.url)).complete(HELLO).usage.cost == 2
