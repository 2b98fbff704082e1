"""Names that are stop words, told from stop words."""

from __future__ import annotations

import pytest

from memgpt_autogen.text.stop_word_names import names_in_query, names_in_text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Can is allergic to walnuts.", ["Can"]),
        ("Will Smith lives here.", ["Will"]),
        ("Will Bea come?", []),
        ("An works in Hanoi.", ["An"]),
        ("In lives in Seoul.", ["In"]),
        ("In cases like these nobody knows.", []),
        ("Will and Bea are here.", ["Will"]),
        ("On and off, all day.", []),
        ("We met Will and his dog.", ["Will"]),
        ("Mr. Can sells boats.", ["Can"]),
        ("IT owns the printers, WHO sets the limits.", ["IT", "WHO"]),
        ("It was here. Can you come? Will you? Who is it? What is that?", []),
        ("WHO IS AFRAID OF THEM", []),
        ("That is it. There was a cat. The dog is here.", []),
    ],
)
def test_names_are_told_from_stop_words(text: str, names: list[str]) -> None:
    assert [name for name, _ in names_in_text(text)] == names


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("What is Can allergic to?", ["Can"]),
        ("Can you swim?", []),
        ("Will Bea come?", []),
        ("WHO sets the limits", ["WHO"]),
        ("who", ["Who", "WHO"]),
        ("When did the cat eat?", []),
    ],
)
def test_a_query_means_names_where_they_can_be(query: str, names: list[str]) -> None:
    assert [name for name, _ in names_in_query(query)] == names
