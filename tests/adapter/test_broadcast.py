"""Which member hears a group's message next: nothing is sure where a program may do something in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from autogen import ConversableAgent, GroupChat, GroupChatManager

from memgpt_autogen.adapter.broadcast import next_listener

pytestmark = pytest.mark.autogen


def stock(name: str) -> Any:
    return ConversableAgent(name, llm_config=False, human_input_mode="NEVER", description=name)


def manager_of(*agents: Any, kind: Any = GroupChatManager) -> Any:
    """Return a manager that gives the members what the first of them has said."""
    group = GroupChat(agents=list(agents), messages=[], max_round=3)
    manager = kind(group, llm_config=False, human_input_mode="NEVER", silent=True)
    group.append({"role": "user", "content": "hello"}, agents[0])
    manager._last_speaker = agents[0]
    return manager


def test_it_is_the_member_after_this_one_and_nobody_after_the_last() -> None:
    ann, ben, kim = map(stock, ("ann", "ben", "kim"))
    manager = manager_of(ann, ben, kim)
    message = manager.groupchat.messages[-1]

    assert next_listener(ben, message, manager) is kim
    assert next_listener(kim, message, manager) is None


def test_it_is_never_the_one_that_spoke() -> None:
    ann, ben, kim = map(stock, ("ann", "ben", "kim"))
    manager = manager_of(ann, ben, kim)
    manager._last_speaker = ben
    message = manager.groupchat.messages[-1]
    message["name"] = "ben"

    assert next_listener(ann, message, manager) is kim


def test_an_agent_that_stands_twice_in_the_list_is_not_followed() -> None:
    ann, ben, kim = map(stock, ("ann", "ben", "kim"))
    manager = manager_of(ann, ben, kim)
    manager.groupchat.agents.append(ben)

    assert next_listener(ben, manager.groupchat.messages[-1], manager) is None
    assert next_listener(kim, manager.groupchat.messages[-1], manager) is ben


def test_an_agent_outside_the_group_and_one_that_is_no_manager_are_not_followed() -> None:
    ann, ben = map(stock, ("ann", "ben"))
    message = {"role": "user", "name": "ann", "content": "hello"}

    assert next_listener(stock("eve"), message, manager_of(ann, ben)) is None
    assert next_listener(ann, message, ben) is None


class OtherManager(GroupChatManager):  # type: ignore[misc] # AutoGen has no types
    """Could do anything between two members."""


def hook(manager: Any) -> None:
    manager.register_hook("process_message_before_send", lambda **options: options["message"])


def reply(manager: Any) -> None:
    manager.register_reply([ConversableAgent, None], lambda *_args, **_options: (False, None))


def guardrail(manager: Any) -> None:
    manager.groupchat._inter_agent_guardrails = [object()]


def other_send(manager: Any) -> None:
    manager.send = lambda *_args, **_options: None


@pytest.mark.parametrize("change", [hook, reply, guardrail, other_send])
def test_nobody_is_sure_to_follow_where_a_program_takes_part(change: Callable[[Any], None]) -> None:
    ann, ben, kim = map(stock, ("ann", "ben", "kim"))
    manager = manager_of(ann, ben, kim)

    change(manager)

    assert next_listener(ben, manager.groupchat.messages[-1], manager) is None


def test_nobody_is_sure_to_follow_where_the_manager_is_of_a_class_of_its_own() -> None:
    ann, ben, kim = map(stock, ("ann", "ben", "kim"))
    manager = manager_of(ann, ben, kim, kind=OtherManager)

    assert next_listener(ben, manager.groupchat.messages[-1], manager) is None
