"""An embedder that needs no model."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

from memgpt_autogen.text.words import stems


class HashingEmbedder:
    """Returns bags of stems as unit vectors: texts with common words are near each other, and no others.

    The vectors are the same in every process and on every platform. For tests only: it does not find
    synonyms.
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
        if length == 0.0:  # stems with opposite signs in one place
            return [1.0, *vector[1:]]
        return [value / length for value in vector]
