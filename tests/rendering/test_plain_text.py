"""Plain text for people."""

from __future__ import annotations

from memgpt_autogen.rendering.plain_text import counted


def test_a_number_has_its_word() -> None:
    assert [counted(n, "turn") for n in (0, 1, 1200)] == ["0 turns", "1 turn", "1,200 turns"]
