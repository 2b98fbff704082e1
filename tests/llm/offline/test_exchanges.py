"""Everyday exchanges in seven languages: the offline model says nothing false and keeps nothing unsaid.

Each file `exchanges_*.json` is a list of exchanges: what a person says (`said`, after loading `documents`),
the last turn (`ask`), the words that its answer must quote (`quote`), the words that no answer may contain
outside of a quotation (`never`), and the sentences that core memory may hold (`kept`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from loops import MemoryFactory

from memgpt_autogen.assembly import open_loop
from memgpt_autogen.events import Replied
from memgpt_autogen.llm.offline import OfflineLLM
from memgpt_autogen.messages import Message

FILES = sorted(Path(__file__).parent.glob("exchanges_*.json"))
LEAST_FOUND = 0.8
"""The least part of the questions that must be answered with the right quotation."""
SPEAKER = "user"


@dataclass(slots=True)
class Result:
    """What went wrong in one exchange, and what was said in it."""

    turns: list[tuple[str, str]] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)
    missed: bool = False


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_nothing_false_is_said_nothing_unsaid_is_kept_and_what_was_said_is_found(
    file: Path, make_memory: MemoryFactory
) -> None:
    exchanges = json.loads(file.read_text(encoding="utf-8"))

    results = {each["id"]: run(each, make_memory) for each in exchanges}

    assert {name: result.false for name, result in results.items() if result.false} == {}
    assert {name: result.unsaid for name, result in results.items() if result.unsaid} == {}
    asked = [each["id"] for each in exchanges if each["quote"]]
    missed = {name: results[name].turns[-1] for name in asked if results[name].missed}
    assert len(missed) <= (1 - LEAST_FOUND) * len(asked), missed


def test_the_exchanges_are_in_six_languages_and_two_registers() -> None:
    exchanges = [each for file in FILES for each in json.loads(file.read_text(encoding="utf-8"))]

    assert len({each["id"] for each in exchanges}) == len(exchanges) >= 100
    assert {each["language"] for each in exchanges} >= {"en", "de", "fr", "es", "ru", "zh", "ja"}
    assert {each["register"] for each in exchanges} == {"formal", "casual"}


def run(exchange: dict[str, Any], make_memory: MemoryFactory) -> Result:
    memory = make_memory(exchange["id"])
    for name, text in exchange.get("documents", {}).items():
        memory.attach(text=text, name=name)
    loop = open_loop(memory, OfflineLLM())
    result = Result()
    sources = [*exchange["said"], *exchange.get("documents", {}).values(), exchange["ask"]]
    for said in [*exchange["said"], exchange["ask"]]:
        events = loop.run([Message.said_by(SPEAKER, said)])
        answer = " ".join(event.text for event in events if isinstance(event, Replied))
        result.turns.append((said, answer))
        unquoted = without_quotations(answer, sources)
        result.false += [words for words in exchange["never"] if plain(words) in plain(unquoted)]
    result.unsaid = [text for text in kept(memory.core["human"].value) if not stated(text, exchange["kept"])]
    result.missed = bool(exchange["quote"]) and plain(exchange["quote"]) not in plain(result.turns[-1][1])
    return result


def kept(block: str) -> Iterator[str]:
    """Yield what core memory holds, without the names and days of those who said it."""
    for line in block.splitlines():
        quoted = re.fullmatch(rf"{SPEAKER} said(?: on [\d-]+)?: “(.*)”", line.strip())
        if line.strip():
            yield quoted[1] if quoted else line


def stated(text: str, sentences: list[str]) -> bool:
    return any(plain(text) in plain(sentence) for sentence in sentences)


def without_quotations(answer: str, sources: list[str]) -> str:
    """Return the answer without the quotations that are words of a person or of a document."""
    given = [plain(source) for source in sources]
    return re.sub(
        "“([^”]*)”",
        lambda quoted: (
            "" if any(plain(quoted[1].removesuffix(" …")) in source for source in given) else quoted[0]
        ),
        answer,
    )


def plain(text: str) -> str:
    return " ".join(text.split()).strip(" .!。！").lower()
