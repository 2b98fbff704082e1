"""The form in which a text is searched."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.text.equal import is_alike
from memgpt_autogen.text.letters import MARKS, bare_form, search_form
from memgpt_autogen.text.words import words

WRITTEN = "Jose\u0301 José Łódź Straße STRASSE O’Brien O'Brien pass\u00adword ﬁne किताब मُحَمَّد שָׁלוֹם İı"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jose\u0301", "JOSÉ"),
        ("José", "Jose"),
        ("O’Brien", "O'Brien"),
        ("10\u00a0km", "10 km"),
        ("pass\u200bword", "password"),
        ("co\u00adoperate", "cooperate"),
        ("Straße", "STRASSE"),
        ("IŞIK", "ışık"),
        ("İstanbul", "istanbul"),
        ("Łódź", "Lodz"),
        ("المِفْتَاحُ", "المفتاح"),
        ("שָׁלוֹם", "שלום"),
        ("ज़रा", "जरा"),
        ("ΑΘΗΝΑ", "Αθήνα"),
        ("٢٠٢٤", "2024"),
        ("ＡＢＣ", "abc"),
    ],
)
def test_texts_that_look_alike_have_one_form(one: str, other: str) -> None:
    assert search_form(one) == search_form(other)


@pytest.mark.parametrize(("one", "other"), [("й", "и"), ("का", "की"), ("க", "கி"), ("tea", "ten")])
def test_letters_that_differ_keep_their_own_form(one: str, other: str) -> None:
    assert search_form(one) != search_form(other)


@given(st.lists(st.sampled_from(WRITTEN), max_size=6), st.lists(st.sampled_from(WRITTEN), max_size=6))
def test_what_readers_take_as_equal_or_alike_is_one_to_a_search(one: list[str], other: list[str]) -> None:
    text, again = "".join(one), "".join(other)

    if is_alike(text, again):
        assert search_form(text).split() == search_form(again).split()
    assert search_form(unicodedata.normalize("NFD", text)) == search_form(unicodedata.normalize("NFC", text))


def test_capitals_and_lines_stay_in_the_bare_form() -> None:
    assert bare_form("José\nO’Brien, ÉCOLE") == "Jose\nO'Brien, ECOLE"


def test_every_mark_of_a_living_script_is_a_part_of_its_word() -> None:
    marks = {chr(code) for code in range(0x10000) if unicodedata.category(chr(code)) in ("Mn", "Mc")}

    assert marks - set(MARKS) <= {chr(code) for code in range(0x302A, 0x309B)} | set(
        map(chr, range(0xFE00, 0xFE30))
    ) | {"\ufb1e"}
    assert sys.maxunicode > 0xFFFF


@pytest.mark.parametrize("word", ["किताब", "বাংলা", "தமிழ்", "ਪੰਜਾਬੀ", "తెలుగు", "ಕನ್ನಡ", "മലയാളം", "සිංහල"])
def test_a_word_of_a_script_with_marks_is_one_word(word: str) -> None:
    assert words(search_form(word)) == [search_form(word)]
