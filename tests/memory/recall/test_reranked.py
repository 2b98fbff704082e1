"""A reranker's score beside the search's own: it moves results, and loses none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from finding import heard

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.recall.reranked import TOP
from memgpt_autogen.settings import Settings


def with_reranker(function: Callable[[str, list[str]], Sequence[float]] | None) -> MemoryHierarchy:
    memory = open_memory(
        "sam", Settings(), embedder=NONE, reranker="none" if function is None else function, ephemeral=True
    )
    heard(memory, *(f"Tea of kind {number} is good." for number in range(TOP + 20)))
    return memory


def order(memory: MemoryHierarchy, page_size: int = 200) -> list[str]:
    return [item.text for item in memory.recall.search("tea", page_size=page_size).items]


def test_what_the_reranker_prefers_comes_first_and_the_rest_stays() -> None:
    asked: list[list[str]] = []

    def prefer(query: str, texts: list[str]) -> list[float]:
        asked.append([query, *texts])
        return [float("kind 30 " in text) for text in texts]

    plain, better = order(with_reranker(None)), order(with_reranker(prefer))

    assert better[0] == "Tea of kind 30 is good."
    assert sorted(better) == sorted(plain)
    assert better[TOP:] == plain[TOP:]
    ((query, *texts),) = asked
    assert (query, len(texts)) == ("tea", TOP)
    assert "ben: Tea of kind 30 is good." in texts


def test_each_page_is_a_slice_of_one_reranked_order() -> None:
    memory = with_reranker(lambda query, texts: [-float(number) for number in range(len(texts))][::-1])

    pages = [memory.recall.search("tea", page=page, page_size=15) for page in range(5)]

    assert [item.text for page in pages for item in page.items] == order(memory)
    assert {page.total for page in pages} == {TOP + 20}


def test_a_reranker_that_fails_costs_only_itself() -> None:
    def fails(query: str, texts: list[str]) -> list[float]:
        raise OSError("no cable")

    memory = with_reranker(fails)

    assert order(memory) == order(with_reranker(None))
    found = memory.recall.search("tea")
    assert "not reranked: the reranker 'fails' failed: OSError: no cable" in found.trouble


@pytest.mark.parametrize(
    ("scores", "why"), [([1.0], "1 score for 50 texts"), ([float("nan")] * TOP, "NaN"), (["x"], "ValueError")]
)
def test_scores_of_no_use_are_not_used(scores: list[float], why: str) -> None:
    memory = with_reranker(lambda query, texts: scores)

    assert order(memory) == order(with_reranker(None))
    assert why in memory.recall.search("tea").trouble


def test_several_queries_are_reranked_once_together() -> None:
    asked: list[str] = []

    def same(query: str, texts: list[str]) -> list[float]:
        asked.append(query)
        return [0.0] * len(texts)

    memory = with_reranker(same)
    memory.recall.search(queries=["tea", "good kind"])

    assert asked == ["tea good kind"]


def test_a_list_without_a_query_is_not_reranked() -> None:
    def fails(query: str, texts: list[str]) -> list[float]:
        raise AssertionError

    memory = with_reranker(fails)

    assert memory.recall.search().total == TOP + 20


def test_what_is_no_reranker_is_refused_when_the_memory_is_opened() -> None:
    with pytest.raises(ConfigurationError, match="reranker=5 is no reranker"):
        open_memory("sam", Settings(), reranker=5, ephemeral=True)  # type: ignore[arg-type]
