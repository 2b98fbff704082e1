"""One turn of a run: the loop's events become the run's events, stored as they come.

What the agent hears is stored with the run's first events, and the last step with the last ones, each in one
transaction. A worker that dies in between leaves a log from which the next one goes on.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
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
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.runs.claimed_run import ClaimedRun, RunLostError
from memgpt_autogen.memory.storage.runs.run_events import read_all_events, rows_of
from memgpt_autogen.memory.storage.runs.run_input import input_messages, without_content
from memgpt_autogen.memory.storage.runs.run_rows import EXPIRED, EventRow, State
from memgpt_autogen.memory.storage.runs.worker import MOST_ATTEMPTS
from memgpt_autogen.messages import Message, ToolCall, now
from memgpt_autogen.server.turns.live import Live
from memgpt_autogen.server.turns.resuming import CutOff, read_cut_off

logger = logging.getLogger(__name__)

RESULT_SECONDS = 3600.0
"""How long a suspended run waits for the results of others."""

BUSY_SECONDS = 1800.0
"""How long a run waits for an agent that is in turns of other programs."""

BUG = "the server has a bug, or met something that it does not know. Its log names the run."

LATE = "No result: nobody gave one in time. Whether the call was made is unknown."

CANCELLED = "No result: the run was cancelled. Whether the call was made is unknown."

DIED = (
    f"the server ended in this turn {MOST_ATTEMPTS} times, so the turn is not tried again. Ask again, or ask "
    "for less in one turn."
)


class RunningTurn:
    """Runs one turn of a claimed run, and watches it."""

    def __init__(
        self, claimed: ClaimedRun, loop: HeartbeatLoop, live: Live, *, result_seconds: float = RESULT_SECONDS
    ) -> None:
        self.cancellation: Cancellation | None = Cancellation()
        self._claimed = claimed
        self._run = claimed.run
        self._loop = loop
        self._memory = loop.memory
        self._live = live
        self._result_seconds = result_seconds
        self._pending: list[RunEvent] = []
        """Events that are not stored yet."""
        self._with_inputs: list[Event] | None = None
        """The events of the inputs, where they are no messages that are heard."""
        self._ahead = 0
        """How many of the loop's next events are stored already."""
        self._is_noted = True
        """Whether the last transaction of the loop is known to be committed."""

    def play(self) -> None:
        """Run the turn to its end. Errors end the run, and are no errors of the worker."""
        try:
            for event in self._events():
                self._take(event)
        except RunLostError as error:
            logger.warning("%s", error)
        except TurnElsewhereError as error:
            self._give_way(error)
        except MemGPTError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - a bug in one turn must not end the others
            place = "".join(traceback.format_tb(error.__traceback__))
            # not `exception`: the error's own text may have words of a person
            logger.error("run %s failed with %s:\n%s", self._run.id, type(error).__name__, place)  # noqa: TRY400
            self._fail(error)
        finally:
            self._live.news(self._run.id)

    # What the loop tells, in its transactions

    def heard(self, entries: Sequence[Entry]) -> None:
        """Store that the agent has heard the inputs."""
        heard: list[Event] = [Heard(entry.message) for entry in entries]
        seq = entries[-1].seq if entries else self._memory.log.last_seq()
        values: dict[str, Any] = {"results": None, "stop_reason": None}
        if self._run.heard_seq is None:
            values["heard_seq"] = self._claimed.heard_seq = seq
            values["input"] = json.dumps(without_content(self._run.input))
        with self._memory.log.database.writing() as connection:
            if self._with_inputs is None:
                self._claimed.store_rows(connection, rows_of(heard, entries), **values)
            else:
                self._claimed.store(connection, self._with_inputs, **values)
        self._ahead, self._is_noted = len(entries), False

    def waits(self) -> None:
        """Store what the turn has told so far, and show it."""
        if self._pending:
            self._claimed.write(self._pending)
            self._pending = []
            self._live.news(self._run.id)

    def ends(self, events: Sequence[Event]) -> None:
        """Store the last events with the last step, if nobody has cancelled the run."""
        ending = next(self._ending(event) for event in events if isinstance(event, TurnEnded))
        with self._memory.log.database.writing() as connection:
            self._claimed.store(connection, [*self._pending, *events], refuse_cancelled=True, **ending)
        self._ahead, self._is_noted = len(events), False

    # The loop's events

    def _take(self, event: Event) -> None:
        if isinstance(event, ReplyPart):
            self._live.part(self._run.id, self._claimed.so_far.number, event)
        elif self._ahead:
            self._ahead -= 1
            if not self._is_noted:
                self._claimed.written()
                self._is_noted, self._pending = True, []
                self._live.news(self._run.id)
        else:
            self._pending.append(event)
            if isinstance(event, TurnEnded):
                self._claimed.write(self._pending, **self._ending(event))
                self._pending = []

    def _ending(self, ended: TurnEnded) -> dict[str, Any]:
        states: Mapping[str, State] = {"suspended": "suspended", "cancelled": "cancelled"}
        state = states.get(ended.stop_reason, "ended")
        values: dict[str, Any] = {"stop_reason": ended.stop_reason, "results": None}
        if state == "suspended":
            values["expires"] = time.time() + self._result_seconds
        return self._claimed.ending(state, ended.usage, ended.steps, **values)

    # What the turn does

    def _events(self) -> Iterator[Event]:
        run = self._run
        if run.heard_seq is None:
            return self._begin()
        over = run.cancelled or run.stop_reason == EXPIRED
        if over or run.results:
            waiting = self._waiting()
            if over and waiting:
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
            return self._loop.retry(instructions=instructions, foreign=self._foreign, watch=self)
        if act == "heartbeat":
            return self._loop.beat(instructions=instructions, watch=self)
        return self._act(input_messages(given, run.created), owes_answer=True)

    def _go_on(self, waiting: Sequence[ToolCall]) -> Iterator[Event]:
        """Go on with the results of others."""
        results = [_result(call, self._run.results.get(call.id, {})) for call in waiting]
        self._with_inputs = [
            ToolReturned(call, result.text, result.ok) for call, result in zip(waiting, results, strict=True)
        ]
        return self._act(results, owes_answer=self._owes_answer)

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
                stop, suspended = "suspended", [Suspended(cut_off.waiting)]
            ended = TurnEnded(stop, cut_off.steps)
            return self._conclude(cut_off.results, [*cut_off.events, *suspended, ended], self._ending(ended))
        if cut_off.results:
            self._with_inputs = cut_off.events
        else:
            self._pending = [*cut_off.events]
        return self._act(cut_off.results, owes_answer=self._owes_answer and not cut_off.replied)

    def _close(self, waiting: Sequence[ToolCall]) -> Iterator[Event]:
        """End a suspended run whose results nobody waits for any more. The log gets results that say why."""
        text = CANCELLED if self._run.cancelled else LATE
        given = self._run.results
        results = [_result(call, given.get(call.id, {"text": text, "ok": False})) for call in waiting]
        told = [ToolReturned(call, each.text, each.ok) for call, each in zip(waiting, results, strict=True)]
        ended = TurnEnded("cancelled" if self._run.cancelled else "expired", 0)
        return self._conclude(results, [*told, ended], self._ending(ended))

    def _act(self, inputs: Sequence[Message], *, owes_answer: bool) -> Iterator[Event]:
        return self._loop.run(
            inputs,
            instructions=self._run.input.get("instructions", ""),
            foreign=self._foreign,
            owes_answer=owes_answer,
            watch=self,
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
        self._claimed.written()
        return iter(())

    # What is known of the run

    @property
    def _foreign(self) -> list[Mapping[str, Any]]:
        return list(self._run.input.get("tools", ()))

    @property
    def _owes_answer(self) -> bool:
        return bool(self._run.input.get("act", "say") != "heartbeat")

    def _waiting(self) -> list[ToolCall]:
        """Return the calls that the run has last waited for, and whose results the log does not have."""
        suspended = [row.data.get("calls", ()) for row in self._told() if row.kind == "suspended"]
        calls = [ToolCall(each["id"], each["name"], each["arguments"]) for each in (suspended or [()])[-1]]
        return [call for call in calls if not self._memory.log.answers(call.id)]

    def _told(self) -> list[EventRow]:
        return read_all_events(self._memory.log.database, self._run.id)

    def _read_cut_off(self) -> CutOff:
        after = self._run.heard_seq or 0
        entries = self._memory.log.among([(after + 1, self._memory.log.last_seq())])
        names = [schema["function"]["name"] for schema in self._foreign]
        return read_cut_off(entries, self._told(), names, owes_answer=self._owes_answer)

    # Errors

    def _give_way(self, error: TurnElsewhereError) -> None:
        """Another program is in a turn of the agent, or has taken this one over."""
        waited = (now() - self._run.created).total_seconds()
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
        text = getattr(error, "plain", "") or str(error) if isinstance(error, MemGPTError) else BUG
        try:
            self._claimed.refresh()
            if self._pending and self._is_noted:
                self._claimed.write(self._pending)
            self._claimed.fail(TurnFailed(type(error).__name__, text))
        except (RunLostError, StorageError) as lost:
            logger.warning("run %s could not be ended: %s", self._run.id, type(lost).__name__)


def _result(call: ToolCall, given: Mapping[str, Any]) -> Message:
    return Message.result_of(call, str(given.get("text", "")), ok=bool(given.get("ok", True)))
