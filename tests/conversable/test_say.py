"""`agent.say`: one line to talk to an agent, and what `generate_reply` makes of a text."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.testing import call, says

autogen = pytest.importorskip("autogen")
if not hasattr(autogen, "ConversableAgent"):
    pytest.skip("this autogen has no ConversableAgent", allow_module_level=True)

from autogen_support import agent, group, heard, person, sends  # noqa: E402

from memgpt_autogen import MemGPTAgent  # noqa: E402

pytestmark = pytest.mark.autogen


def say(sam: MemGPTAgent, *words: Any, asynchronous: bool, **options: Any) -> str:
    return asyncio.run(sam.a_say(*words, **options)) if asynchronous else sam.say(*words, **options)


both_ways = pytest.mark.parametrize("asynchronous", [False, True])


def test_a_line_is_heard_and_answered_with_text_in_the_offline_rules_too() -> None:
    sam = MemGPTAgent("sam", ephemeral=True)

    assert isinstance(sam.say("My name is Ada. I live in Lisbon."), str)
    assert "Lisbon" in sam.say("Where do I live?")


@both_ways
def test_each_line_is_stored_once_with_its_speaker_also_when_it_is_said_again(asynchronous: bool) -> None:
    sam = agent("sam", sends("Hi."), sends("Hi again."), sends("Hello, Ada."))

    said = [say(sam, "Hello", asynchronous=asynchronous) for _ in range(2)]
    said.append(say(sam, "Hello", asynchronous=asynchronous, speaker="Ada Lovelace"))

    assert said == ["Hi.", "Hi again.", "Hello, Ada."]
    assert heard(sam) == [
        *(("user", "Hello"), ("sam", "Hi.")),
        *(("user", "Hello"), ("sam", "Hi again.")),
        *(("Ada Lovelace", "Hello"), ("sam", "Hello, Ada.")),
    ]


def test_the_chat_is_in_autogens_transcript() -> None:
    sam = agent("sam", sends("Hi."))

    sam.say("Hello", speaker="ada")

    ((ada, messages),) = sam.chat_messages.items()
    assert ada.name == "ada"
    assert [(each["role"], each["content"]) for each in messages] == [("user", "Hello"), ("assistant", "Hi.")]


def test_what_was_said_is_not_recorded_again_when_a_group_resumes() -> None:
    sam, ben = agent("sam", sends("Hi.")), person("ben", ["go on"])
    sam.say("Hello", speaker="ben")

    ben.initiate_chat(group(ben, sam, rounds=3), message="Let us start.", silent=True)

    assert [text for _, text in heard(sam)].count("Hello") == 1


@both_ways
def test_pictures_and_whole_messages_can_be_said(asynchronous: bool) -> None:
    sam = agent("sam")
    pixel = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{pixel}"}}

    say(sam, [{"type": "text", "text": "Look:"}, picture], asynchronous=asynchronous)
    say(sam, {"role": "user", "name": "ada", "content": "Hello"}, asynchronous=asynchronous)

    said = [(who, text) for who, text in heard(sam) if who != "sam"]
    assert said[0][1].startswith("Look:")
    assert said[1] == ("ada", "Hello")


@both_ways
def test_tools_of_its_own_run_and_those_that_another_agent_runs_are_not_offered(asynchronous: bool) -> None:
    sam = agent("sam", says("", call("roll", sides=6, request_heartbeat=True)), sends("It is 4."))
    other = autogen.ConversableAgent("other", llm_config=False)
    sam.llm_config = {"config_list": [{"model": "none", "api_key": "none"}]}
    for name, executor in (("roll", sam), ("pay", other)):

        def work(sides: int = 1) -> str:
            """Do it."""
            return str(sides - 2)

        autogen.register_function(work, caller=sam, executor=executor, name=name, description="Do it.")

    assert say(sam, "Roll!", asynchronous=asynchronous) == "It is 4."

    offered = [tool["function"]["name"] for tool in sam.loop.llm.requests[0].tools]
    assert "roll" in offered
    assert "pay" not in offered


@both_ways
def test_reply_functions_and_limits_of_autogen_hold(asynchronous: bool) -> None:
    sam = agent("sam", max_consecutive_auto_reply=2)  # AutoGen may count an asynchronous reply twice
    sam.register_reply(
        [autogen.Agent, None],
        lambda _recipient, messages=None, **_: (messages[-1]["content"] == "ping", {"content": "pong"}),
    )

    assert say(sam, "ping", asynchronous=asynchronous) == "pong"
    answers = [say(sam, "ping?", asynchronous=asynchronous) for _ in range(4)]
    assert all(answer.startswith("answer ") for answer in answers)
    assert say(sam, "TERMINATE", asynchronous=asynchronous) == ""


@both_ways
def test_a_failing_model_is_a_notice_or_an_error_and_what_is_said_again_is_stored_once(
    asynchronous: bool,
) -> None:
    def fail(_request: Any) -> Any:
        raise ModelError("Nobody is there.")

    notice = agent("sam", fail)
    assert "Nobody is there." in say(notice, "Hello", asynchronous=asynchronous)

    eve = agent("eve", fail, sends("Hi."), model_error="raise")
    with pytest.raises(ModelError):
        say(eve, "Hello", asynchronous=asynchronous)
    assert say(eve, "Hello", asynchronous=asynchronous) == "Hi."
    assert heard(eve) == [("user", "Hello"), ("eve", "Hi.")]


@both_ways
@pytest.mark.parametrize("words", ["", " \n", None, 5, b"x", [], ["Hello"], {"content": None}])
def test_what_is_no_text_is_an_error_and_is_not_stored(words: Any, asynchronous: bool) -> None:
    sam = agent("sam")

    with pytest.raises(ConfigurationError, match=r"message is .*; give a text"):
        say(sam, words, asynchronous=asynchronous)

    assert heard(sam) == []


@pytest.mark.parametrize(
    ("speaker", "said"), [("", "give the name"), (None, "give the name"), ("sam", "agent's own name")]
)
def test_a_speaker_has_a_name_that_is_not_the_agents(speaker: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        agent("sam").say("Hello", speaker=speaker)


def test_an_agent_without_a_model_says_so() -> None:
    with pytest.raises(ConfigurationError, match="llm_config=False, so it has no model"):
        MemGPTAgent("sam", ephemeral=True, llm_config=False).say("Hello")


@pytest.mark.parametrize(
    "given", ["Hello", {"content": "Hello"}, ["Hello"], ({"role": "user", "content": "Hello"},)]
)
def test_generate_reply_understands_a_text(given: Any) -> None:
    ada = person("ada")
    sam, eve = agent("sam", sends("Hi.")), agent("eve", sends("Hi."))

    assert sam.generate_reply(given) == "Hi."
    assert asyncio.run(eve.a_generate_reply(given, ada)) == "Hi."

    assert heard(sam) == [("user", "Hello"), ("sam", "Hi.")]
    assert heard(eve) == [("ada", "Hello"), ("eve", "Hi.")]


@pytest.mark.parametrize("given", [None, "", [], 5, [5], [["Hello"]], b"Hello"])
def test_generate_reply_explains_what_it_takes(given: Any) -> None:
    sam = agent("sam")

    for reply in (sam.generate_reply, lambda messages: asyncio.run(sam.a_generate_reply(messages))):
        with pytest.raises(ConfigurationError, match=r"messages is .*; give a text, or messages of AutoGen"):
            reply(given)
