"""The situations for real models: they are written in pairs, and doing nothing is never right."""

from __future__ import annotations

import pytest

from benchmarks.realmodel_sets import APART, SETS, THIRD
from benchmarks.realmodel_situations import Outcome, Situation
from memgpt_autogen.assembly import open_memory

pytestmark = pytest.mark.sqlite


def test_every_kind_of_situation_is_in_both_halves_with_other_words() -> None:
    assert [each.name for each in THIRD] == [each.name for each in APART]
    assert not {each.message for each in THIRD} & {each.message for each in APART}


@pytest.mark.parametrize("situation", [*THIRD, *APART], ids=lambda each: f"{each.name}: {each.message[:20]}")
def test_an_agent_that_does_and_says_nothing_is_wrong(situation: Situation) -> None:
    memory = open_memory("sam", human=situation.human, ephemeral=True)
    situation.prepare(memory)

    assert not situation.right(Outcome(memory, "", ()))


def test_a_reply_with_what_was_asked_for_is_right() -> None:
    memory = open_memory("sam", ephemeral=True)
    right = {
        "asked in other words": ("At eight.", "On 17 March."),
        "who said it": ("They are bad for him.", "In the grey cabinet."),
        "archive with likely wrong answers": ("HX-12", "40718"),
        "core memory and recall together": ("On Thursdays, so yes.", "Lena"),
        "never said": ("Nobody said that; I do not know it.", "I didn't find that."),
    }

    for name, replies in right.items():
        for half, reply in zip(("third", "apart"), replies, strict=True):
            (situation,) = (each for each in SETS[half] if each.name == name)
            assert situation.right(Outcome(memory, reply, ())), (name, half)
