"""Answers in portions, where the strict mode of a server gives fewer points at once than are wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain

from qdrant_client import QdrantClient, models

Begun = Callable[[], list[models.QueryResponse]]
Send = Callable[[Sequence[models.QueryRequest]], list[models.QueryResponse]]

# strict mode often takes 100 searches in one request
MOST_SEARCHES = 100


def query_in_portions(
    send: Send, requests: Sequence[models.QueryRequest], most: int | None, ahead: Callable[[Begun], Begun]
) -> list[models.QueryResponse]:
    """Return the answer of each request, which may want more points than `most`, which is given at once.

    What one request to the server cannot have is sent at the same time, by `ahead`.
    """
    portions = [_portions(request, most) for request in requests]
    sent = list(chain.from_iterable(portions))
    parts = [sent[first : first + MOST_SEARCHES] for first in range(0, len(sent), MOST_SEARCHES)]
    others = [ahead(partial(send, part)) for part in parts[1:]]
    found = iter(list(chain(send(parts[0]), *(other() for other in others))))
    return [_joined([next(found) for _ in of_one]) for of_one in portions]


def tally_in_portions(
    client: QdrantClient, collection: str, field: str, condition: models.Filter, most: int
) -> dict[str, int]:
    """Count the values of a field by reading it in all points: a facet would have more than `most` values."""
    counts: Counter[str] = Counter()
    offset = None
    while True:
        records, offset = client.scroll(
            collection, condition, limit=most, offset=offset, with_payload=[field], with_vectors=False
        )
        for record in records:
            value = (record.payload or {}).get(field)
            counts.update(map(str, value if isinstance(value, list) else [] if value is None else [value]))
        if offset is None:
            return dict(counts)


def _portions(request: models.QueryRequest, most: int | None) -> list[models.QueryRequest]:
    limit = request.limit or 0
    if most is None or limit <= most:
        return [request]
    return [
        request.model_copy(update={"offset": first, "limit": min(most, limit - first)})
        for first in range(0, limit, most)
    ]


def _joined(answers: Sequence[models.QueryResponse]) -> models.QueryResponse:
    if len(answers) == 1:
        return answers[0]
    # of equal scores, one may come at the end of a portion and at the begin of the next
    points = {point.id: point for each in reversed(answers) for point in reversed(each.points)}
    return answers[0].model_copy(update={"points": list(reversed(points.values()))})
