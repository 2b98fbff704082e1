"""Vectors of any embedding model: by what name they are told apart, how long they are, and what makes them unusable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from memgpt_autogen.errors import ConfigurationError, ModelError


class EmbeddingModel:
    """What all embedders tell of themselves. One that was given no dimension finds it with the first text."""

    def __init__(self, name: str, dimension: int | None, passage_prefix: str, query_prefix: str) -> None:
        if dimension is not None and dimension < 1:
            raise ConfigurationError(f"dimension is {dimension}; give at least 1, or nothing.")
        self._name = name
        self._declared = dimension
        self._dimension = dimension
        self._passage_prefix = passage_prefix
        self._query_prefix = query_prefix

    @property
    def model(self) -> str:
        """The model's name, and the prefixes where there are any, since these change the vectors."""
        prefixes = self._passage_prefix, self._query_prefix
        return f"{self._name} ({prefixes[0]!r}, {prefixes[1]!r})" if any(prefixes) else self._name

    @property
    def known_dimension(self) -> int | None:
        """The dimension, as far as it is known without embedding anything."""
        return self._dimension

    @property
    def dimension(self) -> int:
        """The length of each vector; the first look may load the model, or cost a request."""
        if self._dimension is None:
            self.embed(["dimension"])
        assert self._dimension is not None  # noqa: S101  embedding has set it
        return self._dimension

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit vector per passage, in order."""
        raise NotImplementedError


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
