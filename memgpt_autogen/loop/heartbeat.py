"""The heartbeat loop: one turn of an agent, told as a sequence of events.

A step is one call of the model. The turn goes on while a heartbeat was asked for, a call failed or a warning must be heard;
it ends when the model yields, when a limit is reached, or when a tool was called that someone else executes.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Literal

from memgpt_autogen.errors import ContextOverflowError, WindowTooSmallError
from memgpt_autogen.events import (
    Event,
    Evicted,
    Heard,
    HeartbeatLimitReached,
    PressureWarned,
    Replied,
    Suspended,
    Thought,
    ToolCalled,
    ToolReturned,
    TurnEnded,
)
from memgpt_autogen.images import IMAGE_TOKENS
from memgpt_autogen.llm.protocols import LLM, Completion, StreamingLLM, ToolChoice, ToolSchema
from memgpt_autogen.llm.text_calls.calls import read_text_calls
from memgpt_autogen.loop.streaming import reply_parts, taken_back
from memgpt_autogen.loop.turn import Limits, Turn, unless_cut_off
from memgpt_autogen.memory.context.overview import ContextOverview, overview
from memgpt_autogen.memory.context.pressure import Pressure
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.images import Shown, event_of
from memgpt_autogen.memory.storage.lease import LEASE_SECONDS, WAIT_SECONDS
from memgpt_autogen.memory.storage.turn_lock import TurnLock
from memgpt_autogen.messages import Message, ToolCall, WireMessage, now, spoken_in, stamp
from memgpt_autogen.prompts import prompt
from memgpt_autogen.text.safe import storable
from memgpt_autogen.tools.approval import Approve
from memgpt_autogen.tools.brief import briefed
from memgpt_autogen.tools.memory.conversation import SEND_MESSAGE
from memgpt_autogen.tools.tool import Tool
from memgpt_autogen.tools.toolbox import Outcome, Reading, Toolbox

HEARTBEAT = "You asked for this heartbeat: act again."
FAILED = "A function call failed; its result says why. Mend it or go on without it."
UNHEARD = "Nobody has heard you yet: plain text is a private thought. Say it with send_message."
EMPTY = "You answered nothing. Answer in plain text."
SILENT = "Nobody has heard from you in this turn. Go on, and answer with send_message."
ANSWER_NOW = "This is the last step of your turn: answer now with what you have."
NO_ANSWER = "(no answer)"
OVERFLOWS = 3
"""How often one step gives way to an endpoint that finds the prompt too long."""


class HeartbeatLoop:
    """Runs the turns of one agent, one at a time.

    `plain_text` says what the `memgpt` dialect does with text outside `send_message` when nothing was sent: `hint` tells the
    model once and delivers the second one, `deliver` delivers the first.

    Calls that stand in an answer's text are taken for calls until the model has made one in the way of the chat API; from
    then on text is text. `calls_in_text=False` never looks for any.

    `approve` is asked before a tool with `approval` is run; without it, such a call is denied.

    With `stream`, a model that can tell its answer while it writes it is asked to, and a turn has `ReplyPart` events too.
    """

    def __init__(
        self,
        memory: MemoryHierarchy,
        llm: LLM,
        pressure: Pressure,
        toolbox: Toolbox,
        *,
        lock: TurnLock | None = None,
        turn_wait: float = WAIT_SECONDS,
        lease_seconds: float = LEASE_SECONDS,
        limits: Limits | None = None,
        thoughts: bool = True,
        plain_text: Literal["hint", "deliver"] = "hint",
        calls_in_text: bool = True,
        approve: Approve | None = None,
        vision: bool = False,
        stream: bool = False,
    ) -> None:
        self.memory = memory
        self.llm = llm
        self.pressure = pressure
        self.toolbox = toolbox
        self.limits = limits or Limits()
        self._thoughts = thoughts and memory.dialect == "memgpt"
        self._plain_text = plain_text
        self._calls_in_text = calls_in_text
        self._approve = approve
        self._vision = vision
        self._stream = stream
        self._lock = lock or TurnLock()
        self._turn_wait = turn_wait
        self._lease_seconds = lease_seconds

    def run(
        self,
        inputs: Iterable[Message] = (),
        *,
        instructions: str = "",
        tools: Iterable[Tool] = (),
        foreign: Iterable[ToolSchema] = (),
        owes_answer: bool = True,
    ) -> Iterator[Event]:
        """One turn: take up `inputs`, and what the log has got since the last turn, and act on it.

        `tools` are more tools for this turn; `foreign` are those that someone else executes: calling one suspends the turn,
        and the next one, with the result in the log, resumes it. A turn that `owes_answer` always says something.

        The last event is `TurnEnded`. Raises `ModelError` when there is no model to answer, with the log whole, so that
        another turn can try again; `TurnInProgressError` when called from inside a turn of the same agent; `TurnElsewhereError`
        when another process is in a turn of the agent for longer than `turn_wait`, or took this one over.
        """
        heard = tuple(inputs)
        turn = Turn(self.toolbox.extended(tools), tuple(foreign), instructions, self.limits, owes_answer)
        yield from self._alone(self._turn(turn, heard), heard)

    def beat(
        self, reason: str = "Automated timer.", *, instructions: str = "", tools: Iterable[Tool] = ()
    ) -> Iterator[Event]:
        """A turn that nobody's words began; nothing at all while heartbeats are paused."""
        until = self.memory.pause.until
        if until is not None and now() < until:
            yield TurnEnded("paused", 0)
            return
        yield from self.run(
            [Message.event("heartbeat", reason)], instructions=instructions, tools=tools, owes_answer=False
        )

    def login(
        self,
        name: str | None = None,
        *,
        instructions: str = "",
        tools: Iterable[Tool] = (),
    ) -> Iterator[Event]:
        """A turn that begins with someone's coming, without words: the model learns when that was so the last time."""
        last = self.memory.log.last_login(name)
        seen = stamp(last, self.memory.zone) if last else "Never (first login)"
        come = Message("user", seen, "login", name)
        yield from self.run([come], instructions=instructions, tools=tools, owes_answer=False)

    def retry(
        self, *, instructions: str = "", tools: Iterable[Tool] = (), foreign: Iterable[ToolSchema] = ()
    ) -> Iterator[Event]:
        """Take back all that came of the newest message that was heard, and act on it again, as `run` does.

        Raises `HistoryError`, with nothing changed, where an eviction has passed that message.
        """

        turn = Turn(self.toolbox.extended(tools), tuple(foreign), instructions, self.limits, owes_answer=True)

        def again() -> Generator[Event, None, None]:
            self.memory.take_back_turn()
            yield from self._turn(turn)

        yield from self._alone(again())

    def compact(self, *, instructions: str = "", tools: Iterable[Tool] = ()) -> Iterator[Event]:
        """Evict half of the queue now, without a turn; no event where there is nothing to evict."""
        yield from self._alone(
            self.pressure.compact(instructions, self.schemas(self.toolbox.extended(tools)))
        )

    def schemas(self, tools: Toolbox | None = None) -> list[ToolSchema]:
        """What the model is offered."""
        memgpt = self.memory.dialect == "memgpt"
        return (tools or self.toolbox).schemas(heartbeat=memgpt, thoughts=self._thoughts)

    def offer(
        self, instructions: str = "", *, toolbox: Toolbox | None = None, foreign: Iterable[ToolSchema] = ()
    ) -> list[ToolSchema]:
        """The schemas of the next prompt, in the form that the window has room for."""
        full = [*self.schemas(toolbox), *foreign]
        return list(self.pressure.shape(instructions, full, partial(briefed, full)))

    def context_overview(
        self, instructions: str = "", *, tools: Iterable[Tool] = (), foreign: Iterable[ToolSchema] = ()
    ) -> ContextOverview:
        """What fills the window now, by section; print it."""
        offered = self.offer(instructions, toolbox=self.toolbox.extended(tools), foreign=foreign)
        pressure = self.pressure
        messages = pressure.compile(instructions)
        return overview(
            self.memory,
            pressure.budget,
            messages,
            offered,
            form=pressure.form,
            sent=pressure.last_sent,
            warn_tokens=pressure.warns_at(messages[:1], offered),
        )

    def _alone(self, events: Generator[Event, None, None], heard: Sequence[Message] = ()) -> Iterator[Event]:
        """The events, with no other turn of this agent beside them, in no process; `heard` is logged when that is sure."""
        with self._lock.turn(
            self.memory.name,
            wait=self._turn_wait,
            lease_seconds=self._lease_seconds,
            first=partial(self.memory.log.append, *heard) if heard else None,
        ):
            yield from self._lock.events(events)

    def _turn(self, turn: Turn, heard: Iterable[Message] = ()) -> Generator[Event, None, None]:
        turn.started = time.monotonic()
        for message in (*heard, *self.memory.readable.news.take()):
            yield Heard(message)
        budget = self.pressure.budget
        turn.images = self._images()
        budget.beside = IMAGE_TOKENS * len(turn.images)
        try:
            while turn.stop is None:
                yield from taken_back(self._step(turn))
        finally:
            budget.beside = 0
        yield from self._close(turn)

    def _images(self) -> list[Shown]:
        """The pictures that the model sees in this turn, oldest first: the newest ones, in half of the window at most."""
        if not self._vision:
            return []
        most = self.pressure.budget.window // 2 // IMAGE_TOKENS
        return self.memory.images()[:most][::-1]

    def _blinded(self, turn: Turn) -> bool:
        """Whether the turn had pictures, and goes on without them: words come first where there is not room for both."""
        if not turn.images:
            return False
        turn.images = []
        self.pressure.budget.beside = 0
        return True

    def _step(self, turn: Turn) -> Iterator[Event]:
        completion = self._understood(turn, (yield from self._complete(turn)))
        turn.steps += 1
        turn.usage += completion.usage
        if completion.thought:
            yield Thought(storable(completion.thought))
        readings = [turn.read(call) for call in completion.tool_calls]
        if readings and completion.finish_reason == "length":
            readings[-1] = unless_cut_off(readings[-1], completion.tool_calls[-1])
        thoughts = (completion.text.strip(), *(reading.thought.strip() for reading in readings))
        thought = storable("\n".join(part for part in thoughts if part))
        calls = tuple(reading.call for reading in readings)
        heard = not calls and self._delivered(turn, thought)
        step = Message("assistant", thought, "spoken" if heard else "step", tool_calls=calls)
        told: Event | None = Replied(thought) if heard else Thought(thought) if thought else None
        if heard:
            turn.replies.append(thought)
        if not readings or (
            self.memory.dialect == "memgpt" and all(reading.call.name == SEND_MESSAGE for reading in readings)
        ):
            yield from self._speak(turn, step, told, readings)
            return
        self.memory.log.append(step)
        if told is not None:
            yield told
        failed, heartbeat = False, False
        for reading in readings:
            ok = yield from self._run(turn, reading)
            failed = failed or not ok
            heartbeat = heartbeat or reading.heartbeat
        follows = self._continue(turn, calls=True, failed=failed, heartbeat=heartbeat)
        if follows.messages:
            self.memory.log.append(*follows.messages)
        yield from self._followed(follows)

    def _speak(
        self, turn: Turn, step: Message, told: Event | None, readings: Sequence[Reading]
    ) -> Iterator[Event]:
        """A step that does nothing but speak, if that: it is logged in one write with its results and what follows from them."""
        outcomes = [self._outcome(turn, reading) for reading in readings]
        written = [step]
        events = [] if told is None else [told]
        for reading, outcome in zip(readings, outcomes, strict=True):
            written.append(Message.result_of(reading.call, outcome.text, ok=outcome.ok))
            events += [ToolCalled(reading.call), *self._returned(turn, reading.call, outcome)]
        failed = not all(outcome.ok for outcome in outcomes)
        heartbeat = any(reading.heartbeat for reading in readings)
        follows = self._continue(turn, written, calls=bool(readings), failed=failed, heartbeat=heartbeat)
        last = turn.stop is not None and not turn.unanswered
        with self._lock.ending() if last else nullcontext():
            self.memory.log.append(*written, *follows.messages)
        yield from events
        yield from self._followed(follows)

    def _followed(self, follows: _Follows) -> Iterator[Event]:
        """What is told of that, now that it is in the log."""
        if any(isinstance(event, PressureWarned) for event in follows.events):
            self.pressure.warned()
        yield from follows.events

    def _offered(self, turn: Turn) -> tuple[list[ToolSchema], ToolChoice]:
        """The tools of this step; on the last one only what answers."""
        schemas = self.offer(turn.instructions, toolbox=turn.toolbox, foreign=turn.foreign)
        if turn.limit is None:
            return schemas, None
        if self.memory.dialect == "native":
            return [], None
        only = [schema for schema in schemas if schema["function"]["name"] == SEND_MESSAGE]
        return only, {"type": "function", "function": {"name": SEND_MESSAGE}}

    def _complete(self, turn: Turn) -> Generator[Event, None, Completion]:
        """Ask the model, giving way when the endpoint finds the prompt too long."""
        refused: list[ContextOverflowError] = []
        while True:
            schemas, choice = self._offered(turn)
            try:
                messages = yield from self._relieved(turn, schemas)
            except WindowTooSmallError:
                if self._blinded(turn):
                    continue
                if refused:  # it is the endpoint's window that is too small, whatever ours was said to be
                    self.pressure.budget.forget()
                    raise refused[-1] from None
                raise
            estimate = self.pressure.budget.prompt(messages, schemas)
            try:
                shown = [event_of(turn.images, self.memory.zone)] if turn.images else []
                completion = yield from self._asked(turn, [*messages, *shown], schemas, choice)
            except ContextOverflowError as error:
                if self._blinded(turn):
                    continue
                refused.append(error)
                self.pressure.budget.overflowed(estimate, error.prompt_tokens)
                if len(refused) > OVERFLOWS:
                    self.pressure.budget.forget()
                    raise
            else:
                self.pressure.note(messages, schemas, completion.usage)
                return completion

    def _relieved(
        self, turn: Turn, schemas: Sequence[ToolSchema]
    ) -> Generator[Event, None, list[WireMessage]]:
        """A prompt that fits; what a summary took is the turn's too."""
        relieving = self.pressure.relieve(turn.instructions, schemas)
        while True:
            try:
                event = next(relieving)
            except StopIteration as done:
                messages: list[WireMessage] = done.value
                return messages
            if isinstance(event, Evicted):
                turn.usage += event.usage
            yield event

    def _asked(
        self,
        turn: Turn,
        messages: Sequence[WireMessage],
        schemas: Sequence[ToolSchema],
        choice: ToolChoice,
    ) -> Generator[Event, None, Completion]:
        """The model's answer, told while it comes where that was asked for."""
        if not self._stream or not isinstance(self.llm, StreamingLLM):
            return self.llm.complete(messages, schemas, choice)
        answers = self.llm.stream(messages, schemas, choice)
        return (yield from reply_parts(answers, text=self._delivered(turn, "text")))

    def _understood(self, turn: Turn, completion: Completion) -> Completion:
        """The answer with its reasoning and the calls in its text told apart; a server that reads calls itself has read them all."""
        if completion.tool_calls:
            self._calls_in_text = False
        names = [*(tool.name for tool in turn.toolbox), *turn.foreign_names]
        return read_text_calls(completion, names, calls=self._calls_in_text)

    def _delivered(self, turn: Turn, text: str) -> bool:
        """Whether text without a call is said to the others: in `native` always, else where a hint did not help."""
        if not text or self.memory.dialect == "native":
            return bool(text)
        return turn.unanswered and (self._plain_text == "deliver" or turn.hinted or turn.limit is not None)

    def _run(self, turn: Turn, reading: Reading) -> Generator[Event, None, bool]:
        """Run one call and log its result; whether it succeeded. A foreign call is left to whoever executes it."""
        call = reading.call
        yield ToolCalled(call)
        if call.name in turn.foreign_names and reading.error is None and turn.limit is None:
            turn.waiting.append(call)
            return True
        outcome = self._outcome(turn, reading)
        self.memory.log.append(Message.result_of(call, outcome.text, ok=outcome.ok))
        yield from self._returned(turn, call, outcome)
        return outcome.ok

    def _returned(self, turn: Turn, call: ToolCall, outcome: Outcome) -> list[Event]:
        """What is told of a result, and what was said by it."""
        said = spoken_in(call) if outcome.ok else None
        tool = turn.toolbox.get(call.name)
        if outcome.ok and tool is not None and tool.returns_directly and outcome.text.strip():
            said = outcome.text
            self.memory.log.append(Message("assistant", said, "spoken"))
            turn.stop = "yielded"
        if not said:
            return [ToolReturned(call, outcome.text, outcome.ok)]
        turn.replies.append(said)
        return [ToolReturned(call, outcome.text, outcome.ok), Replied(said)]

    def _outcome(self, turn: Turn, reading: Reading) -> Outcome:
        call = reading.call
        if turn.limit is not None and call.name != SEND_MESSAGE:
            return Outcome("Not run: in the last step of a turn there is only time to answer.", ok=False)
        turn.made[call.name, call.arguments] += 1
        if turn.made[call.name, call.arguments] >= self.limits.same_call:
            turn.repeated = True
            return Outcome(
                f"Not run: {call.name} was called with these arguments {turn.made[call.name, call.arguments]} times "
                "in this turn. Do something else.",
                ok=False,
            )
        tool = turn.toolbox.get(call.name)
        with self._lock.tool_running():
            refused = self._refused(turn, tool, reading) if tool and reading.error is None else None
            return refused or turn.toolbox.run(reading, others=turn.foreign_names)

    def _refused(self, turn: Turn, tool: Tool, reading: Reading) -> Outcome | None:
        """What the model is told where the tool's own rules stand against this call."""
        if tool.most_per_turn is not None and turn.ran[tool.name] >= tool.most_per_turn:
            often = "once" if tool.most_per_turn == 1 else f"{tool.most_per_turn} times"
            return Outcome(
                f"Not run: {tool.name} is run at most {often} in a turn. Go on with what you have.", ok=False
            )
        if tool.needs_approval(reading.arguments):
            if self._approve is None:
                return Outcome(
                    f"Not run: {tool.name} needs somebody's approval, and nobody is here to give it. Go on without it.",
                    ok=False,
                )
            approval = self._approve(reading.call)
            if not approval.allowed:
                why = f": {approval.reason}" if approval.reason else "."
                return Outcome(f"Not run: {tool.name} was denied{why}", ok=False)
        turn.ran[tool.name] += 1
        return None

    def _continue(
        self,
        turn: Turn,
        coming: Sequence[Message] = (),
        *,
        calls: bool,
        failed: bool,
        heartbeat: bool,
    ) -> _Follows:
        """Decide what follows a step. Everything that calls for another one is told to the model in one event.

        `coming` is what the log has not got yet of the step.
        """
        if turn.stop is not None and not turn.waiting:
            return _Follows()
        if turn.waiting or turn.limit is not None:
            turn.stop = "suspended" if turn.waiting else turn.limit
            return _Follows()
        unheard = not calls and turn.unanswered
        turn.failures = turn.failures + 1 if failed or unheard else 0
        turn.hinted = turn.hinted or unheard
        reasons = self._reasons(turn, failed=failed, unheard=unheard, heartbeat=heartbeat)
        offered = self.offer(turn.instructions, toolbox=turn.toolbox, foreign=turn.foreign)
        warned = self.pressure.warning(turn.instructions, offered, coming)
        if warned is not None and not reasons and self.pressure.warning_waits:
            warned = None  # nothing else calls for a step; the next turn begins with it
        if warned is not None:
            reasons.append(prompt("pressure_warning"))
        if not reasons and not (calls and self.memory.dialect == "native"):
            turn.stop = "yielded"
            return _Follows()
        limit = turn.reached()
        if limit is not None and turn.unanswered:
            turn.limit = limit
            reasons.append(ANSWER_NOW)
        elif limit is not None:
            turn.stop = limit
            reasons = [prompt("pressure_warning")] if warned else []  # the next turn hears it
        message = Message.event("alert" if warned else "heartbeat", " ".join(reasons))
        reached = None if limit is None else HeartbeatLimitReached(limit)
        return _Follows((message,) if reasons else (), tuple(filter(None, (warned, reached))))

    def _reasons(self, turn: Turn, *, failed: bool, unheard: bool, heartbeat: bool) -> list[str]:
        """Why the model must act again, as it is told."""
        native = self.memory.dialect == "native"
        reasons = [FAILED] if failed else []
        if unheard:
            reasons.append(EMPTY if native else UNHEARD)
        if heartbeat:
            reasons.append(HEARTBEAT)
        elif turn.unanswered and not reasons and not native:
            reasons.append(SILENT)
        return reasons

    def _close(self, turn: Turn) -> Iterator[Event]:
        stop = turn.stop or "yielded"
        if stop == "suspended":
            yield Suspended(tuple(turn.waiting))
        elif turn.unanswered:
            self.memory.log.append(Message("assistant", NO_ANSWER, "spoken"))
            yield Replied(NO_ANSWER, fallback=True)
        yield TurnEnded(stop, turn.steps, turn.usage)


@dataclass(frozen=True, slots=True)
class _Follows:
    """What follows a step: what the log gets of it, and what is told then."""

    messages: tuple[Message, ...] = ()
    events: tuple[Event, ...] = ()
