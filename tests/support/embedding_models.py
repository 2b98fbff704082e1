"""Embedding models for tests: functions, and the real ones where they are installed.

`MEMGPT_AUTOGEN_MODELS` names a folder with the models that some tests need: `minilm-onnx` for FastEmbed and
`minilm` for sentence-transformers, each with all files of all-MiniLM-L6-v2.
"""

from __future__ import annotations

import importlib.util
import math
import os
from pathlib import Path
from typing import Any

import pytest

from memgpt_autogen.errors import EmbedderMismatchError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.qdrant.client.index import ClientIndex
from memgpt_autogen.testing import HashingEmbedder


def installed(package: str) -> Any:
    return pytest.mark.skipif(
        importlib.util.find_spec(package) is None, reason=f"the package {package} is not installed"
    )


def lengths(texts: list[str]) -> list[list[float]]:
    return [[float(len(text)), 2.0, 0.0] for text in texts]


def near(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


CAT, MARKET, QUESTION = "A cat sleeps on the mat.", "The stock market fell today.", "Where is the kitten?"


def check_real(embedder: Any, dimension: int) -> None:
    """The vectors know what a text means, and an archive of them finds it, refuses another model and says how
    to go on.
    """
    cat, market = embedder.embed([CAT, MARKET])
    question = embedder.embed_query(QUESTION)
    assert near(cat, question) > near(market, question) + 0.15
    assert math.hypot(*cat) == pytest.approx(1)
    assert embedder.dimension == dimension

    index = ClientIndex.in_memory()
    archive = Archive("sam", index, embedder)
    archive.insert(CAT, wait=False)
    archive.insert(MARKET, wait=False)
    assert archive.settle(60) == 0
    found = archive.search(QUESTION).items[0]
    assert (found.passage.text, found.why) == (CAT, "meaning")
    for other in (HashingEmbedder(dimension), None):
        with pytest.raises(EmbedderMismatchError, match=r"archive\.reembed\(\).*memgpt-autogen reembed"):
            Archive("sam", index, other).insert("more")
    index.close()


def folder_of(name: str) -> Path:
    folder = Path(os.environ.get("MEMGPT_AUTOGEN_MODELS", "/nowhere")) / name
    if not folder.is_dir():
        pytest.skip(f"MEMGPT_AUTOGEN_MODELS names no folder with {name}")
    return folder
