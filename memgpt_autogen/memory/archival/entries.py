"""A passage as it is in the index, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from memgpt_autogen.memory.passages import Passage, Piece, Place, searched_text
from memgpt_autogen.memory.qdrant.protocol import Point, Scope, Space, Stored
from memgpt_autogen.text.bm25 import FORM_TERM, FORM_WEIGHT, passage_weights


def entry_of(scope: Scope, piece: Piece) -> Point:
    """Return a piece as it is in the index, without its vector."""
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
    if passage.replaces:
        payload["replaces"] = list(passage.replaces)
    if passage.replaced_by:
        payload["replaced_by"] = list(passage.replaced_by)
    if passage.edition > 1:
        payload["edition"] = passage.edition
    return Point(passage.id, payload, stored_words(payload))


def stored_words(payload: Mapping[str, Any]) -> dict[int, float]:
    """Return the words of a passage for its index, with the mark of their version."""
    return dict(sorted({**passage_weights(searched_text(payload)), FORM_TERM: FORM_WEIGHT}.items()))


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
        Place.from_json(payload.get("place")),
        tuple(payload.get("replaces", ())),
        tuple(payload.get("replaced_by", ())),
        payload.get("edition", 1),
    )


def piece_of(stored: Stored) -> Piece:
    return Piece(passage_of(stored), stored.payload["gap"])


def space_of(stored: Stored) -> Space:
    """Return the space of its vector."""
    return Space(stored.payload.get("model"), stored.payload.get("dimension", 0))


def age_of(stored: Stored) -> tuple[str, str, int]:
    """Return what orders passages: time, then document, then part."""
    payload = stored.payload
    return payload["created_at"], payload["parent"], payload["part"]
