"""The recursive summary: a dated log of what left the prompt. An eviction only appends lines to it.

So a prompt begins with the same bytes as before the eviction, up to the end of the old lines, and what was
written once is not told again and again. Where the log is full, its oldest part is condensed. See MemGPT,
arXiv 2310.08560, section 2.2.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import chain
from typing import Literal

from memgpt_autogen.errors import ContextOverflowError, ModelError
from memgpt_autogen.llm.asking import answers_within, complete_by
from memgpt_autogen.llm.protocols import LLM, Usage
from memgpt_autogen.llm.text_calls.thoughts import split_thoughts
from memgpt_autogen.memory.context.answer_lines import read_answer
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.memory.context.dated_line import DatedLine, read_log, write_log
from memgpt_autogen.memory.context.excerpt import excerpt
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

# the least tokens for the lines about one portion
LEAST_SHARE = 40

# characters of a message that an extract is taken from
MOST_EXTRACTED = 20_000

# the summary of messages without words, which no line is appended to
NOTHING = "(nothing was said)"


@dataclass(frozen=True, slots=True)
class Fold:
    """One step of a recursive summary: `text` covers everything up to `through_seq`."""

    messages: int
    through_seq: int
    text: str
    """The whole log: the old text with new lines behind it, or a new one where the old was full."""
    source: Source
    """Who wrote the new lines."""
    usage: Usage = field(default_factory=Usage)
    """The tokens that the model took for it."""


class Summariser:
    """Appends lines about what leaves the queue: by the model, or by extraction if no model answers."""

    def __init__(self, name: str, zone: tzinfo | None, budget: Budget, llm: LLM | None) -> None:
        self._name = name
        self._zone = zone
        self._budget = budget
        self._llm = llm

    def fold(self, summary: str, entries: Sequence[Entry], *, most_tokens: int) -> Iterator[Fold]:
        """Fold the entries into the `summary`, in portions that fit the model's window.

        Each text has at most `most_tokens`, and begins with the text before it unless that would be too long.
        This always ends: a model that fails is not asked again here, and no eviction depends on one that
        answers.
        """
        empty = self._size(self._request("summarise", most_tokens, summary_so_far="", leaving=[]))
        capacity = max(self._budget.limit - most_tokens - empty, 64)
        portions = list(self._portions(self._lines(entries, capacity), capacity))
        log = "" if summary == NOTHING else summary
        share = self._share(log, most_tokens) // max(len(portions), 1)
        share = min(max(share, LEAST_SHARE), most_tokens)
        asker = _Asker(self._llm)
        for number, portion in enumerate(portions):
            lines = [line for line in portion if line.said]
            new: list[DatedLine] = []
            usage = Usage()
            if lines and asker.answers and number < MOST_CALLS:
                new, usage = self._ask(asker, log, lines, share)
            source: Source = "model" if new or not lines else "extract"
            if lines:
                about = new or [line.said.dated for line in lines if line.said]
                log, more = self._append(asker, log, self._excerpt(about, share), most_tokens)
                usage += more
            yield Fold(len(portion), portion[-1].entry.seq, log or NOTHING, source, usage)

    def cut(self, text: str, most_tokens: int) -> str:
        """Return the text in at most `most_tokens`, without some of its sentences if it is longer."""
        if self._budget.text(text) <= most_tokens:
            return text
        lines, left_out = read_log(text)
        return self._excerpt(lines, most_tokens, left_out)

    def _share(self, log: str, most_tokens: int) -> int:
        """Return the tokens for new lines: a quarter of all, and more while the log is short."""
        return max(most_tokens // 4, most_tokens * 3 // 4 - self._budget.text(log))

    def _append(self, asker: _Asker, log: str, new: str, most_tokens: int) -> tuple[str, Usage]:
        """Return the log with the new lines behind it, and the usage of what it took.

        If that is too long, the oldest lines of the log are condensed. The newest that fit into half of the
        room with the new ones stay as they are.
        """
        text = f"{log}\n{new}" if log else new
        if self._budget.text(text) <= most_tokens:
            return text, Usage()
        lines, left_out = read_log(log)
        room = most_tokens // 2 - self._budget.text(new)
        kept: list[DatedLine] = []
        while lines and self._budget.text(write_log([lines[-1], *kept])) <= room:
            kept.insert(0, lines.pop())
        newest = "\n".join(filter(None, (write_log(kept), new)))
        room = most_tokens * 3 // 4 - self._budget.text(newest)
        condensed, usage = self._condense(asker, lines, room)
        older = self._excerpt(condensed or lines, room, left_out) if lines else write_log((), left_out)
        return self.cut("\n".join(filter(None, (older, newest))), most_tokens), usage

    def _condense(
        self, asker: _Asker, lines: Sequence[DatedLine], most_tokens: int
    ) -> tuple[list[DatedLine], Usage]:
        """Return the lines as the model tells them in less room; none if it does not, or did so already."""
        request = self._request("condense", most_tokens, lines=[*map(str, lines)])
        wanted = lines and asker.answers and not asker.has_condensed and most_tokens >= LEAST_SHARE
        if not wanted or self._size(request) > self._budget.limit:
            return [], Usage()
        asker.has_condensed = True
        text, usage = self._asked(asker, request, most_tokens)
        return read_answer(text, lines) if text else [], usage

    def _excerpt(self, lines: Sequence[DatedLine], most_tokens: int, left_out: int = 0) -> str:
        """Return the lines in at most `most_tokens`: all of them, or those sentences that say the most."""

        def fits(text: str) -> bool:
            return self._budget.text(text) <= most_tokens

        taken, left_out = excerpt(lines, fits, left_out=left_out)
        text = write_log(taken, left_out)
        return text if taken and fits(text) else self._start(write_log(lines), most_tokens)

    def _start(self, text: str, most_tokens: int) -> str:
        """Return as much of the start of a text as fits, where no sentence of it does."""
        while (size := self._budget.text(text)) > most_tokens and len(text) > 1:
            text = text[: int(len(text) * most_tokens / size * 0.95)]
        return text.strip()

    def _ask(
        self, asker: _Asker, log: str, lines: Sequence[_Line], most_tokens: int
    ) -> tuple[list[DatedLine], Usage]:
        """Return the model's new lines and its usage; none if it has none, also for a shorter transcript.

        A model that wrote no line at all is not asked again.
        """
        usage, answer = Usage(), list[DatedLine]()
        about = [line.said.dated for line in lines if line.said]
        known = set(read_log(log)[0])  # models may write all of the log again
        for chars in (None, 2 * LEAST_LINE):
            leaving = [line.text if chars is None else _shorten(line.text, chars) for line in lines]
            request = self._request("summarise", most_tokens, summary_so_far=log, leaving=leaving)
            if self._size(request) > self._budget.limit:
                continue
            text, used = self._asked(asker, request, most_tokens)
            usage += used
            if text is not None:
                answer = read_answer(text, about, known)
                break
        asker.answers = bool(answer)
        return [line for line in answer if line not in known], usage

    def _asked(self, asker: _Asker, request: list[WireMessage], most_tokens: int) -> tuple[str | None, Usage]:
        """Return what the model answers, and its usage; None if the endpoint finds the request too long."""
        usage = Usage()
        if asker.llm is None:
            return "", usage
        try:
            completion = complete_by(asker.llm, request)
            used_up = completion.finish_reason == "length" and not split_thoughts(completion.text)[0]
            if used_up:  # by reasoning
                usage += completion.usage
                with answers_within(room=self._budget.window - self._size(request) - most_tokens):
                    completion = complete_by(asker.llm, request)
        except ContextOverflowError as error:
            logger.warning("the summariser found its transcript too long: %s", error)
            return None, usage
        except ModelError as error:
            logger.warning("no summary from the model, an extract takes its place: %s", error)
            return "", usage
        return completion.text, usage + completion.usage

    def _request(self, task: str, most_tokens: int, **given: str | list[str]) -> list[WireMessage]:
        limit = min(max(most_tokens // 2, 30), 300)
        instructions = prompt(task).replace("AGENT_NAME", self._name).replace("WORD_LIMIT", str(limit))
        transcript = json.dumps(given, ensure_ascii=False, indent=0)
        return [{"role": "system", "content": instructions}, {"role": "user", "content": transcript}]

    def _lines(self, entries: Sequence[Entry], capacity: int) -> list[list[_Line]]:
        """Return the units as lines, short enough for all to fit into `MOST_CALLS` portions if possible."""
        parts = units(entries)
        said = [self._said(entry.message) for part in parts for entry in part]
        chars = max(capacity, LEAST_LINE)
        while True:
            texts = ["" if each is None else self._shown(each, chars) for each in said]
            sizes = self._budget.texts(texts)
            if chars == LEAST_LINE or sum(sizes) <= capacity * MOST_CALLS * 3 // 4:
                break
            chars = max(chars // 2, LEAST_LINE)
        lines = map(_Line, chain.from_iterable(parts), said, texts, sizes)
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

    def _said(self, message: Message) -> _Said | None:
        """Return who said what and when; None for what a summary need not contain."""
        when = None if self._zone is None else message.time.astimezone(self._zone)
        if message.kind == "result":
            if (message.name or "").startswith(MEMORY_TOOLS):
                return None
            outcome = "returned" if message.ok else "failed"
            return _Said(f"{message.name} {outcome}", _shorten(message.text, RESULT_LINE), when)
        spoken = message.spoken
        if spoken is None:
            return None
        speaker = quote_name(message.name or "", 64) if message.role == "user" else f"{self._name} (I)"
        return _Said(speaker, spoken, when)

    def _shown(self, said: _Said, chars: int) -> str:
        """Return a line of the transcript."""
        when = "" if said.when is None else f"{said.when:[%Y-%m-%d %H:%M]} "
        return clean_text(f"{when}{said.speaker}: {_shorten(said.text, chars)}")

    def _size(self, messages: list[WireMessage]) -> int:
        return self._budget.messages(messages)


@dataclass(slots=True)
class _Asker:
    """The model, as it turned out to be during one eviction."""

    llm: LLM | None
    answers: bool = field(init=False)
    """Whether it is asked again."""
    has_condensed: bool = False
    """It is asked for that once, and the rules do it from then on."""

    def __post_init__(self) -> None:
        self.answers = self.llm is not None


@dataclass(frozen=True, slots=True)
class _Said:
    """What somebody said, or a tool returned."""

    speaker: str
    text: str
    when: datetime | None
    """In the agent's zone; None without a clock."""

    @property
    def dated(self) -> DatedLine:
        days = None if self.when is None else (self.when.date(), self.when.date())
        return DatedLine(clean_text(self.text[:MOST_EXTRACTED]), days, clean_text(self.speaker))


@dataclass(frozen=True, slots=True)
class _Line:
    """An entry as a line of the transcript."""

    entry: Entry
    said: _Said | None
    text: str
    tokens: int


def _shorten(line: str, chars: int) -> str:
    """Return the start and end of a long line; only the start where a notice would take most of the room."""
    if chars > RESULT_LINE or len(line) <= chars:
        return clip(line, chars)
    return line[: chars - 1] + "…"
