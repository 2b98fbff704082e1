"""Compare the words of made documents, as independent readers show them, with the words that are stored.

    python -m benchmarks.words_lost --data ../shared/data --json

Real writers make documents out of drafts, some are damaged, each is attached to an agent, and the words of
its passages are compared with those that another reader shows. A writer or reader whose program is not
installed is left out, which the output says. `--light` uses Python packages only.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Optional

from benchmarks.measuring import emit, machine, parser, report_progress, table
from benchmarks.words_lost.compare import Counts, Difference, Stored, compare, shown_lines
from benchmarks.words_lost.damage import damage
from benchmarks.words_lost.drafts import draft
from benchmarks.words_lost.made import Made, Maker, Reader, Refused, Words
from benchmarks.words_lost.makers import MAKERS
from benchmarks.words_lost.shown import SHOWN

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

STORED = Path(__file__).with_name("stored.py")

Readers = dict[str, list[Reader]]
"""The readers that are used, by kind."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader shows of a document."""

    reader: str
    text: Optional[str]
    """None if it does not open it."""
    refusal: str = ""
    around: Optional[str] = None
    """As in `Words`."""


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    options = parser(__doc__ or "")
    options.add_argument(
        "--data",
        type=Path,
        default=DATA,
        help="the folder of the data sets; without it, the drafts have texts of docs/ only",
    )
    options.add_argument("--keep", type=Path, help="keep the documents in this folder, with manifest.json")
    options.add_argument("--again", type=Path, help="compare the documents that an earlier run kept here")
    options.add_argument("--kind", action="append", help="compare only this kind; may be repeated")
    options.add_argument("--light", action="store_true", help="only makers and readers that need no program")
    options.add_argument("--package", type=Path, help="measure the package of another checkout")
    given = options.parse_args(arguments)
    known = sorted({maker.kind for maker in MAKERS})
    if unknown := sorted(set(given.kind or ()) - set(known)):
        options.error(f"--kind {unknown[0]}: the kinds are {', '.join(known)}.")
    left_out: list[str] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        if given.again:
            made, shown = _kept(given.again, given.kind)
        else:
            data = given.data if given.data.is_dir() else None
            if data is None:
                report_progress(f"no folder {given.data}: the drafts have the texts of docs/ only")
            folder = given.keep or Path(temporary)
            makers, left_out = _chosen(given.kind, light=given.light)
            made = list(_make(makers, folder, data))
            readers = {
                kind: _readers(kind, light=given.light) for kind in sorted({each.kind for each in made})
            }
            shown = dict(_show(made, readers))
            if given.keep:
                _write_manifest(folder, made, shown)
        found = attach([each.path for each in made], given.package)
    counts, differences = _compare(made, shown, found)
    readers_used: dict[str, list[str]] = {}
    for each in made:
        used = readers_used.setdefault(each.kind, [])
        used += [one.reader for one in shown[each.path] if one.reader not in used]
    result: dict[str, Any] = {
        "kinds": {kind: asdict(count) for kind, count in sorted(counts.items())},
        "total": asdict(_sum(counts)),
        "readers": readers_used,
        "left_out": left_out,
        "differences": [each.as_json() for each in differences],
        "machine": machine("python-calamine", "python-pptx", "striprtf", "pypdf", "beautifulsoup4"),
    }
    print(_format(result))
    if given.json:
        emit(result)
    return result


def _chosen(kinds: Optional[Sequence[str]], *, light: bool) -> tuple[list[Maker], list[str]]:
    """Return the makers that can run, and what the others lack."""
    wanted = [maker for maker in MAKERS if not kinds or maker.kind in kinds]
    chosen = [maker for maker in wanted if not (light and maker.needs) and not maker.lacking()]
    others = [maker for maker in wanted if maker not in chosen]
    return chosen, [
        f"{each.kind} by {each.writer} (needs {', '.join(each.needs + each.modules)})" for each in others
    ]


def _readers(kind: str, *, light: bool) -> list[Reader]:
    """Return the readers of a kind that can run; none if only what the maker wrote can be compared."""
    usable = [each for each in SHOWN.get(kind, ()) if not (light and each.needs) and each.can_run()]
    return usable[:1] + [each for each in usable[1:] if each.further]


def _make(makers: Sequence[Maker], folder: Path, data: Path | None) -> Iterator[Made]:
    for maker in makers:
        first = zlib.crc32(f"{maker.kind} {maker.writer}".encode()) % 9000 * 10
        writer = re.sub(r"\W+", "-", maker.writer.lower()).strip("-")
        below = folder / f"{maker.kind}-{writer}"
        below.mkdir(parents=True, exist_ok=True)
        report_progress(f"making {maker.files + maker.damaged} {maker.kind} files by {maker.writer}")
        made: list[Made] = []
        for at in range(maker.files + maker.damaged):
            made_of = draft(first + at, data)
            path = below / f"{maker.kind}-{writer}-{made_of.number:05}{maker.suffix}"
            written = maker.make(made_of, path)
            made.append(Made(path, maker.kind, maker.writer, "", written))
        if maker.finish:
            maker.finish([each.path for each in made])
        for at, each in enumerate(made):
            if not each.path.exists():
                report_progress(f"  {maker.writer} did not write {each.path.name}")
            elif at < maker.files:
                yield each
            else:
                yield replace(each, damage=damage(each.path, first // 10 + at), written=None)


def _show(made: Sequence[Made], readers: Readers) -> Iterator[tuple[Path, list[Seen]]]:
    """Yield for each document what its maker wrote, if that is known, and what the readers show."""
    for kind, those in readers.items():
        here = [each for each in made if each.kind == kind]
        for reader in those:
            report_progress(f"showing {len(here)} {kind} files by {reader.name}")
            if reader.prepare:
                reader.prepare([each.path for each in here])
        for each in here:
            seen = [_seen(reader, each.path) for reader in those]
            if each.written is not None:
                seen.append(Seen("the maker", each.written))
            yield each.path, seen


def _seen(reader: Reader, path: Path) -> Seen:
    try:
        words = reader.show(path)
        return Seen(reader.name, words.text, around=words.around)
    except Refused as refused:
        return Seen(reader.name, None, str(refused))


def attach(paths: Sequence[Path], package: Path | None = None) -> dict[str, Stored]:
    """Attach the documents in another process, with the package of this checkout or of another one."""
    root = (package or Path(__file__).resolve().parents[2]).resolve()
    if not (root / "memgpt_autogen" / "__init__.py").is_file():
        raise SystemExit(f"--package {package} has no package memgpt_autogen. Give the root of a checkout.")
    report_progress(f"attaching {len(paths)} files")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        asked, answer = Path(folder, "asked.json"), Path(folder, "answer.json")
        asked.write_text(json.dumps([str(path.resolve()) for path in paths]))
        program = (
            "import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
        )
        subprocess.run(
            [sys.executable, "-c", program, str(STORED), str(asked), str(answer)],
            check=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(root)},
            stdout=sys.stderr,
        )
        found = json.loads(answer.read_text())
    return {path: Stored([(h, t) for h, t in each.pop("passages")], **each) for path, each in found.items()}


def _compare(
    made: Sequence[Made], shown: dict[Path, list[Seen]], found: dict[str, Stored]
) -> tuple[dict[str, Counts], list[Difference]]:
    """Compare each document with each of its readers. A word that two of them show is counted once."""
    counts: dict[str, Counts] = {}
    differences = []
    for each in made:
        stored = found[str(each.path.resolve())]
        about = (each.path.name, each.kind, each.writer, each.damage)
        seen = [(one.reader, Words(one.text, one.around)) for one in shown[each.path] if one.text is not None]
        one, listed = compare(about, seen, stored)
        counts.setdefault(each.kind, Counts()).add(one)
        differences += listed
    return counts, differences


def _write_manifest(folder: Path, made: Sequence[Made], shown: dict[Path, list[Seen]]) -> None:
    listed = [
        {
            "path": each.path.relative_to(folder).as_posix(),
            "kind": each.kind,
            "writer": each.writer,
            "damage": each.damage,
            "lines": {
                one.reader: [" ".join(row) for row in shown_lines(one.text)]
                for one in shown[each.path]
                if one.text is not None
            },
            "around": {one.reader: one.around for one in shown[each.path] if one.around is not None},
            "refused": {one.reader: one.refusal for one in shown[each.path] if one.text is None},
        }
        for each in made
    ]
    (folder / "manifest.json").write_text(json.dumps(listed, ensure_ascii=False, indent=1), encoding="utf-8")


def _kept(folder: Path, kinds: Optional[Sequence[str]]) -> tuple[list[Made], dict[Path, list[Seen]]]:
    """Return the documents of an earlier run, and what its readers showed of them."""
    made, shown = [], {}
    for each in json.loads((folder / "manifest.json").read_text(encoding="utf-8")):
        if kinds and each["kind"] not in kinds:
            continue
        path = folder / each["path"]
        made.append(Made(path, each["kind"], each["writer"], each["damage"]))
        shown[path] = [
            Seen(reader, "\n".join(lines), around=each["around"].get(reader))
            for reader, lines in each["lines"].items()
        ]
        shown[path] += [Seen(reader, None, refusal) for reader, refusal in each["refused"].items()]
    return made, shown


def _sum(counts: dict[str, Counts]) -> Counts:
    total = Counts()
    for each in counts.values():
        total.add(each)
    return total


def _format(result: dict[str, Any]) -> str:
    names = list(Counts.__slots__)
    rows = [*result["kinds"].items(), ("all", result["total"])]
    lines = [
        table(
            ["kind", *(name.replace("_", " ") for name in names)],
            [[kind, *(row[name] for name in names)] for kind, row in rows],
        )
    ]
    lines += [f"left out: {each}" for each in result["left_out"]]
    for each in result["differences"]:
        what = ", ".join(each[name] for name in ("file", "damage", "reader") if name in each)
        if "named" in each:
            what += f": named: {each['named']}"
        for name in ("lost", "apart", "added"):
            if name in each:
                what += f"; {name}: {', '.join(each[name])}"
        lines.append(what)
    return "\n".join(lines)


if __name__ == "__main__":
    main()
