"""BM25: the weights of a text's words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.text.bm25 import passage_weights, query_weights


@given(st.text(max_size=200))
def test_sparse_vectors_are_positive_sorted_and_empty_for_blank_text_only(text: str) -> None:
    for weights in (passage_weights(text), query_weights(text)):
        assert bool(weights) == bool(text.strip())
        assert list(weights) == sorted(weights)
        assert all(0 <= index < 2**32 and weight > 0 for index, weight in weights.items())


def test_repeating_a_word_saturates_and_length_weighs_against() -> None:
    (once,), (thrice,) = (passage_weights(text).values() for text in ("tea", "tea tea tea"))
    among_others = passage_weights("tea " + " ".join(f"word{number}" for number in range(100)))[
        next(iter(query_weights("tea")))
    ]

    assert once < thrice < 3 * once
    assert among_others < once
