"""Re-embedding, compacting and purging: an archive is replaced in one step, and nobody sees half of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path

import pytest
from fuzzing import TORTURE
from places import ROOT

from memgpt_autogen.errors import EmbedderMismatchError, ModelError
from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.archival.entries import piece_of
from memgpt_autogen.memory.archival.store import BATCH, ArchiveStore
from memgpt_autogen.memory.passages import Draft
from memgpt_autogen.memory.qdrant.client.collections import rename
from memgpt_autogen.memory.qdrant.client.index import ClientIndex
from memgpt_autogen.memory.qdrant.client.rebuild import BUILDING, NEXT
from memgpt_autogen.memory.qdrant.client.schema import collection_of
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
from memgpt_autogen.memory.qdrant.protocol import PassageIndex, Point, Scope
from memgpt_autogen.testing.embedder import HashingEmbedder
from memgpt_autogen.testing.qdrant import QdrantStandIn

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)

STORY = "\n\n".join(f"Chapter {number}. Anna moved to city {number}." for number in range(9))


@pytest.fixture(params=["edge", "local", "server"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PassageIndex]:
    made: PassageIndex
    with QdrantStandIn() as server:
        if request.param == "edge":
            made = EdgeIndex(tmp_path)
        else:
            local = request.param == "local"
            made = ClientIndex.local(tmp_path) if local else ClientIndex.at(server.url)
        yield made
        made.close()


def filled(index: PassageIndex, embedder: Embedder | None, count: int = 30) -> Archive:
    archive = Archive("anna", index, embedder, passage_chars=60)
    archive.insert(STORY, tags=["novel"], source="story.txt", created_at=NOON)
    archive.insert_many([Draft(f"fact {number} about tea", [str(number % 3)]) for number in range(count - 9)])
    return archive


class Interrupted(HashingEmbedder):
    """Fails, or does something else, at its nth batch."""

    def __init__(self, at: int, dimension: int = 32) -> None:
        super().__init__(dimension)
        self.at = at
        self.texts = 0

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.at -= 1
        if self.at == 0:
            self.happen()
        self.texts += len(texts)
        return super().embed(texts)

    def happen(self) -> None:
        raise ModelError("the endpoint is down")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (None, HashingEmbedder()),
        (HashingEmbedder(), None),
        (HashingEmbedder(64), HashingEmbedder(32)),
        (HashingEmbedder(model="one"), HashingEmbedder(model="two")),
        (HashingEmbedder(), HashingEmbedder()),
    ],
    ids=["lexical to model", "model to lexical", "other length", "other model", "same anew"],
)
def test_an_archive_is_put_into_the_space_of_the_configured_embedder_and_stays_itself(  # T30
    index: PassageIndex, first: Embedder | None, second: Embedder | None
) -> None:
    before = filled(index, first)
    records, ids = list(before.dump()), [passage.id for passage in before.list(page_size=100).items]
    Archive("bob", index, first).insert("Bob stays.")
    after = Archive("anna", index, second, passage_chars=60)
    told: list[tuple[int, int | None]] = []

    assert after.reembed(progress=lambda done, total: told.append((done, total))) == 30

    assert list(after.dump()) == records
    assert [passage.id for passage in after.list(page_size=100).items] == ids
    assert told[-1] == (30, 30)
    assert after.search("city 7").items[0].passage.text == "Chapter 7. Anna moved to city 7."
    assert after.insert(STORY, source="story.txt")[0].id in ids
    assert after.count() == 30
    assert Archive("bob", index, first).search("stays").total == 1
    if first != second and (first and first.model) != (second and second.model):
        with pytest.raises(EmbedderMismatchError, match=r"archive\.reembed\(\)"):
            before.search("tea")


def test_an_empty_archive_has_nothing_to_embed(index: PassageIndex) -> None:
    assert Archive("anna", index, HashingEmbedder()).reembed() == 0


def test_what_happens_meanwhile_happens_to_the_new_archive_too(index: PassageIndex) -> None:
    old = filled(index, HashingEmbedder(16), BATCH + 20)
    (gone,) = old.list(page_size=1).items

    class Meanwhile(Interrupted):
        def happen(self) -> None:
            old.delete(gone.id)
            old.insert("fact 3 about tea", tags=["new tag"])
            old.insert("something new")

    new = Archive("anna", index, Meanwhile(2), passage_chars=60)
    new.reembed()

    assert new.count() == BATCH + 20
    assert new.get(gone.id) is None
    assert new.search("something new").items[0].passage.text == "something new"
    assert new.count(tags=["new tag"]) == 1


def test_a_failure_leaves_the_old_archive_whole_and_the_next_try_goes_on(index: PassageIndex) -> None:
    old = filled(index, HashingEmbedder(16), 3 * BATCH)
    records = list(old.dump())
    failing = Interrupted(3)

    with pytest.raises(ModelError, match="down"):
        Archive("anna", index, failing).reembed()
    assert list(old.dump()) == records
    assert old.search("tea").total

    assert Archive("anna", index, failing).reembed() == BATCH
    assert failing.texts == 3 * BATCH
    assert list(Archive("anna", index, failing).dump()) == records


def test_nothing_deleted_comes_back_from_an_attempt_that_was_given_up(index: PassageIndex) -> None:
    old = filled(index, HashingEmbedder(16), 3 * BATCH)
    with pytest.raises(ModelError):
        Archive("anna", index, Interrupted(3)).reembed()
    old.delete_where(text="fact 1 ")
    old.clear()

    new = Archive("anna", index, HashingEmbedder(32))
    assert new.count() == new.reembed() == 0
    new.insert("only this")
    assert [each["text"] for each in new.dump()] == ["only this"]


@pytest.mark.parametrize("step", ["whole", "old gone", "half named"])
def test_the_last_step_between_two_collections_is_finished_by_whoever_comes_next(step: str) -> None:
    index = ClientIndex.in_memory()
    old, embedder = filled(index, HashingEmbedder(16)), HashingEmbedder(32)
    records = list(old.dump())
    store = ArchiveStore("anna", index, embedder)
    rebuild = index.rebuild("anna", store.own)
    for lacking in rebuild.lacking(BATCH):
        rebuild.add(store.entries(Scope("anna", store.own), list(map(piece_of, lacking))))
    with index._connection.use() as client:
        name = collection_of(store.own)
        rename(client, name, "anna" + BUILDING, "anna" + NEXT)
    assert list(old.dump()) == records
    assert old.search("tea").total
    if step != "whole":
        with index._connection.use() as client:
            client.delete_collection(collection_of(ArchiveStore("anna", index, HashingEmbedder(16)).own))
            index._connection.known.forget()
            if step == "half named":
                some = client.scroll(name, limit=10)[0]
                client.set_payload(name, {"archive": "anna"}, [record.id for record in some])

    new = Archive("anna", index, embedder)
    if step == "whole":
        new.reembed()

    assert list(new.dump()) == records
    assert new.search("tea").total


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("rounds", [12 if TORTURE else 2])
def test_a_reembedding_that_is_killed_leaves_the_old_or_the_new_archive(tmp_path: Path, rounds: int) -> None:
    passages = 700
    old = filled(EdgeIndex(tmp_path), HashingEmbedder(16), passages)
    records = list(old.dump())
    old.close()
    script = (
        f"import pathlib, sys\n"
        f"from memgpt_autogen.memory.archival.archive import Archive\n"
        f"from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex\n"
        f"from memgpt_autogen.testing.embedder import HashingEmbedder\n"
        f"dimension = int(sys.argv[1])\n"
        f"archive = Archive('anna', EdgeIndex(pathlib.Path({str(tmp_path)!r})), HashingEmbedder(dimension))\n"
        f"print('begun', flush=True)\n"
        f"archive.reembed()\n"
        f"print('done', flush=True)\n"
    )
    home = str(ROOT)
    killed = 0
    for number in range(rounds):
        other = subprocess.Popen(
            [sys.executable, "-c", script, "32"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": home},
        )
        with other:
            assert other.stdout
            assert other.stdout.readline() == "begun\n"
            time.sleep(0.05 + 1.5 * number / rounds)
            other.send_signal(signal.SIGKILL)
            killed += other.wait(60) == -signal.SIGKILL

        assert list(Archive("anna", EdgeIndex(tmp_path)).dump()) == records
        Archive("anna", EdgeIndex(tmp_path)).close()

    new = Archive("anna", EdgeIndex(tmp_path), HashingEmbedder(32))
    new.reembed()
    assert list(new.dump()) == records
    assert new.search("city 7").total
    new.close()
    assert killed
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1


# --- nothing is left in the files -----------------------------------------------------------------


def in_files(folder: Path, word: str) -> list[str]:
    return [
        str(path)
        for path in folder.rglob("*")
        if path.is_file() and (word.encode() in path.read_bytes() or word in str(path))
    ]


@pytest.mark.parametrize("kind", ["edge", "local"])
@pytest.mark.parametrize("embedder", [None, HashingEmbedder()], ids=["lexical", "hybrid"])
def test_a_purged_text_is_in_no_file_and_the_others_are_as_they_were(
    tmp_path: Path, kind: str, embedder: Embedder | None
) -> None:
    index: PassageIndex = EdgeIndex(tmp_path) if kind == "edge" else ClientIndex.local(tmp_path)
    archive = filled(index, embedder)
    records = list(archive.dump())
    found = archive.search("fact 7 about tea", page_size=50)
    archive.insert("xyloquartz is the word.", tags=["zygomorphtag"], source="quincunxsource")
    archive.close()
    assert in_files(tmp_path, "xyloquartz")
    assert in_files(tmp_path, "zygomorphtag")

    archive.delete_where(text="XYLOQUARTZ", purge=True)
    archive.close()

    for word in ("xyloquartz", "zygomorphtag", "quincunxsource"):
        assert in_files(tmp_path, word) == []
    assert list(archive.dump()) == records
    again = archive.search("fact 7 about tea", page_size=50)
    # those that are equally near in meaning may come in another order
    assert (again.total, again.items[0].passage) == (found.total, found.items[0].passage)
    assert archive.check().sound
    archive.close()


def test_a_purge_takes_what_an_attempt_left_with_it(tmp_path: Path) -> None:
    archive = filled(EdgeIndex(tmp_path), None, 3 * BATCH)
    archive.insert("xyloquartz", created_at=NOON)
    with pytest.raises(ModelError):
        Archive("anna", EdgeIndex(tmp_path), Interrupted(4)).reembed()
    archive.close()

    archive.delete_where(text="xyloquartz", purge=True)
    archive.close()

    assert in_files(tmp_path, "xyloquartz") == []


def test_a_compacted_archive_finds_the_same(tmp_path: Path) -> None:
    archive = filled(EdgeIndex(tmp_path), HashingEmbedder(), 400)
    found, records = archive.search("fact 7 about tea", page_size=500), list(archive.dump())

    archive.compact()

    again = archive.search("fact 7 about tea", page_size=500)
    # those that are equally near in meaning may come in another order
    assert (again.total, again.items[0].passage) == (found.total, found.items[0].passage)
    assert list(archive.dump()) == records
    archive.close()


def test_a_swap_that_is_broken_off_anywhere_is_mended(tmp_path: Path) -> None:
    archive = filled(EdgeIndex(tmp_path), None)
    records = list(archive.dump())
    archive.close()
    folder = EdgeIndex(tmp_path).folder("anna")

    folder.rename(tmp_path / f".{folder.name}.last")
    assert list(archive.dump()) == records
    archive.close()
    folder.rename(tmp_path / f".{folder.name}.whole")
    assert list(archive.dump()) == records
    for left in ("last", "whole", "new-1234abcd", "gone-1234abcd"):
        archive.close()
        (tmp_path / f".{folder.name}.{left}").mkdir()
        (tmp_path / f".{folder.name}.{left}" / "part").touch()
        assert archive.count() == len(records)

    archive.close()
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [folder]


@pytest.mark.parametrize("embedder", [None, HashingEmbedder()])
def test_passages_of_an_older_version_get_the_words_of_this_one_and_keep_their_vectors(
    index: PassageIndex, embedder: Embedder | None
) -> None:
    archive = filled(index, embedder)
    text = "किताब lies in Łódź, by O’Brien"
    (passage,) = archive.insert(text)
    store = ArchiveStore("anna", index, embedder)
    scope = store.bound().scope
    old = [Point(each.id, each.payload, {1: 1.0}) for each in store.walk(store.bound())]
    index.reword(scope, old)  # as if the words were made by other rules
    before = archive.count()

    again = Archive("anna", index, embedder, passage_chars=60)

    assert again.search("lodz").items[0].passage == passage
    assert again.search("किताब").items[0].passage == passage
    assert (again.count(), again.pending()) == (before, 0)
    assert again.check().sound
    assert store.renew_words() == 0


def test_words_are_not_replaced_in_a_passage_that_was_changed_meanwhile(index: PassageIndex) -> None:
    archive = filled(index, None)
    (passage,) = archive.insert("The heron is here")
    store = ArchiveStore("anna", index)
    (stored,) = index.read(store.bound(), [passage.id])

    index.reword(store.bound().scope, [Point(stored.id, {**stored.payload, "text": "otter"}, {1: 1.0})])

    assert archive.search("heron").total == 1
