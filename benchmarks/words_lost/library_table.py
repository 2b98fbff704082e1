"""Print one table of what all libraries lose, from the files that hold their results.

    python -m benchmarks.words_lost.libraries --files ../files --library ours --json > ../results/ours.txt
    python -m benchmarks.words_lost.library_table ../results/*.txt

The last line of each file is the JSON of one library. A cell is the share of the words that are lost, as a
percentage, and in brackets how many files were refused. A library that refuses all files of a kind has a
dash: it does not read that kind.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measuring import parser, table

MANY_KINDS = ("ours", "unstructured", "docling", "kreuzberg", "kreuzberg-markdown", "markitdown", "pandoc")
"""What gets a column of its own."""


def main(arguments: Sequence[str] | None = None) -> str:
    options = parser(__doc__ or "")
    options.add_argument("results", type=Path, nargs="+", help="files with the results of `libraries --json`")
    given = options.parse_args(arguments)
    found = [json.loads(path.read_text(encoding="utf-8").splitlines()[-1]) for path in given.results]
    results = {each["library"]: each for each in found}
    tables = [f"{state} documents\n\n{_table(results, state)}" for state in ("sound", "damaged")]
    text = "\n\n".join([*tables, _weights(results)])
    print(text)
    return text


def _table(results: dict[str, Any], state: str) -> str:
    kinds = sorted({kind for each in results.values() for kind in each["kinds"]})
    columns = [name for name in MANY_KINDS if name in results]
    others = sorted(results.keys() - set(columns))
    rows = []
    for kind in kinds:
        totals = {name: each["kinds"][kind][state] for name, each in results.items() if kind in each["kinds"]}
        most = max(totals.values(), key=lambda total: int(total["files"]))
        if most["files"]:
            rest = [f"{name} {_cell(totals[name])}" for name in others if name in totals]
            cells = [_cell(totals.get(name)) for name in columns]
            rows.append([kind, most["files"], most["words_shown"], *cells, ", ".join(rest)])
    return table(["kind", "files", "words", *columns, "others"], rows)


def _cell(total: dict[str, Any] | None) -> str:
    if total is None or total["refused"] == total["files"]:
        return "–"
    refused = f" ({total['refused']})" if total["refused"] else ""
    return f"{total['lost_percent']:g}{refused}"


def _weights(results: dict[str, Any]) -> str:
    rows = [
        [name, about["version"], about["packages"], about["megabytes"]]
        for name, each in results.items()
        if (about := each["about"])
    ]
    return table(["library", "version", "packages", "MB"], rows)


if __name__ == "__main__":
    main()
