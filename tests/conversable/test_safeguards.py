"""Safeguards of AutoGen 0.14 between an agent and its model: a stock agent and ours."""

from __future__ import annotations

import copy
from typing import Any

import autogen
import pytest
from autogen_support import agent, heard, requests, sends
from side_by_side import KINDS, Kind, either, helper, made, served

from memgpt_autogen import MemGPTAgent
from memgpt_autogen.testing import call, says

HAS_SAFEGUARDS = "safeguard_llm_inputs" in autogen.ConversableAgent("a", llm_config=False).hook_lists
pytestmark = [
    pytest.mark.autogen,
    pytest.mark.skipif(not HAS_SAFEGUARDS, reason="this AutoGen has no safeguards for the model"),
]

INPUTS, OUTPUTS = "safeguard_llm_inputs", "safeguard_llm_outputs"
BLOCKED = "LLM call blocked by safeguard"


def refuse_badges(messages: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    return None if "badge number" in str(messages) else messages


def mask(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Hide a number wherever it stands, in copies of the messages."""
    masked = copy.deepcopy(messages)
    for message in masked:
        message["content"] = str(message["content"]).replace("5512", "[hidden]")
        for each in message.get("tool_calls") or ():
            each["function"]["arguments"] = each["function"]["arguments"].replace("5512", "[hidden]")
    return masked


def deliver(what: str) -> str:
    return f"{what} sent"


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_prompt_never_reaches_the_model(kind: Kind) -> None:
    with served(either("plain reply")) as server:
        sam, p = made(kind, server), helper("p")
        sam.register_hook(INPUTS, refuse_badges)

        refused = p.initiate_chat(sam, message="My badge number is 5512.", max_turns=1, silent=True)
        assert not server.requests
        accepted = p.initiate_chat(sam, message="Hello", max_turns=1, silent=True)

    assert (refused.summary, accepted.summary) == (BLOCKED, "plain reply")
    assert "5512" not in str(server.requests)


@pytest.mark.parametrize("kind", KINDS)
def test_what_an_input_safeguard_is_given_contains_the_whole_prompt(kind: Kind) -> None:
    given: list[Any] = []
    with served(either("plain reply")) as server:
        sam = made(kind, server, system_message="Be brief.")
        sam.register_hook(INPUTS, lambda messages: (given.append(copy.deepcopy(messages)), messages)[1])

        helper("p").initiate_chat(sam, message="Hello", max_turns=1, silent=True)

    assert [message["role"] for message in given[0]] == ["system", "user"]
    assert "Be brief." in given[0][0]["content"]
    assert "Hello" in given[0][1]["content"]


@pytest.mark.parametrize("kind", KINDS)
def test_safeguards_run_in_order_and_none_ends_them(kind: Kind) -> None:
    ran: list[str] = []
    with served() as server:
        sam = made(kind, server)
        sam.register_hook(INPUTS, lambda messages: (ran.append("first"), messages)[1])
        sam.register_hook(INPUTS, lambda _: ran.append("second"))
        sam.register_hook(INPUTS, lambda messages: (ran.append("third"), messages)[1])

        sam.generate_reply([{"role": "user", "content": "Hello"}])

    assert ran[:2] == ["first", "second"]
    assert "third" not in ran


@pytest.mark.parametrize("kind", KINDS)
def test_an_output_safeguard_reads_the_words_and_the_calls(kind: Kind) -> None:
    given: list[Any] = []
    with served(either("", call("deliver", what="tea")), either("It is on its way.")) as server:
        sam, p = made(kind, server), helper("p")
        autogen.register_function(deliver, caller=sam, executor=p, name="deliver", description="d")
        sam.register_hook(OUTPUTS, lambda answer: (given.append(answer), answer)[1])

        p.initiate_chat(sam, message="Tea, please", max_turns=2, silent=True)

    assert given[0]["tool_calls"][0]["function"]["name"] == "deliver"
    assert given[1] == "It is on its way."


@pytest.mark.parametrize("kind", KINDS)
def test_an_output_safeguard_that_gives_none_raises(kind: Kind) -> None:
    with served(either("secret")) as server:
        sam = made(kind, server)
        sam.register_hook(OUTPUTS, lambda _: None)

        with pytest.raises(ValueError, match="safeguard_llm_outputs hook returned None"):
            sam.generate_reply([{"role": "user", "content": "Hello"}])

    if kind is MemGPTAgent:
        assert "secret" not in str(heard(sam))


# A stock agent does not use what a safeguard changes; ours does


def test_the_model_sees_and_memory_keeps_what_a_safeguard_left() -> None:
    sam, p = agent(), helper("p")
    sam.register_hook(INPUTS, mask)

    for words in ("My number is 5512.", "Thanks"):
        p.send(words, sam, request_reply=True, silent=True)

    assert "5512" not in str([request.messages for request in requests(sam)])
    assert ("p", "My number is [hidden].") in heard(sam)
    assert not sam.memory.recall.search("5512").total
    assert sam.memory.recall.search("hidden").total
    assert "5512" not in str(sam.memory.log.everything())


def test_what_was_masked_is_known_when_it_is_handed_over_again() -> None:
    sam, p = agent(), helper("p")
    sam.register_hook(INPUTS, mask)
    history = [{"role": "user", "name": "p", "content": "My number is 5512."}]
    for words in ("Thanks", "Bye"):
        reply = sam.generate_reply(copy.deepcopy(history), p)
        history += [{"role": "assistant", "name": "sam", "content": reply}]
        history += [{"role": "user", "name": "p", "content": words}]

    sam.generate_reply(copy.deepcopy(history), p)

    assert [words for name, words in heard(sam) if name == "p"] == ["My number is [hidden].", "Thanks", "Bye"]


def test_results_thoughts_and_own_words_are_masked_too() -> None:
    def badge() -> str:
        """Look up the badge."""
        return "it is 5512"

    sam = agent(
        "sam",
        says("I look for 5512", call("badge", request_heartbeat=True)),
        sends("It is 5512."),
        sends("As I said."),
        tools=[badge],
    )
    p = helper("p")
    sam.register_hook(INPUTS, mask)

    for words in ("Which badge?", "Which?"):
        p.send(words, sam, request_reply=True, silent=True)

    assert "5512" not in str([request.messages for request in requests(sam)])
    assert "5512" not in str(sam.memory.log.everything())


def test_a_refused_message_stays_in_the_log_and_can_be_brought_back() -> None:
    sam, p = agent(), helper("p")
    sam.register_hook(INPUTS, refuse_badges)
    p.send("Good morning", sam, request_reply=False, silent=True)

    p.send("My badge number is 5512.", sam, request_reply=True, silent=True)
    p.send("Hello", sam, request_reply=True, silent=True)

    assert len(requests(sam)) == 1
    assert "Good morning" in str(requests(sam)[0].messages)
    assert not sam.memory.recall.search("badge").total
    assert ("p", "My badge number is 5512.") in heard(sam)
    sam.memory.undo()
    assert sam.memory.recall.search("badge").total


def test_a_safeguard_that_refuses_everything_takes_nothing_back() -> None:
    sam, p = agent(), helper("p")
    sam.register_hook(INPUTS, lambda _: None)

    p.send("Good morning", sam, request_reply=True, silent=True)

    assert sam.memory.recall.search("morning").total


def test_a_refused_result_of_a_tool_ends_the_turn_and_leaves_the_prompt() -> None:
    def look() -> str:
        """Look."""
        return "the badge number is 5512"

    sam = agent("sam", says("", call("look", request_heartbeat=True)), sends("Fine."), tools=[look])
    p = helper("p")
    sam.register_hook(INPUTS, refuse_badges)

    p.send("Look, please", sam, request_reply=True, silent=True)
    assert sam.chat_messages[p][-1]["content"] == BLOCKED
    p.send("And now?", sam, request_reply=True, silent=True)

    assert sam.chat_messages[p][-1]["content"] == "Fine."
    assert "5512" not in str([request.messages for request in requests(sam)])


def test_what_an_output_safeguard_changes_is_what_is_said_and_remembered() -> None:
    sam, p = agent(otherwise=sends("The number is 5512.")), helper("p")
    sam.register_hook(OUTPUTS, lambda answer: answer.replace("5512", "[hidden]"))

    p.send("Which number?", sam, request_reply=True, silent=True)

    assert sam.chat_messages[p][-1]["content"] == "The number is [hidden]."
    assert ("sam", "The number is [hidden].") in heard(sam)
    assert "5512" not in str(sam.memory.log.everything())


def test_a_message_that_was_shortened_in_the_prompt_is_masked_whole() -> None:
    sam, p = agent(window_tokens=4000), helper("p")
    sam.register_hook(INPUTS, mask)
    long = "a long story " * 1500 + "with 5512 in it, " + "and a long end " * 1500

    p.send(long, sam, request_reply=True, silent=True)
    p.send("So?", sam, request_reply=True, silent=True)

    assert "5512" not in str([request.messages for request in requests(sam)])
