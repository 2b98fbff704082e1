"""Search results as a model reads them: excerpts, pages and ages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from loops import LoopFactory
from tool_use import said, use

from memgpt_autogen.tools.memory.arrange import FindingsPage
from memgpt_autogen.tools.memory.results import age, excerpt, format_page


def test_a_short_text_is_told_whole() -> None:
    assert excerpt("Ana likes tea.", "tea", 14) == "Ana likes tea."


LONG = "It was a party with a start. " * 40


@pytest.mark.parametrize(
    ("word", "query"),
    [
        ("art", "art"),
        ("Arts", "art"),
        ("don’t-panic", "panic"),
        ("O’Hara", "O'Hara"),
        ("昨天错过了电车", "电车"),
        ("C++", "c++"),
        ("art fair", '"art fair"'),
    ],
)
def test_an_excerpt_shows_the_word_that_was_looked_for(word: str, query: str) -> None:
    text = f"{LONG}{word} {LONG}"

    assert word in excerpt(text, query, 100)
    assert excerpt(text, query, 100).endswith(f" ... [excerpt of {len(text):,} characters]")


def test_an_excerpt_of_what_shares_no_word_is_the_start() -> None:
    assert excerpt(LONG, "kumquat", 100) == f"{LONG[:100]} ... [excerpt of 1,160 characters]"
    assert excerpt(LONG, "", 100) == excerpt(LONG, "kumquat", 100)


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=20), st.integers(40, 200))
def test_an_excerpt_keeps_its_length_and_its_word(before: str, after: str, query: str, chars: int) -> None:
    text = f"{before} kumquat {after}"

    assert len(excerpt(text, query, chars)) <= chars + len("... ") + len(" ... [excerpt of 1,000 characters]")
    assert "kumquat" in excerpt(text, "Kumquats", chars)


def test_a_long_message_is_told_as_an_excerpt(make_loop: LoopFactory) -> None:
    loop = make_loop(window_tokens=4000)
    said(loop, "ana", f"{LONG * 4}The kumquat is ripe. {LONG * 4}")
    found: Callable[..., str] = lambda: use(loop, "conversation_search", query="kumquat")  # noqa: E731

    assert "The kumquat is ripe." in found()
    assert "[excerpt of 9,301 characters]" in found()


def test_a_page_says_whether_its_total_is_an_estimate_and_why_a_search_was_less_than_it_can_be() -> None:
    page = FindingsPage([], 12_000, 0, 5, folded=2, exact=False, trouble="the archive\nis damaged")

    assert format_page(page, 1, "ana: Tea.") == snapshot("""\
Showing 1 of about 12000 results (page 0, last page 2399; 2 near-duplicates folded; by words only, since the archive is damaged):
ana: Tea.\
""")  # noqa: E501 - as the model reads it


DAY = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("passed", "told"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=40), "just now"),
        (timedelta(seconds=80), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(minutes=80), "80 minutes ago"),
        (timedelta(hours=30), "30 hours ago"),
        (timedelta(days=9), "9 days ago"),
        (timedelta(days=23), "3 weeks ago"),
        (timedelta(days=60), "2 months ago"),
        (timedelta(days=400), "13 months ago"),
        (timedelta(days=1100), "3 years ago"),
        (timedelta(days=-3), "in 3 days"),
    ],
)
def test_an_age_is_told_in_the_largest_unit_that_it_is_two_of(passed: timedelta, told: str) -> None:
    assert age(DAY - passed, DAY) == told
