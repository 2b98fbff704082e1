"""What passes between MemGPTAgent and AutoGen: odd messages, tools, configuration, and what must not pass."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import autogen
import pytest
from autogen_support import agent, group, heard, person, requests, sends

from memgpt_autogen import Block, MemGPTAgent, Settings, open_memory
from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.events import Suspended
from memgpt_autogen.testing import ScriptedServer, call, says

pytestmark = pytest.mark.autogen

KEY = "sk-secret-0123456789"


def test_empty_content_is_kept_and_answered() -> None:  # T75
    sam = agent("sam", sends("yes?"))

    result = person("boss").initiate_chat(sam, message="", max_turns=1, silent=True)

    assert heard(sam) == [("boss", ""), ("sam", "yes?")]
    assert result.chat_history[-1]["content"] == "yes?"
    assert all(message["content"] for message in requests(sam)[0].messages)


def test_multimodal_content_is_heard_as_its_text_and_kept_whole() -> None:  # T75
    sam = agent("sam", sends("a cat"))
    content = [
        {"type": "text", "text": "what is this?"},
        {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}},
    ]

    person("boss").send({"content": content, "role": "user"}, sam, request_reply=False, silent=True)

    assert heard(sam) == [("boss", "what is this? [image 1: https://example.com/cat.png]")]
    assert sam.memory.log.spoken_tail(1)[0].message.extra["content"] == content


def test_others_tool_calls_and_results_are_told_as_theirs() -> None:  # T75
    sam = agent()
    coder = person("coder")
    coder.send(
        {
            "content": "",
            "tool_calls": [
                {"id": "t1", "type": "function", "function": {"name": "run", "arguments": '{"x": 1}'}}
            ],
        },
        sam,
        request_reply=False,
        silent=True,
    )
    coder.send(
        {
            "role": "tool",
            "content": "42",
            "tool_responses": [{"tool_call_id": "t1", "role": "tool", "content": "42"}],
        },
        sam,
        request_reply=False,
        silent=True,
    )

    sam.generate_reply(sender=coder)

    assert heard(sam)[:2] == [
        ("coder", '[calls run({"x": 1})]'),
        ("coder", "[result of a tool call] 42"),
    ]
    assert [message["role"] for message in requests(sam)[0].messages] == ["system", "user", "user"]


def test_messages_handed_over_without_being_received_are_taken_up_once() -> None:
    sam = agent("sam", sends("hello boss"), sends("fine"))
    first = [{"role": "user", "name": "boss", "content": "hi"}]

    reply = sam.generate_reply(messages=first)
    sam.generate_reply(
        messages=[
            *first,
            {"role": "assistant", "content": reply},
            {"role": "user", "name": "boss", "content": "how are you?"},
        ]
    )

    assert heard(sam) == [("boss", "hi"), ("sam", "hello boss"), ("boss", "how are you?"), ("sam", "fine")]


def test_a_resumed_group_chat_records_nothing_twice() -> None:
    sam = agent()
    ada, ben = person("ada", ["ada 0", "ada 1"]), person("ben", ["ben 0", "ben 1"])
    manager = group(ada, ben, sam, rounds=6)
    ada.initiate_chat(manager, message="opening", silent=True)
    before = heard(sam)
    said = copy.deepcopy(manager.groupchat.messages)

    again = group(ada, ben, sam, rounds=8)
    last, message = again.resume(messages=said, silent=True)
    last.initiate_chat(again, message=message, clear_history=False, silent=True)

    assert heard(sam)[: len(before)] == before
    assert [pair for pair in heard(sam) if pair[0] != "sam"].count(("ada", "opening")) == 1
    assert [pair for pair in heard(sam) if pair[0] != "sam"].count(("ben", "ben 0")) == 1


def test_llm_config_is_left_as_it_was_and_its_key_is_in_no_file(tmp_path: Path) -> None:  # T73
    with ScriptedServer(otherwise=sends("hello")) as server:
        llm_config = {
            "config_list": [{**server.llm_config["config_list"][0], "api_key": KEY}],
            "cache_seed": None,
        }
        before = copy.deepcopy(llm_config)
        sam = MemGPTAgent("sam", llm_config=llm_config, home=tmp_path / "home", silent=True)

        person("boss").initiate_chat(sam, message="remember me", max_turns=1, silent=True)

    assert llm_config == before
    assert heard(sam)[-1] == ("sam", "hello")
    sam.memory.archival.insert("something, so that the archive has files")
    files = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
    assert KEY not in repr(sam.memory) + repr(sam.loop) + str(sam.context_overview())


def test_the_models_usage_is_counted_as_the_agents_own() -> None:
    with ScriptedServer(otherwise=sends("hello")) as server:
        sam = MemGPTAgent("sam", llm_config=server.llm_config, silent=True)
        boss = person("boss")

        result = boss.initiate_chat(sam, message="hi", max_turns=1, silent=True)

    usage = result.cost["usage_including_cached_inference"]
    tokens = [figures["prompt_tokens"] for figures in usage.values() if isinstance(figures, dict)]
    assert sum(tokens) > 0


def test_memory_tools_are_never_visible_to_autogen() -> None:
    sam = agent()

    assert not sam.function_map
    assert not (sam.llm_config or {}).get("tools")
    assert not sam.can_execute_function("core_memory_append")


def test_a_function_the_agent_can_execute_runs_inside_its_turn() -> None:
    with ScriptedServer(
        says("", call("get_weather", city="Oslo", request_heartbeat=True)), sends("it snows in Oslo")
    ) as server:
        sam = MemGPTAgent("sam", llm_config=server.llm_config, silent=True)

        def get_weather(city: str) -> str:
            return f"snow in {city}"

        sam.register_for_llm(name="get_weather", description="the weather")(get_weather)
        sam.register_for_execution(name="get_weather")(get_weather)
        result = person("boss").initiate_chat(sam, message="weather?", max_turns=1, silent=True)

    assert result.chat_history[-1]["content"] == "it snows in Oslo"
    offered = {tool["function"]["name"] for tool in server.requests[0]["tools"]}
    assert {"get_weather", "send_message"} <= offered
    assert "snow in Oslo" in json.dumps(server.requests[1]["messages"])


def test_a_function_someone_else_executes_goes_out_as_a_tool_call_and_its_result_resumes_the_turn() -> None:
    with ScriptedServer(
        says(
            "",
            call("core_memory_append", label="human", content="asks about Oslo"),
            call("get_weather", city="Oslo"),
        ),
        sends("it snows in Oslo"),
    ) as server:
        sam = MemGPTAgent("sam", llm_config=server.llm_config, silent=True)
        boss = autogen.ConversableAgent("boss", llm_config=False, human_input_mode="NEVER", silent=True)

        def get_weather(city: str) -> str:
            return f"snow in {city}"

        sam.register_for_llm(name="get_weather", description="the weather")(get_weather)
        boss.register_for_execution(name="get_weather")(get_weather)
        result = boss.initiate_chat(sam, message="weather?", max_turns=2, silent=True)

    sent = result.chat_history[1]
    assert [tool["function"]["name"] for tool in sent["tool_calls"]] == ["get_weather"]
    assert result.chat_history[-1]["content"] == "it snows in Oslo"
    assert sam.memory.core["human"].value == "asks about Oslo"
    answer = next(
        m for m in server.requests[1]["messages"] if m["role"] == "tool" and "snow in Oslo" in m["content"]
    )
    assert answer["tool_call_id"] == sent["tool_calls"][0]["id"]
    assert not any(isinstance(event, Suspended) for event in sam.last_turn)


def test_typed_functions_given_as_tools_are_called_in_the_loop() -> None:
    def roll(sides: int) -> int:
        """Roll a die.

        Args:
            sides: how many
        """
        return sides

    sam = agent(
        "sam", says("", call("roll", sides="6", request_heartbeat=True)), sends("a six"), tools=[roll]
    )

    reply = sam.generate_reply(messages=[{"role": "user", "content": "roll!"}])

    assert reply == "a six"
    assert (
        '"6"' in json.dumps(requests(sam)[1].messages[-2])[:400]
        or "6" in requests(sam)[1].messages[3]["content"]
    )


def test_clearing_autogens_history_leaves_memory_and_reset_memory_forgets() -> None:
    sam = agent("sam", persona="I am Sam.")
    person("boss").initiate_chat(sam, message="hello", max_turns=1, silent=True)
    sam.memory.core.set("human", "boss")
    sam.memory.archival.insert("a passage")

    sam.clear_history()
    kept = (len(heard(sam)), sam.memory.core["human"].value, sam.memory.archival.count())
    sam.reset_memory()

    assert kept == (2, "boss", 1)
    assert heard(sam) == []
    assert sam.memory.core["human"].value == ""
    assert sam.memory.core["persona"].value == "I am Sam."
    assert sam.memory.archival.count() == 0


def test_an_agent_reopened_keeps_what_it_learned_over_what_its_constructor_says() -> None:
    agent("sam", persona="I am new.").memory.core.set("persona", "I have grown.")

    sam = agent("sam", persona="I am new.", blocks=[Block("project", "heron")])

    assert sam.memory.core["persona"].value == "I have grown."
    assert sam.memory.core["project"].value == "heron"


def test_the_system_message_is_read_afresh_as_the_developers_instructions() -> None:
    sam = agent("sam", system_message="Speak French.")

    sam.generate_reply(messages=[{"role": "user", "content": "hi"}])
    sam.update_system_message("Speak {German}.")
    sam.generate_reply(messages=[{"role": "user", "content": "hi again"}])

    prompts = [request.messages[0]["content"] for request in requests(sam)]
    assert "Speak French." in prompts[0]
    assert "Speak {German}." in prompts[1]
    assert prompts[0].startswith("You are sam")


def test_an_agent_without_a_model_leaves_the_reply_to_the_stock_functions() -> None:
    sam = MemGPTAgent("sam", llm_config=False, default_auto_reply="(listening)", silent=True)

    reply = sam.generate_reply(messages=[{"role": "user", "content": "hi"}], sender=person("boss"))

    assert reply == "(listening)"
    with pytest.raises(ConfigurationError, match="llm_config=False"):
        sam.context_overview()


def test_without_any_model_the_offline_one_answers() -> None:
    sam = MemGPTAgent("sam", silent=True)

    result = person("boss").initiate_chat(sam, message="My name is Ada.", max_turns=1, silent=True)

    assert sam.loop is not None
    assert sam.loop.llm.model == "offline"
    assert "Ada" in result.chat_history[-1]["content"]


def test_home_and_settings_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not both"):
        MemGPTAgent("sam", home=tmp_path, settings=Settings.load())


@pytest.mark.parametrize("name", ["two words", "a/b", "", "x" * 65])
def test_a_name_that_could_not_travel_is_refused(name: str) -> None:  # T74
    with pytest.raises((ConfigurationError, ValueError)):
        MemGPTAgent(name, silent=True)


def test_two_members_of_one_name_are_refused() -> None:  # T74
    sam, ada = agent("sam"), person("ada")

    with pytest.raises((ConfigurationError, ValueError), match=r"(?i)name"):
        ada.initiate_chat(group(ada, sam, person("sam"), rounds=3), message="hi", silent=True)


def test_a_timed_heartbeat_may_stay_silent_or_say_something() -> None:
    sam = agent("sam", says("nothing to do"), sends("time for tea"), timed_heartbeats=True)

    assert sam.heartbeat() is None
    assert sam.heartbeat() == "time for tea"
    assert "pause_heartbeats" in {tool["function"]["name"] for tool in requests(sam)[0].tools}


def test_an_ephemeral_agent_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_HOME", str(tmp_path / "untouched"))

    sam = MemGPTAgent("sam", ephemeral=True, silent=True)
    sam.generate_reply(messages=[{"role": "user", "content": "My name is Ada."}])

    assert not (tmp_path / "untouched").exists()


def test_an_unreachable_archive_is_told_by_its_tools_and_the_agent_goes_on() -> None:  # T35
    sam = agent(
        "sam",
        says("", call("archival_memory_insert", content="x")),
        says("", call("archival_memory_search", query="x")),
        sends("I cannot reach my archive."),
        settings=Settings.load(qdrant_url="http://127.0.0.1:9"),
    )

    reply = sam.generate_reply(messages=[{"role": "user", "content": "keep x"}])

    assert reply == "I cannot reach my archive."
    results = [json.loads(m["content"]) for m in requests(sam)[-1].messages if m["role"] == "tool"]
    assert [result["status"] for result in results] == ["OK", "OK"]
    assert all("the server of archival memory does not answer" in r["message"].lower() for r in results), (
        results
    )
    assert "127.0.0.1" not in str(results)
    assert "not reachable" in requests(sam)[0].messages[0]["content"]
    assert "not reachable" in str(sam.context_overview())


def test_passages_inserted_by_code_are_told_to_the_model_in_the_next_turn() -> None:
    sam = agent()
    sam.generate_reply(messages=[{"role": "user", "content": "hi"}])
    sam.memory.archival.insert("The permit is FG-2219.", tags=["permits"], source="city.pdf")

    sam.generate_reply(messages=[{"role": "user", "content": "what is the permit?"}])

    prompt = requests(sam)[-1].messages[0]["content"]
    assert "archival: 1 passages" in prompt
    assert "permits" in prompt
    assert "city.pdf" in prompt


def test_what_a_timed_heartbeat_says_and_someone_sends_is_kept_once() -> None:
    sam = agent("sam", sends("time for tea"))
    boss = person("boss")

    sam.send(sam.heartbeat(), boss, request_reply=False, silent=True)

    assert heard(sam) == [("sam", "time for tea")]


def test_words_said_before_the_model_failed_are_the_reply() -> None:
    sam = agent(
        "sam",
        says(
            "",
            call("send_message", message="one moment"),
            call("conversation_search", request_heartbeat=True),
        ),
        ModelError("down"),
    )
    boss = person("boss")

    result = boss.initiate_chat(sam, message="hi", max_turns=1, silent=True)

    assert result.chat_history[-1]["content"] == "one moment"
    assert heard(sam) == [("boss", "hi"), ("sam", "one moment")]


def test_a_timed_heartbeat_of_a_failing_model_is_silence() -> None:
    assert agent("sam", ModelError("down")).heartbeat() is None


def test_arguments_that_an_open_memory_would_ignore_are_refused() -> None:
    memory = open_memory("sam")

    assert MemGPTAgent("sam", memory=memory, silent=True).memory is memory
    with pytest.raises(ConfigurationError, match="persona, ephemeral would have no effect"):
        MemGPTAgent("sam", memory=memory, persona="I am Sam.", ephemeral=True, silent=True)
    with pytest.raises(ConfigurationError, match="'tom' cannot have the memory of 'sam'"):
        MemGPTAgent("tom", memory=memory, silent=True)
