"""Names that mean the same model, and names of embedding models."""

from __future__ import annotations

import pytest

from memgpt_autogen.llm.model_names import names_embedder, ollama_name


@pytest.mark.parametrize(
    ("given", "listed"),
    [
        ("qwen3", "qwen3:latest"),
        ("Qwen3:8B", "qwen3:8b"),
        ("library/qwen3", "qwen3:latest"),
        ("registry.ollama.ai/library/qwen3:8b", "qwen3:8b"),
        ("hf.co/someone/Model-GGUF", "hf.co/someone/model-gguf:latest"),
        ("localhost:5000/own/model", "localhost:5000/own/model:latest"),
    ],
)
def test_a_name_is_read_as_ollama_reads_it(given: str, listed: str) -> None:
    assert ollama_name(given) == listed


@pytest.mark.parametrize(
    "name",
    ["nomic-embed-text:latest", "mxbai-embed-large", "text-embedding-3-small", "embeddinggemma",
     "all-minilm:l6", "bge-m3", "BAAI/bge-small-en-v1.5", "gte-large", "intfloat/e5-mistral-7b",
     "bge-reranker-v2-m3", "Qwen/Qwen3-Embedding-0.6B", "snowflake-arctic-embed2", "granite-embedding:30m"],
)  # fmt: skip
def test_a_name_is_of_an_embedding_model(name: str) -> None:
    assert names_embedder(name)


@pytest.mark.parametrize(
    "name", ["qwen3:8b", "gpt-4o", "gemma3", "phi4-mini", "magistral", "gpt-oss:20b", "e500"]
)
def test_a_name_is_of_another_model(name: str) -> None:
    assert not names_embedder(name)
