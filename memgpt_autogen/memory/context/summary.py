"""The recursive summary: what leaves the prompt is folded into one short text (MemGPT, arXiv 2310.08560, section 2.2)."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Literal

from memgpt_autogen.errors import ContextOverflowError, ModelError
from memgpt_autogen.llm.protocols import LLM, Usage
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.memory.context.queue import units
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.messages import Message, WireMessage
from memgpt_autogen.prompts import prompt
from memgpt_autogen.text.safe import clean_text, clip, quote_name

logger = logging.getLogger(__name__)

Source = Literal["model", "extract"]

MOST_CALLS = 16
"""Model calls one eviction may take. A longer backlog is told in shorter lines, and what is too long even so is extracted."""

LEAST_LINE = 80
"""Characters of a transcript line that are always kept."""

MEMORY_TOOLS = ("send_message", "core_memory_", "memory_", "conversation_search", "archival_memory_")
"""What these return is in memory already, and no news to a summary."""

RESULT_LINE = 300
"""Characters that a tool result takes in a transcript."""


@dataclass(frozen=True, slots=True)
class Fold:
    """One step of a recursive summary: `text` covers everything up to `through_seq`."""

    messages: int
    through_seq: int
    text: str
    source: Source
    usage: Usage = field(default_factory=Usage)
    """What the model took for it."""


class Summariser:
    """Folds what leaves the queue into the running summary: by the model, or by extraction where there is none or it does not answer."""

    def __init__(self, name: str, zone: tzinfo, budget: Budget, llm: LLM | None) -> None:
        self._name = name
        self._zone = zone
        self._budget = budget
        self._llm = llm

    def fold(self, told: str, entries: Sequence[Entry], *, most_tokens: int) -> Iterator[Fold]:
        """Fold the entries into the summary `told`, in portions that fit the model's window; each `text` is at most `most_tokens`.

        Ends always: a model that fails is not asked again here, and an eviction never depends on one that answers.
        """
        capacity = max(self._budget.limit - most_tokens - self._size(self._asked("", [], most_tokens)), 64)
        answering = self._llm is not None
        for number, portion in enumerate(self._portions(self._told(entries, capacity), capacity)):
            lines = [line.text for line in portion if line.text]
            text, source, usage = "", "model", Usage()
            if lines and answering and number < MOST_CALLS:
                text, usage = self._ask(told, lines, most_tokens)
                answering = bool(text)
            if lines and not text:
                text, source = self._extract(told, lines, most_tokens), "extract"
            told = self.cut(text or told or "(nothing was said)", most_tokens)
            wrote: Source = "model" if source == "model" else "extract"
            yield Fold(len(portion), portion[-1].entry.seq, told, wrote, usage)

    def cut(self, text: str, most_tokens: int) -> str:
        """The text cut to at most `most_tokens`, its start and end kept."""
        while (size := self._budget.text(text)) > most_tokens and len(text) > 1:
            chars = int(len(text) * most_tokens / size * 0.95)
            text = clip(text, chars) if chars > LEAST_LINE else text[:chars]
        return text

    def _ask(self, told: str, lines: list[str], most_tokens: int) -> tuple[str, Usage]:
        """The model's summary, and what it took; empty where it gives none, also not of a shorter transcript."""
        usage = Usage()
        for chars in (None, 2 * LEAST_LINE):
            shown = lines if chars is None else [_start(line, chars) for line in lines]
            asked = self._asked(told, shown, most_tokens)
            if self._llm is None or self._size(asked) > self._budget.limit:
                continue
            try:
                completion = self._llm.complete(asked)
            except ContextOverflowError as error:
                logger.warning("the summariser found its transcript too long: %s", error)
            except ModelError as error:
                logger.warning("no summary from the model, an extract takes its place: %s", error)
                break
            else:
                usage += completion.usage
                if text := completion.text.strip():
                    return text, usage
        return "", usage

    def _asked(self, told: str, lines: list[str], most_tokens: int) -> list[WireMessage]:
        limit = min(max(most_tokens // 2, 30), 300)
        instructions = prompt("summarise").replace("AGENT_NAME", self._name).replace("WORD_LIMIT", str(limit))
        transcript = json.dumps({"summary_so_far": told, "leaving": lines}, ensure_ascii=False, indent=0)
        return [{"role": "system", "content": instructions}, {"role": "user", "content": transcript}]

    def _extract(self, told: str, lines: list[str], most_tokens: int) -> str:
        """The summary so far and the starts of the lines, as far as there is room."""
        room = max(
            most_tokens * 2, 4 * LEAST_LINE
        )  # characters; about two thirds of what the tokens would hold
        kept = clip(told, room // 2)
        chars = max(LEAST_LINE, (room - len(kept)) // len(lines))
        most = min(max(1, (room - len(kept)) // chars), len(lines))
        # each on one line, so that no one's words can pose as another's
        shown = [
            _start(" ".join(line.split()), chars)
            for line in [*lines[: most // 2], *lines[len(lines) - (most - most // 2) :]]
        ]
        left = len(lines) - len(shown)
        notice = [f"({left} more lines are only in recall)"] if left > 0 else []
        return "\n".join([kept, *shown, *notice]).strip()

    def _told(self, entries: Sequence[Entry], capacity: int) -> list[list[_Told]]:
        """The units as lines, short enough for the whole to fit into `MOST_CALLS` portions; at least `LEAST_LINE` of each."""
        chars = max(capacity, LEAST_LINE)
        told = [[self._line_of(entry, chars) for entry in part] for part in units(entries)]
        while chars > LEAST_LINE:
            if sum(line.tokens for part in told for line in part) <= capacity * MOST_CALLS * 3 // 4:
                break
            chars = max(chars // 2, LEAST_LINE)
            told = [
                [self._line_of(line.entry, chars) if len(line.text) > chars else line for line in part]
                for part in told
            ]
        return told

    def _line_of(self, entry: Entry, chars: int) -> _Told:
        line = self._line(entry.message, chars)
        return _Told(entry, line, self._budget.text(line))

    def _portions(self, told: list[list[_Told]], capacity: int) -> Iterator[list[_Told]]:
        """Whole units, as many at a time as fit; after `MOST_CALLS` portions, all that is left."""
        portion: list[_Told] = []
        held, number = 0, 0
        for part in told:
            size = sum(line.tokens for line in part)
            if portion and held + size > capacity and number < MOST_CALLS:
                yield portion
                portion, held, number = [], 0, number + 1
            portion.extend(part)
            held += size
        if portion:
            yield portion

    def _line(self, message: Message, chars: int) -> str:
        """A message as a line of the transcript; empty for what a summary need not know."""
        when = message.time.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")
        if message.kind == "result":
            if (message.name or "").startswith(MEMORY_TOOLS):
                return ""
            outcome = "" if message.ok else "failed: "
            text = _start(message.text, min(chars, RESULT_LINE))
            return clean_text(f"[{when}] ({message.name} returned) {outcome}{text}")
        if message.spoken is None:
            return ""
        speaker = quote_name(message.name or "", 64) if message.role == "user" else f"{self._name} (I)"
        return clean_text(f"[{when}] {speaker}: {_start(message.spoken, chars)}")

    def _size(self, messages: list[WireMessage]) -> int:
        return self._budget.messages(messages)


@dataclass(frozen=True, slots=True)
class _Told:
    """An entry as a line of the transcript."""

    entry: Entry
    text: str
    tokens: int


def _start(line: str, chars: int) -> str:
    """The line, or what tells most of it: start and end of a long one, the start where a notice would take the room."""
    if chars > RESULT_LINE or len(line) <= chars:
        return clip(line, chars)
    return line[: chars - 1] + "…"
