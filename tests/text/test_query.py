"""What a search looks for: the terms of a query, and which of them spell its words otherwise."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from memgpt_autogen.text.query import read_query

PIECES = ["a", "QX", "7731", "1", "-", "/", "'", ".", " ", "シャツ", "北京", "เมล", "ༀ", "ä", "ﬁ", "\u200b"]
"""Letters of scripts with and without spaces, digits, and signs that join words."""


@given(st.lists(st.sampled_from(PIECES) | st.characters(), max_size=9).map("".join))
@example("T-シャツ")
@example("北京-上海")
@example("0ༀ")
def test_what_spells_a_word_otherwise_is_a_term_of_the_query(text: str) -> None:
    query = read_query(text)

    terms = set(query.texts)
    assert len(terms) == len(query.texts)
    assert all(each.terms | each.words <= terms for each in query.spelled)
    assert all(each <= terms for each in query.needed)


@pytest.mark.parametrize(
    ("text", "term"), [("well-known", "wellknown"), ("QX 7731", "qx7731"), ("1,000", "1000")]
)
def test_a_spelling_belongs_to_the_words_that_it_spells(text: str, term: str) -> None:
    query = read_query(text)

    (spelled,) = query.spelled
    assert term in spelled.terms
    assert spelled.words == {each for each in query.texts if each not in spelled.terms}
