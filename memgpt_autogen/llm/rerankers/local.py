"""Rerankers in this process: cross-encoders of sentence-transformers and FastEmbed, and WordLlama."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.llm.embedders.hub import load_from_cache_or_hub
from memgpt_autogen.llm.embedders.local import load_package, model_folder, require_package
from memgpt_autogen.llm.embedders.static import WordLlamaEmbedder

Score = Callable[[str, list[str]], Any]
"""Returns a score for each text, as lists or arrays."""


class _LoadedReranker:
    """A model that `_load` returns as a function at the first search. One thread at a time calls it."""

    package = ""
    """The optional package that it needs. The extra that installs it has the same name."""

    def __init__(self, model: str) -> None:
        require_package(self.package)
        self.model = model
        self._score: Score | None = None
        self._calling = Lock("a reranker")

    def rerank(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return one score per text, in order."""
        if not texts:
            return []
        with self._calling:
            if self._score is None:
                self._score = self._load()
            return [float(score) for score in self._score(query, list(texts))]

    def _load(self) -> Score:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.model!r})"


class SentenceTransformersReranker(_LoadedReranker):
    """A cross-encoder of sentence-transformers, downloaded at the first use, or the one in a folder."""

    package = "sentence_transformers"

    def __init__(
        self,
        model: str | Path = "cross-encoder/ms-marco-MiniLM-L6-v2",
        *,
        batch_size: int = 16,
        local_files_only: bool = False,
    ) -> None:
        folder = model_folder(model)
        self._source = str(folder or model)
        self._local = local_files_only or folder is not None
        self._batch_size = batch_size
        super().__init__(f"sentence-transformers:{model}")

    def _load(self) -> Score:
        library = load_package("sentence_transformers")

        def load(local: bool) -> Any:  # noqa: FBT001 - as `load_from_cache_or_hub` calls it
            return library.CrossEncoder(self._source, local_files_only=local)

        encoder = load_from_cache_or_hub(load, self._source, local_files_only=self._local)

        def score(query: str, texts: list[str]) -> Any:
            pairs = [(query, text) for text in texts]
            return encoder.predict(pairs, batch_size=self._batch_size, show_progress_bar=False)

        return score


class FastEmbedReranker(_LoadedReranker):
    """A cross-encoder of FastEmbed, on ONNX without PyTorch, downloaded at the first use."""

    package = "fastembed"

    def __init__(
        self,
        model: str = "Xenova/ms-marco-MiniLM-L-6-v2",
        *,
        batch_size: int = 16,
        local_files_only: bool = False,
    ) -> None:
        self._source = model
        self._local = local_files_only
        self._batch_size = batch_size
        super().__init__(f"fastembed:{model}")

    def _load(self) -> Score:
        rerank = load_package("fastembed.rerank.cross_encoder", "fastembed")

        def load(local: bool) -> Any:  # noqa: FBT001 - as `load_from_cache_or_hub` calls it
            return rerank.TextCrossEncoder(self._source, local_files_only=local)

        encoder = load_from_cache_or_hub(load, self._source, local_files_only=self._local)
        return lambda query, texts: encoder.rerank(query, texts, batch_size=self._batch_size)


class WordLlamaReranker(_LoadedReranker):
    """Ranks by the cosine of WordLlama's vectors, as its own `rank` does. Nothing is ever downloaded.

    It helps searches by words only: to those with WordLlama as the embedder it adds nothing new.
    """

    package = "wordllama"

    def __init__(self) -> None:
        super().__init__("wordllama")

    def _load(self) -> Score:
        embedder = WordLlamaEmbedder()

        def score(query: str, texts: list[str]) -> list[float]:
            asked = embedder.embed_query(query)
            return [sum(map(float.__mul__, asked, vector)) for vector in embedder.embed(texts)]

        return score
