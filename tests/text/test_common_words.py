"""How common words are: common words of English weigh less, all others 1."""

from __future__ import annotations

from memgpt_autogen.text.common_words import commonness_weight
from memgpt_autogen.text.words import stem


def test_the_more_common_a_word_the_less_it_weighs() -> None:
    weights = [commonness_weight(stem(word)) for word in ("people", "ready", "kitchen", "remittance")]

    assert weights == sorted(set(weights))


def test_words_that_are_not_common_in_english_weigh_one() -> None:
    assert {commonness_weight(word) for word in ("qx7731", "茶", "Will", "")} == {1.0}


def test_words_of_talking_weigh_less_than_words_that_are_as_common() -> None:
    assert commonness_weight(stem("mentioned")) < commonness_weight(stem("kitchens"))
    assert commonness_weight(stem("summarise")) < 0.5
