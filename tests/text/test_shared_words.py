"""Which words of a query a text has, and how the text writes them."""

from __future__ import annotations

import pytest

from memgpt_autogen.text.shared_words import shared_forms


@pytest.mark.parametrize(
    ("query", "text", "forms"),
    [
        ("teas", "Tea, more tea and a team.", ["Tea", "tea"]),
        ("the lamps of Zürich", "Zürich has the lamp. zurich", ["Zürich", "lamp", "zurich"]),
        ("Ada's plan", "ADA planned it.", ["ADA", "planned"]),
        ("東京", "彼は東京都に住む。", ["東京"]),
        ("nothing", "Tea.", []),
        ("", "Tea.", []),
    ],
)
def test_forms_are_as_the_text_writes_them(query: str, text: str, forms: list[str]) -> None:
    assert shared_forms([query], text) == forms


def test_the_words_of_all_queries_count() -> None:
    assert shared_forms(["tea", "bees"], "Bees drink tea.") == ["Bees", "tea"]
