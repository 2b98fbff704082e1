"""Fusion of what was found by words with what was found by meaning: a weighted sum of normalised scores.

Scores say more than ranks: a passage that holds every word of the query stands far above the next, and a sum keeps that
distance (Bruch, Gai and Ingber 2023, "An Analysis of Fusion Functions for Hybrid Retrieval").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Id = TypeVar("Id")

MEANING = 0.5
"""What the nearest by meaning counts beside the best by words."""


def fused(words: Mapping[Id, float], meaning: Mapping[Id, float]) -> dict[Id, float]:
    """Every id of the two with one score: the best by words counts 1, the nearest by meaning `MEANING`.

    Scores by words are divided by the best. Scores by meaning are cosines; the least of them counts nothing, since that is
    where the rest, which is not here, begins.
    """
    best = max(words.values(), default=0.0) or 1.0
    near = _normalised(meaning)
    return {
        id_: words.get(id_, 0.0) / best + MEANING * near.get(id_, 0.0)
        for id_ in dict.fromkeys([*words, *meaning])
    }


def _normalised(cosines: Mapping[Id, float]) -> dict[Id, float]:
    """From 0 for the least to 1 for the largest; 1 where all are the same."""
    if not cosines:
        return {}
    least, largest = min(cosines.values()), max(cosines.values())
    spread = largest - least
    return {id_: (cosine - least) / spread if spread else 1.0 for id_, cosine in cosines.items()}
