"""Functions as embedders: their vectors, batches, dimensions and threads."""

from __future__ import annotations

import math
import threading
from typing import Any

import pytest
from embedding_models import lengths

from memgpt_autogen import (
    CallableEmbedder,
)
from memgpt_autogen.errors import ConfigurationError, ModelError


def one(text: str) -> list[float]:
    return [float(len(text)), 2.0, 0.0]


def as_array(texts: list[str]) -> Any:
    import numpy as np

    return np.array(lengths(texts), dtype=np.float32)


def as_arrays(texts: list[str]) -> Any:
    return iter(as_array(texts))


@pytest.mark.parametrize(
    "function", [lengths, one, as_array, as_arrays], ids=lambda function: function.__name__
)
def test_any_function_is_an_embedder_of_unit_vectors(function: Any) -> None:
    embedder = CallableEmbedder(function)

    vectors = embedder.embed(["four", "a"])

    assert vectors == [pytest.approx([4 / math.sqrt(20), 2 / math.sqrt(20), 0], abs=1e-6),
                       pytest.approx([1 / math.sqrt(5), 2 / math.sqrt(5), 0], abs=1e-6)]  # fmt: skip
    assert type(vectors[0][0]) is float
    assert embedder.embed_query("a") == vectors[1]
    assert (embedder.dimension, embedder.model) == (3, f"{function.__module__}.{function.__name__}")


def test_a_function_is_asked_in_batches_with_prefixes_and_its_dimension_is_found_once() -> None:
    asked: list[list[str]] = []

    def embed(texts: list[str]) -> list[list[float]]:
        asked.append(texts)
        return lengths(texts)

    embedder = CallableEmbedder(embed, model="m", passage_prefix="p: ", query_prefix="q: ", batch_size=2)

    assert embedder.known_dimension is None
    assert (embedder.dimension, embedder.dimension) == (3, 3)
    embedder.embed(["a", "b", ""])
    embedder.embed_query("a")
    assert asked == [["p: dimension"], ["p: a", "p: b"], ["p: "], ["q: a"]]
    assert embedder.model == "m ('p: ', 'q: ')"
    assert embedder.embed([]) == []


def test_a_function_for_questions_is_asked_for_questions() -> None:
    embedder = CallableEmbedder(
        lambda text: [1.0, 0.0], query=lambda text: [0.0, 1.0], model="m", one_at_a_time=True
    )

    assert (embedder.embed(["a"]), embedder.embed_query("a")) == ([[1.0, 0.0]], [0.0, 1.0])


def test_a_vector_of_zeros_is_near_nothing_and_no_error() -> None:
    assert CallableEmbedder(lambda texts: [[0, 0, 0]], model="m").embed(["?"]) == [[1.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([[1.0, math.nan]], "NaN or infinity"),
        ([[math.inf, 1.0]], "NaN or infinity"),
        ([1.0, 2.0], r"shape \(2,\) for 1 text;.*one_at_a_time=True"),
        ([[1.0], [2.0]], r"shape \(2, 1\) for 1 text;"),
        ([["a"]], "no list of vectors"),
        ([[]], "shape"),
        (None, "no list of vectors"),
    ],
)
def test_what_is_no_vector_is_an_error_that_says_so(given: Any, told: str) -> None:
    with pytest.raises(ModelError, match=f"'m' returned .*{told}"):
        CallableEmbedder(lambda texts: given, model="m").embed(["a"])


def test_huge_and_tiny_vectors_get_length_one_too() -> None:
    for size in (1e300, 1e-300):
        (vector,) = CallableEmbedder(lambda texts, size=size: [[size, size]], model="m").embed(["a"])
        assert math.hypot(*vector) == pytest.approx(1)


def test_a_declared_dimension_is_checked_and_another_one_later_too() -> None:
    with pytest.raises(ConfigurationError, match=r"returned 3 dimensions where dimension=4 was set. Set 3"):
        CallableEmbedder(lengths, dimension=4).embed(["a"])

    changing = CallableEmbedder(lambda texts: [[1.0] * len(texts[0])], model="m")
    changing.embed(["abc"])
    with pytest.raises(ModelError, match="4 dimensions after 3 before"):
        changing.embed(["abcd"])


def test_one_thread_at_a_time_calls_a_function() -> None:
    inside, most = 0, 0

    def embed(texts: list[str]) -> list[list[float]]:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        threading.Event().wait(0.005)
        inside -= 1
        return lengths(texts)

    embedder = CallableEmbedder(embed, model="m")
    threads = [threading.Thread(target=embedder.embed, args=(["a"],)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 1
