"""Texts that readers take as the same are equal; what looks alike is alike and no more."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from memgpt_autogen.text.equal import (
    ALIKE,
    Folded,
    alike_spans,
    equal_spans,
    fold,
    is_alike,
    is_equal,
    may_be_in,
)

EQUAL = [
    ("José", unicodedata.normalize("NFD", "José")),
    ("O'Brien", "O’Brien"),
    ("Weiß", "WEISS"),
    ("Weiß", "WEIẞ"),
    ("Strasse", "STRASSE"),
    ("Yıldız", "YILDIZ"),
    ("İstanbul", "istanbul"),
    ("Γιώργος", "ΓΙΩΡΓΟΣ"),
    ("Ana Ruiz", "ana\u00a0ruiz"),
    ("Ana Ruiz", "Ana\u2003\n Ruiz"),
    ("Schmidbauer", "Schmid\u00adbauer"),
    ("Schmidbauer", "Schmid\u200bbauer"),
    ("Anna-Maria", "Anna‑Maria"),
    ("محمد", "مُحَمَّدٌ"),
    ("علی", "علي"),
    ("שלום", "שָׁלוֹם"),
    ("Ștefan", "Ştefan"),
    ("Sofia", "Soﬁa"),
    ("Ada", "Ａｄａ"),
    ("バナナ", "ﾊﾞﾅﾅ"),
]

ONLY_ALIKE = [
    ("José", "Jose"),
    ("Łódź", "Lodz"),
    ("Straße", "Strasse"),
    ("Anne-Marie", "Anne Marie"),
    ("Zoë-Anne", "Zoe Anne"),
    ("Müller", "Muller"),
    ("Müller", "Mueller"),
    ("Jørgensen", "Joergensen"),
    ("Yıldız", "Yildiz"),
    ("İzmir", "Izmir"),
    ("Γιώργος", "γιωργος"),
    ("أحمد", "احمد"),
    ("x2", "x²"),
]

OTHER = [
    ("Ada", "Eda"),
    ("Кой", "Кои"),
    ("か", "が"),
    ("각", "가"),
    ("क", "कि"),
    ("علي", "علم"),
]


@pytest.mark.parametrize(("text", "other"), EQUAL)
def test_equal_texts_are_equal_and_found_in_each_other(text: str, other: str) -> None:
    assert is_equal(text, other)
    assert is_equal(other, text)
    assert [f"({other})"[slice(*span)] for span in equal_spans(text, f"({other})")] == [other]
    assert [f"({text})"[slice(*span)] for span in equal_spans(other, f"({text})")] == [text]


@pytest.mark.parametrize(("text", "other"), ONLY_ALIKE)
def test_what_is_only_alike_is_found_as_such_and_not_equal(text: str, other: str) -> None:
    for one, two in ((text, other), (other, text)):
        assert not is_equal(one, two)
        assert is_alike(one, two)
        assert list(equal_spans(one, f"to {two}.")) == []
        assert set(alike_spans(one, f"to {two}.")) == {(3, 3 + len(two))}


@pytest.mark.parametrize(("text", "other"), OTHER)
def test_other_letters_are_other_words(text: str, other: str) -> None:
    assert not is_alike(text, other)
    assert list(alike_spans(text, f"to {other}.")) == []


def test_words_are_whole_words() -> None:
    found = {
        "Ada": ["ada", "Ada's", "(Ada)", "ada_key", "私はAdaです"],
        "José": ["a josé.", "JOSÉ"],
        "C++ (20)": ["I like c++ (20)!"],
        "東京": ["私は東京に住む"],
    }
    missed = {"Ada": ["Canada", "Adas", "Adá"], "कि": ["किताब"], "Jose": ["José", "Josefa"]}

    for words, texts in found.items():
        assert [text for text in texts if not any(equal_spans(words, text))] == []
    for words, texts in missed.items():
        assert [text for text in texts if any(equal_spans(words, text))] == []


def test_a_space_without_width_may_stand_for_a_space_and_in_a_word() -> None:
    text = "Ana\u200bRuiz and Ben\u200bja"

    assert list(equal_spans("Ana Ruiz", text)) == [(0, 8)]
    assert list(equal_spans("Ana", text)) == [(0, 3)]
    assert list(equal_spans("Benja", text)) == [(13, 19)]


LETTERS = st.text(st.sampled_from("aeisSßẞıİIéÉñøŁ'’ \n\u00a0\u00ad\u200b\u0301\u0307\u0308ύΏकि각ᆨﬁＡمُأ﷽かﾞ𝐀½"))


@given(st.one_of(st.text(), LETTERS))
def test_the_way_back_belongs_to_the_form(text: str) -> None:
    for form in (fold, *ALIKE):
        folded = Folded(text, form)

        assert folded.text.strip() == form(text).strip()
        if folded.text:
            start, end = folded.span(0, len(folded.text))
            assert 0 <= start < end <= len(text)


@given(st.one_of(st.text(), LETTERS))
def test_a_form_of_a_form_is_the_same(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert is_equal(text, unicodedata.normalize("NFD", text))
    assert is_equal(text, unicodedata.normalize("NFC", text))


LETTERS = st.text(
    st.one_of(
        st.characters(), st.sampled_from("aeouAEOUßẞıİøåæłÞéÉйῄς\u0301\u0308\u030a\u00ad\u200b '’-ﬁがᄀ")
    ),
    max_size=8,
)


def test_letters_that_stand_high_are_alike() -> None:
    assert set(alike_spans("ann", "to ᴬnn")) == {(3, 6)}
    assert is_alike("ᴬnn™", "anntm")


@given(LETTERS, LETTERS, LETTERS, st.sampled_from((fold, *ALIKE, str.upper, str.title)))
@example("", "ᴬ™㎒", "", fold)
@example("", "⁻Ꞌ", "", fold)
def test_what_is_equal_or_alike_is_never_ruled_out(
    before: str, words: str, after: str, form: Callable[[str], str]
) -> None:
    for how in ("NFC", "NFD", "NFKC"):
        assert may_be_in(words, unicodedata.normalize(how, f"{before} {form(words)} {after}"))


def test_a_text_without_the_words_is_ruled_out_by_its_consonants() -> None:
    assert not may_be_in("José", "Wir haben für Jörg gewählt.")
