"""A member of the inner group of `SocietyOfMindAgent`, which is given the outer conversation each time."""

from __future__ import annotations

import itertools
from typing import Any

import autogen
import pytest
from autogen_support import agent, heard, person, requests

from memgpt_autogen.testing import ScriptedServer, says

SocietyOfMindAgent = pytest.importorskip(
    "autogen.agentchat.contrib.society_of_mind_agent", reason="this AutoGen has no SocietyOfMindAgent"
).SocietyOfMindAgent

pytestmark = pytest.mark.autogen

QUESTIONS = 10


@pytest.fixture
def inner() -> Any:
    """The inner member, after ten outer questions."""
    number = itertools.count(1)
    with ScriptedServer(otherwise=lambda _: says(f"final {next(number)}")) as server:
        sam, checker = agent(), person("checker", [f"checked {n}" for n in range(QUESTIONS)])
        chat = autogen.GroupChat(
            agents=[sam, checker], messages=[], max_round=3, speaker_selection_method="round_robin"
        )
        manager = autogen.GroupChatManager(groupchat=chat, llm_config=False, silent=True)
        society = SocietyOfMindAgent(
            "society", chat_manager=manager, llm_config=server.llm_config, human_input_mode="NEVER"
        )
        boss = person("boss", [f"question {n}" for n in range(1, QUESTIONS)])
        boss.initiate_chat(society, message="question 0", max_turns=QUESTIONS, silent=True)
    return sam


def test_the_outer_history_is_recorded_once_and_in_order(inner: Any) -> None:
    lines = heard(inner)

    assert [words for name, words in lines if name == "boss"] == [f"question {n}" for n in range(9)]
    assert [words for name, words in lines if words.startswith("final")] == [
        f"final {n}" for n in range(1, 10)
    ]
    assert [words for name, words in lines if name == "checker"] == [f"checked {n}" for n in range(10)]
    # 9 questions and 9 answers of the outer chat, and 3 lines of the inner chat for each question
    assert len(lines) == len(set(lines)) == 9 + 9 + 3 * 10
    assert lines.index(("boss", "question 3")) < lines.index(("society", "question 4"))


def test_each_prompt_has_the_outer_history_once(inner: Any) -> None:
    prompt = str(requests(inner)[-1].messages)

    assert [prompt.count(f'"name": "boss", "message": "question {n}"') for n in range(9)] == [1] * 9
