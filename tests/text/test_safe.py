"""Texts from outside: safe to show, and no longer than asked."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from memgpt_autogen.text.safe import clean_text, clip, join_surrogates, quote_name


@given(st.text(max_size=80))
def test_a_quoted_name_is_itself_or_json_of_it_on_one_line(name: str) -> None:
    told = quote_name(name, 1000)

    told.encode()
    assert told.splitlines() in ([told], [])
    assert told == name or json.loads(told) == name
    assert not set("<>") & set(told)


@given(text=st.text(max_size=400), chars=st.integers(0, 500))
def test_a_clipped_text_keeps_its_start_and_end_and_is_no_longer_than_asked(text: str, chars: int) -> None:
    cut = clip(text, chars)

    if len(text) <= chars:
        assert cut == text
    elif chars >= 80 and " [... " not in text and " ...] " not in text:
        head, tail = cut.split(" [... ", 1)[0], cut.rsplit(" ...] ", 1)[1]
        told = cut[len(head) :].removeprefix(" [... ").split(" characters cut here", 1)[0]
        assert len(cut) <= chars
        assert text.startswith(head)
        assert text.endswith(tail)
        assert int(told.replace(",", "")) == len(text) - len(head) - len(tail)
    else:
        assert len(cut) <= max(chars, 80)


@given(st.text(st.characters() | st.sampled_from("\0\ud83d\udc1f\ud800"), max_size=40))
@example("\ud83d\udc1f")
@example("a\0b\ud800")
def test_a_clean_text_can_be_stored_and_keeps_its_pairs_of_surrogates(text: str) -> None:
    cleaned = clean_text(text)

    cleaned.encode()
    assert "\0" not in cleaned
    assert clean_text(cleaned) == cleaned == clean_text(join_surrogates(text))
