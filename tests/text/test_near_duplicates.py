"""Near-duplicates: what says the same in the same words, and what only seems to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.text.near_duplicates import repeats

LONG = "the quarterly report on the garden lists every plant that Ana watered in the summer of the drought"


def folded(*texts: str) -> list[int]:
    return repeats([("ana", text) for text in texts])


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("Ana likes tea.", "ana likes tea!"),
        ("Ana likes tea.", "  Ana   likes\ntea"),
        ("Ana doesn't like tea.", "Ana does not like tea."),
        ("I'm here.", "I am here."),
        ("The train leaves at two.", "Hi, the train leaves at 2."),
        ("Ok, a tea please.", "A tea please"),
        ("The deadline is March 3.", "the deadline is March 3rd"),
        ("I can’t come.", "I cannot come."),
        (LONG, LONG.replace("quarterly", "quartely")),
        (LONG, LONG.replace("garden", "gadren")),
        ("昨天错过了电车。", "昨天错过了电车。"),
        ("👍", "👍"),
    ],
)
def test_the_same_in_other_dress_is_folded(text: str, again: str) -> None:
    assert folded(text, again) == [0, 0]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Ana likes tea.", "Ben likes tea."),
        ("Ana likes tea.", "Ana likes green tea."),
        ("Ana likes tea.", "Ana does not like tea."),
        ("Ana likes tea.", "Ana liked tea."),
        ("Ana likes Ben.", "Ben likes Ana."),
        ("The room is 5.", "The room is 6."),
        ("It is -5 degrees.", "It is 5 degrees."),
        ("You like tea.", "You like tea?"),
        ("Call before lunch.", "Call after lunch."),
        ("I use C++.", "I use C#."),
        ("I take vitamin A.", "I take vitamin."),
        ("👍", "👎"),
        (LONG, LONG.replace("watered", "planted")),
        (LONG, LONG.replace("Ana", "Ada")),
        (LONG, LONG.replace("plant", "plants")),
        (f"{LONG} 2024", f"{LONG} 2025"),
        (LONG, LONG.replace("the drought", "drought and rain")),
        ("x " * 1500 + "tea", "x " * 1500 + "cake"),
    ],
)
def test_a_word_that_differs_makes_another_text(text: str, other: str) -> None:
    assert folded(text, other) == [0, 1]


def test_texts_of_different_owners_are_not_folded() -> None:
    assert repeats([("ana", "Yes."), ("ben", "Yes."), ("ana", "yes")]) == [0, 1, 0]


@given(
    st.lists(
        st.sampled_from(
            ["Tea.", "tea", "a tea", "Cake 1", "cake one", "?", "", " ", LONG, LONG.upper(), "茶", "..."]
        )
        | st.text(max_size=9),
        max_size=12,
    )
)
def test_every_text_repeats_the_first_of_its_kind(texts: list[str]) -> None:
    found = folded(*texts)

    assert all(first <= place and found[first] == first for place, first in enumerate(found))
    assert all(found[texts.index(text)] == first for text, first in zip(texts, found, strict=True))
