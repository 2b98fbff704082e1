"""An archive whose embedding model is away, is another one, or has moved to another folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timezone
from pathlib import Path

import pytest
from finding import heard

from memgpt_autogen import CallableEmbedder, open_memory
from memgpt_autogen.errors import EmbedderMismatchError, ModelError
from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
from memgpt_autogen.memory.qdrant.protocol import PassageIndex
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder, call
from memgpt_autogen.tools.memory.archival import archival_memory_tools
from memgpt_autogen.tools.toolbox import Toolbox


class Endpoint:
    """An embedding model that can be away, and that knows its dimension from the first answer only."""

    def __init__(self, model: str = "v", *, dimension: int = 2) -> None:
        self.model = model
        self.known_dimension: int | None = None
        self.away = False
        self.asked = 0
        self._size = dimension

    @property
    def dimension(self) -> int:
        return self.known_dimension or len(self.embed(["dimension"])[0])

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked += 1
        if self.away:
            raise ModelError("the embedding endpoint cannot be reached.")
        self.known_dimension = self._size
        return [[1.0] + [0.0] * (self._size - 1) for _ in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed([text])[0]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[PassageIndex]:
    index = EdgeIndex(tmp_path)
    yield index
    index.close()


def filled(index: PassageIndex, embedder: Embedder | None) -> Archive:
    archive = Archive("anna", index, embedder)
    archive.insert("Ada prefers green tea.")
    return archive


def test_a_search_goes_on_by_words_and_says_why(index: PassageIndex) -> None:
    endpoint = Endpoint()
    archive = filled(index, endpoint)
    endpoint.away = True

    page = archive.search("green tea")

    assert [(hit.passage.text, hit.why) for hit in page.items] == [
        ("Ada prefers green tea.", "words: green, tea")
    ]
    assert page.total == 1
    assert page.trouble == "the embedding endpoint cannot be reached."
    assert "by words only: the embedding endpoint cannot be reached." in str(page)
    endpoint.away = False
    assert archive.search("green tea").trouble == ""


def test_a_new_process_searches_though_the_dimension_is_not_known(index: PassageIndex) -> None:
    filled(index, Endpoint())
    endpoint = Endpoint()
    endpoint.away = True

    assert Archive("anna", index, endpoint).search("tea").total == 1
    assert Archive("nobody", index, endpoint).search("tea").total == 0


def test_an_error_of_a_function_is_a_model_that_is_away(index: PassageIndex) -> None:
    def vectors(texts: list[str]) -> list[list[float]]:
        if away:
            raise ConnectionRefusedError("nobody listens there")
        return [[1.0, 0.0] for _ in texts]

    away = False
    archive = filled(index, CallableEmbedder(vectors, model="v"))
    away = True

    page = archive.search("tea")

    assert page.total == 1
    assert "'v' failed: ConnectionRefusedError: nobody listens there" in page.trouble
    with pytest.raises(ModelError, match="nobody listens there"):
        archive.insert("another")


def test_another_model_is_refused_and_not_taken_for_one_that_is_away(index: PassageIndex) -> None:
    filled(index, Endpoint())

    with pytest.raises(EmbedderMismatchError, match=r"filled with 'v'.*and 'other' is configured now"):
        Archive("anna", index, Endpoint("other")).search("tea")


def test_the_model_is_told_that_a_search_went_by_words(index: PassageIndex) -> None:
    endpoint = Endpoint()
    toolbox = Toolbox(archival_memory_tools(filled(index, endpoint), timezone.utc, budget_tokens=1000))
    endpoint.away = True

    found, nothing = (_search(toolbox, query) for query in ("tea", "coffee"))

    why = "by words only, since the embedding endpoint cannot be reached."
    assert found.startswith(f"Showing 1 of 1 results (page 0, last page 0; {why}):")
    assert nothing.endswith(f"(Searched {why})")


def test_archives_that_are_read_too_are_searched_without_asking_again(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    endpoint = Endpoint()
    team = _opened("team", settings, endpoint)
    team.archival.insert("The team drinks tea.")
    for name in ("first", "second"):
        other = open_memory(name, settings, embedder=endpoint, archive=name)
        other.archival.insert(f"The {name} drinks tea.")
        team.attach(archive=name)
    endpoint.away, endpoint.asked = True, 0

    page = team.readable.search("tea")

    assert len(page.items) == 3
    assert page.trouble == "the embedding endpoint cannot be reached."
    assert endpoint.asked == 1


def test_a_check_sees_another_model_and_asks_none(index: PassageIndex) -> None:
    filled(index, Endpoint())
    other = Endpoint("other")
    other.away = True

    report = Archive("anna", index, other).check()

    assert report.complete
    assert not report.sound
    assert "filled with 'v' (2 dimensions), and 'other' is configured now" in report.mismatch
    assert other.asked == 0


@pytest.mark.parametrize(("before", "after"), [(None, HashingEmbedder(4)), (HashingEmbedder(4), None)])
def test_a_check_sees_a_model_where_there_was_none(
    index: PassageIndex, before: Embedder | None, after: Embedder | None
) -> None:
    archive = filled(index, before)

    assert archive.check().sound
    assert "is configured now" in Archive("anna", index, after).check().mismatch


def test_a_check_of_a_memory_says_what_to_do(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    _opened("kim", settings, HashingEmbedder(4)).archival.insert("a note")

    report = _opened("kim", settings, None).check()

    assert not report.sound
    assert str(report).splitlines()[0] == "memory is complete, but its archive cannot be searched"
    assert "re-embed the archive" in str(report)


def test_a_model_whose_folder_was_renamed_is_the_same(index: PassageIndex) -> None:
    filled(index, Endpoint("fastembed:minilm@0a1b2c3d"))
    moved = Archive("anna", index, Endpoint("fastembed:models--MiniLM v2@0a1b2c3d"))

    moved.insert("Ada drinks it in the morning.")

    assert moved.search("tea").total == 2
    assert moved.check().sound
    assert moved.reembed() == 2
    assert filled(index, Endpoint("fastembed:minilm@0a1b2c3d")).count() == 2


@pytest.mark.parametrize(
    ("model", "dimension"),
    [
        ("fastembed:minilm@ffffffff", 2),
        ("model2vec:minilm@0a1b2c3d", 2),
        ("fastembed:minilm@0a1b2c3d ('passage: ', 'query: ')", 2),
        ("fastembed:minilm", 2),
    ],
)
def test_another_content_kind_or_prefix_is_another_model(
    index: PassageIndex, model: str, dimension: int
) -> None:
    filled(index, Endpoint("fastembed:minilm@0a1b2c3d"))

    with pytest.raises(EmbedderMismatchError):
        Archive("anna", index, Endpoint(model, dimension=dimension)).search("tea")


def test_the_recall_index_stays_when_a_models_folder_is_renamed(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    memory = _opened("kim", settings, Endpoint("fastembed:minilm@0a1b2c3d"))
    heard(memory, "I like green tea")
    assert memory.recall.search("tea").total == 1
    memory.recall.close()

    endpoint = Endpoint("fastembed:moved@0a1b2c3d")
    moved = _opened("kim", settings, endpoint)
    heard(moved, "and coffee")

    assert moved.recall.search("tea coffee").total == 2
    assert endpoint.asked == 3  # the dimension, the new turn and the question


def _opened(name: str, settings: Settings, embedder: Embedder | None) -> MemoryHierarchy:
    return open_memory(name, settings, embedder=embedder or "none")


def _search(toolbox: Toolbox, query: str) -> str:
    return toolbox.run(toolbox.read(call("archival_memory_search", query=query))).text
