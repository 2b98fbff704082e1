"""Questions as requests of `qdrant-client`, and what it answers."""

from __future__ import annotations

from typing import Any

from qdrant_client import models

from memgpt_autogen.memory.qdrant.client.collections import conditions, only, sparse_vector
from memgpt_autogen.memory.qdrant.protocol import Hit, Question


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


def hits_of(answer: models.QueryResponse) -> list[Hit]:
    return [Hit(str(point.id), point.score, point.payload) for point in answer.points]
