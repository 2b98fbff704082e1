"""The base of all embedders: the name and length of their vectors, and the checks that these must pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.rendering.plain_text import counted


class EmbeddingModel:
    """The base class of embedders. Without a given dimension, the first text finds it."""

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
        """The model's name, with the prefixes if there are any, because they change the vectors."""
        prefixes = self._passage_prefix, self._query_prefix
        return f"{self._name} ({prefixes[0]!r}, {prefixes[1]!r})" if any(prefixes) else self._name

    @property
    def known_dimension(self) -> int | None:
        """The dimension; None when only embedding something could find it."""
        return self._dimension

    @property
    def dimension(self) -> int:
        """The length of each vector. The first access may load the model or send a request."""
        if self._dimension is None:
            self.embed(["dimension"])
        assert self._dimension is not None  # noqa: S101  embedding has set it
        return self._dimension

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one unit vector per passage, in order."""
        raise NotImplementedError

    def _check_length(self, length: int, hint: str = "") -> None:
        """Remember the first vector's length. Raises when it is not the given one, or a later one differs."""
        if self._dimension is None:
            self._dimension = length
        if length == self._dimension:
            return
        if self._declared is not None:
            raise ConfigurationError(
                f"embedding model '{self._name}' returned {length} dimensions where "
                f"dimension={self._declared} was set{hint}. Set {length}, or leave it out."
            )
        raise ModelError(
            f"embedding model '{self._name}' returned {length} dimensions after {self._dimension} before. "
            "Check that it is still the same model."
        )


def unit_vectors(model: str, rows: Any, count: int) -> list[list[float]]:
    """Return `count` vectors of length one from lists, arrays or tensors.

    A model returns a vector of zeros for a text without any known word. It becomes the first axis, which is
    similar to no other text.

    Raises `ModelError` when these are not `count` vectors of the same length, or contain NaN or infinity.
    """
    import numpy as np

    try:
        array = np.asarray(rows if hasattr(rows, "shape") else list(rows), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ModelError(
            f"embedding model '{model}' returned no list of vectors of the same length: {error}. A function "
            "that takes one text at a time needs one_at_a_time=True."
        ) from error
    if array.ndim != 2 or len(array) != count or array.shape[1] == 0:
        raise ModelError(
            f"embedding model '{model}' returned the shape {array.shape} for {counted(count, 'text')}; "
            f"({count}, dimension) is needed. A function that takes one text at a time needs "
            "one_at_a_time=True."
        )
    if not np.isfinite(array).all():
        raise ModelError(f"embedding model '{model}' returned a vector with NaN or infinity in it.")
    # divided by the largest number first, because the squares of very large and very small numbers overflow
    largest = np.abs(array).max(axis=1, keepdims=True)
    array[largest[:, 0] == 0, 0] = largest[largest == 0] = 1.0
    array /= largest
    array /= np.linalg.norm(array, axis=1, keepdims=True)
    vectors: list[list[float]] = array.tolist()
    return vectors
