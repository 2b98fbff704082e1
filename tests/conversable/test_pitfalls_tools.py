"""Pitfalls of AutoGen's tools, configuration, usage and caches, one test for each."""

from __future__ import annotations

import json
from typing import Any

import autogen
import pytest
from autogen.io import IOStream
from autogen_support import Printed, person, sends
from side_by_side import config, either, helper, made, offered, said, served

from memgpt_autogen import MemGPTAgent
from memgpt_autogen.adapter.llm import AutoGenLLM
from memgpt_autogen.testing import call

pytestmark = pytest.mark.autogen

ASK = [{"role": "user", "content": "hi"}]


def get_weather(city: str) -> str:
    return f"snow in {city}"


def registered(caller: Any, executor: Any) -> None:
    autogen.register_function(
        get_weather, caller=caller, executor=executor, name="get_weather", description="w"
    )


def test_tools_and_settings_in_the_configuration_do_not_replace_the_agents_own() -> None:  # pitfall 8
    with served(either("hello")) as server:
        llm_config = {**config(server), "temperature": 0.3}
        llm_config["tools"] = [{"type": "function", "function": {"name": "users_own", "parameters": {}}}]
        sam = MemGPTAgent("sam", llm_config=llm_config, silent=True)
        registered(sam, helper("desk"))
        sam.generate_reply(ASK)

    assert {"send_message", "core_memory_append", "users_own", "get_weather"} <= offered(server)
    assert server.requests[0]["temperature"] == 0.3


def test_a_repeated_request_is_answered_afresh_unless_the_user_names_a_seed() -> None:  # pitfall 9
    with served(sends("once"), sends("twice"), sends("thrice")) as server:
        unseeded = config(server)
        del unseeded["cache_seed"]
        for llm_config in (unseeded, unseeded, {**unseeded, "cache_seed": None}):
            AutoGenLLM(llm_config).complete(ASK)

    assert len(server.requests) == 3


def test_a_stream_in_the_configuration_asks_nobody_for_an_encoding_and_prints_nothing() -> None:  # pitfall 10
    printed = Printed()
    with served(either("hello")) as server, IOStream.set_default(printed):
        llm_config = config(server)
        llm_config["config_list"][0]["stream"] = True
        try:
            sam = MemGPTAgent("sam", llm_config=llm_config, silent=True)
        except ValueError:
            pytest.skip("this AutoGen takes no stream in its configuration")
        reply = sam.generate_reply(ASK)

    assert reply == "hello"
    assert not server.requests[0].get("stream")
    assert printed.lines == []


def test_autogen_has_the_configuration_that_hand_offs_summaries_and_costs_need() -> None:  # pitfall 15
    with served(either("hello"), either("a summary")) as server:
        sam = made(MemGPTAgent, server)
        registered(sam, helper("desk"))
        result = person("boss").initiate_chat(
            sam, message="hi", max_turns=1, silent=True, summary_method="reflection_with_llm"
        )

    assert result.summary == "a summary"
    assert result.cost["usage_including_cached_inference"]["total_cost"] > 0


def test_our_own_settings_are_not_in_the_configuration() -> None:  # pitfall 16
    with served(either("hello")) as server:
        stock = made(autogen.ConversableAgent, server)
        sam = made(MemGPTAgent, server, window_tokens=9000, persona="I am Sam.", tool_seconds=5.0)
        sam.generate_reply(ASK)

    assert dict(sam.llm_config) == dict(stock.llm_config)
    assert set(server.requests[0]) <= {
        "messages", "model", "tools", "temperature", "top_p", "stream", "tool_choice", "max_tokens"
    }  # fmt: skip


def test_usage_is_added_to_the_client_that_a_registration_has_put_in_place() -> None:  # pitfall 17
    with served(either("hello"), either("hello again")) as server:
        sam = made(MemGPTAgent, server)
        sam.generate_reply(ASK)
        before = sam.client
        registered(sam, helper("desk"))
        sam.generate_reply([*ASK, {"role": "user", "content": "and?"}])

    assert sam.client is not before
    assert sam.get_actual_usage()["scripted"]["completion_tokens"] > 0
    assert sam.get_total_usage()["total_cost"] > 0


def test_a_reset_agent_has_the_same_memory_since_autogen_holds_no_copy_of_it() -> None:  # pitfall 18
    with served(either("hello"), either("still here")) as server:
        sam = made(MemGPTAgent, server)
        memory, loop = sam.memory, sam.loop
        person("boss").initiate_chat(sam, message="hi", max_turns=1, silent=True)
        sam.reset()
        person("boss").initiate_chat(sam, message="again", max_turns=1, silent=True)

    assert (sam.memory, sam.loop) == (memory, loop)
    assert all(entry["config"] is None for entry in sam._reply_func_list)
    assert [entry.message.spoken for entry in sam.memory.log.spoken_tail(9)] == [
        "hi", "hello", "again", "still here"
    ]  # fmt: skip


def test_memory_tools_are_neither_registered_nor_emitted_nor_reasons_to_choose_a_speaker() -> (
    None
):  # pitfall 22
    remembers = either(
        "noted",
        call("core_memory_append", label="human", content="likes tea"),
        call("archival_memory_insert", content="tea"),
        call("conversation_search", query="tea"),
    )
    with served(remembers) as server:
        sam, ada = made(MemGPTAgent, server), helper("ada", "and?")
        chat = autogen.GroupChat(
            agents=[ada, sam], messages=[], max_round=3, speaker_selection_method="round_robin",
            func_call_filter=True,
        )  # fmt: skip
        manager = autogen.GroupChatManager(groupchat=chat, llm_config=False, silent=True)
        ada.initiate_chat(manager, message="I like tea", silent=True)

    assert said(chat.messages) == [("ada", "I like tea"), ("sam", "noted"), ("ada", "and?")]
    assert sam.memory.core["human"].value == "likes tea"
    assert not sam.function_map
    assert not sam.llm_config.get("tools")
    assert "memory" not in json.dumps(chat.messages)
