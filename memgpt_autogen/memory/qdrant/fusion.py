"""Fusion of a search by words and a search by meaning: a weighted sum of normalised scores.

Scores say more than ranks: a passage that contains every word of the query has a far higher score than the
next one, and a sum keeps that distance (Bruch, Gai and Ingber 2023, "An Analysis of Fusion Functions for
Hybrid Retrieval").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Id = TypeVar("Id")

MEANING = 0.5
"""The weight of the nearest by meaning, if the best by words has weight 1."""


def fused(words: Mapping[Id, float], meaning: Mapping[Id, float]) -> dict[Id, float]:
    """Return one score for every id: 1 for the best by words, plus `MEANING` for the nearest by meaning.

    Scores by words are divided by the best. Scores by meaning are cosines; the lowest of them adds nothing,
    because the passages that were not found begin there.
    """
    best = max(words.values(), default=0.0) or 1.0
    scores = {id_: score / best for id_, score in words.items()}
    for id_, cosine in _normalised(meaning).items():
        scores[id_] = scores.get(id_, 0.0) + MEANING * cosine
    return scores


def _normalised(cosines: Mapping[Id, float]) -> dict[Id, float]:
    """Scale from 0 for the lowest to 1 for the highest. All are 1 if they are equal."""
    if not cosines:
        return {}
    lowest, highest = min(cosines.values()), max(cosines.values())
    spread = highest - lowest
    return {id_: (cosine - lowest) / spread if spread else 1.0 for id_, cosine in cosines.items()}
