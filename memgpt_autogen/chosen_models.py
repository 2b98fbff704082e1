"""The models that the settings name: one that answers, one that embeds, and one that reranks."""

from __future__ import annotations

import os
from typing import Any, Optional

from memgpt_autogen.llm.embedders.open import AnyEmbedder, open_embedder
from memgpt_autogen.llm.protocols import LLM, Embedder, Reranker
from memgpt_autogen.llm.rerankers.open import AnyReranker, open_reranker
from memgpt_autogen.llm.served import served_model, warn_if_small
from memgpt_autogen.llm.text_calls.plain import with_function_calling
from memgpt_autogen.settings import Settings

DEFAULT_MODEL = "gpt-4.1-mini"
"""The model that is used when there is an API key and no model is configured."""


def choose_llm(settings: Settings) -> LLM:
    """Return the configured model, or the offline model where there is neither a model nor a key."""
    has_key = settings.api_key is not None or bool(os.environ.get("OPENAI_API_KEY"))
    if settings.model != "offline" and (settings.model or settings.base_url or has_key):
        from memgpt_autogen.llm.openai import OpenAILLM

        llm = OpenAILLM(
            settings.model or DEFAULT_MODEL,
            base_url=settings.base_url,
            api_key=_secret(settings),
            api_version=settings.api_version,
            max_tokens=settings.answer_tokens,
            timeout=settings.request_seconds,
            max_retries=settings.max_retries,
            price=settings.price,
            proxy_private=settings.proxy_private,
            loading_seconds=settings.loading_seconds,
        )
        return with_function_calling(llm, settings.function_calling)
    from memgpt_autogen.llm.offline import OfflineLLM

    return OfflineLLM()


def window_for(settings: Settings, llm: LLM) -> int | None:
    """Return the configured window, but no more than a server on this machine serves; None without both."""
    served = ask_window(llm, settings.window_tokens) if settings.discover else None
    return min(served, settings.window_tokens or served) if served else settings.window_tokens


def ask_window(llm: LLM, given: int | None) -> int | None:
    """Return what a server on this machine serves; None where none answers, or does not report it.

    Where much less is served than the model can, or than was given, a warning says so once, with the way out.
    """
    base_url = getattr(llm, "base_url", None)
    served = served_model(base_url, llm.model) if base_url else None
    if served is None or served.window_tokens is None:
        return None
    warn_if_small(served, given)
    return served.window_tokens


def choose_embedder(settings: Settings, given: AnyEmbedder | None = None) -> Optional[Embedder]:
    """Return the given or the configured embedder; None, for lexical search, without both."""
    endpoint: dict[str, Any] = {
        "base_url": settings.embedding_base_url or settings.base_url,
        "api_key": _secret(settings),
        "api_version": None if settings.embedding_base_url else settings.api_version,
        "timeout": settings.request_seconds,
        "max_retries": settings.max_retries,
        "proxy_private": settings.proxy_private,
        "loading_seconds": settings.loading_seconds,
    }
    if given is not None:
        return open_embedder(given, **endpoint)
    if settings.embedding_model is None:
        return None
    return open_embedder(
        settings.embedding_model,
        **endpoint,
        dimension=settings.embedding_dimension,
        passage_prefix=settings.embedding_passage_prefix,
        query_prefix=settings.embedding_query_prefix,
    )


def choose_reranker(settings: Settings, given: AnyReranker | None = None) -> Optional[Reranker]:
    """Return the given or the configured reranker; None without both."""
    chosen = settings.reranker if given is None else given
    if chosen is None:
        return None
    return open_reranker(
        chosen,
        base_url=settings.reranker_base_url or settings.base_url,
        api_key=_secret(settings),
        timeout=settings.request_seconds,
        proxy_private=settings.proxy_private,
    )


def _secret(settings: Settings) -> str | None:
    return settings.api_key.get_secret_value() if settings.api_key else None
