"""One suite for every Qdrant: what an archive promises, it promises on Edge, on a server and in the client's
local mode."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from places import ROOT

from memgpt_autogen.errors import EmbedderMismatchError, StorageError
from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.archival.listing import place_in_time
from memgpt_autogen.memory.archival.ranking import NEAREST
from memgpt_autogen.memory.passages import EVERYTHING, Draft, Passage, PassageFilter
from memgpt_autogen.memory.qdrant.client.index import ClientIndex
from memgpt_autogen.memory.qdrant.edge.archive_folder import MOST_OPEN, open_archives
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
from memgpt_autogen.memory.qdrant.open import open_index
from memgpt_autogen.memory.qdrant.protocol import (
    PassageIndex,
    Point,
    Question,
    Scope,
    Space,
    Where,
    number_in,
)
from memgpt_autogen.testing.embedder import HashingEmbedder
from memgpt_autogen.testing.qdrant import QdrantStandIn

ArchiveFactory = Callable[..., Archive]

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    """A real server if QDRANT_URL names one, otherwise a stand-in that is as strict."""
    if url := os.environ.get("QDRANT_URL"):
        yield url
        return
    with QdrantStandIn() as server:
        yield server.url


@pytest.fixture(params=["edge", "local", "memory", "server"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PassageIndex]:
    """Each Qdrant in turn."""
    made: PassageIndex
    if request.param == "edge":
        made = EdgeIndex(tmp_path)
    elif request.param == "local":
        made = ClientIndex.local(tmp_path)
    elif request.param == "memory":
        made = ClientIndex.in_memory()
    else:
        url = request.getfixturevalue("server_url")
        made = ClientIndex.at(url, os.environ.get("QDRANT_API_KEY"))
    yield made
    made.close()


@pytest.fixture(params=[None, HashingEmbedder()], ids=["lexical", "hybrid"])
def embedder(request: pytest.FixtureRequest) -> Embedder | None:
    return request.param  # type: ignore[no-any-return]  # pytest does not know


@pytest.fixture
def make(index: PassageIndex, embedder: Embedder | None) -> Iterator[ArchiveFactory]:
    """Archives by a name that no other test on the same server has."""
    unique = uuid.uuid4().hex
    made: list[Archive] = []

    def make_archive(name: str = "anna", embedder: Embedder | None = embedder) -> Archive:
        made.append(Archive(f"{name}-{unique}", index, embedder))
        return made[-1]

    yield make_archive
    for archive in made:
        archive.clear()


def test_a_search_finds_what_was_just_inserted(make: ArchiveFactory) -> None:  # T24
    archive = make()
    archive.insert("Anna's cat is called Schrödinger.", tags=["pets"], source="chat", created_at=NOON)
    archive.insert("The budget meeting is on Friday.")

    page = archive.search("Which cats does Anna have?")

    best = page.items[0]
    assert best.passage.text == "Anna's cat is called Schrödinger."
    assert (best.passage.tags, best.passage.source, best.passage.created_at) == (("pets",), "chat", NOON)
    assert best.why == "words: cats, anna"


def test_an_archive_that_was_never_filled_is_empty_and_not_an_error(make: ArchiveFactory) -> None:
    archive = make()

    assert archive.search("anything").total == archive.list().total == archive.count() == archive.clear() == 0
    assert archive.tags() == archive.sources() == {}
    assert archive.get(str(uuid.uuid4())) is None
    assert archive.document("nothing") is None
    assert archive.delete("not even an id") is False


def test_scores_are_those_of_the_hits_by_the_numbers_that_end_their_ids(index: PassageIndex) -> None:
    scope = Scope(f"numbers-{uuid.uuid4().hex}", Space())
    kept = {"archive": scope.archive, "created_at": NOON.isoformat(), "model": None, "dimension": 0}
    begin = str(uuid.uuid4())[:24]
    ids = [f"{begin}{number:012x}" for number in (7, 300, 2**40)]
    points = [
        Point(id_, {**kept, "text": id_, "terms": [5]}, {5: weight})
        for id_, weight in zip(ids, (1.0, 2.0, 0.5), strict=True)
    ]
    index.insert(scope, points)
    asked = [Question(Where(scope), 2, words={5: 1.0}), Question(Where(scope), 3), Question(Where(scope), 2)]

    scores = index.scores(asked)

    assert scores == [{number_in(hit.id): hit.score for hit in hits} for hits in index.ask(asked)]
    assert list(scores[0]) == [300, 7]
    assert list(scores[1]) == [7, 300, 2**40]
    assert index.scores([]) == []


def test_an_archive_that_is_stored_alone_may_have_numbers_as_ids(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path)
    scope = Scope("numbers", Space("model", 2))
    kept = {"archive": scope.archive, "created_at": NOON.isoformat(), "model": "model", "dimension": 2}
    index.insert(
        scope,
        [Point(str(number), {**kept, "text": "", "terms": [5]}, {5: 1.0}) for number in (7, 300, 2**40)],
    )
    words = Question(Where(scope), 5, words={5: 1.0})

    def found(where: Where) -> set[int]:
        return set(*index.scores([replace(words, where=where)]))

    assert found(Where(scope)) == {7, 300, 2**40}
    assert found(Where(scope, numbers=(7, 8))) == found(Where(scope, ids=("7",))) == {7}
    assert found(Where(scope, without=("7",))) == {300, 2**40}
    (stored,) = index.read(Where(scope), ["300"])
    assert (stored.id, number_in(stored.id)) == ("300", 300)
    assert list(index.times(Where(scope), ["7", "8"])) == ["7"]
    assert [point.id for point in index.page(scope, "8", 5)[0]] == ["300", str(2**40)]
    index.place(scope, [(stored, [1.0, 0.0])])
    assert index.scores([Question(Where(scope), 5, meaning=[1.0, 0.0])]) == [{300: pytest.approx(1.0)}]
    index.insert(scope, [Point("7", {**kept, "text": "", "terms": [6]}, {6: 1.0})])
    assert (index.count(Where(scope)), found(Where(scope))) == (3, {300, 2**40})
    index.delete(Where(scope, ids=("300",)))
    assert index.count(Where(scope)) == 2
    index.close()
    index.delete(Where(scope))


def test_random_queries_never_leak_from_one_archive_into_another(make: ArchiveFactory) -> None:  # T25
    assert ask_at_random(make, queries=60) > 30


def test_a_thousand_random_queries_never_leak_between_archives_in_one_collection() -> None:  # T25
    index = ClientIndex.in_memory()

    assert ask_at_random(lambda name: Archive(name, index), queries=1000) > 500


def ask_at_random(make: ArchiveFactory, queries: int) -> int:
    """How many passages were found; each was checked to be of the archive that was asked."""
    dice = random.Random(25)
    vocabulary = [f"word{number}" for number in range(30)]
    archives = {name: make(name) for name in ("anna", "bob", "anna'")}
    texts: dict[str, set[str]] = {}
    for name, archive in archives.items():
        texts[name] = {f"{' '.join(dice.choices(vocabulary, k=6))} of {name}" for _ in range(8)}
        archive.insert_many([Draft(text, tags=[dice.choice("xyz")], source="s") for text in texts[name]])
    found = 0
    for _ in range(queries):
        name, archive = dice.choice(list(archives.items()))
        query = " ".join(dice.choices([*vocabulary, "anna", "bob"], k=dice.randint(1, 4)))
        page = archive.search(
            query, tags=dice.choice([(), ("x",), ("y", "z")]), page=dice.randint(0, 1), page_size=4
        )
        assert {item.passage.text for item in page.items} <= texts[name]
        found += len(page.items)
    return found


def test_deleting_and_counting_in_one_archive_leaves_the_others_alone(make: ArchiveFactory) -> None:  # T26
    anna, bob = make("anna"), make("bob")
    (mine,) = anna.insert("We share this sentence.", tags=["a"], source="shared.txt")
    (theirs,) = bob.insert("We share this sentence.", tags=["b"], source="shared.txt")

    assert mine.id != theirs.id
    assert anna.get(theirs.id) is None
    assert anna.delete(theirs.id) is False
    assert anna.document(theirs.parent) is None
    assert anna.tags() == {"a": 1}
    assert anna.delete_source("shared.txt") == 1
    assert (anna.count(), bob.count()) == (0, 1)


def test_totals_are_exact_and_pages_disjoint_beyond_the_first_hundreds(make: ArchiveFactory) -> None:  # T27
    archive = make()
    archive.insert_many([Draft(f"tea number {number}") for number in range(330)] + [Draft("coffee")])

    pages = [archive.search("tea", page=page, page_size=50) for page in range(8)]

    texts = [item.passage.text for page in pages for item in page.items if "tea" in item.passage.text]
    assert len(texts) == len(set(texts)) == 330
    assert {page.total for page in pages} == {sum(len(page.items) for page in pages)}
    assert pages[7].items == ()
    assert [item.score for page in pages for item in page.items] == sorted(
        (item.score for page in pages for item in page.items), reverse=True
    )


def test_a_total_is_of_the_time_when_it_is_first_asked_for(make: ArchiveFactory) -> None:
    archive = make(embedder=None)
    archive.insert_many([Draft(f"tea number {number}") for number in range(250)])
    page = archive.search("tea", tags=[], page_size=5)
    archive.insert("late tea")

    before = page.total
    archive.insert("later tea")

    assert (before, page.total) == (251, 251)
    assert archive.search("tea").total == 252


def test_a_lexical_total_counts_the_passages_that_share_a_word(
    index: PassageIndex, make: ArchiveFactory
) -> None:  # T27
    archive = make(embedder=None)
    archive.insert_many([Draft(f"{'tea' if number % 2 else 'coffee'} {number}") for number in range(250)])

    assert archive.search("tea or water").total == 125
    assert archive.search("tea coffee", page=24).total == 250
    assert len(archive.search("tea coffee", page=24).items) == 10
    assert archive.search("milk").total == 0


def test_a_hybrid_total_counts_the_nearest_too(index: PassageIndex, make: ArchiveFactory) -> None:  # T27
    archive = make(embedder=HashingEmbedder())
    archive.insert_many([Draft(f"{'tea' if number % 2 else 'coffee'} {number}") for number in range(250)])

    assert 125 <= archive.search("tea").total <= 125 + NEAREST
    assert archive.search("milk").total == NEAREST


def test_a_listing_is_oldest_first_with_stable_pages_among_equals(make: ArchiveFactory) -> None:
    archive = make()
    archive.insert_many(
        [Draft(f"fact {number}", created_at=NOON + timedelta(days=number // 100)) for number in range(120)]
    )

    pages = [archive.list(page=page, page_size=11) for page in range(12)]

    items = [item for page in pages for item in page.items]
    assert len({item.id for item in items}) == len(items) == 120
    assert [item.created_at for item in items] == sorted(item.created_at for item in items)
    assert {page.total for page in pages} == {120}
    assert pages[0].pages == 11
    assert pages[11].items == ()


@pytest.mark.parametrize("days", [0, 20, 100])
def test_the_oldest_and_the_newest_are_read_part_by_part(make: ArchiveFactory, days: int) -> None:
    archive = make()
    archive.insert_many(
        [Draft(f"fact {number}", created_at=NOON + timedelta(number >= days)) for number in range(120)]
    )

    def parts(read: Callable[..., Sequence[Passage]]) -> list[str]:
        found: list[str] = []
        place = None
        while part := read(place, EVERYTHING, 11):
            found += [item.id for item in part]
            place = place_in_time(part[-1])
        return found

    every = [item.id for item in archive.list(page_size=120).items]
    assert parts(archive.after) == every
    assert parts(archive.before) == every[::-1]
    assert [item.id for item in archive.before(None, PassageFilter(start=NOON), 1)] == every[-1:]


def test_tags_match_any_or_all(make: ArchiveFactory) -> None:  # T29
    archive = make()
    archive.insert("tea with milk", tags=["drink", "milk"])
    archive.insert("tea without", tags=["drink"])
    archive.insert("tea ceremony", tags=["culture"])

    def texts(*tags: str, mode: str) -> set[str]:
        page = archive.search("tea", tags=tags, tag_match_mode=mode)  # type: ignore[arg-type]
        return {item.passage.text for item in page.items}

    assert texts("drink", "culture", mode="any") == {"tea with milk", "tea without", "tea ceremony"}
    assert texts("drink", "milk", mode="all") == {"tea with milk"}
    assert texts("unknown", mode="any") == texts("drink", "culture", mode="all") == set()
    assert archive.count(tags=["drink"]) == 2
    assert archive.tags() == {"drink": 2, "culture": 1, "milk": 1}


def test_times_are_inclusive_at_both_ends_and_in_any_zone(make: ArchiveFactory) -> None:  # T29
    archive = make()
    for hour in range(4):
        archive.insert(f"tea at {hour}", created_at=NOON + timedelta(hours=hour, microseconds=1))
    tokyo = timezone(timedelta(hours=9))
    start, end = NOON + timedelta(hours=1, microseconds=1), NOON + timedelta(hours=2, microseconds=1)

    found = archive.search("tea", start=start.astimezone(tokyo), end=end)

    assert {item.passage.text for item in found.items} == {"tea at 1", "tea at 2"}
    assert archive.count(start=end) == archive.count(end=start) == 2
    assert archive.list(start=start + timedelta(microseconds=1), end=end).total == 1


def test_sources_narrow_a_search_and_are_deleted_as_one(make: ArchiveFactory) -> None:  # T33
    archive = make()
    archive.insert_many([Draft(f"tea {number}", source=f"{number % 2}.txt") for number in range(10)])
    archive.insert("tea from nowhere")

    assert archive.search("tea", sources=["1.txt"]).total == 5
    assert archive.sources() == {"0.txt": 5, "1.txt": 5}
    assert archive.delete_source("1.txt") == 5
    assert archive.sources() == {"0.txt": 5}
    assert archive.count() == 6


def test_one_passage_or_all_can_be_deleted_and_inserted_again(make: ArchiveFactory) -> None:  # T33
    archive = make()
    (tea,) = archive.insert("tea")
    archive.insert("coffee")

    assert archive.delete(tea.id) is True
    assert archive.delete(tea.id) is False
    assert archive.clear() == 1
    assert archive.count() == 0
    assert archive.insert("tea")[0].id == tea.id
    assert archive.count() == 1


def test_a_repeated_insert_is_one_passage_with_its_first_time_and_all_tags(
    make: ArchiveFactory,
) -> None:  # T28, T32
    archive = make()
    archive.insert("Anna likes tea.", tags=["a"], created_at=NOON)

    (again,) = archive.insert("  Anna likes tea.\n", tags=["b", "a"])

    assert archive.count() == 1
    assert archive.get(again.id) == again
    assert (again.created_at, again.tags) == (NOON, ("a", "b"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (None, HashingEmbedder()),
        (HashingEmbedder(), None),
        (HashingEmbedder(64), HashingEmbedder(32)),
        (HashingEmbedder(model="one"), HashingEmbedder(model="two")),
    ],
    ids=["lexical, then a model", "a model, then lexical", "another length", "another model of that length"],
)
def test_an_archive_is_never_filled_by_two_embedders(  # T30
    index: PassageIndex, first: Embedder | None, second: Embedder | None
) -> None:
    name = uuid.uuid4().hex
    Archive(name, index, first).insert("tea", created_at=NOON)
    changed = Archive(name, index, second)

    for attempt in (lambda: changed.insert("coffee"), lambda: changed.search("tea")):
        with pytest.raises(EmbedderMismatchError) as refused:
            attempt()
        for embedder in (first, second):
            assert (f"'{embedder.model}'" if embedder else "no embedding model") in str(refused.value)
        assert "re-embed" in str(refused.value)

    kept = changed.list().items  # the way out that the error names
    assert changed.clear() == 1
    changed.insert_many([Draft(each.text, each.tags, each.source, each.created_at) for each in kept])
    assert changed.search("tea").items[0].passage == kept[0]
    changed.clear()


def test_archives_of_different_dimensions_live_side_by_side(index: PassageIndex) -> None:  # T30
    unique = uuid.uuid4().hex
    archives = [Archive(f"{size}-{unique}", index, HashingEmbedder(size)) for size in (16, 64)]
    for archive in archives:
        archive.insert(f"tea of {archive.archive_id}")

    for archive in archives:
        assert [item.passage.text for item in archive.search("tea").items] == [f"tea of {archive.archive_id}"]
        archive.clear()


def test_a_vector_may_follow_and_goes_to_nobody_else(make: ArchiveFactory) -> None:
    class Slow(HashingEmbedder):
        slow = True

    archive = make(embedder=Slow())
    archive.insert("fact 1 about tea")
    for number in range(2, 40):
        archive.insert(f"fact {number} about tea", tags=["later"], wait=False)

    assert archive.settle(60) == archive.pending() == 0
    assert archive.count() == 39
    assert archive.count(tags=["later"]) == 38
    found = archive.search("fact 7 about tea", page_size=50)
    assert (found.total, found.items[0].passage.text) == (39, "fact 7 about tea")
    assert archive.check().sound


def test_many_threads_insert_and_search_at_once(make: ArchiveFactory) -> None:
    archive = make()
    failures: list[Exception] = []

    def work(thread: int) -> None:
        try:
            for number in range(6):
                archive.insert(f"tea {thread} {number}")
                assert archive.search(f"tea {thread}").items
        except Exception as failure:  # noqa: BLE001  # shown by the main thread
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert archive.count() == 36


@pytest.mark.parametrize("kind", [EdgeIndex, ClientIndex.local], ids=["edge", "local"])
def test_an_archive_is_the_same_after_a_restart(
    kind: Callable[[Path], PassageIndex], tmp_path: Path
) -> None:  # T36
    with elsewhere(
        kind, tmp_path, "archive.insert('Anna likes tea.', tags=['drink']); import os; os._exit(9)"
    ) as other:
        assert other.wait(60) == 9
    index = kind(tmp_path)

    (item,) = Archive("anna", index).search("tea").items

    assert (item.passage.text, item.passage.tags) == ("Anna likes tea.", ("drink",))
    index.close()


def test_a_folder_of_local_mode_that_another_process_has_open_is_named_and_free_once_that_closes(
    tmp_path: Path,
) -> None:
    kind = ClientIndex.local
    script = (
        "archive.insert('tea'); print(1, flush=True); input(); archive.close(); print(2, flush=True); input()"
    )
    index = kind(tmp_path)
    archive = Archive("anna", index)
    with elsewhere(kind, tmp_path, script) as other:
        assert other.stdin
        assert other.stdout
        assert other.stdout.readline() == "1\n"

        with pytest.raises(StorageError, match="another process") as refused:
            archive.count()
        assert str(tmp_path) in str(refused.value)

        print(file=other.stdin, flush=True)
        assert other.stdout.readline() == "2\n"
        assert archive.count() == 1
        print(file=other.stdin, flush=True)
    index.close()


def test_an_unreachable_server_is_a_storage_error_at_once_and_only_when_used() -> None:  # T35
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    archive = Archive("anna", open_index(f"http://127.0.0.1:{port}"))
    began = time.monotonic()

    for attempt in (lambda: archive.insert("tea"), lambda: archive.search("tea"), archive.count):
        with pytest.raises(StorageError, match=f"127.0.0.1:{port}"):
            attempt()
    assert time.monotonic() - began < 5


@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
def test_a_key_is_in_no_repr_and_no_error() -> None:
    index = ClientIndex.at("http://user:hunter2@127.0.0.1:9", "sk-secret")

    with pytest.raises(StorageError) as refused:
        Archive("anna", index).count()
    for text in (repr(index), repr(Archive("anna", index)), str(refused.value)):
        assert "sk-secret" not in text
        assert "hunter2" not in text


def test_no_folder_is_made_before_the_first_insert_and_none_is_left_when_all_is_deleted(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    archive = Archive("anna", open_index(home))
    archive.search("tea")
    archive.clear()
    assert not home.exists()

    archive.insert("the secret word is heron")
    archive.clear()

    assert list(home.iterdir()) == []


def test_names_that_a_file_system_confuses_are_different_archives(tmp_path: Path) -> None:
    names = ["Anna", "anna", "anna/..", "../anna", "ANNA ", "安娜", "a" * 500, "CON", "."]
    index = EdgeIndex(tmp_path / "home")
    for name in names:
        Archive(name, index).insert(f"tea of {name}")

    assert len({str(index.folder(name)).lower() for name in names}) == len(names)
    assert {index.folder(name).parent for name in names} == {tmp_path / "home"}
    assert [Archive(name, index).list().items[0].text for name in names] == [
        f"tea of {name}".strip() for name in names
    ]
    index.close()


def test_no_more_than_sixteen_archives_are_open_and_the_closed_open_again(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path)
    archives = [Archive(f"agent {number}", index) for number in range(18)]
    for archive in archives:
        archive.insert("tea")

    assert len(open_archives) == MOST_OPEN
    assert [archive.count() for archive in archives] == [1] * 18
    index.close()
    assert len(open_archives) == 0


def test_an_archive_is_closed_when_idle(tmp_path: Path) -> None:
    archive = Archive("anna", EdgeIndex(tmp_path, idle_seconds=0.05))
    archive.insert("tea")

    deadline = time.monotonic() + 10
    while len(open_archives) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert len(open_archives) == 0
    assert archive.count() == 1
    archive.close()


@pytest.mark.parametrize("kind", [EdgeIndex, ClientIndex.local], ids=["edge", "local"])
def test_two_agents_of_a_process_share_a_folder_and_an_archive(  # T26
    kind: Callable[[Path], PassageIndex], tmp_path: Path
) -> None:
    one, two = kind(tmp_path), kind(tmp_path)
    Archive("shared", one).insert("tea")
    Archive("other", two).insert("coffee")

    assert Archive("shared", two).search("tea").total == 1
    one.close()
    assert Archive("shared", two).search("tea").total == 1
    assert Archive("shared", one).count() == 1
    two.close()


def test_a_folder_that_local_mode_made_stays_with_local_mode(tmp_path: Path) -> None:
    local = ClientIndex.local(tmp_path)
    Archive("anna", local).insert("tea")
    local.close()

    with pytest.warns(RuntimeWarning, match="local mode"):
        index = open_index(tmp_path)
    assert Archive("anna", index).count() == 1
    index.close()
    assert isinstance(open_index(tmp_path / "new"), EdgeIndex)


def test_importing_an_agents_memory_imports_neither_qdrant_nor_numpy() -> None:
    slow = "n.startswith(('qdrant', 'numpy')) for n in sys.modules"
    script = f"import sys, memgpt_autogen.memory.hierarchy; sys.exit(any({slow}))"

    with python(script) as other:
        assert other.wait(60) == 0


def elsewhere(kind: Callable[[Path], PassageIndex], folder: Path, script: str) -> subprocess.Popen[str]:
    """Another process with the `archive` of Anna in that folder."""
    module, name = ("edge", "EdgeIndex") if kind is EdgeIndex else ("client", "ClientIndex")
    make = name if kind is EdgeIndex else f"{name}.local"
    return python(
        f"import pathlib\n"
        f"from memgpt_autogen.memory.archival.archive import Archive\n"
        f"from memgpt_autogen.memory.qdrant.{module}.index import {name}\n"
        f"archive = Archive('anna', {make}(pathlib.Path({str(folder)!r})))\n{script}"
    )


def python(script: str) -> subprocess.Popen[str]:
    home = str(ROOT)  # so that the package need not be installed
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": home},
    )
