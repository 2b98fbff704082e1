"""How results are arranged into pages: nothing twice, nothing lost, totals that are true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from memgpt_autogen.tools.memory.arrange import HEAD, Finding, arranged, arranged_page
from memgpt_autogen.tools.memory.results import age

DAY = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def finding(place: int, text: str, when: int) -> Finding[int]:
    return Finding(place, text, DAY + timedelta(days=when), when)


def ranking(texts: Sequence[str], ages: Sequence[int] | None = None) -> list[Finding[int]]:
    ages = ages or range(len(texts))
    return [finding(place, text, when) for place, (text, when) in enumerate(zip(texts, ages, strict=True))]


def test_near_duplicates_are_folded_into_the_newest_in_the_place_of_the_best() -> None:
    found = arranged(ranking(["Tea is good.", "Cake.", "tea is good", "TEA IS GOOD!"], ages=[2, 9, 1, 3]))

    assert [(each.item, [time.day for time in each.repeats]) for each in found] == [(3, [3, 2]), (1, [])]


def test_a_fact_that_supersedes_others_moves_up_before_the_best_of_them() -> None:
    texts = ["The deadline is May 1.", "Tea.", "The deadline is May 15.", "The deadline is May 8."]

    found = arranged(ranking(texts, ages=[1, 5, 3, 2]))

    newest = DAY + timedelta(days=3)
    assert [(each.item, each.superseded_by) for each in found] == [
        (2, None),
        (0, newest),
        (1, None),
        (3, newest),
    ]


def test_what_supersedes_what_supersedes_another_comes_before_both() -> None:
    texts = ["I live in Rome.", "Tea.", "I moved to Bonn. My boss is Mr Ito.", "My boss is Mrs Poe now."]

    found = arranged(ranking(texts))

    assert [each.item for each in found] == [3, 2, 0, 1]
    assert [each.outdated for each in found] == ["", "My boss is Mr Ito.", "", ""]


def test_what_was_marked_by_hand_comes_after_what_bears_the_time_of_the_mark() -> None:
    old = Finding(0, "Ana has the late shift.", DAY, 1, superseded_by=DAY + timedelta(days=2))

    assert [
        each.item for each in arranged([old, finding(1, "Tea.", 1), finding(2, "Ana has the early one.", 2)])
    ] == [2, 0, 1]


def test_what_was_marked_by_hand_outdates_nothing() -> None:
    old = finding(0, "The deadline is May 1.", 1)
    marked = Finding(1, "The deadline is May 8.", DAY, 2, superseded_by=DAY)

    assert [(each.item, each.superseded_by) for each in arranged([old, marked])] == [(0, None), (1, DAY)]


@given(
    st.lists(st.sampled_from(["tea", "Tea!", "cake", "I live in Berlin.", "I moved to Oslo."]) | st.integers(0, 99).map(str), max_size=80),
    st.sampled_from([1, 5, 7, 30]),
)  # fmt: skip
@example(["tea", "Tea!", "cake", *map(str, range(2, 60))], 5)
@example(["tea", "TEA", "tea", *map(str, range(2, 60))], 7)
def test_the_pages_together_hold_every_result_once(texts: list[str], size: int) -> None:
    ranked = ranking(texts)
    fetched: list[int] = []

    def fetch(page: int, page_size: int) -> tuple[list[Finding[int]], int]:
        fetched.append(page_size)
        return ranked[page * page_size : (page + 1) * page_size], len(ranked)

    first = arranged_page(fetch, 0, size)
    pages = [arranged_page(fetch, page, size) for page in range(first.last_page + 1)]
    shown = [each for page in pages for each in page.items]

    assert {page.total for page in pages} == {len(shown)}
    assert all(len(page.items) == size for page in pages[:-1])
    assert len(shown) + sum(len(each.repeats) for each in shown) == len(ranked)
    assert len({each.item for each in shown}) == len(shown)
    assert [each.item for each in shown if each.item >= max(HEAD, size)] == list(
        range(max(HEAD, size), len(ranked))
    )
    assert not arranged_page(fetch, first.last_page + 1, size).items
    assert max(fetched) <= max(HEAD, size)


@pytest.mark.parametrize(
    ("passed", "told"),
    [
        (timedelta(0), "just after this search"),
        (timedelta(seconds=40), "just before this search"),
        (timedelta(seconds=80), "1 minute before this search"),
        (timedelta(minutes=59), "59 minutes before this search"),
        (timedelta(minutes=80), "80 minutes before this search"),
        (timedelta(hours=30), "30 hours before this search"),
        (timedelta(days=9), "9 days before this search"),
        (timedelta(days=23), "3 weeks before this search"),
        (timedelta(days=60), "2 months before this search"),
        (timedelta(days=400), "13 months before this search"),
        (timedelta(days=1100), "3 years before this search"),
        (timedelta(days=-3), "3 days after this search"),
    ],
)
def test_an_age_is_told_in_the_largest_unit_that_it_is_two_of(passed: timedelta, told: str) -> None:
    assert age(DAY - passed, DAY) == told
