"""Measure whether a search finds the right one of several long messages among many short ones.

    python -m benchmarks.long_messages --meetings meetings_dev.json.gz --chatter locomo_dev.json.gz --json

Parts of transcripts of meetings are pasted as messages of `--chars` characters, one part of each meeting,
between the turns of a chat about other things. The questions are those that people asked about the meetings,
and the right message is the one with the evidence. The same questions are answered by plain BM25 (bm25s) and
by SQLite's FTS5 over the same messages.
"""

from __future__ import annotations

import random
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks.datasets import Question, Store, Unit, load, read
from benchmarks.measuring import emit, machine, milliseconds, parser, percentiles, table
from benchmarks.retrieval import DEPTH, Search, bm25, recall_search
from memgpt_autogen import open_embedder
from memgpt_autogen.settings import Settings

SEED = 7

SHARE = 0.5
"""A question is asked if this share of its evidence is in one part."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a meeting, and the questions that it answers."""

    text: str
    questions: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    options = parser(__doc__ or "")
    options.add_argument(
        "--meetings", type=Path, required=True, help="meetings_dev.json.gz, or of its format"
    )
    options.add_argument("--chatter", type=Path, required=True, help="locomo_dev.json.gz, or of its format")
    options.add_argument("--chars", default="6000-20000", help="how long a pasted message is, from-to")
    options.add_argument("--pasted", type=int, default=12, help="how many long messages a chat has")
    options.add_argument("--short", type=int, default=250, help="how many short messages a chat has")
    options.add_argument("--questions", type=int, default=3, help="the most questions about one message")
    options.add_argument("--embedder", help="an embedding model, such as wordllama; default: lexical search")
    given = options.parse_args(arguments)
    least, _, most = given.chars.partition("-")
    chance = random.Random(SEED)
    parts = list(_parts(read(given.meetings), int(least), int(most or least), given.questions, chance))
    chatter = [unit for store in load("locomo", given.chatter) for unit in store.units]
    stores = list(_chats(parts, chatter, given.pasted, given.short, chance))
    embedder = open_embedder(given.embedder) if given.embedder else None
    times: list[float] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:

        def ours(store: Store) -> Search:
            settings = Settings.load(home=Path(home) / store.name)
            return _timed(recall_search(store, settings, embedder), times)

        searches = {"ours": ours, "bm25": bm25, "fts5": _fts5}
        result: dict[str, Any] = {name: _measure(stores, make) for name, make in searches.items()}
    sizes = sorted(len(part.text) for part in parts)
    result |= {
        "questions": sum(len(store.questions) for store in stores),
        "chats": len(stores),
        "chars": {"least": sizes[0], "median": sizes[len(sizes) // 2], "most": sizes[-1]},
        "embedder": given.embedder,
        "search_ms": percentiles(times),
        "machine": machine("bm25s", "qdrant-edge-py"),
    }
    rows = [(name, *(f"{value:.3f}" for value in result[name].values())) for name in searches]
    print(table(("search", *result["ours"]), rows))
    speed = result["search_ms"]
    print(f"\n{result['questions']} questions in {len(stores)} chats; a search takes {speed['p50']} ms (p50)")
    if given.json:
        emit(result)
    return result


def _parts(
    meetings: Sequence[Mapping[str, Any]], least: int, most: int, questions: int, chance: random.Random
) -> Iterator[Part]:
    """Yield of each meeting the part that answers most questions."""
    for meeting in meetings:
        for session, messages in groupby(meeting["conversation"], key=lambda each: each["session"]):
            asked = [each for each in meeting["questions"] if each["session"] == session]
            parts = [_part(group, asked, questions) for group in _cut(messages, least, most, chance)]
            best = max(parts, key=lambda part: len(part.questions), default=None)
            if best and best.questions:
                yield best


def _cut(
    messages: Iterator[Mapping[str, Any]], least: int, most: int, chance: random.Random
) -> Iterator[list[Mapping[str, Any]]]:
    """Yield a meeting's messages in groups of about so many characters. A short rest is left out."""
    group: list[Mapping[str, Any]] = []
    size, wanted = 0, chance.randint(least, most)
    for message in messages:
        group.append(message)
        size += len(_line(message)) + 1
        if size >= wanted:
            yield group
            group, size, wanted = [], 0, chance.randint(least, most)


def _part(group: Sequence[Mapping[str, Any]], asked: Sequence[Mapping[str, Any]], most: int) -> Part:
    inside = {message["id"] for message in group}
    answered = (
        each["question"]
        for each in asked
        if len(inside & set(each["evidence"])) >= SHARE * len(each["evidence"])
    )
    return Part("\n".join(map(_line, group)), tuple(dict.fromkeys(answered))[:most])


def _line(message: Mapping[str, Any]) -> str:
    return f"{message['speaker']}: {message['text']}"


def _chats(
    parts: Sequence[Part], chatter: Sequence[Unit], pasted: int, short: int, chance: random.Random
) -> Iterator[Store]:
    """Yield chats with so many parts of different meetings at random places between the short messages."""
    shuffled = chance.sample(parts, len(parts))
    for number, first in enumerate(range(0, len(shuffled), pasted)):
        those = shuffled[first : first + pasted]
        start = chance.randrange(max(1, len(chatter) - short))
        said = [(unit.speaker, unit.text) for unit in chatter[start : start + short]]
        people = sorted({speaker for speaker, _ in said})
        for part in those:
            said.insert(chance.randint(0, len(said)), (chance.choice(people), part.text))
        units = [Unit(str(place), text, speaker) for place, (speaker, text) in enumerate(said)]
        places = {unit.text: unit.key for unit in units}
        questions = [
            Question(question, "all", frozenset((places[part.text],)))
            for part in those
            for question in part.questions
        ]
        yield Store(str(number), units, questions)


def _timed(search: Search, times: list[float]) -> Search:
    def timed(question: Question) -> list[str]:
        found: list[str] = []
        times.append(milliseconds(lambda: found.extend(search(question))))
        return found

    return timed


def _fts5(store: Store) -> Search:
    plain = sqlite3.connect(":memory:")
    plain.execute("CREATE VIRTUAL TABLE said USING fts5(text, tokenize='porter unicode61')")
    plain.executemany(
        "INSERT INTO said(rowid, text) VALUES (?, ?)", [(int(unit.key), unit.text) for unit in store.units]
    )

    def search(question: Question) -> list[str]:
        wanted = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", question.text))
        rows = plain.execute(
            "SELECT rowid FROM said WHERE said MATCH ? ORDER BY rank LIMIT ?", (wanted, DEPTH)
        )
        return [str(row) for (row,) in rows]

    return search


def _measure(stores: Sequence[Store], make: Callable[[Store], Search]) -> dict[str, float]:
    places = [
        _place(search(question), question)
        for store in stores
        for search in (make(store),)
        for question in store.questions
    ]
    return {
        **{
            f"first {most}": round(sum(place <= most for place in places) / len(places), 4)
            for most in (1, 3, 5, 10)
        },
        "mean reciprocal rank": round(sum(1 / place for place in places) / len(places), 4),
    }


def _place(found: Sequence[str], question: Question) -> float:
    return next((place for place, key in enumerate(found, 1) if key in question.evidence), float("inf"))


if __name__ == "__main__":
    main()
