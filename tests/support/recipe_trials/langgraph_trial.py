"""The store for LangGraph, beside LangGraph's own store, and in a graph."""

from __future__ import annotations

import asyncio
from typing import Any, TypedDict

from langgraph.graph import START, StateGraph
from langgraph.runtime import Runtime
from langgraph.store.base import BaseStore
from langgraph.store.memory import InMemoryStore
from langgraph_memory import MemGPTStore, remembering
from trial import Trials, classic_answer, memory_of

tries = Trials()

LONG = {"text": "The harbour has a crane. " * 200, "number": 7, "list": [1, {"a": None}], "ä": "ö\n"}


def store_of(home: str) -> MemGPTStore:
    return MemGPTStore(memory_of(home).archival)


@tries
def a_value_comes_back_as_it_was_and_a_put_replaces_it(home: str) -> None:
    store = store_of(home)
    store.put(("users", "ada"), "city", {"text": "Ada lives in Lisbon."})
    store.put(("users", "ada"), "city", {"text": "Ada lives in Bergen."})
    store.put(("users", "ada"), "long", LONG)

    item = store_of(home).get(("users", "ada"), "city")

    assert item is not None
    assert (item.namespace, item.key, item.value) == (
        ("users", "ada"),
        "city",
        {"text": "Ada lives in Bergen."},
    )
    long = store.get(("users", "ada"), "long")
    assert long is not None
    assert long.value == LONG
    assert store.get(("users", "ada"), "nothing") is None
    assert [each.value for each in store.search(("users",), query="Lisbon")] == []
    assert store.archive.search("Lisbon").total == 0


@tries
def a_shorter_value_leaves_nothing_of_a_longer_one(home: str) -> None:
    store = store_of(home)
    store.put(("a",), "k", LONG)
    store.put(("a",), "k", {"text": "short"})
    assert store.archive.count() == 1
    store.put(("a",), "k", {"text": "short"})  # once more, as a node that runs again does
    assert store.archive.count() == 1
    store.delete(("a",), "k")
    assert store.archive.count() == 0
    assert store.get(("a",), "k") is None


@tries
def other_passages_of_the_agent_are_not_items(home: str) -> None:
    archive = memory_of(home).archival
    archive.insert("Ada likes tea.", source="notes", tags=["tea"])
    archive.insert("Ben likes tea.")
    store = MemGPTStore(archive)

    assert store.search(()) == []
    assert store.search((), query="tea") == []
    assert store.list_namespaces() == []


@tries
def searches_and_lists_are_those_of_the_stock_store(home: str) -> None:
    ours, stock = store_of(home), InMemoryStore()
    for store in (ours, stock):
        for number in range(12):
            space = ("notes", "ab"[number % 2], "x") if number % 3 else ("notes", "ab"[number % 2])
            store.put(space, f"k{number}", {"number": number, "even": number % 2 == 0})
        store.put(("other",), "k", {"number": 1, "even": False})

    def found(store: BaseStore, prefix: tuple[str, ...], asked: dict[str, Any]) -> list[Any]:
        items = store.search(prefix, **asked)
        return sorted((item.namespace, item.key, item.value["number"]) for item in items)

    for asked in (
        {"limit": 100},
        {"filter": {"even": True}, "limit": 100},
        {"filter": {"number": {"$gte": 3, "$lt": 9}}, "limit": 100},
        {"filter": {"number": {"$ne": 3}, "even": False}, "limit": 100},
    ):
        for prefix in ((), ("notes",), ("notes", "a"), ("notes", "a", "x"), ("note",)):
            mine, theirs = (found(store, prefix, asked) for store in (ours, stock))
            assert mine == theirs, (asked, prefix, mine, theirs)
    pages = [ours.search(("notes",), offset=place, limit=5) for place in (0, 5, 10, 15)]
    assert [len(page) for page in pages] == [5, 5, 2, 0]
    assert len({item.key for page in pages for item in page}) == 12
    for listed in (
        {},
        {"prefix": ("notes",)},
        {"suffix": ("x",)},
        {"prefix": ("notes", "*")},
        {"prefix": ("*", "a"), "suffix": ("x",)},
        {"max_depth": 1},
        {"max_depth": 2, "prefix": ("notes",)},
        {"limit": 1, "offset": 1},
    ):
        assert ours.list_namespaces(**listed) == stock.list_namespaces(**listed), listed


@tries
def a_query_finds_the_best_first(home: str) -> None:
    store = store_of(home)
    store.put(("a",), "tea", {"text": "Ada drinks green tea."})
    store.put(("a",), "key", {"text": "The spare key lies under the third flowerpot."})
    store.put(("a",), "long", LONG)

    assert [item.key for item in store.search(("a",), query="spare key")] == ["key"]
    assert [item.key for item in store.search(("a",), query="crane")] == ["long"]


@tries
def names_with_any_characters_are_apart(home: str) -> None:
    store = store_of(home)
    names = [(("a/b",), "c"), (("a", "b"), "c"), (('a"', "b"), "c"), (("a",), 'b", "c'), (("ä ö",), "c")]
    for number, (space, key) in enumerate(names):
        store.put(space, key, {"number": number})

    assert [store.get(space, key).value["number"] for space, key in names] == [0, 1, 2, 3, 4]  # type: ignore[union-attr]


class State(TypedDict):
    question: str
    answer: str


@tries
def a_graph_has_the_store_in_its_nodes(home: str) -> None:
    def remember(state: State, runtime: Runtime[None]) -> dict[str, str]:
        assert runtime.store is not None
        runtime.store.put(("notes",), "key", {"text": "The spare key lies under the third flowerpot."})
        return {}

    async def look(state: State, runtime: Runtime[None]) -> dict[str, str]:
        assert runtime.store is not None
        found = await runtime.store.asearch(("notes",), query=state["question"])
        return {"answer": found[0].value["text"]}

    graph: Any = StateGraph(State).add_node("remember", remember).add_node("look", look)
    graph.add_edge(START, "remember").add_edge("remember", "look")

    state = asyncio.run(remembering(graph, home).ainvoke({"question": "spare key", "answer": ""}))

    assert "third flowerpot" in state["answer"]
    assert "third flowerpot" in classic_answer(home, "Where does the spare key lie?")


tries.run()
