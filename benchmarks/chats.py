"""The chats of a data set as turns: messages of one side, and the answer of the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from benchmarks.datasets import BOOKKEEPING, read, sessions

Dataset = Literal["locomo", "beam"]


@dataclass(frozen=True, slots=True)
class Turn:
    """Messages of one side, and the other side's answer as one text."""

    heard: tuple[str, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Chat:
    name: str
    speaker: str
    """Who writes the messages of a turn."""
    agent: str
    """Who answers them."""
    turns: tuple[Turn, ...]

    @property
    def messages(self) -> int:
        """The number of messages. An answer of several messages counts as one."""
        return sum(len(turn.heard) + 1 for turn in self.turns)


def chats(dataset: Dataset, path: Path) -> list[Chat]:
    """Read all chats of a file, which may be compressed with gzip."""
    return [_locomo(found) if dataset == "locomo" else _beam(found) for found in read(path)]


def _locomo(found: Mapping[str, Any]) -> Chat:
    """Read `speaker_a`'s messages and `speaker_b`'s answers, session after session."""
    talk = found["conversation"]
    said = (
        (turn["speaker"], _with_picture(turn))
        for number in sessions(talk)
        for turn in talk[f"session_{number}"]
    )
    return _chat(str(found.get("sample_id", "")), talk["speaker_a"], talk["speaker_b"], said)


def _with_picture(turn: Mapping[str, Any]) -> str:
    """Return the text with the caption of its picture, if there is one."""
    picture = turn.get("blip_caption")
    return f"{turn['text']} [picture: {picture}]" if picture else turn["text"]


def _beam(found: Mapping[str, Any]) -> Chat:
    said = (
        (message["role"], BOOKKEEPING.sub("", message["content"]))
        for batch in found["chat"]
        for turn in batch["turns"]
        for message in turn
    )
    return _chat(str(found["id"]), "user", "assistant", said)


def _chat(name: str, speaker: str, agent: str, said: Iterable[tuple[str, str]]) -> Chat:
    """Make a chat without an answer before the first message, and without messages after the last answer.

    They are not part of a turn.
    """
    return Chat(name, speaker, agent, tuple(_turns(speaker, said)))


def _turns(speaker: str, said: Iterable[tuple[str, str]]) -> Iterator[Turn]:
    heard: tuple[str, ...] = ()
    for by_speaker, group in groupby(said, key=lambda message: message[0] == speaker):
        texts = tuple(text for _, text in group)
        if by_speaker:
            heard = texts
        elif heard:
            yield Turn(heard, "\n".join(texts))
