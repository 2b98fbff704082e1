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
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Optional

from benchmarks.measuring import emit, machine, parser, report_progress, table
from benchmarks.words_lost.compare import Counts, Difference, Stored, compare, shown_lines
from benchmarks.words_lost.damage import damage
from benchmarks.words_lost.drafts import draft
from benchmarks.words_lost.made import Made, Maker, Reader, Refused
from benchmarks.words_lost.makers import MAKERS
from benchmarks.words_lost.shown import SHOWN

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

STORED = Path(__file__).with_name("stored.py")


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    options = parser(__doc__ or "")
    options.add_argument(
        "--data",
        type=Path,
        default=DATA,
        help="the folder of the data sets; without it, the drafts have texts of docs/ only",
    )
    options.add_argument("--keep", type=Path, help="keep the documents in this folder, with manifest.json")
    options.add_argument("--kind", action="append", help="compare only this kind; may be repeated")
    options.add_argument("--light", action="store_true", help="only makers and readers that need no program")
    options.add_argument("--package", type=Path, help="measure the package of another checkout")
    given = options.parse_args(arguments)
    known = sorted({maker.kind for maker in MAKERS})
    if unknown := sorted(set(given.kind or ()) - set(known)):
        options.error(f"--kind {unknown[0]}: the kinds are {', '.join(known)}.")
    data = given.data if given.data.is_dir() else None
    if data is None:
        report_progress(f"no folder {given.data}: the drafts have the texts of docs/ only")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        makers, left_out = _chosen(given.kind, light=given.light)
        made = list(_make(makers, folder, data))
        readers = {kind: _reader(kind, light=given.light) for kind in sorted({each.kind for each in made})}
        shown = dict(_show(made, readers))
        found = attach([each.path for each in made], given.package)
        counts, differences = _compare(made, readers, shown, found)
        if given.keep:
            _write_manifest(folder, made, readers, shown)
    result: dict[str, Any] = {
        "kinds": {kind: asdict(count) for kind, count in sorted(counts.items())},
        "total": asdict(_sum(counts)),
        "readers": {
            kind: reader.name if reader else "what the maker wrote" for kind, reader in readers.items()
        },
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
    chosen = [maker for maker in wanted if not (light and maker.needs) and maker.can_run()]
    lacking = [maker for maker in wanted if maker not in chosen]
    return chosen, [f"{each.kind} by {each.writer} (needs {', '.join(each.needs)})" for each in lacking]


def _reader(kind: str, *, light: bool) -> Optional[Reader]:
    """Return the reader of a kind that can run; None if only what the maker wrote can be compared."""
    usable = (each for each in SHOWN.get(kind, ()) if not (light and each.needs) and each.can_run())
    return next(usable, None)


def _make(makers: Sequence[Maker], folder: Path, data: Path | None) -> Iterator[Made]:
    for place, maker in enumerate(makers):
        writer = re.sub(r"\W+", "-", maker.writer.lower()).strip("-")
        below = folder / f"{maker.kind}-{writer}"
        below.mkdir(parents=True, exist_ok=True)
        report_progress(f"making {maker.files + maker.damaged} {maker.kind} files by {maker.writer}")
        made: list[Made] = []
        for at in range(maker.files + maker.damaged):
            made_of = draft(place * 100 + at, data)
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
                yield replace(each, damage=damage(each.path, place + at), written=None)


def _show(
    made: Sequence[Made], readers: dict[str, Optional[Reader]]
) -> Iterator[tuple[Path, tuple[str, str] | Refused]]:
    """Yield for each document the reader and its words, or why it shows none."""
    for kind, reader in readers.items():
        paths = [each.path for each in made if each.kind == kind]
        report_progress(f"showing {len(paths)} {kind} files by {reader.name if reader else 'their makers'}")
        if reader and reader.prepare:
            reader.prepare(paths)
        for each in made:
            if each.kind != kind:
                continue
            if reader is None:
                known = each.written is not None
                yield each.path, ("maker", each.written or "") if known else Refused("no reader is there")
                continue
            try:
                yield each.path, (reader.name, reader.show(each.path).text)
            except Refused as refused:
                yield each.path, refused


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
    made: Sequence[Made],
    readers: dict[str, Optional[Reader]],
    shown: dict[Path, tuple[str, str] | Refused],
    found: dict[str, Stored],
) -> tuple[dict[str, Counts], list[Difference]]:
    counts = {kind: Counts() for kind in readers}
    differences = []
    for each in made:
        about = (each.path.name, each.kind, each.writer, each.damage)
        stored, seen = found[str(each.path.resolve())], shown[each.path]
        if isinstance(seen, Refused):
            counts[each.kind].add(Counts(files=1, not_shown=1, failed_named=int(bool(stored.error))))
            continue
        one, difference = compare(about, *seen, stored)
        counts[each.kind].add(one)
        differences += [difference] if difference else []
        if each.written is not None and readers[each.kind] is not None:
            again, difference = compare(about, "maker", each.written, stored)
            if difference and not one.unexplained:
                counts[each.kind].unexplained += again.unexplained
                differences.append(difference)
    return counts, differences


def _write_manifest(
    folder: Path,
    made: Sequence[Made],
    readers: dict[str, Optional[Reader]],
    shown: dict[Path, tuple[str, str] | Refused],
) -> None:
    listed = []
    for each in made:
        seen, reader = shown[each.path], readers[each.kind]
        rows = [] if isinstance(seen, Refused) else shown_lines(seen[1])
        listed.append(
            {
                "path": each.path.relative_to(folder).as_posix(),
                "kind": each.kind,
                "writer": each.writer,
                "damage": each.damage,
                "reader": reader.name if reader else "maker",
                "lines": [" ".join(row) for row in rows],
                "refused": str(seen) if isinstance(seen, Refused) else "",
            }
        )
    (folder / "manifest.json").write_text(json.dumps(listed, ensure_ascii=False, indent=1), encoding="utf-8")


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
        what = f"{each['file']}{' (' + each['damage'] + ')' if 'damage' in each else ''}, {each['reader']}"
        if "named" in each:
            what += f": named: {each['named']}"
        for name in ("lost", "apart", "added"):
            if name in each:
                what += f"; {name}: {', '.join(each[name])}"
        lines.append(what)
    return "\n".join(lines)


if __name__ == "__main__":
    main()
