"""Weights of words on a server older than 1.19, which counts words in all archives of a collection together.

Its weight of each word is found by a search for that word alone, whose best hit comes with its vector: the
score is the weight times the value in the vector. So it can be divided out, and the archive's own is put in
its place. This takes one trip, and is exact for a collection with one shard, whatever the server counts.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from qdrant_client import QdrantClient, models

from memgpt_autogen.concurrency import Threads
from memgpt_autogen.memory.qdrant.client.collections import equals, only, sparse_vector

SECONDS = 600.0
"""How long counts are waited for. Each request has a limit of its own, which is shorter."""

MOST_SEARCHES = 100
"""How many searches one request has. Strict mode often takes no more."""


def corrections(
    client: QdrantClient, collection: str, archive: str, words: Collection[int]
) -> dict[int, float]:
    """Return by what the weight of each word must be multiplied, without words that the archive lacks."""
    mine = only(archive)
    wanted = list(words)
    counts = [_requests.start(partial(_count, client, collection, archive, word)) for word in wanted]
    whole = _requests.start(partial(_count, client, collection, archive))
    searches = [
        models.QueryRequest(
            query=sparse_vector({word: 1.0}), using="words", filter=mine, limit=1, with_vector=["words"]
        )
        for word in wanted
    ]
    answers: list[models.QueryResponse] = []
    for first in range(0, len(searches), MOST_SEARCHES):
        answers += client.query_batch_points(collection, searches[first : first + MOST_SEARCHES])
    passages = whole.result(SECONDS)
    found = {}
    for word, count, answer in zip(wanted, counts, answers, strict=True):
        having = count.result(SECONDS)
        weight = _weight_of_server(word, answer)
        if having and weight:
            found[word] = math.log((passages - having + 0.5) / (having + 0.5) + 1) / weight
    return found


def corrected(words: Mapping[int, float], corrections: Mapping[int, float]) -> dict[int, float]:
    """Return the words of a query with their weights corrected, without those that the archive lacks."""
    return {word: weight * corrections[word] for word, weight in words.items() if word in corrections}


def _count(client: QdrantClient, collection: str, archive: str, word: int | None = None) -> int:
    """Count the passages of an archive that have this word, or any."""
    must: list[Any] = [equals("archive", archive)]
    if word is None:
        must.append(models.HasVectorCondition(has_vector="words"))
    else:
        must.append(models.FieldCondition(key="terms", match=models.MatchAny(any=[word])))
    return client.count(collection, models.Filter(must=must), exact=True).count


def _weight_of_server(word: int, answer: models.QueryResponse) -> float | None:
    """Return how the server weighs a word; None if it found none of it in the archive."""
    for point in answer.points:
        vector: Any = point.vector["words"] if isinstance(point.vector, dict) else None
        values = dict(zip(vector.indices, vector.values, strict=True)) if vector else {}
        if values.get(word):
            return float(point.score) / float(values[word])
    return None


_requests = Threads(8, name="memgpt-qdrant-count")
