"""Passages that something newer took the place of: marked, kept, found, and moved with their marks."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from loops import MemoryFactory

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.home import import_memory
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
from memgpt_autogen.memory.qdrant.protocol import PassageIndex
from memgpt_autogen.messages import now
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
LATER = NOON + timedelta(days=3)

OLD, NEW = "Ana takes the late shift.", "Ana takes the early shift."


def filled(index: PassageIndex, name: str = "anna") -> Archive:
    """An archive of which one passage is marked."""
    archive = Archive(name, index, HashingEmbedder())
    (old,) = archive.insert(OLD, tags=["shift"], source="rota.md", created_at=NOON)
    archive.insert(NEW, created_at=LATER)
    archive.supersede([old.id], at=LATER)
    return archive


def marks(archive: Archive) -> dict[str, datetime | None]:
    return {passage.text: passage.superseded_by for passage in archive.list().items}


def test_a_superseded_passage_is_as_it_was_but_for_its_mark(index: PassageIndex) -> None:
    archive = filled(index)

    (old,) = (found.passage for found in archive.search("late shift", tags=["shift"]).items)

    assert (old.text, old.tags, old.source, old.created_at) == (OLD, ("shift",), "rota.md", NOON)
    assert old.superseded_by == LATER
    assert archive.get(old.id) == old
    assert archive.document(old.parent) == OLD
    assert marks(archive) == {OLD: LATER, NEW: None}
    assert archive.check().sound


def test_marking_tells_what_was_marked_and_is_from_now_on(index: PassageIndex) -> None:
    archive = Archive("anna", index)
    passages = archive.insert("A long text. " * 400, created_at=NOON)
    before = now()

    marked = archive.supersede([passages[1].id, "no id", passages[1].id])

    assert [passage.part for passage in marked] == [2]
    assert [passage.superseded_by is not None for passage in archive.list().items] == [
        passage.part == 2 for passage in passages
    ]
    assert before <= (marked[0].superseded_by or NOON) <= now()
    assert archive.supersede([]) == []
    with pytest.raises(ConfigurationError, match="has no time zone"):
        archive.supersede([passages[0].id], at=datetime(2026, 3, 1))  # noqa: DTZ001 - what is refused


def test_what_is_inserted_again_holds_again_and_its_past_stays(index: PassageIndex) -> None:
    archive = filled(index)

    for _ in range(2):  # a retry is the same passage
        archive.insert(OLD, source="rota.md", tags=["again"], created_at=LATER + timedelta(days=1))

    assert [(each.text, each.superseded_by, each.tags) for each in archive.list().items] == [
        (OLD, LATER, ("shift",)),
        (NEW, None, ()),
        (OLD, None, ("again",)),
    ]
    assert archive.check().sound


def test_marks_move_with_their_passages(index: PassageIndex) -> None:
    here, there, copy = filled(index), Archive("there", index), Archive("copy", index)

    there.restore(json.loads(json.dumps(list(here.dump()))))
    here.copy_to(copy, until=LATER - timedelta(seconds=1))

    assert marks(there) == marks(here)
    assert marks(copy) == {OLD: None}  # as it was then


def test_what_is_restored_neither_takes_a_mark_away_nor_lacks_one(index: PassageIndex) -> None:
    marked, unmarked = filled(index), Archive("other", index)
    unmarked.insert(OLD, source="rota.md", created_at=NOON)

    marked.restore(unmarked.dump())
    unmarked.restore(marked.dump())

    assert marks(marked) == marks(unmarked) == {OLD: LATER, NEW: None}


def test_marks_outlive_reopening_and_reembedding(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path)
    filled(index)
    index.close()
    index = EdgeIndex(tmp_path)
    archive = Archive("anna", index, HashingEmbedder(7))

    archive.reembed()
    archive.compact()

    assert marks(archive) == {OLD: LATER, NEW: None}
    index.close()


def test_a_mark_that_is_no_time_is_refused(index: PassageIndex) -> None:
    archive = Archive("anna", index)
    record = {"text": OLD, "created_at": NOON.isoformat(), "parent": "p", "superseded_by": 5}

    with pytest.raises(ConfigurationError, match=r"record 1 is not a passage: superseded_by"):
        archive.restore([record])


@pytest.mark.sqlite  # on a server the two homes are one
def test_marks_are_in_a_bundle(make_memory: MemoryFactory, tmp_path: Path) -> None:
    sam = make_memory()
    (old,) = sam.archival.insert(OLD, created_at=NOON)
    sam.archival.supersede([old.id], at=LATER)

    sam.export(tmp_path / "sam.zip")
    away = import_memory(tmp_path / "sam.zip", settings=Settings.load(home=tmp_path / "away"))

    assert marks(away.archival) == {OLD: LATER}
