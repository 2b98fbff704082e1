"""An embedder from any function that turns texts into vectors."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from memgpt_autogen.errors import ConfigurationError, MemGPTError, ModelError
from memgpt_autogen.llm.embedders.local import Encode, LocalEmbedder


class CallableEmbedder(LocalEmbedder):
    """An embedder that calls `function` with a list of texts, which returns their vectors as lists or arrays.

    With `one_at_a_time` the function takes a single text. If it is not given, the type hint decides: a first
    parameter that is a `str`. `query` is another function for questions, called in the same way. An archive
    stores `model`, so change it whenever the vectors change; the default is the function's own name. With
    `slow`, a turn does not wait for the function, for example when it uses a network. Only one thread at a
    time calls it. Its errors become `ModelError`.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        model: str | None = None,
        dimension: int | None = None,
        one_at_a_time: bool | None = None,
        query: Callable[..., Any] | None = None,
        passage_prefix: str = "",
        query_prefix: str = "",
        batch_size: int = 64,
        slow: bool = False,
    ) -> None:
        for each in (function, query):
            if each is not None and not callable(each):
                raise ConfigurationError(f"{each!r} is no function that embeds texts.")
            if each is not None and inspect.iscoroutinefunction(each):
                raise ConfigurationError(
                    f"'{_function_name(each)}' is asynchronous. Give a function that returns the vectors, "
                    "such as one that calls it with asyncio.run."
                )
        passages = _make_encode(function, one_at_a_time=one_at_a_time)
        questions = passages if query is None else _make_encode(query, one_at_a_time=one_at_a_time)
        super().__init__(
            model or _model_name(function),
            lambda: (passages, questions),
            dimension=dimension,
            passage_prefix=passage_prefix,
            query_prefix=query_prefix,
            batch_size=batch_size,
            slow=slow,
            one_thread=True,
        )

    def _encode(self, encode: Encode, texts: list[str]) -> list[list[float]]:
        try:
            return super()._encode(encode, texts)
        except MemGPTError:
            raise
        except Exception as error:  # the function's own, such as one of its network
            raise ModelError(
                f"embedding model '{self._name}' failed: {type(error).__name__}: {error}. Check its function."
            ) from error


def _make_encode(function: Callable[..., Any], *, one_at_a_time: bool | None) -> Encode:
    if _takes_one_text(function) if one_at_a_time is None else one_at_a_time:
        return lambda texts: [function(text) for text in texts]
    return function


def _takes_one_text(function: Callable[..., Any]) -> bool:
    try:
        first = next(iter(inspect.signature(function).parameters.values()))
    except (TypeError, ValueError, StopIteration):
        return False
    return first.annotation in (str, "str")


def _model_name(function: Callable[..., Any]) -> str:
    name = _function_name(function)
    if name is None:
        raise ConfigurationError(
            "a lambda or partial has no name to identify its vectors: "
            "give CallableEmbedder(function, model='a name that changes whenever the vectors do')."
        )
    return name


def _function_name(function: Callable[..., Any]) -> str | None:
    if isinstance(function, functools.partial):
        return None
    named = function if hasattr(function, "__qualname__") else type(function)
    name = f"{named.__module__}.{named.__qualname__}"
    return None if name.endswith("<lambda>") else name
