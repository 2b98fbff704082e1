"""The embedder for tests: deterministic unit vectors in which shared words are nearness."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.testing.embedder import HashingEmbedder


@given(st.text(), st.integers(1, 100))
def test_every_text_has_a_unit_vector_of_the_promised_length(text: str, dimension: int) -> None:
    (vector,) = HashingEmbedder(dimension).embed([text])

    assert len(vector) == dimension
    assert math.isclose(math.hypot(*vector), 1.0)


def test_texts_that_share_words_are_nearer_than_others() -> None:
    embedder = HashingEmbedder()
    query = embedder.embed_query("Does Anna like green tea?")
    tea, budget = embedder.embed(["Anna likes tea, green tea.", "The budget meeting moved to Friday."])

    assert sum(map(float.__mul__, query, tea)) > sum(map(float.__mul__, query, budget)) + 0.3


def test_vectors_are_the_same_in_every_process() -> None:
    vector = HashingEmbedder(8).embed_query("tea and milk")

    assert vector == pytest.approx([-math.sqrt(0.5), 0, 0, math.sqrt(0.5), 0, 0, 0, 0])


def test_its_name_tells_its_dimension() -> None:
    embedder: Embedder = HashingEmbedder(32)

    assert (embedder.model, embedder.dimension) == ("hashing-32", 32)
    assert HashingEmbedder(32, model="other").model == "other"
