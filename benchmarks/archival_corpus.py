"""Passages and questions from a seed: words as unequally frequent as in a language, vectors in clusters."""

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
"""How many passages are generated at a time, so that a million never have to be in memory."""

WORDS_IN_PASSAGE = 25
WORDS_IN_QUESTION = 5
CLUSTERS = 64


@dataclass(frozen=True, slots=True)
class Row:
    """A passage, as every store gets it."""

    id: str
    text: str
    agent: str
    vector: list[float]


@dataclass(frozen=True, slots=True)
class Question:
    """Some words of a passage, and a vector near the passage's. `agent` is the passage's agent."""

    text: str
    agent: str
    vector: list[float]
    answer: str
    """The passage's text."""


def blocks(passages: int, seed: int) -> Iterator[list[Row]]:
    for first in range(0, passages, BLOCK):
        yield block(first, min(BLOCK, passages - first), seed)


def block(first: int, count: int, seed: int) -> list[Row]:
    """Generate the passages from number `first` on. They do not depend on the other blocks."""
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
    """Make up a word that stays different from the others after stemming."""
    letters = ""
    while number or not letters:
        number, place = divmod(number, 85)
        letters += "bcdfghjklmnprtvwz"[place % 17] + "aeiou"[place // 17]
    return letters + "k"


VOCABULARY = [_word(number) for number in range(30_000)]
FREQUENCY = list(accumulate(1 / (place + 50) for place in range(len(VOCABULARY))))
"""Zipf's law without the most frequent words, which are stop words.

The most frequent of these words is in one of thirteen passages.
"""
