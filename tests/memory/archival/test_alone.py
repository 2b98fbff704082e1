"""What is changed while another thread is about to write it as it was: nothing comes back or is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import pytest

from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.passages import Passage
from memgpt_autogen.memory.qdrant.protocol import PassageIndex
from memgpt_autogen.testing import HashingEmbedder

LISBON, PORTO = "Ana lives in Lisbon.", "Ana's flat is in Porto now."

Change = Callable[[Archive, Passage], object]


class PausingEmbedder(HashingEmbedder):
    """Waits, once it is told to pause, until `go` is set. `paused` is set when it does."""

    def __init__(self) -> None:
        super().__init__()
        self.paused, self.go = threading.Event(), threading.Event()
        self.pauses = False

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if self.pauses:
            self.paused.set()
            assert self.go.wait(20)
        return super().embed(texts)


def during(index: PassageIndex, writing: Change, change: Change) -> tuple[Archive, Passage, Any]:
    """Let `writing` embed what it has read, and `change` the same passage meanwhile, by another handle."""
    embedder = PausingEmbedder()
    archive, other = Archive("anna", index, embedder), Archive("anna", index, HashingEmbedder())
    (lisbon,) = archive.insert(LISBON, source="letter", tags=["home"])
    embedder.pauses = True
    with ThreadPoolExecutor(2) as threads:
        written = threads.submit(writing, archive, lisbon)
        assert embedder.paused.wait(20)
        changed: Future[Any] = threads.submit(change, other, lisbon)
        wait([changed], 0.3)
        embedder.go.set()
        written.result()
        return other, lisbon, changed.result()


WRITES: dict[str, Change] = {
    "replace": lambda archive, old: archive.insert(PORTO, replaces=old),
    "supersede": lambda archive, old: archive.supersede([old.id]),
    "relabel": lambda archive, old: archive.relabel(old.id, tags=["home", "town"]),
}

DELETIONS: dict[str, Change] = {
    "delete": lambda archive, old: archive.delete(old.id),
    "delete_where": lambda archive, old: archive.delete_where(ids=[old.id]),
    "delete_source": lambda archive, old: archive.delete_source("letter"),
    "clear": lambda archive, old: archive.clear(),
}


@pytest.mark.parametrize("deletion", DELETIONS)
@pytest.mark.parametrize("writing", WRITES)
def test_what_is_deleted_while_it_is_changed_does_not_come_back(
    index: PassageIndex, writing: str, deletion: str
) -> None:
    archive, lisbon, deleted = during(index, WRITES[writing], DELETIONS[deletion])

    assert deleted, "it was there"
    assert archive.get(lisbon.id) is None
    assert LISBON not in [hit.passage.text for hit in archive.search("Lisbon").items]


def test_tags_that_are_set_while_a_passage_is_replaced_stay(index: PassageIndex) -> None:
    archive, lisbon, _ = during(
        index, WRITES["replace"], lambda archive, old: archive.relabel(old.id, tags=["town"])
    )

    read = archive.get(lisbon.id)
    assert read is not None
    assert read.tags == ("town",)
    assert len(read.replaced_by) == 1


def test_a_mark_that_is_set_while_tags_are_stays(index: PassageIndex) -> None:
    archive, lisbon, _ = during(index, WRITES["relabel"], WRITES["supersede"])

    read = archive.get(lisbon.id)
    assert read is not None
    assert read.tags == ("home", "town")
    assert read.superseded_by is not None


class MeetingEmbedder(HashingEmbedder):
    """Waits at its first text until the others are there."""

    def __init__(self, meeting: threading.Barrier) -> None:
        super().__init__()
        self._meeting: threading.Barrier | None = meeting

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        meeting, self._meeting = self._meeting, None
        if meeting is not None:
            meeting.wait(20)
        return super().embed(texts)


def test_what_several_store_at_once_has_the_tags_of_all(index: PassageIndex) -> None:
    Archive("anna", index, HashingEmbedder()).insert("something else")
    meeting = threading.Barrier(4)
    handles = {tag: Archive("anna", index, MeetingEmbedder(meeting)) for tag in ("a", "b", "c", "d")}

    with ThreadPoolExecutor(len(handles)) as threads:
        stored = [threads.submit(handle.insert, LISBON, tags=[tag]) for tag, handle in handles.items()]
        ids = {each.result()[0].id for each in stored}

    (id_,) = ids
    read = handles["a"].get(id_)
    assert read is not None
    assert set(read.tags) == set(handles)
    assert handles["a"].count() == 2
