"""What a passage becomes if its text is stored again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from memgpt_autogen.memory.passages import Passage, Piece, distinct


def merge(pieces: Sequence[Piece], old: Mapping[str, Passage], *, anew: bool) -> dict[str, Piece]:
    """Return the pieces as they are to be stored, by id, where `old` is what is there under their ids.

    Tags and links are those of both, and the time is that of the first one. With `anew`, a text that was
    superseded is true again.
    """
    merged: dict[str, Piece] = {}
    for piece in pieces:
        passage = piece.passage
        before = merged[passage.id].passage if passage.id in merged else old.get(passage.id)
        if before:
            mark = passage.superseded_by or (None if anew else before.superseded_by)
            passage = replace(
                passage,
                tags=distinct((*before.tags, *passage.tags)),
                created_at=before.created_at,
                superseded_by=mark,
                replaces=distinct((*before.replaces, *passage.replaces)),
                replaced_by=distinct((*before.replaced_by, *passage.replaced_by)) if mark else (),
            )
        merged[passage.id] = Piece(passage, piece.gap)
    return merged
