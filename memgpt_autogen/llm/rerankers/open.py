"""A reranker from its name: a text such as `fastembed:NAME`, a function, or the reranker itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional, Union

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.model_kinds import NONE, kind_and_name
from memgpt_autogen.llm.protocols import Reranker
from memgpt_autogen.llm.rerankers.base import CallableReranker

AnyReranker = Union[str, Reranker, Callable[..., Any]]
"""A reranker, a function for `CallableReranker`, or a name for `open_reranker`."""

KINDS = ("fastembed", "sentence-transformers", "wordllama", "endpoint")

EXAMPLES = "sentence-transformers:cross-encoder/ms-marco-MiniLM-L6-v2, wordllama or endpoint:NAME"


def open_reranker(
    given: AnyReranker,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    timeout: float = 60,
    proxy_private: bool = False,
) -> Optional[Reranker]:
    """Return the reranker for a name or a function; a reranker is returned unchanged, and `none` is None.

    `fastembed:NAME` and `sentence-transformers:NAME` are cross-encoders in this process; `wordllama` compares
    static vectors. `endpoint:NAME`, or a name alone, is asked at `base_url` + `/rerank`.

    Nothing is loaded, downloaded or requested here. Raises `ConfigurationError` when a package is missing, or
    an endpoint has no address.
    """
    if not isinstance(given, str):
        return _from_object(given)
    if given.strip().lower() == NONE:
        return None
    kind, rest = kind_and_name(given, KINDS, otherwise="endpoint")
    if kind == "wordllama":
        from memgpt_autogen.llm.rerankers.local import WordLlamaReranker

        return WordLlamaReranker()
    if not rest:
        raise ConfigurationError(f"reranker '{given}' has no name after the colon, as in {EXAMPLES}.")
    if kind == "endpoint":
        from memgpt_autogen.llm.rerankers.endpoint import EndpointReranker

        return EndpointReranker(
            rest, base_url=base_url, api_key=api_key, timeout=timeout, proxy_private=proxy_private
        )
    from memgpt_autogen.llm.rerankers.local import FastEmbedReranker, SentenceTransformersReranker

    return FastEmbedReranker(rest) if kind == "fastembed" else SentenceTransformersReranker(rest)


def _from_object(given: Any) -> Reranker:
    if hasattr(given, "rerank") and hasattr(given, "model") and not isinstance(given, type):
        reranker: Reranker = given
        return reranker
    if callable(given) and not isinstance(given, type):
        return CallableReranker(given)
    raise ConfigurationError(
        f"reranker={given!r} is no reranker. Give a name such as {EXAMPLES}, an object with model and "
        "rerank, or a function of a query and texts."
    )
