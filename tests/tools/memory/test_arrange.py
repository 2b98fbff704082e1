"""How results are arranged into pages: nothing twice, nothing lost, totals that are true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from hypothesis import example, given
from hypothesis import strategies as st

from memgpt_autogen.tools.memory.arrange import HEAD, Finding, arrange, arrange_page

DAY = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def finding(place: int, text: str, when: int) -> Finding[int]:
    return Finding(place, text, DAY + timedelta(days=when), when)


def ranking(texts: Sequence[str], ages: Sequence[int] | None = None) -> list[Finding[int]]:
    ages = ages or range(len(texts))
    return [finding(place, text, when) for place, (text, when) in enumerate(zip(texts, ages, strict=True))]


def test_near_duplicates_are_folded_into_the_newest_in_the_place_of_the_best() -> None:
    found = arrange(ranking(["Tea is good.", "Cake.", "tea is good", "TEA IS GOOD!"], ages=[2, 9, 1, 3]))

    assert [(each.item, [time.day for time in each.repeats]) for each in found] == [(3, [3, 2]), (1, [])]


def replaced(place: int, text: str, when: int, by: int) -> Finding[int]:
    return replace(finding(place, text, when), superseded_by=DAY + timedelta(days=by))


def test_the_passage_that_replaces_others_moves_up_before_the_best_of_them() -> None:
    found = [replaced(0, "Shift: late.", 1, by=3), finding(1, "Tea.", 5), finding(2, "Shift: early.", 3)]
    found.append(replaced(3, "Shift: none.", 2, by=3))

    assert [each.item for each in arrange(found)] == [2, 0, 1, 3]


def test_a_passage_moves_up_by_its_key_whatever_its_time() -> None:
    old = replace(replaced(0, "Shift: late.", 1, by=2), newest=("c", "d"))
    found = [old, *(replace(finding(1 + n, f"Tea {key}.", 5), key=key) for n, key in enumerate("abcd"))]

    assert [each.item for each in arrange(found)] == [3, 4, 0, 1, 2]


def test_a_passage_that_is_replaced_itself_moves_nothing() -> None:
    found = [replaced(0, "Shift: late.", 1, by=2), replaced(1, "Shift: early.", 2, by=9)]

    assert [each.item for each in arrange(found)] == [0, 1]


def test_repeats_of_a_passage_that_is_replaced_are_folded_with_its_mark() -> None:
    found = [finding(0, "Late shift!", 1), replaced(1, "late shift", 2, by=3), finding(2, "Early shift.", 3)]

    assert [(each.item, len(each.repeats)) for each in arrange(found)] == [(2, 0), (1, 1)]


TEXTS = st.sampled_from(["tea", "Tea!", "cake"]) | st.integers(0, 99).map(str)


@given(st.lists(TEXTS, max_size=80), st.sampled_from([1, 5, 7, 30]))
@example(["tea", "Tea!", "cake", *map(str, range(2, 60))], 5)
@example(["tea", "TEA", "tea", *map(str, range(2, 60))], 7)
def test_the_pages_together_hold_every_result_once(texts: list[str], size: int) -> None:
    ranked = ranking(texts)
    fetched: list[int] = []

    def fetch(page: int, page_size: int) -> tuple[list[Finding[int]], int]:
        fetched.append(page_size)
        return ranked[page * page_size : (page + 1) * page_size], len(ranked)

    first = arrange_page(fetch, 0, size)
    pages = [arrange_page(fetch, page, size) for page in range(first.last_page + 1)]
    shown = [each for page in pages for each in page.items]

    assert {page.total for page in pages} == {len(shown)}
    assert all(len(page.items) == size for page in pages[:-1])
    assert len(shown) + sum(len(each.repeats) for each in shown) == len(ranked)
    assert len({each.item for each in shown}) == len(shown)
    assert [each.item for each in shown if each.item >= max(HEAD, size)] == list(
        range(max(HEAD, size), len(ranked))
    )
    assert not arrange_page(fetch, first.last_page + 1, size).items
    assert max(fetched) <= max(HEAD, size)
