"""One way to open every reranker, by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from embedding_models import installed

from memgpt_autogen.chosen_models import choose_reranker
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.rerankers.base import scores_of
from memgpt_autogen.llm.rerankers.open import open_reranker
from memgpt_autogen.settings import Settings

SENTENCE_TRANSFORMERS = """
class CrossEncoder:
    def __init__(self, name, local_files_only):
        assert (name, local_files_only) == ("cross-encoder/small", True)

    def predict(self, pairs, batch_size, show_progress_bar):
        assert not show_progress_bar
        return [float(query in text) for query, text in pairs]
"""
FASTEMBED = """
class TextCrossEncoder:
    def __init__(self, name, local_files_only):
        assert (name, local_files_only) == ("cross-encoder/small", True)

    def rerank(self, query, texts, batch_size):
        return (float(query in text) for text in texts)
"""


@pytest.mark.parametrize(
    ("kind", "file", "body"),
    [
        ("sentence-transformers", "sentence_transformers/__init__.py", SENTENCE_TRANSFORMERS),
        ("fastembed", "fastembed/rerank/cross_encoder.py", FASTEMBED),
    ],
)
def test_a_cross_encoder_of_a_library_is_called_as_it_wants_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, file: str, body: str
) -> None:
    package = file.partition("/")[0]
    for folder in (tmp_path / package, (tmp_path / file).parent):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
    (tmp_path / file).write_text(body)
    _forget(monkeypatch, package)
    monkeypatch.syspath_prepend(str(tmp_path))

    reranker = open_reranker(f"{kind}:cross-encoder/small")

    assert reranker is not None
    assert reranker.model == f"{kind}:cross-encoder/small"
    assert scores_of(reranker, "tea", ["rain", "green tea"]) == [0.0, 1.0]
    assert scores_of(reranker, "tea", []) == []
    _forget(monkeypatch, package)


def _forget(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    import sys

    for name in [each for each in sys.modules if each.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)


@installed("wordllama")
def test_wordllama_ranks_by_meaning() -> None:
    reranker = open_reranker("wordllama")

    assert reranker is not None
    cat, market = scores_of(reranker, "Where is the kitten?", ["A cat sleeps.", "The stock market fell."])
    assert cat > market


def test_a_name_alone_is_a_model_of_an_endpoint() -> None:
    reranker = choose_reranker(
        Settings(reranker="bge-reranker-v2-m3", reranker_base_url="http://localhost:8000/v1")
    )

    assert repr(reranker) == "EndpointReranker('bge-reranker-v2-m3', base_url='http://localhost:8000/v1')"


def test_without_the_setting_and_with_none_there_is_no_reranker() -> None:
    assert choose_reranker(Settings()) is None
    assert choose_reranker(Settings(reranker="wordllama"), "none") is None


@pytest.mark.parametrize(
    ("given", "why"),
    [("fastembed:", "no name after the colon"), (7, "is no reranker"), (int, "is no reranker")],
)
def test_what_names_no_reranker_says_what_does(given: Any, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        open_reranker(given)
