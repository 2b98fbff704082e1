"""Versions of what was stored: what replaces what, what was known at a time, and what may be outdated too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from loops import MemoryFactory

from memgpt_autogen.errors import ConfigurationError, ToolError
from memgpt_autogen.home import import_memory
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.passages import Draft, Passage
from memgpt_autogen.memory.qdrant.client.index import ClientIndex
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
from memgpt_autogen.memory.qdrant.protocol import PassageIndex
from memgpt_autogen.memory.upkeep.move import copy_archive
from memgpt_autogen.messages import now
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder
from memgpt_autogen.testing.qdrant import QdrantStandIn

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
DAY = timedelta(days=1)

LISBON, PORTO, FARO = "Ana lives in Lisbon.", "Ana's flat is in Porto now.", "Ana moved to Faro."

STRICT = {"enabled": True, "unindexed_filtering_retrieve": False, "unindexed_filtering_update": False}


@pytest.fixture(params=["edge", "local", "server"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PassageIndex]:
    with QdrantStandIn(strict=STRICT) as server:
        makers = {
            "edge": lambda: EdgeIndex(tmp_path),
            "local": lambda: ClientIndex.local(tmp_path),
            "server": lambda: ClientIndex.at(server.url),
        }
        made: PassageIndex = makers[request.param]()
        yield made
        made.close()


def chain(index: PassageIndex, name: str = "anna") -> tuple[Archive, Passage, Passage, Passage]:
    """An archive with three versions of one fact, a day apart."""
    archive = Archive(name, index, HashingEmbedder())
    (lisbon,) = archive.insert(LISBON, created_at=NOON)
    (porto,) = archive.insert(PORTO, created_at=NOON + DAY, replaces=lisbon.id)
    (faro,) = archive.insert(FARO, created_at=NOON + 2 * DAY, replaces=[porto.id])
    return archive, lisbon, porto, faro


def texts(passages: object) -> list[str]:
    return [each.text for each in passages]  # type: ignore[attr-defined]


def test_what_several_threads_replace_at_once_keeps_the_links_to_all_of_it(index: PassageIndex) -> None:
    handles = [Archive("anna", index, HashingEmbedder()) for _ in range(8)]
    (lisbon,) = handles[0].insert(LISBON)

    with ThreadPoolExecutor(len(handles)) as threads:
        new = threads.map(
            lambda number: handles[number].insert(f"Ana moved {number} times.", replaces=lisbon)[0].id,
            range(len(handles)),
        )

    read = handles[0].get(lisbon.id)
    assert read is not None
    assert set(read.replaced_by) == set(new)
    assert len(handles[0].versions(lisbon.id)) == 1 + len(handles)


def test_both_sides_know_each_other_and_the_old_one_stays(index: PassageIndex) -> None:
    archive, lisbon, porto, faro = chain(index)

    old, middle, new = (archive.get(each.id) for each in (lisbon, porto, faro))

    assert old is not None
    assert middle is not None
    assert new is not None
    assert (old.text, old.superseded_by, old.replaced_by) == (LISBON, NOON + DAY, (porto.id,))
    assert (middle.replaces, middle.superseded_by, middle.replaced_by) == (
        (lisbon.id,),
        NOON + 2 * DAY,
        (faro.id,),
    )
    assert (new.replaces, new.superseded_by, new.replaced_by) == ((porto.id,), None, ())
    assert porto.replaces == (lisbon.id,), "what an insert returns says it too"
    assert archive.check().sound


def test_a_hit_that_was_replaced_leads_to_the_newest_of_its_chain(index: PassageIndex) -> None:
    archive, *_ = chain(index)

    found = {hit.passage.text: texts(hit.newest) for hit in archive.search("Lisbon").items}

    assert found[LISBON] == [FARO]
    assert found.get(FARO, []) == []


def test_a_search_up_to_a_time_leads_to_nothing_later(index: PassageIndex) -> None:
    archive, *_ = chain(index)

    def newest(end: datetime) -> list[str]:
        (first, *_) = [hit for hit in archive.search("Lisbon", end=end).items if hit.passage.text == LISBON]
        return texts(first.newest)

    assert newest(NOON + DAY) == [PORTO]
    assert newest(NOON) == []


def test_as_of_finds_what_was_stored_by_then_and_not_replaced_by_then(index: PassageIndex) -> None:
    archive, *_ = chain(index)
    times = [NOON - DAY, NOON, NOON + DAY / 2, NOON + DAY, NOON + 2 * DAY, now()]

    listed = [texts(archive.list(as_of=time).items) for time in times]
    found = [{hit.passage.text for hit in archive.search("Ana", as_of=time).items} for time in times]

    assert listed == [[], [LISBON], [LISBON], [PORTO], [FARO], [FARO]]
    assert found == [set(each) for each in listed]
    assert [archive.count(as_of=time) for time in times] == [0, 1, 1, 1, 1, 1]
    assert all(not hit.newest for hit in archive.search("Ana", as_of=NOON).items), "nobody knew it then"
    assert archive.list(as_of=NOON + DAY, end=NOON).total == 0, "the earlier of both ends counts"


def test_as_of_wants_a_time_zone_and_a_start_before_it(index: PassageIndex) -> None:
    archive, *_ = chain(index)

    with pytest.raises(ConfigurationError, match=r"as_of=2026-03-01T00:00:00 has no time zone"):
        archive.list(as_of=datetime(2026, 3, 1))  # noqa: DTZ001 - what is refused
    with pytest.raises(ToolError, match=r"start 2026-03-02.* is after as_of 2026-03-01"):
        archive.search("Ana", start=NOON + DAY, as_of=NOON)


def test_versions_are_what_it_replaces_and_what_replaces_it(index: PassageIndex) -> None:
    archive, lisbon, porto, faro = chain(index)
    archive.insert("Ana has a cat.")

    assert texts(archive.versions(porto.id)) == texts(archive.versions(faro.id)) == [LISBON, PORTO, FARO]
    assert texts(archive.versions(lisbon.id)) == [LISBON, PORTO, FARO]
    assert archive.versions("nothing") == []


def test_what_is_replaced_twice_leads_to_both(index: PassageIndex) -> None:
    archive = Archive("anna", index)
    (both,) = archive.insert("Ana and Ben live in Lisbon.", created_at=NOON)
    archive.insert("Ben lives in Porto.", created_at=NOON + DAY, replaces=both.id)
    archive.insert("Ana lives in Faro.", created_at=NOON + 2 * DAY, replaces=both.id)

    (hit,) = archive.search("Lisbon").items

    assert texts(hit.newest) == ["Ben lives in Porto.", "Ana lives in Faro."]
    assert hit.passage.superseded_by == NOON + DAY, "it was outdated from the first on"


def test_passages_can_be_given_in_place_of_their_ids(index: PassageIndex) -> None:
    archive, _, _, faro = chain(index)

    (evora,) = archive.insert("Ana lives in Evora.", replaces=faro)
    (braga,) = archive.insert("Ana lives in Braga.", replaces=[evora, faro])

    assert evora.replaces == (faro.id,)
    assert set(braga.replaces) == {evora.id, faro.id}


def test_one_text_can_replace_several(index: PassageIndex) -> None:
    archive = Archive("anna", index)
    old = [archive.insert(text, created_at=NOON)[0].id for text in ("Tea is at 4.", "Cake is at 5.")]

    (new,) = archive.insert("Tea and cake are at 6.", replaces=old)

    assert new.replaces == tuple(old)
    assert texts(archive.list(as_of=now()).items) == ["Tea and cake are at 6."]


def test_what_cannot_be_replaced_is_refused_and_nothing_is_stored(index: PassageIndex) -> None:
    archive, lisbon, *_ = chain(index)
    other = Archive("other", index, HashingEmbedder())
    (foreign,) = other.insert(LISBON)

    for id_ in (foreign.id, "no id"):
        with pytest.raises(
            ToolError, match=rf"there is no passage '{id_}' in this archive.*Nothing was stored"
        ):
            archive.insert("Ana lives in Rome.", replaces=[lisbon.id, id_])

    assert archive.count() == 3
    assert archive.get(lisbon.id) == archive.versions(lisbon.id)[0]
    assert other.list().items[0].superseded_by is None


def test_a_text_does_not_replace_itself(index: PassageIndex) -> None:
    archive = Archive("anna", index)
    (tea,) = archive.insert("Tea.")

    (again,) = archive.insert("Tea.", tags=["drinks"], replaces=tea.id)

    assert (again.id, again.superseded_by, again.replaces, again.tags) == (tea.id, None, (), ("drinks",))


def test_a_retried_insert_changes_nothing(index: PassageIndex) -> None:
    archive, lisbon, porto, _ = chain(index)
    before = list(archive.dump())

    archive.insert(LISBON, created_at=NOON + 3 * DAY, replaces=archive.list(as_of=now()).items[0].id)
    archive.insert(LISBON, created_at=NOON + 4 * DAY)

    assert [each for each in archive.dump() if each in before] == before[:2]
    assert texts(archive.versions(porto.id)) == [LISBON, PORTO, FARO, LISBON], "back to an earlier one"
    assert texts(archive.list(as_of=NOON + 2 * DAY).items) == [FARO], "what was known stays what was known"
    assert lisbon.id != archive.list(as_of=now()).items[0].id


def test_a_long_text_replaces_with_its_first_part(index: PassageIndex) -> None:
    archive = Archive("anna", index)
    (old,) = archive.insert("The plan is short.", created_at=NOON)

    parts = archive.insert("The plan is long. " * 200, replaces=old.id)

    assert len(parts) > 1
    assert [bool(part.replaces) for part in parts] == [True] + [False] * (len(parts) - 1)
    assert [hit.newest[0].id for hit in archive.search("short").items[:1]] == [parts[0].id]


def test_several_texts_can_be_inserted_that_replace_others(index: PassageIndex) -> None:
    archive = Archive("anna", index)
    (old,) = archive.insert("Tea is at 4.", created_at=NOON)

    archive.insert_many([Draft("Cake is at 5."), Draft("Tea is at 6.", replaces=[old.id])])

    assert texts(archive.list(as_of=now()).items) == ["Cake is at 5.", "Tea is at 6."]


def test_what_is_deleted_is_taken_out_of_its_chain(index: PassageIndex) -> None:
    archive, lisbon, porto, faro = chain(index)

    archive.delete(porto.id)

    assert texts(archive.versions(lisbon.id)) == texts(archive.versions(faro.id)) == [LISBON, FARO]
    assert texts(archive.search("Lisbon").items[0].newest) == [FARO]
    assert archive.check().sound


def test_what_a_deleted_passage_replaced_stays_replaced(index: PassageIndex) -> None:
    archive, lisbon, *_ = chain(index)

    archive.delete_where(text="moved to Faro")
    archive.delete_where(text="Porto")

    left = archive.get(lisbon.id)
    assert left is not None
    assert (left.superseded_by, left.replaced_by) == (NOON + DAY, ())
    assert archive.list(as_of=now()).total == 0


def test_a_deletion_needs_no_embedder(index: PassageIndex) -> None:
    _, lisbon, porto, _ = chain(index)
    plain = Archive("anna", index)

    assert plain.delete(porto.id)

    assert texts(plain.versions(lisbon.id)) == [LISBON, FARO]


def test_what_is_true_again_after_all_leaves_its_chain(index: PassageIndex) -> None:
    archive, lisbon, porto, _ = chain(index)

    archive.relabel(lisbon.id, superseded=False)

    back, middle = archive.get(lisbon.id), archive.get(porto.id)
    assert back is not None
    assert middle is not None
    assert (back.superseded_by, back.replaced_by, middle.replaces) == (None, (), ())


def test_chains_are_the_same_in_another_archive(index: PassageIndex) -> None:
    archive, lisbon, *_ = chain(index)
    archive.insert(LISBON, created_at=NOON + 3 * DAY, replaces=archive.list(as_of=now()).items[0].id)
    there, newest_first = Archive("there", index), Archive("reversed", index)

    records = json.loads(json.dumps(list(archive.dump())))
    for _ in range(2):  # a restore that was interrupted is repeated
        there.restore(records)
        newest_first.restore(records[::-1])

    for copy in (there, newest_first):
        assert texts(copy.versions(copy.list().items[0].id)) == [LISBON, PORTO, FARO, LISBON]
        assert texts(copy.list(as_of=NOON + DAY).items) == [PORTO]
        assert copy.get(lisbon.id) is None, "its passages have ids of their own"


def test_a_copy_up_to_a_time_has_the_chain_of_that_time(index: PassageIndex) -> None:
    archive, *_ = chain(index)
    copy = Archive("copy", index)

    archive.copy_to(copy, until=NOON + DAY)

    assert [(each.text, each.superseded_by, len(each.replaced_by)) for each in copy.list().items] == [
        (LISBON, NOON + DAY, 1),
        (PORTO, None, 0),
    ]


def test_records_with_links_that_are_no_ids_are_refused(index: PassageIndex) -> None:
    record = {"text": LISBON, "created_at": NOON.isoformat(), "parent": "p", "replaces": ["../x"]}

    with pytest.raises(ConfigurationError, match=r"record 1 is not a passage: replaces\.0"):
        Archive("anna", index).restore([record])


def test_chains_move_to_a_server_and_outlive_reembedding(tmp_path: Path) -> None:
    with QdrantStandIn() as server:
        here, there = EdgeIndex(tmp_path), ClientIndex.at(server.url)
        archive, lisbon, porto, faro = chain(here)
        archive.delete(porto.id)
        moved = Archive("anna", there, HashingEmbedder(7))

        copy_archive(archive, moved)
        archive.reembed()
        archive.compact()

        for each in (archive, moved):
            assert texts(each.versions(lisbon.id)) == [LISBON, FARO]
            assert [hit.id for hit in each.search("Lisbon").items[0].newest] == [faro.id]
        here.close()
        there.close()


def test_what_may_depend_on_a_replaced_passage_is_named(index: PassageIndex) -> None:
    archive = Archive("anna", index, HashingEmbedder())
    (old,) = archive.insert("Ana lives in Lisbon.", created_at=NOON)
    office, cites, past = (
        archive.insert(text, created_at=NOON)[0]
        for text in (
            "Ana's office is in Lisbon, ten minutes from home.",
            f"Ana gets her post at home (see {old.id}).",
            "Ana goes to the beach of Lisbon on Sundays.",
        )
    )
    for text in ("Lisbon is in Portugal.", "Ana likes tea.", "Ana moved from Lisbon to Porto."):
        archive.insert(text)
    archive.supersede([past.id])

    archive.insert("Ana lives in Porto.", replaces=old.id)

    assert {each.id for each in archive.dependents(old.id)} == {office.id, cites.id}
    assert archive.dependents(office.id) == archive.dependents("nothing") == []


@pytest.mark.sqlite  # on a server the two homes are one
def test_chains_are_in_bundles_and_forks(make_memory: MemoryFactory, tmp_path: Path) -> None:
    sam = make_memory()
    (lisbon,) = sam.archival.insert(LISBON, created_at=NOON)
    sam.archival.insert(PORTO, created_at=NOON + DAY, replaces=lisbon.id)

    sam.export(tmp_path / "sam.zip")
    away = import_memory(tmp_path / "sam.zip", settings=Settings.load(home=tmp_path / "away"))
    twin = sam.fork("twin")

    for copy in (away.archival, twin.archival):
        (hit, *_) = copy.search("Lisbon").items
        assert texts(hit.newest) == [PORTO]
        assert texts(copy.list(as_of=NOON).items) == [LISBON]
