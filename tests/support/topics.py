"""A slow embedder of two topics, which a test can hold up and fail."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from memgpt_autogen.errors import ModelError


class Topics:
    """A slow embedder that knows two topics, and does what a test wants before it embeds passages."""

    slow = True
    dimension = 3

    def __init__(self, model: str = "topics") -> None:
        self.model = model
        self.batches: list[list[str]] = []
        self.open = threading.Event()
        self.open.set()
        self.asked = threading.Event()
        self.refused = ""
        self.down = False

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked.set()
        self.open.wait(20)
        if self.down or (self.refused and any(self.refused in text for text in texts)):
            raise ModelError("the endpoint is down")
        self.batches.append(list(texts))
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        if "cat" in text or "kitten" in text:
            return [1.0, 0.0, 0.0]
        return [0.0, 1.0, 0.0] if "money" in text or "budget" in text else [0.0, 0.0, 1.0]
