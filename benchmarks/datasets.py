"""The data sets for retrieval in one form: units to remember, and questions with the answering units."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

Dataset = Literal["locomo", "beam", "nq", "meetings", "friends", "realmem"]

START = datetime(2024, 1, 1, 9, tzinfo=timezone.utc)
"""The time of chats without times."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A turn, a message or a paragraph of a data set."""

    key: str
    """Units that count as one, such as those of a session, have one key."""
    text: str
    speaker: str = ""
    """`assistant` is the agent itself."""
    time: datetime = START


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    category: str
    evidence: frozenset[str]
    """The keys of the units that answer it."""
    asked_after: int | None = None
    """How many units had been said when it was asked; None if all of them had been."""


@dataclass(frozen=True, slots=True)
class Store:
    """What one agent remembers, and the questions to it."""

    name: str
    units: list[Unit]
    questions: list[Question] = field(default_factory=list)


BOOKKEEPING = re.compile(r"\s*->->.*$", re.DOTALL)
"""The end of BEAM's messages, which is not part of the chat."""


def read(file: Path) -> list[dict[str, Any]]:
    """Read the conversations or questions of a file, which may be compressed with gzip."""
    packed = file.read_bytes()
    found: list[dict[str, Any]] = json.loads(gzip.decompress(packed) if file.suffix == ".gz" else packed)
    return found


def sessions(conversation: Mapping[str, Any]) -> list[int]:
    """Return the numbers of a LoCoMo conversation's sessions in order."""
    return sorted(int(key[8:]) for key in conversation if re.fullmatch(r"session_\d+", key))


def load(dataset: Dataset, file: Path) -> list[Store]:
    """Read every store of a file. Raises `SystemExit` if the file does not exist or has another format."""
    try:
        return list(_READERS[dataset](read(file)))
    except OSError as error:
        raise SystemExit(f"--data {file}: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SystemExit(f"--data {file} is not in the format of {dataset}: {error!r}") from error


def _locomo(data: list[dict[str, Any]]) -> Iterator[Store]:
    for number, sample in enumerate(data):
        conversation = sample["conversation"]
        units: list[Unit] = []
        for session in sessions(conversation):
            start = _locomo_time(conversation.get(f"session_{session}_date_time", ""), session)
            units += [
                Unit(turn["dia_id"], turn["text"], turn["speaker"], start + timedelta(minutes=minute))
                for minute, turn in enumerate(conversation[f"session_{session}"])
            ]
        known = {unit.key for unit in units}
        questions = []
        for asked in sample["qa"]:
            named = re.findall(r"D(\d+):0*(\d+)", " ".join(asked.get("evidence") or ()))
            evidence = frozenset(f"D{session}:{turn}" for session, turn in named) & known
            if evidence:
                questions.append(Question(asked["question"], str(asked["category"]), evidence))
        yield Store(str(sample.get("sample_id", number)), units, questions)


def _locomo_time(written: str, session: int) -> datetime:
    try:
        return datetime.strptime(written, "%I:%M %p on %d %B, %Y").replace(tzinfo=timezone.utc)
    except ValueError:
        return START + timedelta(days=session)


def _beam(data: list[dict[str, Any]]) -> Iterator[Store]:
    for number, sample in enumerate(data):
        units: list[Unit] = []
        for batch in sample["chat"]:
            start = START + timedelta(days=len(units))
            messages = [message for group in batch["turns"] for message in group]
            units += [
                Unit(
                    str(message["id"]),
                    BOOKKEEPING.sub("", message["content"]),
                    message["role"],
                    start + timedelta(minutes=minute),
                )
                for minute, message in enumerate(messages)
            ]
        known = {unit.key for unit in units}
        questions = [
            Question(asked["question"], ability, evidence)
            for ability, group in sample["probing_questions"].items()
            for asked in group
            if (evidence := frozenset(map(str, _ids(asked.get("source_chat_ids")))) & known)
        ]
        yield Store(str(sample.get("id", number)), units, questions)


def _ids(given: Any) -> Iterator[int]:
    if isinstance(given, dict):
        given = list(given.values())
    if isinstance(given, list):
        for each in given:
            yield from _ids(each)
    elif isinstance(given, int):
        yield given


def _nq(data: list[dict[str, Any]]) -> Iterator[Store]:
    """Read the paragraphs, each under its page's title, as on the page."""
    texts = [f"{each['title']}\n{each['text']}" for each in data]
    keys = {text: f"p{number}" for number, text in enumerate(dict.fromkeys(texts))}
    units = [Unit(key, text) for text, key in keys.items()]
    questions = [
        Question(each["question"], "all", frozenset({keys[text]}))
        for each, text in zip(data, texts, strict=True)
    ]
    yield Store("nq", units, questions)


def _group(data: list[dict[str, Any]]) -> Iterator[Store]:
    """Read conversations of groups. Each message is evidence by itself."""
    for each in data:
        units = [
            Unit(message["id"], message["text"], message["speaker"], time) for message, time in _timed(each)
        ]
        questions = [
            Question(asked["question"], asked["category"], frozenset(asked["evidence"]))
            for asked in each["questions"]
        ]
        yield Store(str(each["id"]), units, questions)


def _realmem(data: list[dict[str, Any]]) -> Iterator[Store]:
    """Read chats in which each question is asked at its place, and a whole session is evidence."""
    for each in data:
        units = [
            Unit(message["session"], message["text"], message["speaker"], time)
            for message, time in _timed(each)
        ]
        places = {message["id"]: place for place, message in enumerate(each["conversation"])}
        questions = [
            Question(
                asked["question"],
                asked["category"],
                frozenset(asked["evidence_sessions"]),
                places[asked["before"]],
            )
            for asked in sorted(each["questions"], key=lambda asked: places[asked["before"]])
        ]
        yield Store(str(each["id"]), units, questions)


def _timed(conversation: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], datetime]]:
    """Yield the messages with times: a day for each session, and some seconds for each message."""
    said: list[dict[str, Any]] = conversation["conversation"]
    for day, (_, messages) in enumerate(groupby(said, key=lambda message: message["session"])):
        for number, message in enumerate(messages):
            yield message, START + timedelta(days=day, seconds=20 * number)


_READERS = {
    "locomo": _locomo,
    "beam": _beam,
    "nq": _nq,
    "meetings": _group,
    "friends": _group,
    "realmem": _realmem,
}
