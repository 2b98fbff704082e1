"""Passages and questions from a seed: texts with words as unequally frequent as in a language, vectors in clusters."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

DIMENSION = 384
AGENTS = 10
BLOCK = 1000
"""Passages that are made at once, so that nobody has to hold a million."""

WORDS_IN_PASSAGE = 25
WORDS_IN_QUESTION = 5
CLUSTERS = 64


@dataclass(frozen=True, slots=True)
class Row:
    """One passage as every store gets it."""

    id: str
    text: str
    agent: str
    vector: list[float]


@dataclass(frozen=True, slots=True)
class Question:
    """Some words of a passage and a vector near its own; `agent` and `id` are the passage's."""

    text: str
    agent: str
    vector: list[float]
    answer: str


def blocks(passages: int, seed: int) -> Iterator[list[Row]]:
    for first in range(0, passages, BLOCK):
        yield block(first, min(BLOCK, passages - first), seed)


def block(first: int, count: int, seed: int) -> list[Row]:
    """The passages from number `first` on; the same whatever else is made."""
    dice = random.Random(f"{seed} {first}")
    vectors = _near(
        _centres(seed)[[number % CLUSTERS for number in range(first, first + count)]], 1.0, seed + first
    )
    return [
        Row(
            str(uuid.UUID(int=dice.getrandbits(128))),
            f"Note {number}: {' '.join(dice.choices(VOCABULARY, cum_weights=FREQUENCY, k=WORDS_IN_PASSAGE))}",
            f"agent-{number % AGENTS}",
            vector.tolist(),
        )
        for number, vector in zip(range(first, first + count), vectors, strict=True)
    ]


def questions(passages: int, count: int, seed: int) -> list[Question]:
    dice = random.Random(f"{seed} questions")
    asked = []
    for number in range(count):
        first = dice.randrange(0, passages, BLOCK)
        row = dice.choice(block(first, min(BLOCK, passages - first), seed))
        words = dice.sample(row.text.split()[2:], WORDS_IN_QUESTION)
        (vector,) = _near(np.array([row.vector], dtype=np.float32) * 30, 1.0, seed + number)
        asked.append(Question(" ".join(words), row.agent, vector.tolist(), row.text))
    return asked


def _near(centres: np.ndarray, distance: float, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal(centres.shape, dtype=np.float32)
    vectors = centres + distance * noise
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _centres(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((CLUSTERS, DIMENSION), dtype=np.float32)


def _word(number: int) -> str:
    """Made up, and a word of its own after stemming."""
    letters = ""
    while number or not letters:
        number, place = divmod(number, 85)
        letters += "bcdfghjklmnprtvwz"[place % 17] + "aeiou"[place // 17]
    return letters + "k"


VOCABULARY = [_word(number) for number in range(30_000)]
FREQUENCY = list(accumulate(1 / (place + 50) for place in range(len(VOCABULARY))))
"""Zipf's law without its head, as of words that are not stop words: the commonest is in one of thirteen passages."""
