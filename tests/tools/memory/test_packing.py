"""Results fit in a number of tokens."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.llm.tokens import ApproximateCounter
from memgpt_autogen.tools.memory.packing import pack

count = ApproximateCounter().count
WORDS = "The river bank was wide and the boats were small. "


def lines(texts: Sequence[str]) -> str:
    return "\n".join(texts)


@given(
    st.lists(st.text(max_size=600) | st.integers(0, 80).map(lambda number: WORDS * number), max_size=10),
    st.integers(200, 1500),
)
def test_an_answer_has_at_most_its_tokens(texts: list[str], tokens: int) -> None:
    assert count(pack(texts, "river", tokens, lines)) <= tokens


def test_short_texts_stay_whole_and_long_ones_are_cut_alike_to_what_was_asked() -> None:
    long = [f"{WORDS * 90}{end} {WORDS * 90}" for end in ("The kumquat is ripe.", "No kumquat is ripe.")]

    short, *cut = pack(["Tea.", *long], "kumquat", 300, lines).split("\n")

    assert short == "Tea."
    assert "The kumquat is ripe." in cut[0]
    assert "No kumquat is ripe." in cut[1]
    assert abs(count(cut[0]) - count(cut[1])) < 10
    assert 250 < count("\n".join(cut)) <= 300


def test_a_text_of_a_million_characters_takes_no_more_room_than_another() -> None:
    (cut,) = pack([WORDS * 20_000], "river", 300, lines).split("\n")

    assert cut.endswith(" [excerpt of 1,000,000 characters]")
    assert count(cut) <= 300


def test_a_long_text_of_few_tokens_is_cut_too() -> None:
    assert len(pack([" " * 1_000_000, WORDS * 90], "river", 300, lines)) < 10_000


def test_a_very_short_excerpt_has_no_notice() -> None:
    assert "excerpt" not in pack([WORDS * 50] * 10, "river", 300, lines)
