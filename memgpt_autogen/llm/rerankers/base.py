"""The checks that every reranker's scores must pass, and a reranker from any function."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

from memgpt_autogen.errors import ConfigurationError, MemGPTError, ModelError
from memgpt_autogen.llm.protocols import Reranker
from memgpt_autogen.rendering.plain_text import counted


def scores_of(reranker: Reranker, query: str, texts: Sequence[str]) -> list[float]:
    """Return a reranker's score for each text.

    Raises `ModelError`, or an error of our own, when it fails or returns anything else than one finite number
    for each text.
    """
    try:
        scores = [float(score) for score in reranker.rerank(query, texts)]
    except MemGPTError:
        raise
    except Exception as error:  # the reranker's own, such as one of its network
        raise ModelError(
            f"the reranker '{reranker.model}' failed: {type(error).__name__}: {error}"
        ) from error
    if len(scores) != len(texts):
        raise ModelError(
            f"the reranker '{reranker.model}' returned {counted(len(scores), 'score')} for "
            f"{counted(len(texts), 'text')}. Return one for each text, in their order."
        )
    if not all(map(math.isfinite, scores)):
        raise ModelError(f"the reranker '{reranker.model}' returned a score that is NaN or infinity.")
    return scores


class CallableReranker:
    """A reranker that calls `function` with a query and a list of texts, which returns their scores."""

    def __init__(self, function: Callable[..., Any], *, model: str | None = None) -> None:
        if not callable(function) or inspect.iscoroutinefunction(function):
            raise ConfigurationError(
                f"{function!r} is no function that reranks. Give one that takes a query and a list of texts, "
                "and returns their scores."
            )
        self._function = function
        self.model = model or str(getattr(function, "__name__", type(function).__name__))

    def rerank(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return one score per text, in order."""
        return list(self._function(query, list(texts)))

    def __repr__(self) -> str:
        return f"CallableReranker({self.model!r})"
