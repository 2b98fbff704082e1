"""A passage as a point of the index, and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from memgpt_autogen.errors import ModelError
from memgpt_autogen.memory.passages import Passage, Piece, Place, searched_text
from memgpt_autogen.memory.qdrant.protocol import Entry, Scope, Space, Stored
from memgpt_autogen.text.bm25 import passage_weights


def entry_of(scope: Scope, piece: Piece, meaning: Sequence[float] | None) -> Entry:
    passage = piece.passage
    payload: dict[str, Any] = {
        "archive": scope.archive,
        "text": passage.text,
        "gap": piece.gap,
        "tags": list(passage.tags),
        "source": passage.source,
        "created_at": passage.created_at.isoformat(timespec="microseconds"),
        "parent": passage.parent,
        "part": passage.part,
        "parts": passage.parts,
        "model": scope.space.model,
        "dimension": scope.space.dimension,
    }
    if passage.superseded_by is not None:
        payload["superseded_by"] = passage.superseded_by.isoformat(timespec="microseconds")
    if passage.place is not None:
        payload["place"] = passage.place.as_json()
    return Entry(passage.id, payload, passage_weights(searched_text(payload)), meaning)


def passage_of(stored: Stored) -> Passage:
    payload = stored.payload
    return Passage(
        stored.id,
        payload["text"],
        tuple(payload["tags"]),
        payload["source"],
        datetime.fromisoformat(payload["created_at"]),
        payload["parent"],
        payload["part"],
        payload["parts"],
        datetime.fromisoformat(mark) if (mark := payload.get("superseded_by")) else None,
        Place.of(payload.get("place")),
    )


def piece_of(stored: Stored) -> Piece:
    return Piece(passage_of(stored), stored.payload["gap"])


def space_of(stored: Stored) -> Space:
    """The space that its vector is of."""
    return Space(stored.payload.get("model"), stored.payload.get("dimension", 0))


def age_of(stored: Stored) -> tuple[str, str, int]:
    """The one true order of passages: time, then document, then part."""
    payload = stored.payload
    return payload["created_at"], payload["parent"], payload["part"]


def checked_vectors(
    space: Space, vectors: Sequence[Sequence[float]], count: int
) -> Sequence[Sequence[float]]:
    """The vectors, if they are what was asked for. Qdrant Edge would take a NaN and never find the passage again."""
    if len(vectors) != count:
        raise ModelError(
            f"embedding model {space} gave {len(vectors)} vectors for {count} texts. Check its endpoint."
        )
    for number, vector in enumerate(vectors, 1):
        if len(vector) != space.dimension:
            raise ModelError(
                f"embedding model {space} gave a vector of {len(vector)} numbers for text {number} of {count}. "
                f"Configure the dimension that it has."
            )
        if not all(map(math.isfinite, vector)):
            raise ModelError(
                f"embedding model {space} gave a vector with NaN or infinity for text {number} of {count}. Nothing of "
                f"this batch was stored; check its endpoint and try again."
            )
    return vectors
