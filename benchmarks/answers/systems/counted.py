"""What others' packages ask of the endpoint, counted in their process, and the embedder that they get here.

This module is imported in the environments of others, which have `openai` and `wordllama`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Counted:
    """The tokens of all answers of the endpoint so far."""

    tokens_in: int = 0
    tokens_out: int = 0


def count_requests() -> Counted:
    """Count the usage of every chat request of this process, whoever makes it.

    Their packages do not report it, so the method of the client that they all use is wrapped.
    """
    from openai.resources.chat.completions import Completions

    counted = Counted()
    create = Completions.create

    def counting(self: Any, *arguments: Any, **options: Any) -> Any:
        response = create(self, *arguments, **options)
        usage = getattr(response, "usage", None)
        counted.tokens_in += getattr(usage, "prompt_tokens", 0) or 0
        counted.tokens_out += getattr(usage, "completion_tokens", 0) or 0
        return response

    Completions.create = counting
    return counted


class LocalEmbedder:
    """WordLlama's vectors, which need no network."""

    dimension = 256

    def __init__(self) -> None:
        import wordllama

        folder = Path(wordllama.__file__).parent
        self._model = wordllama.WordLlama.load(cache_dir=folder, disable_download=True, dim=self.dimension)

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[float(each) for each in row] for row in self._model.embed(list(texts), norm=True)]
