"""Damaged folders, full disks, servers and embedders that fail: the error, and the work after the repair."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
import qdrant_edge as edge
from early_sealing import seal_early
from fuzzing import TORTURE

from memgpt_autogen.errors import ConfigurationError, ModelError, StorageError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.passages import Draft, Report
from memgpt_autogen.memory.qdrant.edge import shard
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
from memgpt_autogen.memory.qdrant.edge.shard import WITNESS
from memgpt_autogen.memory.qdrant.open import open_index
from memgpt_autogen.memory.qdrant.protocol import Cluster
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HTTPFailure
from memgpt_autogen.testing.embedder import HashingEmbedder
from memgpt_autogen.testing.qdrant import QdrantStandIn
from memgpt_autogen.tools.memory.archival import archival_memory_tools
from memgpt_autogen.tools.toolbox import Toolbox

PASSAGES = 24


@pytest.fixture(params=["growing", "sealed"])
def archive(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Archive]:
    """Its passages are in the segment that is written to, or almost all in some that were sealed."""
    if request.param == "sealed":
        seal_early(monkeypatch)
    archive = Archive("anna", EdgeIndex(tmp_path / "archives"), HashingEmbedder())
    drafts = [Draft(f"fact {number} about tea", ["t"], "s") for number in range(PASSAGES)]
    archive.insert_many(drafts[:16])  # two writes, since the write-ahead log still has the last one
    archive.insert_many(drafts[16:])
    archive.close()
    yield archive
    archive.close()


def folder_of(archive: Archive) -> Path:
    assert isinstance(archive._index, EdgeIndex)
    return archive._index.folder(archive.archive_id)


def one(archive: Archive, pattern: str) -> Path:
    return min(folder_of(archive).glob(pattern))


def flip(path: Path, dice: random.Random) -> None:
    content = bytearray(path.read_bytes())
    used = [place for place, byte in enumerate(content[: 1 << 20]) if byte] or [0]
    for place in dice.sample(used, min(40, len(used))) if content else ():
        content[place] ^= 0xFF
    path.write_bytes(content)


def garbage(path: Path, dice: random.Random) -> None:
    with path.open("r+b") as file:
        file.write(bytes(dice.getrandbits(8) for _ in range(min(path.stat().st_size, 4096))))


def copied_with_holes(source: str, target: str) -> None:
    """Edge's files are large and mostly empty, so that copies without holes take most of the time."""
    with Path(source).open("rb") as old, Path(target).open("wb") as new:
        while block := old.read(1 << 16):
            if block != bytes(len(block)):
                new.write(block)
            else:
                new.seek(len(block), os.SEEK_CUR)
        new.truncate()


DAMAGES: dict[str, Callable[[Path, random.Random], object]] = {
    "flipped": flip,
    "garbage": garbage,
    "half": lambda path, dice: os.truncate(path, path.stat().st_size // 2),
    "empty": lambda path, dice: os.truncate(path, 0),
    "gone": lambda path, dice: path.unlink(),
}


# --- files ----------------------------------------------------------------------------------------


def test_a_sound_archive_is_found_sound(archive: Archive) -> None:
    report = archive.check()

    assert (report.sound, report.readable, report.expected) == (True, PASSAGES, PASSAGES)
    assert Archive("nobody", archive._index).check().sound


@pytest.mark.slow
@pytest.mark.timeout(3000 if TORTURE else 300)
@pytest.mark.parametrize("rounds", [400 if TORTURE else 6])
def test_any_damage_to_any_file_is_an_error_or_seen_by_the_check_and_repaired_as_told(
    archive: Archive, tmp_path: Path, rounds: int
) -> None:
    records = list(archive.dump())
    archive.close()
    copied = partial(shutil.copytree, copy_function=copied_with_holes)
    copied(tmp_path / "archives", tmp_path / "sound", ignore=shutil.ignore_patterns("*.lock"))
    files = [path.relative_to(folder_of(archive)) for path in folder_of(archive).rglob("*") if path.is_file()]
    dice = random.Random(5)
    for _ in range(rounds):
        file, damage = dice.choice(files), dice.choice(list(DAMAGES))
        DAMAGES[damage](folder_of(archive) / file, dice)
        said = f"{damage} {file}"

        errors = []
        for use in (archive.count, lambda: list(archive.dump()), lambda: archive.search("tea 7")):
            try:
                use()
            except StorageError as error:  # noqa: PERF203 - each use is tried
                errors.append(str(error))
        for error in errors:
            assert str(folder_of(archive)) in error, said
            assert "repair()" in error, said
        report = archive.check()
        if errors:
            assert not report.sound, said
        if report.sound:
            assert list(archive.dump()) == records, said

        repaired = archive.repair(records)
        assert repaired.kept + repaired.refilled == PASSAGES, said
        assert repaired.kept >= report.readable, said
        assert repaired.damaged is not None, said
        assert repaired.damaged.exists(), said
        assert archive.check().sound, said
        assert list(archive.dump()) == records, said
        assert archive.search("tea 7", page_size=500).total == PASSAGES, said

        archive.close()
        shutil.rmtree(tmp_path / "archives")
        copied(tmp_path / "sound", tmp_path / "archives")


def test_a_folder_whose_opening_failed_is_free_while_the_error_is_looked_at(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up(_engine: object) -> int:
        raise RuntimeError("the file is damaged")

    archive.close()
    monkeypatch.setattr(shard, "count_points", give_up)
    with pytest.raises(StorageError, match="is damaged") as failed:
        archive.count()
    monkeypatch.undo()

    assert archive.count() == PASSAGES
    assert "repair()" in str(failed.value)


def test_passages_that_are_missing_without_a_word_are_missed(archive: Archive) -> None:
    for file in folder_of(archive).glob("segments/*/*id_tracker.*"):
        file.unlink()

    with pytest.raises(StorageError, match=f"of {PASSAGES} passages can be found") as refused:
        archive.count()

    assert str(folder_of(archive)) in str(refused.value)
    assert not archive.check().sound


def test_an_index_that_is_damaged_costs_no_passage(archive: Archive) -> None:
    shutil.rmtree(one(archive, "segments/*/payload_index"))
    before = archive.check()

    repaired = archive.repair()

    assert before.readable == PASSAGES
    assert (repaired.kept, repaired.lost, repaired.refilled) == (PASSAGES, 0, 0)
    assert archive.check().sound


@pytest.mark.parametrize("archive", ["sealed"], indirect=True)
def test_passages_that_only_filtered_lists_miss_are_seen_by_the_check(archive: Archive) -> None:
    file = one(archive, "segments/*/payload_index/*-created_-numeric/point_to_values.bin")
    os.truncate(file, file.stat().st_size // 2)

    assert "filtered by id and in the order of time" in archive.check().trouble[0]
    assert archive.repair().kept == PASSAGES
    assert archive.check().sound


@pytest.mark.parametrize("damage", ["garbage", "empty", "gone"])
def test_damaged_vectors_are_seen_by_the_check_and_made_anew(archive: Archive, damage: str) -> None:
    sound = [hit.passage.text for hit in archive.search("fact 7 about tea").items]
    archive.close()
    vectors = folder_of(archive).glob("segments/*/vector_storage-meaning/**/*")
    for file in [each for each in vectors if each.name in ("chunk_0.mmap", "matrix.dat")]:
        DAMAGES[damage](file, random.Random(5))
    before = archive.check()

    repaired = archive.repair()

    assert before.readable == before.expected == PASSAGES
    if before.sound:  # the engine takes a sealed segment whose vectors are gone as one that has none yet
        assert before.pending == PASSAGES
    else:
        (told,) = before.trouble
        assert re.fullmatch(r"(16|24) damaged vectors, which repair\(\) replaces if the archive's .*", told)
    assert (repaired.kept, repaired.lost, repaired.refilled) == (PASSAGES, 0, 0)
    assert archive.settle(10) == 0
    assert archive.check() == Report(PASSAGES, PASSAGES)
    assert [hit.passage.text for hit in archive.search("fact 7 about tea").items] == sound


def test_a_vector_of_zeros_is_no_damage(tmp_path: Path) -> None:
    embedder = Moody()
    embedder.answer = lambda texts: [[0.0] * 64 for _ in texts]
    archive = Archive("anna", EdgeIndex(tmp_path), embedder)
    archive.insert("tea")

    assert archive.check().sound
    archive.close()


@pytest.mark.parametrize("damage", ["empty folder", "a file in its place"])
def test_a_folder_without_anything_is_an_error_until_it_is_repaired(archive: Archive, damage: str) -> None:
    records = list(archive.dump())
    archive.close()
    shutil.rmtree(folder_of(archive))
    folder_of(archive).mkdir() if damage == "empty folder" else folder_of(archive).touch()

    with pytest.raises(StorageError, match="repair"):
        archive.count()
    with pytest.raises(StorageError, match="repair"):
        archive.insert("more")
    assert not archive.check().sound
    repaired = archive.repair(records[:20])

    assert (repaired.kept, repaired.refilled) == (0, 20)
    assert archive.count() == 20


def test_when_a_damaged_folder_is_put_right_the_same_archive_works_again(
    archive: Archive, tmp_path: Path
) -> None:
    file = folder_of(archive) / "edge_config.json"
    sound = file.read_bytes()
    file.write_bytes(b"{")
    box = Toolbox(archival_memory_tools(archive, Settings.load().zone, budget_tokens=1000), result_chars=1000)

    for name, arguments in (
        ("archival_memory_search", {"query": "tea"}),
        ("archival_memory_insert", {"content": "more"}),
    ):
        result = box.run(box.read(ToolCall("1", name, json.dumps(arguments))))
        assert not result.ok
    file.write_bytes(sound)

    assert archive.search("tea 7").total == PASSAGES
    archive.insert("more")
    assert archive.count() == PASSAGES + 1


def test_a_place_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StorageError, match=str(tmp_path)):
        Archive("anna", EdgeIndex(tmp_path / "file")).insert("tea")


def test_too_little_room_on_the_disk_is_told_before_anything_is_written(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(folder_of(archive))._replace(free=9_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)

    with pytest.raises(StorageError, match="only 9 MB are free on the disk, and 32 are needed"):
        archive.insert("more")
    assert archive.count() == PASSAGES
    archive.delete_where(text="fact 7 about")
    monkeypatch.undo()

    assert archive.insert("more")
    assert archive.count() == PASSAGES


@pytest.mark.parametrize("free", [0, 3_000_000])
def test_a_full_disk_is_told_before_the_engine_opens_an_archive(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    """The engine would end the process: what its log has of a killed process is written to mapped memory."""
    archive.close()
    full = shutil.disk_usage(folder_of(archive))._replace(free=free)
    opened: list[str] = []
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    monkeypatch.setattr(edge.EdgeShard, "load", lambda *given: opened.append(str(given)))
    monkeypatch.setattr(edge.EdgeShard, "create", lambda *given: opened.append(str(given)))

    for use in (
        archive.count,
        archive.check,
        archive.repair,
        lambda: archive.search("fact"),
        lambda: archive.delete_where(text="fact 7 about"),
        lambda: Archive("another", EdgeIndex(folder_of(archive).parent)).insert("tea"),
    ):
        with pytest.raises(StorageError, match=f"only {free // 1_000_000} MB are free on the disk, and"):
            use()
    assert opened == []
    monkeypatch.undo()
    assert archive.count() == PASSAGES


def test_a_disk_that_fills_while_an_archive_is_open_loses_nothing(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.insert("one more")
    full = shutil.disk_usage(folder_of(archive))._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)

    assert archive.search("more").items[0].passage.text == "one more"
    with pytest.raises(StorageError, match="only 0 MB are free on the disk, and 4 are needed"):
        archive.delete_where(text="fact 7 about")
    archive.close()
    monkeypatch.undo()

    assert archive.count() == PASSAGES + 1


def test_a_count_that_was_not_finished_is_taken_anew(archive: Archive) -> None:
    (folder_of(archive) / WITNESS).write_text("")

    assert archive.count() == PASSAGES
    assert (folder_of(archive) / WITNESS).read_text() == str(PASSAGES)


def test_what_was_acknowledged_is_in_the_files_while_the_archive_is_still_open(
    archive: Archive, tmp_path: Path
) -> None:
    for number in range(5):
        archive.insert(f"one more fact {number}")
    shutil.copytree(
        tmp_path / "archives", tmp_path / "copy", ignore=shutil.ignore_patterns("*.lock", "*.holder")
    )

    copy = Archive("anna", EdgeIndex(tmp_path / "copy"), HashingEmbedder())

    assert copy.count() == PASSAGES + 5
    assert (folder_of(copy) / WITNESS).read_text() == str(PASSAGES + 5)
    assert copy.search("one more fact 3").items[0].passage.text == "one more fact 3"
    copy.close()


def test_a_folder_of_another_archive_is_refused_and_stays(archive: Archive) -> None:
    other = Archive("bob", archive._index, HashingEmbedder())
    shutil.copytree(folder_of(archive), folder_of(other))

    for use in (other.count, lambda: other.insert("mine"), lambda: other.search("tea")):
        with pytest.raises(StorageError, match="contains the passages of archive 'anna'"):
            use()

    assert (folder_of(other) / WITNESS).read_text() == str(PASSAGES)


# --- embedders ------------------------------------------------------------------------------------


class Moody(HashingEmbedder):
    """Answers as it is told to."""

    answer: Callable[[Sequence[str]], list[list[float]]] | None = None

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return self.answer(texts) if self.answer else super().embed(texts)


def refuse(texts: Sequence[str]) -> list[list[float]]:
    raise ModelError("the embedding endpoint http://localhost:1 is down")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (refuse, "is down"),
        (lambda texts: [[float("nan")] * 64 for _ in texts], "NaN"),
        (lambda texts: [[1.0]] * len(texts), "a vector of 1 numbers"),
        (lambda texts: [], "returned 0 vectors for 1 texts"),
        (lambda texts: [[1.0] * 64] * 5, "returned 5 vectors for 1 texts"),
    ],
    ids=["down", "NaN", "dimension", "too few", "too many"],
)
def test_an_embedder_that_fails_stores_nothing_and_is_asked_again_next_time(
    tmp_path: Path, answer: Callable[[Sequence[str]], list[list[float]]], told: str
) -> None:
    embedder = Moody()
    archive = Archive("anna", EdgeIndex(tmp_path), embedder)
    archive.insert("tea")
    embedder.answer = answer

    for attempt in (lambda: archive.insert("coffee"), archive.reembed):
        with pytest.raises(ModelError, match=told):
            attempt()
    assert [each["text"] for each in archive.dump()] == ["tea"]
    assert archive.search("tea").total == 1

    embedder.answer = None
    archive.insert("coffee")
    assert archive.count() == archive.reembed() == 2
    archive.close()


# --- servers --------------------------------------------------------------------------------------


def test_a_server_that_goes_and_comes_back_is_used_again_without_a_restart() -> None:
    with QdrantStandIn() as server:
        archive = Archive("anna", open_index(server.url))
        archive.insert("tea")
        assert archive.count() == 1
        with (
            server.failing(HTTPFailure(503, "busy")),
            pytest.raises(StorageError, match=rf"{server.url}.* 503 .*: busy"),
        ):
            archive.count()
        assert archive.count() == 1
        with server.refusing():
            for attempt in (archive.count, lambda: archive.insert("coffee"), lambda: archive.search("tea")):
                with pytest.raises(StorageError, match=server.url):
                    attempt()

        archive.insert("coffee")
        assert [passage.text for passage in archive.list().items] == ["tea", "coffee"]
        archive.close()


def test_a_tool_says_that_the_server_is_gone_and_works_when_it_is_back() -> None:
    with QdrantStandIn() as server:
        archive = Archive("anna", open_index(server.url))
        archive.insert("tea")
        box = Toolbox(
            archival_memory_tools(archive, Settings.load().zone, budget_tokens=1000), result_chars=1000
        )
        insert = ToolCall("1", "archival_memory_insert", json.dumps({"content": "coffee"}))

        with server.refusing():
            assert not box.run(box.read(insert)).ok
        assert box.run(box.read(insert)).ok
        assert [passage.text for passage in archive.list().items] == ["tea", "coffee"]
        archive.close()


def test_a_cluster_is_told_how_to_spread_a_collection_when_it_is_made() -> None:
    asked = {
        "shard_number": 6,
        "replication_factor": 3,
        "write_consistency_factor": 2,
        "on_disk_payload": True,
    }
    with QdrantStandIn(nodes=3) as server:
        cluster = Cluster(shards=6, replicas=3, write_consistency=2, on_disk_payload=True)
        Archive("anna", open_index(server.url, cluster=cluster)).insert("tea")

        (made,) = [call for call in server.calls if call.name == "create_collection"]
        assert made.collection == "memgpt_passages-lexical"
        assert {key: made.body[key] for key in asked} == asked
        assert any(
            call.body["field_name"] == "archive" and call.body["field_schema"]["is_tenant"]
            for call in server.calls
            if call.name == "index"
        )


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"qdrant_shards": 0}, "qdrant_shards"),
        ({"qdrant_timeout": -1}, "qdrant_timeout"),
        (
            {"qdrant_replicas": 2, "qdrant_write_consistency": 3},
            "qdrant_write_consistency=3 is more than qdrant_replicas=2",
        ),
    ],
)
def test_cluster_settings_that_cannot_work_are_refused(wrong: dict[str, int], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        Settings.load(**wrong)
