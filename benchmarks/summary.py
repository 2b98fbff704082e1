"""Measure the summary: what it still says of what left the prompt, and how much of a prompt it leaves alike.

    python -m benchmarks.summary --data locomo_dev.json.gz [--windows 4096,8192] [--json]

LoCoMo's conversations are heard by an agent whose model writes no summary, so that the rules write it.
Then each question is read whose evidence has left the prompt. It counts as answered if every content word
of its gold answer is in the summary, which a reader of the summary alone would need. `in_line` wants them
in one line, and `by_chance` looks for the same words in the summary of another conversation. Dates in
digits count as dates in words.

The prefix is measured on the first messages of the same conversations, which the agent answers as one of
the two: how much of each prompt begins as the one before it, in bytes, and as a provider's cache would
count it, in blocks of 128 tokens from 1,024 on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.chats import Chat, chats
from benchmarks.datasets import Store, load, read
from benchmarks.measuring import emit, machine, parser, report_progress
from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.errors import ModelError
from memgpt_autogen.events import Evicted
from memgpt_autogen.llm.protocols import Completion, ToolChoice, ToolSchema
from memgpt_autogen.llm.tokens import ApproximateCounter
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message, WireMessage
from memgpt_autogen.testing import call, says
from memgpt_autogen.text.words import stems

BLOCK, LEAST_CACHED = 128, 1024
"""What providers cache at once, and the shortest prefix that they keep, in tokens."""

TURN = 2
"""How many messages are heard between two steps."""

ADVERSARIAL = "5"
"""LoCoMo's category of questions without an answer."""

BUDGET = Budget(1 << 40, ApproximateCounter())


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its gold answer, and the keys of what answers it."""

    text: str
    category: str
    answer: str
    evidence: frozenset[str]


@dataclass(frozen=True, slots=True)
class Told:
    """A summary, and the keys of what it covers."""

    text: str
    covered: frozenset[str]


class Quiet:
    """A model that thinks one word at each step, and leaves summaries to the rules."""

    model = "quiet"

    def complete(
        self,
        messages: Sequence[WireMessage],  # noqa: ARG002 - part of the protocol
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,  # noqa: ARG002
    ) -> Completion:
        if not tools:
            raise ModelError("no model writes summaries here.")
        return says("Noted.")


def questions_of(file: Path) -> dict[str, list[Asked]]:
    """Return the questions that have an answer and evidence, by conversation."""
    found: dict[str, list[Asked]] = {}
    for number, sample in enumerate(read(file)):
        asked = found.setdefault(str(sample.get("sample_id", number)), [])
        for each in sample["qa"]:
            named = re.findall(r"D(\d+):0*(\d+)", " ".join(each.get("evidence") or ()))
            category, answer = str(each["category"]), str(each.get("answer", ""))
            if named and category != ADVERSARIAL and content_words(answer):
                evidence = frozenset(f"D{session}:{turn}" for session, turn in named)
                asked.append(Asked(each["question"], category, answer, evidence))
    return found


def hear(store: Store, window: int) -> list[Told]:
    """Let an agent hear the whole conversation; return its summaries, oldest first."""
    memory = open_memory("agent", ephemeral=True)
    loop = open_loop(memory, Quiet(), window_tokens=window)
    for first in range(0, len(store.units), TURN):
        heard = store.units[first : first + TURN]
        for _ in loop.run([Message("user", unit.text, name=unit.speaker, time=unit.time) for unit in heard]):
            pass
    told = _told(memory, store)
    memory.archival.close()
    return told


def _told(memory: MemoryHierarchy, store: Store) -> list[Told]:
    heard = [entry.seq for entry in memory.log.since(0) if entry.message.is_heard]
    keys = [unit.key for unit in store.units]
    return [
        Told(
            each.text,
            frozenset(key for seq, key in zip(heard, keys, strict=True) if seq <= each.through_seq),
        )
        for each in memory.queue.summaries()
    ]


def content_words(text: str) -> frozenset[str]:
    """Return the stems of a text without stop words; a date in digits counts as one in words."""
    return frozenset(stems(_DATE.sub(_in_words, text)))


_DATE = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")


def _in_words(found: re.Match[str]) -> str:
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return found[0]
    return f"{day.day} {day:%B %Y}"


def coverage(
    told: Told, asked: Sequence[Asked], other: str, texts: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return for each question about what left the prompt how much of its answer the summary says."""
    whole, foreign = content_words(told.text), content_words(other)
    lines = [content_words(line) for line in told.text.splitlines()]
    rows = []
    for each in asked:
        if not each.evidence <= told.covered:
            continue
        wanted = content_words(each.answer)
        said = content_words(" ".join(texts[key] for key in each.evidence))
        rows.append({
            "category": each.category,
            "answered": wanted <= whole,
            "in_line": any(wanted <= line for line in lines),
            "by_chance": wanted <= foreign,
            "words": len(wanted & whole) / len(wanted),
            "evidence": len(said & whole) / len(said) if said else 0.0,
        })  # fmt: skip
    return rows


MEASURES = ("answered", "in_line", "by_chance", "words", "evidence")


def shares(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "questions": len(rows),
        **{name: round(mean(row[name] for row in rows), 4) if rows else None for name in MEASURES},
    }


def measure_questions(file: Path, window: int) -> dict[str, Any]:
    """Return how much the last summaries say, how much all of them do, and their sizes."""
    stores, asked = load("locomo", file), questions_of(file)
    told = {}
    for store in stores:
        report_progress(f"{window}: {store.name}")
        told[store.name] = hear(store, window)
    last, every = [], []
    for number, store in enumerate(stores):
        other = told[stores[number - 1].name]
        texts = {unit.key: unit.text for unit in store.units}
        for place, each in enumerate(told[store.name]):
            foreign = other[min(place, len(other) - 1)].text if other else ""
            rows = coverage(each, asked[store.name], foreign, texts)
            every += rows
            if place == len(told[store.name]) - 1:
                last += rows
    sizes = [BUDGET.text(each.text) for found in told.values() for each in found]
    return {
        "at_the_end": shares(last),
        "by_category": {
            category: shares([row for row in last if row["category"] == category])
            for category in sorted({row["category"] for row in last})
        },
        "after_each_eviction": shares(every),
        "evictions": len(sizes),
        "mean_tokens": round(mean(sizes)) if sizes else 0,
        "largest_tokens": max(sizes, default=0),
    }


class Watched:
    """A model that repeats the answers of a chat, and keeps the prompts that it got as bytes."""

    model = "watched"

    def __init__(self) -> None:
        self.said: str | None = None
        self.prompts: list[bytes] = []

    def complete(
        self,
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,  # noqa: ARG002 - part of the protocol
    ) -> Completion:
        if not tools:
            raise ModelError("no model writes summaries here.")
        self.prompts.append(json.dumps([list(tools), *messages], ensure_ascii=False).encode())
        if self.said is None:
            return says("There is nothing to keep.")
        answer, self.said = call("send_message", message=self.said), None
        return says("", answer)


@dataclass(frozen=True, slots=True)
class Prefix:
    """One prompt, and how much of its start is the same as in the one before; in bytes and in tokens."""

    bytes: int
    alike_bytes: int
    tokens: int
    alike_tokens: int
    evicted: bool

    @property
    def cached(self) -> int:
        """The tokens that a provider's cache has, in whole blocks."""
        return self.alike_tokens // BLOCK * BLOCK if self.alike_tokens >= LEAST_CACHED else 0


def prefixes(chat: Chat, window: int, messages: int) -> Iterator[Prefix]:
    """Replay the first `messages` of a chat; yield each prompt after the first."""
    memory = open_memory("agent" if not chat.agent.isidentifier() else chat.agent, ephemeral=True)
    model = Watched()
    loop = open_loop(memory, model, window_tokens=window)
    done, before = 0, b""
    for turn in chat.turns:
        if done >= messages:
            break
        done += len(turn.heard) + 1
        model.said, asked = turn.said, len(model.prompts)
        events = list(loop.run([Message.said_by(chat.speaker, text) for text in turn.heard]))
        evicted = any(isinstance(event, Evicted) for event in events)
        for prompt in model.prompts[asked:]:
            if before:
                alike = _common(before, prompt)
                yield Prefix(len(prompt), alike, _tokens(prompt), _tokens(prompt[:alike]), evicted)
                evicted = False
            before = prompt
    memory.archival.close()


def _common(first: bytes, second: bytes) -> int:
    return next(
        (place for place, (one, other) in enumerate(zip(first, second, strict=False)) if one != other),
        min(len(first), len(second)),
    )


def _tokens(text: bytes) -> int:
    return BUDGET.text(text.decode(errors="ignore"))


def measure_prefixes(file: Path, window: int, messages: int) -> dict[str, Any]:
    found: list[Prefix] = []
    for chat in chats("locomo", file):
        report_progress(f"{window}: prompts of {chat.name}")
        found += prefixes(chat, window, messages)
    after = [each for each in found if each.evicted]
    return {
        "prompts": len(found),
        "evictions": len(after),
        "alike_bytes_after_eviction": round(mean(each.alike_bytes for each in after)) if after else None,
        "alike_share_after_eviction": _share(after, lambda each: each.alike_tokens),
        "cached_share_after_eviction": _share(after, lambda each: each.cached),
        "alike_share": _share(found, lambda each: each.alike_tokens),
        "cached_share": _share(found, lambda each: each.cached),
    }


def _share(found: Sequence[Prefix], size: Callable[[Prefix], int]) -> float | None:
    return round(sum(map(size, found)) / sum(each.tokens for each in found), 4) if found else None


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser(__doc__ or "")
    options.add_argument("--data", type=Path, required=True, help="a file of LoCoMo")
    options.add_argument("--windows", default="4096,8192", help="in tokens, separated by commas")
    options.add_argument("--messages", type=int, default=500, help="of each chat, for the prefix")
    chosen = options.parse_args(arguments)
    windows = [int(each) for each in chosen.windows.split(",")]
    result: dict[str, Any] = {"machine": machine(), "messages": chosen.messages, "windows": {}}
    for window in windows:
        result["windows"][str(window)] = {
            "questions": measure_questions(chosen.data, window),
            "prefix": measure_prefixes(chosen.data, window, chosen.messages),
        }
    if chosen.json:
        emit(result)
    else:
        print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
