"""Vectors of any embedding model: by what name they are told apart, and what makes them unusable."""

from __future__ import annotations

from typing import Any

from memgpt_autogen.errors import ModelError


def named(model: str, passage_prefix: str, query_prefix: str) -> str:
    """The model's name with its prefixes, since these change the vectors."""
    return f"{model} ({passage_prefix!r}, {query_prefix!r})" if passage_prefix or query_prefix else model


def unit_vectors(model: str, rows: Any, count: int) -> list[list[float]]:
    """`count` vectors of length one from lists, arrays or tensors.

    A vector of zeros, which a model gives for a text that it knows no piece of, becomes the first axis: near nothing on purpose.

    Raises `ModelError` where these are no `count` vectors of one length, or have NaN or infinity in them.
    """
    import numpy as np

    try:
        array = np.asarray(rows if hasattr(rows, "shape") else list(rows), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ModelError(
            f"embedding model '{model}' gave no list of vectors of one length: {error}. A function that takes one text at "
            f"a time needs one_at_a_time=True."
        ) from error
    if array.ndim != 2 or len(array) != count or array.shape[1] == 0:
        raise ModelError(
            f"embedding model '{model}' gave the shape {array.shape} for {count} texts, where ({count}, dimension) is "
            f"needed. A function that takes one text at a time needs one_at_a_time=True."
        )
    if not np.isfinite(array).all():
        raise ModelError(f"embedding model '{model}' gave a vector with NaN or infinity in it.")
    # first to the largest number, since the squares of very large and small ones are no numbers any more
    largest = np.abs(array).max(axis=1, keepdims=True)
    array[largest[:, 0] == 0, 0] = largest[largest == 0] = 1.0
    array /= largest
    array /= np.linalg.norm(array, axis=1, keepdims=True)
    vectors: list[list[float]] = array.tolist()
    return vectors
