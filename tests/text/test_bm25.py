"""BM25: the weights of a text's words."""

from __future__ import annotations

import zlib

from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.text import bm25
from memgpt_autogen.text.bm25 import passage_weights, query_weights, spelled_terms


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


def test_the_weights_are_those_that_archives_already_have() -> None:
    text = (
        "O'Brien's QX-7731 was due 5 March 2024\nWill said: getUserName2() fails; can't reach İzmir'deki "
        "東京タワー 🙂 at +49 (0)30/123 45 67, v1.2.0 of well-known deadbeef12."
    )

    weights = passage_weights(text)

    # of form 4: with other weights, FORM needs another number
    assert (len(weights), zlib.crc32(repr(weights).encode())) == (57, 3102804836)


@given(st.text(max_size=100))
def test_the_other_spellings_of_a_text_include_those_of_its_tokens(text: str) -> None:
    terms = spelled_terms(text)

    for token in text.split():
        if token.isascii():
            assert bm25._spelled(token) <= terms


def test_only_so_many_tokens_and_no_long_ones_are_kept() -> None:
    kept = bm25._spelled_in.cache_info()

    spelled_terms(f"{'a-b' * 30} and {'0123456789abcdef' * 5}")

    assert bm25._spelled_in.cache_info().currsize == kept.currsize
    assert kept.maxsize is not None
    assert kept.maxsize <= 2**14
