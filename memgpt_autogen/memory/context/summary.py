"""The recursive summary: what leaves the prompt is folded into one short text.

See MemGPT, arXiv 2310.08560, section 2.2.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from itertools import chain
from typing import Literal

from memgpt_autogen.errors import ContextOverflowError, ModelError
from memgpt_autogen.llm.asking import answers_within, complete_by
from memgpt_autogen.llm.protocols import LLM, Usage
from memgpt_autogen.llm.text_calls.thoughts import split_thoughts, without_marks
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.memory.context.queue import units
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.messages import Message, WireMessage
from memgpt_autogen.prompts import prompt
from memgpt_autogen.text.safe import clean_text, clip, quote_name

logger = logging.getLogger(__name__)

Source = Literal["model", "extract"]

# the most model calls of one eviction; a longer backlog has shorter lines, and what is still too long is
# extracted
MOST_CALLS = 16

# characters of a transcript line that are always kept
LEAST_LINE = 80

# the results of these tools are in memory already, and no news to a summary
MEMORY_TOOLS = ("send_message", "core_memory_", "memory_", "conversation_search", "archival_memory_")

# characters that a tool result takes in a transcript
RESULT_LINE = 300


@dataclass(frozen=True, slots=True)
class Fold:
    """One step of a recursive summary: `text` covers everything up to `through_seq`."""

    messages: int
    through_seq: int
    text: str
    source: Source
    usage: Usage = field(default_factory=Usage)
    """The tokens that the model took for it."""


class Summariser:
    """Folds what leaves the queue into the summary: by the model, or by extraction if no model answers."""

    def __init__(self, name: str, zone: tzinfo | None, budget: Budget, llm: LLM | None) -> None:
        self._name = name
        self._zone = zone
        self._budget = budget
        self._llm = llm

    def fold(self, summary: str, entries: Sequence[Entry], *, most_tokens: int) -> Iterator[Fold]:
        """Fold the entries into the `summary`, in portions that fit the model's window.

        Each text has at most `most_tokens`. This always ends: a model that fails is not asked again here,
        and no eviction depends on one that answers.
        """
        empty = self._size(self._request("", [], most_tokens))
        capacity = max(self._budget.limit - most_tokens - empty, 64)
        answering = self._llm is not None
        for number, portion in enumerate(self._portions(self._lines(entries, capacity), capacity)):
            lines = [line.text for line in portion if line.text]
            text, usage = "", Usage()
            if lines and answering and number < MOST_CALLS:
                text, usage = self._ask(summary, lines, most_tokens)
                answering = bool(text)
            source: Source = "model" if text or not lines else "extract"
            if lines and not text:
                text = self._extract(summary, lines, most_tokens)
            summary = self.cut(text or summary or "(nothing was said)", most_tokens)
            yield Fold(len(portion), portion[-1].entry.seq, summary, source, usage)

    def cut(self, text: str, most_tokens: int) -> str:
        """Return the text, cut to at most `most_tokens`. Its start and end stay."""
        while (size := self._budget.text(text)) > most_tokens and len(text) > 1:
            chars = int(len(text) * most_tokens / size * 0.95)
            text = clip(text, chars) if chars > LEAST_LINE else text[:chars]
        return text

    def _ask(self, summary: str, lines: list[str], most_tokens: int) -> tuple[str, Usage]:
        """Return the model's summary and its usage; empty if there is none, also of a shorter transcript."""
        usage = Usage()
        for chars in (None, 2 * LEAST_LINE):
            shown = lines if chars is None else [_shorten(line, chars) for line in lines]
            request = self._request(summary, shown, most_tokens)
            if self._llm is None or self._size(request) > self._budget.limit:
                continue
            try:
                completion = complete_by(self._llm, request)
                said = split_thoughts(completion.text)[0]
                if not said and completion.finish_reason == "length":  # reasoning has used it up
                    usage += completion.usage
                    with answers_within(room=self._budget.window - self._size(request) - most_tokens):
                        completion = complete_by(self._llm, request)
                    said = split_thoughts(completion.text)[0]
            except ContextOverflowError as error:
                logger.warning("the summariser found its transcript too long: %s", error)
            except ModelError as error:
                logger.warning("no summary from the model, an extract takes its place: %s", error)
                break
            else:
                usage += completion.usage
                if text := without_marks(said).strip():
                    return text, usage
        return "", usage

    def _request(self, summary: str, lines: list[str], most_tokens: int) -> list[WireMessage]:
        limit = min(max(most_tokens // 2, 30), 300)
        instructions = prompt("summarise").replace("AGENT_NAME", self._name).replace("WORD_LIMIT", str(limit))
        transcript = json.dumps({"summary_so_far": summary, "leaving": lines}, ensure_ascii=False, indent=0)
        return [{"role": "system", "content": instructions}, {"role": "user", "content": transcript}]

    def _extract(self, summary: str, lines: list[str], most_tokens: int) -> str:
        """Return the summary so far and the starts of the lines, as far as there is room."""
        # characters; about two thirds of what the tokens would hold
        room = max(most_tokens * 2, 4 * LEAST_LINE)
        kept = clip(summary, room // 2)
        chars = max(LEAST_LINE, (room - len(kept)) // len(lines))
        most = min(max(1, (room - len(kept)) // chars), len(lines))
        chosen = [*lines[: most // 2], *lines[len(lines) - (most - most // 2) :]]
        # each on one line, so that no one's words can pose as another's
        shown = [_shorten(" ".join(line.split()), chars) for line in chosen]
        left = len(lines) - len(shown)
        notice = [f"({left} more lines are only in recall)"] if left > 0 else []
        return "\n".join([kept, *shown, *notice]).strip()

    def _lines(self, entries: Sequence[Entry], capacity: int) -> list[list[_Line]]:
        """Return the units as lines, short enough for all to fit into `MOST_CALLS` portions if possible."""
        parts = units(entries)
        chars = max(capacity, LEAST_LINE)
        while True:
            texts = [self._line(entry.message, chars) for part in parts for entry in part]
            sizes = self._budget.texts(texts)
            if chars == LEAST_LINE or sum(sizes) <= capacity * MOST_CALLS * 3 // 4:
                break
            chars = max(chars // 2, LEAST_LINE)
        lines = map(_Line, chain.from_iterable(parts), texts, sizes)
        return [[next(lines) for _ in part] for part in parts]

    def _portions(self, parts: list[list[_Line]], capacity: int) -> Iterator[list[_Line]]:
        """Return whole units, as many at a time as fit; after `MOST_CALLS` portions, all the others."""
        portion: list[_Line] = []
        filled, number = 0, 0
        for part in parts:
            size = sum(line.tokens for line in part)
            if portion and filled + size > capacity and number < MOST_CALLS:
                yield portion
                portion, filled, number = [], 0, number + 1
            portion.extend(part)
            filled += size
        if portion:
            yield portion

    def _line(self, message: Message, chars: int) -> str:
        """Return a message as a line of the transcript; empty for what a summary need not contain."""
        when = "" if self._zone is None else f"{message.time.astimezone(self._zone):[%Y-%m-%d %H:%M]} "
        if message.kind == "result":
            if (message.name or "").startswith(MEMORY_TOOLS):
                return ""
            outcome = "" if message.ok else "failed: "
            text = _shorten(message.text, min(chars, RESULT_LINE))
            return clean_text(f"{when}({message.name} returned) {outcome}{text}")
        spoken = message.spoken
        if spoken is None:
            return ""
        speaker = quote_name(message.name or "", 64) if message.role == "user" else f"{self._name} (I)"
        return clean_text(f"{when}{speaker}: {_shorten(spoken, chars)}")

    def _size(self, messages: list[WireMessage]) -> int:
        return self._budget.messages(messages)


@dataclass(frozen=True, slots=True)
class _Line:
    """An entry as a line of the transcript."""

    entry: Entry
    text: str
    tokens: int


def _shorten(line: str, chars: int) -> str:
    """Return the start and end of a long line; only the start where a notice would take most of the room."""
    if chars > RESULT_LINE or len(line) <= chars:
        return clip(line, chars)
    return line[: chars - 1] + "…"
