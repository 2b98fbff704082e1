"""Measure whether a search finds the answer: recall@5/10/50, hit@10 and nDCG@10, compared with BM25.

    python -m benchmarks.retrieval --dataset locomo --data locomo_dev.json.gz --json
    python -m benchmarks.retrieval --all FOLDER --half second --json

NQ's paragraphs are in archival memory, the turns and messages of the other data sets in recall memory. Each
conversation has its own agent. Every question with evidence is asked unchanged; RealMem's questions are asked
at their places in the chat. No language model is used. The baselines are plain BM25, and `bm25_near`: BM25
over each turn with its two neighbours. `--embedder` adds an embedding model to our search, and this model
alone to the baselines. Several pairs of `--dataset` and `--data`, or `--all`, give one table of all sets.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from benchmarks.datasets import Dataset, Question, Store, Unit, load
from benchmarks.measuring import emit, machine, named_embedder, parser, percentiles, report_progress, table
from memgpt_autogen.assembly import open_memory
from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.memory.passages import Draft
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings

AGENT = "listener"
DEPTH = 50

Search = Callable[[Question], list[str]]
"""Takes a question and returns the keys of the found units, best first."""


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    options = parser(__doc__ or "")
    options.add_argument("--dataset", choices=get_args(Dataset), action="append", default=[])
    options.add_argument(
        "--data", type=Path, action="append", default=[], help="its file, .json or .json.gz; once a --dataset"
    )
    options.add_argument("--all", type=Path, help="every data set that is in this folder")
    options.add_argument("--embedder", help="an embedding model, such as wordllama; default: lexical search")
    options.add_argument("--hops", type=int, choices=(1, 2), default=1, help="of a search in recall memory")
    options.add_argument("--reranker", help="of recall memory, such as wordllama; default: none")
    options.add_argument("--stores", help="only these conversations, by number from 0: 0,1,2")
    options.add_argument("--half", choices=("first", "second"), help="only this half of the conversations")
    options.add_argument("--plot", type=Path, help="write a plot of recall@10 by category to this file")
    given = options.parse_args(arguments)
    sets = list(zip(given.dataset, given.data, strict=False)) + (found_in(given.all) if given.all else [])
    if not sets or len(given.dataset) != len(given.data):
        options.error("give each --dataset its --data, or the folder of all with --all")
    if given.plot and len(sets) > 1:
        options.error("--plot takes one --dataset")
    results = [_measure_set(dataset, file, given) for dataset, file in sets]
    for result in results:
        print(_format(result))
    if given.plot:
        _plot(results[0], given.plot)
    result = results[0] if len(results) == 1 else {"sets": results}
    if len(results) > 1:
        print(f"\n{_format_all(results)}")
    if given.json:
        emit(result)
    return result


def _measure_set(dataset: Dataset, file: Path, given: argparse.Namespace) -> dict[str, Any]:
    stores = load(dataset, file)
    if given.stores:
        stores = [stores[int(number)] for number in given.stores.split(",")]
    if given.half:
        stores = half_of(stores, given.half)
    embedder = named_embedder(given.embedder)
    ours, seconds, speed = _measure_ours(dataset, stores, embedder, given.hops, given.reranker)
    baselines = {"bm25": _measure(stores, bm25), "bm25_near": _measure(stores, bm25_near)}
    better = max(_main(measured)["recall@10"] for measured in baselines.values())
    if embedder is not None:
        baselines["dense"] = _measure(stores, lambda store: _dense(store, embedder))
    return {
        "dataset": dataset,
        "half": given.half,
        **ours,
        "baselines": baselines,
        "recall@10_over_bm25": round(_main(ours)["recall@10"] / better, 3) if better else None,
        "embedder": given.embedder,
        "hops": given.hops,
        "reranker": given.reranker,
        "search_ms": speed,
        "load_seconds": round(seconds, 1),
        "machine": machine("bm25s", "qdrant-edge-py", *((given.embedder,) if given.embedder else ())),
    }


def found_in(folder: Path) -> list[tuple[Dataset, Path]]:
    """Return every data set that a folder has a file of, such as `locomo/locomo_dev.json.gz`."""
    found = [
        (dataset, file)
        for dataset in get_args(Dataset)
        for file in sorted(folder.glob(f"{dataset}*/{dataset}*.json.gz"))[:1]
    ]
    if not found:
        raise SystemExit(f"--all {folder} has no data set, such as locomo/locomo_dev.json.gz")
    return found


def half_of(stores: Sequence[Store], half: str) -> list[Store]:
    """Return every other conversation: those with even numbers are the `first` half."""
    return list(stores[0 if half == "first" else 1 :: 2])


def _main(measured: Mapping[str, Any]) -> dict[str, float]:
    """Return the figures that are quoted: LoCoMo's are of the questions that have an answer."""
    figures: dict[str, float] = measured.get("locomo_1_4") or measured["all"]
    return figures


def _measure_ours(
    dataset: str, stores: Sequence[Store], embedder: Embedder | None, hops: int, reranker: str | None
) -> tuple[dict[str, Any], float, dict[str, float]]:
    times: list[float] = []
    started = time.perf_counter()
    spent = 0.0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:

        def made(store: Store) -> Search:
            nonlocal spent
            begun = time.perf_counter()
            number = stores.index(store)
            sizes = f"{len(store.units)} units, {len(store.questions)} questions"
            report_progress(f"store {number + 1} of {len(stores)}: {sizes}")
            settings = Settings.load(home=Path(home) / str(number))
            if dataset == "nq":
                search = _archival(store, settings, embedder)
            else:
                search = recall_search(store, settings, embedder, hops=hops, reranker=reranker)
            spent += time.perf_counter() - begun

            def timed(question: Question) -> list[str]:
                start = time.perf_counter()
                found = search(question)
                times.append((time.perf_counter() - start) * 1000)
                return found

            return timed

        measured = _measure(stores, made)
    report_progress(f"{time.perf_counter() - started:.1f} s")
    return measured, spent, percentiles(times)


def recall_search(
    store: Store,
    settings: Settings,
    embedder: Embedder | None,
    *,
    hops: int = 1,
    reranker: str | None = None,
) -> Search:
    """Return our search in recall memory."""
    memory = open_memory(AGENT, settings, embedder=embedder, reranker=reranker)
    keys: list[str] = []
    first = memory.log.last_seq()

    def say(units: Sequence[Unit]) -> None:
        memory.log.append(
            *(
                Message("assistant", unit.text, "spoken", time=unit.time)
                if unit.speaker == "assistant"
                else Message("user", unit.text, name=unit.speaker, time=unit.time)
                for unit in units
            )
        )
        memory.recall.index()
        keys.extend(unit.key for unit in units)

    if all(question.asked_after is None for question in store.questions):
        say(store.units)

    def search(question: Question) -> list[str]:
        if question.asked_after is not None and question.asked_after > len(keys):
            say(store.units[len(keys) : question.asked_after])
        found = memory.recall.search(question.text, hops=hops, page_size=DEPTH)
        if found.trouble:
            sys.exit(f"the search could not use the index: {found.trouble}")
        return list(dict.fromkeys(keys[item.seq - first - 1] for item in found.items))

    return search


def _archival(store: Store, settings: Settings, embedder: Embedder | None) -> Search:
    archive = open_memory(AGENT, settings, embedder=embedder).archival
    archive.insert_many(Draft(unit.text, source=unit.key) for unit in store.units)

    def search(question: Question) -> list[str]:
        found = archive.search(question.text, page_size=DEPTH)
        return list(dict.fromkeys(str(item.passage.source) for item in found.items))

    return search


def bm25(store: Store) -> Search:
    """Search with plain BM25: with stemming, without stop words, one document for each unit."""
    return _bm25(store, [unit.text for unit in store.units])


def bm25_near(store: Store) -> Search:
    """Search with BM25 over each unit with the one before and the one after it."""
    texts = [unit.text for unit in store.units]
    return _bm25(store, ["\n".join(texts[max(place - 1, 0) : place + 2]) for place in range(len(texts))])


def _bm25(store: Store, texts: Sequence[str]) -> Search:
    import bm25s
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    index = bm25s.BM25()
    index.index(
        bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False), show_progress=False
    )

    def search(question: Question) -> list[str]:
        words = bm25s.tokenize([question.text], stopwords="en", stemmer=stemmer, show_progress=False)
        depth = len(texts) if question.asked_after is not None else min(DEPTH, len(texts))
        found, scores = index.retrieve(words, k=depth, show_progress=False)
        matching = [place for place, score in zip(found[0], scores[0], strict=True) if score > 0]
        return _keys(store, question, matching)

    return search


def _dense(store: Store, embedder: Embedder) -> Search:
    """Search only by the cosine of the same vectors."""
    import numpy as np

    vectors = np.asarray(embedder.embed([unit.text for unit in store.units]))

    def search(question: Question) -> list[str]:
        scores = vectors @ np.asarray(embedder.embed_query(question.text))
        return _keys(store, question, np.argsort(-scores, kind="stable"))

    return search


def _keys(store: Store, question: Question, places: Iterable[int]) -> list[str]:
    """Return the keys of the first units of these places that had been said when the question was asked."""
    said = len(store.units) if question.asked_after is None else question.asked_after
    return list(dict.fromkeys(store.units[place].key for place in places if place < said))[:DEPTH]


def _measure(stores: Sequence[Store], make: Callable[[Store], Search]) -> dict[str, Any]:
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    for store in stores:
        search = make(store)
        for question in store.questions:
            rows[question.category].append(_scores(search(question), question.evidence))
    measured = {
        "questions": sum(map(len, rows.values())),
        "all": _mean(row for group in rows.values() for row in group),
        "by_category": {category: _mean(rows[category]) for category in sorted(rows)},
    }
    answerable = [row for category in ("1", "2", "3", "4") for row in rows.get(category, ())]
    if answerable:
        measured["locomo_1_4"] = _mean(answerable)
    return measured


def _scores(found: Sequence[str], evidence: frozenset[str]) -> dict[str, float]:
    hits = [key in evidence for key in found]
    ideal = sum(1 / math.log2(rank + 2) for rank in range(min(10, len(evidence))))
    return {
        **{f"recall@{depth}": sum(hits[:depth]) / len(evidence) for depth in (5, 10, 50)},
        "hit@10": float(any(hits[:10])),
        "ndcg@10": sum(1 / math.log2(rank + 2) for rank, hit in enumerate(hits[:10]) if hit) / ideal,
    }


def _mean(rows: Iterable[dict[str, float]]) -> dict[str, float]:
    rows = list(rows)
    return {name: round(sum(row[name] for row in rows) / len(rows), 4) for name in rows[0]} if rows else {}


def _format(result: dict[str, Any]) -> str:
    measures = list(result["all"])
    rows = []
    for name, measured in (("ours", result), *result["baselines"].items()):
        parts = {"all": measured["all"], **measured["by_category"]}
        if "locomo_1_4" in measured:
            parts["1 to 4"] = measured["locomo_1_4"]
        rows += [
            (name, part, *(f"{values[each]:.3f}" for each in measures)) for part, values in parts.items()
        ]
    speed = result["search_ms"]
    return (
        f"{table(('search', 'category', *measures), rows)}\n\n{result['questions']} questions; "
        f"a search takes {speed['p50']} ms (p50), {speed['p95']} ms (p95)."
    )


def _format_all(results: Sequence[dict[str, Any]]) -> str:
    rows = []
    for result in results:
        searches = {"ours": result, **result["baselines"]}
        for name, measured in searches.items():
            figures = _main(measured)
            ratio = result["recall@10_over_bm25"] if name == "ours" else ""
            rows.append((result["dataset"], name, *(f"{each:.3f}" for each in figures.values()), ratio))
    return table(("data", "search", *_main(results[0]), "over the better BM25"), rows)


def _plot(result: dict[str, Any], file: Path) -> None:
    import matplotlib.pyplot as plt

    searches = {"ours": result, **result["baselines"]}
    parts = list(result["by_category"])
    figure, axes = plt.subplots(figsize=(1.6 + 1.1 * len(parts), 3.6))
    width = 0.8 / len(searches)
    for number, (name, measured) in enumerate(searches.items()):
        places = [place + number * width for place in range(len(parts))]
        axes.bar(places, [measured["by_category"][part]["recall@10"] for part in parts], width, label=name)
    axes.set_xticks(
        [place + 0.4 - width / 2 for place in range(len(parts))], parts, rotation=20 if len(parts) > 5 else 0
    )
    axes.set_ylim(0, 1)
    axes.set_ylabel("recall@10")
    axes.set_title(f"{result['dataset']}: is what answers the question among the first ten?", fontsize=10)
    axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(file)


if __name__ == "__main__":
    main()
