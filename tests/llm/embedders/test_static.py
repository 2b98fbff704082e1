"""WordLlama and Model2Vec, as they are installed."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from embedding_models import CAT, check_real, installed, near
from places import ROOT

from memgpt_autogen import (
    Model2VecEmbedder,
    WordLlamaEmbedder,
    open_embedder,
)
from memgpt_autogen.errors import ConfigurationError


@installed("wordllama")
def test_wordllama_knows_what_words_mean_and_its_short_vectors_are_the_start_of_its_long_ones() -> None:
    check_real(open_embedder("wordllama"), 256)
    check_real(open_embedder("wordllama:64"), 64)

    (long,), (short,) = WordLlamaEmbedder().embed([CAT]), WordLlamaEmbedder(dimension=64).embed([CAT])
    start = [value / math.hypot(*long[:64]) for value in long[:64]]
    assert start == pytest.approx(short, abs=1e-4)


@installed("wordllama")
def test_wordllama_asks_nobody_and_writes_nothing(tmp_path: Path) -> None:
    code = (
        "import socket\n"
        "def refused(*_, **__): raise AssertionError('the network was asked')\n"
        "socket.socket.connect = socket.getaddrinfo = refused\n"
        "from memgpt_autogen import open_embedder\n"
        "print(len(open_embedder('wordllama').embed_query('tea')))\n"
        "import logging\n"
        "logging.getLogger('somebody').info('is told, if it turned logging on')\n"
    )
    home = str(ROOT)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": home, "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
    )

    assert (done.stdout, done.stderr) == ("256\n", "")
    assert list(tmp_path.rglob("*")) == []


@installed("model2vec")
def test_model2vec_loads_a_model_from_a_folder(tmp_path: Path) -> None:
    import numpy as np
    from model2vec import StaticModel
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = ["[UNK]", "[PAD]", "cat", "kitten", "mat", "stock", "market", "fell", "a", "the"]
    tokenizer = Tokenizer(
        models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    table = np.random.default_rng(7).normal(size=(len(words), 8)).astype(np.float32)
    table[3] = table[2] + 0.01
    StaticModel(table, tokenizer).save_pretrained(tmp_path / "tiny")

    embedder = open_embedder(f"model2vec:{tmp_path / 'tiny'}")

    assert isinstance(embedder, Model2VecEmbedder)
    cat, market = embedder.embed(["cat", "market"])
    assert near(embedder.embed_query("kitten"), cat) > 0.99 > near(embedder.embed_query("kitten"), market)
    assert (embedder.dimension, embedder.model.split("@")[0], embedder.slow) == (8, "model2vec:tiny", False)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be loaded"):
        Model2VecEmbedder(tmp_path / "empty").embed(["cat"])
