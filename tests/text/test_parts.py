"""The part of a long text that a query asks about."""

from __future__ import annotations

from memgpt_autogen.text.parts import matching_part, shown_from


def test_the_part_is_where_most_words_stand_together() -> None:
    text = "insurance " + "a " * 500 + "the number of the insurance is QX-7731 " + "b " * 500 + "number"

    part = matching_part(text, "insurance number", 100)

    assert part is not None
    assert text[part.start : part.end] == "number of the insurance"
    assert part.words == 2
    assert "QX-7731" in text[shown_from(text, "insurance number", 200) :][:200]


def test_words_in_other_letters_and_spellings_are_found() -> None:
    text = "x " * 400 + "L’hôtel à Łódź, tél. 030/1234567" + " y" * 400

    for query in ("hotel Lodz", "+49 30 1234567"):
        assert "Łódź" in text[shown_from(text, query, 100) :][:100]


def test_a_text_without_a_word_of_the_query_has_no_part() -> None:
    assert matching_part("tea and cake", "insurance", 100) is None
