"""Embedders by name, by function and as objects."""

from __future__ import annotations

import asyncio
import functools
import importlib.util
from pathlib import Path
from typing import Any

import pytest
from embedding_models import installed, lengths

from memgpt_autogen import (
    CallableEmbedder,
    OpenAIEmbedder,
    WordLlamaEmbedder,
    open_embedder,
    open_memory,
)
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.embedders.local import require_package
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder, ScriptedServer


async def later(texts: list[str]) -> list[list[float]]:
    await asyncio.sleep(0)
    return lengths(texts)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: CallableEmbedder(lambda texts: []), "model='a name that changes"),
        (lambda: CallableEmbedder(functools.partial(lengths)), "model='a name that changes"),
        (lambda: CallableEmbedder(later), "asynchronous"),
        (lambda: CallableEmbedder(7), "7 is no function"),  # type: ignore[arg-type]
        (lambda: CallableEmbedder(lengths, batch_size=0), "batch_size is 0"),
        (lambda: open_embedder(7), "embedder=7 is no embedder"),  # type: ignore[arg-type]
        (lambda: open_embedder("fastembed:"), "no name after the colon"),
        (lambda: open_embedder("wordllama:big"), "64, 128, 256 or nothing"),
        (lambda: WordLlamaEmbedder(dimension=100), "64, 128 or 256 dimensions, not 100"),
        (
            lambda: require_package("no_such_package_anywhere", "fastembed"),
            r"pip install 'memgpt-autogen\[fastembed\]'",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_an_embedder_is_an_error_with_a_way_out(make: Any, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        make()


def test_a_name_an_object_and_a_function_are_all_embedders(tmp_path: Path) -> None:
    hashing = HashingEmbedder()
    endpoint = open_embedder("nomic-embed-text:latest", base_url="http://localhost:11434/v1", dimension=256)

    assert isinstance(endpoint, OpenAIEmbedder)
    assert (endpoint.model, endpoint.known_dimension) == ("nomic-embed-text:latest", 256)
    named = open_embedder("openai:fastembed:x", base_url="http://localhost/v1")
    assert isinstance(named, OpenAIEmbedder)
    assert named.model == "fastembed:x"
    assert open_embedder(hashing) is hashing
    assert isinstance(open_embedder(lengths), CallableEmbedder)
    assert open_embedder("None") is None
    for kind, package in (("fastembed", "fastembed"), ("sentence_transformers", "sentence_transformers")):
        if importlib.util.find_spec(package) is None:
            with pytest.raises(ConfigurationError, match=rf"memgpt-autogen\[{kind.replace('_', '-')}\]"):
                open_embedder(f"{kind}:some/model")
        else:
            with pytest.raises(ConfigurationError, match="there is no folder"):
                open_embedder(f"{kind}:{tmp_path / 'missing'}")


@installed("wordllama")
def test_settings_and_arguments_name_an_embedder_in_the_same_way(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path, embedding_model="wordllama", embedding_dimension=64)

    assert open_memory("sam", settings).archival.embedding_model == "wordllama:l2_supercat"
    assert open_memory("sam", settings, embedder="none").archival.embedding_model is None
    memory = open_memory("sam", settings, embedder=lengths)
    assert memory.archival.embedding_model == f"{lengths.__module__}.lengths"
    fork = open_memory("sam", settings, embedder="none").fork("tim")
    assert fork.archival.embedding_model is None


def test_opening_a_memory_loads_no_model_and_asks_no_endpoint(tmp_path: Path) -> None:
    asked: list[list[str]] = []

    def embed(texts: list[str]) -> list[list[float]]:
        asked.append(texts)
        return lengths(texts)

    embedder = CallableEmbedder(embed, model="m")
    memory = open_memory("sam", Settings.load(home=tmp_path), embedder=embedder)
    memory.compile()
    with ScriptedServer() as server:
        settings = Settings.load(home=tmp_path, embedding_model="m", embedding_base_url=server.url)
        open_memory("tim", settings).compile()

    assert (asked, server.embedding_requests) == ([], [])
