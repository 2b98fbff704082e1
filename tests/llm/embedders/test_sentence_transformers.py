"""sentence-transformers, as it is installed and as its versions want to be called."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from embedding_models import check_real, folder_of, installed

from memgpt_autogen import (
    SentenceTransformersEmbedder,
    open_embedder,
)
from memgpt_autogen.errors import ConfigurationError


@installed("sentence_transformers")
@pytest.mark.timeout(300)
def test_sentence_transformers_loads_a_model_from_a_folder() -> None:
    embedder = open_embedder(f"sentence-transformers:{folder_of('minilm')}")

    assert isinstance(embedder, SentenceTransformersEmbedder)
    check_real(embedder, 384)


STAND_IN = '''
"""Has the calls of sentence-transformers that the adapter makes, and remembers them."""
calls = []

class SentenceTransformer:
    def __init__(self, name, **options):
        calls.append((name, options))
        if options["local_files_only"] and "/" not in name:
            raise OSError("not in the cache")

    def encode(self, texts, **options):
        calls.append(("encode", texts))
        return [[3.0, 4.0] for text in texts]
'''


PROMPTS = """
    def encode_document(self, texts, **options):
        return [[1.0, 0.0] for text in texts]

    def encode_query(self, texts, **options):
        return [[0.0, 1.0] for text in texts]
"""


@pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is not None, reason="the real one is installed"
)
def test_sentence_transformers_is_called_as_its_versions_want_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_hub: None
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    for body in (STAND_IN, STAND_IN + PROMPTS):
        (tmp_path / "sentence_transformers.py").write_text(body)
        monkeypatch.delitem(sys.modules, "sentence_transformers", raising=False)
        importlib.invalidate_caches()
        sys.dont_write_bytecode, before = True, sys.dont_write_bytecode

        embedder = SentenceTransformersEmbedder("some/model", device="cpu")
        prefixed = SentenceTransformersEmbedder("some/model", query_prefix="query: ")
        given = (embedder.embed(["a"]), embedder.embed_query("a"), prefixed.embed_query("a"))
        calls = sys.modules["sentence_transformers"].calls
        sys.dont_write_bytecode = before

        own = body == STAND_IN
        assert given == (
            [pytest.approx([0.6, 0.8])] if own else [[1.0, 0.0]],
            pytest.approx([0.6, 0.8]) if own else [0.0, 1.0],
            pytest.approx([0.6, 0.8]),
        )
        assert calls[0][0] == "some/model"
        assert calls[0][1]["device"] == "cpu"
        assert calls[-1] == ("encode", ["query: a"])
        with pytest.raises(ConfigurationError, match="does not answer"):
            SentenceTransformersEmbedder("missing").embed(["a"])
    monkeypatch.delitem(sys.modules, "sentence_transformers", raising=False)
