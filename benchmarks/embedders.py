"""Measure embedding models: loading, a passage, a question, and inserts that wait for their vectors or not.

    python -m benchmarks.embedders
    python -m benchmarks.embedders --model fastembed:/path/to/folder --model wordllama --inserts 200 --json

A model that is not available is reported as skipped. The names are those that `open_embedder` accepts.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.measuring import emit, machine, milliseconds, parser, percentiles, report_progress, table
from memgpt_autogen import open_embedder
from memgpt_autogen.errors import MemGPTError
from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex

MODELS = (
    "wordllama",
    "model2vec:minishlab/potion-base-8M",
    "fastembed:BAAI/bge-small-en-v1.5",
    "sentence-transformers:all-MiniLM-L6-v2",
)

SENTENCE = "Anna moved to city {number} in the spring, and Ben told her that the meeting is on day {number}. "


def passage(number: int, chars: int) -> str:
    sentence = SENTENCE.format(number=number)
    return (sentence * (chars // len(sentence) + 1))[:chars]


def inserts(embedder: Embedder, count: int, chars: int, *, deferred: bool) -> dict[str, Any]:
    """Insert passages one after another, as the agent's tool does. Then wait for the last vector."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        index = EdgeIndex(Path(folder))
        archive = Archive("bench", index, embedder, deferred=deferred)
        archive.insert("the folder is made by the first one")
        times = []
        for number in range(count):
            text = passage(number, chars)
            times.append(milliseconds(lambda text=text: archive.insert(text, wait=False)))
        pending = archive.pending()
        behind = milliseconds(archive.settle)
        left = archive.pending()
        index.close()
    return {"ms": percentiles(times), "pending_then": pending, "behind_ms": round(behind, 1), "left": left}


def measure(name: str, count: int, chars: int) -> dict[str, Any]:
    try:
        embedder = open_embedder(name)
        if embedder is None:
            return {"skipped": "no embedding model"}
        start = time.perf_counter()
        embedder.embed_query("warm")
        load = time.perf_counter() - start
    except MemGPTError as error:
        return {"skipped": str(error)}
    texts = [passage(number, chars) for number in range(max(8, count // 4))]
    whole = milliseconds(lambda: embedder.embed(texts))
    questions = [milliseconds(lambda n=n: embedder.embed_query(f"Where is city {n}?")) for n in range(20)]
    return {
        "model": embedder.model,
        "dimension": embedder.dimension,
        "slow": bool(getattr(embedder, "slow", False)),
        "load_seconds": round(load, 2),
        "passage_ms": round(whole / len(texts), 3),
        "question_ms": round(statistics.median(questions), 3),
        "waiting": inserts(embedder, count, chars, deferred=False),
        "deferred": inserts(embedder, count, chars, deferred=True),
    }


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument(
        "--model", action="append", help="a name that open_embedder accepts; can be repeated"
    )
    options.add_argument("--inserts", type=int, default=60, help="how many inserts")
    options.add_argument("--chars", type=int, default=1200, help="characters per passage")
    given = options.parse_args()
    found: dict[str, Any] = {}
    for name in given.model or MODELS:
        report_progress(f"{name} ...")
        found[name] = measure(name, given.inserts, given.chars)
    result = {
        **machine("wordllama", "model2vec", "fastembed", "sentence-transformers", "qdrant-edge-py"),
        "inserts": given.inserts,
        "chars": given.chars,
        "models": found,
    }
    if given.json:
        emit(result)
        return
    head = (
        "model",
        "dimension",
        "load s",
        "passage ms",
        "question ms",
        "insert p50 ms, waiting",
        "insert p50 ms, deferred",
    )
    rows = [
        (each["model"], each["dimension"], each["load_seconds"], each["passage_ms"], each["question_ms"],
         each["waiting"]["ms"]["p50"], each["deferred"]["ms"]["p50"])
        for each in found.values() if "skipped" not in each
    ]  # fmt: skip
    print(table(head, rows))
    for name, each in found.items():
        if "skipped" in each:
            print(f"\n{name}: skipped, {each['skipped']}")


if __name__ == "__main__":
    main()
