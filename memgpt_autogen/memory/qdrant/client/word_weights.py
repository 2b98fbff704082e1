"""Weights of words on a server older than 1.19, which counts words in all archives of a collection together.

The hits of a search come with their vectors, and are scored here, by exact counts of the archive. The counts
are asked for at the same time as the hits. A search for one word has the right order already; its scores are
only scaled, by the vector of its best hit, which is asked for beside it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

from memgpt_autogen.concurrency import Threads, start_thread
from memgpt_autogen.memory.qdrant.client.collections import equals
from memgpt_autogen.memory.qdrant.client.requests import most_at_once

SECONDS = 600.0
"""How long counts are waited for. Each request has a limit of its own, which is shorter."""

MORE = 100
"""So many more hits are asked for than are returned, as the server has ordered them by other weights."""

MOST_COUNTED = 1000
"""So many words of the passages that have a word of the query are counted in one request."""


class OwnWeights:
    """Scores hits of one archive by its own counts, which are asked for in the background from now on."""

    def __init__(self, client: QdrantClient, collection: str, archive: str, words: Collection[int]) -> None:
        ask = partial(_weights, client, collection, archive, words)
        self._weights = start_thread(ask, name="memgpt-qdrant-weights")

    def requests(self, asked: Sequence[models.QueryRequest]) -> list[models.QueryRequest]:
        """Return the requests for all that is needed to score the hits."""
        return [self._request(each) for each in asked] + [
            _for_best(each) for each in asked if _is_of_one(each)
        ]

    def scored(
        self, asked: Sequence[models.QueryRequest], answers: Sequence[models.QueryResponse]
    ) -> list[models.QueryResponse]:
        """Return the answers with their scores, best first. `answers` are those to `requests`."""
        weights = self._weights.result(SECONDS)
        best = iter(answers[len(asked) :])
        scored = []
        for request, answer in zip(asked, answers, strict=False):
            if _is_of_one(request):
                points = _scaled(request, answer.points, weights, next(best).points)
            else:
                points = _scored(request, answer.points, weights)
            scored.append(answer.model_copy(update={"points": points}))
        return scored

    def _request(self, request: models.QueryRequest) -> models.QueryRequest:
        if len(words_of(request)) < 2:
            return request
        return request.model_copy(update={"limit": (request.limit or 0) + MORE, "with_vector": ["words"]})


def _is_of_one(request: models.QueryRequest) -> bool:
    return len(words_of(request)) == 1


def _for_best(request: models.QueryRequest) -> models.QueryRequest:
    return request.model_copy(update={"limit": 1, "with_vector": ["words"], "with_payload": False})


def _scaled(
    request: models.QueryRequest,
    points: Sequence[models.ScoredPoint],
    weights: Mapping[int, float],
    best: Sequence[models.ScoredPoint],
) -> list[models.ScoredPoint]:
    """Return the points that one word finds, scaled as the score of the best of them is."""
    ((word, weight),) = words_of(request).items()
    own = weight * weights.get(word, 0.0) * (_values(best[0].vector).get(word, 0.0) if best else 0.0)
    scale = own / best[0].score if own and best[0].score else 1.0
    return [point.model_copy(update={"score": point.score * scale}) for point in points]


def _scored(
    request: models.QueryRequest, points: Sequence[models.ScoredPoint], weights: Mapping[int, float]
) -> list[models.ScoredPoint]:
    words = words_of(request)
    if not words or not points:
        return list(points)
    scored = []
    for point in points:
        held = _values(point.vector)
        score = sum(
            weight * weights.get(word, 0.0) * held[word] for word, weight in words.items() if word in held
        )
        scored.append(point.model_copy(update={"score": score, "vector": None}))
    return sorted(scored, key=lambda point: -point.score)[: request.limit]


def _weights(client: QdrantClient, collection: str, archive: str, words: Collection[int]) -> dict[int, float]:
    """Return the weight of each word in an archive."""
    with_words = models.HasVectorCondition(has_vector="words")
    whole = models.Filter(must=[equals("archive", archive), with_words])
    passages = _requests.start(partial(_count, client, collection, whole))
    ask = partial(client.facet, collection, "terms", facet_filter=_having(archive, words), exact=True)
    limit = MOST_COUNTED
    try:
        hits = ask(limit=limit).hits
    except UnexpectedResponse as error:
        if (most := most_at_once(error)) is None:
            raise
        hits = ask(limit=(limit := most)).hits
    counts = {int(hit.value): hit.count for hit in hits}
    missing = [word for word in words if word not in counts] if len(hits) == limit else []
    count = partial(_count, client, collection)
    others = [_requests.start(partial(count, _having(archive, [each]))) for each in missing]
    counts |= {word: other.result(SECONDS) for word, other in zip(missing, others, strict=True)}
    total = passages.result(SECONDS)
    return {
        word: math.log((total - counts[word] + 0.5) / (counts[word] + 0.5) + 1)
        for word in words
        if counts.get(word)
    }


def _having(archive: str, words: Collection[int]) -> models.Filter:
    """Return the condition that a passage of an archive has one of these words."""
    shared = models.FieldCondition(key="terms", match=models.MatchAny(any=list(words)))
    return models.Filter(must=[equals("archive", archive), shared])


def _count(client: QdrantClient, collection: str, condition: models.Filter) -> int:
    return client.count(collection, condition, exact=True).count


def words_of(request: models.QueryRequest) -> dict[int, float]:
    query = request.query
    if request.using != "words" or not isinstance(query, models.SparseVector):
        return {}
    return dict(zip(query.indices, query.values, strict=True))


def _values(vector: Any) -> dict[int, float]:
    words = vector.get("words") if isinstance(vector, dict) else None
    return dict(zip(words.indices, words.values, strict=True)) if words else {}


_requests = Threads(32, name="memgpt-qdrant-count")
