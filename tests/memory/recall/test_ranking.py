"""The ranking: a turn counts for its own words and for those around it in the same conversation."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from finding import heard
from hypothesis import given
from hypothesis import strategies as st
from loops import MemoryFactory

from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.recall.ranking import (
    AROUND,
    REACH,
    TABLE,
    TOPIC_REACH,
    Scores,
    distinct,
    in_all,
    length_prior,
    merged,
    near_scores,
    ranks,
    summed,
    windows,
)
from memgpt_autogen.testing import HashingEmbedder

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def ranked(memory: MemoryHierarchy, query: str, **filters: object) -> list[str]:
    page = memory.recall.search(query, page_size=1000, **filters)  # type: ignore[arg-type]
    assert not page.trouble
    assert len(page.items) == page.total
    return [item.text for item in page.items]


hits = st.lists(st.dictionaries(st.integers(1, 60), st.floats(0.1, 9), max_size=8), min_size=1, max_size=4)


@given(hits)
def test_a_place_scores_the_best_of_each_word_around_it(found: list[dict[int, float]]) -> None:
    scored = windows([Scores.from_dict(each) for each in found])

    wanted: dict[int, float] = {}
    for place in range(1 - REACH, 61 + REACH):
        sums = [
            max(
                (
                    AROUND[there - place + REACH] * each[there]
                    for there in each
                    if abs(there - place) <= REACH
                ),
                default=0.0,
            )
            for each in found
        ]
        if any(sums):
            wanted[place] = sum(sums)
    assert dict(zip(scored.places.tolist(), scored.values.tolist(), strict=True)) == pytest.approx(wanted)


@given(hits, st.lists(st.integers(1, 60), min_size=1, max_size=8, unique=True))
def test_each_word_scores_near_a_place_and_at_its_best_around_it(
    found: list[dict[int, float]], places: list[int]
) -> None:
    near, topic = near_scores([Scores.from_dict(each) for each in found], places)

    assert near.tolist() == [
        [[each.get(place + step, 0.0) for step in range(-REACH, REACH + 1)] for place in places]
        for each in found
    ]
    assert topic.tolist() == [
        [
            max(each.get(place + step, 0.0) for step in range(-TOPIC_REACH, TOPIC_REACH + 1))
            for place in places
        ]
        for each in found
    ]


@given(hits)
def test_scores_are_asked_for_joined_and_ordered_by_place(found: list[dict[int, float]]) -> None:
    joined: dict[int, float] = {}
    scores = Scores.from_dict({})
    for each in found:
        joined.update(each)
        scores = merged(scores, Scores.from_dict(each))

    assert scores.best(5) == sorted(joined, key=lambda place: (-joined[place], -place))[:5]
    assert scores.at(list(range(70))).tolist() == [joined.get(place, 0.0) for place in range(70)]


@given(hits, st.sampled_from([0, TABLE * 2]))
def test_scores_are_added_alike_in_a_short_log_and_in_a_long_one(
    found: list[dict[int, float]], last: int
) -> None:
    parts = [
        {last + place if place > 30 else place: value for place, value in each.items()} for each in found
    ]

    total = summed((2.0, Scores.from_dict(each)) for each in parts)

    wanted = {place: 2.0 * sum(each.get(place, 0.0) for each in parts) for each in parts for place in each}
    assert dict(zip(total.places.tolist(), total.values.tolist(), strict=True)) == pytest.approx(wanted)


@given(st.lists(st.lists(st.integers(1, 40), unique=True, max_size=12), min_size=1, max_size=4))
def test_places_are_counted_once_and_found_where_all_have_them(groups: list[list[int]]) -> None:
    arrays = [np.array(group, dtype=np.int64) for group in groups]
    near = {place + offset for place in groups[0] for offset in (-2, -1, 0, 1, 2)}

    assert distinct(np.concatenate(arrays)).tolist() == sorted(set().union(*groups))
    assert distinct(arrays[0], 2).tolist() == sorted(near)
    for far in (0, TABLE * 2):  # in a table, and without one
        places = np.append(arrays[-1], [41 + far])
        assert ranks(distinct(arrays[0]), places).tolist() == [
            sorted(groups[0]).index(place) if place in groups[0] else -1 for place in places.tolist()
        ]
    assert in_all(arrays).tolist() == sorted(set(groups[0]).intersection(*groups))


def test_more_words_say_more_until_they_say_too_many_things() -> None:
    priors = [length_prior(words) for words in (1, 5, 20, 50, 200, 1000)]

    assert priors[:4] == sorted(priors[:4])
    assert priors[3:] == sorted(priors[3:], reverse=True)


def test_the_answer_beside_the_question_is_found_and_says_so(memory: MemoryHierarchy) -> None:
    heard(memory, *(f"remark {number} on the weather" for number in range(30)))
    heard(memory, "Where did you put the spare keys?", time=NOON + timedelta(hours=1))
    heard(memory, "In the blue drawer.", name="ada", time=NOON + timedelta(hours=1, minutes=1))

    items = memory.recall.search("where are the spare keys").items

    answer = next(item for item in items[:2] if item.text == "In the blue drawer.")
    assert answer.why == "beside it: spare, keys"
    assert {item.why for item in items if "spare keys" in item.text} == {"words: spare, keys"}


def test_another_conversation_lends_no_words(memory: MemoryHierarchy) -> None:
    heard(memory, "Where are the spare keys?")
    heard(memory, "Good morning.", time=NOON + timedelta(hours=7))

    assert ranked(memory, "spare keys") == ["Where are the spare keys?"]


def test_a_turn_counts_more_where_its_topic_is_talked_about(memory: MemoryHierarchy) -> None:
    for city, days in (("Lisbon", 0), ("Vienna", 1)):
        time = NOON + timedelta(days=days)
        heard(memory, f"Now about {city}.", *(f"remark {number}" for number in range(8)), time=time)
        heard(memory, "We could take the train.", time=time)

    items = memory.recall.search("train Lisbon", page_size=50).items

    in_lisbon, in_vienna = (item for item in items if "train" in item.text)
    assert in_lisbon.seq < in_vienna.seq


def test_a_turn_beside_a_better_one_counts_more(memory: MemoryHierarchy) -> None:
    heard(memory, "The tea is hot.", name="ada")
    heard(memory, "The tea is hot.", name="ben")
    heard(memory, "The tea is hot.", name="ben", time=NOON + timedelta(days=1))

    seqs = [item.seq for item in memory.recall.search("Which tea does Ada like?").items]

    assert seqs == sorted(seqs)


def test_a_stage_direction_says_where_something_is(memory: MemoryHierarchy) -> None:
    heard(memory, "[The harbour, at night.]", time=NOON)
    heard(memory, "The harbour, at night.", time=NOON + timedelta(days=1))

    assert ranked(memory, "Where is the harbour?")[0] == "[The harbour, at night.]"
    assert ranked(memory, "How is the harbour?")[0] == "The harbour, at night."


def test_what_is_talked_about_counts_more_than_that_it_was_said(memory: MemoryHierarchy) -> None:
    heard(memory, "The garden is full.", time=NOON)
    heard(memory, "We mention it.", time=NOON + timedelta(days=1))

    assert ranked(memory, "Did she mention the garden?") == ["The garden is full.", "We mention it."]


def test_who_and_when_a_query_names_count_and_are_told(memory: MemoryHierarchy) -> None:
    for name, month in itertools.product(("ada", "ben"), (3, 4, 5)):
        heard(
            memory,
            "We went to the lake again.",
            name=name,
            time=datetime(2026, month, 9, tzinfo=timezone.utc),
        )

    page = memory.recall.search("Was Ada at the lake in April 2026?")

    first = page.items[0]
    assert (first.name, first.time.month, first.why) == ("ada", 4, "words: lake; speaker; time")
    assert page.total == 6


def test_a_filter_narrows_what_comes_and_not_what_stands_around(memory: MemoryHierarchy) -> None:
    heard(memory, *(f"the keys, number {number}" for number in range(400)), name="cleo")
    heard(memory, "Where are the spare keys?", name="ben", time=NOON + timedelta(days=2))
    heard(memory, "In the blue drawer.", name="ada", time=NOON + timedelta(days=2, minutes=1))

    assert ranked(memory, "spare keys", speaker="ada") == ["In the blue drawer."]
    assert ranked(memory, "spare keys", start=NOON + timedelta(days=1), speaker="ben") == [
        "Where are the spare keys?"
    ]


def test_every_result_is_on_one_page_and_totals_are_true_beyond_the_head(memory: MemoryHierarchy) -> None:
    heard(memory, *(f"tea number {number}" for number in range(700)))

    pages = [memory.recall.search("tea", page=page, page_size=50) for page in range(15)]

    assert {page.total for page in pages} == {700}
    assert all(page.exact for page in pages)
    assert len({item.seq for page in pages for item in page.items}) == 700


def test_meaning_finds_what_shares_no_word(make_memory: MemoryFactory) -> None:
    class Synonyms(HashingEmbedder):
        def embed(self, texts: object) -> list[list[float]]:
            return super().embed([str(text).replace("automobile", "car") for text in texts])  # type: ignore[attr-defined]

    memory = make_memory(embedder=Synonyms())
    heard(memory, *(f"remark {number} on the weather" for number in range(20)))
    heard(memory, "my automobile is red", time=NOON + timedelta(days=1))

    first = memory.recall.search("car red").items[0]

    assert first.text == "my automobile is red"
    assert "meaning" in first.why
