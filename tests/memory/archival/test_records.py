"""Passages as records: what a dump contains, what a restore refuses, and what a deletion finds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from memgpt_autogen.errors import ConfigurationError, ToolError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.archival.store import BATCH, PORTION
from memgpt_autogen.memory.passages import Draft
from memgpt_autogen.memory.qdrant.client.index import ClientIndex
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
from memgpt_autogen.memory.qdrant.protocol import PassageIndex
from memgpt_autogen.testing.embedder import HashingEmbedder

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)

STORY = "\n\n".join(f"Chapter {number}. Anna moved to city {number}." for number in range(9))

RECORD: dict[str, Any] = {"text": "tea", "created_at": "2026-03-01T12:00:00Z", "parent": "p"}


@pytest.fixture(params=["edge", "memory"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PassageIndex]:
    made: PassageIndex = EdgeIndex(tmp_path) if request.param == "edge" else ClientIndex.in_memory()
    yield made
    made.close()


def fill(archive: Archive) -> None:
    archive.insert(STORY, tags=["novel"], source="story.txt", created_at=NOON)
    archive.insert_many([Draft(f"fact {number}", ["f", str(number % 3)]) for number in range(20)])
    archive.insert("An old fact.", created_at=NOON - timedelta(days=900), source="story.txt")


def whole(archive: Archive) -> list[tuple[Any, ...]]:
    """Everything but the ids, which are an archive's own."""
    return [
        (
            each["text"],
            each["gap"],
            each["tags"],
            each["source"],
            each["created_at"],
            each["part"],
            each["parts"],
        )
        for each in archive.dump()
    ]


# --- moving ---------------------------------------------------------------------------------------


def test_what_was_dumped_is_the_same_in_another_archive_under_another_embedder(index: PassageIndex) -> None:
    there = Archive("there", index, passage_chars=60)
    here = Archive("here", index, HashingEmbedder(), passage_chars=1000)
    fill(there)
    told: list[tuple[int, int | None]] = []

    records = json.loads(json.dumps(list(there.dump())))
    count = here.restore(records, progress=lambda done, total: told.append((done, total)))

    assert count == there.count() == here.count()
    assert whole(here) == whole(there)
    assert told[-1] == (count, count)
    parent = here.search("Anna city 7", sources=["story.txt"]).items[0].passage.parent
    assert here.document(parent) == STORY


def test_restoring_twice_or_over_half_of_it_changes_nothing(index: PassageIndex) -> None:
    there, here = Archive("there", index, passage_chars=60), Archive("here", index)
    fill(there)
    records = list(there.dump())
    here.restore(records[: len(records) // 2])
    here.delete_where(text="chapter 3")
    here.restore(records)
    first = list(here.dump())

    assert here.restore(iter(reversed(records))) == len(records)

    assert whole(here) == whole(there)
    assert list(here.dump()) == first


def test_a_document_that_was_moved_is_recognised_when_it_is_inserted_again(index: PassageIndex) -> None:
    there, here = Archive("there", index, passage_chars=60), Archive("here", index, passage_chars=60)
    fill(there)
    there.copy_to(here)

    here.insert(STORY, source="story.txt")

    assert whole(here) == whole(there)


def test_a_document_that_lacks_parts_keeps_its_gaps_wherever_it_goes(index: PassageIndex) -> None:
    there, here = Archive("there", index, passage_chars=60), Archive("here", index)
    fill(there)
    there.delete_where(text="city 4")
    torn = there.document(there.list(sources=["story.txt"], tags=["novel"]).items[0].parent)
    records = list(there.dump())

    assert here.restore(records) == here.restore(records) == there.restore(records) == len(records)

    assert here.count() == there.count() == len(records)  # in their own archive they are themselves
    assert whole(here) == whole(there)
    assert "[...]" in str(torn)
    assert here.document(here.list(sources=["story.txt"], tags=["novel"]).items[0].parent) == torn


def test_a_copy_up_to_a_time_holds_what_there_was_then(index: PassageIndex) -> None:
    there, here = Archive("there", index), Archive("here", index)
    for day in range(5):
        there.insert(f"day {day}", created_at=NOON + timedelta(days=day))

    assert there.copy_to(here, until=NOON + timedelta(days=2)) == 3

    assert [each["text"] for each in here.dump()] == ["day 0", "day 1", "day 2"]


@pytest.mark.parametrize("days", [0, 1], ids=["all of one time", "each its own"])
def test_a_dump_of_many_pages_gives_each_passage_once_in_the_order_of_the_list(
    index: PassageIndex, days: int
) -> None:
    archive = Archive("anna", index)
    count = PORTION + BATCH // 2
    archive.insert_many(
        [
            Draft(f"fact {number}", created_at=NOON + days * timedelta(minutes=number))
            for number in range(count)
        ]
    )

    texts = [each["text"] for each in archive.dump()]

    assert len(set(texts)) == count
    assert texts == [passage.text for passage in archive.list(page_size=count).items]


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"text": 5}, "text: Input should be a valid string"),
        ({"text": " \0 "[:1]}, "text is blank"),
        ({"created_at": 12}, "created_at: Value error, is a text such as"),
        ({"created_at": "2026-03-01T12:00:00"}, "created_at: Input should have timezone info"),
        ({"created_at": "0001-01-01T00:00:00+14:00"}, "years 1 to 9999"),
        ({"part": 3, "parts": 2}, "there is no part 3 of 2"),
        ({"part": True}, "part: Input should be a valid integer"),
        ({"tags": "novel"}, "tags: Input should be a valid list"),
        ({"gap": "x"}, "gap is white space only"),
        ({"tag": ["novel"]}, "tag: Extra inputs"),
        ({"parent": None}, "parent: Input should be a valid string"),
    ],
)
def test_a_record_that_is_none_is_refused_by_number_and_reason(
    tmp_path: Path, broken: dict[str, Any], told: str
) -> None:
    archive = Archive("anna", EdgeIndex(tmp_path))

    with pytest.raises(ConfigurationError, match="record 3 is not a passage") as refused:
        archive.restore([RECORD, RECORD, {**RECORD, **broken}])

    assert told in str(refused.value)


def test_a_record_that_is_no_object_and_a_part_with_two_texts_are_refused(tmp_path: Path) -> None:
    archive = Archive("anna", EdgeIndex(tmp_path))

    with pytest.raises(ConfigurationError, match="record 1 is not a passage but a str"):
        archive.restore(["tea"])  # type: ignore[list-item]
    with pytest.raises(ConfigurationError, match="record 2 is part 1 of document 'p'"):
        archive.restore([{**RECORD, "parts": 2}, {**RECORD, "parts": 2, "text": "milk"}])


# --- deleting -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditions", "gone"),
    [
        ({"sources": ["b.txt"]}, {"BOB likes\n tea"}),
        ({"tags": ["x", "y"], "tag_match_mode": "all"}, {"bob was here"}),
        ({"start": NOON + timedelta(days=2)}, {"Bo by the sea", "straße café"}),
        ({"end": NOON, "tags": ["x"]}, {"Anna likes tea"}),
        ({"text": "bob"}, {"BOB likes\n tea", "bob was here"}),
        ({"text": "bob  LIKES tea", "tags": ["y"]}, set()),
        ({"text": "Bob likes tea"}, {"BOB likes\n tea"}),
        ({"text": "STRASSE cafe\u0301"}, {"straße café"}),
        ({"text": ".*"}, set()),
        ({"ids": ["not an id"]}, set()),
        ({"ids": []}, set()),
    ],
)
def test_passages_are_deleted_by_any_conditions_and_told(
    index: PassageIndex, conditions: dict[str, Any], gone: set[str]
) -> None:
    archive = Archive("anna", index)
    archive.insert("Anna likes tea", tags=["x"], source="a.txt", created_at=NOON)
    archive.insert("BOB likes\n tea", source="b.txt", created_at=NOON + timedelta(days=1))
    archive.insert("bob was here", tags=["x", "y"], created_at=NOON + timedelta(days=1))
    archive.insert("Bo by the sea", created_at=NOON + timedelta(days=2))
    archive.insert("straße café", created_at=NOON + timedelta(days=3))

    deleted = archive.delete_where(**conditions)

    assert {passage.text for passage in deleted} == gone
    assert archive.count() == 5 - len(gone)
    assert all(archive.get(passage.id) is None for passage in deleted)


def test_ids_name_what_to_delete(index: PassageIndex) -> None:
    archive = Archive("anna", index)
    passages = archive.insert_many([Draft(f"fact {number}") for number in range(BATCH + 50)])

    deleted = archive.delete_where(ids=(passage.id for passage in passages[10:]))

    assert deleted == passages[10:]
    assert archive.count() == 10


def test_a_text_is_found_where_two_parts_of_a_document_meet_and_nowhere_between_others(
    index: PassageIndex,
) -> None:
    archive = Archive("anna", index, passage_chars=20)
    parts = archive.insert(
        "They all know\n\nAda Lovelace and\n\nCharles Babbage.\n\nOf course.", created_at=NOON
    )
    archive.insert("Know", created_at=NOON)
    assert [part.text for part in parts] == [
        "They all know",
        "Ada Lovelace and",
        "Charles Babbage.",
        "Of course.",
    ]
    archive.delete(parts[1].id)
    assert archive.delete_where(text="know charles") == []
    archive.insert("They all know\n\nAda Lovelace and\n\nCharles Babbage.\n\nOf course.", created_at=NOON)

    deleted = archive.delete_where(text="lovelace AND charles")

    assert [passage.text for passage in deleted] == ["Ada Lovelace and", "Charles Babbage."]


@pytest.mark.parametrize("nothing", [{}, {"tags": ()}, {"text": " "}], ids=["none", "no tags", "blank"])
def test_deleting_without_a_condition_is_refused(index: PassageIndex, nothing: dict[str, Any]) -> None:
    archive = Archive("anna", index)
    archive.insert("tea")

    with pytest.raises(ToolError, match=r"clear\(\) deletes all|is blank"):
        archive.delete_where(**nothing)

    assert archive.count() == 1
