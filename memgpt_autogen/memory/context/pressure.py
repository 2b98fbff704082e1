"""Memory pressure: what happens when the prompt fills the window. The ladder always ends, whatever the messages are.

Warn once, then evict the oldest into the recursive summary, then clip long tool results, keep fewer messages, clip every
text, keep none. Where the window is small, what stands before the messages is told briefly; where even that does not fit,
say so. A failing summariser never stops it.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

from memgpt_autogen.errors import WindowTooSmallError
from memgpt_autogen.events import Event, Evicted, PressureWarned
from memgpt_autogen.llm.protocols import LLM, ToolSchema, Usage
from memgpt_autogen.memory.context.budget import Budget, Sent
from memgpt_autogen.memory.context.prompt import FULL, WHOLE, Fit, Form
from memgpt_autogen.memory.context.queue import units
from memgpt_autogen.memory.context.summary import Summariser
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.messages import Message, WireMessage
from memgpt_autogen.prompts import prompt

logger = logging.getLogger(__name__)

CLIPS = (4000, 2000, 1000, 500, 250, 120)
"""The rungs of clipping, in characters."""

BRIEF = Form(brief=True)

CLIPPED = tuple(Form(brief=True, block_chars=chars) for chars in (1500, 1000, 700, 500, 350, 250, 120))
"""The forms for blocks that do not fit the window whole."""

KEPT_SENT = 100
"""How many of the last prompts are remembered by their sizes."""


class Pressure:
    """Keeps one agent's prompt inside its window.

    `keep_last` units (a message, or a call with its results) stay in the queue if they fit, and so does the message that is
    being answered with all that followed it; an eviction empties three quarters of the room that the queue has.
    """

    def __init__(self, memory: MemoryHierarchy, budget: Budget, llm: LLM, *, keep_last: int = 3) -> None:
        self.budget = budget
        self.form = FULL
        """How the head of the prompt is told now; `shape` chooses it."""
        self.sent: deque[Sent] = deque(maxlen=KEPT_SENT)
        """The sizes of the prompts that were answered, the newest last."""
        self._memory = memory
        self._summariser = Summariser(memory.name, memory.zone, budget, llm)
        self._keep_last = keep_last
        self._fit = WHOLE
        self._warned: bool | None = None
        self._resets = memory.resets
        self._before: tuple[Sequence[WireMessage], Sequence[ToolSchema]] = ([], [])

    def shape(
        self, instructions: str, full: Sequence[ToolSchema], brief: Callable[..., Sequence[ToolSchema]]
    ) -> Sequence[ToolSchema]:
        """Choose the form of the prompt's head, and give back the tools that go with it: `full`, or what `brief(least=...)` makes.

        Full where that leaves half of the limit for the conversation, else brief; with the least tools where that does not
        leave half either, and with the blocks clipped where they leave no room for a conversation.
        """
        limit, before = self.budget.limit, self.form
        beside = self.budget.beside  # a part of the conversation, which is to leave some room for words
        small = ((form, True, limit // 6) for form in (BRIEF, *CLIPPED))
        for form, offered, wanted in ((FULL, None, limit // 2), (BRIEF, False, limit // 2), *small):
            self.form = form
            tools = full if offered is None else brief(least=offered)
            least = max(wanted - beside, min(wanted, limit // 4), MIN_ROOM)
            if self._room(self._system(instructions), tools) >= least:
                break
        else:
            self.form = BRIEF  # clipping does not help: it is not the blocks that are too long
        if self.form.block_chars is not None and self.form != before:
            logger.warning(
                "the window of %d tokens is too small for the blocks of '%s': the model sees at most %d characters of "
                "each. Raise window_tokens, shorten the blocks, or make them with lower limits.",
                self.budget.window,
                self._memory.name,
                self.form.block_chars,
            )
        return tools

    def relieve(
        self, instructions: str, tools: Sequence[ToolSchema]
    ) -> Generator[Event, None, list[WireMessage]]:
        """Give back a prompt that fits, after warning or evicting as far as needed.

        Raises `WindowTooSmallError` when the system prompt and the tools leave no room for a conversation.
        """
        messages = self.compile(instructions)
        size = self.budget.prompt(messages, tools)
        warned = self._due(size, messages[:1], tools)
        if warned is not None:
            self._memory.log.append(Message.event("alert", prompt("pressure_warning")))
            self.warned()
            yield warned
            messages = self.compile(instructions)
            size = self.budget.prompt(messages, tools)
        tighter = 1.0
        while size > self.budget.limit:
            room = int(self._room(messages[:1], tools) * tighter)
            if room < (MIN_ROOM if tighter == 1.0 else MIN_ROOM // 2):
                raise self._too_small(instructions, messages[:1], tools)
            yield from self._evict(instructions, tools, room, size)
            messages = self.compile(instructions)
            size = self.budget.prompt(messages, tools)
            tighter *= 0.9  # where the estimate of the parts fell short of the whole
        return messages

    def compile(self, instructions: str, coming: Sequence[Message] = ()) -> list[WireMessage]:
        """The prompt as it stands, in the form that was chosen and with the clips that the last eviction needed."""
        if self._resets != self._memory.resets:
            self._resets, self._fit, self._warned = self._memory.resets, WHOLE, None
        return self._memory.prompt.compile(instructions, fit=self._fit, form=self.form, coming=coming)

    def warning(
        self, instructions: str, tools: Sequence[ToolSchema], coming: Sequence[Message] = ()
    ) -> PressureWarned | None:
        """The warning, if it is due: the prompt is over the threshold, fits still, and nothing was said since the last eviction.

        `coming` are messages that the log is about to get.
        """
        if self._warned and self._resets == self._memory.resets:
            return None
        messages = self.compile(instructions, coming)
        return self._due(self.budget.prompt(messages, tools), messages[:1], tools)

    @property
    def warning_waits(self) -> bool:
        """Whether a warning is worth no step of its own: in a small window such a step is a large part of what is sent at all."""
        return self.form.brief

    def warned(self) -> None:
        """The warning that was due is in the log."""
        self._warned = True

    def note(self, messages: Sequence[WireMessage], tools: Sequence[ToolSchema], usage: Usage) -> None:
        """Remember the sizes of a prompt that was answered, and learn from what the endpoint counted."""
        estimate = self.budget.prompt(messages, tools)
        stable = min(self.budget.stable(self._before, messages, tools), estimate)
        self.sent.append(Sent(estimate, stable, usage.prompt_tokens, usage.cached_tokens))
        self._before = (messages, tools)
        self.budget.learn(estimate, usage)

    @property
    def last_sent(self) -> Sent | None:
        """The sizes of the last prompt that was answered; None before the first."""
        return self.sent[-1] if self.sent else None

    def warns_at(self, system: list[WireMessage], tools: Sequence[ToolSchema]) -> int | None:
        """The size of a prompt with this head that calls for a warning; None where the window leaves no room to act on one."""
        room = self._room(system, tools)
        return None if self.form.brief and room < ROOM_TO_SAVE else self._warn_at(room)

    def _due(
        self, size: int, system: list[WireMessage], tools: Sequence[ToolSchema]
    ) -> PressureWarned | None:
        if self._warned is None:
            self._warned = any(entry.message.kind == "alert" for entry in self._memory.queue.entries())
        threshold = None if self._warned else self.warns_at(system, tools)
        if threshold is None or not threshold < size <= self.budget.limit:
            return None
        return PressureWarned(size, self.budget.window)

    def _warn_at(self, room: int) -> int:
        """The threshold. In a small window the head alone may reach it; there the room has to be three quarters full."""
        if not self.form.brief:
            return self.budget.warn_at
        return max(self.budget.warn_at, self.budget.limit - room + room * 3 // 4)

    def compact(self, instructions: str, tools: Sequence[ToolSchema]) -> Generator[Event, None, None]:
        """Evict now, until the queue has half of its size or less; only the newest unit stays whatever its size.

        No event comes where there is nothing to evict.
        """
        messages = self.compile(instructions)
        size = self.budget.prompt(messages, tools)
        entries = self._memory.queue.entries()
        parts = units(entries)
        rooms = [self.budget.messages(self._memory.prompt.tail(part)) for part in parts]
        keep, held = min(1, len(parts)), sum(rooms[-1:])
        while keep < len(parts) and held + rooms[-keep - 1] <= sum(rooms) // 2:
            held += rooms[-keep - 1]
            keep += 1
        leaving = [entry for part in parts[: len(parts) - keep] for entry in part]
        room = self._room(messages[:1], tools)
        yield from self._fold(instructions, tools, leaving, size, max(_most_told(room), 1))

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
        most_told = _most_told(room)
        most = min(room * 3 // 4, room - most_told - self.budget.corrected(AROUND_SUMMARY))
        target = room // 4
        kept, self._fit = self._plan(units(entries), target, most, room)
        leaving = entries[: len(entries) - len(kept)]
        yield from self._fold(instructions, tools, leaving, size, most_told)
        if len(kept) == len(entries) and summary is not None:
            # there is nothing left to evict: the summary itself is what is too long
            self._memory.queue.evict(
                summary.through_seq, self._summariser.cut(summary.text, most_told), summary.source
            )

    def _fold(
        self,
        instructions: str,
        tools: Sequence[ToolSchema],
        leaving: Sequence[Entry],
        size: int,
        most_told: int,
    ) -> Iterator[Event]:
        """Fold what leaves into the summary, which takes at most `most_told` tokens, and move the queue's start behind it."""
        summary = self._memory.queue.summary
        kept_tokens = self._counted(self._memory.queue.entries()[len(leaving) :])
        rest = size - self.budget.prompt(self._memory.prompt.head(instructions, self.form, self._fit), tools)
        done = 0
        for fold in self._summariser.fold(summary.text if summary else "", leaving, most_tokens=most_told):
            self._memory.queue.evict(fold.through_seq, fold.text, fold.source)
            rest -= self._counted(leaving[done : done + fold.messages])
            done += fold.messages
            head = self.budget.prompt(self._memory.prompt.head(instructions, self.form, self._fit), tools)
            after = head + (kept_tokens if done == len(leaving) else max(rest, kept_tokens))
            yield Evicted(fold.messages, fold.through_seq, size, after, fold.text, fold.source, fold.usage)
            size = after
            self._warned = False

    def _plan(
        self, parts: list[list[Entry]], target: int, most: int, most_alone: int
    ) -> tuple[list[Entry], Fit]:
        """What of the queue to keep, and how to clip it: `target` tokens where that is possible, never over `most`.

        `most_alone` is that for a queue without a summary before it.
        """
        answered = _since_last_message(parts)
        newest: list[_Unit] = []
        held = 0
        for part in reversed(parts):
            unit = _Unit(part, self.budget.counted(self._memory.prompt.tail(part)))
            held += unit.tokens
            if self.budget.corrected(held) > target and len(newest) >= max(self._keep_last, answered):
                break
            newest.append(unit)
        else:
            if self.budget.corrected(held) <= min(target, most):
                return [entry for part in parts for entry in part], WHOLE
        for largest, fewest, fit in _rungs(parts, len(newest), answered):
            count = self._fitting(newest[:largest], fit, most if fit.summary else most_alone)
            if count >= max(fewest, 1):
                return [entry for part in parts[len(parts) - count :] for entry in part], fit
        return [], WHOLE

    def _fitting(self, newest: Sequence[_Unit], fit: Fit, room: int) -> int:
        """How many of the units, newest first, fit together when they are clipped so."""
        held = 0
        for count, unit in enumerate(newest):
            held += (
                unit.tokens
                if unit.is_whole(fit)
                else self.budget.counted(self._memory.prompt.tail(unit.entries, fit=fit))
            )
            if self.budget.corrected(held) > room:
                return count
        return len(newest)

    def _counted(self, entries: Sequence[Entry]) -> int:
        return self.budget.messages(self._memory.prompt.tail(entries, fit=self._fit))

    def _system(self, instructions: str) -> list[WireMessage]:
        return [{"role": "system", "content": self._memory.prompt.system(instructions, self.form)}]

    def _room(self, system: list[WireMessage], tools: Sequence[ToolSchema]) -> int:
        """Tokens that the summary and the queue may take together."""
        return self.budget.limit - self.budget.prompt(system, tools)

    def _too_small(
        self, instructions: str, system: list[WireMessage], tools: Sequence[ToolSchema]
    ) -> WindowTooSmallError:
        budget = self.budget
        return WindowTooSmallError(
            f"the window of {budget.window} tokens is too small: the system prompt takes {budget.messages(system)} tokens "
            f"(core memory {budget.text(self._memory.prompt.core_memory(self.form))}, instructions {budget.text(instructions)}), "
            f"the {len(tools)} tools take {budget.tools(tools)}, and {budget.reserve} are kept for the answer. "
            "Raise window_tokens, shorten blocks or instructions, or offer fewer tools."
        )


@dataclass(frozen=True, slots=True)
class _Unit:
    """What must stay together, and what it takes when it is not clipped."""

    entries: list[Entry]
    tokens: int

    def is_whole(self, fit: Fit) -> bool:
        return all(fit.of(entry) is entry for entry in self.entries)


def _most_told(room: int) -> int:
    """The most tokens of a summary. It is part of every prompt to come, so it has less of a room that is not small."""
    return min(max(room // 8, MIN_ROOM), room // 5, MOST_SUMMARY)


def _since_last_message(parts: Sequence[Sequence[Entry]]) -> int:
    """How many units the newest message, which is what is being answered, and all after it are."""
    for number, part in enumerate(reversed(parts), start=1):
        if any(entry.message.kind == "message" for entry in part):
            return number
    return min(1, len(parts))


def _rungs(parts: Sequence[Sequence[Entry]], keep: int, answered: int) -> Iterator[tuple[int, int, Fit]]:
    """How many units to keep at most and at least, and how to clip them, from the mildest to the harshest.

    Older tool results are clipped before the newest, results before words, and what led up to the message that is being
    answered goes before any word of it is cut. The summary goes before that message does.
    """
    newest = parts[-1][-1].seq if parts else 0
    older = parts[-3][-1].seq if len(parts) > 2 else 0
    yield keep, keep, WHOLE
    yield from ((keep, keep, Fit(chars, None, older)) for chars in CLIPS)
    yield from ((keep, keep, Fit(chars, None, newest)) for chars in CLIPS)
    yield keep - 1, answered, Fit(CLIPS[-1], None, newest)
    yield from ((answered, answered, Fit(chars, chars, newest)) for chars in CLIPS)
    yield from ((answered, answered, Fit(chars, chars, newest, summary=False)) for chars in CLIPS)
    yield answered - 1, 1, Fit(CLIPS[-1], CLIPS[-1], newest)


MIN_ROOM = 160
"""The least tokens for summary and queue with which a turn is worth starting."""

ROOM_TO_SAVE = 3 * MIN_ROOM
"""With less in the brief form, a warning and what the model does about it would push out what is being answered."""

AROUND_SUMMARY = 72
"""Tokens of the event that tells the summary, without the summary itself."""

MOST_SUMMARY = 1024
"""The most tokens of a summary, however large the window is."""
