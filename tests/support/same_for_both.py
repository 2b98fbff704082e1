"""Runs one scenario with a stock agent and with ours, over the same scripted answers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import autogen
from side_by_side import either, made, served

from memgpt_autogen import MemGPTAgent
from memgpt_autogen.testing import ScriptedServer

Make = Callable[..., Any]
"""Makes the agent to compare: stock or ours, by name and options."""


def same(scenario: Callable[[Make], Any], *lines: str, calls: bool = True) -> Any:
    """The outcome of the scenario, which must be the same for both kinds of agent, as the number of calls."""
    outcomes = [run(kind, scenario, *lines) for kind in (autogen.ConversableAgent, MemGPTAgent)]
    assert outcomes[1][0] == outcomes[0][0]
    assert not calls or outcomes[1][1] == outcomes[0][1]
    return outcomes[0][0]


def run(kind: Any, scenario: Callable[[Make], Any], *lines: str) -> tuple[Any, int]:
    """The outcome of the scenario with one kind of agent, and the number of model calls."""
    with served(*map(either, lines)) as server:
        return scenario(maker(kind, server)), len(server.requests)


def maker(kind: Any, server: ScriptedServer) -> Make:
    def make(name: str = "sam", **options: Any) -> Any:
        if options.pop("llm_config", True) is False:
            return kind(name, llm_config=False, human_input_mode="NEVER", silent=True, **options)
        return made(kind, server, name, **options)

    return make


def talker(name: str, **options: Any) -> Any:
    """A stock agent that numbers what it says, without end."""
    number = itertools.count(1)
    stock = autogen.ConversableAgent(name, llm_config=False, human_input_mode="NEVER", silent=True, **options)
    place = next(
        index
        for index, entry in enumerate(stock._reply_func_list)
        if entry["reply_func"] is autogen.ConversableAgent.generate_oai_reply
    )
    stock.register_reply(
        [autogen.Agent, None], lambda _self, **_: (True, f"{name} {next(number)}"), position=place
    )
    return stock


def lines_of(agent: Any, other: Any) -> list[tuple[str, str, str]]:
    """The transcript that an agent keeps of a chat: role, name and words of each line."""
    return [(m["role"], m.get("name", ""), m["content"]) for m in agent.chat_messages[other]]


def managed(*members: Any, rounds: int, llm_config: Any = False, ends: Any = None, **options: Any) -> Any:
    """The manager of a group chat, round robin unless another selection is given."""
    options.setdefault("speaker_selection_method", "round_robin")
    chat = autogen.GroupChat(agents=list(members), messages=[], max_round=rounds, **options)
    return autogen.GroupChatManager(
        groupchat=chat, llm_config=llm_config, silent=True, is_termination_msg=ends
    )


def transcript(manager: Any) -> list[tuple[str, str]]:
    return [(message["name"], message["content"]) for message in manager.groupchat.messages]
