"""Memory pressure: what happens when the prompt fills the window. The ladder always ends, whatever the messages are.

Warn once, then evict the oldest into the recursive summary, then clip long tool results, keep fewer messages, clip every
text, keep none; where the system prompt and the tools alone do not fit, say so. A failing summariser never stops it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

from memgpt_autogen.errors import WindowTooSmallError
from memgpt_autogen.events import Event, Evicted, PressureWarned
from memgpt_autogen.llm.protocols import LLM, ToolSchema
from memgpt_autogen.memory.budget import Budget
from memgpt_autogen.memory.hierarchy import WHOLE, Fit, MemoryHierarchy
from memgpt_autogen.memory.log import Entry
from memgpt_autogen.memory.queue import units
from memgpt_autogen.memory.summary import Summariser
from memgpt_autogen.messages import Message, WireMessage
from memgpt_autogen.prompts import prompt

CLIPS = (4000, 2000, 1000, 500, 250, 120)
"""The rungs of clipping, in characters."""


class Pressure:
    """Keeps one agent's prompt inside its window.

    `keep_last` units (a message, or a call with its results) stay in the queue if they fit, and so does the message that is
    being answered with all that followed it; an eviction empties at least half of the room that the queue has.
    """

    def __init__(self, memory: MemoryHierarchy, budget: Budget, llm: LLM, *, keep_last: int = 3) -> None:
        self.budget = budget
        self._memory = memory
        self._summariser = Summariser(memory.name, memory.zone, budget, llm)
        self._keep_last = keep_last
        self._fit = WHOLE
        self._warned: bool | None = None
        self._resets = memory.resets

    def relieve(
        self, instructions: str, tools: Sequence[ToolSchema]
    ) -> Generator[Event, None, list[WireMessage]]:
        """Give back a prompt that fits, after warning or evicting as far as needed.

        Raises `WindowTooSmallError` when the system prompt and the tools leave no room for a conversation.
        """
        warned = self.warning(instructions, tools)
        if warned is not None:
            self._memory.log.append(Message.event("alert", prompt("pressure_warning")))
            yield warned
        messages = self.compile(instructions)
        tighter = 1.0
        while (size := self.budget.prompt(messages, tools)) > self.budget.limit:
            room = int(self._room(messages[:1], tools) * tighter)
            if room < (MIN_ROOM if tighter == 1.0 else MIN_ROOM // 2):
                raise self._too_small(messages[:1], tools)
            yield from self._evict(instructions, tools, room, size)
            messages = self.compile(instructions)
            tighter *= 0.9  # where the estimate of the parts fell short of the whole
        return messages

    def compile(self, instructions: str) -> list[WireMessage]:
        """The prompt as it stands, with the clips that the last eviction needed."""
        if self._resets != self._memory.resets:
            self._resets, self._fit, self._warned = self._memory.resets, WHOLE, None
        return self._memory.compile(instructions, fit=self._fit)

    def warning(self, instructions: str, tools: Sequence[ToolSchema]) -> PressureWarned | None:
        """The warning, if it is due: the prompt is over the threshold, fits still, and nothing was said since the last eviction."""
        if self._warned is None:
            self._warned = any(entry.message.kind == "alert" for entry in self._memory.queue.entries())
        if self._warned:
            return None
        size = self.budget.prompt(self.compile(instructions), tools)
        if not self.budget.warn_at < size <= self.budget.limit:
            return None
        self._warned = True
        return PressureWarned(size, self.budget.window)

    def retell(self) -> None:
        """Have the newest summary told by the model from the log, after a part of the log was forgotten."""
        summary = self._memory.queue.summary
        if summary is None:
            return
        covered = [entry for entry in self._memory.log.since(0) if entry.seq <= summary.through_seq]
        most = max(self.budget.text(summary.text), MIN_ROOM)
        folds = list(self._summariser.fold("", covered, most_tokens=most))
        if folds and folds[-1].source == "model":  # the extract that is there is no worse than another one
            self._memory.queue.evict(summary.through_seq, folds[-1].text, "model")

    def _evict(self, instructions: str, tools: Sequence[ToolSchema], room: int, size: int) -> Iterator[Event]:
        entries = self._memory.queue.entries()
        summary = self._memory.queue.summary
        told = summary.text if summary else ""
        most_told = min(room // 5, MOST_SUMMARY)
        calm = self.budget.warn_at - (self.budget.limit - room) - most_told
        kept, self._fit = self._plan(units(entries), room, max(room // 4, min(room, calm) // 2))
        leaving = entries[: len(entries) - len(kept)]
        for fold in self._summariser.fold(told, leaving, most_tokens=most_told):
            self._memory.queue.evict(fold.through_seq, fold.text, fold.source)
            after = self.budget.prompt(self.compile(instructions), tools)
            yield Evicted(fold.messages, fold.through_seq, size, after, fold.text, fold.source)
            size = after
        if leaving:
            self._warned = False
        elif summary is not None:
            # there is nothing left to evict: the summary itself is what is too long
            self._memory.queue.evict(
                summary.through_seq, self._summariser.cut(summary.text, most_told), summary.source
            )

    def _plan(self, parts: list[list[Entry]], room: int, target: int) -> tuple[list[Entry], Fit]:
        """What of the queue to keep, and how to clip it: `target` tokens where that is possible, three quarters of the room at most."""
        answered = _since_last_message(parts)
        keep, held = 0, 0
        for part in reversed(parts):
            held += self._size(part, WHOLE)
            if held > target and keep >= max(self._keep_last, answered):
                break
            keep += 1
        if held <= target and keep == len(parts):
            return [entry for part in parts for entry in part], WHOLE
        for count, fit in _rungs(parts, keep, answered):
            kept = [entry for part in parts[len(parts) - count :] for entry in part]
            if self._size(kept, fit) <= room * 3 // 4:
                return kept, fit
        return [], WHOLE

    def _size(self, entries: Sequence[Entry], fit: Fit) -> int:
        return self.budget.messages(self._memory.tail(entries, fit=fit))

    def _room(self, system: list[WireMessage], tools: Sequence[ToolSchema]) -> int:
        """Tokens that the summary and the queue may take together."""
        return self.budget.limit - self.budget.prompt(system, tools)

    def _too_small(self, system: list[WireMessage], tools: Sequence[ToolSchema]) -> WindowTooSmallError:
        budget = self.budget
        return WindowTooSmallError(
            f"the window of {budget.window} tokens is too small: the system prompt with core memory takes "
            f"{budget.messages(system)} tokens, the {len(tools)} tools take {budget.tools(tools)}, and "
            f"{budget.reserve} are kept for the answer. Raise window_tokens, shorten blocks or instructions, or offer fewer tools."
        )


def _since_last_message(parts: Sequence[Sequence[Entry]]) -> int:
    """How many units the newest message, which is what is being answered, and all after it are."""
    for number, part in enumerate(reversed(parts), start=1):
        if any(entry.message.kind == "message" for entry in part):
            return number
    return min(1, len(parts))


def _rungs(parts: Sequence[Sequence[Entry]], keep: int, answered: int) -> Iterator[tuple[int, Fit]]:
    """How many units to keep and how to clip them, from the mildest to the harshest.

    Older tool results are clipped before the newest, results before words, and what led up to the message that is being
    answered goes before any word of it is cut.
    """
    newest = parts[-1][-1].seq if parts else 0
    older = parts[-3][-1].seq if len(parts) > 2 else 0
    yield keep, WHOLE
    yield from ((keep, Fit(chars, None, older)) for chars in CLIPS)
    yield from ((keep, Fit(chars, None, newest)) for chars in CLIPS)
    yield from ((fewer, Fit(CLIPS[-1], None, newest)) for fewer in range(keep - 1, answered - 1, -1))
    yield from ((answered, Fit(chars, chars, newest)) for chars in CLIPS)
    yield from ((fewer, Fit(CLIPS[-1], CLIPS[-1], newest)) for fewer in range(answered - 1, 0, -1))


MIN_ROOM = 160
"""The least tokens for summary and queue with which a turn is worth starting."""

MOST_SUMMARY = 1024
"""The most tokens of a summary, however large the window is."""
