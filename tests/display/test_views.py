"""Everything that shows itself takes any text, in HTML and in plain text."""

from __future__ import annotations

import pytest
from html_reading import Html
from hypothesis import given, settings
from hypothesis import strategies as st
from views import HOSTILE, every_view

from memgpt_autogen.rendering.plain_text import CONTROLS


@settings(deadline=None)
@given(st.one_of(st.text(st.characters(), max_size=300), st.sampled_from([HOSTILE, HOSTILE * 60, "", "\n"])))
def test_no_text_breaks_what_shows_it_or_is_more_than_text_in_it(text: str) -> None:
    for view in every_view(text):
        Html(view._repr_html_())
        assert CONTROLS.search(str(view)) is None
        assert repr(view) == str(view)


def test_hostile_text_is_shown_as_it_stands() -> None:
    for view in every_view("<b>bold</b> & 'quotes'")[:-1]:
        assert "<b>bold</b> & 'quotes'" in Html(view._repr_html_()).text


@pytest.mark.parametrize("text", ["<" * 1_000_000, "x\n" * 500_000])
def test_a_huge_text_makes_no_huge_output(text: str) -> None:
    for view in every_view(text):
        assert len(view._repr_html_()) < 200_000
        assert len(str(view)) < 10_000


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs() -> None:
    for view in every_view("x"):
        html = view._repr_html_()
        assert not any(word in html for word in ("http", "url(", "@import", "<script", "javascript", " src="))
