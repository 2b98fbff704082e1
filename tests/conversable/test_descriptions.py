"""What the selection of speakers and introductions tell of an agent: a stock agent and ours."""

from __future__ import annotations

from typing import Any

import autogen
import pytest
from autogen_support import agent
from side_by_side import KINDS, Kind

from memgpt_autogen import MemGPTAgent

pytestmark = pytest.mark.autogen

ROLES = {
    "anna": "You plan the garden.",
    "bert": "You know what\n  plants cost.",
    "cleo": "You check what others say.",
}


def made(kind: Kind, name: str, **options: Any) -> Any:
    return kind(name, llm_config=False, human_input_mode="NEVER", silent=True, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_roles_that_only_instructions_tell_are_told_to_the_group(kind: Kind) -> None:
    team = [made(kind, name, system_message=role) for name, role in ROLES.items()]
    chat = autogen.GroupChat(agents=team, messages=[], send_introductions=True)

    for told in (chat.select_speaker_msg(team), chat.introductions_msg(team)):
        words = " ".join(told.split())
        assert all(f"{name}: {' '.join(role.split())}" in words for name, role in ROLES.items())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("description", ["", "an expert in herons"])
def test_a_given_description_is_kept(kind: Kind, description: str) -> None:
    assert made(kind, "x", system_message="A role.", description=description).description == description


def test_long_instructions_are_told_by_their_first_sentences() -> None:
    told = agent("x", system_message="You plan the garden. " + "Never water at noon. " * 100).description

    assert told.startswith("You plan the garden. Never water")
    assert told.endswith("noon.")
    assert len(told) <= 300


def test_instructions_without_a_sentence_are_cut_at_a_word() -> None:
    assert agent("x", system_message="word " * 200).description == "word " * 60 + "..."


def test_an_agent_without_instructions_has_a_sentence_about_memory() -> None:
    assert "remembers" in agent("x").description
    assert "remembers" in MemGPTAgent("y", system_message=None, silent=True).description
