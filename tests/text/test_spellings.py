"""The spellings of one thing share a term, and other things do not."""

from __future__ import annotations

import pytest

from memgpt_autogen.text.bm25 import query_weights, term_weights
from memgpt_autogen.text.shared_words import shared_words


def shares(query: str, text: str) -> bool:
    return not query_weights(query).keys().isdisjoint(term_weights(text))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("Işıl", "Anahtar Işıl'ın çekmecesinde."), ("İzmir", "İzmir’deki evde."),
        ("appartement", "L'appartement."),
        ("été", "C'était l’été dernier."), ("acqua", "Bevo dell'acqua."), ("Brien", "O'Brien has it."),
    ],
)  # fmt: skip
def test_a_part_before_or_after_an_apostrophe_is_found(query: str, text: str) -> None:
    assert shares(query, text)


def test_contractions_have_no_parts_of_their_own() -> None:
    assert not shares("don ve", "I don't know, and Zoe's friends would've come.")


@pytest.mark.parametrize(
    "spellings",
    [
        ("QX-7731", "QX7731", "qx 7731", "QX_7731"),
        ("+49 (0)30 123 45 67", "030/1234567", "0049301234567", "+49-30-1234567"),
        ("(555) 123-4567", "555.123.4567", "5551234567"),
        ("2024-03-05", "March 5, 2024", "5 Mar 2024", "5th of March 2024", "05.03.2024"),
        ("v2.1", "2.1.0", "version 2.1"),
        ("getUserName", "get_user_name", "get-user-name"),
        ("1,000", "1000", "1.000", "1 000"),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("A4:5E:60:C2:11:09", "a4-5e-60-c2-11-09", "a45e60c21109"),
        ("4b8dde1f0c9a77e21bb0a3d5c6e7f80912345678", "4b8dde1", "4b8dde1f0c"),
        ("e-mail", "email"),
        ("Müller", "Mueller", "Muller"),
    ],
)
def test_a_text_in_any_spelling_is_found_by_any_other(spellings: tuple[str, ...]) -> None:
    missed = [
        (query, text)
        for query in spellings
        for text in spellings
        if {query, text} != {"Mueller", "Muller"} and not shares(query, f"It is {text} here.")
    ]

    assert missed == []


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("QX7731", "QX-7732"),
        ("2024-03-05", "March 6, 2023"),
        ("555-123-4567", "555 123 4568"),
        ("3.10", "3.1"),
    ],
)
def test_another_number_shares_no_term_of_the_whole(query: str, text: str) -> None:
    assert query not in shared_words(query, text)
