"""Archival memory on the embedded Qdrant: what an agent can put in and what it finds again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from inline_snapshot import snapshot

from memgpt_autogen.errors import ConfigurationError, ModelError, ToolError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.archival.ranking import HEAD, NEAREST
from memgpt_autogen.memory.passages import Draft, Page
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
from memgpt_autogen.memory.qdrant.protocol import PassageIndex
from memgpt_autogen.testing.embedder import HashingEmbedder

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)

STORY = "\n\n".join(
    f"Chapter {number}. "
    + " ".join(f"In year {year} Anna moved to city {year + number}." for year in range(12))
    for number in range(9)
)

SOME_TEXT = st.text(min_size=1, max_size=80).filter(lambda text: text.strip() != "")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[PassageIndex]:
    index = EdgeIndex(tmp_path)
    yield index
    index.close()


@pytest.fixture
def archive(index: PassageIndex) -> Archive:
    return Archive("anna", index)


class BrokenEmbedder(HashingEmbedder):
    """Says what it is told to say for texts with "bad" in them."""

    def __init__(self, answer: list[float]) -> None:
        super().__init__(4)
        self.answer = answer

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.answer if "bad" in text else super().embed_query(text)


# --- finding --------------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=SOME_TEXT)
@example("我喜欢喝绿茶")
@example("สวัสดีครับ")
@example("🍵")
@example("to be or not to be")
@example("???")
@example("\x00")
@example("no\ud800pe")
@example("C++")
@example("e\u0301te\u0301")
def test_every_text_is_found_by_its_own_words(archive: Archive, text: str) -> None:  # T24, T34
    (passage,) = archive.insert(text)

    page = archive.search(text, page_size=500)

    assert passage.id in {item.passage.id for item in page.items}
    assert archive.get(passage.id) == passage


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("咖啡", "我喜欢喝茶和咖啡"),
        ("茶", "我喜欢喝茶和咖啡"),
        ("コーヒー", "朝はコーヒーを飲みます"),
        ("กาแฟ", "ฉันชอบดื่มกาแฟตอนเช้า"),
        ("🎉", "We shipped it 🎉🎉"),
        ("€", "It costs 5 €"),
        ("running", "Anna runs every morning"),
        ("Ｔｏｋｙｏ", "Anna moved to Tokyo"),
        ("anna’s", "Anna's bicycle"),
        ("ZX-4471-b", "The part number is ZX-4471-B."),
    ],
)
def test_words_are_found_in_any_script_and_form(archive: Archive, query: str, text: str) -> None:
    archive.insert_many(
        [Draft("Completely different"), Draft(text), Draft("其他的东西"), Draft("The 99 others")]
    )

    assert [item.passage.text for item in archive.search(query).items] == [text]


def test_rare_words_and_several_words_rank_higher(archive: Archive) -> None:
    archive.insert_many([Draft(f"Anna talked about the weather on day {day}.") for day in range(20)])
    archive.insert("Anna talked about her allergy to penicillin.")
    archive.insert("The weather was good for penicillin, said nobody.")

    found = archive.search("What allergy does Anna have, is it penicillin?").items

    assert found[0].passage.text == "Anna talked about her allergy to penicillin."
    assert found[0].why == "words: allergy, anna, penicillin"
    assert found[1].passage.text == "The weather was good for penicillin, said nobody."


def test_ranking_in_one_archive_does_not_depend_on_another(
    index: PassageIndex, tmp_path: Path
) -> None:  # T25
    alone = Archive("alone", EdgeIndex(tmp_path / "alone"))
    crowded = Archive("crowded", index)
    for archive in (alone, crowded):
        archive.insert_many(
            [Draft(f"tea {number} cup" if number % 3 else f"cup {number}") for number in range(30)]
        )
    Archive("neighbour", index).insert_many([Draft(f"tea {number}") for number in range(100)])

    def scores(archive: Archive) -> list[float]:
        return [item.score for item in archive.search("tea cup", page_size=30).items]

    assert scores(alone) == scores(crowded)
    alone.close()


def test_the_best_lexical_hit_is_on_the_first_page_whatever_the_embedder_thinks(index: PassageIndex) -> None:
    class Contrary(HashingEmbedder):
        """Puts the passage with the exact number far away from everything."""

        def embed_query(self, text: str) -> list[float]:
            far = "ZX-4471" in text and "part" in text
            return [0.0, 1.0] if far else [1.0, 0.0001 * (len(text) % 50)]

    archive = Archive("anna", index, Contrary(2, "contrary"))
    archive.insert_many(
        [Draft(f"which machine needs what {'x' * (number % 49)} {number}") for number in range(300)]
    )
    archive.insert("part ZX-4471")

    rank = [item.passage.text for item in archive.search("which machine needs ZX-4471").items].index(
        "part ZX-4471"
    )

    assert rank <= 5


def test_a_hybrid_search_finds_by_meaning_what_shares_no_word(index: PassageIndex) -> None:
    class Meaning(HashingEmbedder):
        """Knows that tea is a beverage."""

        def embed_query(self, text: str) -> list[float]:
            return [1.0, 0.0] if "tea" in text or "beverage" in text else [0.0, 1.0]

    archive = Archive("anna", index, Meaning(2, "meaning"))
    archive.insert("Anna asked for a pot of tea.")
    archive.insert("The budget was cut.")

    first = archive.search("favourite beverage").items[0]

    assert (first.passage.text, first.why) == ("Anna asked for a pot of tea.", "meaning")


def test_of_equally_good_passages_the_newer_comes_first(archive: Archive) -> None:
    days = [3, 1, 4, 15, 9, 2, 6]
    archive.insert_many(
        [Draft(f"tea\n{' ' * day}cup", created_at=NOON + timedelta(days=day)) for day in days]
    )

    found = archive.search("tea").items

    assert len({item.score for item in found}) == 1
    assert [(item.passage.created_at - NOON).days for item in found] == sorted(days, reverse=True)


# --- paging ---------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(page_size=st.integers(1, 200), hybrid=st.booleans())
@example(page_size=HEAD, hybrid=True)
@example(page_size=HEAD + NEAREST, hybrid=True)
def test_pages_of_any_size_cut_the_same_ranking(  # T27
    tmp_path_factory: pytest.TempPathFactory, index: PassageIndex, page_size: int, hybrid: bool
) -> None:
    archive = Archive(f"hybrid {hybrid}", index, HashingEmbedder() if hybrid else None)
    if not archive.count():
        archive.insert_many(
            [Draft(f"{'tea' if number % 4 else 'milk'} cup {number % 40} {number}") for number in range(180)]
        )
    whole = archive.search("tea 7", page_size=1000)

    pages = [
        archive.search("tea 7", page=page, page_size=page_size)
        for page in range(whole.total // page_size + 2)
    ]

    assert [item for page in pages for item in page.items] == list(whole.items)
    assert {page.total for page in pages} == {whole.total} == {len(whole.items)}
    assert whole.total >= 135 > HEAD
    assert pages[-1].items == () or whole.total % page_size


def test_a_page_behind_the_last_is_empty_with_the_right_total(archive: Archive) -> None:  # T27
    archive.insert_many([Draft(f"tea {number}") for number in range(12)])

    pages = [archive.search("tea", page=page, page_size=5) for page in range(4)]

    assert [len(page.items) for page in pages] == [5, 5, 2, 0]
    assert {(page.total, page.pages) for page in pages} == {(12, 3)}
    assert archive.list(page=9, page_size=5) == Page((), 12, 9, 5)


# --- inserting ------------------------------------------------------------------------------------


def test_a_long_text_is_split_and_can_be_read_as_a_whole(archive: Archive) -> None:  # T31
    passages = archive.insert(STORY, source="story.txt", tags=["novel"])

    assert max(len(passage.text) for passage in passages) <= 1200
    assert [passage.part for passage in passages] == list(range(1, len(passages) + 1))
    assert {(passage.parts, passage.parent, passage.source) for passage in passages} == {
        (len(passages), passages[0].parent, "story.txt")
    }
    found = archive.search("city 19").items[0].passage
    assert archive.document(found.parent) == STORY
    assert [item.text for item in archive.list(page_size=100).items] == [passage.text for passage in passages]


def test_a_document_says_where_parts_of_it_were_deleted(index: PassageIndex) -> None:  # T31
    archive = Archive("anna", index, passage_chars=12)
    _, second, _ = archive.insert("First part.\n\nSecond part.\n\nThird part.")

    archive.delete(second.id)

    assert archive.document(second.parent) == snapshot("First part.\n\n[...]\n\nThird part.")


def test_a_document_that_is_cut_differently_later_is_still_there_once(index: PassageIndex) -> None:  # T32
    (first, *_) = Archive("anna", index, passage_chars=300).insert(STORY, created_at=NOON)
    archive = Archive("anna", index, passage_chars=1000)

    passages = archive.insert(STORY)

    assert archive.count() == len(passages)
    assert archive.document(first.parent) == STORY
    assert passages[0].created_at == NOON


def test_attaching_a_source_again_adds_nothing(archive: Archive) -> None:  # T32, T33
    drafts = [Draft(STORY, source="a.txt"), Draft("tea", source="a.txt"), Draft("tea", source="b.txt")]

    first = archive.insert_many(drafts)
    second = archive.insert_many(drafts)

    assert first == second
    assert archive.count() == len(first)
    assert archive.delete_source("b.txt") == 1


def test_a_text_that_comes_twice_in_one_batch_is_one_passage(archive: Archive) -> None:  # T32
    first, second = archive.insert_many([Draft("tea", ["a"], created_at=NOON), Draft("tea", ["b"])])

    assert first == second
    assert archive.list().items == (first,)
    assert (first.tags, first.created_at) == (("a", "b"), NOON)


def test_the_creation_time_is_the_passages_in_utc(archive: Archive) -> None:  # T28
    cet = timezone(timedelta(hours=1))
    before = datetime.now(timezone.utc)

    archive.insert("tea", created_at=NOON.astimezone(cet))
    archive.insert("coffee")

    assert archive.search("tea").items[0].passage.created_at == NOON
    assert archive.search("tea").items[0].passage.created_at.utcoffset() == timedelta(0)
    assert before <= archive.search("coffee").items[0].passage.created_at <= datetime.now(timezone.utc)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    times=st.lists(st.datetimes(timezones=st.just(timezone.utc)), min_size=1, max_size=5, unique=True),
    data=st.data(),
)
@example(
    times=[datetime.min.replace(tzinfo=timezone.utc), datetime.max.replace(tzinfo=timezone.utc)], data=None
)
def test_a_time_range_holds_exactly_the_times_in_it(
    archive: Archive, times: list[datetime], data: st.DataObject | None
) -> None:
    archive.insert("stays, since an emptied archive's folder is made again", created_at=NOON, tags=["stays"])
    archive.delete_source("times")
    archive.insert_many(
        [Draft(f"tea {number}", ["tea"], "times", created_at=time) for number, time in enumerate(times)]
    )
    start, end = sorted(data.draw(st.tuples(*[st.sampled_from(times)] * 2))) if data else times

    found = {item.created_at for item in archive.list(tags=["tea"], start=start, end=end).items}

    assert found == {time for time in times if start <= time <= end}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tag=st.text(max_size=20), source=st.text(max_size=20))
@example(tag='it\'s "quoted"', source="a/b\\c.txt")
def test_any_text_serves_as_a_tag_or_source(archive: Archive, tag: str, source: str) -> None:
    archive.insert("stays, since an emptied archive's folder is made again")
    (passage,) = archive.insert("tea", tags=[tag], source=source)

    assert archive.get(passage.id) == passage
    assert archive.tags() == dict.fromkeys(passage.tags, 1)
    assert archive.count(tags=[tag], sources=[source]) == (1 if passage.tags or passage.source else 2)
    assert archive.delete_source(source) == (1 if passage.source else 0)
    archive.delete(passage.id)


# --- refusing -------------------------------------------------------------------------------------


def test_an_empty_text_is_refused_and_so_is_an_empty_query(archive: Archive) -> None:
    for blank in ("", " \n\t"):
        with pytest.raises(ToolError, match="no text to insert"):
            archive.insert(blank)
        with pytest.raises(ToolError, match="query is empty"):
            archive.search(blank)
    assert archive.count() == 0


def test_impossible_pages_and_times_are_refused_with_the_way_out(archive: Archive) -> None:
    with pytest.raises(ToolError, match="pages count from 0"):
        archive.search("tea", page=-1)
    with pytest.raises(ToolError, match="pages count from 0"):
        archive.list(page_size=0)
    with pytest.raises(ToolError, match="Swap them"):
        archive.search("tea", start=NOON, end=NOON - timedelta(seconds=1))
    with pytest.raises(ConfigurationError, match="no time zone"):
        archive.insert("tea", created_at=NOON.replace(tzinfo=None))
    with pytest.raises(ConfigurationError, match="no time zone"):
        archive.count(end=NOON.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ([math.nan, 0, 0, 0], "NaN"),
        ([math.inf, 0, 0, 0], "infinity"),
        ([1.0, 0.0], "a vector of 2 numbers for text 2 of 2"),
    ],
)
def test_a_vector_that_is_no_vector_is_refused_before_anything_is_stored(
    index: PassageIndex, answer: list[float], text: str
) -> None:
    archive = Archive("anna", index, BrokenEmbedder(answer))

    with pytest.raises(ModelError, match=text) as refused:
        archive.insert_many([Draft("good"), Draft("bad")])
    assert "'hashing-4' (4 dimensions)" in str(refused.value)
    assert archive.count() == 0
    archive.insert("good")
    page = archive.search("good bad")
    assert [hit.passage.text for hit in page.items] == ["good"]
    assert "returned a vector" in page.trouble


def test_an_archive_needs_a_name_and_room(index: PassageIndex) -> None:
    with pytest.raises(ConfigurationError, match="not empty"):
        Archive("", index)
    with pytest.raises(ConfigurationError, match="passage_chars=0"):
        Archive("anna", index, passage_chars=0)


# --- terms ----------------------------------------------------------------------------------------
