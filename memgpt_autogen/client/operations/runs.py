"""The operations of `runs`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Optional

from pydantic import AwareDatetime, Field

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation, Parameter
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.runs import (
    ApprovalBody,
    EventsAnswer,
    NewRunBody,
    ResultBody,
    ResultsBody,
    RunAnswer,
    SaidBody,
)

CREATE_RUN: Operation[RunAnswer] = Operation(
    "create_run",
    "POST",
    "/api/v1/agents/{agent}/runs",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter(
            "idempotency_key", "idempotency-key", "header", Optional[Annotated[str, Field(max_length=200)]]
        ),
    ),
    body=NewRunBody,
    area="runs",
    answer=RunAnswer,
)

LIST_RUNS: Operation[PageOf[RunAnswer]] = Operation(
    "list_runs",
    "GET",
    "/api/v1/runs",
    parameters=(
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
        Parameter("agent", "agent", "query", Optional[Annotated[str, Field(max_length=64)]]),
        Parameter(
            "state",
            "state",
            "query",
            Optional[Literal["queued", "running", "suspended", "ended", "failed", "cancelled"]],
        ),
        Parameter("stop_reason", "stop_reason", "query", Optional[Annotated[str, Field(max_length=16)]]),
        Parameter("start", "start", "query", Optional[AwareDatetime]),
        Parameter("end", "end", "query", Optional[AwareDatetime]),
    ),
    area="runs",
    answer=PageOf[RunAnswer],
)

GET_RUN: Operation[RunAnswer] = Operation(
    "get_run",
    "GET",
    "/api/v1/runs/{run}",
    parameters=(Parameter("run", "run", "path", Annotated[str, Field(max_length=36)]),),
    area="runs",
    answer=RunAnswer,
)

READ_RUN_EVENTS: Operation[EventsAnswer] = Operation(
    "read_run_events",
    "GET",
    "/api/v1/runs/{run}/events",
    parameters=(
        Parameter("run", "run", "path", Annotated[str, Field(max_length=36)]),
        Parameter("after", "after", "query", Optional[Annotated[int, Field(ge=0, le=2147483647)]]),
    ),
    area="runs",
    answer=EventsAnswer,
)

CANCEL_RUN: Operation[RunAnswer] = Operation(
    "cancel_run",
    "POST",
    "/api/v1/runs/{run}/cancel",
    parameters=(Parameter("run", "run", "path", Annotated[str, Field(max_length=36)]),),
    area="runs",
    answer=RunAnswer,
)

GIVE_RUN_RESULTS: Operation[RunAnswer] = Operation(
    "give_run_results",
    "POST",
    "/api/v1/runs/{run}/results",
    parameters=(Parameter("run", "run", "path", Annotated[str, Field(max_length=36)]),),
    body=ResultsBody,
    area="runs",
    answer=RunAnswer,
)


class RunsOperations(Caller):
    """The operations of `runs`."""

    def create_run(
        self,
        agent: str,
        input: str | Sequence[SaidBody | Mapping[str, Any]] = "",
        *,
        idempotency_key: str | None = None,
        speaker: str | None = None,
        chat: str | None = None,
        act: Literal["say", "login", "heartbeat", "retry"] = "say",
        tools: Sequence[Mapping[str, Any]] | None = None,
        result_seconds: int | None = None,
        instructions: str = "",
        if_busy: Literal["enqueue", "reject", "interrupt"] = "enqueue",
        on_disconnect: Literal["continue", "cancel"] = "continue",
    ) -> RunAnswer:
        """Ask an agent for a turn, and return the run. It runs on when the connection ends.

        `stream_run` yields its events, and `say` waits for its end. A key that makes it unique is made,
        so that it is one run although it is asked for again.

        `input`: What is said: a text, or messages in order. Only `say` has one.
        `idempotency_key`: The same key with the same body is one run.
        `speaker`: Who says it; by default the user.
        `chat`: The name of the group chat in which it is said.
        `act`: `say`, or why the agent acts without words: `login`, `heartbeat`, or `retry` of its last
          turn.
        `tools`: Functions in the chat API's form. The run is suspended when the agent calls one.
        `result_seconds`: How long a suspended run waits for results and approvals; an hour by default, a
          week at most.
        `if_busy`: Where the agent is busy: wait, be refused (409), or cancel what runs and be the next.
        `on_disconnect`: Whether the end of the stream's connection cancels the run.
        """
        return self._call(
            CREATE_RUN,
            {
                "agent": agent,
                "input": input,
                "idempotency_key": idempotency_key,
                "speaker": speaker,
                "chat": chat,
                "act": act,
                "tools": tools,
                "result_seconds": result_seconds,
                "instructions": instructions,
                "if_busy": if_busy,
                "on_disconnect": on_disconnect,
            },
        )

    def list_runs(
        self,
        *,
        limit: int = 50,
        cursor: str | None = None,
        agent: str | None = None,
        state: Literal["queued", "running", "suspended", "ended", "failed", "cancelled"] | None = None,
        stop_reason: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> PageOf[RunAnswer]:
        """Return the user's runs, the newest first. `start` and `end` are of when they were asked for.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        `agent`: An agent's id or name.
        `state`: Only runs in this state.
        `stop_reason`: Only runs whose turn ended for this reason.
        `start`: Not before this time.
        `end`: Not after this time.
        """
        return self._call(
            LIST_RUNS,
            {
                "limit": limit,
                "cursor": cursor,
                "agent": agent,
                "state": state,
                "stop_reason": stop_reason,
                "start": start,
                "end": end,
            },
        )

    def get_run(self, run: str) -> RunAnswer:
        """Return a run, with its place in the queue of its agent, what was said, and what is not heard
        yet.
        """
        return self._call(GET_RUN, {"run": run})

    def read_run_events(self, run: str, *, after: int | None = None) -> EventsAnswer:
        """Return the events of a run after a number. `follow_run` waits for more.

        `after`: The number of the last event that was read.
        """
        return self._call(READ_RUN_EVENTS, {"run": run, "after": after})

    def cancel_run(self, run: str) -> RunAnswer:
        """Cancel a run. What the model answers after that is not stored; a run that is over stays as it
        is.
        """
        return self._call(CANCEL_RUN, {"run": run})

    def give_run_results(
        self,
        run: str,
        results: Mapping[str, ResultBody | Mapping[str, Any]] | None = None,
        *,
        approvals: Mapping[str, ApprovalBody | Mapping[str, Any]] | None = None,
    ) -> RunAnswer:
        """Give what a suspended run waits for: results of calls that you run, or approvals of the agent's
        own.

        It goes on when it has all of them. An answer may be sent again: `repeated` names its call. 409
        where the run does not wait for it, or has another answer, and 422 for the wrong kind.

        `results`: The results of calls that you run.
        `approvals`: Calls that the agent may run, or must not.
        """
        return self._call(GIVE_RUN_RESULTS, {"run": run, "results": results, "approvals": approvals})


class AsyncRunsOperations(AsyncCaller):
    """The operations of `runs`, for an event loop."""

    async def create_run(
        self,
        agent: str,
        input: str | Sequence[SaidBody | Mapping[str, Any]] = "",
        *,
        idempotency_key: str | None = None,
        speaker: str | None = None,
        chat: str | None = None,
        act: Literal["say", "login", "heartbeat", "retry"] = "say",
        tools: Sequence[Mapping[str, Any]] | None = None,
        result_seconds: int | None = None,
        instructions: str = "",
        if_busy: Literal["enqueue", "reject", "interrupt"] = "enqueue",
        on_disconnect: Literal["continue", "cancel"] = "continue",
    ) -> RunAnswer:
        """Ask an agent for a turn, and return the run. It runs on when the connection ends.

        `stream_run` yields its events, and `say` waits for its end. A key that makes it unique is made,
        so that it is one run although it is asked for again.

        `input`: What is said: a text, or messages in order. Only `say` has one.
        `idempotency_key`: The same key with the same body is one run.
        `speaker`: Who says it; by default the user.
        `chat`: The name of the group chat in which it is said.
        `act`: `say`, or why the agent acts without words: `login`, `heartbeat`, or `retry` of its last
          turn.
        `tools`: Functions in the chat API's form. The run is suspended when the agent calls one.
        `result_seconds`: How long a suspended run waits for results and approvals; an hour by default, a
          week at most.
        `if_busy`: Where the agent is busy: wait, be refused (409), or cancel what runs and be the next.
        `on_disconnect`: Whether the end of the stream's connection cancels the run.
        """
        return await self._call(
            CREATE_RUN,
            {
                "agent": agent,
                "input": input,
                "idempotency_key": idempotency_key,
                "speaker": speaker,
                "chat": chat,
                "act": act,
                "tools": tools,
                "result_seconds": result_seconds,
                "instructions": instructions,
                "if_busy": if_busy,
                "on_disconnect": on_disconnect,
            },
        )

    async def list_runs(
        self,
        *,
        limit: int = 50,
        cursor: str | None = None,
        agent: str | None = None,
        state: Literal["queued", "running", "suspended", "ended", "failed", "cancelled"] | None = None,
        stop_reason: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> PageOf[RunAnswer]:
        """Return the user's runs, the newest first. `start` and `end` are of when they were asked for.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        `agent`: An agent's id or name.
        `state`: Only runs in this state.
        `stop_reason`: Only runs whose turn ended for this reason.
        `start`: Not before this time.
        `end`: Not after this time.
        """
        return await self._call(
            LIST_RUNS,
            {
                "limit": limit,
                "cursor": cursor,
                "agent": agent,
                "state": state,
                "stop_reason": stop_reason,
                "start": start,
                "end": end,
            },
        )

    async def get_run(self, run: str) -> RunAnswer:
        """Return a run, with its place in the queue of its agent, what was said, and what is not heard
        yet.
        """
        return await self._call(GET_RUN, {"run": run})

    async def read_run_events(self, run: str, *, after: int | None = None) -> EventsAnswer:
        """Return the events of a run after a number. `follow_run` waits for more.

        `after`: The number of the last event that was read.
        """
        return await self._call(READ_RUN_EVENTS, {"run": run, "after": after})

    async def cancel_run(self, run: str) -> RunAnswer:
        """Cancel a run. What the model answers after that is not stored; a run that is over stays as it
        is.
        """
        return await self._call(CANCEL_RUN, {"run": run})

    async def give_run_results(
        self,
        run: str,
        results: Mapping[str, ResultBody | Mapping[str, Any]] | None = None,
        *,
        approvals: Mapping[str, ApprovalBody | Mapping[str, Any]] | None = None,
    ) -> RunAnswer:
        """Give what a suspended run waits for: results of calls that you run, or approvals of the agent's
        own.

        It goes on when it has all of them. An answer may be sent again: `repeated` names its call. 409
        where the run does not wait for it, or has another answer, and 422 for the wrong kind.

        `results`: The results of calls that you run.
        `approvals`: Calls that the agent may run, or must not.
        """
        return await self._call(GIVE_RUN_RESULTS, {"run": run, "results": results, "approvals": approvals})
