"""Chats of two, in sequence and nested: messages, transcripts, summaries, carryover and costs."""

from __future__ import annotations

import asyncio
from typing import Any

import autogen
import pytest
from side_by_side import helper

pytestmark = pytest.mark.autogen


def texts(history: Any) -> list[str]:
    return [message["content"] for message in history]


def test_a_chat_has_both_sides(world: Any) -> None:
    sam, p = world.agent(), helper("p")

    result = p.initiate_chat(sam, message="Hi", max_turns=1, silent=True)

    assert texts(result.chat_history) == texts(sam.chat_messages[p]) == ["Hi", "answer"]
    assert [m["role"] for m in sam.chat_messages[p]] == ["user", "assistant"]
    assert [m["role"] for m in p.chat_messages[sam]] == ["assistant", "user"]
    assert result.summary == "answer"


def test_an_asynchronous_chat(world: Any) -> None:
    result = asyncio.run(helper("p").a_initiate_chat(world.agent(), message="Hi", max_turns=1, silent=True))

    assert texts(result.chat_history) == ["Hi", "answer"]


def test_the_agent_begins_a_chat(world: Any) -> None:
    sam, p = world.agent(), helper("p", "fine")

    result = sam.initiate_chat(p, message="How are you?", max_turns=2, silent=True)

    assert texts(result.chat_history)[:3] == ["How are you?", "fine", "answer"]


@pytest.mark.parametrize("message", ["a text", {"content": "a text"}, lambda *_: "a text"])
def test_messages_of_each_kind_begin_a_chat(world: Any, message: Any) -> None:
    p = helper("p")
    p.initiate_chat(world.agent(), message=message, max_turns=1, silent=True)

    assert "a text" in world.prompt()


def test_a_message_without_content_is_refused(world: Any) -> None:
    with pytest.raises(ValueError, match="content"):
        helper("p").send({"no": "content"}, world.agent(), silent=True)


def test_a_message_that_wants_no_reply_gets_none(world: Any) -> None:
    sam, p = world.agent(), helper("p")
    p.send("Hi", sam, request_reply=False, silent=True)

    assert texts(sam.chat_messages[p]) == ["Hi"]
    assert not world.server.requests


def test_replies_can_be_switched_off_for_a_sender(world: Any) -> None:
    sam, p = world.agent(), helper("p")
    sam.reply_at_receive[p] = False
    p.send("Hi", sam, silent=True)

    assert not world.server.requests


def test_what_was_heard_silently_is_in_the_next_prompt(world: Any) -> None:
    sam, p = world.agent(), helper("p")
    p.send("The door is blue.", sam, request_reply=False, silent=True)
    p.send("Which colour?", sam, request_reply=True, silent=True)

    assert "The door is blue." in world.prompt()


def test_asynchronous_send_and_receive(world: Any) -> None:
    sam, p = world.agent(), helper("p")
    asyncio.run(p.a_send("Hi", sam, request_reply=True, silent=True))

    assert texts(sam.chat_messages[p]) == ["Hi", "answer"]


@pytest.mark.parametrize("clear", [True, False])
def test_a_second_chat_clears_the_transcript_or_continues_it(world: Any, clear: bool) -> None:
    sam, p = world.agent(), helper("p")
    for words in ("one", "two"):
        p.initiate_chat(sam, message=words, max_turns=1, clear_history=clear, silent=True)

    assert len(sam.chat_messages[p]) == (2 if clear else 4)


@pytest.mark.parametrize("kept", [None, 1, 2])
def test_a_history_is_cleared_but_for_its_newest_messages(world: Any, kept: int | None) -> None:
    sam, p = world.agent(), helper("p", "two")
    p.initiate_chat(sam, message="one", max_turns=2, silent=True)
    sam.clear_history(nr_messages_to_preserve=kept)

    assert len(sam.chat_messages[p]) == (kept or 0)


def test_one_chat_is_cleared(world: Any) -> None:
    sam, p, q = world.agent(), helper("p"), helper("q")
    for other in (p, q):
        other.initiate_chat(sam, message="Hi", max_turns=1, silent=True)
    sam.clear_history(p)

    assert (len(sam.chat_messages[p]), len(sam.chat_messages[q])) == (0, 2)


def test_the_last_message(world: Any) -> None:
    sam, p = world.agent(), helper("p")
    p.initiate_chat(sam, message="Hi", max_turns=1, silent=True)

    assert sam.last_message(p)["content"] == sam.last_message()["content"] == "answer"


def test_the_last_message_of_a_stranger_raises(world: Any) -> None:
    sam, p = world.agent(), helper("p")
    p.initiate_chat(sam, message="Hi", max_turns=1, silent=True)

    with pytest.raises(KeyError):
        sam.last_message(helper("q"))


def test_instructions_reach_the_model_and_can_be_changed(world: Any) -> None:
    sam, p = world.agent(system_message="Be brief."), helper("p")
    p.initiate_chat(sam, message="Hi", max_turns=1, silent=True)
    sam.update_system_message("Be long.")
    p.initiate_chat(sam, message="Hi", max_turns=1, silent=True)

    assert "Be brief." in world.prompt(0)
    assert "Be long." in world.prompt(1)
    assert "Be brief." not in world.prompt(1)
    assert sam.system_message == "Be long."


# Summaries


@pytest.mark.parametrize("method", ["last_msg", None])
def test_summaries_without_a_model(world: Any, method: str | None) -> None:
    result = helper("p").initiate_chat(
        world.agent(), message="Hi", max_turns=1, summary_method=method, silent=True
    )

    assert result.summary == ("answer" if method else "")


def test_a_summary_by_the_model(world: Any) -> None:
    sam = world.agent()
    world.says("the reply")
    world.says("the summary")

    result = helper("p").initiate_chat(
        sam, message="Hi", max_turns=1, summary_method="reflection_with_llm", silent=True
    )

    assert result.summary == "the summary"


def test_a_summary_by_ones_own_function(world: Any) -> None:
    result = helper("p").initiate_chat(
        world.agent(),
        message="Hi",
        max_turns=1,
        summary_method=lambda sender, recipient, args: f"{sender.name}, {recipient.name}, {args['x']}",
        summary_args={"x": 1},
        silent=True,
    )

    assert result.summary == "p, sam, 1"


# Sequences, carryover and nesting


def test_chats_in_a_sequence_carry_their_summaries_over(world: Any) -> None:
    ada, ben, p = world.agent("ada"), world.agent("ben"), helper("p")
    world.says("forty two")

    results = p.initiate_chats(
        [
            {"recipient": ada, "message": "How many?", "max_turns": 1, "silent": True},
            {"recipient": ben, "message": "Write it down.", "max_turns": 1, "silent": True},
        ]
    )

    assert [result.summary for result in results] == ["forty two", "answer"]
    assert "forty two" in world.prompt()


@pytest.mark.parametrize("carryover", ["a fact", ["a fact", "another"]])
def test_a_carryover_is_in_the_first_message(world: Any, carryover: Any) -> None:
    helper("p").initiate_chat(world.agent(), message="Hi", carryover=carryover, max_turns=1, silent=True)

    assert "a fact" in world.prompt()


def test_asynchronous_chats_wait_for_each_other(world: Any) -> None:
    ada, ben, p = world.agent("ada"), world.agent("ben"), helper("p")
    chats = [
        {"chat_id": 1, "recipient": ada, "message": "one", "max_turns": 1, "silent": True},
        {
            "chat_id": 2,
            "prerequisites": [1],
            "recipient": ben,
            "message": "two",
            "max_turns": 1,
            "silent": True,
        },
    ]

    results = asyncio.run(p.a_initiate_chats(chats))

    assert [results[number].summary for number in (1, 2)] == ["answer", "answer"]


def test_a_nested_chat_answers_in_place_of_the_agent(world: Any) -> None:
    sam, inner, p = world.agent(), helper("inner", "from inside"), helper("p")
    sam.register_nested_chats(
        [
            {
                "recipient": inner,
                "message": "help",
                "max_turns": 1,
                "summary_method": "last_msg",
                "silent": True,
            }
        ],
        trigger=p,
    )

    result = p.initiate_chat(sam, message="Hi", max_turns=1, silent=True)

    assert result.summary == "from inside"
    assert not world.server.requests


def test_an_agent_inside_a_nested_chat_answers(world: Any) -> None:
    outer = autogen.ConversableAgent("outer", llm_config=False, human_input_mode="NEVER", silent=True)
    p = helper("p")
    outer.register_nested_chats(
        [{"recipient": world.agent(), "message": "help", "max_turns": 1, "silent": True}], trigger=p
    )

    assert p.initiate_chat(outer, message="Hi", max_turns=1, silent=True).summary == "answer"


# Costs and clients


def test_a_chat_has_costs(world: Any) -> None:
    result = helper("p").initiate_chat(world.agent(), message="Hi", max_turns=1, silent=True)

    assert result.cost["usage_including_cached_inference"]["total_cost"] > 0


def test_an_agents_usage(world: Any) -> None:
    sam = world.agent()
    helper("p").initiate_chat(sam, message="Hi", max_turns=1, silent=True)

    assert sam.get_total_usage()["scripted"]["prompt_tokens"] > 0
    assert sam.get_actual_usage()["total_cost"] > 0
    assert autogen.gather_usage_summary([sam])["usage_including_cached_inference"]["total_cost"] > 0


def test_an_agent_without_a_model_has_no_usage(world: Any) -> None:
    assert world.agent(llm_config=False).get_total_usage() is None


def test_resetting_clears_the_transcripts_and_the_counters(world: Any) -> None:
    sam, p = world.agent(max_consecutive_auto_reply=1), helper("p", "more")
    p.initiate_chat(sam, message="Hi", silent=True)
    sam.reset()

    assert not sam.chat_messages[p]
    p.initiate_chat(sam, message="Hi", max_turns=1, silent=True)
    assert len(world.server.requests) == 2


@pytest.mark.parametrize("silent", [True, False])
def test_silent_chats_print_nothing(world: Any, silent: bool, capsys: pytest.CaptureFixture[str]) -> None:
    sam = world.agent()
    helper("p").send("a word", sam, request_reply=False, silent=silent)

    assert ("a word" in capsys.readouterr().out) <= (not silent)


def test_agents_are_keys(world: Any) -> None:
    one, two = world.agent("ada"), world.agent("ada" if not world.ours else "ben")

    assert len({one: 1, two: 2}) == 2
    assert one == one  # noqa: PLR0124 - that is the question
