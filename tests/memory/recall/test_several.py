"""Several queries in one search, and the second hop: what one query misses is found, and nothing is lost."""

from __future__ import annotations

import pytest
from finding import heard

from memgpt_autogen.errors import ToolError
from memgpt_autogen.memory.hierarchy import MemoryHierarchy

FILLER = [f"Number {number} of many dull remarks on weather {number % 7}." for number in range(60)]


def texts(memory: MemoryHierarchy, *arguments: str, **options: object) -> list[str]:
    return [item.text for item in memory.recall.search(*arguments, **options).items]  # type: ignore[arg-type]


def test_what_answers_both_queries_comes_before_what_answers_one(memory: MemoryHierarchy) -> None:
    heard(memory, "A parrot lives here.", *FILLER[:10], "Parsley and parrot both.", *FILLER[10:20])
    heard(memory, "Parsley grows here.", *FILLER[20:30])

    found = memory.recall.search(queries=["parrot", "parsley"], page_size=20)

    assert found.items[0].text == "Parsley and parrot both."
    assert found.items[0].why.startswith("words: parrot, parsley")
    assert {item.text for item in found.items[1:]} >= {"A parrot lives here.", "Parsley grows here."}


def test_one_query_in_a_list_is_that_query(memory: MemoryHierarchy) -> None:
    heard(memory, "A parrot lives here.", "Rain.", "The parrot talks.")

    plain = memory.recall.search("parrot")

    for same in (
        memory.recall.search(queries="parrot"),
        memory.recall.search(queries=["parrot", " ", "parrot"]),
        memory.recall.search("parrot", queries=[]),
    ):
        assert (same.items, same.total) == (plain.items, plain.total)


def test_without_a_query_that_is_not_blank_everything_is_listed(memory: MemoryHierarchy) -> None:
    heard(memory, "Rain.", "Sun.")

    assert texts(memory, "", queries=[" "]) == ["Rain.", "Sun."]


def test_all_pages_together_have_every_result_of_every_query_once(memory: MemoryHierarchy) -> None:
    heard(memory, *(f"Tea number {number}." for number in range(80)))
    heard(memory, *(f"Cake number {number}." for number in range(70)))

    pages = [memory.recall.search(queries=["tea", "cake"], page=page, page_size=40) for page in range(5)]

    found = [item.text for page in pages for item in page.items]
    assert len(found) == len(set(found))
    assert {text for text in found if text.startswith(("Tea", "Cake"))} >= {
        f"{kind} number {number}." for kind, most in (("Tea", 80), ("Cake", 70)) for number in range(most)
    }
    last = next(page for page in pages if len(page.items) < 40)
    assert (last.total, last.exact) == (len(found), True)


def test_the_filters_hold_for_each_query_and_for_the_second_hop(memory: MemoryHierarchy) -> None:
    heard(memory, "The parrot comes from Sweden.", *FILLER[:20], "My aunt likes Sweden.", name="ada")
    heard(memory, "Sweden is cold.", "A parrot!", name="ben")

    found = memory.recall.search("parrot", queries=["aunt"], hops=2, speaker="ben", page_size=50)

    assert {item.name for item in found.items} == {"ben"}


def test_a_second_hop_finds_what_shares_a_name_with_the_first_result(memory: MemoryHierarchy) -> None:
    heard(memory, *FILLER[:20], "We bought the necklace in Sweden.", *FILLER[20:40])
    heard(memory, "It is cold in Sweden, said my aunt.", *FILLER[40:])

    once = texts(memory, "necklace", page_size=50)
    twice = texts(memory, "necklace", hops=2, page_size=50)

    assert "It is cold in Sweden, said my aunt." not in once
    assert twice[0] == "We bought the necklace in Sweden."
    assert "It is cold in Sweden, said my aunt." in twice
    assert set(once) <= set(twice)


def test_a_second_hop_does_not_follow_words_that_most_turns_have(memory: MemoryHierarchy) -> None:
    heard(memory, *FILLER[:30], "A necklace and weather.", *FILLER[30:])

    assert texts(memory, "necklace", hops=2, page_size=60) == texts(memory, "necklace", page_size=60)


def test_too_many_queries_and_hops_are_refused(memory: MemoryHierarchy) -> None:
    with pytest.raises(ToolError, match="there are 9 queries; ask at most 8"):
        memory.recall.search(queries=[f"q{number}" for number in range(9)])
    with pytest.raises(ToolError, match="hops is 3"):
        memory.recall.search("tea", hops=3)
