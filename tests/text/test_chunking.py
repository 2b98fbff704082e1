"""Splitting a text: pieces that fit, and that end where a reader would pause."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from memgpt_autogen.text.chunking import split_text


@given(st.text(max_size=300), st.integers(1, 60))
def test_pieces_fit_the_limit_are_not_blank_and_join_to_the_text(text: str, limit: int) -> None:  # T31
    pieces = split_text(text, limit)

    assert "".join(piece + gap for piece, gap in pieces) == text.strip()
    assert all(0 < len(piece) <= limit and piece == piece.strip() for piece, _ in pieces)


def test_a_text_is_cut_at_paragraphs_before_sentences_before_words() -> None:  # T31
    text = (
        "One two three. Four five.\n\nSix seven eight nine. Ten eleven twelve thirteen fourteen. "
        "十五。十六十七是十八十九二十。"
    )

    assert [piece for piece, _ in split_text(text, 40)] == snapshot(
        [
            "One two three. Four five.",
            "Six seven eight nine.",
            "Ten eleven twelve thirteen fourteen. 十五。",
            "十六十七是十八十九二十。",
        ]
    )
