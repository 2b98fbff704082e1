"""Count how far five journeys go through the package: the files that they enter and the moves between them.

    python -m benchmarks.trips [--json] [--pairs 20] [--root DIR]

The counts come from a run, not from the source: every call of a function of the package is recorded, in all
threads of the journey. A journey runs once before it is counted, so imports and first openings are not in it.

A move is a call that enters another file than the call before it in the same thread. Returns are not counted;
a resumed generator counts as a call. A crossing is a call whose caller is in another file; the caller is the
nearest function of the package on the stack. The number of crossings depends more on the amount of work.

`--root` counts the package of another checkout, such as an older commit. `--pairs` prints the crossings that
happen most often.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import mock

from benchmarks import measuring

LIMITS = {"receive": 301, "recall search": 174, "eviction": 336}
"""The most moves that these journeys may take."""

Pair = tuple[str, str]
"""A caller and what it calls, each as `folder/file.py function`."""


class Trip:
    """The calls of one journey through the package in the folder `root`."""

    def __init__(self, root: Path) -> None:
        self.files: set[str] = set()
        self.calls = 0
        self.moves = 0
        self.pairs: Counter[Pair] = Counter()
        self._root = f"{root}/"
        self._last: dict[int, str] = {}

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Record the calls of this thread, and of the threads that start meanwhile."""
        threading.setprofile(self._record)
        sys.setprofile(self._record)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

    def counts(self) -> dict[str, int]:
        return {
            "files": len(self.files),
            "moves": self.moves,
            "crossings": self.pairs.total(),
            "calls": self.calls,
        }

    def _record(self, frame: FrameType, event: str, _value: Any) -> None:
        if event != "call" or (file := self._file(frame)) is None:
            return
        self.calls += 1
        self.files.add(file)
        thread = threading.get_ident()
        self.moves += self._last.get(thread, file) != file
        self._last[thread] = file
        caller = frame.f_back
        while caller is not None and self._file(caller) is None:
            caller = caller.f_back
        if caller is not None and (calling := self._file(caller)) != file:
            self.pairs[f"{calling} {caller.f_code.co_name}", f"{file} {frame.f_code.co_name}"] += 1

    def _file(self, frame: FrameType) -> str | None:
        """Return the frame's file within the package, or None for other code."""
        name = frame.f_code.co_filename
        return name[len(self._root) :] if name.startswith(self._root) else None


@contextmanager
def _steady() -> Iterator[None]:
    """Let what is counted not depend on what ran before, nor on how busy the machine is."""
    with ExitStack() as stack:
        with suppress(ImportError):  # an older version has no such threads
            from memgpt_autogen.llm.asking import THREADS

            THREADS.renew_in_child()  # those that wait for work would not be recorded
        with suppress(ImportError):  # nor a time after which it looks again
            from memgpt_autogen.memory.storage import outbox

            stack.enter_context(mock.patch.object(outbox, "LOOK_SECONDS", float("inf")))
        yield


def trips(home: Path) -> dict[str, Trip]:
    """Run and count the journeys of the package that is imported here. `home` is an empty folder."""
    from autogen import ConversableAgent

    import memgpt_autogen
    from memgpt_autogen import MemGPTAgent
    from memgpt_autogen.testing import ScriptedLLM, call, says

    user = ConversableAgent("user", llm_config=False, human_input_mode="NEVER", max_consecutive_auto_reply=0)
    model = ScriptedLLM(otherwise=says("", call("send_message", message="Yes, I do.")))
    sam = MemGPTAgent("sam", llm=model, window_tokens=32_768, home=home)
    counted = {}

    def count(name: str, journey: Callable[[int], Any], prepare: Callable[[], Any] = lambda: None) -> None:
        for number in range(2):
            prepare()
            trip = Trip(Path(memgpt_autogen.__file__).parent)
            with _steady(), trip.recorded():
                journey(number)
        counted[name] = trip

    def say(number: int = 0) -> None:
        sam.receive(f"Do you know river {number}?", user, request_reply=True, silent=True)

    def tool(name: str) -> Callable[[int], Any]:
        found: Any = sam.loop.toolbox.get(name) if sam.loop else None
        return lambda _: found.call({"query": "river"})

    def attach(number: int) -> Any:
        file = home / f"rivers{number}.txt"
        file.write_text("\n\n".join(f"River {number}.{part} flows to the sea." for part in range(9)))
        return sam.attach(file)

    count("receive", say)
    sam.memory.archival.insert("The river flows to the sea.")
    count("archival search", tool("archival_memory_search"))
    count("recall search", tool("conversation_search"))
    count("attach", attach)
    count("eviction", lambda _: sam.compact(), prepare=say)
    return counted


def format_tables(counted: dict[str, Trip], pairs: int = 0) -> str:
    """Format a table of the journeys, and the `pairs` most frequent crossings of each."""
    head = ("journey", "files", "moves", "at most", "crossings", "calls")
    rows = []
    for name, trip in counted.items():
        files, *counts = trip.counts().values()
        rows.append((name, files, counts[0], LIMITS.get(name, ""), *counts[1:]))
    parts = [measuring.table(head, rows)]
    for name, trip in counted.items() if pairs else ():
        parts.append(f"{name}:")
        parts += [
            f"{times:5}  {caller} -> {called}" for (caller, called), times in trip.pairs.most_common(pairs)
        ]
    return "\n".join(parts)


def main() -> None:
    parser = measuring.parser(
        "Count how many files five journeys enter, and how often they move between them."
    )
    parser.add_argument("--pairs", type=int, default=0, help="print this many of the most frequent crossings")
    parser.add_argument(
        "--root", type=Path, help="the checkout whose package is counted, instead of this one"
    )
    options = parser.parse_args()
    if options.root:
        sys.path.insert(0, str(options.root.resolve()))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        counted = trips(Path(home))
    print(format_tables(counted, options.pairs))
    if options.json:
        result = {name: trip.counts() for name, trip in counted.items()}
        measuring.emit(
            {
                "benchmark": "trips",
                "machine": measuring.machine("pyautogen", "autogen"),
                "trips": result,
                "at_most": LIMITS,
            }
        )


if __name__ == "__main__":
    main()
