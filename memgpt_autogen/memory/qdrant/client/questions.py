"""Questions as requests of `qdrant-client`, and what it answers."""

from __future__ import annotations

from typing import Any

from qdrant_client import models

from memgpt_autogen.memory.qdrant.client.collections import NO_TERMS, conditions, only, sparse_vector
from memgpt_autogen.memory.qdrant.protocol import Hit, Question, Stored


def to_request(question: Question) -> models.QueryRequest:
    where = question.where
    query: Any = None
    using, params = None, None
    if question.words is not None:
        own_idf = models.IdfCorpusParams(corpus=only(where.scope.archive))
        query, using = sparse_vector(question.words), "words"
        params = models.SearchParams(idf=own_idf)
    elif question.meaning is not None:
        query, using = list(question.meaning), "meaning"
    fields: Any = list(question.fields) or False
    return models.QueryRequest(
        query=query,
        using=using,
        filter=conditions(where),
        params=params,
        limit=question.limit,
        with_payload=fields,
    )


def to_request_for_whole(question: Question, request: models.QueryRequest) -> models.QueryRequest:
    """Return the request for the hits that are to come as they are stored."""
    limit = min(question.whole, question.limit)
    return request.model_copy(update={"limit": limit, "with_payload": NO_TERMS})


def hits_of(answer: models.QueryResponse) -> list[Hit]:
    return [Hit(str(point.id), point.score, point.payload) for point in answer.points]


def with_whole(hits: list[Hit], whole: models.QueryResponse | None) -> list[Hit]:
    """Return the hits, those of `whole` as they are stored."""
    if whole is None:
        return hits
    stored = {str(point.id): Stored.from_record(point) for point in whole.points}
    return [hit._replace(stored=stored.get(hit.id)) for hit in hits]
