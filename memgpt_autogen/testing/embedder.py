"""An embedder that needs no model."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

from memgpt_autogen.text.words import stems


class HashingEmbedder:
    """Bags of stems as unit vectors: texts that share words are near each other, and nothing else is.

    Deterministic across processes and platforms. A stand-in for a real model in tests, and of no use for finding synonyms.
    """

    def __init__(self, dimension: int = 64, model: str | None = None) -> None:
        self.dimension = dimension
        self.model = model or f"hashing-{dimension}"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        vector = [0.0] * self.dimension
        for feature in stems(text) or [text]:
            digest = hashlib.blake2b(feature.encode("utf-8", "replace"), digest_size=8).digest()
            place = int.from_bytes(digest[1:], "big") % self.dimension
            vector[place] += 1.0 if digest[0] % 2 else -1.0
        length = math.hypot(*vector)
        if length == 0.0:  # opposite stems in one place have cancelled each other out
            return [1.0, *vector[1:]]
        return [value / length for value in vector]
