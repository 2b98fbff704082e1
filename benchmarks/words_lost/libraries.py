"""Compare the words that a library reads from documents with those that independent readers show of them.

    python -m benchmarks.words_lost --keep ../files
    python -m benchmarks.words_lost.libraries --files ../files --library ours --json
    python -m benchmarks.words_lost.libraries --files ../files --library mammoth --python ../env/bin/python

The documents are those that `benchmarks.words_lost --keep` made, and the same code compares the words. A
library runs in an environment of its own, `ours` in this one. A torn word is lost, and its halves are added.
A library that ends, hangs or takes too much memory is started again for the next file, and the file counts as
refused. Damaged documents are counted apart.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.measuring import emit, machine, parser, report_progress, table
from benchmarks.words_lost.__main__ import attach
from benchmarks.words_lost.compare import Counts, Stored, compare
from benchmarks.words_lost.library_child import LIBRARIES
from benchmarks.words_lost.made import Words

OURS = "ours"

CHILD = Path(__file__).with_name("library_child.py")

MAY_LACK_MENUS = ("menus left out",)
"""The note of our readers for what is around the text. No library has one, so all get it."""

START_SECONDS = 120
"""How long a library may take to start and to read its first file."""

COLUMNS = (
    "files",
    "words_shown",
    "words_lost",
    "lost_percent",
    "pairs_apart",
    "words_added",
    "refused",
    "seconds",
)


@dataclass(slots=True)
class Total:
    """What a library did with the documents of one kind, sound or damaged."""

    counts: Counts = field(default_factory=Counts)
    refused: int = 0
    """Files that the library does not read, or ends or hangs with. All of their words are lost."""
    seconds: float = 0.0
    errors: dict[str, str] = field(default_factory=dict)
    """The error of each file that was refused."""

    def as_json(self) -> dict[str, Any]:
        shown, lost = self.counts.words_shown, self.counts.words_lost
        named = {name: getattr(self.counts, name) for name in COLUMNS if hasattr(self.counts, name)}
        return {
            **named,
            "lost_percent": round(100 * lost / shown, 2) if shown else None,
            "refused": self.refused,
            "seconds": round(self.seconds, 2),
            "errors": self.errors,
        }


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    options = parser(__doc__ or "")
    options.add_argument("--files", type=Path, required=True, help="the folder that --keep has filled")
    options.add_argument("--library", required=True, choices=(OURS, *LIBRARIES), help="the one that reads")
    options.add_argument(
        "--python", default=sys.executable, help="the Python of the environment in which it is installed"
    )
    options.add_argument("--kind", action="append", help="only documents of this kind; may be repeated")
    options.add_argument("--seconds", type=float, default=60, help="the longest time for one file")
    options.add_argument("--memory", type=int, default=6000, help="the most megabytes of memory")
    given = options.parse_args(arguments)
    manifest = given.files / "manifest.json"
    if not manifest.is_file():
        options.error(
            f"--files {given.files} has no manifest.json. Fill it by `benchmarks.words_lost --keep`."
        )
    suffixes = () if given.library == OURS else LIBRARIES[given.library].suffixes
    listed = [
        each
        for each in json.loads(manifest.read_text(encoding="utf-8"))
        if each["lines"] and (not given.kind or each["kind"] in given.kind)
        if not suffixes or Path(each["path"]).suffix.lower() in suffixes
    ]
    by_kind: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in listed:
        by_kind[each["kind"]].append(each)
    about: dict[str, Any] = {}
    totals: dict[str, dict[str, Total]] = {}
    for kind, documents in sorted(by_kind.items()):
        report_progress(f"{given.library} reads {len(documents)} {kind} files")
        paths = [given.files / each["path"] for each in documents]
        if given.library == OURS:
            texts = _ours(paths)
        else:
            texts = LibraryProcess(given.library, given.python, given.seconds, given.memory, about).read(
                paths
            )
        totals[kind] = {"sound": Total(), "damaged": Total()}
        for each, (stored, seconds) in zip(documents, texts, strict=True):
            _add(totals[kind]["damaged" if each["damage"] else "sound"], each, stored, seconds)
    result = {
        "library": given.library,
        "about": about,
        "kinds": {kind: {name: total.as_json() for name, total in of.items()} for kind, of in totals.items()},
        "machine": machine(),
    }
    print(_format(result))
    if given.json:
        emit(result)
    return result


def _add(total: Total, document: dict[str, Any], stored: Stored, seconds: float) -> None:
    about = (document["path"], document["kind"], document["writer"], document["damage"])
    around = document.get("around", {})
    seen = [
        (reader, Words("\n".join(lines), around.get(reader))) for reader, lines in document["lines"].items()
    ]
    counts, _ = compare(about, seen, stored)
    total.counts.add(counts)
    total.seconds += seconds
    if stored.error is not None:
        total.refused += 1
        total.errors[document["path"]] = stored.error


def _ours(paths: Sequence[Path]) -> Iterator[tuple[Stored, float]]:
    """Attach the files to an agent. The time is the mean of all, with storing and indexing."""
    start = time.perf_counter()
    found = attach(paths)
    seconds = (time.perf_counter() - start) / len(paths)
    for path in paths:
        yield found[str(path.resolve())], seconds


@dataclass(slots=True)
class LibraryProcess:
    """A library in a process of its own, which is started again after a file that ends it."""

    library: str
    python: str
    seconds: float
    memory: int
    about: dict[str, Any]
    """Filled with what the library says about itself."""
    _process: subprocess.Popen[str] | None = None
    _answers: queue.Queue[str] = field(default_factory=queue.Queue)

    def read(self, paths: Sequence[Path]) -> Iterator[tuple[Stored, float]]:
        """Yield the text of each file and the seconds it took."""
        try:
            for path in paths:
                yield self._read(path)
        finally:
            self._end()

    def _read(self, path: Path) -> tuple[Stored, float]:
        fresh = self._process is None
        process = self._process or self._start()
        assert process.stdin is not None
        try:
            process.stdin.write(f"{path.resolve()}\n")
            process.stdin.flush()
            line = self._answers.get(timeout=max(self.seconds, START_SECONDS if fresh else 0))
        except queue.Empty:
            self._end()
            return Stored([], error=f"took longer than {self.seconds:g} seconds"), self.seconds
        except BrokenPipeError:
            line = ""
        if not line:
            self._end()
            return Stored([], error="the process ended"), 0.0
        answer = json.loads(line)
        if answer["error"] is not None:
            return Stored([], error=answer["error"]), answer["seconds"]
        return Stored([("", answer["text"])], MAY_LACK_MENUS), answer["seconds"]

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [self.python, str(CHILD), self.library, str(self.memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self._process, self._answers = process, queue.Queue()
        threading.Thread(target=_pass_on, args=(process, self._answers), daemon=True).start()
        first = self._answers.get(timeout=START_SECONDS)
        if not first:
            raise SystemExit(f"{self.library} does not run with --python {self.python}. Install it there.")
        self.about.update(json.loads(first))
        return process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _pass_on(process: subprocess.Popen[str], answers: queue.Queue[str]) -> None:
    """Put each line of the output into a queue, and an empty one when the process has ended."""
    assert process.stdout is not None
    for line in process.stdout:
        answers.put(line)
    answers.put("")


def _format(result: dict[str, Any]) -> str:
    about = result["about"]
    title = result["library"]
    if about:
        title += f" {about['version']}: {about['packages']} packages, {about['megabytes']} MB"
    rows = [
        [kind, state, *(total[name] for name in COLUMNS)]
        for kind, states in result["kinds"].items()
        for state, total in states.items()
        if total["files"]
    ]
    return f"{title}\n\n{table(['kind', 'state', *(name.replace('_', ' ') for name in COLUMNS)], rows)}"


if __name__ == "__main__":
    main()
