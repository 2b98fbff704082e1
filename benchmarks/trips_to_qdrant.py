"""Count the trips that an agent makes to its Qdrant server, and time them over a distance.

    python -m benchmarks.trips_to_qdrant [--json] [--distances 0,5,30] [--times 20] [--other DIR]

The server is a stand-in on this machine, which waits before it begins with a request: so many milliseconds
are the distance. Every journey runs in an agent that was used before, so no connection, collection or index
is made. Requests that are on their way at the same time are one trip.

`--other` measures the package of another checkout too, such as an older commit, on the same stand-in.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import measuring

AT_MOST = {
    "insert": 1,
    "archival search": 1,
    "archival search without an embedder": 1,
    "list": 1,
    "recall search": 1,
    "recall search after a message": 2,
    "recall search for a speaker": 1,
    "recall search for frequent words": 2,
    "plain turn": 0,
    "tool archival_memory_insert": 1,
    "tool archival_memory_search": 2,
    "tool conversation_search": 1,
}
"""The most trips that these journeys may make."""

PASSAGES, TURNS = 200, 320
"""How much is there to be found. Each word of a frequent pair is in all turns, more than a search reads."""

VERSION = "1.19.0"
"""The version that the stand-in is of: from this one on, word statistics are those of the archive."""

Span = tuple[float, float]
"""The begin and the end of something, in seconds of the clock that all processes of a machine share."""

Work = tuple[float, float, float]
"""A span, and the seconds that a processor worked in it: for a request, or in the process of the agent."""


def journeys(url: str, home: Path) -> Iterator[tuple[str, Callable[[int], Any]]]:
    """Yield what the package that is imported here is asked to do, with what is needed for it done before."""
    from memgpt_autogen.assembly import open_loop, open_memory
    from memgpt_autogen.memory.passages import Draft
    from memgpt_autogen.messages import Message
    from memgpt_autogen.settings import Settings
    from memgpt_autogen.testing import HashingEmbedder, ScriptedLLM, call, says

    settings = Settings.load(home=home, qdrant_url=url)
    memory = open_memory("sam", settings, embedder=HashingEmbedder())
    plain = open_memory("tom", settings, embedder="none")
    model = ScriptedLLM(otherwise=says("", call("send_message", message="Yes, I do.")))
    loop = open_loop(memory, model, window_tokens=32_768)

    def say(number: int) -> None:
        list(loop.run([Message.said_by("ada", f"Do you know lake {number}?")]))

    def tool(name: str, **arguments: Any) -> Callable[[int], Any]:
        found: Any = loop.toolbox.get(name)
        return lambda number: found.call(
            {each: value.format(number=number) for each, value in arguments.items()}
        )

    for archive in (memory.archival, plain.archival):
        archive.insert_many(
            Draft(f"River {number} flows to the sea near town {number % 7}.") for number in range(PASSAGES)
        )
    yield "insert", lambda number: memory.archival.insert(f"Lake {number} is deep.")
    yield "archival search", lambda number: memory.archival.search(f"river town {number}")
    yield (
        "archival search without an embedder",
        lambda number: plain.archival.search(f"river town {number}"),
    )
    yield "list", lambda _: memory.archival.list()
    yield "plain turn", say
    yield "recall search", lambda number: memory.recall.search(f"lake {number}")

    def search_after_a_message(number: int) -> None:
        memory.log.append(Message.said_by("ada", f"Lake {number} is cold."))
        memory.recall.search(f"cold lake {number}")

    yield "recall search after a message", search_after_a_message
    yield "recall search for a speaker", lambda number: memory.recall.search(f"lake {number}", speaker="ada")
    for number in range(TURNS):
        memory.log.append(Message.said_by("ada", f"The river {number} flows to the sea."))
    memory.recall.search("river")

    def search_for_frequent_words(number: int) -> None:
        memory.log.append(Message.said_by("ada", f"The sea takes river {number}."))
        memory.recall.search(f"river sea {number}")

    yield "recall search for frequent words", search_for_frequent_words
    yield "tool archival_memory_insert", tool("archival_memory_insert", content="Hill {number} is steep.")
    yield "tool archival_memory_search", tool("archival_memory_search", query="river town {number}")
    yield "tool conversation_search", tool("conversation_search", query="lake {number}")


def run(url: str, times: int) -> dict[str, list[Work]]:
    """Run each journey so many times after a first time. Returns when they ran."""
    spans: dict[str, list[Work]] = {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        for name, journey in journeys(url, Path(home)):
            spans[name] = []
            for number in range(2 + times):
                begin, begin_work = time.monotonic(), time.process_time()
                journey(number)
                spans[name].append((begin, time.monotonic(), time.process_time() - begin_work))
            del spans[name][:2]
    return spans


def measure(root: Path, distance: float, times: int) -> dict[str, dict[str, float]]:
    """Return the trips, requests and milliseconds of each journey of the package in a checkout.

    `distance` is in milliseconds. `server_ms` is the work of the stand-in, which is in Python, and `own_ms`
    that of the agent.
    """
    from memgpt_autogen.testing.qdrant import QdrantStandIn

    requests: list[Work] = []

    def wait(_call: Any, answer: Callable[[], Any]) -> Any:
        begin = time.monotonic()
        time.sleep(distance / 1000)
        begin_work = time.thread_time()
        told = answer()
        requests.append((begin, time.monotonic(), time.thread_time() - begin_work))
        return told

    with QdrantStandIn(version=VERSION) as server, server.fault(wait):
        child = [sys.executable, "-m", "benchmarks.trips_to_qdrant", "--child", server.url]
        command = [*child, "--times", str(times), "--root", str(root)]
        ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    spans = json.loads(ran.stdout.splitlines()[-1])
    result = {}
    for name, runs in spans.items():
        inside = [[each for each in requests if begin <= each[0] <= end] for begin, end, _ in runs]
        result[name] = {
            "trips": statistics.median_high(
                one_after_the_other([each[:2] for each in one]) for one in inside
            ),
            "requests": statistics.median_high(map(len, inside)),
            "server_ms": round(statistics.median(sum(each[2] for each in one) for one in inside) * 1000, 1),
            "own_ms": round(statistics.median(each[2] for each in runs) * 1000, 1),
            "p50_ms": round(statistics.median(end - begin for begin, end, _ in runs) * 1000, 1),
        }
    return result


def one_after_the_other(requests: Sequence[Span]) -> int:
    """Return how many of the requests began after another one of them had ended, in the longest row."""
    count, last = 0, float("-inf")
    for begin, end in sorted(requests, key=lambda each: each[1]):
        if begin >= last:
            count, last = count + 1, end
    return count


def summary(measured: dict[float, dict[str, dict[str, float]]]) -> dict[str, Any]:
    """Join the distances. Trips are counted at the largest, where requests that overlap do so visibly."""
    farthest = measured[max(measured)]
    return {
        name: {
            "trips": found["trips"],
            "requests": found["requests"],
            "server_ms": found["server_ms"],
            "own_ms": found["own_ms"],
            "p50_ms": {f"{distance:g}": each[name]["p50_ms"] for distance, each in measured.items()},
        }
        for name, found in farthest.items()
    }


def format_table(here: dict[str, Any], other: dict[str, Any] | None) -> str:
    distances = list(next(iter(here.values()))["p50_ms"])
    times = [*(f"p50 at {each} ms" for each in distances), "server ms", "own ms"]
    head = ["journey", "at most", "trips", "requests", *times]
    if other:
        head += ["trips before", *(f"{each} before" for each in times)]
    rows = []
    for name, found in here.items():
        row = [name, AT_MOST.get(name, ""), found["trips"], found["requests"], *_times(found)]
        rows.append([*row, *([other[name]["trips"], *_times(other[name])] if other else [])])
    return measuring.table(head, rows)


def _times(found: dict[str, Any]) -> list[float]:
    return [*found["p50_ms"].values(), found["server_ms"], found["own_ms"]]


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    parser = measuring.parser(__doc__ or "")
    parser.add_argument("--distances", default="0,5,30", help="milliseconds, separated by commas")
    parser.add_argument("--times", type=int, default=20, help="how often each journey runs")
    parser.add_argument("--other", type=Path, help="also measure the package of this checkout")
    parser.add_argument("--child", help="run the journeys on the server at this URL, in this process")
    parser.add_argument("--root", type=Path, default=Path(), help="the checkout of the package, for --child")
    options = parser.parse_args(arguments)
    if options.child:
        sys.path.insert(0, str(options.root.resolve()))
        spans = run(options.child, options.times)
        measuring.emit(spans)
        return {}
    roots = {"here": Path(__file__).parent.parent, **({"other": options.other} if options.other else {})}
    measured: dict[str, dict[str, Any]] = {}
    for name, root in roots.items():
        found = {}
        for distance in map(float, options.distances.split(",")):
            measuring.report_progress(f"{name}: {distance:g} ms")
            found[distance] = measure(root, distance, options.times)
        measured[name] = summary(found)
    here, other = measured["here"], measured.get("other")
    print(format_table(here, other))
    result = {
        "benchmark": "trips_to_qdrant",
        "machine": measuring.machine("qdrant-client"),
        "stand_in": VERSION,
        "at_most": AT_MOST,
        "journeys": here,
    }
    if other:
        result["other"] = other
        result["ratios"] = {
            name: {
                "trips": round(found["trips"] / other[name]["trips"], 2) if other[name]["trips"] else None,
                **{
                    each: round(found[each] / max(other[name][each], 0.001), 2)
                    for each in ("server_ms", "own_ms")
                },
                "p50_ms": {
                    distance: round(time_ / max(other[name]["p50_ms"][distance], 0.001), 2)
                    for distance, time_ in found["p50_ms"].items()
                },
            }
            for name, found in here.items()
        }
    if options.json:
        measuring.emit(result)
    return result


if __name__ == "__main__":
    main()
