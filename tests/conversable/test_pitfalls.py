"""Pitfalls of AutoGen's chats and hooks, one test for each; `test_pitfalls_tools.py` has those of tools."""

from __future__ import annotations

import asyncio
import copy
import threading
from pathlib import Path
from typing import Any

import autogen
import pytest
from autogen.agentchat.contrib.capabilities import transform_messages, transforms
from autogen_support import agent, group, heard, person, requests, sends
from same_for_both import managed, talker

from memgpt_autogen.adapter import install
from memgpt_autogen.errors import ModelError
from memgpt_autogen.testing import says

pytestmark = pytest.mark.autogen


def test_two_packages_that_own_autogen_are_told_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # pitfall 3
    (tmp_path / "ag2-0.14.0.dist-info").mkdir()
    (tmp_path / "ag2-0.14.0.dist-info" / "METADATA").write_text("Name: ag2\nVersion: 0.14.0\n")
    (tmp_path / "ag2-0.14.0.dist-info" / "RECORD").write_text("autogen/__init__.py,,\n")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.warns(RuntimeWarning, match="ag2, (py)?autogen"):
        install.load_autogen()


def test_the_loop_answers_in_autogens_own_list_of_reply_functions() -> None:  # pitfall 4
    sam = agent("sam", sends("from the loop"))

    assert sam.generate_reply(messages=[{"role": "user", "content": "hi"}]) == "from the loop"
    stock = (autogen.ConversableAgent.generate_oai_reply, autogen.ConversableAgent.a_generate_oai_reply)
    assert not [entry for entry in sam._reply_func_list if entry["reply_func"] in stock]


def test_a_turn_without_words_does_not_end_the_group() -> None:  # pitfall 5
    sam, ada = agent("sam", otherwise=says("")), person("ada", ["go on", "still there"])
    manager = group(ada, sam, rounds=5)

    ada.initiate_chat(manager, message="hello", silent=True)

    assert len(manager.groupchat.messages) == 5
    assert all(message["content"] for message in manager.groupchat.messages)


def test_who_spoke_is_told_by_the_name_and_not_by_the_role() -> None:  # pitfall 6
    sam, boss = agent(), person("boss")
    call = {"id": "t1", "type": "function", "function": {"name": "run", "arguments": "{}"}}
    manager = managed(boss, sam, rounds=1)
    for message in (
        {"role": "assistant", "name": "coder", "content": "", "tool_calls": [call]},
        {
            "role": "tool",
            "name": "boss",
            "content": "42",
            "tool_responses": [{"tool_call_id": "t1", "role": "tool", "content": "42"}],
        },
        {"role": "user", "name": "sam", "content": "my own old line"},
        {"role": "user", "content": "nobody's name"},
    ):
        manager.send(message, sam, request_reply=False, silent=True)

    assert heard(sam) == [
        ("coder", "[calls run({})]"),
        ("boss", "[result of a tool call] 42"),
        ("sam", "my own old line"),
        ("chat_manager", "nobody's name"),
    ]


def test_a_hooks_text_is_shown_and_recall_keeps_what_was_said() -> None:  # pitfall 7
    sam, boss = agent(), person("boss", ["and this?"])
    sam.register_hook("process_last_received_message", lambda content: f"{content} [remembered: tea]")

    boss.initiate_chat(sam, message="hello", max_turns=2, silent=True)

    assert [text for name, text in heard(sam) if name == "boss"] == ["hello", "and this?"]
    prompt = str(requests(sam)[-1].messages)
    assert prompt.count("hello [remembered: tea]") == prompt.count("and this? [remembered: tea]") == 1


def test_what_a_hook_adds_each_time_is_in_the_prompt_once() -> None:  # pitfall 7
    sam, boss = agent(), person("boss", ["b", "c"])
    sam.register_hook(
        "process_all_messages_before_reply", lambda m: [*m, {"role": "user", "content": "it is Monday"}]
    )

    boss.initiate_chat(sam, message="a", max_turns=3, silent=True)

    assert [str(request.messages).count("it is Monday") for request in requests(sam)] == [1, 1, 1]
    assert [text for name, text in heard(sam) if name == "boss"] == ["a", "b", "c"]


def test_a_resume_is_not_said_again() -> None:  # pitfall 11
    sam, ada, ben = agent(), talker("ada"), talker("ben")
    manager = managed(ada, sam, ben, rounds=4)
    ada.initiate_chat(manager, message="hello", silent=True)
    before = heard(sam)

    again = managed(ada, sam, ben, rounds=2)
    last, message = again.resume(messages=copy.deepcopy(manager.groupchat.messages), silent=True)
    last.initiate_chat(again, message=message, clear_history=False, silent=True)

    assert heard(sam)[: len(before)] == before
    assert len(heard(sam)) == len(before) + 1


def test_an_asynchronous_groups_last_line_is_heard() -> None:  # pitfall 12
    sam, ada = agent(), person("ada", ["that is all. TERMINATE"])
    manager = managed(ada, sam, rounds=9, ends=lambda message: "TERMINATE" in message["content"])

    asyncio.run(ada.a_initiate_chat(manager, message="hello", silent=True))

    assert heard(sam)[-1] == ("ada", "that is all. TERMINATE")


def test_the_description_is_short_whatever_the_system_message() -> None:  # pitfall 13
    # a group chat shows it to whoever selects the next speaker
    sam = agent("sam", system_message="You know everything about herons. " * 50)

    assert sam.description.startswith("You know everything about herons.")
    assert len(sam.description) <= 300


def test_no_default_limit_of_replies_stops_a_group() -> None:  # pitfall 14
    sam, ada = agent(otherwise=sends("on and on")), talker("ada")
    manager = managed(ada, sam, rounds=5)
    ada.initiate_chat(manager, message="hello", silent=True)
    sam._consecutive_auto_reply_counter[manager] = 100  # where a stock agent stops

    assert sam.generate_reply(sender=manager) == "on and on"


def test_the_same_agent_serves_worker_threads_and_the_main_one() -> None:  # pitfall 19
    sam, boss = agent(), talker("boss")

    asyncio.run(boss.a_initiate_chat(sam, message="in a worker", max_turns=1, silent=True))
    thread = threading.Thread(
        target=boss.initiate_chat,
        args=(sam,),
        kwargs={"message": "in a thread", "max_turns": 1, "silent": True},
    )
    thread.start()
    thread.join(30)
    boss.initiate_chat(sam, message="here", max_turns=1, silent=True)

    assert [text for name, text in heard(sam) if name == "boss"] == ["in a worker", "in a thread", "here"]
    assert len(requests(sam)) == 3


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("words", "words"),
        ("", ""),
        (
            [{"type": "text", "text": "look:"}, {"type": "image_url", "image_url": {"url": "x"}}],
            "look: [image 1: unreadable]",
        ),
    ],
)
def test_content_of_every_kind_is_heard_and_answered(content: Any, text: str) -> None:  # pitfall 20
    sam, boss = agent("sam", sends("well")), person("boss")

    boss.send({"content": content}, sam, request_reply=False, silent=True)

    assert sam.generate_reply(sender=boss) == "well"
    assert heard(sam) == [("boss", text), ("sam", "well")]


def test_content_of_none_beside_a_call_is_heard() -> None:  # pitfall 20
    sam, boss = agent(), person("boss")
    call = {"id": "t1", "type": "function", "function": {"name": "run", "arguments": "{}"}}

    boss.send({"content": None, "tool_calls": [call]}, sam, request_reply=False, silent=True)

    assert heard(sam) == [("boss", "[calls run({})]")]


def test_a_reply_without_messages_answers_what_was_received() -> None:  # pitfall 21
    sam, boss = agent("sam", sends("one"), sends("two")), person("boss")
    boss.send("hello", sam, request_reply=False, silent=True)

    assert sam.generate_reply(sender=boss) == "one"
    assert sam.generate_oai_reply(sender=boss) == (True, "two")
    assert heard(sam) == [("boss", "hello"), ("sam", "one"), ("sam", "two")]


def test_an_exception_of_the_model_does_not_end_the_group() -> None:  # pitfall 23
    sam, ada = agent("sam", ModelError("down"), sends("back")), talker("ada")
    manager = managed(ada, sam, rounds=4)

    ada.initiate_chat(manager, message="hello", silent=True)

    assert [message["name"] for message in manager.groupchat.messages] == ["ada", "sam", "ada", "sam"]
    assert manager.groupchat.messages[-1]["content"] == "back"


def test_a_transform_that_shortens_the_list_takes_nothing_from_memory() -> None:  # pitfall 24
    sam, boss = agent(), talker("boss")
    limiter = transforms.MessageHistoryLimiter(max_messages=1)
    transform_messages.TransformMessages(transforms=[limiter], verbose=False).add_to_agent(sam)

    boss.initiate_chat(sam, message="the first line", max_turns=3, silent=True)

    assert [text for name, text in heard(sam) if name == "boss"] == ["the first line", "boss 1", "boss 2"]
    assert "the first line" in str(requests(sam)[-1].messages)


def test_one_message_handed_over_is_heard_after_a_longer_chat_with_the_same_agent() -> None:  # pitfall 25
    sam, boss = agent(), talker("boss")
    boss.initiate_chat(sam, message="hello", max_turns=3, silent=True)

    sam.generate_reply(messages=[{"role": "user", "content": "never received"}], sender=boss)

    assert heard(sam)[-2] == ("boss", "never received")
    assert "never received" in str(requests(sam)[-1].messages)


def test_a_conversation_handed_over_again_is_heard_once_past_generate_reply_too() -> None:  # pitfall 25
    sam = agent("sam", sends("one"), sends("two"))
    messages = [{"role": "user", "content": "hello"}]

    _, reply = sam.generate_oai_reply(messages)
    messages += [{"role": "assistant", "content": reply}, {"role": "user", "content": "and?"}]
    asyncio.run(sam.a_generate_oai_reply(messages))

    assert heard(sam) == [("user", "hello"), ("sam", "one"), ("user", "and?"), ("sam", "two")]


def test_a_groups_messages_handed_over_whole_are_not_heard_twice() -> None:  # pitfall 25
    sam, ada, ben = agent(), talker("ada"), talker("ben")
    manager = managed(ada, ben, sam, rounds=3)
    ada.initiate_chat(manager, message="hello", silent=True)
    ben.initiate_chat(sam, message="between", max_turns=1, silent=True)
    before = heard(sam)

    sam.generate_reply(
        messages=[*manager.groupchat.messages, {"role": "user", "name": "ada", "content": "and?"}]
    )

    assert heard(sam)[:-1] == [*before, ("ada", "and?")]
