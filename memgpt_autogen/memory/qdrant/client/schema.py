"""What our collections look like on a server: their names, their vectors and the indexes of their payload."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from qdrant_client import models

from memgpt_autogen.memory.qdrant.protocol import Cluster, Space

PREFIX = "memgpt_passages"

_KEYWORD = models.KeywordIndexType.KEYWORD

FIELDS: Mapping[str, Any] = {
    "archive": models.KeywordIndexParams(type=_KEYWORD, is_tenant=True),
    **dict.fromkeys(("tags", "source", "parent"), models.KeywordIndexParams(type=_KEYWORD)),
    **dict.fromkeys(
        ("created_at", "superseded_by"), models.DatetimeIndexParams(type=models.DatetimeIndexType.DATETIME)
    ),
    "terms": models.IntegerIndexParams(type=models.IntegerIndexType.INTEGER, lookup=True, range=False),
}
"""The index of each field that is filtered, sorted or counted by."""


def collection_of(space: Space, prefix: str = "") -> str:
    start = f"{prefix}-{PREFIX}" if prefix else PREFIX
    if not space.model:
        return f"{start}-lexical"
    readable = re.sub(r"[^a-z0-9]+", "-", space.model.lower()).strip("-")[:60]
    digest = hashlib.sha256(space.model.encode()).hexdigest()[:8]
    return f"{start}-{readable}-{space.dimension}-{digest}"


def configuration(space: Space, cluster: Cluster) -> dict[str, Any]:
    """Return the arguments that create the collection of a space."""
    dense = models.VectorParams(size=space.dimension, distance=models.Distance.COSINE)
    return {
        "vectors_config": {"meaning": dense} if space.model else {},
        "sparse_vectors_config": {"words": models.SparseVectorParams(modifier=models.Modifier.IDF)},
        # a graph for each tenant and none for all, because no search is of several archives
        "hnsw_config": models.HnswConfigDiff(m=0, payload_m=16),
        "shard_number": cluster.shards,
        "replication_factor": cluster.replicas,
        "write_consistency_factor": cluster.write_consistency,
        "on_disk_payload": cluster.on_disk_payload,
    }


def calls_to_make(address: str, name: str, space: Space, cluster: Cluster) -> list[str]:
    """Return the commands that make a collection and its indexes, for somebody with a key that may."""
    given = {key: value for key, value in configuration(space, cluster).items() if value is not None}
    vectors, sparse = given.pop("vectors_config"), given.pop("sparse_vectors_config")
    body = models.CreateCollection(vectors=vectors, sparse_vectors=sparse, **given)
    place = f"{address}/collections/{name}"
    indexes = [
        models.CreateFieldIndex(field_name=field, field_schema=schema) for field, schema in FIELDS.items()
    ]
    calls = [(place, body), *((f"{place}/index?wait=true", index) for index in indexes)]
    return [
        f"curl -X PUT '{url}' -H \"api-key: $ADMIN_KEY\" -H 'Content-Type: application/json' "
        f"-d '{sent.model_dump_json(exclude_none=True)}'"
        for url, sent in calls
    ]


def no_access(address: str, name: str, space: Space, cluster: Cluster) -> str:
    """Say what a key may not do, and how somebody with another key helps."""
    calls = "\n".join(calls_to_make(address, name, space, cluster))
    return (
        f"may not create the collection '{name}', or has no access to it. Somebody with a key that may "
        f"creates it once with these commands:\n{calls}"
    )


def foreign(info: models.CollectionInfo, space: Space | None = None) -> str | None:
    """Return why a collection cannot be one of ours, or not that of this space; None if it can."""
    params = info.config.params
    words = (params.sparse_vectors or {}).get("words")
    if words is None or words.modifier != models.Modifier.IDF:
        return "it has no sparse vectors 'words' with the modifier IDF"
    if space is None or not space.model:
        return None
    vectors = params.vectors
    meaning = vectors.get("meaning") if isinstance(vectors, dict) else None
    if meaning is None or meaning.size != space.dimension:
        found = "none" if meaning is None else str(meaning.size)
        return f"its vectors 'meaning' have the size {found}, and not {space.dimension}"
    return None


def lacking(info: models.CollectionInfo) -> dict[str, Any]:
    """Return the indexes that a collection does not have, such as one whose maker was killed."""
    return {field: schema for field, schema in FIELDS.items() if field not in (info.payload_schema or {})}
