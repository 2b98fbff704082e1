"""Segments that are sealed: what is in them is found, changed and kept as before, and only not held in
memory."""

from __future__ import annotations

import json
import random
import shutil
import time
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import qdrant_edge
from early_sealing import seal_early
from fuzzing import TORTURE, examples
from hypothesis import given
from hypothesis import strategies as st
from workers import Worker

from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.passages import Draft
from memgpt_autogen.memory.qdrant.edge import shard as shards
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
from memgpt_autogen.memory.qdrant.edge.shard import (
    HALF_SEALED,
    SEALED_ROOM,
    SEALS,
    count_points,
    make_shard,
    to_point,
)
from memgpt_autogen.memory.qdrant.protocol import Point, Space
from memgpt_autogen.testing.embedder import HashingEmbedder

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)

WORDS = "tea cat harbour lamp river ticket violin bread window garden engine letter".split()

PASSAGES = 300


def drafts(count: int = PASSAGES, first: int = 0) -> list[Draft]:
    dice = random.Random(first)
    return [
        Draft(
            f"number {number}: {' '.join(dice.choices(WORDS, k=12))}",
            [f"tag{number % 4}"],
            f"source{number % 7}",
            NOON + timedelta(hours=number),
        )
        for number in range(first, first + count)
    ]


def fill(archive: Archive, batch: int = 20) -> list[str]:
    made = drafts()
    return [
        passage.id
        for start in range(0, len(made), batch)
        for passage in archive.insert_many(made[start : start + batch])
    ]


def folder_of(archive: Archive) -> Path:
    assert isinstance(archive._index, EdgeIndex)
    return archive._index.folder(archive.archive_id)


def segments(archive: Archive) -> int:
    assert isinstance(archive._index, EdgeIndex)
    with archive._index._folders.held(archive.archive_id) as opened:
        assert opened.content
        return int(opened.content.engine.info().segments_count)


def answers(archive: Archive) -> list[Any]:
    """What an archive tells in every way it can be asked.

    Of equals at the end of what it looks at the engine chooses, so of searches only the best are compared.
    """
    searches: Iterable[dict[str, Any]] = (
        {"query": "tea harbour"},
        {"query": "violin bread engine", "tags": ["tag1", "tag2"]},
        {"query": "letter", "sources": ["source3"]},
        {"query": "garden lamp", "start": NOON + timedelta(hours=50), "end": NOON + timedelta(hours=120)},
        {"query": "117 lamp"},
    )
    pages = [archive.search(**each, page_size=10) for each in searches]
    return [
        *[[(hit.passage.text, round(hit.score, 6)) for hit in page.items] for page in pages],
        *[page.total for page in pages if archive.embedding_model is None],
        archive.count(),
        [passage.text for passage in archive.list(page_size=100).items],
        sorted(each["text"] for each in archive.dump()),
    ]


@pytest.mark.parametrize("embedder", [None, HashingEmbedder()], ids=["lexical", "hybrid"])
def test_sealed_passages_give_the_same_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embedder: Embedder | None
) -> None:
    growing = Archive("anna", EdgeIndex(tmp_path / "growing"), embedder)
    fill(growing)
    seal_early(monkeypatch)
    sealed = Archive("anna", EdgeIndex(tmp_path / "sealed"), embedder)
    sealed.restore(growing.dump())  # so they have the same ids

    assert (segments(growing), segments(sealed) > 1) == (1, True)
    assert answers(sealed) == answers(growing)
    sealed.close()
    assert answers(sealed) == answers(growing)
    assert sealed.check().sound
    growing.close()


def test_what_is_added_is_sealed_as_it_comes_by_the_size_of_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "SEALED_KB", 1000)
    monkeypatch.setattr(shards, "LOGGED", 10)
    shard = make_shard(tmp_path / "shard", Space(None, 0))
    payload = {"archive": "anna", "model": None, "dimension": 0}
    dice = random.Random(2)
    counts = []
    for _ in range(8):
        words = [dict.fromkeys(dice.sample(range(10**6), 250), 1.0) for _ in range(100)]  # 200 kilobytes
        points = [Point(str(uuid.UUID(int=dice.getrandbits(128))), payload, each) for each in words]
        shard.add([to_point(point) for point in points])
        counts.append(shard.engine.info().segments_count)

    assert counts[:2] == [1, 1]
    assert counts[-1] >= 2
    assert shard.count == count_points(shard.engine) == 800
    shard.close()


def test_of_texts_that_fit_equally_well_the_newer_comes_first_whatever_segment_it_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal_early(monkeypatch)
    archive = Archive("anna", EdgeIndex(tmp_path))
    fill(archive)
    dice = random.Random(8)
    words = ["lantern", "meadow", *WORDS]
    for number in dice.sample(range(40), 40):
        dice.shuffle(words)
        archive.insert(" ".join(words), created_at=NOON + timedelta(days=100 + number))
    assert segments(archive) > 5

    found = archive.search(f"meadow lantern {' '.join(WORDS[:6])}", page_size=40).items

    times = [hit.passage.created_at for hit in found]
    assert times == sorted(times, reverse=True)
    assert min(times) == NOON + timedelta(days=100)
    archive.close()


@pytest.mark.slow
@examples(6, most=60)
@given(
    plan=st.lists(
        st.tuples(st.sampled_from(["insert", "delete", "tag", "reopen", "purge"]), st.integers(0, 10**6)),
        max_size=25,
    )
)
def test_whatever_is_done_to_a_sealed_archive_it_holds_what_was_put_in_and_not_taken_out(
    tmp_path_factory: pytest.TempPathFactory, plan: Sequence[tuple[str, int]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        seal_early(patch)
        archive = Archive("anna", EdgeIndex(tmp_path_factory.mktemp("home")), HashingEmbedder())
        there = {passage.id: passage.text for passage in archive.insert_many(drafts(40))}
        tagged: set[str] = set()
        for step, (what, number) in enumerate(plan):
            if what == "insert":
                texts = [f"step {step}, part {part} of {WORDS[part % 12]}" for part in range(number % 30)]
                there |= {each.id: each.text for each in archive.insert_many([Draft(text) for text in texts])}
            elif what == "reopen":
                archive.close()
            elif what == "purge":
                archive.purge()
            elif there:
                chosen = sorted(there)[number % len(there)]
                if what == "delete":
                    archive.delete(chosen)
                    del there[chosen]
                else:
                    (record,) = [each for each in archive.dump() if each["text"] == there[chosen]]
                    archive.restore([{**record, "tags": ["late"]}])
                    tagged.add(there[chosen])

        assert sorted(each["text"] for each in archive.dump()) == sorted(there.values())
        late = {passage.text for passage in archive.list(tags=["late"], page_size=100).items}
        assert late == tagged & set(there.values())
        assert archive.count() == len(there)
        assert archive.check().sound
        archive.close()


KILLED = """
import pathlib, sys
import pytest
from early_sealing import seal_early
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
from memgpt_autogen.memory.passages import Draft

seal_early(pytest.MonkeyPatch())
archive = Archive("anna", EdgeIndex(pathlib.Path(sys.argv[1])))
print(archive.count(), flush=True)
for batch in range(10_000):
    words = " ".join(f"word{batch}x{number}" for number in range(20))
    archive.insert_many([Draft(f"{sys.argv[2]}.{batch}.{part} {words}") for part in range(9)])
    print(batch, flush=True)
"""


@pytest.mark.slow
@pytest.mark.timeout(1200 if TORTURE else 300)
def test_a_process_killed_while_it_seals_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    half_sealed = EdgeIndex(tmp_path).folder("anna") / HALF_SEALED
    dice = random.Random(11)
    acknowledged: set[str] = set()
    for life in range(60 if TORTURE else 5):
        worker = Worker(KILLED, tmp_path, life)
        assert int(worker.line()) >= len(acknowledged)
        batches = [worker.line() for _ in range(dice.randint(2, 5))]
        while life % 2 and not (half_sealed.exists() and any(half_sealed.iterdir())):
            time.sleep(0.001)  # every second process is killed at a moment when a segment is half sealed
        worker.kill()
        batches += worker.rest()
        worker.close()
        acknowledged |= {f"{life}.{batch}.{part}" for batch in batches for part in range(9)}

    archive = Archive("anna", EdgeIndex(tmp_path))
    assert len(acknowledged) >= 5 * 2 * 9
    names = [each["text"].split()[0] for each in archive.dump()]
    assert acknowledged <= set(names)
    assert len(names) == len(set(names))
    assert archive.check().sound
    assert segments(archive) > 5
    archive.close()


def test_what_a_killed_process_had_half_sealed_goes_when_the_archive_is_opened(tmp_path: Path) -> None:
    archive = Archive("anna", EdgeIndex(tmp_path))
    archive.insert("tea")
    archive.close()
    left = folder_of(archive) / HALF_SEALED / "segment_builder_x"
    left.mkdir(parents=True)
    (left / "page_0.dat").write_bytes(b"tea" * 1000)

    assert archive.count() == 1

    assert not left.exists()
    archive.close()


def test_sealing_waits_while_the_disk_has_little_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal_early(monkeypatch)
    archive = Archive("anna", EdgeIndex(tmp_path))
    full = shutil.disk_usage(tmp_path)._replace(free=SEALED_ROOM - 1)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: full)
        fill(archive)
        assert segments(archive) == 1

    archive.insert_many(drafts(10, PASSAGES))

    assert segments(archive) == 2
    assert archive.count() == PASSAGES + 10
    archive.close()


def test_an_engine_that_cannot_seal_keeps_the_passages_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seal_early(monkeypatch)
    archive = Archive("anna", EdgeIndex(tmp_path))
    archive.insert("the first")
    with archive._index._folders.held("anna") as opened:  # type: ignore[attr-defined]  # it is an EdgeIndex
        monkeypatch.setattr(opened.content, "engine", Unsealable(opened.content.engine))

    fill(archive)

    assert archive.count() == PASSAGES + 1
    (said,) = [
        each.getMessage() for each in caplog.records if "keeps its passages in memory" in each.getMessage()
    ]
    assert str(folder_of(archive)) in said
    assert "no space left" in said
    monkeypatch.undo()
    archive.close()


class Unsealable:
    """An engine whose optimiser fails."""

    def __init__(self, engine: qdrant_edge.EdgeShard) -> None:
        self._engine = engine

    def optimize(self) -> bool:
        raise Exception("no space left")  # noqa: TRY002 - as Edge does

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def test_a_folder_of_an_older_version_goes_on_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive("anna", EdgeIndex(tmp_path))
    archive.insert("the first")
    archive.close()
    (folder_of(archive) / SEALS).unlink()
    config = folder_of(archive) / "edge_config.json"
    told = json.loads(config.read_text())
    config.write_text(
        json.dumps({key: told[key] for key in told if key not in ("optimizers", "id_tracker_memory")})
    )
    seal_early(monkeypatch)

    fill(archive)

    assert segments(archive) == 1
    assert archive.count() == PASSAGES + 1
    archive.purge()
    assert segments(archive) > 1
    assert archive.count() == PASSAGES + 1
    archive.close()


@pytest.mark.slow
@pytest.mark.parametrize("embedder", [None, HashingEmbedder()], ids=["lexical", "hybrid"])
def test_compacting_seals_and_with_vectors_leaves_what_comes_later_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embedder: Embedder | None
) -> None:
    seal_early(monkeypatch)
    archive = Archive("anna", EdgeIndex(tmp_path), embedder)
    fill(archive)
    before = answers(archive)

    archive.compact()

    sealed = segments(archive)
    assert answers(archive) == before
    archive.insert_many(drafts(200, PASSAGES))
    assert (segments(archive) > sealed) == (embedder is None)
    assert archive.count() == PASSAGES + 200
    archive.close()
