"""OpenAI's Responses API through both of AutoGen 0.14's clients: ids, chains and whole prompts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import autogen
import pytest
from autogen_support import heard
from responses_endpoint import ResponsesEndpoint, calls, says
from side_by_side import KINDS, Kind, helper

from memgpt_autogen import MemGPTAgent

pytest.importorskip("autogen.oai.openai_responses", reason="this AutoGen has no client for the Responses API")

pytestmark = [pytest.mark.autogen, pytest.mark.parametrize("api_type", ["responses", "responses_v2"])]


def temperature(place: str) -> str:
    return "12 degrees Celsius"


def answer(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Ask for the temperature, search memory, and say it; a stock agent has no memory to search."""
    names = [tool["name"] for tool in request["tools"]]
    if "temperature" not in names:
        return [says("so far")]
    items = request["input"]
    asked = max((n for n, item in enumerate(items) if "user_message" in str(item.get("content"))), default=-1)
    results = [item["output"] for item in items[asked + 1 :] if item.get("type") == "function_call_output"]
    if not results:
        return [calls("temperature", place="deck")]
    if "send_message" not in names:
        return [says("It is 12 degrees.")]
    if "Celsius" in results[-1]:
        return [calls("conversation_search", query="deck", request_heartbeat=True)]
    return [calls("send_message", message="It is 12 degrees.")]


def outputs(request: Mapping[str, Any]) -> list[str]:
    return [item["call_id"] for item in request["input"] if item.get("type") == "function_call_output"]


def agent(endpoint: ResponsesEndpoint, api_type: str, kind: Kind = MemGPTAgent, **options: Any) -> Any:
    return kind(
        "sam",
        llm_config=endpoint.llm_config(api_type),
        human_input_mode="NEVER",
        silent=True,
        **options,
    )


def registered(sam: Any, executor: Any) -> None:
    autogen.register_function(
        temperature, caller=sam, executor=executor, name="temperature", description="The temperature."
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_that_another_agent_runs_comes_back_with_its_id(kind: Kind, api_type: str) -> None:
    with ResponsesEndpoint(answer) as endpoint:
        sam, p = agent(endpoint, api_type, kind), helper("p")
        registered(sam, p)

        result = p.initiate_chat(sam, message="How warm is it on deck?", max_turns=2, silent=True)

    made = result.chat_history[1]["tool_calls"][0]["id"]
    assert made.startswith("call_")
    assert endpoint.refused == []
    assert outputs(endpoint.requests[1]) == [made]
    assert endpoint.requests[1]["previous_response_id"]
    assert "12 degrees" in str(result.chat_history[-1]["content"])


def test_the_steps_of_a_turn_are_chained_and_send_only_what_is_new(api_type: str) -> None:
    with ResponsesEndpoint(answer) as endpoint:
        sam = agent(endpoint, api_type)
        registered(sam, sam)

        assert sam.say("How warm is it on deck?", speaker="p") == "It is 12 degrees."

    assert endpoint.refused == []
    first, *others = endpoint.requests
    assert [item["role"] for item in first["input"]] == ["system", "user"]
    assert "previous_response_id" not in first
    assert [[item.get("type", item.get("role")) for item in each["input"]] for each in others] == [
        # the loop's reason for another step is an event after the result
        ["function_call_output", "user"],
        ["function_call_output", "user"],
    ]
    assert all(each["previous_response_id"] for each in others)


def test_a_later_turn_continues_the_last_response(api_type: str) -> None:
    with ResponsesEndpoint(answer) as endpoint:
        sam = agent(endpoint, api_type)
        registered(sam, sam)
        for words in ("How warm is it on deck?", "And now?"):
            assert sam.say(words, speaker="p") == "It is 12 degrees."

    assert endpoint.refused == []
    assert len(endpoint.requests) == 6


def test_an_agent_in_a_new_process_sends_the_calls_with_their_outputs(api_type: str) -> None:
    with ResponsesEndpoint(answer) as endpoint:
        for _ in range(2):
            sam = agent(endpoint, api_type)
            registered(sam, sam)
            assert sam.say("How warm is it on deck?", speaker="p") == "It is 12 degrees."

    assert endpoint.refused == []
    again = endpoint.requests[3]["input"]
    assert next(item["name"] for item in again if item.get("type") == "function_call") == "temperature"


def test_a_changed_core_memory_and_an_eviction_send_the_whole_prompt(api_type: str) -> None:
    with ResponsesEndpoint(answer) as endpoint:
        sam = agent(endpoint, api_type, window_tokens=4000)
        registered(sam, sam)
        for number in range(10):
            sam.memory.core.edit("human", lambda block, n=number: block.append(f"fact {n}"))
            # a warning of memory pressure lets it speak twice
            assert "It is 12 degrees." in sam.say(f"{number} " + "word " * 150, speaker="p")

    assert endpoint.refused == []
    assert sam.memory.queue.summary is not None
    assert "fact 9" in json.dumps([request["input"] for request in endpoint.requests[-4:]])


def test_a_response_that_the_endpoint_has_lost_is_not_needed(api_type: str) -> None:
    with ResponsesEndpoint(answer) as endpoint:
        sam = agent(endpoint, api_type)
        registered(sam, sam)
        sam.say("How warm is it on deck?", speaker="p")
        endpoint.forgets = True

        assert sam.say("And now?", speaker="p") == "It is 12 degrees."

    assert ("sam", "It is 12 degrees.") in heard(sam)


def test_plain_answers_are_continued_too(api_type: str) -> None:
    with ResponsesEndpoint(lambda _: [says("Plainly said.")]) as endpoint:
        sam = agent(endpoint, api_type, protocol="native")
        for words in ("Hello", "Again"):
            assert sam.say(words, speaker="p") == "Plainly said."

    assert endpoint.refused == []
    assert [item["role"] for item in endpoint.requests[1]["input"]] == ["user"]


def test_without_a_store_nothing_is_chained(api_type: str) -> None:
    with ResponsesEndpoint(answer) as endpoint:
        llm_config = endpoint.llm_config(api_type)
        llm_config["config_list"][0]["store"] = False
        sam = MemGPTAgent("sam", llm_config=llm_config, silent=True)
        registered(sam, sam)

        assert sam.say("How warm is it on deck?", speaker="p") == "It is 12 degrees."

    assert endpoint.refused == []
    assert not any("previous_response_id" in request for request in endpoint.requests)
