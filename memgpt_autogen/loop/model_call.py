"""One call of the model: the functions that it is offered, a prompt that fits the window, and its answer."""

from __future__ import annotations

import copy
import logging
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from memgpt_autogen.errors import CallRefusedError, ContextOverflowError, ModelError, WindowTooSmallError
from memgpt_autogen.events import Event, Evicted
from memgpt_autogen.images import IMAGE_TOKENS
from memgpt_autogen.llm.asking import (
    answers_within,
    complete_by,
    each_until,
    stream_by,
)
from memgpt_autogen.llm.protocols import LLM, Completion, StreamingLLM, ToolChoice, ToolSchema
from memgpt_autogen.llm.reply_shape import ReplyShape
from memgpt_autogen.llm.text_calls.calls import read_text_calls
from memgpt_autogen.loop.call_ids import fresh_id, steady_id
from memgpt_autogen.loop.gate import Gate, OpenGate, checked_prompt
from memgpt_autogen.loop.refused_prompts import RefusedPrompts
from memgpt_autogen.loop.room import AnswerRoom, is_used_up
from memgpt_autogen.loop.served_window import ServedWindow
from memgpt_autogen.loop.streaming import reply_parts
from memgpt_autogen.loop.turn import TurnState
from memgpt_autogen.memory.context.pressure import Draft, Head, Pressure
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.images import ShownImage, images_event
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.messages import WireMessage, to_wire
from memgpt_autogen.tools.brief import briefed
from memgpt_autogen.tools.memory.conversation import SEND_MESSAGE
from memgpt_autogen.tools.toolbox import Toolbox

logger = logging.getLogger(__name__)

# the share of a prompt by which its count may be wrong
COUNT_ERROR = 0.1

# so many times the head of a prompt must fit beside the room for an answer
HEADS = 1.25

# how many messages are tried one by one when a safeguard refuses a prompt
MOST_TRIED = 20


@dataclass
class ModelCall:
    """Calls the model of one agent, a step at a time.

    Calls in the text of an answer are read as calls until the model has made one in the way of the chat API;
    after that, text is text. `calls_in_text=False` never reads them.

    With `stream`, a model that can stream its answer does so, and a turn has `ReplyPart` events too.
    """

    memory: MemoryHierarchy
    llm: LLM
    pressure: Pressure
    thoughts: bool = True
    calls_in_text: bool = True
    vision: bool = False
    stream: bool = False
    gate: Gate = field(default_factory=OpenGate)
    shape: ReplyShape | None = None
    """The shape that each reply must have."""
    window: ServedWindow | None = None
    """What the endpoint serves, and where it is stored; None where nothing is learned about it."""
    _accepted: int = field(default=0, init=False)
    """The newest entry in a prompt that a safeguard let through."""
    _room: AnswerRoom = field(default_factory=AnswerRoom, init=False)

    def call_ids(self, completion: Completion) -> list[str]:
        """Return the ids of an answer's calls in the log and in later prompts.

        They are fresh, so that no provider refuses those of another one. An endpoint that knows its calls by
        their ids gets them back. Where prompts have no times, the same words give the same ids.
        """
        calls, log = completion.tool_calls, self.memory.log
        if getattr(self.llm, "keeps_call_ids", False):
            return [fresh_id() if log.calls(call.id) else call.id for call in calls]
        if self.memory.prompt.clock or not calls:
            return [fresh_id() for _ in calls]
        seq = log.last_seq()
        return [steady_id(self.memory.name, seq, place) for place, _ in enumerate(calls)]

    def schemas(self, toolbox: Toolbox) -> list[ToolSchema]:
        """Return the agent's own functions as the model is offered them."""
        memgpt = self.memory.dialect == "memgpt"
        schemas = toolbox.schemas(heartbeat=memgpt, thoughts=self.thoughts and memgpt)
        shape = self.shape_now()
        if shape is None:
            return schemas
        return [
            shape.offered(schema, "message") if schema["function"]["name"] == SEND_MESSAGE else schema
            for schema in schemas
        ]

    def shape_now(self) -> ReplyShape | None:
        """Return the shape that a reply must have; a stand-in for the model answers as it likes."""
        return None if self.shape is None or self.gate.stand_in() is not None else self.shape

    def head(
        self, instructions: str, toolbox: Toolbox, foreign: Iterable[ToolSchema] = (), image_tokens: int = 0
    ) -> Head:
        """Return the head of the next prompt, in the form that the window has room for."""
        if self.window is not None and self.window.is_unanswered:
            self.window.ask(self.pressure.budget)
        if (shape := self.shape_now()) is not None and self.memory.dialect == "native":
            instructions = f"{instructions}\n\n{shape.instructions()}".strip()
        full = [*self.schemas(toolbox), *foreign]
        return self.pressure.shape(instructions, full, partial(briefed, full), image_tokens)

    def answer(self, turn: TurnState) -> Generator[Event, None, Completion]:
        """Ask for the next step, and give way when the endpoint finds the prompt too long.

        Pictures are left out first: words come before them where there is no room for both.
        """
        refused = RefusedPrompts(self.pressure.budget, self.window)
        turn.watch.waits()
        before: Completion | None = None
        while True:
            image_tokens = IMAGE_TOKENS * len(self._images(turn))
            head = self._head_of(turn, image_tokens)
            try:
                turn.draft = yield from self._fit(turn, head)
                completion = yield from self._ask(turn)
            except WindowTooSmallError as error:
                if not turn.images:
                    raise refused.no_room(error) from None
                turn.images = []
            except ContextOverflowError as error:
                if self._room.tokens is not None:  # the prompt is not too long, but prompt and answer are
                    self._room.tokens = None
                    continue
                if turn.images:
                    turn.images = []
                else:
                    refused.too_long(turn.draft, error)
            except ModelError as error:
                refused.unknown(turn.draft, error)
            else:
                self._note(turn.draft, completion)
                read = self._read(turn, completion)
                read = read if before is None else _after(before, read)
                if self._makes_room(turn, read):
                    before = read
                    continue
                read = yield from self._with_room(turn, read)
                return self.gate.check_answer(read) if self.gate.checks else read

    def _note(self, draft: Draft, completion: Completion) -> None:
        """Learn from what the endpoint counted."""
        cut = self.pressure.note(draft, completion.usage)
        if cut and self.window is not None:
            self.window.cut(self.pressure.budget, cut)

    def _left(self, turn: TurnState) -> int:
        """Return how many tokens the window has left for an answer, with room for errors of the count."""
        return self.pressure.budget.window - int(turn.draft.tokens * (1 + COUNT_ERROR))

    def _read(self, turn: TurnState, completion: Completion) -> Completion:
        """Return an answer with what is in its text: reasoning and calls."""
        # a server that reads calls in the text itself has read them all
        self.calls_in_text = self.calls_in_text and not completion.tool_calls
        if not completion.text:
            return completion
        return self._room.read(completion, read_text_calls(completion, turn.names, calls=self.calls_in_text))

    def _makes_room(self, turn: TurnState, read: Completion) -> bool:
        """Keep more of the window for answers, if reasoning used one up and the prompt leaves too little.

        Return whether the prompt must become smaller for that.
        """
        budget, draft = self.pressure.budget, turn.draft
        wanted = self._room.wanted(self.gate.stand_in() or self.llm, read) or 0
        room = min(wanted, budget.window // 2)
        if room <= max(budget.reserve, read.usage.completion_tokens) or room <= self._left(turn):
            return False
        head = budget.prompt(draft.messages[:1], draft.head.tools)
        if budget.window - room < HEADS * head:
            return False
        budget.take_window(budget.window, room)
        return draft.tokens > budget.limit

    def _with_room(self, turn: TurnState, read: Completion) -> Generator[Event, None, Completion]:
        """Return the answer, or one with more room where reasoning used it up: once for each answer."""
        llm = self.gate.stand_in() or self.llm
        more = self._room.more(llm, read, self._left(turn))
        if more is None:
            return read
        before, self._room.tokens = self._room.tokens, more
        logger.info("%s used up its answer with reasoning: asking again for up to %d tokens", llm.model, more)
        try:
            again = self._read(turn, (yield from self._ask(turn)))
        except ModelError as error:  # the endpoint may refuse so long an answer
            logger.info("%s does not give it: %s", llm.model, error)
            self._room.tokens = before
            return read
        if is_used_up(again):
            self._room.tell(llm, f"{more:,} tokens were not enough either, set answer_tokens higher")
        return _after(read, again)

    def _images(self, turn: TurnState) -> list[ShownImage]:
        """Return the newest pictures that fit into half of the window, oldest first."""
        if turn.images is None:
            most = self.pressure.budget.window // 2 // IMAGE_TOKENS
            turn.images = self.memory.images()[:most][::-1] if self.vision else []
        return turn.images

    def _head_of(self, turn: TurnState, image_tokens: int) -> Head:
        head = self.head(turn.instructions, turn.toolbox, turn.foreign, image_tokens)
        if turn.limit is None:
            return head
        # the last step has only what answers
        only = [schema for schema in head.tools if schema["function"]["name"] == SEND_MESSAGE]
        return replace(head, tools=only if self.memory.dialect == "memgpt" else [])

    def _fit(self, turn: TurnState, head: Head) -> Generator[Event, None, Draft]:
        """Return a prompt that fits; the usage of its summaries is the turn's too.

        What a model is offered after an eviction is already in the first prompt after it.
        """
        draft, evicted = yield from self._relieved(turn, head)
        if evicted:
            after = self._head_of(turn, head.image_tokens)
            if after.tools != head.tools:
                draft, _ = yield from self._relieved(turn, after)
        return draft

    def _relieved(self, turn: TurnState, head: Head) -> Generator[Event, None, tuple[Draft, bool]]:
        """Return a prompt that fits, and whether something was evicted for it."""
        relieving, evicted = self.pressure.relieve(head), False
        while True:
            try:
                with answers_within(until=turn.answers_until, cancellation=turn.watch.cancellation):
                    event = next(relieving)
            except StopIteration as done:
                draft: Draft = done.value
                return draft, evicted
            if isinstance(event, Evicted):
                turn.usage += event.usage
                evicted = True
            yield event

    def _ask(self, turn: TurnState) -> Generator[Event, None, Completion]:
        """Return the model's answer, with parts of it while it is written where that is wanted."""
        choice: ToolChoice = None
        if turn.limit is not None and self.memory.dialect == "memgpt":
            choice = {"type": "function", "function": {"name": SEND_MESSAGE}}
        messages, tools = turn.draft.messages, turn.draft.head.tools
        if turn.images:
            messages = [*messages, images_event(turn.images, self.memory.prompt.shown_zone)]
        if self.gate.checks:
            messages = self._checked(messages, turn.draft)
        llm, room = self.gate.stand_in() or self.llm, self._room.within(self._left(turn))
        cancellation, reserve = turn.watch.cancellation, self.pressure.budget.reserve
        turn.watch.waits()
        # what a safeguard has not read yet must not be shown
        with turn.watch.asks(llm.model) as told:
            if not self.stream or self.gate.checks or not isinstance(llm, StreamingLLM):
                with answers_within(
                    until=turn.answers_until,
                    cancellation=cancellation,
                    room=room,
                    reserve=reserve,
                    sampling=turn.sampling,
                ):
                    completion = complete_by(llm, messages, tools, choice)
            else:
                asked = stream_by(llm, messages, tools, choice)
                parts = each_until(turn.answers_until, asked, room, cancellation, turn.sampling, reserve)
                completion = yield from reply_parts(parts, text=turn.delivers_text)
            told(completion.usage)
        return completion

    def _checked(self, messages: Sequence[WireMessage], draft: Draft) -> Sequence[WireMessage]:
        """Return the prompt that the model may read, and store its messages as the safeguards changed them.

        Where safeguards added or removed messages, only the model's prompt is another one.
        """
        places = self.memory.prompt.places(messages)
        try:
            checked = checked_prompt(self.gate, messages)
        except CallRefusedError:
            self._take_back_refused(draft)
            raise
        if len(checked) == len(messages):
            changed = {
                place: self._whole(place, old, new)
                for place, old, new in zip(places, messages, checked, strict=True)
                if place > 0 and old != new
            }
            if changed:
                self.memory.keep_checked(changed)
        self._accepted = max(self._accepted, *places)
        return checked

    def _whole(self, seq: int, sent: WireMessage, checked: WireMessage) -> WireMessage:
        """Return a message as it was checked; one that was shortened in the prompt is checked as a whole."""
        for entry in self.memory.prompt.look().entries:
            if entry.seq == seq and entry.message.kind != "spoken":
                whole = to_wire(entry.message, self.memory.prompt.shown_zone)
                again = None if whole == sent else self.gate.check_prompt([copy.deepcopy(whole)])
                return again[0] if again and len(again) == 1 else checked
        return checked

    def _take_back_refused(self, draft: Draft) -> None:
        """Take back the messages that a safeguard refuses, if the prompt without them is let through.

        The log keeps them, and no later prompt has them. Otherwise every later turn would be refused too.
        """
        entries = self.memory.prompt.look().entries
        own = [entry.seq for entry in entries if entry.message.role == "assistant"]
        known = max([self._accepted, *own])
        kept = [entry for entry in entries if entry.seq <= known]
        new = [entry for entry in entries if entry.seq > known]
        if not new or not self._passes(draft, kept):
            return
        refused = [entry for entry in new[-MOST_TRIED:] if not self._passes(draft, [*kept, entry])]
        passing = [entry for entry in entries if entry not in refused]
        gone = refused if refused and self._passes(draft, passing) else new
        self.memory.take_back({entry.seq for entry in gone})

    def _passes(self, draft: Draft, entries: Sequence[Entry]) -> bool:
        prompt = self.memory.prompt
        head = prompt.head(prompt.look(), draft.head.instructions, draft.head.form)
        messages = copy.deepcopy([*head, *prompt.tail(entries)])
        return self.gate.check_prompt(messages) is not None


def _after(first: Completion, again: Completion) -> Completion:
    """Return an answer with what an earlier one, of which nothing was said, has taken and thought."""
    thought = "\n".join(filter(None, (first.thought, again.thought)))
    return replace(again, usage=first.usage + again.usage, thought=thought)
