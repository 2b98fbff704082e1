"""Memory pressure: what happens when the prompt fills the window. The ladder ends for all messages.

Warn once, then evict the oldest into the recursive summary, then clip long tool results, keep fewer
messages, clip every text, keep none. Where the window is small, what stands before the messages is
written briefly; where even that does not fit, the turn fails. A summariser that fails never stops it.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field

from memgpt_autogen.errors import WindowTooSmallError
from memgpt_autogen.events import Event, Evicted, PressureWarned
from memgpt_autogen.llm.protocols import LLM, ToolSchema, Usage
from memgpt_autogen.memory.context.budget import Budget, Sent
from memgpt_autogen.memory.context.cut_detector import CutDetector
from memgpt_autogen.memory.context.prompt import FULL, WHOLE, Fit, Form, MemoryView, Prompt
from memgpt_autogen.memory.context.queue import Cause, Eviction, units
from memgpt_autogen.memory.context.summary import Summariser
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.messages import Message, WireMessage
from memgpt_autogen.prompts import prompt as prompt_text

logger = logging.getLogger(__name__)

# the rungs of clipping, in characters
CLIPS = (4000, 2000, 1000, 500, 250, 120)

BRIEF = Form(brief=True)

# for blocks that do not fit the window whole
CLIPPED = tuple(Form(brief=True, block_chars=chars) for chars in (1500, 1000, 700, 500, 350, 250, 120))

# how many of the last prompts are remembered by their sizes
KEPT_SENT = 100


@dataclass(frozen=True, slots=True)
class Head:
    """What a prompt has besides the conversation, in the form that the window has room for."""

    instructions: str = ""
    tools: Sequence[ToolSchema] = ()
    form: Form = FULL
    image_tokens: int = 0
    """The tokens of the turn's pictures. They are a part of the conversation, and leave room for words."""
    seen: MemoryView | None = None
    """What memory contained when the form was chosen."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A prompt that is ready to be sent."""

    messages: Sequence[WireMessage] = ()
    head: Head = field(default_factory=Head)
    tokens: int = 0
    """The size of the whole, as the budget counts it."""
    counted: int = 0
    """The size of the messages, before any correction."""


class Pressure:
    """Keeps one agent's prompt inside its window.

    `keep_last` units (a message, or a call with its results) stay in the queue if they fit, and so does
    the message that is being answered with all that followed it. An eviction empties three quarters of
    the queue's room.
    """

    def __init__(self, prompt: Prompt, budget: Budget, llm: LLM, *, keep_last: int = 3) -> None:
        self.budget = budget
        self.sent: deque[Sent] = deque(maxlen=KEPT_SENT)
        """The sizes of the prompts that were answered, the newest last."""
        self._prompt = prompt
        self._summariser = Summariser(prompt.name, prompt.shown_zone, budget, llm)
        self._keep_last = keep_last
        self._fit = WHOLE
        self._warned: bool | None = None
        self._resets = prompt.resets
        self._clipped: Form | None = None
        self._cuts = CutDetector()
        self._before: tuple[Sequence[WireMessage], Sequence[ToolSchema]] = ([], [])

    def shape(
        self,
        instructions: str,
        full: Sequence[ToolSchema],
        brief: Callable[..., Sequence[ToolSchema]],
        image_tokens: int = 0,
    ) -> Head:
        """Return the head of the prompt with the tools of its form: `full` or `brief(least=...)`.

        The form is full where that leaves half of the limit for the conversation, else brief. Where brief
        does not leave half either, it has the least tools, and clipped blocks if they leave no room for a
        conversation.
        """
        limit = self.budget.limit
        small = ((form, True, limit // 6) for form in (BRIEF, *CLIPPED))
        forms = ((FULL, None, limit // 2), (BRIEF, False, limit // 2), *small)
        seen = self._prompt.look()
        for form, least_tools, wanted in forms:
            tools = full if least_tools is None else brief(least=least_tools)
            head = Head(instructions, tools, form, image_tokens, seen)
            least = max(wanted - image_tokens, min(wanted, limit // 4), MIN_ROOM)
            if self._room(head, seen) >= least:
                break
        else:
            head = Head(
                instructions, tools, BRIEF, image_tokens, seen
            )  # it is not the blocks that are too long
        if head.form.block_chars is not None and head.form != self._clipped:
            logger.warning(
                "the window of %d tokens is too small for the blocks of '%s': the model sees at most %d "
                "characters of each. Raise window_tokens, shorten the blocks, or make them with lower "
                "limits.",
                self.budget.window,
                self._prompt.name,
                head.form.block_chars,
            )
        self._clipped = head.form
        return head

    def relieve(self, head: Head) -> Generator[Event, None, Draft]:
        """Return a prompt that fits, after warning or evicting as far as needed.

        Raises `WindowTooSmallError` when the system prompt and the tools leave no room for a conversation.
        """
        draft = self.compile(head, seen=head.seen)
        warning = self._due(draft)
        if warning is not None:
            self._prompt.log.append(Message.event("alert", prompt_text("pressure_warning")))
            self.warned()
            yield warning
            draft = self.compile(head)
        tighter = 1.0
        while draft.tokens > self.budget.limit:
            room = int(self._room(head) * tighter)
            if room < (MIN_ROOM if tighter == 1.0 else MIN_ROOM // 2):
                raise self._too_small(draft)
            yield from self._evict(head, room, draft.tokens)
            draft = self.compile(head)
            tighter *= 0.9  # where the estimate of the parts fell short of the whole
        return draft

    def compile(self, head: Head, coming: Sequence[Message] = (), seen: MemoryView | None = None) -> Draft:
        """Return the prompt as it is now, or as it was `seen`, with the clips that the last eviction needed.

        `coming` are messages that are about to be logged.
        """
        if self._resets != self._prompt.resets:
            self._resets, self._fit, self._warned = self._prompt.resets, WHOLE, None
        messages = self._prompt.compile(
            head.instructions, fit=self._fit, form=head.form, coming=coming, seen=seen
        )
        counted, size = self.budget.measured(messages, head.tools)
        return Draft(messages, head, size + head.image_tokens, counted)

    def warning(self, sent: Draft, coming: Sequence[Message] = ()) -> PressureWarned | None:
        """Return the warning if the prompt is over the threshold, still fits, and no warning was given yet.

        `sent` is the last prompt, and `coming` are the messages since then if none of them is logged yet.
        """
        if self._warned and self._resets == self._prompt.resets:
            return None
        chars = sum(len(message.text) + len(str(message.tool_calls)) for message in coming)
        more = len(coming) * MOST_PER_MESSAGE + chars * MOST_PER_CHAR
        size = self.budget.size(sent.counted + more, sent.head.tools) + sent.head.image_tokens
        if coming and size < self.budget.warn_at:
            return None  # far from the threshold, so there is no need to write the new prompt
        return self._due(self.compile(sent.head, coming))

    def warned(self) -> None:
        """The warning that was due is in the log."""
        self._warned = True

    def note(self, draft: Draft, usage: Usage) -> int | None:
        """Remember the sizes of a prompt that was answered, and learn from what the endpoint counted.

        Returns the window that the endpoint serves, once its counts show that it leaves out a part.
        """
        tools = draft.head.tools
        stable = self.budget.stable(self._before, draft.messages, tools, draft.counted)
        brief = draft.head.form.brief
        self.sent.append(
            Sent(draft.tokens, min(stable, draft.tokens), usage.prompt_tokens, usage.cached_tokens, brief)
        )
        self._before = (draft.messages, tools)
        # what a picture takes says nothing about words
        pictures = draft.head.image_tokens > 0
        told = 0 if pictures else usage.prompt_tokens
        window = self._cuts.note(draft.counted, told, tools)
        self.budget.learn(draft.tokens, Usage() if pictures or self._cuts.suspicious or window else usage)
        return window

    @property
    def last_sent(self) -> Sent | None:
        """The sizes of the last prompt that was answered; None before the first."""
        return self.sent[-1] if self.sent else None

    def warns_at(self, draft: Draft) -> int | None:
        """Return the size of a prompt that calls for a warning; None where there is no room to act on one.

        In a small window the head alone may reach the threshold; there the room has to be three quarters
        full.
        """
        if not draft.head.form.brief:
            return self.budget.warn_at
        room = self._room(draft.head)
        return (
            None
            if room < ROOM_TO_SAVE
            else max(self.budget.warn_at, self.budget.limit - room + room * 3 // 4)
        )

    def _due(self, draft: Draft) -> PressureWarned | None:
        if self._warned is None:
            self._warned = any(entry.message.kind == "alert" for entry in self._prompt.look().entries)
        if self._warned or not self.budget.warn_at < draft.tokens <= self.budget.limit:
            return None
        threshold = self.warns_at(draft)
        if threshold is None or draft.tokens <= threshold:
            return None
        return PressureWarned(draft.tokens, self.budget.window)

    def compact(self, head: Head) -> Generator[Event, None, None]:
        """Evict now, until the queue has half of its size or less. The newest unit always stays.

        There is no event where there is nothing to evict.
        """
        seen = head.seen or self._prompt.look()
        draft = self.compile(head, seen=seen)
        parts = units(seen.entries)
        rooms = [self.budget.messages(tail) for tail in self._prompt.tails(parts)]
        keep, kept = min(1, len(parts)), sum(rooms[-1:])
        while keep < len(parts) and kept + rooms[-keep - 1] <= sum(rooms) // 2:
            kept += rooms[-keep - 1]
            keep += 1
        leaving = [entry for part in parts[: len(parts) - keep] for entry in part]
        most_summary = max(_most_summary(self._room(head)), 1)
        yield from self._fold(head, seen, leaving, draft.tokens, most_summary, "compact")

    def retell(self) -> None:
        """Let the model write the newest summary again, after a part of the log was forgotten."""
        summary = self._prompt.queue.summary
        if summary is None:
            return
        covered = [entry for entry in self._prompt.log.since(0) if entry.seq <= summary.through_seq]
        most = max(self.budget.text(summary.text), MIN_ROOM)
        folds = list(self._summariser.fold("", covered, most_tokens=most))
        if any(fold.source == "model" for fold in folds):  # an extract is no better than what is there
            eviction = Eviction("forget", 0, None, self.budget.limit)
            self._prompt.queue.evict(summary.through_seq, folds[-1].text, "model", eviction)

    def _evict(self, head: Head, room: int, size: int) -> Iterator[Event]:
        seen = self._prompt.look()
        entries, summary = seen.entries, seen.summary
        most_summary = _most_summary(room)
        most = min(room * 3 // 4, room - most_summary - self.budget.corrected(AROUND_SUMMARY))
        kept, self._fit = self._plan(units(entries), room // 4, most, room)
        leaving = entries[: len(entries) - len(kept)]
        yield from self._fold(head, seen, leaving, size, most_summary, "pressure")
        if len(kept) == len(entries) and summary is not None:
            # there is nothing left to evict: the summary itself is what is too long
            text = self._summariser.cut(summary.text, most_summary)
            eviction = Eviction("pressure", 0, size, self.budget.limit)
            self._prompt.queue.evict(summary.through_seq, text, summary.source, eviction)

    def _fold(
        self,
        head: Head,
        seen: MemoryView,
        leaving: Sequence[Entry],
        size: int,
        most_summary: int,
        cause: Cause,
    ) -> Iterator[Event]:
        """Fold the leaving entries into a summary of at most `most_summary` tokens, and evict them."""
        kept = self._count(seen.entries[len(leaving) :])
        rest = size - self._head_size(head, seen)
        done = 0
        so_far = seen.summary.text if seen.summary else ""
        for fold in self._summariser.fold(so_far, leaving, most_tokens=most_summary):
            eviction = Eviction(cause, fold.messages, size, self.budget.limit)
            self._prompt.queue.evict(fold.through_seq, fold.text, fold.source, eviction)
            rest -= self._count(leaving[done : done + fold.messages])
            done += fold.messages
            after = self._head_size(head, self._prompt.look())
            after += kept if done == len(leaving) else max(rest, kept)
            yield Evicted(fold.messages, fold.through_seq, size, after, fold.text, fold.source, fold.usage)
            size = after
            self._warned = False

    def _plan(
        self, parts: list[list[Entry]], target: int, most: int, most_alone: int
    ) -> tuple[list[Entry], Fit]:
        """Choose what of the queue to keep and how to clip it: `target` tokens if possible, at most `most`.

        `most_alone` is that for a queue without a summary before it.
        """
        answered = _since_last_message(parts)
        newest: list[list[Entry]] = []
        kept = 0
        for part in reversed(parts):
            kept += self.budget.counted(self._prompt.tail(part))
            if self.budget.corrected(kept) > target and len(newest) >= max(self._keep_last, answered):
                break
            newest.append(part)
        else:
            if self.budget.corrected(kept) <= min(target, most):
                return [entry for part in parts for entry in part], WHOLE
        for largest, fewest, fit in _rungs(parts, len(newest), answered):
            count = self._count_fitting(newest[:largest], fit, most if fit.summary else most_alone)
            if count >= max(fewest, 1):
                return [entry for part in parts[len(parts) - count :] for entry in part], fit
        return [], WHOLE

    def _count_fitting(self, newest: Sequence[Sequence[Entry]], fit: Fit, room: int) -> int:
        """Return how many of the units, newest first, fit together when they are clipped like this."""
        kept = 0
        for count, part in enumerate(newest):
            kept += self.budget.counted(self._prompt.tail(part, fit=fit))
            if self.budget.corrected(kept) > room:
                return count
        return len(newest)

    def _count(self, entries: Sequence[Entry]) -> int:
        return self.budget.messages(self._prompt.tail(entries, fit=self._fit))

    def _size(self, messages: Sequence[WireMessage], head: Head) -> int:
        return self.budget.prompt(messages, head.tools) + head.image_tokens

    def _head_size(self, head: Head, seen: MemoryView) -> int:
        return self._size(self._prompt.head(seen, head.instructions, head.form, self._fit), head)

    def _room(self, head: Head, seen: MemoryView | None = None) -> int:
        """Return the tokens that the summary and the queue may take together.

        The view of the outside is not a part of it, wherever it is.
        """
        seen = seen or self._prompt.look()
        return self.budget.limit - self._size([self._prompt.system(seen, head.instructions, head.form)], head)

    def _too_small(self, draft: Draft) -> WindowTooSmallError:
        budget, head = self.budget, draft.head
        return WindowTooSmallError(
            f"the window of {budget.window} tokens is too small: the system prompt takes "
            f"{budget.limit - self._room(draft.head) - budget.tools(draft.head.tools)} tokens (core memory "
            f"{budget.text(self._prompt.core_memory(head.form))}, instructions "
            f"{budget.text(head.instructions)}), the {len(head.tools)} tools take "
            f"{budget.tools(head.tools)}, and {budget.reserve} are kept for the answer. Raise "
            "window_tokens, shorten blocks or instructions, or offer fewer tools."
        )


def _most_summary(room: int) -> int:
    """Return the most tokens of a summary. Later prompts contain it, so a large room gives it less."""
    return min(max(room // 8, MIN_ROOM), room // 5, MOST_SUMMARY)


def _since_last_message(parts: Sequence[Sequence[Entry]]) -> int:
    """Return how many units there are from the newest message, which is being answered, to the end."""
    for number, part in enumerate(reversed(parts), start=1):
        if any(entry.message.kind == "message" for entry in part):
            return number
    return min(1, len(parts))


def _rungs(parts: Sequence[Sequence[Entry]], keep: int, answered: int) -> Iterator[tuple[int, int, Fit]]:
    """Return how many units to keep, at most and at least, with their clips, the mildest first.

    Older tool results are clipped before the newest, results before words, and what led up to the message
    that is being answered is left out before any word of it is cut. The summary is left out before that
    message is.
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


# the least tokens for summary and queue with which a turn is worth starting
MIN_ROOM = 160

# with less in the brief form, a warning and what the model does about it would push out what is being
# answered
ROOM_TO_SAVE = 3 * MIN_ROOM

# more tokens than a message takes in the prompt, besides its characters, and than a character takes, even
# escaped
MOST_PER_MESSAGE = 200
MOST_PER_CHAR = 8

# tokens of the event that contains the summary, without the summary itself
AROUND_SUMMARY = 72

# the most tokens of a summary, however large the window is
MOST_SUMMARY = 1024
