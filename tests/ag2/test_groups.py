"""Group chats: selection, introductions, transitions, resume, and AG2's patterns where they exist."""

from __future__ import annotations

import asyncio
import contextlib
import copy
from typing import Any

import autogen
import pytest
from same_for_both import managed, talker, transcript
from side_by_side import config

from memgpt_autogen.testing import call

pytestmark = pytest.mark.autogen

with contextlib.suppress(ImportError):
    from autogen.agentchat import initiate_group_chat
    from autogen.agentchat.group import (
        AgentTarget,
        ContextVariables,
        OnCondition,
        ReplyResult,
        StringLLMCondition,
    )
    from autogen.agentchat.group.patterns import DefaultPattern, RoundRobinPattern
needs_patterns = pytest.mark.skipif("DefaultPattern" not in globals(), reason="this AutoGen has no patterns")


def speakers(manager: Any) -> list[str]:
    return [name for name, _ in transcript(manager)]


def test_everyone_speaks_in_turn(world: Any) -> None:
    ada, sam, ben = talker("ada"), world.agent(), talker("ben")
    manager = managed(ada, sam, ben, rounds=6)
    ada.initiate_chat(manager, message="Hi", silent=True)

    assert speakers(manager) == ["ada", "sam", "ben"] * 2


def test_an_asynchronous_group(world: Any) -> None:
    ada, sam = talker("ada"), world.agent()
    manager = managed(ada, sam, rounds=4)
    asyncio.run(ada.a_initiate_chat(manager, message="Hi", silent=True))

    assert speakers(manager) == ["ada", "sam", "ada", "sam"]


def test_a_silent_member_hears_everyone(world: Any) -> None:
    ada, ben, sam = talker("ada"), talker("ben"), world.agent()
    order = iter([ben, ada, sam])
    manager = managed(
        ada, ben, sam, rounds=4, speaker_selection_method=lambda _last, _chat: next(order, None)
    )
    ada.initiate_chat(manager, message="the heron", silent=True)

    assert speakers(manager) == ["ada", "ben", "ada", "sam"]
    assert all(words in world.prompt() for words in ("the heron", "ben 1", "ada 1"))


def test_a_member_is_chosen_at_random(world: Any) -> None:
    ada, sam = talker("ada"), world.agent()
    manager = managed(ada, sam, rounds=4, speaker_selection_method="random", allow_repeat_speaker=False)
    ada.initiate_chat(manager, message="Hi", silent=True)

    assert speakers(manager) == ["ada", "sam", "ada", "sam"]


def test_a_model_chooses_the_speaker(world: Any) -> None:
    ada, sam = talker("ada"), world.agent(description="sells lamps")
    for text in ("sam", "a lamp"):
        world.says(text)
    manager = managed(
        ada, sam, talker("ben"), rounds=2, llm_config=config(world.server), speaker_selection_method="auto"
    )
    ada.initiate_chat(manager, message="Who sells lamps?", silent=True)

    assert speakers(manager) == ["ada", "sam"]
    assert "sells lamps" in world.prompt(0)


def test_no_next_speaker_ends_the_group(world: Any) -> None:
    ada, sam = talker("ada"), world.agent()
    manager = managed(ada, sam, rounds=9, speaker_selection_method=lambda *_: None)
    ada.initiate_chat(manager, message="Hi", silent=True)

    assert speakers(manager) == ["ada"]


@pytest.mark.parametrize("kind", ["allowed", "disallowed"])
def test_transitions_between_speakers(world: Any, kind: str) -> None:
    ada, sam, ben = talker("ada"), world.agent(), talker("ben")
    table = {
        "allowed": {ada: [sam], sam: [ada], ben: []},
        "disallowed": {ada: [ada, ben], sam: [sam, ben], ben: []},
    }[kind]
    manager = managed(
        ada,
        sam,
        ben,
        rounds=4,
        allowed_or_disallowed_speaker_transitions=table,
        speaker_transitions_type=kind,
    )
    ada.initiate_chat(manager, message="Hi", silent=True)

    assert speakers(manager) == ["ada", "sam", "ada", "sam"]


def test_introductions_name_the_members(world: Any) -> None:
    ada, sam = talker("ada"), world.agent(description="sells lamps")
    manager = managed(ada, sam, rounds=2, send_introductions=True)
    ada.initiate_chat(manager, message="Hi", silent=True)

    assert "sells lamps" in str(ada.chat_messages[manager])
    assert "sells lamps" in world.prompt()


def test_a_word_ends_the_group(world: Any) -> None:
    ada, sam = talker("ada"), world.agent()
    world.says("BYE")
    manager = managed(ada, sam, rounds=9, ends=lambda message: "BYE" in str(message["content"]))
    ada.initiate_chat(manager, message="Hi", silent=True)

    assert speakers(manager) == ["ada", "sam"]


def test_a_limit_of_replies_ends_the_group(world: Any) -> None:
    ada, sam = talker("ada"), world.agent(max_consecutive_auto_reply=1)
    manager = managed(ada, sam, rounds=9)
    ada.initiate_chat(manager, message="Hi", silent=True)

    assert speakers(manager) == ["ada", "sam", "ada"]


def test_a_call_is_run_by_the_member_that_can(world: Any) -> None:
    def weather(city: str) -> str:
        return f"snow in {city}"

    sam, desk = world.agent(), talker("desk")
    autogen.register_function(weather, caller=sam, executor=desk, name="weather", description="w")
    world.says("", call("weather", city="Oslo"))
    world.says("It snows.")
    order = iter([sam, desk, sam])
    manager = managed(desk, sam, rounds=4, speaker_selection_method=lambda *_: next(order, None))
    desk.initiate_chat(manager, message="Weather?", silent=True)

    assert speakers(manager) == ["desk", "sam", "desk", "sam"]
    assert "snow in Oslo" in world.prompt()


def test_a_group_is_resumed(world: Any) -> None:
    ada, sam = talker("ada"), world.agent()
    manager = managed(ada, sam, rounds=3)
    ada.initiate_chat(manager, message="the heron", silent=True)

    again = managed(ada, sam, rounds=5)
    last, message = again.resume(messages=copy.deepcopy(manager.groupchat.messages), silent=True)
    last.initiate_chat(again, message=message, clear_history=False, silent=True)

    assert len(again.groupchat.messages) > 3
    assert world.prompt().count("the heron") == 1


def test_an_agent_of_a_group_by_name(world: Any) -> None:
    ada, sam = talker("ada"), world.agent()
    chat = autogen.GroupChat(agents=[ada, sam], messages=[])

    assert chat.agent_by_name("sam") is sam
    assert chat.next_agent(ada, [ada, sam]) is sam
    assert chat.agent_names == ["ada", "sam"]


def test_a_manager_that_is_a_member_of_a_group(world: Any) -> None:
    sam, inner_talker, ada = world.agent(), talker("ines"), talker("ada")
    inner = managed(inner_talker, sam, rounds=3)
    result = ada.initiate_chat(inner, message="Hi", max_turns=1, silent=True)

    assert speakers(inner)[1:] == ["ines", "sam"]
    assert result.chat_history


# Patterns


@needs_patterns
def test_a_round_robin_pattern(world: Any) -> None:
    sam, kim = world.agent(), world.agent("kim")
    pattern = RoundRobinPattern(initial_agent=sam, agents=[sam, kim])
    result, _, _ = initiate_group_chat(pattern=pattern, messages="Hi", max_rounds=3)

    assert [message.get("name") for message in result.chat_history][-2:] == ["sam", "kim"]


@needs_patterns
def test_a_hand_off_to_another_agent(world: Any) -> None:
    sam, kim = world.agent(), world.agent("kim")
    sam.handoffs.add_llm_conditions(
        [OnCondition(target=AgentTarget(kim), condition=StringLLMCondition("lamps"))]
    )
    world.says("", call("transfer_to_kim_1"))
    world.says("I sell lamps.")
    pattern = DefaultPattern(initial_agent=sam, agents=[sam, kim])
    result, _, last = initiate_group_chat(pattern=pattern, messages="A lamp, please", max_rounds=5)

    assert any(message.get("name") == "kim" for message in result.chat_history)
    assert last is not None


@needs_patterns
def test_context_variables_in_a_pattern(world: Any) -> None:
    seen: list[Any] = []

    def note(text: str, context_variables: Any) -> Any:
        seen.append(context_variables.get("who"))
        context_variables["note"] = text
        return ReplyResult(message="noted", context_variables=context_variables)

    note.__annotations__ = {"text": str, "context_variables": ContextVariables, "return": ReplyResult}
    sam = world.agent(functions=[note])
    world.says("", call("note", text="heron"))
    world.says("Done.")
    pattern = DefaultPattern(
        initial_agent=sam, agents=[sam], context_variables=ContextVariables(data={"who": "ada"})
    )
    _, context, _ = initiate_group_chat(pattern=pattern, messages="Note: heron", max_rounds=4)

    assert seen == ["ada"]
    assert context.get("note") == "heron"


@needs_patterns
def test_an_agent_has_context_variables(world: Any) -> None:
    sam = world.agent(context_variables=ContextVariables(data={"city": "Oslo"}))

    assert sam.context_variables.get("city") == "Oslo"


@needs_patterns
def test_functions_given_at_construction_are_offered(world: Any) -> None:
    def weather(city: str) -> str:
        """The weather."""
        return city

    sam = world.agent(functions=[weather])

    assert [tool.name for tool in sam.tools] == ["weather"]
