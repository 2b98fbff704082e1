"""One turn of a run: the loop's events become the run's events, stored as they come.

What the agent hears is stored with the run's first events, and the last step with the last ones, each in one
transaction. A worker that dies in between leaves a log from which the next one goes on.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from memgpt_autogen.concurrency import Cancellation
from memgpt_autogen.errors import MemGPTError, StorageError, TurnElsewhereError
from memgpt_autogen.events import (
    Event,
    Heard,
    ReplyPart,
    RunEvent,
    StopReason,
    Suspended,
    ToolReturned,
    TurnEnded,
    TurnFailed,
)
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.storage.log import Entry, ranges_of
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.runs.claimed_run import ClaimedRun, RunLostError
from memgpt_autogen.memory.storage.runs.run_events import read_all_events, rows_of
from memgpt_autogen.memory.storage.runs.run_input import input_messages, without_content
from memgpt_autogen.memory.storage.runs.run_rows import EXPIRED, EventRow, Run, State
from memgpt_autogen.memory.storage.runs.runs import CannotBeginError
from memgpt_autogen.memory.storage.runs.worker import MOST_ATTEMPTS
from memgpt_autogen.messages import Message, ToolCall, now
from memgpt_autogen.service.problems import log_reason, stored_error
from memgpt_autogen.service.turns.live import Live
from memgpt_autogen.service.turns.observing import TurnObserver
from memgpt_autogen.service.turns.resuming import CutOff, interrupted, read_cut_off
from memgpt_autogen.tools.approval import denied

logger = logging.getLogger(__name__)

RESULT_SECONDS = 3600.0
"""How long a suspended run waits for the results of others."""

BUSY_SECONDS = 1800.0
"""How long a run waits for an agent that is in turns of other programs."""

LATE = "No result: nobody gave one in time. Whether the call was made is unknown."

UNAPPROVED = "Not run: nobody allowed it in time."

LEFT = "Not run: it was allowed, but the turn ended before."

CANCELLED = "No result: the run was cancelled. Whether the call was made is unknown."

DIED = (
    f"the server ended in this turn {MOST_ATTEMPTS} times, so the turn is not tried again. Ask again, or ask "
    "for less in one turn."
)


class RunningTurn:
    """Runs one turn of a claimed run, and watches it."""

    def __init__(
        self,
        claimed: ClaimedRun,
        loop: HeartbeatLoop,
        live: Live,
        *,
        observer: TurnObserver,
        result_seconds: float = RESULT_SECONDS,
        created: Callable[[Run], object] | None = None,
    ) -> None:
        self._observer = observer
        self.cancellation: Cancellation | None = Cancellation()
        self._claimed = claimed
        self._run = claimed.run
        self._loop = loop
        self._memory = loop.memory
        self._live = live
        self._result_seconds = result_seconds
        self._created = created
        """Called once the turn's first write has created the run, if it does."""
        self._pending: list[RunEvent] = []
        """Events that are not stored yet."""
        self._with_inputs: list[Event] | None = None
        """The events of the inputs, where they are no messages that are heard."""
        self._goes_on = False
        """Whether the turn was suspended, and has what it waited for."""
        self._ahead = 0
        """How many of the loop's next events are stored already."""
        self._waits_until: datetime | None = None
        """Until when the run waits for others, once it is suspended."""
        self._is_noted = True
        """Whether the last transaction of the loop is known to be committed."""

    def play(self) -> None:
        """Run the turn to its end. Errors end the run, and are no errors of the worker.

        Raises them, with nothing written, where the run does not exist yet.
        """
        try:
            for event in self._events():
                self._take(event)
        except RunLostError as error:
            logger.warning("%s", error)
        except Exception as error:
            if not self._claimed.is_stored:
                raise
            self._end_with(error)

    def _end_with(self, error: Exception) -> None:
        if isinstance(error, TurnElsewhereError):
            self._give_way(error)
            return
        if not isinstance(error, MemGPTError):  # a bug in one turn must not end the others
            place = "".join(traceback.format_tb(error.__traceback__))
            # without the error's own text, which may have words of a person
            logger.error("run %s failed with %s:\n%s", self._run.id, type(error).__name__, place)
        self._fail(error)

    # What the loop tells, in its transactions

    def heard(self, entries: Sequence[Entry]) -> None:
        """Store that the agent has heard the inputs."""
        heard: list[Event] = [Heard(entry.message) for entry in entries]
        seq = entries[-1].seq if entries else self._memory.log.last_seq()
        values: dict[str, Any] = {"results": None, "stop_reason": None, "model": self._loop.llm.model}
        if self._run.heard_seq is None:
            values["heard_seq"] = self._claimed.heard_seq = seq
            values["input"] = json.dumps(without_content(self._run.input))
        if self._goes_on:
            values["heard_seq"] = seq  # between the two parts of this turn the agent may have had others
        with self._memory.log.database.writing() as connection:
            if self._with_inputs is None:
                self._claimed.store_rows(connection, rows_of(heard, entries), **values)
            else:
                self._claimed.store(connection, self._with_inputs, **values)
        if self._goes_on:
            self._claimed.heard_seq = seq
        self._ahead, self._is_noted = len(entries), False

    def delayed(self) -> None:
        """Wait for another turn of the agent only with a run that is stored."""
        if not self._claimed.is_stored:
            raise CannotBeginError

    def waits(self) -> None:
        """Store what the turn has told so far, and show it."""
        if self._pending:
            self._tell(self._claimed.write(self._pending, **self._claimed.spent()))
            self._pending = []

    @contextmanager
    def asks(self, model: str) -> Iterator[Callable[[Usage], object]]:
        """Let the observer see a call of the model, and count what it uses."""
        with self._observer.model_call(model) as told:

            def uses(usage: Usage) -> None:
                self._claimed.spend(usage)
                told(usage)

            yield uses

    def ends(self, events: Sequence[Event], entries: Sequence[Entry]) -> None:
        """Store the last events with the last step, if nobody has cancelled the run."""
        ending = next(self._ending(event) for event in events if isinstance(event, TurnEnded))
        rows = rows_of([*self._pending, *events], entries)
        with self._memory.log.database.writing() as connection:
            self._claimed.store_rows(connection, rows, refuse_cancelled=True, **ending)
        self._ahead, self._is_noted = len(events), False

    # The loop's events

    def _take(self, event: Event) -> None:
        if isinstance(event, ReplyPart):
            self._live.part(self._run.id, self._claimed.so_far.number, event)
            return
        if not self._is_noted:
            self._tell(self._claimed.written())
            self._is_noted, self._pending = True, []
        if self._ahead:
            self._ahead -= 1
        else:
            self._pending.append(self._dated(event) if isinstance(event, Suspended) else event)
            if isinstance(event, TurnEnded):
                self._tell(self._claimed.write(self._pending, **self._ending(event)))
                self._pending = []

    def _tell(self, written: tuple[Run, list[EventRow]]) -> None:
        """Tell the readers of this process what was stored."""
        if self._created is not None:
            self._created(written[0])
            self._created = None
        self._live.stored(*written)

    def _ending(self, ended: TurnEnded) -> dict[str, Any]:
        states: Mapping[str, State] = {"suspended": "suspended", "cancelled": "cancelled"}
        state = states.get(ended.stop_reason, "ended")
        values: dict[str, Any] = {"stop_reason": ended.stop_reason, "results": None}
        if state == "suspended":
            values["expires"] = self._expiry().timestamp()
        return self._claimed.ending(state, ended.usage, ended.steps, **values)

    def _dated(self, suspended: Suspended) -> Suspended:
        return replace(suspended, expires_at=self._expiry())

    def _expiry(self) -> datetime:
        """Return until when the run waits for others."""
        if self._waits_until is None:
            seconds = self._run.input.get("result_seconds", self._result_seconds)
            self._waits_until = now() + timedelta(seconds=seconds)
        return self._waits_until

    # What the turn does

    def _events(self) -> Iterator[Event]:
        run = self._run
        if run.heard_seq is None:
            return self._begin()
        over = run.cancelled or run.stop_reason == EXPIRED
        if over or run.results:
            waiting = self._waiting()
            if (waiting and over) or run.stop_reason == EXPIRED:
                return self._close(waiting)
            if run.results:
                return self._go_on(waiting)
        return self._take_up()

    def _begin(self) -> Iterator[Event]:
        given, run = self._run.input, self._run
        act, instructions = given.get("act", "say"), given.get("instructions", "")
        if run.cancelled:
            return iter([TurnEnded("cancelled", 0)])
        if act == "login":
            speaker = given.get("speaker")
            return self._loop.login(speaker, instructions=instructions, owes_answer=True, watch=self)
        if act == "retry":
            return self._loop.retry(
                instructions=instructions, foreign=self._foreign, watch=self, sampling=given.get("sampling")
            )
        if act == "heartbeat":
            return self._loop.beat(instructions=instructions, watch=self)
        return self._act(input_messages(given, run.created), owes_answer=True)

    def _go_on(self, waiting: Sequence[ToolCall]) -> Iterator[Event]:
        """Go on with the results of others, and run the calls that they have allowed."""
        if not waiting:  # they were taken back meanwhile, and nothing is left to go on with
            ended = TurnEnded("cancelled", 0)
            return self._conclude([], [ended], self._ending(ended))
        given = self._run.results
        approved = [call for call in waiting if given.get(call.id, {}).get("allowed")]
        others = [call for call in waiting if call not in approved]
        results = [_result(call, given.get(call.id, {})) for call in others]
        self._with_inputs = [
            ToolReturned(call, result.text, result.ok) for call, result in zip(others, results, strict=True)
        ]
        self._goes_on = True
        return self._act(results, approved, owes_answer=self._owes_answer)

    def _take_up(self) -> Iterator[Event]:
        """Go on where a worker has died."""
        cut_off = self._read_cut_off()
        if self._run.attempts > MOST_ATTEMPTS:
            failed = TurnFailed("DiedTooOftenError", DIED)
            ending = self._claimed.ending("failed", Usage(), cut_off.steps, stop_reason="error", error=DIED)
            return self._conclude(cut_off.results, [*cut_off.events, failed], ending)
        if self._run.cancelled or cut_off.waiting or not cut_off.goes_on:
            stop: StopReason = "cancelled" if self._run.cancelled else "yielded"
            suspended: list[RunEvent] = []
            if cut_off.waiting and not self._run.cancelled:
                own = tuple(call.id for call in cut_off.waiting if call.name not in self._foreign_names)
                stop, suspended = "suspended", [self._dated(Suspended(cut_off.waiting, own))]
            ended = TurnEnded(stop, cut_off.steps)
            return self._conclude(cut_off.results, [*cut_off.events, *suspended, ended], self._ending(ended))
        if cut_off.results:
            self._with_inputs = cut_off.events
        else:
            self._pending = [*cut_off.events]
        return self._act(cut_off.results, owes_answer=self._owes_answer and not cut_off.replied)

    def _close(self, waiting: Sequence[ToolCall]) -> Iterator[Event]:
        """End a suspended run whose results nobody waits for any more. The log gets results that say why."""
        results = [self._closed(call) for call in waiting]
        told = [ToolReturned(call, each.text, each.ok) for call, each in zip(waiting, results, strict=True)]
        ended = TurnEnded("cancelled" if self._run.cancelled else "expired", 0)
        return self._conclude(results, [*told, ended], self._ending(ended))

    def _closed(self, call: ToolCall) -> Message:
        """Return the result of a call that nobody waits for any more."""
        given = self._run.results.get(call.id)
        if given is None:
            text = CANCELLED if self._run.cancelled else LATE
            if call.name not in self._foreign_names and not self._run.cancelled:
                text = UNAPPROVED
            given = {"text": text, "ok": False}
        elif given.get("allowed"):
            given = {"text": LEFT, "ok": False}
        return _result(call, given)

    def _act(
        self, inputs: Sequence[Message], approved: Sequence[ToolCall] = (), *, owes_answer: bool
    ) -> Iterator[Event]:
        return self._loop.run(
            inputs,
            instructions=self._run.input.get("instructions", ""),
            foreign=self._foreign,
            approved=approved,
            owes_answer=owes_answer,
            watch=self,
            sampling=self._run.input.get("sampling"),
        )

    def _conclude(
        self, results: Sequence[Message], events: Sequence[RunEvent], ending: Mapping[str, Any]
    ) -> Iterator[Event]:
        """End the run without a turn: the results of its calls and its last events are stored together."""

        @repeatable
        def write() -> None:
            with self._memory.log.database.writing() as connection:
                if results:
                    self._memory.log.append(*results)
                self._claimed.store(connection, events, **ending)

        with self._memory.exclusive():
            write()
        self._tell(self._claimed.written())
        return iter(())

    # What is known of the run

    @property
    def _foreign(self) -> list[Mapping[str, Any]]:
        return list(self._run.input.get("tools", ()))

    @property
    def _foreign_names(self) -> list[str]:
        return [schema["function"]["name"] for schema in self._foreign]

    @property
    def _owes_answer(self) -> bool:
        return bool(self._run.input.get("act", "say") != "heartbeat")

    def _waiting(self) -> list[ToolCall]:
        """Return the calls that the run has last waited for, which the log has without a result."""
        told = self._told()
        calls = _suspended_calls(told)
        seqs = {row.data["call"]["id"]: row.seq for row in told if row.kind == "tool_called" and row.seq}
        steps = self._memory.log.among(ranges_of(seqs[call.id] for call in calls if call.id in seqs))
        gone = {call.id for step in steps if step.hidden for call in step.message.tool_calls}
        return [call for call in calls if call.id not in gone and not self._memory.log.answers(call.id)]

    def _told(self) -> list[EventRow]:
        return read_all_events(self._memory.log.database, self._run.id)

    def _read_cut_off(self) -> CutOff:
        after = self._run.heard_seq or 0
        entries = self._memory.log.among([(after + 1, self._memory.log.last_seq())])
        told = self._told()
        asked = {call["id"] for row in told if row.kind == "suspended" for call in row.data.get("calls", ())}

        def unasked(call: ToolCall) -> bool:
            tool = self._loop.toolbox.get(call.name)
            arguments = call.parsed()
            return (
                call.id not in asked
                and tool is not None
                and arguments is not None
                and tool.needs_approval(arguments)
            )

        found = read_cut_off(
            entries, told, self._foreign_names, owes_answer=self._owes_answer, unasked=unasked
        )
        # what was allowed is in the log before these entries; whether it was run is unknown without a result
        known = {call.id for entry in entries for call in entry.message.tool_calls}
        lost = [interrupted(call) for call in self._waiting() if call.id not in known]
        returned = {row.data["call"]["id"] for row in told if row.kind == "tool_returned"} | known
        given = {entry.message.tool_call_id: entry.message for entry in entries}
        given.update((each.tool_call_id, each) for each in lost)
        events = [
            ToolReturned(call, given[call.id].text, given[call.id].ok)
            for call in _suspended_calls(told)
            if call.id in given and call.id not in returned
        ]
        return replace(found, events=[*events, *found.events], results=[*lost, *found.results])

    # Errors

    def _give_way(self, error: TurnElsewhereError) -> None:
        """Another program is in a turn of the agent, or has taken this one over."""
        told = self._told()
        waited = (now() - (told[-1].time if told else self._run.created)).total_seconds()
        if waited > BUSY_SECONDS:
            self._fail(error)
            return
        try:
            self._claimed.refresh()
            if self._run.heard_seq is None and not self._claimed.so_far.number:
                self._claimed.requeue()
            else:
                self._claimed.leave()
        except (RunLostError, StorageError) as lost:
            logger.warning("run %s: %s", self._run.id, type(lost).__name__)

    def _fail(self, error: Exception) -> None:
        """End the run with an error. Where even that cannot be written, another worker takes it up later."""
        text = stored_error(error, self._run.owner_id)
        log_reason(logger, error, run_id=self._run.id)
        try:
            self._claimed.refresh()
            if self._pending and self._is_noted:
                self._tell(self._claimed.write(self._pending))
            self._tell(self._claimed.fail(TurnFailed(type(error).__name__, text)))
        except (RunLostError, StorageError) as lost:
            logger.warning("run %s could not be ended: %s", self._run.id, type(lost).__name__)


def _suspended_calls(told: Sequence[EventRow]) -> list[ToolCall]:
    """Return the calls that a run has last waited for."""
    suspended = [row.data.get("calls", ()) for row in told if row.kind == "suspended"]
    return [ToolCall(each["id"], each["name"], each["arguments"]) for each in (suspended or [()])[-1]]


def _result(call: ToolCall, given: Mapping[str, Any]) -> Message:
    if "allowed" in given:
        return Message.result_of(call, denied(call, str(given.get("reason", ""))), ok=False)
    return Message.result_of(call, str(given.get("text", "")), ok=bool(given.get("ok", True)))
