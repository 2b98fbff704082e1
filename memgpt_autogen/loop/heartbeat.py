"""The heartbeat loop: one turn of an agent as a sequence of events.

A step is one call of the model. The turn continues while a heartbeat is requested, a call failed or a
warning must be read. It ends when the model yields, when a limit is reached, or when the model called a
tool that someone else executes.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from memgpt_autogen.concurrency import WorkCancelledError
from memgpt_autogen.events import (
    Event,
    Heard,
    HeartbeatLimitReached,
    PressureWarned,
    Replied,
    Suspended,
    Thought,
    ToolCalled,
    TurnEnded,
)
from memgpt_autogen.llm.protocols import LLM, ToolSchema
from memgpt_autogen.loop.model_call import ModelCall
from memgpt_autogen.loop.streaming import withdraw_parts
from memgpt_autogen.loop.tool_calls import ToolCalls
from memgpt_autogen.loop.turn import Answer, Limits, TurnState
from memgpt_autogen.loop.watch import TurnWatch, Unwatched
from memgpt_autogen.memory.context.overview import ContextOverview, overview
from memgpt_autogen.memory.context.pressure import Head
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.lease import LEASE_SECONDS, WAIT_SECONDS
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.messages import Kind, Message, ToolCall, format_time, now, spoken_text
from memgpt_autogen.moved import warn_renamed
from memgpt_autogen.prompts import prompt
from memgpt_autogen.text.safe import clean_text
from memgpt_autogen.tools.approval import Approve
from memgpt_autogen.tools.tool import Tool
from memgpt_autogen.tools.toolbox import Toolbox

HEARTBEAT = "You asked for this heartbeat: act again."
FAILED = "A function call failed; its result says why. Mend it or go on without it."
UNHEARD = "Nobody has heard you yet: plain text is a private thought. Say it with send_message."
EMPTY = "You answered nothing. Answer in plain text."
SILENT = "Nobody has heard from you in this turn. Go on, and answer with send_message."
ANSWER_NOW = "This is the last step of your turn: answer now with what you have."
NO_ANSWER = "(no answer)"
CANCELLED = "Not run: the turn was cancelled."


class HeartbeatLoop:
    """Runs the turns of one agent, one at a time.

    `plain_text` says what the `memgpt` dialect does with text outside `send_message` when nothing was
    sent: `hint` reminds the model once and delivers the second text, `deliver` delivers the first.

    Calls in the text of an answer are read as calls until the model has made one in the way of the chat
    API; from then on text is text. `calls_in_text=False` never reads them.

    `approve` is asked before a tool with `approval` is run; without it, such a call is denied, and
    with `later` it suspends the turn.
    """

    def __init__(
        self,
        memory: MemoryHierarchy,
        model_call: ModelCall,
        toolbox: Toolbox,
        *,
        turn_wait: float = WAIT_SECONDS,
        lease_seconds: float = LEASE_SECONDS,
        limits: Limits | None = None,
        plain_text: Literal["hint", "deliver"] = "hint",
        approve: Approve | Literal["later"] | None = None,
    ) -> None:
        self.memory = memory
        self.model_call = model_call
        self.pressure = model_call.pressure
        self.toolbox = toolbox
        self.limits = limits or Limits()
        self._native = memory.dialect == "native"
        self._plain_text = plain_text
        self._lock = memory.lock
        self._tool_calls = ToolCalls(memory.log, self._lock, approve)
        self._turn_wait = turn_wait
        self._lease_seconds = lease_seconds

    @property
    def llm(self) -> LLM:
        """The model of the next steps. Summaries keep the model that the loop was made with."""
        return self.model_call.llm

    @llm.setter
    def llm(self, llm: LLM) -> None:
        self.model_call.llm = llm

    def run(
        self,
        inputs: Iterable[Message] = (),
        *,
        instructions: str = "",
        tools: Iterable[Tool] = (),
        foreign: Iterable[ToolSchema] = (),
        approved: Sequence[ToolCall] = (),
        owes_answer: bool = True,
        watch: TurnWatch | None = None,
        extra: Mapping[str, Any] | None = None,
        sampling: Mapping[str, float] | None = None,
    ) -> Iterator[Event]:
        """Run one turn: read `inputs`, and what was logged since the last turn, and act on it.

        `tools` are more tools for this turn; `foreign` are those that someone else executes: calling one
        suspends the turn, and the next turn, with the result in the log, resumes it. `approved` are calls of
        a turn that was suspended until somebody allowed them; they are run first. A turn that `owes_answer`
        always says something. `watch` learns what is stored, and can cancel the turn: an answer that comes
        after that is not stored. `extra` is stored with each step and with what is said.

        The last event is `TurnEnded`. Raises `ModelError` when no model answers; the log is complete
        then, so another turn can try again. Raises `TurnInProgressError` when called from inside a turn
        of the same agent, and `TurnElsewhereError` when another process is in a turn of the agent for
        longer than `turn_wait`, or took this one over.
        """
        heard = tuple(inputs)
        turn = self._begin(instructions, tools, foreign, owes_answer=owes_answer, watch=watch)
        turn.extra, turn.sampling = extra or {}, sampling or {}
        turns = self._turn(turn, heard, approved)
        yield from self._alone(turns, heard, turn.watch, begins=bool(heard or approved))

    def beat(
        self,
        reason: str = "Automated timer.",
        *,
        instructions: str = "",
        tools: Iterable[Tool] = (),
        watch: TurnWatch | None = None,
    ) -> Iterator[Event]:
        """Run a turn without a message; only `TurnEnded` while heartbeats are paused."""
        until = self.memory.pause.until
        if until is not None and now() < until:
            yield TurnEnded("paused", 0)
            return
        event = Message.event("heartbeat", reason)
        yield from self.run([event], instructions=instructions, tools=tools, owes_answer=False, watch=watch)

    def login(
        self,
        name: str | None = None,
        *,
        instructions: str = "",
        tools: Iterable[Tool] = (),
        owes_answer: bool = False,
        watch: TurnWatch | None = None,
    ) -> Iterator[Event]:
        """Run a turn because someone came: the model reads when the same person came the last time."""
        last = self.memory.log.last_login(name)
        seen = format_time(last, self.memory.zone) if last else "Never (first login)"
        event = Message("user", seen, "login", name)
        yield from self.run(
            [event], instructions=instructions, tools=tools, owes_answer=owes_answer, watch=watch
        )

    def retry(
        self,
        *,
        instructions: str = "",
        tools: Iterable[Tool] = (),
        foreign: Iterable[ToolSchema] = (),
        watch: TurnWatch | None = None,
        sampling: Mapping[str, float] | None = None,
    ) -> Iterator[Event]:
        """Take back all that followed the newest message that was heard, and act on it again, as `run` does.

        Raises `HistoryError`, with nothing changed, where an eviction has passed that message.
        """
        turn = self._begin(instructions, tools, foreign, watch=watch)
        turn.sampling = sampling or {}

        @repeatable
        def take_back() -> None:
            with self.memory.log.database.writing():
                self.memory.take_back_turn()
                turn.watch.heard(())

        def again() -> Generator[Event, None, None]:
            take_back()
            yield from self._turn(turn)

        yield from self._alone(again())

    def compact(self, *, instructions: str = "", tools: Iterable[Tool] = ()) -> Iterator[Event]:
        """Evict half of the queue now, without a turn; no event where there is nothing to evict."""

        def compacting() -> Generator[Event, None, None]:
            yield from self.pressure.compact(self.head(instructions, tools=tools))

        yield from self._alone(compacting())

    def schemas(self, tools: Toolbox | None = None) -> list[ToolSchema]:
        """Return the agent's own functions as the model is offered them in full."""
        return self.model_call.schemas(tools or self.toolbox)

    def head(
        self, instructions: str = "", *, tools: Iterable[Tool] = (), foreign: Iterable[ToolSchema] = ()
    ) -> Head:
        """Return the head of the next prompt, in the form that the window has room for."""
        return self.model_call.head(instructions, self.toolbox.extended(tools), foreign)

    def offer(
        self, instructions: str = "", *, toolbox: Toolbox | None = None, foreign: Iterable[ToolSchema] = ()
    ) -> list[ToolSchema]:
        """Return the schemas of the next prompt. Version 0.1 has this; `head` returns more."""
        warn_renamed("HeartbeatLoop.offer", "HeartbeatLoop.head")
        return list(self.model_call.head(instructions, toolbox or self.toolbox, foreign).tools)

    def context_overview(
        self,
        instructions: str = "",
        *,
        tools: Iterable[Tool] = (),
        foreign: Iterable[ToolSchema] = (),
        at: int | None = None,
    ) -> ContextOverview:
        """Return what fills the window now, by section; print it.

        With `at`, it is the prompt as it was when that entry was the newest, with nothing clipped, and with
        the tools of today.
        """
        head = self.head(instructions, tools=tools, foreign=foreign)
        if at is not None:
            return self.memory.overview_at(at, self.pressure.budget, head.tools, instructions)
        draft = self.pressure.compile(head)
        return overview(
            self.memory.prompt,
            self.pressure.budget,
            draft.messages,
            draft.head.tools,
            form=draft.head.form,
            sent=self.pressure.last_sent,
            warn_tokens=self.pressure.warns_at(draft),
        )

    def _begin(
        self,
        instructions: str,
        tools: Iterable[Tool],
        foreign: Iterable[ToolSchema],
        *,
        owes_answer: bool = True,
        watch: TurnWatch | None = None,
    ) -> TurnState:
        toolbox = self.toolbox.extended(tools) if tools else self.toolbox
        plain_text = "always" if self._native else self._plain_text
        watch = watch or Unwatched()
        return TurnState(toolbox, tuple(foreign), instructions, self.limits, owes_answer, plain_text, watch)

    def _alone(
        self,
        events: Generator[Event, None, None],
        heard: Sequence[Message] = (),
        watch: TurnWatch | None = None,
        *,
        begins: bool = False,
    ) -> Iterator[Event]:
        """Run a turn while no process runs another one of this agent; `heard` is logged when that is sure."""
        watch = watch or Unwatched()
        with self._lock.turn(
            self.memory.name,
            wait=self._turn_wait,
            lease_seconds=self._lease_seconds,
            first=partial(self._hear, heard, watch) if begins else None,
            delayed=watch.delayed,
        ):
            yield from self._lock.events(events)

    def _hear(self, heard: Sequence[Message], watch: TurnWatch) -> None:
        watch.heard(self.memory.log.append(*heard))

    def _turn(
        self, turn: TurnState, heard: Iterable[Message] = (), approved: Sequence[ToolCall] = ()
    ) -> Generator[Event, None, None]:
        turn.started = time.monotonic()
        for message in (*heard, *self.memory.readable.news.take()):
            yield Heard(message)
        for place, call in enumerate(approved):
            if turn.is_cancelled():
                left = approved[place:]
                self.memory.log.append(*(Message.result_of(each, CANCELLED, ok=False) for each in left))
                break
            yield from self._tool_calls.run_approved(turn, call)
        while turn.stop is None:
            if turn.is_cancelled():
                turn.stop = "cancelled"
                break
            try:
                yield from withdraw_parts(self._step(turn)) if self.model_call.stream else self._step(turn)
            except WorkCancelledError:
                turn.stop = "cancelled"
        if turn.stop == "suspended":
            yield Suspended(tuple(turn.waiting), tuple(turn.unapproved))
        elif turn.owes_answer and turn.stop != "cancelled":
            self.memory.log.append(Message("assistant", NO_ANSWER, "spoken", extra=turn.extra))
            yield Replied(NO_ANSWER, fallback=True)
        yield turn.ended()

    def _step(self, turn: TurnState) -> Iterator[Event]:
        completion = yield from self.model_call.answer(turn)
        turn.steps += 1
        turn.usage += completion.usage
        if turn.is_cancelled():
            raise WorkCancelledError
        if completion.thought:
            yield Thought(clean_text(completion.thought))
        answer = turn.read(completion, self.model_call.call_ids(completion), self.model_call.shape_now())
        heard = bool(answer.text) and not answer.calls and turn.delivers_text and not answer.misshapen
        kind: Kind = "spoken" if heard else "step"
        step = Message("assistant", answer.text, kind, tool_calls=answer.calls, extra=turn.extra)
        if heard:
            turn.owes_answer = False
        told: list[Event] = [Replied(answer.text) if heard else Thought(answer.text)] if answer.text else []
        if not answer.calls or (not self._native and answer.only_speaks):
            yield from self._speak(turn, step, answer, told)
            return
        (logged,) = self.memory.log.append(step)
        yield from told
        failed = False
        for place, reading in enumerate(answer.readings):
            if turn.is_cancelled():
                self._leave_calls(logged, answer.calls[:place], answer.calls[place:])
                raise WorkCancelledError
            ok = yield from self._tool_calls.run(turn, reading)
            failed = failed or not ok
        messages, events = self._continue(turn, calls=True, failed=failed, heartbeat=answer.heartbeat)
        if messages:
            self.memory.log.append(*messages)
        yield from self._announce(events)

    def _leave_calls(self, step: Entry, made: Sequence[ToolCall], left: Sequence[ToolCall]) -> None:
        """Log that these calls of a step were not run. Words among them are not in the log as said."""
        if any(map(spoken_text, left)):
            self.memory.take_back({step.seq})
            self.memory.log.append(replace(step.message, tool_calls=tuple(made)))
        else:
            self.memory.log.append(*(Message.result_of(call, CANCELLED, ok=False) for call in left))

    def _speak(self, turn: TurnState, step: Message, answer: Answer, events: list[Event]) -> Iterator[Event]:
        """Finish a step that only speaks: one write has the step, its results and what follows from them."""
        written, failed = [step], False
        for reading in answer.readings:
            result = self._tool_calls.execute(turn, reading)
            written += result.messages
            events += [ToolCalled(reading.call), *result.events]
            failed = failed or not result.ok
        more, follows = self._continue(
            turn, written, calls=bool(answer.calls), failed=failed, heartbeat=answer.heartbeat
        )
        if turn.stop is not None and not turn.owes_answer:

            def write() -> None:
                entries = self.memory.log.append(*written, *more)
                turn.watch.ends([*events, *follows, turn.ended()], entries)

            self._lock.end(write)
        else:
            self.memory.log.append(*written, *more)
        yield from events
        yield from self._announce(follows)

    def _announce(self, events: Sequence[Event]) -> Sequence[Event]:
        """Return the events of what is in the log now."""
        if any(isinstance(event, PressureWarned) for event in events):
            self.pressure.warned()
        return events

    def _continue(
        self, turn: TurnState, coming: Sequence[Message] = (), *, calls: bool, failed: bool, heartbeat: bool
    ) -> tuple[list[Message], list[Event]]:
        """Decide what follows a step: messages for the log, and their events.

        The model reads all reasons for another step in one event.
        `coming` are the messages of the step that are not logged yet.
        """
        if turn.stop is not None and not turn.waiting:
            return [], []
        if turn.waiting or turn.limit is not None:
            turn.stop = "suspended" if turn.waiting else turn.limit
            return [], []
        unheard = not calls and turn.owes_answer
        turn.failures = turn.failures + 1 if failed or unheard else 0
        turn.hinted = turn.hinted or unheard
        reasons = self._reasons(turn, failed=failed, unheard=unheard, heartbeat=heartbeat)
        warned = self.pressure.warning(turn.draft, coming)
        if warned is not None and not reasons and turn.draft.head.form.brief:
            warned = None  # a step costs much in a small window, so the next turn begins with the warning
        if warned is not None:
            reasons.append(prompt("pressure_warning"))
        if not reasons and not (calls and self._native):
            turn.stop = "yielded"
            return [], []
        limit = turn.reached()
        if limit is not None and turn.owes_answer:
            turn.limit = limit
            reasons.append(ANSWER_NOW)
        elif limit is not None:
            turn.stop = limit
            reasons = [prompt("pressure_warning")] if warned else []  # the next turn reads it
        message = Message.event("alert" if warned else "heartbeat", " ".join(reasons))
        events: list[Event] = [] if warned is None else [warned]
        if limit is not None:
            events.append(HeartbeatLimitReached(limit))
        return [message] if reasons else [], events

    def _reasons(self, turn: TurnState, *, failed: bool, unheard: bool, heartbeat: bool) -> list[str]:
        """Return why the model must act again, in the words that it reads."""
        reasons = [FAILED] if failed else []
        if unheard:
            reasons.append(turn.misshapen or (EMPTY if self._native else UNHEARD))
        if heartbeat:
            reasons.append(HEARTBEAT)
        elif turn.owes_answer and not reasons and not self._native:
            reasons.append(SILENT)
        return reasons
