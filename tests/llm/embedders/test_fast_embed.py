"""FastEmbed, as it is installed."""

from __future__ import annotations

from pathlib import Path

import pytest
from embedding_models import CAT, check_real, folder_of, installed

from memgpt_autogen import (
    FastEmbedEmbedder,
    open_embedder,
)
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.embedders.fast_embed import known_prefixes


def test_prefixes_of_known_models_are_known() -> None:
    assert known_prefixes("intfloat/multilingual-e5-small") == ("passage: ", "query: ")
    assert known_prefixes("BAAI/bge-small-en-v1.5")[0] == ""
    assert known_prefixes("BAAI/bge-small-en-v1.5")[1].startswith("Represent this sentence")
    assert known_prefixes("sentence-transformers/all-MiniLM-L6-v2") == ("", "")


@installed("fastembed")
def test_fastembed_loads_a_model_from_a_folder() -> None:
    folder = folder_of("minilm-onnx")
    embedder = open_embedder(f"fastembed:{folder}")

    assert isinstance(embedder, FastEmbedEmbedder)
    check_real(embedder, 384)
    assert embedder.slow
    again = FastEmbedEmbedder(folder, query_prefix="query: ")
    assert again.model == f"{embedder.model} ('', 'query: ')"
    assert again.embed([CAT]) == embedder.embed([CAT])


@installed("fastembed")
def test_fastembed_knows_the_option_that_keeps_its_memory_small() -> None:
    import fastembed.common.onnx_model as library

    assert "enable_cpu_mem_arena" in library.OnnxModel.EXPOSED_SESSION_OPTIONS


@installed("fastembed")
def test_fastembed_fails_at_once_where_the_model_is_not_here(tmp_path: Path, no_hub: None) -> None:
    for local, told in ((True, "from this machine alone"), (False, "does not answer")):
        with pytest.raises(ConfigurationError, match=told):
            FastEmbedEmbedder(cache_dir=tmp_path, local_files_only=local).embed([CAT])
    with pytest.raises(ConfigurationError, match=r"no embedding model 'BAAI/bge-smal-en'.*BAAI/bge-small-en"):
        FastEmbedEmbedder("BAAI/bge-smal-en").embed([CAT])
    with pytest.raises(ConfigurationError, match=r"no \.onnx file"):
        FastEmbedEmbedder(tmp_path)
    (tmp_path / "model.onnx").touch()
    with pytest.raises(ConfigurationError, match=r"no config.json"):
        FastEmbedEmbedder(tmp_path).embed([CAT])
