"""An embedder from its name: a text such as `fastembed:NAME`, a function, or the embedder itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional, Union

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.model_kinds import NONE, kind_and_name
from memgpt_autogen.llm.protocols import Embedder

AnyEmbedder = Union[str, Embedder, Callable[..., Any]]
"""An embedder, a function for `CallableEmbedder`, or a name for `open_embedder`."""

KINDS = ("fastembed", "sentence-transformers", "model2vec", "wordllama", "openai")

EXAMPLES = "fastembed:BAAI/bge-small-en-v1.5, sentence-transformers:all-MiniLM-L6-v2 or wordllama"


def open_embedder(
    given: AnyEmbedder,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    api_version: str | None = None,
    dimension: int | None = None,
    passage_prefix: str | None = None,
    query_prefix: str | None = None,
    timeout: float = 60,
    max_retries: int = 4,
    proxy_private: bool = False,
    loading_seconds: float | None = None,
) -> Optional[Embedder]:
    """Return the embedder for a name or a function; an embedder is returned unchanged, and `none` is None.

    `fastembed:NAME`, `sentence-transformers:NAME` and `model2vec:NAME` run in this process; NAME can be a
    folder. `wordllama` does too, or `wordllama:128` for shorter vectors. `openai:NAME`, or a name alone, uses
    an OpenAI-compatible endpoint. Only for it are `base_url`, `api_key`, Azure's `api_version`, `timeout`
    (seconds), `max_retries`, `proxy_private` and `loading_seconds`.

    Nothing is loaded, downloaded or requested here. Raises `ConfigurationError` when a package or a folder is
    missing.
    """
    if not isinstance(given, str):
        return _from_object(given, dimension, passage_prefix, query_prefix)
    if given.strip().lower() == NONE:
        return None
    kind, rest = kind_and_name(given, KINDS, otherwise="openai")
    if not rest and kind != "wordllama":
        raise ConfigurationError(f"embedding model '{given}' has no name after the colon, as in {EXAMPLES}.")
    options = {"dimension": dimension, "passage_prefix": passage_prefix, "query_prefix": query_prefix}
    common: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    if kind == "openai":
        from memgpt_autogen.llm.embedders.openai import OpenAIEmbedder

        return OpenAIEmbedder(
            rest,
            base_url=base_url,
            api_key=api_key,
            api_version=api_version,
            timeout=timeout,
            max_retries=max_retries,
            proxy_private=proxy_private,
            loading_seconds=loading_seconds,
            **common,
        )
    if kind == "fastembed":
        from memgpt_autogen.llm.embedders.fast_embed import FastEmbedEmbedder

        return FastEmbedEmbedder(rest, **common)
    if kind == "sentence-transformers":
        from memgpt_autogen.llm.embedders.sentence_transformers import SentenceTransformersEmbedder

        return SentenceTransformersEmbedder(rest, **common)
    from memgpt_autogen.llm.embedders.static import Model2VecEmbedder, WordLlamaEmbedder

    if kind == "model2vec":
        return Model2VecEmbedder(rest, **common)
    if rest and not rest.isdecimal():
        raise ConfigurationError(f"embedding model '{given}': after wordllama comes 64, 128, 256 or nothing.")
    return WordLlamaEmbedder(**({"dimension": int(rest)} if rest else {}) | common)


def _from_object(
    given: Any, dimension: int | None, passage_prefix: str | None, query_prefix: str | None
) -> Embedder:
    if all(hasattr(given, name) for name in ("embed", "embed_query")) and not isinstance(given, type):
        embedder: Embedder = given
        return embedder
    if callable(given) and not isinstance(given, type):
        from memgpt_autogen.llm.embedders.callables import CallableEmbedder

        return CallableEmbedder(
            given, dimension=dimension, passage_prefix=passage_prefix or "", query_prefix=query_prefix or ""
        )
    raise ConfigurationError(
        f"embedder={given!r} is no embedder. Give a name such as {EXAMPLES}, an object with embed and "
        "embed_query, or a function."
    )
