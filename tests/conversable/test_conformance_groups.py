"""In group and nested chats, AutoGen sees no difference between a MemGPTAgent and a stock agent."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import autogen
import pytest
from autogen.agentchat.contrib.capabilities import transform_messages, transforms
from same_for_both import Make, lines_of, managed, same, talker, transcript
from side_by_side import config, either

from memgpt_autogen import MemGPTAgent
from memgpt_autogen.testing import ScriptedServer

pytestmark = pytest.mark.autogen


def outcome(result: Any, manager: Any, *members: Any) -> Any:
    """What everyone has of a group chat: the transcripts of manager, members and initiator, the summary."""
    history = [(m["role"], m.get("name", ""), m["content"]) for m in result.chat_history]
    return transcript(manager), [lines_of(each, manager) for each in members], history, result.summary


def test_round_robin() -> None:
    def chat(make: Make) -> Any:
        sam, ada, ben = make(), talker("ada"), talker("ben")
        manager = managed(ada, sam, ben, rounds=6)
        return outcome(ada.initiate_chat(manager, message="hello", silent=True), manager, ada, ben, sam)

    said, *_ = same(chat, "one", "two")

    assert [name for name, _ in said] == ["ada", "sam", "ben", "ada", "sam", "ben"]


def test_a_group_that_the_agent_opens_and_a_word_ends() -> None:
    def chat(make: Make) -> Any:
        sam, ada, ben = make(), talker("ada"), talker("ben")
        manager = managed(sam, ada, ben, rounds=9, ends=lambda message: message["content"] == "stop")
        return outcome(sam.initiate_chat(manager, message="I open", silent=True), manager, ada, ben, sam)

    assert same(chat, "stop")[0][-1] == ("sam", "stop")


def test_random_selection() -> None:
    def chat(make: Make) -> Any:
        sam, ada, ben = make(), talker("ada"), talker("ben")
        manager = managed(ada, sam, ben, rounds=6, speaker_selection_method="random")
        random.seed(3)
        return outcome(ada.initiate_chat(manager, message="hello", silent=True), manager, ada, ben, sam)

    assert [name for name, _ in same(chat, "one")[0]].count("sam") == 1


@pytest.mark.parametrize("description", ["", "an expert in herons"])
def test_selection_by_a_model(description: str) -> None:
    """The selector reads a short description of ours, but the whole system message of a stock agent."""
    asked: list[str] = []

    def chat(make: Make) -> Any:
        options = {"description": description} if description else {}
        sam, ada, ben = make(**options), talker("ada"), talker("ben")
        with ScriptedServer(*map(either, ("sam", "ben", "sam"))) as selector:
            manager = managed(
                ada, sam, ben, rounds=4, speaker_selection_method="auto", llm_config=config(selector)
            )
            result = ada.initiate_chat(manager, message="hello", silent=True)
            asked.append(str(selector.requests[0]["messages"]))
        return outcome(result, manager, ada, ben, sam)

    said, *_ = same(chat, "one", "two")

    assert [name for name, _ in said] == ["ada", "sam", "ben", "sam"]
    assert not description or all(description in prompt for prompt in asked)


def test_selection_by_a_function_and_a_method_name() -> None:
    def chat(make: Make) -> Any:
        sam, ada, ben = make(), talker("ada"), talker("ben")

        def select(last: Any, chat: Any) -> Any:
            return {1: sam, 2: "round_robin", 3: sam, 4: None}[len(chat.messages)]

        manager = managed(ada, sam, ben, rounds=6, speaker_selection_method=select)
        return outcome(ada.initiate_chat(manager, message="hello", silent=True), manager, ada, ben, sam)

    assert len(same(chat, "one", "two")[0]) == 4


@pytest.mark.parametrize("kind", ["allowed", "disallowed"])
def test_transitions(kind: str) -> None:
    def chat(make: Make) -> Any:
        sam, ada, ben = make(), talker("ada"), talker("ben")
        allowed = {ada: [sam], sam: [ben], ben: [ada]}
        disallowed = {ada: [ada, ben], sam: [sam, ada], ben: [ben, sam]}
        manager = managed(
            ada, ben, sam, rounds=5, speaker_selection_method="random",
            allowed_or_disallowed_speaker_transitions=allowed if kind == "allowed" else disallowed,
            speaker_transitions_type=kind,
        )  # fmt: skip
        return outcome(ada.initiate_chat(manager, message="hello", silent=True), manager, ada, ben, sam)

    assert [name for name, _ in same(chat, "one", "two")[0]] == ["ada", "sam", "ben", "ada", "sam"]


def test_introductions() -> None:
    def chat(make: Make) -> Any:
        sam, ada = make(description="sam, who listens"), talker("ada")
        manager = managed(ada, sam, rounds=4, send_introductions=True)
        return outcome(ada.initiate_chat(manager, message="hello", silent=True), manager, ada, sam)

    _, members, *_ = same(chat, "one", "two")

    assert "sam, who listens" in members[1][0][2]


def test_a_limit_of_replies_stops_the_group_as_it_does_with_a_stock_agent() -> None:
    def chat(make: Make) -> Any:
        sam, ada = make(max_consecutive_auto_reply=1), talker("ada")
        manager = managed(ada, sam, rounds=9)
        return outcome(ada.initiate_chat(manager, message="hello", silent=True), manager, ada, sam)

    assert len(same(chat, "one")[0]) == 3


def test_an_asynchronous_group() -> None:
    def chat(make: Make) -> Any:
        sam, ada, ben = make(), talker("ada"), talker("ben")
        manager = managed(ada, sam, ben, rounds=5)
        result = asyncio.run(ada.a_initiate_chat(manager, message="hello", silent=True))
        return outcome(result, manager, ada, ben, sam)

    same(chat, "one", "two")


@pytest.mark.parametrize("clear", [True, False])
def test_a_second_group_chat(clear: bool) -> None:
    def chat(make: Make) -> Any:
        sam, ada, ben = make(), talker("ada"), talker("ben")
        manager = managed(ada, sam, ben, rounds=3)
        ada.initiate_chat(manager, message="hello", silent=True)
        result = ada.initiate_chat(manager, message="again", clear_history=clear, silent=True)
        return outcome(result, manager, ada, ben, sam)

    same(chat, "one", "two")


def test_a_resumed_group() -> None:
    def chat(make: Make) -> Any:
        sam, ada, ben = make(), talker("ada"), talker("ben")
        manager = managed(ada, sam, ben, rounds=3)
        ada.initiate_chat(manager, message="hello", silent=True)
        again = managed(ada, sam, ben, rounds=3)
        last, message = again.resume(messages=list(manager.groupchat.messages), silent=True)
        result = last.initiate_chat(again, message=message, clear_history=False, silent=True)
        return outcome(result, again, ada, ben, sam)

    same(chat, "one", "two")


def test_a_nested_chat_that_the_agent_hosts() -> None:
    def chat(make: Make) -> Any:
        sam, boss, expert = make(), talker("boss"), talker("expert")
        sam.register_nested_chats(
            [
                {
                    "recipient": expert,
                    "message": "sub?",
                    "max_turns": 1,
                    "summary_method": "last_msg",
                    "silent": True,
                }
            ],
            trigger=boss,
        )
        result = boss.initiate_chat(sam, message="hello", max_turns=1, silent=True)
        return lines_of(boss, sam), lines_of(sam, boss), lines_of(sam, expert), result.summary

    assert same(chat)[3] == "expert 1"


def test_a_nested_chat_in_which_the_agent_is_a_guest() -> None:
    def chat(make: Make) -> Any:
        sam, boss, host = make(), talker("boss"), talker("host")
        host.register_nested_chats(
            [
                {
                    "recipient": sam,
                    "message": "sub?",
                    "max_turns": 2,
                    "summary_method": "last_msg",
                    "silent": True,
                }
            ],
            trigger=boss,
        )
        result = boss.initiate_chat(host, message="hello", max_turns=1, silent=True)
        return lines_of(host, sam), lines_of(sam, host), result.summary

    assert same(chat, "one", "two")[2] == "two"


def test_a_nested_chat_within_a_group() -> None:
    def chat(make: Make) -> Any:
        sam, ada, expert = make(), talker("ada"), talker("expert")
        manager = managed(ada, sam, rounds=4)
        sam.register_nested_chats(
            [{"recipient": expert, "message": "sub?", "max_turns": 1, "silent": True}], trigger=manager
        )
        result = ada.initiate_chat(manager, message="hello", silent=True)
        return outcome(result, manager, ada, sam), lines_of(sam, expert)

    same(chat)


def test_hooks_see_and_change_what_they_do_with_a_stock_agent() -> None:
    def chat(make: Make) -> Any:
        sam, boss = make(), talker("boss")
        seen: list[Any] = []
        sam.register_hook("process_last_received_message", lambda content: content + " (looked at)")
        sam.register_hook(
            "process_all_messages_before_reply", lambda messages: seen.append(len(messages)) or messages
        )
        sam.register_hook(
            "process_message_before_send", lambda sender, message, recipient, silent: f"<{message}>"
        )
        result = boss.initiate_chat(sam, message="hello", max_turns=2, silent=True)
        return seen, lines_of(sam, boss), [m["content"] for m in result.chat_history]

    _, kept, history = same(chat, "one", "two")

    assert kept[0][2] == "hello (looked at)"
    assert history == ["hello", "<one>", "boss 1", "<two>"]


def test_what_a_hook_makes_of_the_last_message_and_adds_to_all_reaches_the_model_of_both() -> None:
    for kind in (autogen.ConversableAgent, MemGPTAgent):
        with ScriptedServer(*map(either, ("one", "two"))) as server:
            sam = kind("sam", llm_config=config(server), human_input_mode="NEVER", silent=True)
            sam.register_hook(
                "process_last_received_message", lambda content: content + " [it shows a heron]"
            )
            sam.register_hook(
                "process_all_messages_before_reply",
                lambda messages: [*messages, {"role": "user", "content": "today is Monday"}],
            )
            boss = talker("boss")
            boss.initiate_chat(sam, message="what is this?", max_turns=2, silent=True)

        for request in server.requests:
            prompt = str(request["messages"])
            assert "what is this? [it shows a heron]" in prompt
            assert prompt.count("today is Monday") == 1


def test_transforms_run_and_shorten_nobodys_transcript() -> None:
    """Ours answers from memory, so a transform does not shorten its prompt; its own budget does."""

    def chat(make: Make) -> Any:
        sam, boss = make(), talker("boss")
        limiter = transforms.MessageHistoryLimiter(max_messages=1)
        transform_messages.TransformMessages(transforms=[limiter], verbose=False).add_to_agent(sam)
        result = boss.initiate_chat(sam, message="hello", max_turns=3, silent=True)
        return lines_of(sam, boss), [m["content"] for m in result.chat_history]

    same(chat, "one", "two", "three")
