"""Measure how far the token estimate is from OpenAI's own count, for the texts in some files.

    python -m benchmarks.token_estimate notes.md chat.json.gz ...

It reads text files, and every text of at least 20 characters in JSON files, which may be compressed with
gzip. A long text is cut into pieces of 4,000 characters. It prints JSON: for each file the number of texts,
and the estimate's error in percent (positive: the estimate is too high). The median, the 5th and the 95th
percentile count each text once; `error_over_all` compares the totals of tokens.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from memgpt_autogen.llm.tokens import ApproximateCounter, OpenAICounter

PIECE = 4000


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (value[start : start + PIECE] for start in range(0, len(value), PIECE))
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)


def read(path: Path) -> Any:
    packed = path.suffix == ".gz"
    text = gzip.decompress(path.read_bytes()).decode() if packed else path.read_text(encoding="utf-8")
    return json.loads(text) if ".json" in path.suffixes else text


def measure(texts: list[str], encoding: str) -> dict[str, Any]:
    estimate, true = ApproximateCounter(), OpenAICounter(encoding)
    counts = [(estimate.count(text), true.count(text)) for text in texts]
    errors = sorted(100 * (about - exact) / exact for about, exact in counts)
    return {
        "texts": len(texts),
        "tokens": sum(exact for _, exact in counts),
        "median_error": round(statistics.median(errors), 1),
        "percentile_5": round(errors[len(errors) * 5 // 100], 1),
        "percentile_95": round(errors[len(errors) * 95 // 100], 1),
        "error_over_all": round(
            100 * (sum(about for about, _ in counts) / sum(exact for _, exact in counts) - 1), 1
        ),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--encoding", default="o200k_base", choices=["o200k_base", "cl100k_base"])
    parser.add_argument(
        "--most", type=int, default=2000, help="at most this many texts of each file, evenly spread"
    )
    options = parser.parse_args()
    report = {}
    for path in options.paths:
        found = [text for text in texts_in(read(path)) if len(text) >= 20]
        step = max(1, len(found) // options.most)
        if found:
            report[path.name] = measure(found[::step], options.encoding)
    print(json.dumps({"encoding": options.encoding, "files": report}, indent=2))
