"""Evidence: which line answers a question best, by the rarity of the words that both share."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from memgpt_autogen.llm.offline.facts import bare, teller
from memgpt_autogen.llm.offline.prompt import Line, Prompt
from memgpt_autogen.llm.offline.sentences import (
    DATE,
    LIGHT,
    MONTHS,
    NUMBER,
    is_question,
    keywords,
    names,
    sentences,
)
from memgpt_autogen.text.words import stem, words

Source = Literal["core", "summary", "queue", "recall", "archival"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that may answer a question."""

    text: str
    source: Source
    whole: str = ""
    """The message or passage that contains it."""
    speaker: str = ""
    time: str = ""
    own: bool = False
    outdated: bool = False
    """Whether the search marked it as superseded by something newer."""


@dataclass(frozen=True, slots=True)
class Found:
    """Evidence for a question, with its score."""

    evidence: Evidence
    score: float
    coverage: float
    """The part of the question's meaning that the evidence shares, 0 to 1."""

    @property
    def clear(self) -> bool:
        return self.coverage >= 0.6

    @property
    def weak(self) -> bool:
        return self.coverage < 0.34


@dataclass(frozen=True, slots=True)
class Page:
    """One page of search results."""

    entries: tuple[Mapping[str, Any], ...] = ()
    page: int = 0
    last: int = 0


def page_of(result: str) -> Page:
    """Read search results in the tools' form; of a list that was cut, the entries before the cut."""
    header = re.search(r"page (\d{1,6}), last page (\d{1,6})", result[:200])
    decoder = json.JSONDecoder(strict=False)
    entries: list[Mapping[str, Any]] = []
    place = result.find("{")
    while place >= 0:
        try:
            entry, place = decoder.raw_decode(result, place)
        except (ValueError, RecursionError):
            break
        # where the middle was cut out, the start of one entry and the end of another one read as one
        if isinstance(entry, Mapping) and not any("characters cut here" in str(v) for v in entry.values()):
            entries.append(entry)
        place = result.find("{", place)
    return Page(tuple(entries), *(map(int, header.groups()) if header else (0, 0)))


def from_results(result: str, own_name: str) -> list[Evidence]:
    """Return the sentences of search results, of recall and of archival memory."""
    found: list[Evidence] = []
    for entry in page_of(result).entries:
        said, passage, time = entry.get("message"), entry.get("text"), str(entry.get("time") or "")
        if isinstance(said, str):
            name = str(entry.get("name") or "")
            told = _split(said, "recall", name, time, own=bool(own_name) and name == own_name)
        elif isinstance(passage, str):
            told = _split(WRAPPED.sub(" ", passage), "archival", _cited(entry), time)
        else:
            continue
        past = str(entry.get("superseded") or "") if entry.get("superseded_by") else None
        found += [replace(e, outdated=past is not None and (not past or past in e.text)) for e in told]
    return found


WRAPPED = re.compile(r"(?<=[^\n]{50})(?<![.!?:\n])\n(?=\S)")
"""A line break inside a document's sentence."""


def _cited(entry: Mapping[str, Any]) -> str:
    """Return source, heading and page of a passage, in the form of a citation."""
    page = f"page {entry['page']}" if isinstance(entry.get("page"), int) else ""
    return ", ".join(str(part) for part in (entry.get("source"), entry.get("heading"), page) if part)


def at_hand(prompt: Prompt) -> list[Evidence]:
    """Return the evidence in the prompt: blocks, the summary, the visible conversation."""
    found = [
        Evidence(line, "core", line, teller(line))
        for block in prompt.blocks
        if block.label != "persona"
        for line in block.lines
    ]
    found += [Evidence(sentence, "summary", sentence) for sentence in sentences(prompt.summary)]
    for line in (*prompt.earlier, *prompt.heard):
        found += from_line(line)
    return found


def from_line(line: Line) -> list[Evidence]:
    return _split(line.text, "queue", line.speaker, line.time, own=line.own)


def best(question: str, asker: str, pool: Iterable[Evidence], aliases: Mapping[str, str]) -> list[Found]:
    """Return the evidence that shares the question's rare words, best first; questions are left out."""
    wanted = wanted_stems(question, asker, aliases)
    lines = [e for e in dict.fromkeys(pool) if not is_question(e.text) and e.text != question]
    held = [_stems(e.text, e.speaker, aliases) for e in lines]
    around = [_stems(e.whole, "", aliases) for e in lines]
    weight = {
        s: _telling(s, question)
        * math.log(1 + (len(lines) + 1) / (1 + sum(s in a | h for a, h in zip(around, held, strict=True))))
        for s in wanted
    }
    total = sum(weight.values())
    if not total:
        return []
    found = []
    for place, (line, inside, near) in enumerate(zip(lines, held, around, strict=True)):
        covered = sum(weight[s] * (1 if s in inside else 0.5) for s in wanted if s in inside | near)
        if not covered or not (wanted - {stem(asker.lower())}) & (inside | near):
            continue
        score = covered / total + _expected(question, line.text) + _standing(line, question)
        found.append((round(score, 6), line.time, place, Found(line, score, covered / total)))
    return [entry[-1] for entry in sorted(found, key=lambda entry: entry[:3], reverse=True)]


def wanted_stems(question: str, asker: str, aliases: Mapping[str, str]) -> frozenset[str]:
    """Return what an answer should mention; the asker too when the question is about "me"."""
    wanted = {_alias(stem(word), aliases) for word in keywords(question)}
    if asker and re.search(r"\b(?:my|me|I|I'm|I've|mine)\b", question, re.IGNORECASE):
        wanted |= {_alias(stem(word), aliases) for word in words(asker)}
    return frozenset(wanted)


def aliases_in(prompt: Prompt) -> dict[str, str]:
    """Return the speaker of each given name, from lines such as "boss's name is Ada"."""
    found: dict[str, str] = {}
    for block in prompt.blocks:
        for line in block.lines:
            named = re.match(r"([\w-]+)'s name is ([\w-]+)$", bare(line))
            if named and named.group(1).lower() != named.group(2).lower():
                found[stem(named.group(2).lower())] = stem(named.group(1).lower())
    return found


def given_names(prompt: Prompt) -> dict[str, str]:
    """Return the given name of each speaker, from lines such as "boss's name is Ada"."""
    named = (
        re.match(r"(.{1,80}?)'s name is (.{1,80})$", bare(t)) for block in prompt.blocks for t in block.lines
    )
    return {match.group(1): match.group(2) for match in named if match}


def _split(text: str, source: Source, speaker: str, time: str, *, own: bool = False) -> list[Evidence]:
    pieces = sentences(text)
    if len(text) <= 160:
        # a short message is quoted whole, unless a question in it would stand beside its statements
        statements = [piece for piece in pieces if not is_question(piece)]
        pieces = [" ".join(statements)] if statements else pieces
    return [Evidence(piece, source, text, speaker, time, own) for piece in pieces]


def _stems(text: str, speaker: str, aliases: Mapping[str, str]) -> frozenset[str]:
    return frozenset(_alias(stem(word), aliases) for word in (*words(text), *words(speaker)))


def _alias(word: str, aliases: Mapping[str, str]) -> str:
    return aliases.get(word, word)


def _telling(wanted: str, question: str) -> float:
    """Return a word's weight: names and figures get more than other words, common verbs less."""
    if wanted in {stem(word) for word in LIGHT}:
        return 0.4
    named = {stem(name.lower()) for name in names(question)}
    return 1.5 if wanted in named or any(c.isdigit() for c in wanted) else 1.0


def _expected(question: str, text: str) -> float:
    """Return a small bonus when the text has the kind of value that the question asks for."""
    low = question.lower()
    if re.search(r"\bwhen\b|\bwhat (?:day|date|time)\b|\bdeadline\b|\bhow long\b", low):
        timed = re.search(
            rf"\d{{1,2}}:\d\d|\b(?:week|month|o'clock|{'|'.join(map(str.title, MONTHS))})\b", text
        )
        return 0.12 if timed or DATE.search(text) else 0.0
    if re.search(
        r"\bhow (?:many|much|old|often|high|low|big)\b|\bnumber\b|\bwhat (?:percentage|rate|value)\b", low
    ):
        return 0.12 if NUMBER.search(text) else 0.0
    if re.search(r"\bwhere\b", low):
        return 0.08 if re.search(r"\b(?:in|at|to|on) (?:the )?[A-Z]", text) else 0.0
    if re.search(r"\bwhy\b", low):
        return 0.12 if re.search(r"\b(?:because|since|so that|due to|risk|avoid)\b", text.lower()) else 0.0
    return 0.0


def _standing(line: Evidence, question: str) -> float:
    """Return a bonus for core memory, and a penalty for outdated, short and own text."""
    penalty = 0.0
    if line.own and not re.search(r"\byou\b", question.lower()):
        penalty += 0.5
    if len(words(line.text)) < 4:
        penalty += 0.1
    if line.outdated:
        penalty += 1.0
    return (0.1 if line.source == "core" else 0.0) - penalty


def distinct(found: Sequence[Found]) -> list[Found]:
    """Return the evidence without repeated sentences, best first."""
    seen: set[tuple[str, ...]] = set()
    kept: list[Found] = []
    for one in found:
        key = tuple(words(bare(one.evidence.text)))
        if key not in seen:
            seen.add(key)
            kept.append(one)
    return kept
