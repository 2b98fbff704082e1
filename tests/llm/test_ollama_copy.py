"""A copy of an Ollama model with a larger window, chosen by free memory."""

from __future__ import annotations

import pytest

from memgpt_autogen.errors import ModelError
from memgpt_autogen.llm.ollama_copy import copy_name, larger_copy
from memgpt_autogen.llm.served import served_model
from memgpt_autogen.testing.engines import LlamaCppServer, OllamaModel, OllamaServer

GB = 1024**3


@pytest.mark.parametrize(
    ("free", "window"), [(64 * GB, 32_768), (GB, 16_384), (GB // 2, 8192), (GB // 8, None)]
)
def test_the_window_is_the_largest_that_half_of_the_free_memory_takes(free: int, window: int | None) -> None:
    with OllamaServer() as server:
        served = served_model(server.url, "small", seconds=5)
        assert served is not None
        copy = larger_copy(served, free)

    assert (copy and copy.window_tokens) == window
    if copy:
        assert (
            copy.memory_bytes == copy.window_tokens * 28_672
        )  # 28 layers, two heads of 128, keys and values


def test_a_copy_is_made_and_served_with_its_window() -> None:
    with OllamaServer(others=[OllamaModel("tiny:1b", trained_window=8192)]) as server:
        served = served_model(server.url, "tiny:1b", seconds=5)
        assert served is not None
        copy = larger_copy(served, 64 * GB)
        assert copy is not None
        copy.make()
        again = served_model(server.url, copy.name, seconds=5)

    assert again is not None
    assert (copy.name, again.window_tokens, again.is_small) == ("tiny-8k:1b", 8192, False)


def test_only_ollama_can_copy_and_a_copy_that_is_not_made_is_an_error() -> None:
    with OllamaServer() as server, LlamaCppServer() as other:
        served = served_model(server.url, "small", seconds=5)
        assert served is not None
        copy = larger_copy(served, 64 * GB)
        no_ollama = served_model(other.url, "small", seconds=5)
        assert no_ollama is not None
        assert larger_copy(no_ollama, 64 * GB) is None
    assert copy is not None

    with pytest.raises(ModelError, match="OLLAMA_CONTEXT_LENGTH=32768"):
        copy.make()


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("qwen3:8b", "qwen3-16k:8b"),
        ("small", "small-16k"),
        ("hf.co/a/b", "hf.co/a/b-16k"),
        ("host:5000/a/b", "host:5000/a/b-16k"),
        ("host:5000/a/b:q4", "host:5000/a/b-16k:q4"),
    ],
)
def test_a_copys_name_keeps_the_tag(model: str, name: str) -> None:
    assert copy_name(model, 16_384) == name
