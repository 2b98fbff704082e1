"""Compare archival memory with its engine and with other stores, with a thousand to a million passages.

    python -m benchmarks.archival --sizes 1000,10000,100000 [--million] [--compact] [--json] [--plot FILE]

Ten agents share each store. A filtered search searches one agent's passages. Our archive is measured twice:
as one archive in which every agent has a tag, and as one archive for each agent. Each store is filled,
reopened and searched in its own processes. For the ratios, our archive and the bare engine answer the same
questions alternately in one process. The rivals run in the interpreter that `--python` names. A rival that
has not inserted all passages after `--rival-seconds` is measured with those that it has by then.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.archival_corpus import AGENTS, DIMENSION
from benchmarks.measuring import emit, machine, parser, report_progress, table

RIVALS = ("chroma", "qdrant-local", "mem0", "lancedb")
OWN = ("ours", "ours-apart", "edge")


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser(__doc__ or "")
    options.add_argument(
        "--sizes", default="1000,10000,100000", help="numbers of passages, separated by commas"
    )
    options.add_argument(
        "--million",
        action="store_true",
        help="also measure a million passages, in our archive and the bare engine",
    )
    options.add_argument("--own", default=",".join(OWN), help="which of our stores and the engine")
    options.add_argument("--rivals", default=",".join(RIVALS), help="which rivals; may be empty")
    options.add_argument("--python", default=sys.executable, help="an interpreter with the rivals installed")
    options.add_argument(
        "--rival-seconds", type=float, default=300.0, help="seconds that a rival has for inserts"
    )
    options.add_argument("--queries", type=int, default=200, help="how many questions")
    options.add_argument("--seed", type=int, default=7, help="the seed of passages and questions")
    options.add_argument("--compact", action="store_true", help="also compact our archive of each size")
    options.add_argument("--folder", type=Path, help="the folder for the stores; default: a temporary folder")
    options.add_argument("--plot", type=Path, help="write a plot to this SVG or PNG file")
    chosen = options.parse_args(arguments)
    sizes = [int(size) for size in chosen.sizes.split(",") if size]
    own = [name for name in chosen.own.split(",") if name]
    rivals = [name for name in chosen.rivals.split(",") if name]
    result: dict[str, Any] = {
        "machine": machine("qdrant-edge-py", "numpy"),
        "dimension": DIMENSION,
        "agents": AGENTS,
        "queries": chosen.queries,
        "seed": chosen.seed,
        "sizes": {},
    }
    for size in [*sizes, *([1_000_000] if chosen.million else [])]:
        names = [*own, *rivals] if size in sizes else [name for name in own if name != "ours-apart"]
        with tempfile.TemporaryDirectory(dir=chosen.folder, ignore_cleanup_errors=True) as home:
            result["sizes"][str(size)] = measure(Path(home), size, names, chosen)
    if chosen.plot:
        plot(result, chosen.plot)
    if chosen.json:
        emit(result)
    else:
        print(format_result(result))


def measure(home: Path, size: int, names: Sequence[str], chosen: Any) -> dict[str, Any]:
    spec = {"passages": size, "queries": chosen.queries, "seed": chosen.seed, "search_seconds": 60.0}
    stores: dict[str, Any] = {}
    for name in names:
        report_progress(f"{name} with {size:,} passages")
        rival = name not in OWN
        python = chosen.python if rival else sys.executable
        seconds = chosen.rival_seconds if rival else 1e9
        mine = {**spec, "store": name, "seconds": seconds, "folder": str(home / name)}
        stores[name] = run_phase(python, {**mine, "phase": "fill"})
        if "skipped" not in stores[name]:
            filled = {**mine, "passages": stores[name]["passages"], "phase": "reopen"}
            stores[name] |= run_phase(python, filled)
    result: dict[str, Any] = {"stores": stores}
    if {"ours", "edge"} <= stores.keys():
        report_progress(f"ours and the bare engine alternately with {size:,} passages")
        pair = run_phase(sys.executable, {**spec, "phase": "versus", "folder": str(home)})
        result |= {"by_turns": pair, "targets": targets(size, stores, pair)}
    if chosen.compact:
        report_progress(f"compacting {size:,} passages")
        mine = {**spec, "store": "ours", "phase": "compact", "folder": str(home / "ours")}
        result["compacted"] = run_phase(sys.executable, mine)
    return result


def run_phase(python: str, spec: dict[str, Any]) -> dict[str, Any]:
    """Run one phase in its own process."""
    root = Path(__file__).parents[1]
    ran = subprocess.run(
        [python, "-m", "benchmarks.archival_child", json.dumps(spec)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=None if spec["phase"] == "fill" and spec["store"] in OWN else subprocess.PIPE,
        text=True,
        check=False,
    )
    try:
        found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        last = (ran.stderr or "").strip().splitlines()[-1:]
        return {"skipped": f"the process ended with code {ran.returncode}: {''.join(last)}"}
    return found


def targets(size: int, stores: dict[str, Any], pair: dict[str, Any]) -> dict[str, Any]:
    """Collect the values of the targets. The ratios also hold on other machines; the times do not."""
    ours = pair["ours_filtered_ms"]["p95"]
    found: dict[str, Any] = {
        "filtered_p95_ms": ours,
        "filtered_p95_over_bare": round(ours / pair["bare_filtered_ms"]["p95"], 2),
        "filtered_p95_over_bare_hybrid": round(ours / pair["bare_hybrid_filtered_ms"]["p95"], 2),
        "add_p50_ms_over_bare": round(pair["ours_add_ms"]["p50"] - pair["bare_add_ms"]["p50"], 3),
        "add_p50_ms_over_bare_unflushed": round(
            pair["ours_add_ms"]["p50"] - pair["bare_unflushed_add_ms"]["p50"], 3
        ),
        "reopen_seconds": stores["ours"]["reopen_seconds"],
    }
    for name, store in stores.items():
        if name not in OWN and store.get("passages") == size:
            rival = store["filtered_ms"]["p95"] / stores["ours"]["filtered_ms"]["p95"]
            found[f"filtered_p95_times_faster_than_{name}"] = round(rival, 1)
    return found


def format_result(result: dict[str, Any]) -> str:
    computer = result["machine"]
    shape = f"{computer['cores']} cores, Python {computer['python']}, {computer['system']}"
    parts = [f"{shape}; {AGENTS} agents, {DIMENSION} dimensions"]
    for size, found in result["sizes"].items():
        rows = []
        for name, store in found["stores"].items():
            if "skipped" in store:
                rows.append([name, f"skipped: {store['skipped']}", *[""] * 8])
                continue
            memory = store["reopened_memory_mb"]
            rows.append(
                [
                    name,
                    f"{store['passages']:,}",
                    f"{store['batch_per_second']:,}",
                    store["add_ms"]["p50"],
                    f"{store['search_ms']['p50']} / {store['search_ms']['p95']}",
                    f"{store['filtered_ms']['p50']} / {store['filtered_ms']['p95']}",
                    store["filtered_found"],
                    store["reopen_seconds"],
                    " / ".join(f"{value:.0f}" for value in memory.values()),
                    store["disk_mb"],
                ]
            )
        head = [
            "store",
            "passages",
            "batch inserts/s",
            "single insert p50 ms",
            "search p50 / p95 ms",
            "filtered search p50 / p95 ms",
        ]
        head += ["found", "reopen s", "memory / anonymous memory MB", "disk MB"]
        parts += [f"## {int(size):,} passages", table(head, rows)]
        if "by_turns" in found:
            turns = [
                [name, *times.values()] for name, times in found["by_turns"].items() if name.endswith("_ms")
            ]
            parts += [
                table(["alternately in one process, ms", "p50", "p95"], turns),
                table(["target", "value"], found["targets"].items()),
            ]
        if "compacted" in found:
            parts.append(f"Compacted: {json.dumps(found['compacted'])}")
    return "\n\n".join(parts)


def plot(result: dict[str, Any], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for name in (*OWN, *RIVALS):
        stores = [found["stores"].get(name, {}) for found in result["sizes"].values()]
        stores = sorted(
            (store for store in stores if "filtered_ms" in store), key=lambda store: int(store["passages"])
        )
        passages = [store["passages"] for store in stores]
        style = "o-" if name.startswith("ours") else "s--" if name == "edge" else "^:"
        if stores:
            left.plot(passages, [store["filtered_ms"]["p95"] for store in stores], style, label=name)
            right.plot(passages, [store["add_ms"]["p50"] for store in stores], style, label=name)
    for axes, title in (
        (left, "search with agent filter, p95, ms"),
        (right, "one acknowledged insert, p50, ms"),
    ):
        axes.set(xscale="log", yscale="log", title=title, xlabel="passages")
        axes.grid(visible=True, alpha=0.3)
    left.legend()
    figure.savefig(path)


if __name__ == "__main__":
    main()
